package caseq

import (
	"cmp"
	"time"
)

// How much the time that is left weighs, in sixtieths of a point. From Horizon before Due on a case gains half a point an
// hour, 36 points in all; so one with 50 points that is due in an hour comes before one with 80 that is due in a week. The
// goods do not leave the terminal in the moment in which they arrive, so a case keeps its full weight for Grace; after that
// nothing more is missed by taking others first. Where it is not known when it is due it has half of the weight.
const (
	Horizon = 72 * time.Hour
	Grace   = 24 * time.Hour

	UrgencyPoint   = 60                           // units of one point
	urgencyStep    = 2 * time.Minute              // adds one unit
	UrgencyFull    = int64(Horizon / urgencyStep) // 36 points
	UrgencyUnknown = UrgencyFull / 2
)

// Base gives the points by which a case is ranked: its own, and at least those that select a consignment where it cannot be
// assessed. What nobody can say anything about would else stand behind all that something is known of.
func Base(points, threshold int, assessable bool) int {
	if !assessable {
		return max(points, threshold)
	}
	return points
}

// Urgency gives the rank of a case at a time, in units of a sixtieth of a point: its base, and the weight of the time left.
// Stores order by the same sum.
func Urgency(base int, due, now time.Time) int64 {
	u := int64(base) * UrgencyPoint
	if due.IsZero() {
		return u + UrgencyUnknown
	}
	switch left := due.Sub(now); {
	case left >= Horizon, left <= -Grace:
		return u
	case left <= 0:
		return u + UrgencyFull
	default:
		return u + int64((Horizon-left)/urgencyStep)
	}
}

// Less reports whether a comes before b in the queue at a time: the more urgent one, of equal ones that with the lower
// number. It is a total order, as no two cases have one number.
func Less(a, b *Case, now time.Time) bool {
	return cmp.Or(cmp.Compare(Urgency(b.Base, b.Due, now), Urgency(a.Base, a.Due, now)), cmp.Compare(a.Number, b.Number)) < 0
}
