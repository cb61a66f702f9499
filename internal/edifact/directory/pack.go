package directory

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// pack is a data set: six texts with one fact a line, sorted by tag, each with the
// releases that it holds for. gendirectory describes the lines.
type pack struct {
	releases                                               []string // oldest first
	messages, segments, composites, elements, codes, names string

	held map[string]uint32 // message type => bit i set where releases[i] holds it

	mu       sync.Mutex
	editions []*edition // by release; nil until first asked for
}

// newPack completes a pack whose texts and releases are set.
func newPack(p *pack) *pack {
	p.held = map[string]uint32{}
	p.editions = make([]*edition, len(p.releases))
	for line := range strings.Lines(p.messages) {
		if line[0] == ' ' {
			continue
		}
		typ, span, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		from, to := p.span(span)
		for i := from; i <= to; i++ {
			p.held[typ] |= 1 << i
		}
	}
	return p
}

// edition returns one release of the data set, made on first use. p.mu is held.
func (p *pack) edition(i int) *edition {
	if p.editions[i] == nil {
		p.editions[i] = newEdition(p, i)
	}
	return p.editions[i]
}

// index returns the place of a release in the data set.
func (p *pack) index(release string) int {
	i := slices.Index(p.releases, release)
	if i < 0 {
		panic("directory: embedded data names release " + release)
	}
	return i
}

// span reads "95B-18A", both ends included.
func (p *pack) span(s string) (from, to int) {
	a, b, _ := strings.Cut(s, "-")
	return p.index(a), p.index(b)
}

// fact returns what the line of text under key says for release i: the text after
// the releases.
func (p *pack) fact(text, key string, i int) (string, bool) {
	for row := range rows(text, key) {
		span, rest, _ := strings.Cut(row[1:], " ")
		if from, to := p.span(span); from <= i && i <= to {
			return rest, true
		}
	}
	return "", false
}

// table returns the rows of a message's segment table in release i.
func (p *pack) table(typ string, i int) string {
	text := p.messages
	for len(text) > 0 {
		head, rest, _ := strings.Cut(text, "\n")
		body := rest
		for len(rest) > 0 && rest[0] == ' ' {
			_, rest, _ = strings.Cut(rest, "\n")
		}
		if name, span, _ := strings.Cut(head, " "); name == typ {
			if from, to := p.span(span); from <= i && i <= to {
				return body[:len(body)-len(rest)]
			}
		}
		text = rest
	}
	panic("directory: embedded data lost message " + typ)
}

// rows yields the lines of a sorted text that begin with key, each without key: it
// begins with the blank or tab that ended the key.
func rows(text, key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		// Binary search over offsets; lo is always the beginning of a line.
		lo, hi := 0, len(text)
		for lo < hi {
			mid := lo + (hi-lo)/2
			begin := strings.LastIndexByte(text[lo:mid], '\n') + 1 + lo
			if line, _, _ := strings.Cut(text[begin:], "\n"); line < key {
				lo = begin + len(line) + 1
			} else {
				hi = begin
			}
		}
		for lo < len(text) {
			line, _, _ := strings.Cut(text[lo:], "\n")
			rest, ok := strings.CutPrefix(line, key)
			if !ok {
				return
			}
			if rest != "" && (rest[0] == ' ' || rest[0] == '\t') && !yield(rest) {
				return
			}
			lo += len(line) + 1
		}
	}
}
