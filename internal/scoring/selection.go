package scoring

import (
	"cmp"
	"slices"
)

// Candidate is a scored consignment as selection sees it.
type Candidate struct {
	ID         string // unique within the set, and the same whenever the set is selected from
	Points     int
	Assessable bool
	Due        Instant // when it is too late to act; what is due earlier goes first among equals
}

// Budget says how many consignments can be looked at.
type Budget struct {
	Max      int // at most so many, 0 for no limit
	Permille int // at most so many of a thousand of the set, rounded down, but one where the set is not empty; 0 for no limit
	Points   int // only with at least so many points
	// Unassessed are places beside the budget for what cannot be assessed and was not chosen by its points: the ones with
	// the most points first.
	Unassessed int
}

// Select chooses from a set of scored consignments the ones to look at: by falling points, then by what is due earliest
// (unknown last), then by id. The result holds indexes of set in that order, first those chosen by points. The order of
// the set makes no difference to what is chosen.
func Select(set []Candidate, b Budget) []int {
	order := make([]int, len(set))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, k int) int { return compareCandidates(&set[i], &set[k]) })
	limit := len(set)
	if b.Max > 0 {
		limit = min(limit, b.Max)
	}
	if b.Permille > 0 && len(set) > 0 {
		limit = min(limit, max(1, len(set)*b.Permille/1000))
	}
	var chosen []int
	n := 0
	for n < limit && set[order[n]].Points >= b.Points {
		chosen = append(chosen, order[n])
		n++
	}
	left := b.Unassessed
	for _, i := range order[n:] {
		if left > 0 && !set[i].Assessable {
			chosen = append(chosen, i)
			left--
		}
	}
	return chosen
}

func compareCandidates(a, b *Candidate) int {
	due := 0
	switch {
	case a.Due.OK && b.Due.OK:
		due = cmp.Compare(a.Due.Unix, b.Due.Unix)
	case a.Due.OK:
		due = -1
	case b.Due.OK:
		due = 1
	}
	return cmp.Or(cmp.Compare(b.Points, a.Points), due, cmp.Compare(a.ID, b.ID))
}
