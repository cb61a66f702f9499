package caseq

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// states are all of them in their order.
var states = []State{New, Assigned, InReview, Hold, Inspect, DoNotLoad, Released, Outcome, Closed}

// States gives all states in the order in which a case goes through them.
func States() []State { return slices.Clone(states) }

// OpenStates gives those of cases that are not closed.
func OpenStates() []State {
	return slices.DeleteFunc(States(), func(s State) bool { return s == Closed })
}

// Valid reports whether s is a state.
func (s State) Valid() bool { return slices.Contains(states, s) }

// Stops reports whether the goods are kept in this state.
func (s State) Stops() bool { return s == Hold || s == Inspect || s == DoNotLoad }

// Decided reports whether the state says what is to become of the goods.
func (s State) Decided() bool { return s.Stops() || s == Released }

// What a case's decision means for who filed it, as stores keep it beside consignments.
const (
	VerdictHeld     = "held"
	VerdictReleased = "released"
)

// Verdict gives what the decision that stands means for the filer, "" where there is none. It outlasts the closing of the
// case: goods that were held stay so until somebody releases them.
func (c *Case) Verdict() string {
	switch d := c.Decision; {
	case d == nil:
		return ""
	case d.To.Stops():
		return VerdictHeld
	case d.To == Released:
		return VerdictReleased
	}
	return ""
}

// LeasedAt reports whether somebody has the case at this time.
func (c *Case) LeasedAt(now time.Time) bool { return c.Lease != uuid.Nil && c.LeaseUntil.After(now) }
