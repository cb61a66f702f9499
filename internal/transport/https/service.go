package https

import (
	"context"
	"io"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A Service is what the API asks of the gateway. Every method authorises the principal itself and writes the audit row
// of what is read; it gives partner.ErrDenied (403), partner.ErrHidden or gateway.ErrNotFound (404),
// gateway.ErrUnavailable (503) and gateway.ErrInput (422), wrapped.
type Service interface {
	transport.Receiver

	Message(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.MessageView, error)
	// Await is Message once the state is final, or as it is after d.
	Await(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*gateway.MessageView, error)
	Messages(ctx context.Context, p partner.Principal, mode cargo.Traffic, states []gateway.State, limit int, after string) (gateway.Page[*gateway.MessageView], error)
	// Findings gives those of a message as JSON objects, as in the check object.
	Findings(ctx context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[rawJSON], error)
	Original(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.Original, error)
	Acknowledgements(ctx context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[gateway.AckView], error)
	Acknowledgement(ctx context.Context, p partner.Principal, id, ack uuid.UUID) (*outbox.Answer, error)
	MessageConsignments(ctx context.Context, p partner.Principal, id uuid.UUID, limit int, after string) (gateway.Page[*gateway.ConsignmentView], error)
	Certificate(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.Certificate, error)

	// CheckBody reads a body as check does, with the principal's profile, and writes the check object. Nothing is stored.
	CheckBody(ctx context.Context, p partner.Principal, name string, body io.Reader, max int64, w io.Writer) error

	Search(ctx context.Context, p partner.Principal, s gateway.Search) (gateway.Page[*gateway.ConsignmentView], error)
	Consignment(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.ConsignmentView, error)
	Calls(ctx context.Context, p partner.Principal, q gateway.CallQuery) (gateway.Page[gateway.Call], error)
	Events(ctx context.Context, p partner.Principal, mode cargo.Traffic, types []string, limit int, after string) (gateway.Page[*gateway.EventView], error)

	// Cases: see gateway.Gateway.
	Cases(ctx context.Context, p partner.Principal, q gateway.CaseQuery) (gateway.Page[*gateway.CaseView], error)
	Case(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.CaseView, error)
	LeaseCases(ctx context.Context, p partner.Principal, max int, d time.Duration, q gateway.CaseQuery) (gateway.Page[*gateway.CaseView], error)
	LeaseCase(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*gateway.CaseView, error)
	ExtendCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string, d time.Duration) (*gateway.CaseView, error)
	ReturnCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string) (*gateway.CaseView, error)
	DecideCase(ctx context.Context, p partner.Principal, id uuid.UUID, a gateway.CaseAct) (*gateway.CaseView, error)
	NoteCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease, note string) (*gateway.CaseView, error)
	OutcomeCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string, f caseq.Finding) (*gateway.CaseView, error)
	ImportOutcomes(ctx context.Context, p partner.Principal, source string, lines []gateway.OutcomeLine) ([]gateway.OutcomeReport, error)

	// Of the staff.
	Replay(ctx context.Context, p partner.Principal, id uuid.UUID) error
	Hold(ctx context.Context, p partner.Principal, id uuid.UUID, name string) error
	Unhold(ctx context.Context, p partner.Principal, id uuid.UUID, name string) error
	Erase(ctx context.Context, p partner.Principal, id uuid.UUID, why string) (*gateway.Tombstone, error)
	ResendDelivery(ctx context.Context, p partner.Principal, delivery uuid.UUID) error
	ResumeDeliveries(ctx context.Context, p partner.Principal) (int64, error)
	PurgeReport(ctx context.Context, p partner.Principal, since time.Time, limit int) (gateway.Page[gateway.Tombstone], error)
	Partners(ctx context.Context, p partner.Principal) (gateway.Page[partner.Partner], error)
}

// An Authenticator turns the key of a request into a principal; partner.ErrUnauthenticated where it is none.
type Authenticator interface {
	Authenticate(ctx context.Context, key string) (partner.Principal, error)
}
