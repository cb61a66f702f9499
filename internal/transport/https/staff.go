package https

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

type nothing struct{}

// holdInput names a hold.
type holdInput struct {
	IDInput
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" doc:"Name of the hold, such as that of a case."`
	}
}

// eraseInput says why.
type eraseInput struct {
	IDInput
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"500" doc:"Why it is erased; it stays in the tombstone. No personal values."`
	}
}

// tombstone is what stays of an erased or expired message.
type tombstone struct {
	MessageID uuidValue `json:"message_id"`
	SHA256    string    `json:"sha256" doc:"Hex."`
	Size      int64     `json:"size"`
	Why       string    `json:"why"`
	Who       string    `json:"who"`
	At        time.Time `json:"at"`
	Derived   int64     `json:"derived" doc:"Rows that were removed with it."`
}

func tombstoneOf(t gateway.Tombstone) tombstone {
	return tombstone{MessageID: t.Receipt, SHA256: hex.EncodeToString(t.SHA256[:]), Size: t.Size, Why: t.Why, Who: t.Who, At: t.At.UTC(), Derived: t.Derived}
}

// resumed counts deliveries.
type resumed struct {
	Resumed int64 `json:"resumed" doc:"Deliveries that were paused and go out now."`
}

type purgesInput struct {
	Since string `query:"since" doc:"Not before: a time (RFC 3339), or a day in UTC."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Most items."`
}

// registerStaff adds what the administration does.
func (s *Server) registerStaff() {
	add := func(id, action, path, summary string) (op operationValue) {
		op = operation(id, action, http.MethodPost, path, summary)
		op.Tags = []string{"staff"}
		return op
	}
	register(s.api, add("replayMessage", "message.replay", "/v1/messages/{id}:replay", "Read a parked message again"),
		func(ctx context.Context, p partner.Principal, in *IDInput) (*nothing, error) {
			id, err := messageID(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &nothing{}, s.service.Replay(ctx, p, id)
		})
	register(s.api, add("holdMessage", "message.hold", "/v1/messages/{id}:hold", "Keep a message beyond its time"),
		func(ctx context.Context, p partner.Principal, in *holdInput) (*nothing, error) {
			id, err := messageID(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &nothing{}, s.service.Hold(ctx, p, id, in.Body.Name)
		})
	register(s.api, add("unholdMessage", "message.unhold", "/v1/messages/{id}:unhold", "Take a hold off a message"),
		func(ctx context.Context, p partner.Principal, in *holdInput) (*nothing, error) {
			id, err := messageID(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &nothing{}, s.service.Unhold(ctx, p, id, in.Body.Name)
		})
	register(s.api, add("eraseMessage", "message.erase", "/v1/messages/{id}:erase", "Erase a message and what came of it"),
		func(ctx context.Context, p partner.Principal, in *eraseInput) (*output[tombstone], error) {
			id, err := messageID(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			t, err := s.service.Erase(ctx, p, id, in.Body.Why)
			if err != nil {
				return nil, err
			}
			return &output[tombstone]{tombstoneOf(*t)}, nil
		})
	register(s.api, add("resendDelivery", "delivery.resend", "/v1/deliveries/{id}:resend", "Bring an answer again"),
		func(ctx context.Context, p partner.Principal, in *IDInput) (*nothing, error) {
			id, err := parseID(in.ID)
			if err != nil {
				return nil, err
			}
			return &nothing{}, s.service.ResendDelivery(ctx, p, id)
		})
	register(s.api, add("resumeDeliveries", "delivery.resume", "/v1/deliveries:resume", "Let paused answers go out"),
		func(ctx context.Context, p partner.Principal, _ *nothing) (*output[resumed], error) {
			n, err := s.service.ResumeDeliveries(ctx, p)
			return &output[resumed]{resumed{n}}, err
		})

	purges := operation("listPurges", "purge.list", http.MethodGet, "/v1/purges", "What was erased or expired")
	purges.Tags = []string{"staff"}
	register(s.api, purges, func(ctx context.Context, p partner.Principal, in *purgesInput) (*output[list[tombstone]], error) {
		since, err := parseTime("since", in.Since, 0)
		if err != nil {
			return nil, err
		}
		v, err := s.service.PurgeReport(ctx, p, since, in.Limit)
		return &output[list[tombstone]]{listOf(v, tombstoneOf)}, err
	})

	partners := operation("listPartners", "partner.list", http.MethodGet, "/v1/partners", "Partners")
	partners.Tags = []string{"staff"}
	register(s.api, partners, func(ctx context.Context, p partner.Principal, _ *nothing) (*output[list[partner.Partner]], error) {
		v, err := s.service.Partners(ctx, p)
		return &output[list[partner.Partner]]{listOf(v, same)}, err
	})
}
