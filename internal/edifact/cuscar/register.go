package cuscar

import (
	"hash/maphash"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// A register knows the equipment of one message by identity, up to MaxEquipment pieces, in little memory: what a
// consignment shows of a piece is kept as text and read again when a consignment names it.
type register struct {
	slots  []uint32 // open addressing: index in pieces + 1, 0 for free
	pieces []piece
	chunks []*strings.Builder // texts of the pieces
}

// A piece is one identity.
type piece struct {
	at       int64  // offset of the identity where it stood first
	bill     uint32 // the last bill that named it, by serial number; 0 for none
	chunk    uint32
	off, len uint32 // of its text in the chunk
	id       uint16 // length of the identity, which the text begins with
	length   uint16 // bytes of the identity as sent
	segment  uint32 // of its EQD
	group    uint32 // number of its EQD group; 0 where it has no EQD
	empty    bool   // DE 8169 says so
	valid    bool   // see cargo.Equipment.Valid
}

// chunkSize is how much text is kept in one piece of memory.
const chunkSize = 16 << 10

var hashSeed = maphash.MakeSeed()

func (r *register) reset() {
	clear(r.slots)
	r.pieces, r.chunks = r.pieces[:0], r.chunks[:0]
	if len(r.slots) > 1024 { // what a large message took is not kept for small ones
		r.slots, r.pieces, r.chunks = nil, nil, nil
	}
}

func (r *register) full() bool { return len(r.pieces) >= MaxEquipment }

// find gives the piece with the identity, or nil.
func (r *register) find(id string) *piece {
	if len(r.slots) == 0 {
		return nil
	}
	mask := uint64(len(r.slots) - 1)
	for i := maphash.String(hashSeed, id) & mask; r.slots[i] != 0; i = (i + 1) & mask {
		p := &r.pieces[r.slots[i]-1]
		if r.text(p)[:p.id] == id {
			return p
		}
	}
	return nil
}

func (r *register) text(p *piece) string {
	return r.chunks[p.chunk].String()[p.off : p.off+p.len]
}

// add makes a piece of an identity that find does not know; nil where the register is full. The pointer is good until
// the next add.
func (r *register) add(id string, e *cargo.Equipment) *piece {
	if r.full() || len(id) > 0xffff {
		return nil
	}
	if 4*(len(r.pieces)+1) > 3*len(r.slots) {
		r.grow()
	}
	r.pieces = append(r.pieces, piece{id: uint16(len(id))})
	p := &r.pieces[len(r.pieces)-1]
	r.write(p, id, e)
	mask := uint64(len(r.slots) - 1)
	i := maphash.String(hashSeed, id) & mask
	for r.slots[i] != 0 {
		i = (i + 1) & mask
	}
	r.slots[i] = uint32(len(r.pieces))
	return p
}

func (r *register) grow() {
	r.slots = make([]uint32, max(64, 2*len(r.slots)))
	mask := uint64(len(r.slots) - 1)
	for k := range r.pieces {
		p := &r.pieces[k]
		i := maphash.String(hashSeed, r.text(p)[:p.id]) & mask
		for r.slots[i] != 0 {
			i = (i + 1) & mask
		}
		r.slots[i] = uint32(k + 1)
	}
}

// write keeps what a consignment shows of a piece; e may be nil. Each value has its length before it.
func (r *register) write(p *piece, id string, e *cargo.Equipment) {
	size := len(id)
	if e != nil {
		size += 4096 // more than all but the strangest need: a builder that grows copies its text once
	}
	var b *strings.Builder
	if n := len(r.chunks); n > 0 && r.chunks[n-1].Cap()-r.chunks[n-1].Len() >= size {
		b = r.chunks[n-1]
	} else {
		b = new(strings.Builder)
		b.Grow(max(chunkSize, size))
		r.chunks = append(r.chunks, b)
	}
	p.chunk, p.off = uint32(len(r.chunks)-1), uint32(b.Len())
	b.WriteString(id)
	if e != nil {
		writeText(b, string(e.Kind))
		writeText(b, e.SizeType)
		writeText(b, string(e.Fullness))
		writeText(b, string(e.Load))
		writeText(b, string(e.Movement))
		for _, m := range [...]*cargo.Measure{&e.Tare, &e.Gross, &e.VGM} {
			writeText(b, m.Unit)
			if m.Unit == "" && m.Value == "" {
				writeNumber(b, 0)
				continue
			}
			writeNumber(b, uint64(len(m.Value))+1)
			b.WriteString(m.Value)
			writeNumber(b, uint64(m.Source.Offset))
			writeNumber(b, uint64(m.Source.Length))
		}
		writeNumber(b, uint64(e.Source.Offset))
		writeNumber(b, uint64(e.Source.Length))
		writeNumber(b, uint64(len(e.Seals)))
		details := 0
		for _, s := range e.Seals {
			writeText(b, s)
			var d cargo.Seal
			if details < len(e.SealDetails) && e.SealDetails[details].Number == s {
				d = e.SealDetails[details]
				details++
			}
			writeText(b, d.Issuer)
			writeText(b, d.Condition)
		}
	}
	p.len = uint32(b.Len()) - p.off
}

// show fills a consignment's Equipment with what is kept of a piece.
func (r *register) show(p *piece, e *cargo.Equipment) {
	t := reader(r.text(p))
	id := string(t[:p.id])
	t = t[p.id:]
	if len(t) == 0 {
		if refdata.ContainerForm(id) {
			e.Kind = cargo.KindContainer
		}
		e.SetID(id)
		return
	}
	e.Kind = cargo.EquipmentKind(t.text())
	e.SizeType = t.text()
	e.Fullness, e.Load, e.Movement = cargo.Fullness(t.text()), cargo.Load(t.text()), cargo.Movement(t.text())
	for _, m := range [...]*cargo.Measure{&e.Tare, &e.Gross, &e.VGM} {
		unit, n := t.text(), int(t.number())
		if n == 0 {
			continue
		}
		value := t.take(n - 1)
		*m, _ = makeMeasure(value, unit, refdata.Mass)
		m.Source = cargo.Range{Offset: int64(t.number()), Length: int64(t.number())}
	}
	e.Source = cargo.Range{Offset: int64(t.number()), Length: int64(t.number())}
	for range t.number() {
		number, issuer, condition := t.text(), t.text(), t.text()
		e.AddSeal(number, issuer, condition)
	}
	e.Declared, e.ID, e.Valid = true, id, p.valid
}

func writeText(b *strings.Builder, s string) {
	writeNumber(b, uint64(len(s)))
	b.WriteString(s)
}

func writeNumber(b *strings.Builder, n uint64) {
	for ; n >= 0x80; n >>= 7 {
		b.WriteByte(byte(n) | 0x80)
	}
	b.WriteByte(byte(n))
}

// A reader reads what write wrote.
type reader string

func (t *reader) number() (n uint64) {
	for shift := 0; ; shift += 7 {
		c := (*t)[0]
		*t = (*t)[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
}

func (t *reader) text() string { return t.take(int(t.number())) }

func (t *reader) take(n int) string {
	s := string((*t)[:n])
	*t = (*t)[n:]
	return s
}
