package caseq

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Errors of the package.
var (
	ErrStep     = errors.New("caseq: the step cannot be taken")
	ErrConflict = errors.New("caseq: the case is not what it was taken for")
	// ErrSelf says that who proposed a step would be its second person too.
	ErrSelf = errors.New("caseq: who proposed cannot agree")
)

// MaxNote is the length of a note in characters.
const MaxNote = 2000

// steps says where an act may lead from each state. What is not here is refused.
var steps = map[State][]State{
	Assigned:  {InReview, Hold, Inspect, DoNotLoad, Released, Closed},
	InReview:  {Hold, Inspect, DoNotLoad, Released, Closed},
	Hold:      {Inspect, DoNotLoad, Released},
	Inspect:   {Hold, DoNotLoad, Released},
	DoNotLoad: {Hold, Inspect, Released},
	Released:  {Hold, Inspect, DoNotLoad, Closed},
	Outcome:   {Released, Closed},
}

// May reports whether an act may lead from one state to another: it is not looked at who acts and why.
//
// Nothing leads from New, as a case is leased first, and nothing from Closed but a rise of its points. Goods that are kept
// are released, or what was found is recorded, before the case is closed; what is recorded may be why they are released.
// Outcome is reached by Record alone.
func May(from, to State) bool { return slices.Contains(steps[from], to) }

// An Act is a step that somebody takes with a case, or the answer to the proposal of another.
type Act struct {
	Who    string
	To     State
	Reason string
	Note   string

	Agree, Refuse bool
}

// A Pair says that a step takes two persons: one proposes, another agrees. Text form: "do_not_load", "released:critical".
type Pair struct {
	To   State
	Band string // only of cases in this band; "" is all
}

// DefaultPairs are the steps that take two persons where a site says nothing else.
func DefaultPairs() []Pair { return []Pair{{To: DoNotLoad}, {To: Released, Band: "critical"}} }

// ParsePair reads the text form of a pair.
func ParsePair(text string) (Pair, error) {
	to, band, banded := strings.Cut(text, ":")
	p := Pair{State(to), band}
	if !p.To.Decided() && p.To != Closed {
		return Pair{}, fmt.Errorf("%w: %q is no step that could take two persons: hold, inspect, do_not_load, released or closed", ErrStep, to)
	}
	if banded && (band == "" || strings.Trim(band, "abcdefghijklmnopqrstuvwxyz0123456789_") != "") {
		return Pair{}, fmt.Errorf("%w: %q is no band", ErrStep, band)
	}
	return p, nil
}

// Second reports whether a step of the case takes two persons.
func (c *Case) Second(pairs []Pair, to State) bool {
	return slices.ContainsFunc(pairs, func(p Pair) bool { return p.To == to && (p.Band == "" || p.Band == c.Band) })
}

// Decide takes a step, and reports whether it took effect; where it takes two persons it becomes a proposal, and the lease
// is given up, so that another can have the case. ErrStep says what is wrong with the act, ErrConflict that the proposal is
// gone, ErrSelf that it is one's own. Nothing is changed where there is an error.
func (c *Case) Decide(a Act, pairs []Pair, now time.Time) (took bool, out []Entry, err error) {
	if err := CheckNote(a.Note); err != nil {
		return false, nil, err
	}
	if a.Agree || a.Refuse {
		return c.answer(a, now)
	}
	if c.Proposal != nil {
		return false, nil, fmt.Errorf("%w: %s of case %d is proposed and waits for a second person", ErrStep, c.Proposal.To, c.Number)
	}
	if !May(c.State, a.To) {
		return false, nil, fmt.Errorf("%w: from %s to %q", ErrStep, c.State, a.To)
	}
	if err := a.checkReason(); err != nil {
		return false, nil, err
	}
	d := Decision{To: a.To, Reason: a.Reason, Note: a.Note, By: a.Who, At: now}
	if c.Second(pairs, a.To) {
		c.Proposal = &d
		e := c.entry(now, a.Who, WhatProposed)
		e.From, e.To, e.Reason, e.Note = c.State, a.To, a.Reason, a.Note
		c.free()
		return false, []Entry{e}, nil
	}
	return true, []Entry{c.carry(d, a.Who, a.Note, now)}, nil
}

// checkReason holds the reason against the list. To look at a case needs none.
func (a *Act) checkReason() error {
	if a.To == InReview {
		if a.Reason != "" {
			return fmt.Errorf("%w: a review needs no reason", ErrStep)
		}
		return nil
	}
	switch r, ok := reasonByCode(a.Reason); {
	case !ok:
		return fmt.Errorf("%w: %q is no reason", ErrStep, a.Reason)
	case !slices.Contains(r.For, a.To):
		return fmt.Errorf("%w: %q is no reason for %s", ErrStep, a.Reason, a.To)
	case r.Note && strings.TrimSpace(a.Note) == "":
		return fmt.Errorf("%w: the reason %q needs a note", ErrStep, a.Reason)
	}
	return nil
}

// answer agrees to a proposal or refuses it.
func (c *Case) answer(a Act, now time.Time) (took bool, out []Entry, err error) {
	p := c.Proposal
	switch {
	case a.Agree && a.Refuse || a.To != "" || a.Reason != "":
		return false, nil, fmt.Errorf("%w: the answer to a proposal is to agree or to refuse, and nothing else", ErrStep)
	case p == nil:
		return false, nil, fmt.Errorf("%w: case %d has no proposal", ErrConflict, c.Number)
	case a.Refuse && a.Who != p.By && strings.TrimSpace(a.Note) == "":
		return false, nil, fmt.Errorf("%w: to refuse a proposal needs a note", ErrStep)
	case a.Agree && a.Who == p.By:
		return false, nil, fmt.Errorf("%w: %s of case %d", ErrSelf, p.To, c.Number)
	}
	c.Proposal = nil
	if a.Refuse {
		e := c.entry(now, a.Who, WhatRefused)
		e.Reason, e.Note, e.To = p.Reason, a.Note, p.To
		return false, []Entry{e}, nil
	}
	d := *p
	d.Second, d.At = a.Who, now
	return true, []Entry{c.carry(d, a.Who, a.Note, now)}, nil
}

// carry lets a decision take effect.
func (c *Case) carry(d Decision, who, note string, now time.Time) Entry {
	from := c.State
	c.State = d.To
	switch {
	case d.To.Decided():
		c.Decision = &d
	case d.To == Closed:
		c.close(now)
	}
	e := c.entry(now, who, WhatDecided)
	e.From, e.Reason, e.Note = from, d.Reason, note
	return e
}

func (c *Case) close(now time.Time) {
	c.State, c.ClosedAt = Closed, now
	c.free()
}

// CheckNote is ErrStep for a note that is too long or holds what is no text.
func CheckNote(note string) error {
	if utf8.RuneCountInString(note) > MaxNote || !utf8.ValidString(note) ||
		strings.ContainsFunc(note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		return fmt.Errorf("%w: a note is text of at most %d characters", ErrStep, MaxNote)
	}
	return nil
}

// Note adds a note to the history.
func (c *Case) Note(who, note string, now time.Time) ([]Entry, error) {
	if strings.TrimSpace(note) == "" {
		return nil, fmt.Errorf("%w: the note is empty", ErrStep)
	}
	if err := CheckNote(note); err != nil {
		return nil, err
	}
	e := c.entry(now, who, WhatNote)
	e.Note = note
	return []Entry{e}, nil
}
