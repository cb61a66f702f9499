package diag

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// A messageKey names a message of the file, or with message 0 an interchange's envelope.
type messageKey struct{ interchange, message int }

// A keptFinding is a finding that the limits let in. It sits in two heaps and knows its place in both, so that it
// can leave either at the cost of a few swaps.
type keptFinding struct {
	Finding
	arrival uint64 // count of Add, for a stable order
	slots   [2]int // index in the heap of the file and in that of its message
}

// comparePlace orders by offset, then code, then arrival.
func (k *keptFinding) comparePlace(o *keptFinding) int {
	return cmp.Or(cmp.Compare(k.Pos.Offset, o.Pos.Offset), cmp.Compare(k.Code, o.Code), cmp.Compare(k.arrival, o.arrival))
}

// worse reports whether k gives way to o: the milder does, and of equally grave ones the later in the file.
func (k *keptFinding) worse(o *keptFinding) bool {
	return cmp.Or(cmp.Compare(o.Severity, k.Severity), k.comparePlace(o)) > 0
}

// A slot says which of a keptFinding's two places a heap keeps up to date.
type slot interface{ slot() int }

type (
	fileSlot    struct{}
	messageSlot struct{}
)

func (fileSlot) slot() int    { return 0 }
func (messageSlot) slot() int { return 1 }

// A keptOfMessage is the heap of one message.
type keptOfMessage = worstFirst[messageSlot]

// worstFirst is a heap of findings with the one that would have to go first on top.
type worstFirst[S slot] struct{ items []*keptFinding }

// Len, Less, Swap, Push and Pop are for package heap.

func (h *worstFirst[S]) Len() int           { return len(h.items) }
func (h *worstFirst[S]) Less(i, j int) bool { return h.items[i].worse(h.items[j]) }
func (h *worstFirst[S]) Swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].slots[h.which()], h.items[j].slots[h.which()] = i, j
}

func (h *worstFirst[S]) Push(x any) {
	k := x.(*keptFinding)
	k.slots[h.which()] = len(h.items)
	h.items = append(h.items, k)
}

func (h *worstFirst[S]) Pop() any {
	last := len(h.items) - 1
	k := h.items[last]
	h.items[last] = nil // lets the finding be collected
	h.items = h.items[:last]
	return k
}

func (h *worstFirst[S]) which() int { var s S; return s.slot() }

// full reports whether the heap holds as many as it may.
func (h *worstFirst[S]) full(limit int) bool { return len(h.items) >= limit }

// keep lets a finding in where the limits allow or where it is graver or earlier than one that is kept, which then
// goes. Either way one finding that is not kept is counted as omitted.
func (l *List) keep(f Finding) {
	key := messageKey{f.Interchange, f.Message}
	m := l.messages[key]
	l.arrivals++
	probe := keptFinding{Finding: f, arrival: l.arrivals}
	var goes *keptFinding
	switch {
	case m != nil && m.full(l.limits.PerMessage):
		goes = m.items[0]
	case l.kept.full(l.limits.PerFile):
		goes = l.kept.items[0]
	}
	if goes != nil {
		l.counts.Omitted++
		if !goes.worse(&probe) {
			return
		}
		l.evict(goes)
		m = l.messages[key] // evict may have removed the message's last finding and with it its heap
	}
	if m == nil {
		m = &keptOfMessage{}
		l.messages[key] = m
	}
	k := new(keptFinding) // not &probe: an omitted finding shall cost no allocation
	*k = probe
	k.own()
	heap.Push(&l.kept, k)
	heap.Push(m, k)
}

// own copies the finding's texts. They may be small parts of large blocks of memory, which a kept finding must not
// keep alive with it.
func (k *keptFinding) own() {
	k.Value = strings.Clone(k.Value)
	k.Args = slices.Clone(k.Args)
	for i := range k.Args {
		k.Args[i].Value = strings.Clone(k.Args[i].Value)
	}
}

// evict takes a kept finding out of both heaps.
func (l *List) evict(k *keptFinding) {
	key := messageKey{k.Interchange, k.Message}
	m := l.messages[key]
	heap.Remove(&l.kept, k.slots[fileSlot{}.slot()])
	heap.Remove(m, k.slots[messageSlot{}.slot()])
	if m.Len() == 0 {
		delete(l.messages, key)
	}
}
