package caseq

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// standing makes a case in a state, with what comes with it.
func standing(s State) *Case {
	c := &Case{ID: uuid.Must(uuid.NewV7()), Number: 7, Revision: 1, State: s, Points: 50, Base: 50, Band: "high", Assessable: true, Cargo: "accepted", OpenedAt: noon}
	if s != New {
		c.Assignee, c.Lease, c.LeaseUntil = "staff:ada", uuid.New(), noon.Add(time.Hour)
	}
	if s.Decided() {
		c.Decision = &Decision{To: s, Reason: "indicators", By: "staff:ada", At: noon}
	}
	if s == Outcome {
		c.Decision = &Decision{To: Inspect, Reason: "indicators", By: "staff:ada", At: noon}
		c.Outcome = &Finding{Result: "nil", By: "staff:ada", At: noon}
	}
	if s == Closed {
		c.Lease, c.LeaseUntil, c.ClosedAt = uuid.Nil, time.Time{}, noon
	}
	return c
}

// reasonFor gives a reason that may be given for a step.
func reasonFor(to State) string {
	for _, r := range Reasons() {
		if slices.Contains(r.For, to) && !r.Note {
			return r.Code
		}
	}
	return ""
}

// TestSteps spells out every state × act in testdata/steps.txt, so that a change is seen: the state that it leads to, with
// what else becomes of the case, or - where it is refused.
func TestSteps(t *testing.T) {
	t.Parallel()
	type act struct {
		name string
		do   func(c *Case) error
	}
	acts := []act{{"take", func(c *Case) error {
		if c.Lease != uuid.Nil {
			c.LeaseUntil = noon.Add(-time.Minute)
		}
		_, err := c.Take("staff:bo", uuid.New(), noon.Add(time.Hour), noon)
		return err
	}}, {"return", func(c *Case) error {
		if err := c.Holds("staff:ada", c.Lease, noon); err != nil {
			return err
		}
		c.Return(noon)
		return nil
	}}}
	for _, to := range States() {
		acts = append(acts, act{string(to), func(c *Case) error {
			_, _, err := c.Decide(Act{Who: "staff:ada", To: to, Reason: reasonFor(to)}, nil, noon)
			return err
		}})
	}
	acts = append(acts, act{"record", func(c *Case) error {
		_, err := c.Record(Finding{Result: "seizure", By: "staff:ada"}, noon)
		return err
	}})
	var b strings.Builder
	b.WriteString("# Where an act leads from each state; -: refused. (h) held and (r) released for the filer, * leased.\n\n")
	fmt.Fprintf(&b, "%-12s", "")
	for _, a := range acts {
		fmt.Fprintf(&b, " %-16s", a.name)
	}
	for _, from := range States() {
		fmt.Fprintf(&b, "\n%-12s", from)
		for _, a := range acts {
			c := standing(from)
			before := *c
			err := a.do(c)
			cell := "-"
			switch {
			case err == nil:
				cell = string(c.State)
				if v := c.Verdict(); v != "" {
					cell += "(" + v[:1] + ")"
				}
				if c.LeasedAt(noon) {
					cell += "*"
				}
				if (c.State == Closed) != !c.ClosedAt.IsZero() {
					t.Errorf("%s from %s: closed at %s in state %s", a.name, from, c.ClosedAt, c.State)
				}
			case !errors.Is(err, ErrStep) && !errors.Is(err, ErrConflict):
				t.Errorf("%s from %s: %v", a.name, from, err)
			default:
				before.LeaseUntil = c.LeaseUntil // moved by the act "take" itself
				if diff := cmp.Diff(&before, c); diff != "" {
					t.Errorf("%s from %s is refused and changed the case (-was +is):\n%s", a.name, from, diff)
				}
			}
			fmt.Fprintf(&b, " %-16s", cell)
		}
	}
	var lines []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	golden(t, "steps.txt", strings.Join(lines, "\n")+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// What a decision writes: the case, and a line of its history that says who, from where to where, and why.
func TestDecisionIsWritten(t *testing.T) {
	t.Parallel()
	c := standing(InReview)
	took, lines, err := c.Decide(Act{Who: "staff:ada", To: Hold, Reason: "documents", Note: "invoice"}, DefaultPairs(), noon)
	if err != nil || !took {
		t.Fatal(took, err)
	}
	want := &Decision{To: Hold, Reason: "documents", Note: "invoice", By: "staff:ada", At: noon}
	if diff := cmp.Diff(want, c.Decision); diff != "" {
		t.Error(diff)
	}
	line := []Entry{{Case: c.ID, At: noon, Who: "staff:ada", What: WhatDecided, From: InReview, To: Hold, Points: 50, Reason: "documents", Note: "invoice"}}
	if diff := cmp.Diff(line, lines); diff != "" {
		t.Error(diff)
	}
	// Closing does not undo it: goods that were released stay so, and those that were held too.
	c = standing(Outcome)
	if _, _, err := c.Decide(Act{Who: "staff:ada", To: Closed, Reason: "examined"}, nil, noon); err != nil || c.Verdict() != VerdictHeld || c.Lease != uuid.Nil {
		t.Errorf("%v %q %v", err, c.Verdict(), c.Lease)
	}
}

func TestReasonsAreHeldToTheList(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]Act{
		"no reason":                 {To: Hold},
		"one that is none":          {To: Hold, Reason: "mood"},
		"one for another step":      {To: Released, Reason: "documents"},
		"one that needs a note":     {To: Hold, Reason: "intelligence"},
		"a note of spaces":          {To: Hold, Reason: "other", Note: " \n "},
		"that of the system":        {To: Closed, Reason: ReasonWithdrawn},
		"a reason for a review":     {To: InReview, Reason: "documents"},
		"a note that is too long":   {To: Hold, Reason: "documents", Note: strings.Repeat("x", MaxNote+1)},
		"a note with a control":     {To: Hold, Reason: "documents", Note: "a\x00b"},
		"a note that is no text":    {To: Hold, Reason: "documents", Note: "a\xff"},
		"a step that is none":       {To: "burn", Reason: "other", Note: "x"},
		"no step":                   {Reason: "other", Note: "x"},
		"to agree to nothing":       {To: Hold, Reason: "documents", Agree: true},
		"to agree and refuse":       {Agree: true, Refuse: true},
		"to agree with a reason":    {Agree: true, Reason: "documents"},
		"outcome without a finding": {To: Outcome, Reason: "other", Note: "x"},
	} {
		c := standing(Assigned)
		before := *c
		a.Who = "staff:ada"
		if _, _, err := c.Decide(a, nil, noon); !errors.Is(err, ErrStep) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(&before, c); diff != "" {
			t.Errorf("%s changed the case:\n%s", name, diff)
		}
	}
	codes := map[string]bool{}
	for _, r := range Reasons() {
		if codes[r.Code] || r.Code == "" || r.Meaning == "" || len(r.For) == 0 {
			t.Errorf("reason %+v", r)
		}
		codes[r.Code] = true
		r.For[0] = "changed" // it is a copy
	}
	if slices.Contains(Reasons()[0].For, "changed") {
		t.Error("the list can be changed by who reads it")
	}
	for _, to := range []State{Hold, Inspect, DoNotLoad, Released, Closed} {
		if reasonFor(to) == "" {
			t.Errorf("there is no reason for %s that needs no note", to)
		}
	}
}

// The words are kept: databases and consumers hold them.
func TestWordsAreKept(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, s := range States() {
		fmt.Fprintln(&b, "state", s)
	}
	for _, r := range Reasons() {
		fmt.Fprintln(&b, "reason", r.Code, r.For, r.Note)
	}
	for _, r := range Results() {
		fmt.Fprintln(&b, "result", r)
	}
	for _, w := range []string{WhatOpened, WhatUpdated, WhatCargo, WhatReopened, WhatWithdrawn, WhatLeased, WhatExtended, WhatLeaseEnded, WhatReturned, WhatProposed,
		WhatRefused, WhatDecided, WhatOutcome, WhatNote} {
		fmt.Fprintln(&b, "what", w)
	}
	golden(t, "words.txt", b.String())
}

func TestTwoPersons(t *testing.T) {
	t.Parallel()
	pairs := DefaultPairs()
	for _, step := range []struct {
		to   State
		band string
		want bool
	}{{DoNotLoad, "low", true}, {Released, "critical", true}, {Released, "high", false}, {Hold, "critical", false}, {Closed, "critical", false}} {
		c := standing(Assigned)
		c.Band = step.band
		took, lines, err := c.Decide(Act{Who: "staff:ada", To: step.to, Reason: reasonFor(step.to)}, pairs, noon)
		if err != nil || took == step.want || len(lines) != 1 {
			t.Fatalf("%s in band %s: %v %v", step.to, step.band, took, err)
		}
		if !step.want {
			continue
		}
		if c.State != Assigned || c.Decision != nil || c.Proposal == nil || c.Lease != uuid.Nil || lines[0].What != WhatProposed || lines[0].To != step.to {
			t.Errorf("a proposal came to %+v, %+v", c, lines)
		}
	}
	proposed := func() *Case {
		c := standing(Assigned)
		if _, _, err := c.Decide(Act{Who: "staff:ada", To: DoNotLoad, Reason: "danger", Note: "n1"}, pairs, noon); err != nil {
			t.Fatal(err)
		}
		return c
	}
	later := noon.Add(time.Minute)
	for name, try := range map[string]struct {
		a    Act
		want error
	}{
		"oneself agrees":         {Act{Who: "staff:ada", Agree: true}, ErrSelf},
		"another step meanwhile": {Act{Who: "staff:bo", To: Hold, Reason: "documents"}, ErrStep},
		"refused without a note": {Act{Who: "staff:bo", Refuse: true}, ErrStep},
	} {
		c := proposed()
		before := *c
		if _, _, err := c.Decide(try.a, pairs, later); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(&before, c); diff != "" {
			t.Errorf("%s changed the case:\n%s", name, diff)
		}
	}
	c := proposed()
	took, lines, err := c.Decide(Act{Who: "staff:bo", Agree: true, Note: "n2"}, pairs, later)
	want := &Decision{To: DoNotLoad, Reason: "danger", Note: "n1", By: "staff:ada", Second: "staff:bo", At: later}
	if err != nil || !took || c.State != DoNotLoad || c.Proposal != nil || cmp.Diff(want, c.Decision) != "" || lines[0].Who != "staff:bo" || lines[0].Note != "n2" || lines[0].Reason != "danger" {
		t.Errorf("%v %v %+v %+v", took, err, c, lines)
	}
	if _, _, err := c.Decide(Act{Who: "staff:eve", Agree: true}, pairs, later); !errors.Is(err, ErrConflict) {
		t.Errorf("agreeing twice: %v", err)
	}
	for who, note := range map[string]string{"staff:bo": "not enough", "staff:ada": ""} { // another refuses, oneself takes back
		c := proposed()
		took, lines, err := c.Decide(Act{Who: who, Refuse: true, Note: note}, pairs, later)
		if err != nil || took || c.Proposal != nil || c.Decision != nil || c.State != Assigned || len(lines) != 1 || lines[0].What != WhatRefused {
			t.Errorf("refused by %s: %v %v %+v %+v", who, took, err, c, lines)
		}
	}
	if _, err := proposed().Record(Finding{Result: "nil"}, later); !errors.Is(err, ErrStep) {
		t.Errorf("an outcome before the second person: %v", err)
	}
}

func TestParsePair(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Pair{"do_not_load": {To: DoNotLoad}, "released:critical": {To: Released, Band: "critical"}, "closed": {To: Closed}} {
		if got, err := ParsePair(text); err != nil || got != want {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "new", "assigned", "in_review", "outcome", "released:", "released:a b", "released:critical:x", "RELEASED"} {
		if got, err := ParsePair(text); !errors.Is(err, ErrStep) {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]Finding{
		"no result":         {},
		"none of the list":  {Result: "found"},
		"a family of text":  {Result: "nil", Family: "All Kinds"},
		"a long family":     {Result: "nil", Family: strings.Repeat("a", 41)},
		"no day":            {Result: "nil", On: "24.11.2026"},
		"a day that is not": {Result: "nil", On: "2026-02-30"},
		"a day to come":     {Result: "nil", On: "2026-11-27"},
		"a note too long":   {Result: "nil", Note: strings.Repeat("é", MaxNote+1)},
	} {
		if err := f.Check(noon); !errors.Is(err, ErrStep) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := standing(Inspect)
	f := Finding{Result: "seizure", Family: "narcotics", On: "2026-11-24", Note: strings.Repeat("é", MaxNote), By: "staff:ada"}
	if _, err := c.Record(f, noon); err != nil || c.State != Outcome || c.Outcome.At != noon || c.Verdict() != VerdictHeld {
		t.Fatalf("%v %+v", err, c)
	}
	if !c.Outcome.Same(&f) || c.Outcome.Same(&Finding{Result: "nil"}) || (*Finding)(nil).Same(&f) {
		t.Error("what is the same is not told from what is not")
	}
	late := standing(Closed)
	late.Decision = &Decision{To: Released}
	if _, err := late.Record(f, noon); err != nil || late.State != Closed || late.Outcome == nil {
		t.Errorf("a result that came late: %v %+v", err, late)
	}
}

// A lease is one person's until its time, and what ended by itself is in the history.
func TestLeases(t *testing.T) {
	t.Parallel()
	c := standing(New)
	first, second, third := uuid.New(), uuid.New(), uuid.New()
	until := noon.Add(time.Minute)
	lines, err := c.Take("staff:ada", first, until, noon)
	if err != nil || c.State != Assigned || len(lines) != 1 || lines[0].From != New || lines[0].To != Assigned {
		t.Fatalf("%v %+v", err, lines)
	}
	if _, err := c.Take("staff:bo", second, until, noon); !errors.Is(err, ErrConflict) {
		t.Errorf("what another has: %v", err)
	}
	for name, held := range map[string]error{
		"the wrong token": c.Holds("staff:ada", second, noon), "another": c.Holds("staff:bo", first, noon), "no token": c.Holds("staff:ada", uuid.Nil, noon),
		"too late": c.Holds("staff:ada", first, until),
	} {
		if !errors.Is(held, ErrConflict) {
			t.Errorf("%s: %v", name, held)
		}
	}
	if err := c.Holds("staff:ada", first, until.Add(-time.Microsecond)); err != nil {
		t.Error(err)
	}
	c.Extend(until.Add(time.Minute), noon)
	if err := c.Holds("staff:ada", first, until); err != nil {
		t.Error(err)
	}
	if _, err := c.Take("staff:ada", second, until, noon); err != nil || c.Holds("staff:ada", first, noon) == nil {
		t.Errorf("a new token for who has it: %v", err)
	}
	// The lease ends while it is reviewed: the state stays, and the next one sees it.
	if _, _, err := c.Decide(Act{Who: "staff:ada", To: InReview}, nil, noon); err != nil {
		t.Fatal(err)
	}
	lines, err = c.Take("staff:bo", third, until.Add(time.Hour), until)
	if err != nil || c.State != InReview || c.Assignee != "staff:bo" || len(lines) != 2 || lines[0].What != WhatLeaseEnded || lines[0].Note != "staff:ada" || lines[1].What != WhatLeased {
		t.Errorf("%v %+v %+v", err, c, lines)
	}
	if c.Return(until); c.State != InReview || c.Lease != uuid.Nil || !c.LeaseUntil.IsZero() {
		t.Errorf("%+v", c)
	}
	var none Case
	if none.Holds("", uuid.Nil, noon) == nil {
		t.Error("who has nothing holds it by no token")
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	c := standing(Assigned)
	for _, note := range []string{"", " \n", strings.Repeat("x", MaxNote+1), "\x1b[2J"} {
		if _, err := c.Note("staff:ada", note, noon); !errors.Is(err, ErrStep) {
			t.Errorf("%.20q: %v", note, err)
		}
	}
	if lines, err := c.Note("staff:ada", "zwei\nZeilen", noon); err != nil || len(lines) != 1 || lines[0].Note != "zwei\nZeilen" || lines[0].To != Assigned {
		t.Errorf("%v %+v", err, lines)
	}
}
