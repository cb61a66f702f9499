package gateway

import (
	"cmp"
	"slices"
)

// States of a document.
const (
	DocumentCurrent   = "current"
	DocumentCancelled = "cancelled"
	DocumentNone      = "none" // nothing took effect
)

// States of a consignment.
const (
	ConsignmentAccepted   = "accepted"
	ConsignmentUnaccepted = "unaccepted"
	ConsignmentSuperseded = "superseded"
	ConsignmentCancelled  = "cancelled"
)

// Fold gives what the versions of one document come to: the plan for its consignments, without Key, and its head, of
// which only State, Versions and Current are set. It goes by Order alone, so that it does not matter in which order the
// versions were settled; versions is not changed.
//
// An original begins the document anew, also after a cancellation. A replacement does where the document is not
// cancelled, and so does whatever comes first, as a profile may take a change to a document that is not there. Change,
// addition, deletion, replacement and cancellation of a cancelled document have no effect: they took only because they
// were settled before the cancellation that was accepted earlier.
func Fold(versions []Version) (Plan, Document) {
	byOrder := func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Order.Seq, b.Order.Seq), cmp.Compare(a.Order.Message, b.Order.Message))
	}
	if !slices.IsSortedFunc(versions, byOrder) {
		versions = slices.Clone(versions)
		slices.SortFunc(versions, byOrder)
	}
	f := folding{}
	for i := range versions {
		f.step(&versions[i])
	}
	return f.plan(), f.document()
}

// A folding is a fold in progress. The zero value is a document of which nothing is known.
type folding struct {
	epoch     Order
	current   Order // of the last version that took effect
	versions  int   // that did
	cancelled bool
}

// step takes the next version in order, and reports whether it took effect.
func (f *folding) step(v *Version) bool {
	if !v.Took {
		return false
	}
	switch {
	case v.Op == OpCancel:
		if f.versions == 0 || f.cancelled {
			return false
		}
		f.cancelled = true
	case v.Op == OpSet && v.Original:
		f.epoch, f.cancelled = v.Order, false
	case f.cancelled:
		return false
	case v.Op == OpSet, f.versions == 0:
		f.epoch = v.Order
	}
	f.versions++
	f.current = v.Order
	return true
}

func (f *folding) state() string {
	switch {
	case f.versions == 0:
		return DocumentNone
	case f.cancelled:
		return DocumentCancelled
	}
	return DocumentCurrent
}

func (f *folding) plan() Plan {
	return Plan{None: f.versions == 0, Epoch: f.epoch, Cancelled: f.cancelled}
}

func (f *folding) document() Document {
	return Document{State: f.state(), Versions: f.versions, Current: f.current}
}

// A Bill is a consignment as far as a plan looks at it.
type Bill struct {
	Order   Order
	Ordinal int64
	BillKey string
	Op      Op
	State   string // as it was settled, or as an earlier plan left it
}

// BillStates gives the states that a plan makes of all bills of its document. It is what Tx.Refold means, in Go: stores
// are compared with it.
func BillStates(p Plan, bills []Bill) []string {
	states := make([]string, len(bills))
	last := make(map[string]int)
	after := func(a, b *Bill) bool {
		return b.Order.Less(a.Order) || a.Order == b.Order && a.Ordinal > b.Ordinal
	}
	for i := range bills {
		b := &bills[i]
		states[i] = b.State
		if p.None || b.State == ConsignmentUnaccepted {
			continue
		}
		switch {
		case b.Order.Less(p.Epoch):
			states[i] = ConsignmentSuperseded
		case p.Cancelled:
			states[i] = ConsignmentCancelled
		default:
			if j, ok := last[b.BillKey]; !ok || after(b, &bills[j]) {
				last[b.BillKey] = i
			}
		}
	}
	if p.None || p.Cancelled {
		return states
	}
	for i := range bills {
		b := &bills[i]
		if b.State == ConsignmentUnaccepted || b.Order.Less(p.Epoch) {
			continue
		}
		j := last[b.BillKey]
		switch {
		case bills[j].Op == OpDelete:
			states[i] = ConsignmentCancelled
		case i == j:
			states[i] = ConsignmentAccepted
		default:
			states[i] = ConsignmentSuperseded
		}
	}
	return states
}
