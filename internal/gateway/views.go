package gateway

import (
	"encoding/json"
	"io"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// A MessageView is a receipt as the API shows it. The first fields are a contract: see the message object in
// docs/api.md.
type MessageView struct {
	ID          uuid.UUID     `json:"id"`
	State       State         `json:"state"`
	DuplicateOf string        `json:"duplicate_of,omitempty"`
	Mode        cargo.Traffic `json:"mode"`
	ReceivedAt  time.Time     `json:"received_at"`
	Findings    Counts        `json:"findings"`

	Partner       partner.ID      `json:"partner,omitempty"` // transmitter
	Channel       string          `json:"channel,omitempty"`
	Name          string          `json:"name,omitempty"` // of the file as the sender called it
	Size          int64           `json:"size"`
	SHA256        string          `json:"sha256"` // hex
	TraceID       string          `json:"trace_id,omitempty"`
	SettledAt     *time.Time      `json:"settled_at,omitempty"`
	Reason        string          `json:"reason,omitempty"` // why it is parked or waits
	Holds         []string        `json:"holds,omitempty"`
	ExpiresAt     *time.Time      `json:"expires_at,omitempty"`
	Purged        bool            `json:"purged,omitempty"`
	Format        string          `json:"format,omitempty"`
	Messages      json.RawMessage `json:"messages,omitempty"` // as in the check object, over all interchanges
	Registrations []Registration  `json:"registrations,omitempty"`
}

// Counts are the findings by severity.
type Counts struct {
	Error   int64 `json:"error"`
	Warning int64 `json:"warning"`
	Note    int64 `json:"note"`
}

// A Registration is the reference and legal time of an accepted filing or consignment.
type Registration struct {
	Kind      string    `json:"kind"` // filing, consignment
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
	Message   int       `json:"message"`          // 1-based in the file
	Document  string    `json:"document"`         // number of the filing, or of the bill
	Status    string    `json:"status,omitempty"` // for the filer; see ConsignmentStatus
}

// An AckView is an answer, and where it stands.
type AckView struct {
	ID          uuid.UUID `json:"id"`
	Kind        string    `json:"kind"`  // CONTRL
	State       string    `json:"state"` // pending, available, delivered, parked, paused
	CreatedAt   time.Time `json:"created_at"`
	Interchange int       `json:"interchange,omitempty"`
	Channel     string    `json:"channel,omitempty"`
	Attempts    int       `json:"attempts,omitempty"`
	LastError   string    `json:"last_error,omitempty"`
	Delivery    uuid.UUID `json:"delivery,omitzero"`
}

// An Original is the bytes of a receipt as they came.
type Original struct {
	io.ReaderAt
	io.Closer
	Size        int64
	SHA256      [32]byte
	Name        string
	ContentType string
}

// A ConsignmentView is a consignment as the API shows it: the canonical record with fields of the gateway around.
type ConsignmentView struct {
	ID           uuid.UUID       `json:"id"`
	MessageID    uuid.UUID       `json:"message_id"`
	Registration string          `json:"registration,omitempty"`
	RegisteredAt *time.Time      `json:"registered_at,omitempty"`
	State        string          `json:"state"`           // accepted, unaccepted, superseded, cancelled
	Status       string          `json:"filer_status"`    // see ConsignmentStatus
	Links        *LinksView      `json:"links,omitempty"` // only where one consignment is asked for
	Call         string          `json:"call_id,omitempty"`
	Filer        partner.ID      `json:"filer,omitempty"`
	Transmitter  partner.ID      `json:"transmitter,omitempty"`
	Score        json.RawMessage `json:"score,omitempty"` // never for partners
	Record       json.RawMessage `json:"-"`               // written in place: its fields stand beside those above
}

// A LinksView names the consignments above and below, as far as the reader may see them.
type LinksView struct {
	Parents []uuid.UUID `json:"parents,omitempty"`
	Houses  []uuid.UUID `json:"houses,omitempty"`
}

// A Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// A Search chooses consignments; see the query of GET /v1/consignments. Empty fields choose nothing.
type Search struct {
	Mode      cargo.Traffic // empty is live
	Q         string        // words of descriptions, names and numbers: all of them
	Document  string        // number of a transport document
	Equipment string        // identity of a piece of equipment
	Party     string        // words of a party's name
	Port      string        // UN/LOCODE
	From, To  time.Time
	State     string
	Limit     int
	After     string
}

// An EventView is an event as a CloudEvent 1.0 in JSON.
type EventView struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject,omitempty"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data,omitempty"`
	Sequence        string          `json:"sequence"` // position, as 20 digits, so that text order is order
	Mode            string          `json:"cargogatemode"`
	TraceParent     string          `json:"traceparent,omitempty"`
}

// A Certificate is evidence of a receipt: what came, when, and what became of it, signed with the key of the audit log.
type Certificate struct {
	Schema     int           `json:"schema"`
	ID         uuid.UUID     `json:"id"`
	Partner    partner.ID    `json:"partner"`
	Channel    string        `json:"channel"`
	Mode       cargo.Traffic `json:"mode"`
	Name       string        `json:"name,omitempty"`
	Size       int64         `json:"size"`
	SHA256     string        `json:"sha256"`
	ReceivedAt time.Time     `json:"received_at"`
	State      State         `json:"state"`
	SettledAt  *time.Time    `json:"settled_at,omitempty"`
	IssuedAt   time.Time     `json:"issued_at"`
	KeyID      string        `json:"key_id"`
	Signature  string        `json:"signature"` // base64 of Ed25519 over the JSON of all other fields, in this order, without spaces
}
