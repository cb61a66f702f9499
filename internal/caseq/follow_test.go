package caseq

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func version(points int, reasons ...string) *Version {
	v := &Version{Consignment: uuid.Must(uuid.NewV7()), Receipt: uuid.Must(uuid.NewV7()), BillKey: "B1", Bill: "B-1", Filer: "NORDKAI", Partner: "NORDKAI", Cargo: "accepted",
		Port: "NLRTM", Due: noon.Add(time.Hour), Points: points, Base: points, Band: "high", Assessable: true, Flagged: true, Groups: []Group{{GroupCall, "C1"}}}
	for _, r := range reasons {
		v.Reasons = append(v.Reasons, Reason{r, points / len(reasons)})
	}
	return v
}

func whats(lines []Entry) (out []string) {
	for _, e := range lines {
		out = append(out, e.What)
	}
	return out
}

func TestOpenAndUpdate(t *testing.T) {
	t.Parallel()
	v := version(50, "a@1", "b@1")
	c, lines := Open(uuid.Must(uuid.NewV7()), v, noon)
	if c.State != New || c.Points != 50 || c.Peak != 50 || !slices.Equal(c.Known, []string{"a@1", "b@1"}) || c.Consignment != v.Consignment || !slices.Equal(whats(lines), []string{WhatOpened}) {
		t.Fatalf("%+v %+v", c, lines)
	}
	if lines := c.Follow(v, true, 15, noon); lines != nil {
		t.Errorf("nothing has changed: %+v", lines)
	}
	next := version(30, "c@1")
	if lines := c.Follow(next, true, 15, noon); !slices.Equal(whats(lines), []string{WhatUpdated}) || c.Points != 30 || c.Peak != 50 || c.Receipt != next.Receipt ||
		!slices.Equal(c.Known, []string{"a@1", "b@1", "c@1"}) || c.State != New {
		t.Errorf("%+v %+v", c, lines)
	}
	gone := *next
	gone.Cargo = "cancelled"
	if lines := c.Follow(&gone, true, 15, noon); !slices.Equal(whats(lines), []string{WhatCargo}) || lines[0].Reason != "cancelled" || c.State != New || c.Cargo != "cancelled" {
		t.Errorf("what was cancelled: %+v %+v", c, lines)
	}
	// A lease, a state and a decision are the officer's.
	c = standing(Hold)
	before := *c
	c.Follow(next, true, 15, noon)
	if c.State != Hold || c.Lease != before.Lease || c.Decision != before.Decision || c.Points != 30 {
		t.Errorf("%+v", c)
	}
}

func TestWithdrawn(t *testing.T) {
	t.Parallel()
	c, _ := Open(uuid.Must(uuid.NewV7()), version(50, "a@1"), noon)
	low := version(5)
	low.Flagged = false
	if lines := c.Follow(low, false, 15, noon); !slices.Equal(whats(lines), []string{WhatWithdrawn}) || c.State != Closed || !c.Withdrawn || c.ClosedAt != noon {
		t.Fatalf("%+v %+v", c, lines)
	}
	if lines := c.Follow(low, false, 15, noon); lines != nil {
		t.Errorf("withdrawn twice: %+v", lines)
	}
	again := version(41, "a@1")
	if lines := c.Follow(again, true, 15, noon); !slices.Equal(whats(lines), []string{WhatReopened}) || c.State != New || c.Withdrawn || c.Points != 41 || !c.ClosedAt.IsZero() {
		t.Errorf("wanted again: %+v %+v", c, lines)
	}
	// What somebody had in hand is not taken away.
	for _, touched := range []*Case{standing(Assigned), standing(Hold), {State: New, Assignee: "staff:ada"}, {State: New, Proposal: &Decision{}}} {
		was := touched.State
		if touched.Follow(low, false, 15, noon); touched.State != was || touched.Withdrawn || touched.Points != 5 {
			t.Errorf("%+v", touched)
		}
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		v      *Version
		edit   func(v *Version)
		reopen bool
	}{
		"the same again":                {version(50, "a@1"), nil, false},
		"points rise by less":           {version(64, "a@1"), nil, false},
		"points rise by the step":       {version(65, "a@1"), nil, true},
		"points rose, but not over all": {version(64, "a@1"), nil, false},
		"a new indicator":               {version(50, "b@1"), nil, true},
		"a new one of fewer points":     {version(41, "b@1"), nil, true},
		"a new one, not selected":       {version(20, "b@1"), func(v *Version) { v.Flagged = false }, false},
		"a new one of cancelled goods":  {version(70, "b@1"), func(v *Version) { v.Cargo = "cancelled" }, false},
		"a new one of refused goods":    {version(70, "b@1"), func(v *Version) { v.Cargo = "unaccepted" }, true},
	} {
		c := standing(Closed)
		c.Peak, c.Known, c.Decision = 50, []string{"a@1"}, &Decision{To: Released}
		if try.edit != nil {
			try.edit(try.v)
		}
		before := *c
		lines := c.Follow(try.v, true, 15, noon)
		if try.reopen != (c.State == New) || try.reopen != (len(lines) == 1 && lines[0].What == WhatReopened && lines[0].From == Closed) {
			t.Errorf("%s: %+v %+v", name, c, lines)
		}
		if !try.reopen {
			if diff := cmp.Diff(&before, c); diff != "" {
				t.Errorf("%s changed the case:\n%s", name, diff)
			}
			continue
		}
		if c.Reopened != 1 || c.Lease != uuid.Nil || c.Verdict() != VerdictReleased || c.Points != try.v.Points {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// What a case of which nobody has taken hold comes to follows from the last version, whatever it saw before.
func TestFollowForgetsTheWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (*Version, bool) {
			v := version(rapid.IntRange(0, 99).Draw(t, label), rapid.SampledFrom([]string{"a@1", "b@1", "c@1"}).Draw(t, label))
			v.Cargo = rapid.SampledFrom([]string{"accepted", "unaccepted", "superseded", "cancelled"}).Draw(t, label)
			v.Flagged = v.Points >= 40
			return v, v.Flagged || rapid.Bool().Draw(t, label)
		}
		id := uuid.Must(uuid.NewV7())
		last, wanted := draw("last")
		var long *Case
		for range rapid.IntRange(0, 6).Draw(t, "versions") {
			v, w := draw("version")
			switch {
			case long != nil:
				long.Follow(v, w, 15, noon)
			case w:
				long, _ = Open(id, v, noon)
			}
		}
		if long != nil {
			long.Follow(last, wanted, 15, noon)
		} else if wanted {
			long, _ = Open(id, last, noon)
		}
		if open := long != nil && long.State != Closed; open != wanted {
			t.Fatalf("open %v, wanted %v: %+v", open, wanted, long)
		}
		if !wanted {
			return
		}
		short, _ := Open(id, last, noon)
		short.Peak, short.Known, short.Reopened = long.Peak, long.Known, long.Reopened // what it saw, for the next look
		if diff := cmp.Diff(short, long); diff != "" {
			t.Fatalf("-short +long:\n%s", diff)
		}
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	c := standing(Outcome)
	c.Consignment = uuid.Must(uuid.NewV7())
	c.Groups = []Group{{GroupEquipment, "NKAU1234567"}, {GroupParty, "TIDE AND SON"}}
	c.Decision.Note, c.Outcome.Note, c.Proposal = "ask Tide", "ask Tide", &Decision{To: Released, Note: "ask Tide"}
	kept := *c
	c.Forget()
	if c.Consignment != uuid.Nil || !slices.Equal(c.Groups, kept.Groups[:1]) || c.Decision.Note+c.Outcome.Note+c.Proposal.Note != "" {
		t.Errorf("%+v", c)
	}
	if kept.Decision.Note != "ask Tide" || len(kept.Groups) != 2 {
		t.Error("what others hold of the case was changed")
	}
	b, err := c.Details()
	if err != nil {
		t.Fatal(err)
	}
	var back Case
	if err := back.SetDetails(b); err != nil || cmp.Diff(c.Outcome, back.Outcome) != "" || cmp.Diff(c.Groups, back.Groups) != "" {
		t.Errorf("%v %+v", err, back)
	}
	if err := back.SetDetails([]byte("{")); err == nil {
		t.Error("what is no JSON is taken")
	}
}
