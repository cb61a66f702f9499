package intake

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strconv"

	"cargogate/internal/diag"
	"cargogate/internal/edifact/cuscar"
)

// A ledger settles which equipment is declared and which is used, for messages that name more of it than the mapper
// keeps in memory. Entries beyond a block are sorted by identity, written to a temporary file run by run, and merged
// at the message's end: memory stays constant, whatever the message.
type ledger struct {
	seed    maphash.Seed
	block   []entry
	file    *os.File
	runs    []run
	written int64
}

// An entry is one mention of a piece of equipment.
type entry struct {
	id       uint64 // hash of the identity: two identities share one in 1 of 2⁶⁴ pairs
	offset   int64  // of the identity in the file
	segment  int32
	length   uint16
	declared bool // by an EQD; else used by a SGP
	empty    bool // declared as empty
}

// A run is a sorted stretch of the temporary file, in bytes.
type run struct{ from, to int64 }

const (
	blockEntries = 16 << 10          // entries sorted at a time: 512 KiB
	entryBytes   = 8 + 8 + 4 + 2 + 1 // as written
)

// add takes one mention into account.
func (l *ledger) add(o *cuscar.Overflow) error {
	if l.block == nil {
		l.seed = maphash.MakeSeed()
		l.block = make([]entry, 0, blockEntries)
	}
	l.block = append(l.block, entry{id: maphash.String(l.seed, o.ID), offset: o.At.Offset, segment: int32(o.At.Segment),
		length: uint16(min(o.At.Length, 1<<16-1)), declared: o.Declared, empty: o.Empty})
	if len(l.block) == cap(l.block) {
		return l.spill()
	}
	return nil
}

// before orders entries by identity, declarations first, then by place.
func before(a, b entry) int {
	if c := cmp.Compare(a.id, b.id); c != 0 {
		return c
	}
	if a.declared != b.declared {
		if a.declared {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.offset, b.offset)
}

func (l *ledger) spill() error {
	slices.SortFunc(l.block, before)
	if l.file == nil {
		f, err := os.CreateTemp("", "cargogate-equipment-*")
		if err != nil {
			return err
		}
		// Nobody else needs its name, and so it goes when the process does.
		if err := os.Remove(f.Name()); err != nil {
			return errors.Join(err, f.Close())
		}
		l.file = f
	}
	w := bufio.NewWriterSize(io.NewOffsetWriter(l.file, l.written), 16<<10)
	var b [entryBytes]byte
	for _, e := range l.block {
		binary.LittleEndian.PutUint64(b[0:], e.id)
		binary.LittleEndian.PutUint64(b[8:], uint64(e.offset))
		binary.LittleEndian.PutUint32(b[16:], uint32(e.segment))
		binary.LittleEndian.PutUint16(b[20:], e.length)
		b[22] = 0
		if e.declared {
			b[22] |= 1
		}
		if e.empty {
			b[22] |= 2
		}
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	n := int64(len(l.block)) * entryBytes
	l.runs = append(l.runs, run{l.written, l.written + n})
	l.written += n
	l.block = l.block[:0]
	return nil
}

// settle reports what the entries of a message with the given totals come to, and gives the number of distinct
// identities. The ledger is then empty again. That equipment goes unused says nothing where there are no bills to use
// it, or not all of them; that it is not declared, where the message declares none.
func (l *ledger) settle(interchange, message int, t *cuscar.Totals, report func(diag.Finding)) (distinct int64, err error) {
	if len(l.block) == 0 && len(l.runs) == 0 {
		return 0, nil
	}
	slices.SortFunc(l.block, before)
	var m merge
	for _, r := range l.runs {
		m.sources = append(m.sources, &source{r: bufio.NewReaderSize(io.NewSectionReader(l.file, r.from, r.to-r.from), 2<<10)})
	}
	m.sources = append(m.sources, &source{block: l.block})
	if err := m.start(); err != nil {
		return 0, err
	}
	find := func(code diag.Code, e entry) {
		tag := "/SGP"
		if e.declared {
			tag = "/EQD"
		}
		report(diag.Finding{Code: code, Interchange: interchange, Message: message,
			Pointer: diag.Pointer("UNH[" + strconv.Itoa(message) + "]" + tag + "/C237/8260"), // groups this far in are not told apart
			Pos:     diag.Position{Offset: e.offset, Length: int(e.length), Segment: int(e.segment), Element: elementOf(e), Component: 1}})
	}
	var first entry
	declared, used := 0, 0
	finish := func() {
		if declared > 0 && used == 0 && !first.empty && t.Complete && t.Consignments > 0 {
			find(diag.EquipmentNotUsed, first)
		}
	}
	for {
		e, ok, err := m.next()
		if err != nil {
			return distinct, err
		}
		if !ok || distinct == 0 || e.id != first.id {
			if distinct > 0 {
				finish()
			}
			if !ok {
				break
			}
			first, declared, used = e, 0, 0
			distinct++
		}
		switch {
		case e.declared:
			if declared++; declared > 1 {
				find(diag.DuplicateEquipment, e)
			}
		default:
			if used++; declared == 0 && t.Declared > 0 {
				find(diag.EquipmentNotDeclared, e)
			}
		}
	}
	l.block, l.runs, l.written = l.block[:0], l.runs[:0], 0
	return distinct, nil
}

// elementOf gives the element that the identity stands in: C237 of EQD is the second, C237 of SGP the first.
func elementOf(e entry) int {
	if e.declared {
		return 2
	}
	return 1
}

func (l *ledger) close() {
	if l.file != nil {
		l.file.Close() // of a temporary file without a name: nothing is lost by it
		l.file = nil
	}
}

// A source is one sorted run, or the block that was not written.
type source struct {
	r     *bufio.Reader
	block []entry
	head  entry
}

func (s *source) advance() (bool, error) {
	if s.r == nil {
		if len(s.block) == 0 {
			return false, nil
		}
		s.head, s.block = s.block[0], s.block[1:]
		return true, nil
	}
	var b [entryBytes]byte
	if _, err := io.ReadFull(s.r, b[:]); err != nil {
		if err == io.EOF {
			return false, nil
		}
		return false, err
	}
	s.head = entry{id: binary.LittleEndian.Uint64(b[0:]), offset: int64(binary.LittleEndian.Uint64(b[8:])),
		segment: int32(binary.LittleEndian.Uint32(b[16:])), length: binary.LittleEndian.Uint16(b[20:]), declared: b[22]&1 != 0, empty: b[22]&2 != 0}
	return true, nil
}

// A merge gives the entries of several sorted sources in order.
type merge struct{ sources []*source }

func (m *merge) Len() int           { return len(m.sources) }
func (m *merge) Less(i, j int) bool { return before(m.sources[i].head, m.sources[j].head) < 0 }
func (m *merge) Swap(i, j int)      { m.sources[i], m.sources[j] = m.sources[j], m.sources[i] }

// Push is never called: sources only leave.
func (m *merge) Push(x any) { m.sources = append(m.sources, x.(*source)) }

// Pop takes the last source away.
func (m *merge) Pop() any {
	s := m.sources[len(m.sources)-1]
	m.sources = m.sources[:len(m.sources)-1]
	return s
}

func (m *merge) start() error {
	kept := m.sources[:0]
	for _, s := range m.sources {
		ok, err := s.advance()
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, s)
		}
	}
	m.sources = kept
	heap.Init(m)
	return nil
}

func (m *merge) next() (entry, bool, error) {
	if len(m.sources) == 0 {
		return entry{}, false, nil
	}
	s := m.sources[0]
	e := s.head
	ok, err := s.advance()
	if err != nil {
		return entry{}, false, err
	}
	if ok {
		heap.Fix(m, 0)
	} else {
		heap.Pop(m)
	}
	return e, true, nil
}
