// Package partner is who may do what: partners that file, their keys, channels, mandates and profiles, the staff of the
// administration, and the one function that says yes or no.
package partner

import (
	"context"
	"errors"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// An ID names a partner: 1 to 35 of A-Z, 0-9, '-', '_' and '.', the first a letter or digit, as agreed with it.
type ID string

// A Role says what a partner is in the trade.
type Role string

// Roles of partners.
const (
	RoleCarrier   Role = "carrier"
	RoleNVOCC     Role = "nvocc"
	RoleForwarder Role = "forwarder"
	RoleAgent     Role = "agent"
	RoleBureau    Role = "bureau" // a service bureau: transmits for others, files nothing of its own
)

// An Identifier is a name by which messages call a partner: an interchange address (DE 0004), a SCAC, an airline code.
type Identifier struct {
	Scheme string `json:"scheme"` // "unb", "scac", "iata", "tax"
	Value  string `json:"value"`
}

// Schemes of identifiers.
const (
	SchemeUNB  = "unb"  // address in UNB (DE 0004), of the transmitter
	SchemeSCAC = "scac" // carrier code, NMFTA
	SchemeIATA = "iata" // airline designator
	SchemeTax  = "tax"  // the administration's own number of an operator
)

// A Partner is a party that sends, or for whom others send.
type Partner struct {
	ID          ID           `json:"id"`
	Name        string       `json:"name"`
	Roles       []Role       `json:"roles"`
	Identifiers []Identifier `json:"identifiers,omitempty"`
	Profile     string       `json:"profile,omitempty"` // name of a Profile; empty is the default one
	Suspended   bool         `json:"suspended,omitempty"`
	DailyBytes  int64        `json:"daily_bytes,omitempty"` // quota of bytes in 24 hours; 0 is none
	DailyFiles  int64        `json:"daily_files,omitempty"` // quota of files in 24 hours; 0 is none
	Retention   string       `json:"retention,omitempty"`   // retention class of its originals; empty is the default
	Revision    int64        `json:"revision,omitempty"`    // counts its changes, from 1
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
}

// A Mandate lets an agent change or cancel what a filer filed, and file in its name, from one day until another.
type Mandate struct {
	ID        string     `json:"id"`
	Filer     ID         `json:"filer"`
	Agent     ID         `json:"agent"`
	From      time.Time  `json:"from"`
	Until     *time.Time `json:"until,omitempty"` // excluded; nil is open
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
}

// Holds reports whether the mandate is in force at t.
func (m *Mandate) Holds(t time.Time) bool {
	return !t.Before(m.From) && (m.Until == nil || t.Before(*m.Until)) && (m.RevokedAt == nil || t.Before(*m.RevokedAt))
}

// An OwnerKind says whose a key is.
type OwnerKind string

// Owner kinds.
const (
	OwnerPartner OwnerKind = "partner"
	OwnerUser    OwnerKind = "user"
	OwnerService OwnerKind = "service" // a downstream system
)

// A Key is an API key. The secret is shown once, when it is made; what is stored is its SHA-256, which is enough for
// 256 random bits.
type Key struct {
	ID        string        `json:"id"` // 12 characters, part of the key's text
	OwnerKind OwnerKind     `json:"owner_kind"`
	Owner     string        `json:"owner"` // partner.ID, User.ID, or the name of a service
	Mode      cargo.Traffic `json:"mode"`  // test: all that comes by it is test traffic
	Hash      [32]byte      `json:"-"`
	Label     string        `json:"label,omitempty"`
	NotBefore time.Time     `json:"not_before"`
	Expires   time.Time     `json:"expires"` // excluded; keys of one owner may overlap
	RevokedAt *time.Time    `json:"revoked_at,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
}

// A Channel is a way by which a partner sends, or gets its answers.
type Channel struct {
	Partner ID            `json:"partner"`
	Name    string        `json:"name"` // unique within the partner: "folder", "folder-test", "https"
	Kind    string        `json:"kind"` // "folder", "https" …
	Mode    cargo.Traffic `json:"mode"`
	Dir     string        `json:"dir,omitempty"`     // folder: the partner's folder, relative to the root of the transport; empty is the ID in lower case (with "-test" for tests)
	Answers string        `json:"answers,omitempty"` // name of the channel that answers go to; empty is this one
}

// A StaffRole says what a member of the administration does.
type StaffRole string

// Staff roles.
const (
	StaffOfficer  StaffRole = "officer"  // works cases; reads consignments
	StaffManager  StaffRole = "manager"  // approves rules and lists; reads reports
	StaffData     StaffRole = "data"     // data assistance: partners, keys, profiles, messages and findings
	StaffOperator StaffRole = "operator" // customs IT: replay, holds, restore
	StaffAuditor  StaffRole = "auditor"  // reads the audit log
)

// A User is a member of the administration.
type User struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Roles     []StaffRole `json:"roles"`
	Offices   []string    `json:"offices,omitempty"` // customs offices; none is all
	Suspended bool        `json:"suspended,omitempty"`
	Revision  int64       `json:"revision,omitempty"` // counts its changes, from 1
	CreatedAt time.Time   `json:"created_at"`
}

// A Profile is what was agreed with partners beyond the standard.
type Profile struct {
	Name string `json:"name"`
	// Severities by code, over the defaults of diag.
	Severities map[diag.Code]diag.Severity `json:"severities,omitempty"`
	// Answers that are sent, in order of preference: "contrl". Empty is CONTRL.
	Answers []string `json:"answers,omitempty"`
	// AnswerAll answers also what asked for no acknowledgement (DE 0031).
	AnswerAll bool `json:"answer_all,omitempty"`
	// RefileAfterCancel makes the same original after a cancellation a new filing; else it is a resend without effect.
	RefileAfterCancel bool `json:"refile_after_cancel,omitempty"`
	// ResendWindow is how long a repeat is looked for; 0 is 30 days.
	ResendWindow Duration `json:"resend_window,omitempty"`
	// MassTolerance is by how much declared and computed mass may differ without a finding, in kg as a decimal; empty is 0.
	MassTolerance string `json:"mass_tolerance,omitempty"`
	// Revision counts its changes, from 1.
	Revision int64 `json:"revision,omitempty"`
}

// A PrincipalKind says what kind of actor acts.
type PrincipalKind string

// Principal kinds.
const (
	KindPartner PrincipalKind = "partner"
	KindStaff   PrincipalKind = "staff"
	KindService PrincipalKind = "service"
)

// A Principal is who acts, as authenticated.
type Principal struct {
	Kind    PrincipalKind
	ID      string        // partner.ID, User.ID or the name of a service
	Roles   []StaffRole   // of staff
	Offices []string      // of staff; none is all
	Mode    cargo.Traffic // test: it acts on test traffic only; live: on live, and for its own filing on test too
	Key     string        // ID of the key; empty where there is none
}

// Partner gives the partner that acts, "" where it is none.
func (p Principal) Partner() ID {
	if p.Kind != KindPartner {
		return ""
	}
	return ID(p.ID)
}

// String names the principal in the audit log: "partner:ACME/key:K1".
func (p Principal) String() string {
	s := string(p.Kind) + ":" + p.ID
	if p.Key != "" {
		s += "/key:" + p.Key
	}
	return s
}

// Errors of the package.
var (
	ErrNotFound        = errors.New("partner: not found")
	ErrExists          = errors.New("partner: exists already")
	ErrInvalid         = errors.New("partner: not valid")
	ErrUnauthenticated = errors.New("partner: no valid key")
	ErrDenied          = errors.New("partner: not allowed") // the action as such is not the principal's
	ErrHidden          = errors.New("partner: not visible") // the object is another's: told as "not found"
	// ErrConflict says that another has changed the same meanwhile: what was to be written was decided by what is not so
	// any more.
	ErrConflict = errors.New("partner: changed by another meanwhile")
	// ErrMoved is what Store.Apply gives where the generation is not Act.Read any more.
	ErrMoved = errors.New("partner: the registry has changed since it was read")
	// ErrStale says that keys could not be compared with the database for too long; it comes with the database's error.
	ErrStale = errors.New("partner: keys cannot be checked")
)

// Store is what the package needs of a database. Writes insert their audit rows in the same transaction; they are
// given as opaque values that the gateway's store takes. Every method gives ErrNotFound and ErrExists where they apply.
type Store interface {
	Partners(ctx context.Context) ([]Partner, error) // all, by ID; there are hundreds, not millions
	Mandates(ctx context.Context) ([]Mandate, error)
	Keys(ctx context.Context) ([]Key, error)
	Channels(ctx context.Context) ([]Channel, error)
	Users(ctx context.Context) ([]User, error)
	Profiles(ctx context.Context) ([]Profile, error)
	// Apply makes changes in one transaction, all or none, and raises the generation by one. Where by.Read is set and is not
	// the generation, it changes nothing and gives ErrMoved.
	Apply(ctx context.Context, changes []Change, by Act) error
	// Generation counts the changes: where it is the same, what was read before is still true.
	Generation(ctx context.Context) (int64, error)
}

// A Change inserts or replaces one row, or with Delete removes it. Exactly one of the pointers is set. Insert refuses to
// replace (ErrExists); otherwise a row that is there is replaced, and one that is not is ErrNotFound unless it was an
// insert.
type Change struct {
	Insert  bool
	Delete  bool // channels and profiles only; the rest is suspended or revoked, never deleted
	Partner *Partner
	Mandate *Mandate
	Key     *Key
	Channel *Channel
	User    *User
	Profile *Profile
}

// An Act is who made a change and what it is called in the audit log.
type Act struct {
	Principal string // see Principal.String
	Action    string // "partner.add", "key.revoke" …
	Object    string
	Detail    string // JSON of ids, no personal values
	TraceID   string
	// Read is the generation at which that was read by which the change was decided; nil is not compared.
	Read *int64
}
