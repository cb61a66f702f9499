package sqlite

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/google/uuid"
)

// Bounds of a sort.
const (
	sortRun    = 4 << 20 // bytes of postings that are sorted in memory
	sortBuffer = 8 << 10 // of each run while runs are merged
	postingMax = 1 << 16 // bytes of a term, at least
)

// A posting is a term of a consignment.
type posting struct {
	term []byte
	id   uuid.UUID
}

func (p *posting) compare(q *posting) int {
	if d := bytes.Compare(p.term, q.term); d != 0 {
		return d
	}
	return bytes.Compare(p.id[:], q.id[:])
}

// A sorter puts any number of postings in the order of their index, in bounded memory: sorted runs go to a file without
// a name, which is gone when it is closed, however the process ends.
type sorter struct {
	dir  string
	text []byte // of what is not in a run yet: terms, each with its id behind it
	at   []span
	file *os.File // nil while nothing was too much for memory
	end  int64
	runs []int64 // where each begins
	n    int64   // postings in all
}

// A span is a term in the text of a sorter.
type span struct{ off, n uint32 }

func (s *sorter) posting(a span) posting {
	end := a.off + a.n
	return posting{term: s.text[a.off:end], id: uuid.UUID(s.text[end : end+16])}
}

// add takes a posting.
func (s *sorter) add(term string, id uuid.UUID) error {
	if len(term) >= postingMax {
		return fmt.Errorf("sqlite: a term of %d bytes", len(term))
	}
	if len(s.text)+len(term)+16 > sortRun {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if s.text == nil {
		s.text = make([]byte, 0, sortRun)
	}
	s.at = append(s.at, span{uint32(len(s.text)), uint32(len(term))})
	s.text = append(append(s.text, term...), id[:]...)
	s.n++
	return nil
}

func (s *sorter) sort() {
	slices.SortFunc(s.at, func(a, b span) int {
		p, q := s.posting(a), s.posting(b)
		return p.compare(&q)
	})
}

// spill writes what is in memory as a run: each term once, with the number of its ids and these.
func (s *sorter) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp(s.dir, "sort-*.tmp"); err != nil {
			return fmt.Errorf("sqlite: sort: %w", err)
		}
		if err := os.Remove(s.file.Name()); err != nil {
			return fmt.Errorf("sqlite: sort: %w", err)
		}
	}
	s.sort()
	s.runs = append(s.runs, s.end)
	w := bufio.NewWriterSize(io.NewOffsetWriter(s.file, s.end), 64<<10)
	for i := 0; i < len(s.at); {
		first := s.posting(s.at[i])
		n := i + 1
		for n < len(s.at) && bytes.Equal(s.posting(s.at[n]).term, first.term) {
			n++
		}
		var head [6]byte
		binary.LittleEndian.PutUint16(head[:], uint16(len(first.term)))
		binary.LittleEndian.PutUint32(head[2:], uint32(n-i))
		s.end += int64(len(head) + len(first.term) + 16*(n-i))
		_, _ = w.Write(head[:]) // Flush tells of what failed
		_, _ = w.Write(first.term)
		for ; i < n; i++ {
			id := s.posting(s.at[i]).id
			_, _ = w.Write(id[:])
		}
	}
	s.text, s.at = s.text[:0], s.at[:0]
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sqlite: sort: %w", err)
	}
	return nil
}

// close lets the file go.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// sorted ends the adding and gives the function that gives one posting after the other, valid until the next call, and
// false at the end.
func (s *sorter) sorted() (next func() (*posting, bool, error), err error) {
	if s.file == nil {
		s.sort()
		i := 0
		var p posting
		return func() (*posting, bool, error) {
			if i == len(s.at) {
				return nil, false, nil
			}
			p = s.posting(s.at[i])
			i++
			return &p, true, nil
		}, nil
	}
	if err := s.spill(); err != nil {
		return nil, err
	}
	s.text, s.at = nil, nil
	var m merge
	for i, begin := range s.runs {
		end := s.end
		if i+1 < len(s.runs) {
			end = s.runs[i+1]
		}
		r := &run{r: bufio.NewReaderSize(io.NewSectionReader(s.file, begin, end-begin), sortBuffer)}
		switch more, err := r.read(); {
		case err != nil:
			return nil, err
		case more:
			m = append(m, r)
		}
	}
	for i := len(m)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	given := int64(0)
	return func() (*posting, bool, error) {
		if given > 0 && len(m) > 0 {
			switch more, err := m[0].read(); {
			case err != nil:
				return nil, false, err
			case !more:
				m[0] = m[len(m)-1]
				m = m[:len(m)-1]
			}
			m.down(0)
		}
		if len(m) == 0 {
			if given != s.n {
				return nil, false, fmt.Errorf("sqlite: sort: %d of %d postings are left", given, s.n)
			}
			return nil, false, nil
		}
		given++
		return &m[0].posting, true, nil
	}, nil
}

// A run is a sorted part of a file while it is read.
type run struct {
	posting // the one that is at hand
	r       *bufio.Reader
	left    uint32 // ids of the term at hand that are to come
}

// read goes to the next posting, false at the end.
func (r *run) read() (bool, error) {
	if r.left == 0 {
		var head [6]byte
		if _, err := io.ReadFull(r.r, head[:]); errors.Is(err, io.EOF) {
			return false, nil
		} else if err != nil {
			return false, fmt.Errorf("sqlite: sort: %w", err)
		}
		r.term = slices.Grow(r.term[:0], postingLen(head))[:postingLen(head)]
		r.left = binary.LittleEndian.Uint32(head[2:])
		if _, err := io.ReadFull(r.r, r.term); err != nil {
			return false, fmt.Errorf("sqlite: sort: %w", err)
		}
	}
	if _, err := io.ReadFull(r.r, r.id[:]); err != nil {
		return false, fmt.Errorf("sqlite: sort: %w", err)
	}
	r.left--
	return true, nil
}

func postingLen(head [6]byte) int { return int(binary.LittleEndian.Uint16(head[:])) }

// A merge is a heap of runs, the one with the first posting on top.
type merge []*run

// down puts one in its place.
func (m merge) down(i int) {
	for {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(m); k++ {
			if m[k].compare(&m[least].posting) < 0 {
				least = k
			}
		}
		if least == i {
			return
		}
		m[i], m[least] = m[least], m[i]
		i = least
	}
}
