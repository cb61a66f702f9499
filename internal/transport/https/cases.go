package https

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// maxOutcomesBody bounds an import of outcomes, in bytes.
const maxOutcomesBody = 4 << 20

// A caseItem is a case with its consignment as the API writes consignments.
type caseItem struct {
	gateway.CaseView
	Consignment *consignment `json:"consignment,omitempty"`
}

func caseOf(v *gateway.CaseView) caseItem {
	item := caseItem{CaseView: *v}
	if v.Consignment != nil {
		c := consignmentOf(v.Consignment)
		item.Consignment = &c
	}
	return item
}

type casesInput struct {
	State string `query:"state" doc:"States, separated by commas; none is all that are not closed. Closed ones are listed by themselves."`
	Group string `query:"group" maxLength:"200" doc:"What cases have in common: equipment:MSCU1234566, call:C17, party:NAME."`
	Port  string `query:"port" maxLength:"5" doc:"UN/LOCODE."`
	Mine  bool   `query:"mine" doc:"Only those that you have."`
	PageInput
}

func (in *casesInput) query() gateway.CaseQuery {
	q := gateway.CaseQuery{Group: in.Group, Port: in.Port, Mine: in.Mine, Limit: in.Limit, After: in.After}
	if in.State != "" {
		for s := range strings.SplitSeq(in.State, ",") {
			q.States = append(q.States, caseq.State(strings.TrimSpace(s)))
		}
	}
	return q
}

type leaseCasesInput struct {
	Body struct {
		Max     int    `json:"max,omitempty" minimum:"1" maximum:"100" default:"1" doc:"Most cases."`
		Seconds int    `json:"seconds,omitempty" minimum:"1" maximum:"86400" default:"300" doc:"How long they are yours."`
		Group   string `json:"group,omitempty" maxLength:"200" doc:"Only of this group, as for the list."`
		Port    string `json:"port,omitempty" maxLength:"5" doc:"Only of this port."`
	}
}

type leaseCaseInput struct {
	IDInput
	Body struct {
		Seconds int `json:"seconds,omitempty" minimum:"1" maximum:"86400" default:"300" doc:"How long it is yours."`
	}
}

type extendCaseInput struct {
	IDInput
	Body struct {
		Lease   string `json:"lease" minLength:"1" maxLength:"100" doc:"The token of your lease."`
		Seconds int    `json:"seconds,omitempty" minimum:"1" maximum:"86400" default:"300" doc:"How long it is yours from now on."`
	}
}

type returnCaseInput struct {
	IDInput
	Body struct {
		Lease string `json:"lease" minLength:"1" maxLength:"100" doc:"The token of your lease."`
	}
}

type decideCaseInput struct {
	IDInput
	Body struct {
		Lease    string `json:"lease" minLength:"1" maxLength:"100" doc:"The token of your lease."`
		Revision int64  `json:"revision,omitempty" minimum:"0" doc:"Revision of the case that you looked at: 409 where it has changed since."`
		To       string `json:"to,omitempty" enum:"in_review,hold,inspect,do_not_load,released,closed" doc:"The step; left out with agree and refuse."`
		Reason   string `json:"reason,omitempty" maxLength:"40" doc:"A code of /v1/case-reasons."`
		Note     string `json:"note,omitempty" maxLength:"4000" doc:"For colleagues; it goes to nobody else."`
		Agree    bool   `json:"agree,omitempty" doc:"Agree to the proposal of another."`
		Refuse   bool   `json:"refuse,omitempty" doc:"Refuse the proposal of another."`
	}
}

type noteCaseInput struct {
	IDInput
	Body struct {
		Lease string `json:"lease" minLength:"1" maxLength:"100" doc:"The token of your lease."`
		Note  string `json:"note" minLength:"1" maxLength:"4000"`
	}
}

type outcomeCaseInput struct {
	IDInput
	Body struct {
		Lease  string `json:"lease" minLength:"1" maxLength:"100" doc:"The token of your lease."`
		Result string `json:"result" enum:"seizure,infringement,data_error,nil,not_examined"`
		Family string `json:"family,omitempty" maxLength:"40" doc:"Threat family of what was found."`
		On     string `json:"on,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Day of the examination."`
		Note   string `json:"note,omitempty" maxLength:"4000"`
	}
}

// seconds gives a duration; 0 is five minutes.
func seconds(n int) time.Duration {
	if n == 0 {
		n = 300
	}
	return time.Duration(n) * time.Second
}

// caseReasons are the codes that a step may be given.
type caseReasons struct {
	Items []caseq.ReasonCode `json:"items"`
}

// registerCases adds the queue of cases.
func (s *Server) registerCases() {
	add := func(id, action, method, path, summary string) huma.Operation {
		op := operation(id, action, method, path, summary)
		op.Tags = []string{"cases"}
		return op
	}
	one := func(v *gateway.CaseView, err error) (*output[caseItem], error) {
		if err != nil {
			return nil, err
		}
		return &output[caseItem]{caseOf(v)}, nil
	}
	many := func(v gateway.Page[*gateway.CaseView], err error) (*output[list[caseItem]], error) {
		return &output[list[caseItem]]{listOf(v, caseOf)}, err
	}

	all := add("listCases", "case.list", http.MethodGet, "/v1/cases", "Cases, the most urgent first")
	all.Description = "Without leases. Closed ones come newest first."
	register(s.api, all, func(ctx context.Context, p partner.Principal, in *casesInput) (*output[list[caseItem]], error) {
		return many(s.service.Cases(ctx, p, in.query()))
	})

	reasons := add("listCaseReasons", "case.list", http.MethodGet, "/v1/case-reasons", "Why a step may be taken")
	register(s.api, reasons, func(ctx context.Context, p partner.Principal, _ *nothing) (*output[caseReasons], error) {
		if err := partner.Authorise(p, partner.CaseList, partner.Object{}); err != nil {
			return nil, err
		}
		return &output[caseReasons]{caseReasons{caseq.Reasons()}}, nil
	})

	get := add("getCase", "case.read", http.MethodGet, "/v1/cases/{id}", "One case, with its history")
	register(s.api, get, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		return one(s.service.Case(ctx, p, id))
	})

	lease := add("leaseCases", "case.lease", http.MethodPost, "/v1/cases:lease", "Take the most urgent cases")
	lease.Description = "They are yours until the lease is over, and nobody else gets them until then. Nothing in items: there is nothing to do now."
	register(s.api, lease, func(ctx context.Context, p partner.Principal, in *leaseCasesInput) (*output[list[caseItem]], error) {
		b := &in.Body
		return many(s.service.LeaseCases(ctx, p, max(b.Max, 1), seconds(b.Seconds), gateway.CaseQuery{Group: b.Group, Port: b.Port}))
	})

	work := func(id, action, verb, summary string) huma.Operation {
		return add(id, action, http.MethodPost, "/v1/cases/{id}:"+verb, summary)
	}
	register(s.api, work("leaseCase", "case.lease", "lease", "Take this case"), func(ctx context.Context, p partner.Principal, in *leaseCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		return one(s.service.LeaseCase(ctx, p, id, seconds(in.Body.Seconds)))
	})
	register(s.api, work("extendCase", "case.lease", "extend", "Keep a case longer"), func(ctx context.Context, p partner.Principal, in *extendCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		return one(s.service.ExtendCase(ctx, p, id, in.Body.Lease, seconds(in.Body.Seconds)))
	})
	register(s.api, work("returnCase", "case.lease", "return", "Give a case back"), func(ctx context.Context, p partner.Principal, in *returnCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		return one(s.service.ReturnCase(ctx, p, id, in.Body.Lease))
	})
	decide := work("decideCase", "case.decide", "decide", "Take a step, or answer the proposal of another")
	decide.Description = "A step that takes two persons becomes a proposal, which another agrees to or refuses. Holding and releasing are told to the filer (CUSRES)."
	register(s.api, decide, func(ctx context.Context, p partner.Principal, in *decideCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		b := &in.Body
		return one(s.service.DecideCase(ctx, p, id, gateway.CaseAct{Lease: b.Lease, Revision: b.Revision, To: caseq.State(b.To), Reason: b.Reason, Note: b.Note,
			Agree: b.Agree, Refuse: b.Refuse}))
	})
	register(s.api, work("noteCase", "case.note", "note", "Add a note"), func(ctx context.Context, p partner.Principal, in *noteCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		return one(s.service.NoteCase(ctx, p, id, in.Body.Lease, in.Body.Note))
	})
	register(s.api, work("outcomeCase", "case.outcome", "outcome", "Record what was found"), func(ctx context.Context, p partner.Principal, in *outcomeCaseInput) (*output[caseItem], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		b := &in.Body
		return one(s.service.OutcomeCase(ctx, p, id, b.Lease, caseq.Finding{Result: b.Result, Family: b.Family, On: b.On, Note: b.Note}))
	})
	s.registerOutcomes(add("importOutcomes", "case.import", http.MethodPost, "/v1/outcomes", "Record outcomes that another system kept"))
}

// outcomesInput is a file of outcomes.
type outcomesInput struct {
	Name        string `query:"name" maxLength:"100" doc:"Name of the file, for the history of the cases."`
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"text/csv"`
}

// outcomeItem is one outcome as JSON.
type outcomeItem struct {
	Bill      string `json:"bill,omitempty"`
	Equipment string `json:"equipment,omitempty"`
	On        string `json:"on,omitempty"`
	Result    string `json:"result"`
	Family    string `json:"family,omitempty"`
	Note      string `json:"note,omitempty"`
}

type outcomeReports struct {
	Items []gateway.OutcomeReport `json:"items"`
}

// registerOutcomes adds the import of outcomes.
func (s *Server) registerOutcomes(op huma.Operation) {
	op.Description = "text/csv with a line of column names (bill, equipment, on, result, family, note), or application/json: {\"items\": [{…}]} with " +
		"the same names. Each is matched on container, bill and date with one case; what is recorded already is not recorded twice. What became of each line is in the answer."
	op.MaxBodyBytes = maxOutcomesBody
	register(s.api, op, func(ctx context.Context, p partner.Principal, in *outcomesInput) (*output[outcomeReports], error) {
		if err := partner.Authorise(p, partner.CaseImport, partner.Object{}); err != nil {
			return nil, err // before the body is looked at
		}
		lines, err := readOutcomes(in.ContentType, in.RawBody)
		if err != nil {
			return nil, err
		}
		name := in.Name
		if name == "" {
			name = "api"
		}
		got, err := s.service.ImportOutcomes(ctx, p, name, lines)
		if err != nil {
			return nil, err
		}
		if got == nil {
			got = []gateway.OutcomeReport{}
		}
		return &output[outcomeReports]{outcomeReports{got}}, nil
	})
}

// readOutcomes reads a body by its type.
func readOutcomes(contentType string, body []byte) ([]gateway.OutcomeLine, error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err == nil && kind == "application/json" {
		var in struct {
			Items []outcomeItem `json:"items"`
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			return nil, fmt.Errorf("%w: byte %d: %w", gateway.ErrInput, dec.InputOffset(), err)
		}
		lines := make([]gateway.OutcomeLine, len(in.Items))
		for i, o := range in.Items {
			lines[i] = gateway.OutcomeLine{Line: i + 1, Bill: o.Bill, Equipment: o.Equipment, On: o.On, Result: o.Result, Family: o.Family, Note: o.Note}
		}
		return lines, nil
	}
	if err == nil && kind != "text/csv" && kind != "text/plain" && kind != "application/octet-stream" {
		return nil, fmt.Errorf("%w: outcomes are text/csv or application/json, not %.60s", gateway.ErrInput, kind)
	}
	return gateway.ReadOutcomes(bytes.NewReader(body))
}
