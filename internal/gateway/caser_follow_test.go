package gateway

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
)

// Which version of a bill its case is about, whatever order the rows are given in.
func TestHeadOf(t *testing.T) {
	t.Parallel()
	row := func(state string, seq int64, points int, selected bool) ConsignmentRow {
		return ConsignmentRow{ID: uuid.New(), State: state, Order: Order{Seq: seq, Message: 1}, Score: Scored{Done: true, Points: points, Selected: selected}}
	}
	accepted, gone, cancelled := row(ConsignmentAccepted, 5, 50, true), row(ConsignmentSuperseded, 3, 90, true), row(ConsignmentCancelled, 4, 10, false)
	for name, try := range map[string]struct {
		rows []ConsignmentRow
		want int // place of the one; -1 for none
	}{
		"nothing":                                 {nil, -1},
		"the accepted one, whatever was before":   {[]ConsignmentRow{gone, accepted, cancelled}, 1},
		"the newest that is gone":                 {[]ConsignmentRow{gone, cancelled}, 1},
		"a refused one alone":                     {[]ConsignmentRow{row(ConsignmentUnaccepted, 1, 0, false)}, 0},
		"a later refused one with more points":    {[]ConsignmentRow{accepted, row(ConsignmentUnaccepted, 6, 60, true)}, 1},
		"a later refused one with as many":        {[]ConsignmentRow{accepted, row(ConsignmentUnaccepted, 6, 50, true)}, 0},
		"a later refused one that is not risky":   {[]ConsignmentRow{accepted, row(ConsignmentUnaccepted, 6, 60, false)}, 0},
		"an earlier refused one":                  {[]ConsignmentRow{accepted, row(ConsignmentUnaccepted, 4, 99, true)}, 0},
		"a risky refused one after what is gone":  {[]ConsignmentRow{cancelled, row(ConsignmentUnaccepted, 6, 41, true)}, 1},
		"a plain refused one after what is gone":  {[]ConsignmentRow{cancelled, row(ConsignmentUnaccepted, 6, 5, false)}, 0},
		"a refused one before what was cancelled": {[]ConsignmentRow{cancelled, row(ConsignmentUnaccepted, 2, 99, true)}, 0},
	} {
		for range 2 {
			got := headOf(try.rows)
			switch {
			case try.want < 0:
				if got != nil {
					t.Errorf("%s: %+v", name, got)
				}
			case got == nil || got.ID != try.rows[try.want].ID:
				t.Errorf("%s: %+v", name, got)
			}
			if slices.Reverse(try.rows); try.want >= 0 {
				try.want = len(try.rows) - 1 - try.want
			}
		}
	}
}

// What cases are grouped by: equipment first, then the call, then the consignee, each once.
func TestGroupsOf(t *testing.T) {
	t.Parallel()
	record := func(json string) *ConsignmentRow { return &ConsignmentRow{Record: packJSON([]byte(json))} }
	got, err := groupsOf(record(`{"parties":[{"role":"consignor","name":"Anyone"},{"role":"consignee","name":" Tide  and\tson "},{"role":"consignee","name":"Second"}],
		"equipment":[{"id":"nkau 1234567"},{"id":"NKAU1234567"},{"id":""},{"id":"AAAU7654321"}]}`), "C7")
	want := []caseq.Group{{Kind: "equipment", Value: "AAAU7654321"}, {Kind: "equipment", Value: "NKAU1234567"}, {Kind: "call", Value: "C7"}, {Kind: "party", Value: "TIDE AND SON"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %+v", err, got)
	}
	if got, err := groupsOf(&ConsignmentRow{}, ""); err != nil || got != nil {
		t.Errorf("nothing: %v %+v", err, got)
	}
	if got, err := groupsOf(record(`{"parties":1}`), "C7"); err == nil || len(got) != 1 {
		t.Errorf("a record that cannot be read: %v %+v", err, got)
	}
}

func TestCaseReference(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []caseq.Case{{Number: 1, Revision: 11}, {Number: 11, Revision: 1}, {Number: 1 << 40, Revision: 60_466_175}, {Number: 36, Revision: 1}} {
		r := caseReference(&c)
		if len(r) != 14 || seen[r] || r[0] != 'K' {
			t.Errorf("%+v: %q", c, r)
		}
		seen[r] = true
	}
}
