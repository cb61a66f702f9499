package cuscar

import (
	"hash/maphash"

	"cargogate/internal/diag"
)

// billNumbers knows the numbers of the bills of one message by their hash, up to MaxBills of them. Houses have numbers
// of their own: a house bill may have that of its master.
type billNumbers struct {
	slots []billNumber // open addressing
	n     int
}

type billNumber struct {
	hash    uint64 // 0 for a free slot
	offset  int64  // where the number stood first
	segment uint32
	length  uint16
}

func (b *billNumbers) reset() {
	if len(b.slots) > 4096 {
		b.slots = nil
	}
	clear(b.slots)
	b.n = 0
}

func (b *billNumbers) full() bool { return b.n >= MaxBills }

func billHash(house bool, number string) uint64 {
	h := maphash.String(hashSeed, number)
	if house {
		h = ^h
	}
	return max(1, h)
}

func (b *billNumbers) has(house bool, number string) bool {
	if len(b.slots) == 0 {
		return false
	}
	s := b.slot(billHash(house, number))
	return s.hash != 0
}

// slot gives the slot of a hash, or the free one where it would stand.
func (b *billNumbers) slot(h uint64) *billNumber {
	mask := uint64(len(b.slots) - 1)
	i := h & mask
	for b.slots[i].hash != 0 && b.slots[i].hash != h {
		i = (i + 1) & mask
	}
	return &b.slots[i]
}

// add remembers a number. ok is false where it has been there before, at first.
func (b *billNumbers) add(house bool, number string, at diag.Position) (first diag.Position, ok bool) {
	if 4*(b.n+1) > 3*len(b.slots) && !b.full() {
		old := b.slots
		b.slots = make([]billNumber, max(64, 2*len(old)))
		for i := range old {
			if old[i].hash != 0 {
				*b.slot(old[i].hash) = old[i]
			}
		}
	}
	h := billHash(house, number)
	s := b.slot(h)
	if s.hash != 0 {
		return diag.Position{Offset: s.offset, Length: int(s.length), Segment: int(s.segment), Element: 1, Component: 2}, false
	}
	if !b.full() {
		*s = billNumber{h, at.Offset, uint32(at.Segment), uint16(min(at.Length, 0xffff))}
		b.n++
	}
	return diag.Position{}, true
}
