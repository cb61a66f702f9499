// Package outbox holds what has to go out: events, numbered after they are committed, and answers to be delivered.
//
// An Event has no position when it is inserted with the act that it tells of. One dispatcher numbers committed rows, so
// that a reader who goes by position misses nothing, however long a writer was held open. Delivery rows are the truth
// on what has to be brought to whom; a job queue only wakes.
package outbox

import (
	"context"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/partner"
)

// An Event tells what happened, as a CloudEvent 1.0 does.
type Event struct {
	ID       uuid.UUID  // v7
	Position int64      // 0 until numbered; then from 1, without gaps, in the order of numbering
	Type     string     // "cargogate.message.settled.v1" …
	Subject  string     // "message/<id>", "consignment/<id>"
	Mode     string     // live or test
	Partner  partner.ID // transmitter, whose events these are
	Filer    partner.ID // may be the same; empty where unknown
	At       time.Time  // UTC
	Data     string     // JSON object; no personal values
	TraceID  string
}

// Types of events.
const (
	TypeSettled     = "cargogate.message.settled.v1"    // a message reached its end state; Data: receipt, state, counts
	TypeParked      = "cargogate.message.parked.v1"     // a message could not be worked on
	TypeConsignment = "cargogate.consignment.status.v1" // a consignment's status changed after it was settled
	TypeDelivered   = "cargogate.answer.delivered.v1"   // an answer reached its channel
	TypeUndelivered = "cargogate.answer.parked.v1"      // an answer could not be delivered

	// What happens to a case is for the administration and systems downstream: Partner and Filer are empty.
	TypeCaseOpened   = "cargogate.case.opened.v1"
	TypeCaseUpdated  = "cargogate.case.updated.v1" // another version, other points, or the consignment's state
	TypeCaseReopened = "cargogate.case.reopened.v1"
	TypeCaseDecided  = "cargogate.case.decided.v1"
	TypeCaseOutcome  = "cargogate.case.outcome.v1"
	TypeCaseClosed   = "cargogate.case.closed.v1"
)

// CaseTypes gives the types of events of cases.
func CaseTypes() []string {
	return []string{TypeCaseOpened, TypeCaseUpdated, TypeCaseReopened, TypeCaseDecided, TypeCaseOutcome, TypeCaseClosed}
}

// A Query chooses events.
type Query struct {
	After   int64      // positions greater than this
	Limit   int        // at most so many; 0 is 100
	Mode    string     // "" is both
	Partner partner.ID // only those whose Partner or Filer this is; "" is all
	Types   []string   // none is all
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// States of a delivery. Available is for channels where the partner fetches.
const (
	Pending   DeliveryState = "pending"
	Available DeliveryState = "available"
	Delivered DeliveryState = "delivered"
	Parked    DeliveryState = "parked" // given up until somebody resends it
)

// A Delivery is an answer on its way to a channel.
type Delivery struct {
	ID        uuid.UUID // v7
	Answer    uuid.UUID
	Receipt   uuid.UUID
	Partner   partner.ID
	Channel   string // name of the partner's channel
	Kind      string // of the answer: CONTRL
	Mode      string
	State     DeliveryState
	Attempts  int       // never less than it was: an attempt's number is its fence
	Resent    int       // Attempts when it was last sent again by hand: those after it are tried for their full time
	NextAt    time.Time // not before this
	LastError string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// An Answer is the bytes of an answer to one interchange.
type Answer struct {
	ID          uuid.UUID // v7
	Receipt     uuid.UUID
	Attempt     int
	Interchange int // 1-based
	Kind        string
	Mode        string
	Body        []byte
	CreatedAt   time.Time
}

// Store is what the outbox needs of a database.
type Store interface {
	// NumberEvents gives positions to at most limit committed events that have none, oldest ID first, and returns how
	// many. Two dispatchers at once do no harm: positions become visible in their order, without gaps.
	NumberEvents(ctx context.Context, limit int) (int, error)
	// Events gives numbered events in order of position.
	Events(ctx context.Context, q Query) ([]Event, error)
	// LastPosition gives the highest position numbered, 0 where there is none.
	LastPosition(ctx context.Context) (int64, error)

	// ClaimDeliveries takes at most limit pending deliveries that are due by database time, oldest first, rotating over
	// partners, counts an attempt and leases each to owner until now+lease. An expired lease is taken again.
	ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]Delivery, error)
	// ClaimDelivery is ClaimDeliveries for one; ok is false where it is not due, leased to another, or not pending.
	ClaimDelivery(ctx context.Context, id uuid.UUID, owner string, lease time.Duration) (d Delivery, ok bool, err error)
	// FinishDelivery writes the outcome of attempt of a claimed delivery: the state, and for Pending the time of the
	// next attempt as a delay from now. It changes nothing, and says so by ok false, where the attempt is not the
	// current one. events are inserted with it.
	FinishDelivery(ctx context.Context, id uuid.UUID, attempt int, state DeliveryState, reason string, delay time.Duration, events []Event) (ok bool, err error)
	// Delivery gives one.
	Delivery(ctx context.Context, id uuid.UUID) (Delivery, error)
	// Deliveries gives those of a receipt, oldest first.
	Deliveries(ctx context.Context, receipt uuid.UUID) ([]Delivery, error)
	// ResendDelivery makes a delivery pending again, due now, whatever its state. Its attempts go on counting, and Resent is
	// set to them, so that what an earlier attempt comes to still say changes nothing.
	ResendDelivery(ctx context.Context, id uuid.UUID) error
	// PendingDeliveries gives how many deliveries are pending, due or not.
	PendingDeliveries(ctx context.Context) (int64, error)
	// Answer gives one with its body; Answers those of a receipt without, oldest first.
	Answer(ctx context.Context, id uuid.UUID) (Answer, error)
	Answers(ctx context.Context, receipt uuid.UUID) ([]Answer, error)

	// Cursor gives the position that a named consumer has done, 0 where it has begun with none.
	Cursor(ctx context.Context, name string) (int64, error)
}
