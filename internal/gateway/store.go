package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// Errors that a Store gives, wrapped with what they are about.
var (
	ErrNotFound = errors.New("gateway: not found")
	// ErrFenced says that the attempt is no longer the current one: another worker has the receipt, or it is settled.
	ErrFenced = errors.New("gateway: the attempt is not current")
	// ErrUnavailable wraps errors that pass by themselves: the database is gone, the disk is full, a lock timed out, a
	// serialisation or deadlock failure that was not resolved by the store's own retries.
	ErrUnavailable = errors.New("gateway: the database is not available")
	// ErrHeld says that a receipt is under a hold and is not purged.
	ErrHeld = errors.New("gateway: under a hold")
	// ErrInput says that what was asked for cannot be: a value that is not valid, an act that does not fit the state.
	ErrInput = errors.New("gateway: not valid")
)

// A State is where a message that was received stands. The words are a contract.
type State string

// States of a receipt. The last four are final; parked can be replayed.
const (
	StateReceived       State = "received"
	StateReading        State = "reading"
	StateWaiting        State = "waiting"
	StateAccepted       State = "accepted"
	StatePartlyAccepted State = "partly_accepted"
	StateRejected       State = "rejected"
	StateParked         State = "parked"
)

// Final reports whether no more work is to be done.
func (s State) Final() bool {
	return s == StateAccepted || s == StatePartlyAccepted || s == StateRejected || s == StateParked
}

// A Lane keeps large originals from holding up small ones.
type Lane int

// Lanes. LargeBody is the size from which an original has the large lane.
const (
	LaneSmall Lane = 0
	LaneLarge Lane = 1

	LargeBody = 16 << 20 // bytes
)

// MaxInline is the size up to which a body is kept in the row of its receipt, in bytes before compression.
const MaxInline = 256 << 10

// A Receipt is one arrival. What never changes comes first.
type Receipt struct {
	ID          uuid.UUID // v7, made at accept
	Seq         int64     // order of acceptance over all nodes; given by the store
	Partner     partner.ID
	Principal   string // as the audit log names it
	Channel     string
	Kind        string // of channel
	Mode        cargo.Traffic
	Name        string
	ContentType string
	TransportID string            // the transport act; "" where there is none
	Headers     map[string]string // evidence
	TraceID     string
	Size        int64 // bytes as they came
	SHA256      [32]byte
	Control     string // of the first interchange: sender, recipient and control reference as one key; "" where there is none
	Lane        Lane
	ReceivedAt  time.Time // by the database's clock, to the microsecond; the legal time; given by the store

	Inline  []byte // the body, zstd; nil where it is in the blob store, or where rows are listed without bodies
	BlobKey string // "" while the body is inline

	State       State // on SQLite a cache of what is settled; the sweeper repairs it
	Attempt     int   // of the current or last claim
	Failures    int   // attempts that failed; three park it
	Silent      int   // attempts that ended without a word, as when their process was killed; a replay keeps them
	LeaseUntil  time.Time
	WaitingFrom time.Time // when it first waited; zero where it never did
	Reason      string    // why it failed or was parked, last
	DuplicateOf uuid.UUID // the receipt that this is a resend of; zero where it is none

	Retention string    // class
	ExpiresAt time.Time // zero is never
	Holds     []string  // names of holds; not purged while there is one
	Purged    bool      // a tombstone: the body and all that was derived are gone
}

// An Arrival is what Accept is given for one receipt: of Receipt the part that never changes without Seq and ReceivedAt,
// Inline or BlobKey, Retention and RetainFor.
type Arrival struct {
	Receipt
	DedupeFor time.Duration // how long TransportID is kept; 0 is for ever
	RetainFor time.Duration // ExpiresAt is ReceivedAt plus this; 0 is never
	Audit     audit.Row     // inserted with the receipt; not for a repeat
}

// An Accepted tells what became of one Arrival. Where the same transport act came before within its time (equal
// Partner, Kind, Mode and TransportID), no row is inserted: Receipt is the earlier one, Repeated is set, and SameBytes
// says whether its digest is equal.
type Accepted struct {
	ID         uuid.UUID
	Seq        int64
	ReceivedAt time.Time
	Repeated   bool
	SameBytes  bool
}

// A Fence is one attempt at one receipt.
type Fence struct {
	Receipt uuid.UUID
	Attempt int
}

// A ClaimRequest asks for work.
type ClaimRequest struct {
	Owner string // this node
	Lane  Lane
	Max   int
	Lease time.Duration
}

// A Prior is an earlier receipt of the same partner and mode with equal bytes, or the same control key.
type Prior struct {
	Receipt     uuid.UUID
	Seq         int64
	SHA256      [32]byte
	Control     string
	State       State
	DuplicateOf uuid.UUID
}

// An Order is the place of a message in the order of acceptance: Seq of its receipt, then its ordinal in the file.
type Order struct {
	Seq     int64
	Message int // 1-based in the file, over all interchanges
}

// Less reports whether o was accepted before p.
func (o Order) Less(p Order) bool { return o.Seq < p.Seq || o.Seq == p.Seq && o.Message < p.Message }

// An Op is what a message does to its document.
type Op string

// Ops. Set is an original or a replacement: the whole document. Change and Add set the bills that they name, Delete
// takes bills away, Cancel the whole document.
const (
	OpSet    Op = "set"
	OpChange Op = "change"
	OpAdd    Op = "add"
	OpDelete Op = "delete"
	OpCancel Op = "cancel"
)

// A Version is one message of a document, as the fold sees it.
type Version struct {
	Order    Order
	Receipt  uuid.UUID
	Op       Op
	Original bool // function original, not replacement
	Took     bool // it was accepted, whole or in part; a refused one is no step of the fold
	Filer    partner.ID
}

// A Document is the head of a document: what its versions come to.
type Document struct {
	Key       string // see DocumentKey
	Mode      cargo.Traffic
	Type      string // CUSCAR …
	Reference string // as declared (DE 1004)
	Filer     partner.ID
	State     string // "current", "cancelled", "none" (nothing took effect)
	Versions  int    // that took effect
	Current   Order  // of the last that took effect
	UpdatedAt time.Time
}

// A MessageRow is one message of a settled receipt.
type MessageRow struct {
	Receipt      uuid.UUID
	Attempt      int
	Order        Order
	Interchange  int // 1-based in the file
	Index        int // 1-based in the interchange
	Mode         cargo.Traffic
	Type         string
	Version      string // D.95B
	Reference    string // DE 0062
	Function     string // as declared (DE 1225)
	DocumentKey  string // "" where the message is of no document, or names none
	DocReference string
	Op           Op
	Original     bool
	Took         bool
	Accepted     bool
	Partner      partner.ID // transmitter
	Filer        partner.ID
	Carrier      string // as declared: code or name
	Responsible  string // as declared
	Registration string // "" where not accepted
	Consignments int64
	Filing       []byte // canonical JSON, zstd; nil where none was made
}

// A ConsignmentRow is one consignment of one message. Rows of a receipt are visible once the receipt is settled with
// the same attempt.
type ConsignmentRow struct {
	ID           uuid.UUID // v7
	Receipt      uuid.UUID
	Attempt      int
	Order        Order
	Ordinal      int64 // 1-based in the file
	Mode         cargo.Traffic
	DocumentKey  string // of its message
	BillKey      string // normalised number of its own document: what a later message names it by
	Op           Op     // of its message
	Level        string // simple, master, house, sub_house
	Number       string // of its own document, as declared
	Issuer       string
	ParentKey    string // BillKey of the parent document; "" where there is none
	State        string // "accepted", "unaccepted", "superseded", "cancelled": as settled, then as the fold has it
	Link         string // "", "not_matched", "matched", "houses_missing", "complete"; kept by the linker
	Verdict      string // "held", "released": what was decided on the case of its bill; "" where nothing was. Read, never inserted
	Packages     int64  // computed, 0 where unknown; for the linker
	Registration string
	LegalAt      time.Time  // ReceivedAt of the receipt
	Partner      partner.ID // transmitter
	Filer        partner.ID
	Call         uuid.UUID // zero where there is none
	Port         string    // UN/LOCODE of the call or of discharge
	Flow         string
	ETA          time.Time // instant; zero where there is none
	Terms        []string  // what it is found by, distinct: "d:<number>", "e:<equipment>", "p:<party word>", "w:<word>"; lower case but for d and e, which are upper case without spaces
	Score        Scored
	Record       []byte // canonical JSON (cargo.Consignment), zstd with the shared dictionary-free default
}

// A CallRow is one call of a conveyance, as one message speaks of it. The store merges it into a call: that with equal
// Mode, Vessel and Port whose window holds the ETA (72 hours either side of any of its ETAs), the one with the nearest
// ETA first and then the oldest; where ETA is zero that with an equal voyage of the same Partner; else a new one.
type CallRow struct {
	ID      uuid.UUID // for a new one, v7
	Mode    cargo.Traffic
	Vessel  string // "imo:9321483", "callsign:…", "name:…": the best identity declared
	Name    string
	Port    string // UN/LOCODE
	Voyage  string
	Carrier string
	Partner partner.ID
	ETA     time.Time // instant; zero where there is none
	ATA     time.Time
	Receipt uuid.UUID
}

// A Call is a call as it is known from all filings.
type Call struct {
	ID       uuid.UUID     `json:"id"`
	Mode     cargo.Traffic `json:"mode"`
	Number   string        `json:"number"` // our own: "C" and the digits of a sequence
	Vessel   string        `json:"vessel"`
	Name     string        `json:"name,omitempty"`
	Port     string        `json:"port"`
	Aliases  []CallAlias   `json:"aliases,omitempty"` // by partner
	Times    []CallTime    `json:"times,omitempty"`   // by source
	Filings  int64         `json:"filings"`           // receipts that speak of it
	OpenedAt time.Time     `json:"opened_at"`
}

// A CallAlias is what one partner calls a call.
type CallAlias struct {
	Partner partner.ID `json:"partner"`
	Voyage  string     `json:"voyage"`
	Carrier string     `json:"carrier,omitempty"`
}

// A CallTime is one arrival time of a call, by its source.
type CallTime struct {
	Kind    string     `json:"kind"` // eta, ata
	At      time.Time  `json:"at"`
	Partner partner.ID `json:"partner"`
	Receipt uuid.UUID  `json:"receipt"`
}

// Rows are what a receipt comes to, or a part of that.
type Rows struct {
	Messages     []MessageRow
	Consignments []ConsignmentRow
	Equipment    []EquipmentRow // of no consignment
	Controls     []ControlRow
	Answers      []outbox.Answer
}

// An EquipmentRow is a piece of equipment that a message declares beside its consignments.
type EquipmentRow struct {
	ID      uuid.UUID
	Receipt uuid.UUID
	Attempt int
	Order   Order
	Mode    cargo.Traffic
	Partner partner.ID
	Number  string
	Record  []byte // canonical JSON, zstd
}

// A ControlRow is the control key of an interchange behind the first one of a file, whose key is on the receipt.
type ControlRow struct {
	Receipt uuid.UUID
	Attempt int
	Partner partner.ID
	Mode    cargo.Traffic
	Control string
}

// A Settlement is the end of one attempt at one receipt.
type Settlement struct {
	Fence
	Mode        cargo.Traffic
	State       State // final
	DuplicateOf uuid.UUID
	Reason      string // of a parked one
	Result      []byte // the check object of the file as JSON, zstd
	Errors      int64  // counts of findings
	Warnings    int64
	Notes       int64
	SettledAt   time.Time // given by the store: database time
}

// A Tx is a transaction of settling. Its methods run one statement or a batch each and return what they read as values,
// so that no query is ever open while another runs. Methods may not be called after Update has returned, nor by two
// goroutines at once.
type Tx interface {
	// Now is the database's time at the beginning of the transaction.
	Now() time.Time
	// LockDocuments locks the heads with these keys, sorted and distinct, making those that are not there, and gives
	// for each all versions of visible messages in order. It must be called at most once in a transaction.
	LockDocuments(ctx context.Context, docs []Document) (map[string][]Version, error)
	// Settle inserts the settlement: it fails with ErrFenced, and changes nothing, if the attempt is not the current
	// one or the receipt is settled. From then on rows of this attempt are visible in this transaction.
	Settle(ctx context.Context, s Settlement) error
	// Insert inserts rows in bulk.
	Insert(ctx context.Context, rows *Rows) error
	// MergeCalls merges calls as CallRow says, in a sorted order of locks, and gives the id of each in order.
	MergeCalls(ctx context.Context, calls []CallRow) ([]uuid.UUID, error)
	// Refold sets State of all visible consignments of a document to what the plan says, and gives those changed, at
	// most limit of them.
	Refold(ctx context.Context, p Plan, limit int) ([]Changed, error)
	// PutDocument writes the head of a document that was locked.
	PutDocument(ctx context.Context, d Document) error
	// Emit inserts events, deliveries and audit rows.
	Emit(ctx context.Context, events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) error

	// BillPage gives, of the documents that a receipt touches, own and parent bill keys of visible consignments,
	// distinct and sorted, greater than after, at most limit.
	BillPage(ctx context.Context, receipt uuid.UUID, after string, limit int) ([]string, error)
	// Relink makes links and Link of the consignments that have one of these bill keys as BillKey or ParentKey what
	// their current state says (see LinkOf), whatever it was, and gives those whose Link changed.
	Relink(ctx context.Context, mode cargo.Traffic, bills []string) ([]Changed, error)
	// SetCursor stores how far a named consumer is; it fails with ErrFenced if the cursor is not at from.
	SetCursor(ctx context.Context, name string, from, to int64) error

	CaseTx
}

// A Changed is a consignment whose State or Link changed.
type Changed struct {
	ID      uuid.UUID
	Receipt uuid.UUID
	Partner partner.ID
	Filer   partner.ID
	Number  string
	Was     string
	Is      string
}

// A Plan is what a fold says about the consignments of one document. Unaccepted ones stay so whatever it says. Those of
// messages before Epoch are superseded. From Epoch on, of those with one bill key the last by order and ordinal counts:
// if its Op is delete all are cancelled, else it is accepted and the others are superseded. With Cancelled, those from
// Epoch on are cancelled, the superseded among them too. With None (nothing took effect) nothing is changed.
type Plan struct {
	Key       string // of the document
	None      bool
	Epoch     Order
	Cancelled bool
}

// A ConsignmentQuery chooses visible consignments, newest first.
type ConsignmentQuery struct {
	Mode    cargo.Traffic
	Viewer  partner.ID // only those that it transmitted or filed; "" is all
	Terms   []string   // all of them; see ConsignmentRow.Terms
	Port    string
	From    time.Time // of ETA, or of LegalAt where there is no ETA; included; zero is open
	To      time.Time // excluded
	Receipt uuid.UUID // of one receipt: then in order of Ordinal; zero is any
	States  []string  // none is all
	Limit   int
	After   string // token of the page before; see ConsignmentPage
}

// A ConsignmentPage is one page, and the token of the next; "" where there is none.
type ConsignmentPage struct {
	Items []ConsignmentRow // without Terms
	Next  string
}

// A ReceiptQuery chooses receipts, newest first, without bodies.
type ReceiptQuery struct {
	Mode    cargo.Traffic // always said: ErrInput without
	Partner partner.ID    // "" is all
	States  []State       // none is all
	Before  int64         // Seq less than this; 0 is from the newest
	Limit   int
}

// A CallQuery chooses calls, newest first.
type CallQuery struct {
	Mode   cargo.Traffic
	Viewer partner.ID // only those that it filed for; "" is all. Aliases and Times are cut to its own
	Vessel string
	Port   string
	From   time.Time
	To     time.Time
	Limit  int
	After  string
}

// A Backlog is what waits.
type Backlog struct {
	Unfinished int64         // receipts that are not final
	Oldest     time.Duration // age of the oldest by database time, 0 where there is none
}

// Usage is what a partner sent in the last 24 hours.
type Usage struct {
	Files int64
	Bytes int64
}

// A Tombstone is what stays of a purged receipt, beside its Receipt row without body.
type Tombstone struct {
	Receipt uuid.UUID
	SHA256  [32]byte
	Size    int64
	Why     string // "expired", "erased: …"
	Who     string // principal
	At      time.Time
	Derived int64 // rows removed
}

// A Store is what the gateway needs of a database. Methods may be called by several goroutines at once; an error of the
// database that passes by itself wraps ErrUnavailable. "Visible" rows are those of a settled (receipt, attempt).
type Store interface {
	audit.Store
	outbox.Store
	partner.Store
	CaseStore

	// Now gives the database's time.
	Now(ctx context.Context) (time.Time, error)
	// Check reports whether the database answers and can be written to.
	Check(ctx context.Context) error
	// EnsurePartitions makes partitions ahead, and gives until when there are some; the zero time where the store has
	// no partitions. PartitionsUntil only tells.
	EnsurePartitions(ctx context.Context, ahead time.Duration) (time.Time, error)
	PartitionsUntil(ctx context.Context) (time.Time, error)
	// Close ends all connections.
	Close() error

	// Accept makes arrivals durable in one transaction, and gives what became of each in order. It returns only after
	// the commit is on disk.
	Accept(ctx context.Context, arrivals []Arrival) ([]Accepted, error)
	// Usage gives what a partner sent in the last 24 hours, in a mode.
	Usage(ctx context.Context, p partner.ID, mode cargo.Traffic) (Usage, error)
	// Backlog gives what waits.
	Backlog(ctx context.Context) (Backlog, error)

	// Claim takes work: receipts that are not final and not leased (or whose lease is over), oldest first and rotating
	// over partners, so that one partner's thousand files do not hold up another's one. It sets the lease by database
	// time, counts the attempt, and the one before as silent where that lost its lease, and gives the receipts with inline
	// bodies. A receipt that waits is taken when its time
	// has come. Two nodes never get the same attempt.
	Claim(ctx context.Context, r ClaimRequest) ([]Receipt, error)
	// Renew extends leases to now+lease, and gives those that are no longer current.
	Renew(ctx context.Context, fences []Fence, lease time.Duration) (lost []Fence, err error)
	// Wait gives a claim back for delay: the attempt is not counted as a failure, the state is waiting, and WaitingFrom
	// is set if it is not yet.
	Wait(ctx context.Context, f Fence, delay time.Duration) error
	// Fail gives a claim back as failed: it is due again after delay, or parked with the reason where it has failed
	// maxFailures times. A parking is a settlement too: it is given, to be inserted in the same transaction with its
	// event and audit row.
	Fail(ctx context.Context, f Fence, reason string, delay time.Duration, maxFailures int, parked func(Receipt) (Settlement, []outbox.Event, []audit.Row)) (State, error)
	// Replay makes a parked receipt due again with no failures: its settlement and rows are removed.
	Replay(ctx context.Context, id uuid.UUID, row audit.Row) error
	// Wake makes receipts of a partner that wait due now.
	Wake(ctx context.Context, p partner.ID, mode cargo.Traffic) error
	// Subscribe gives a channel on which something is sent when work may be there: an accept on any node, a wake. It
	// only wakes: nothing is lost if it is missed. It ends with ctx.
	Subscribe(ctx context.Context) (<-chan struct{}, error)
	// Earlier reports whether an earlier receipt of the partner and mode is unfinished (parked ones are finished).
	Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error)
	// Priors gives earlier receipts of a partner and mode with equal digest or, where control is not "", an equal
	// control key (of their first interchange, or of a settled accepted later one), received at since or later, newest
	// first, at most 20.
	Priors(ctx context.Context, p partner.ID, mode cargo.Traffic, sha [32]byte, control string, before int64, since time.Time) ([]Prior, error)

	// Receipt gives one, with its inline body if it has one. Receipts lists them.
	Receipt(ctx context.Context, id uuid.UUID) (Receipt, error)
	Receipts(ctx context.Context, q ReceiptQuery) ([]Receipt, error)

	// Stage inserts rows of an attempt in a transaction of its own. They stay invisible until the attempt is settled,
	// and are removed by Sweep if it never is. ErrFenced where the attempt is not current.
	Stage(ctx context.Context, f Fence, rows *Rows) error
	// Staged says that all rows of the attempt are staged: what is better done once for all of them than chunk by chunk is
	// done here, in bounded transactions. Settling without it does the same in its own. ErrFenced as Stage.
	Staged(ctx context.Context, f Fence) error
	// Update runs f in one transaction of settling. If f returns an error nothing is changed and that error is
	// returned. f may be run again after a serialisation failure or deadlock, so it must not keep state.
	Update(ctx context.Context, f func(Tx) error) error
	// Settled writes the cached state of receipts that were settled; on PostgreSQL Update has done so.
	Settled(ctx context.Context, s []Settlement) error
	// Settlement gives that of a receipt, ErrNotFound where it is not settled.
	Settlement(ctx context.Context, id uuid.UUID) (Settlement, error)
	// Sweep repairs what a crash left: cached states that lag behind settlements, staged rows of attempts that cannot
	// settle any more (older than idle), keys of transport acts that ran out. It gives how much it mended.
	Sweep(ctx context.Context, idle time.Duration) (int64, error)

	// Messages gives those of a settled receipt in order, without Filing where bare.
	Messages(ctx context.Context, receipt uuid.UUID) ([]MessageRow, error)
	// Documents gives the versions of documents without a lock, in order; visible ones only.
	Versions(ctx context.Context, keys []string) (map[string][]Version, error)
	Document(ctx context.Context, key string) (Document, error)
	Consignments(ctx context.Context, q ConsignmentQuery) (ConsignmentPage, error)
	Consignment(ctx context.Context, id uuid.UUID) (ConsignmentRow, error)
	// Links gives the ids of the parents and of the houses of a visible consignment, sorted.
	Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error)
	Calls(ctx context.Context, q CallQuery) (items []Call, next string, err error)

	// PutArtifacts keeps what scores depend on; one that is there stays as it is. Artifact gives one, ErrNotFound where it
	// is not there.
	PutArtifacts(ctx context.Context, all []Artifact) error
	Artifact(ctx context.Context, id string) (Artifact, error)

	// Unarchived gives final receipts whose body is inline, oldest first, with bodies.
	Unarchived(ctx context.Context, limit int) ([]Receipt, error)
	// Archived notes that the body of a receipt is in the blob store under key, and lets go of the inline one.
	Archived(ctx context.Context, id uuid.UUID, key string) error
	// Missing gives, of keys, those that no receipt names: bodies without a receipt.
	Missing(ctx context.Context, keys []string) ([]string, error)

	// Hold adds a hold by name, Unhold removes it.
	Hold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error
	Unhold(ctx context.Context, id uuid.UUID, name string, row audit.Row) error
	// Expired gives final receipts that are past ExpiresAt, under no hold and not purged, oldest first, without bodies.
	Expired(ctx context.Context, limit int) ([]Receipt, error)
	// Purge removes the inline body and all that was derived from a receipt (messages, consignments, terms, links,
	// answers, deliveries, result), writes the tombstone, and gives it with Derived and At. ErrHeld under a hold;
	// ErrUnavailable is never a half purge. In the same transaction heads and links fall back to what is kept: see
	// Purging. The blob is deleted by the caller, before.
	Purge(ctx context.Context, t Tombstone, row audit.Row) (Tombstone, error)
	// Tombstones lists them in order of their time from since on.
	Tombstones(ctx context.Context, since time.Time, limit int) ([]Tombstone, error)

	// Adopt inserts a receipt whose body is in the blob store and whose row was lost with a database: after a restore.
	// It does nothing, and says so by ok false, where the receipt is there.
	Adopt(ctx context.Context, r Receipt, row audit.Row) (ok bool, err error)
	// EndLeases ends those of all receipts and deliveries that are claimed, and gives how many: after a restore, when nobody
	// works on them. Their attempts are over, and are neither failures nor silent.
	EndLeases(ctx context.Context) (int64, error)
	// Snapshot writes a consistent copy of the database into dir, which is empty, while work goes on, and gives the
	// names of the files.
	Snapshot(ctx context.Context, dir string) ([]string, error)
}
