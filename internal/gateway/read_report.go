package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// maxNamed is how many documents an event names.
const maxNamed = 100

// settledData is the data of outbox.TypeSettled.
type settledData struct {
	Receipt      uuid.UUID        `json:"receipt"`
	State        State            `json:"state"`
	DuplicateOf  string           `json:"duplicate_of,omitempty"`
	Findings     Counts           `json:"findings"`
	Messages     int64            `json:"messages"`
	Consignments int64            `json:"consignments"`
	Documents    []documentNotice `json:"documents,omitempty"`
}

// documentNotice names a document that a receipt took effect on.
type documentNotice struct {
	Type         string `json:"type"`
	Reference    string `json:"reference"`
	Registration string `json:"registration"`
}

// report makes the events and the audit row of the settlement. A filer who did not transmit gets an event of its own,
// which names only its documents.
func (x *reader) report() {
	out, r := x.out, x.r
	s := &out.settlement
	data := settledData{Receipt: r.ID, State: s.State, Findings: Counts{Error: s.Errors, Warning: s.Warnings, Note: s.Notes},
		Messages: x.tally.messages, Consignments: x.tally.consignments}
	if s.DuplicateOf != uuid.Nil {
		data.DuplicateOf = s.DuplicateOf.String()
	}
	byFiler := map[partner.ID][]documentNotice{}
	for _, d := range out.documents {
		filer := d.doc.Filer
		if len(byFiler[filer]) < maxNamed {
			byFiler[filer] = append(byFiler[filer], documentNotice{d.doc.Type, d.doc.Reference, RegistrationOf(r.ReceivedAt, r.Mode, d.versions[0].Order, 0)})
		}
	}
	filers := make([]partner.ID, 0, len(byFiler))
	for filer := range byFiler {
		filers = append(filers, filer)
	}
	slices.Sort(filers)
	event := func(to, filer partner.ID, documents []documentNotice) {
		data.Documents = documents
		out.events = append(out.events, outbox.Event{ID: newID(), Type: outbox.TypeSettled, Subject: "message/" + r.ID.String(), Mode: string(r.Mode),
			Partner: to, Filer: filer, Data: toJSON(data), TraceID: r.TraceID})
	}
	switch len(filers) {
	case 0:
		event(r.Partner, r.Partner, nil)
	case 1:
		event(r.Partner, filers[0], byFiler[filers[0]])
	default:
		var all []documentNotice
		for _, filer := range filers {
			all = append(all, byFiler[filer]...)
		}
		event(r.Partner, r.Partner, all[:min(len(all), maxNamed)])
		for _, filer := range filers {
			if filer != r.Partner {
				data.Messages, data.Consignments, data.Findings = int64(len(byFiler[filer])), 0, Counts{}
				event(filer, filer, byFiler[filer])
			}
		}
	}
	digest := sha256.Sum256(s.Result)
	detail := map[string]any{"state": s.State, "attempt": r.Attempt, "sha256": hex.EncodeToString(r.SHA256[:]), "result_sha256": hex.EncodeToString(digest[:])}
	if s.DuplicateOf != uuid.Nil {
		detail["duplicate_of"] = s.DuplicateOf
	}
	out.audit = append(out.audit, auditRow(r, "message.settle", detail))
}

// auditRow makes a row of what the gateway itself does with a receipt. Its time is set where it is inserted.
func auditRow(r *Receipt, action string, detail map[string]any) audit.Row {
	return audit.Row{ID: newID(), Principal: "service:gateway", Action: action, Object: "message:" + r.ID.String(), Mode: string(r.Mode),
		Detail: toJSON(detail), TraceID: r.TraceID}
}

// toJSON is for our own plain values, which always have a form in JSON.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// parked gives the settlement of a receipt that is parked, with its event and audit row.
func (g *Gateway) parked(r Receipt, reason string) (Settlement, []outbox.Event, []audit.Row) {
	now := g.opts.Now().UTC()
	s := Settlement{Fence: Fence{r.ID, r.Attempt}, Mode: r.Mode, State: StateParked, Reason: reason}
	event := outbox.Event{ID: newID(), Type: outbox.TypeParked, Subject: "message/" + r.ID.String(), Mode: string(r.Mode), Partner: r.Partner, Filer: r.Partner,
		At: now, Data: toJSON(settledData{Receipt: r.ID, State: StateParked}), TraceID: r.TraceID}
	row := auditRow(&r, "message.park", map[string]any{"attempt": r.Attempt, "sha256": hex.EncodeToString(r.SHA256[:])})
	row.At = now
	return s, []outbox.Event{event}, []audit.Row{row}
}
