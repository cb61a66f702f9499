package https

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

type uuidValue = uuid.UUID

// noTime is the modification time of what has none to tell.
var noTime time.Time

func (s *Server) registerConsignments() {
	search := operation("searchConsignments", "consignment.search", http.MethodGet, "/v1/consignments", "Find consignments, newest first")
	search.Description = "All that is given must fit. Without anything, all of them."
	search.Tags = []string{"consignments"}
	register(s.api, search, s.search)

	get := operation("getConsignment", "consignment.read", http.MethodGet, "/v1/consignments/{id}", "One consignment")
	get.Description = "With links to the consignments above and below it, as far as they are yours."
	get.Tags = []string{"consignments"}
	register(s.api, get, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[consignment], error) {
		id, err := parseID(in.ID)
		if err != nil {
			return nil, err
		}
		v, err := s.service.Consignment(ctx, p, id)
		if err != nil {
			return nil, err
		}
		return &output[consignment]{consignmentOf(v)}, nil
	})

	calls := operation("listCalls", "call.list", http.MethodGet, "/v1/calls", "Calls of ships and flights, newest first")
	calls.Tags = []string{"consignments"}
	register(s.api, calls, s.listCalls)

	events := operation("listEvents", "event.list", http.MethodGet, "/v1/events", "What happened, oldest first")
	events.Description = "CloudEvents 1.0. Where there is nothing more, ask again later with the same after."
	events.Tags = []string{"events"}
	register(s.api, events, s.listEvents)
}

type searchInput struct {
	Q         string `query:"q" maxLength:"500" doc:"Words of descriptions, names and numbers: all of them."`
	Document  string `query:"document" maxLength:"100" doc:"Number of a transport document."`
	Equipment string `query:"equipment" maxLength:"100" doc:"Identity of a container or other equipment."`
	Party     string `query:"party" maxLength:"500" doc:"Words of a party's name."`
	Port      string `query:"port" maxLength:"5" doc:"UN/LOCODE."`
	State     string `query:"state" enum:"accepted,unaccepted,superseded,cancelled"`
	PeriodInput
	ModeInput
	PageInput
}

func (s *Server) search(ctx context.Context, p partner.Principal, in *searchInput) (*output[list[consignment]], error) {
	from, to, err := in.period()
	if err != nil {
		return nil, err
	}
	v, err := s.service.Search(ctx, p, gateway.Search{Mode: in.traffic(p), Q: in.Q, Document: in.Document, Equipment: in.Equipment,
		Party: in.Party, Port: in.Port, From: from, To: to, State: in.State, Limit: in.Limit, After: in.After})
	return &output[list[consignment]]{listOf(v, consignmentOf)}, err
}

type callsInput struct {
	Vessel string `query:"vessel" maxLength:"100" doc:"Best identity: imo:9321483, callsign:…, name:…"`
	Port   string `query:"port" maxLength:"5" doc:"UN/LOCODE."`
	PeriodInput
	ModeInput
	PageInput
}

func (s *Server) listCalls(ctx context.Context, p partner.Principal, in *callsInput) (*output[list[gateway.Call]], error) {
	from, to, err := in.period()
	if err != nil {
		return nil, err
	}
	v, err := s.service.Calls(ctx, p, gateway.CallQuery{Mode: in.traffic(p), Vessel: in.Vessel, Port: in.Port, From: from, To: to,
		Limit: in.Limit, After: in.After})
	return &output[list[gateway.Call]]{listOf(v, same)}, err
}

type eventsInput struct {
	Type string `query:"type" maxLength:"1000" doc:"Types of events, separated by commas."`
	ModeInput
	PageInput
}

func (s *Server) listEvents(ctx context.Context, p partner.Principal, in *eventsInput) (*output[list[*gateway.EventView]], error) {
	var types []string
	for word := range strings.SplitSeq(in.Type, ",") {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(types, word) {
			types = append(types, word)
		}
	}
	v, err := s.service.Events(ctx, p, in.traffic(p), types, in.Limit, in.After)
	return &output[list[*gateway.EventView]]{listOf(v, same)}, err
}

// PeriodInput is a time from when, and one until when.
type PeriodInput struct {
	From string `query:"from" doc:"Not before: a time (RFC 3339), or a day in UTC."`
	To   string `query:"to" doc:"Before this time (RFC 3339), or until the end of this day in UTC."`
}

func (in PeriodInput) period() (from, to time.Time, err error) {
	if from, err = parseTime("from", in.From, 0); err != nil {
		return from, to, err
	}
	if to, err = parseTime("to", in.To, 1); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, newProblem(http.StatusUnprocessableEntity, codeInput, "from must be before to.")
	}
	return from, to, nil
}

// parseTime reads a time, or a day plus so many days; the zero time where there is none.
func parseTime(name, text string, days int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.AddDate(0, 0, days), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, newProblem(http.StatusUnprocessableEntity, codeInput, "%s: %q is no time (RFC 3339) and no day (2006-01-02).", name, text)
	}
	return t.UTC(), nil
}

// A consignment is written as its canonical record, with the gateway's fields beside those of the record.
type consignment struct {
	gateway.ConsignmentView
}

func consignmentOf(v *gateway.ConsignmentView) consignment { return consignment{*v} }

// TransformSchema implements huma.SchemaTransformer.
func (consignment) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Description = "The canonical record of a consignment, as convert writes it, with these fields beside its own."
	s.AdditionalProperties = true
	return s
}

// MarshalJSON writes the gateway's fields first, then those of the record whose names are not taken.
func (c consignment) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	ours, err := encode(c.ConsignmentView)
	if err != nil {
		return nil, err
	}
	if len(c.Record) == 0 {
		return ours, nil
	}
	taken := map[string]bool{}
	if err := members(ours, func(name string, _ json.RawMessage) { taken[name] = true }); err != nil {
		return nil, err
	}
	out.Write(bytes.TrimSuffix(ours, []byte("}")))
	err = members(c.Record, func(name string, value json.RawMessage) {
		if taken[name] {
			return
		}
		taken[name] = true
		key, _ := encode(name) // a string never fails
		out.WriteByte(',')
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	})
	if err != nil {
		return nil, fmt.Errorf("https: record of consignment %s: %w", c.ID, err)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// encode writes v without escaping what is only dangerous in HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// members calls visit for every member of a JSON object, in order.
func members(object []byte, visit func(name string, value json.RawMessage)) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("not a JSON object (%v)", err)
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		visit(t.(string), value)
	}
	_, err := dec.Token()
	return err
}

// A finding is written as it is given.
type finding struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (finding) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{Type: huma.TypeObject, Description: "As in the check object.", AdditionalProperties: true,
		Properties: map[string]*huma.Schema{"code": text, "severity": {Type: huma.TypeString, Enum: []any{"error", "warning", "note"}},
			"text": text}, Required: []string{"code", "severity"}}
}
