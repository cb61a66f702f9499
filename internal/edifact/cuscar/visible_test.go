package cuscar

import (
	"bytes"
	"strings"
	"testing"

	"cargogate/internal/edifact"
)

// A component of an input, by its bytes.
type place struct {
	tag             string
	segment         int
	element, repeat int
	component       int
	offset, length  int
}

// components lists every component that is not empty of every message of a file, UNT apart.
func components(tb testing.TB, file []byte) (all []place) {
	tb.Helper()
	dec := edifact.NewDecoder(bytes.NewReader(file))
	for {
		s, err := dec.ReadSegment()
		if err != nil {
			return all
		}
		if dec.Kind() != edifact.MessageHeader && dec.Kind() != edifact.Body {
			continue
		}
		for e := 1; e <= s.NumElements(); e++ {
			for r := 1; r <= s.NumRepeats(e); r++ {
				for c := 1; c <= s.RepeatComponents(e, r); c++ {
					if off, n := s.Span(e, r, c); n > 0 {
						all = append(all, place{string(s.Tag()), dec.SegmentNumber(), e, r, c, int(off), n})
					}
				}
			}
		}
	}
}

// changed gives file with another value of the same length at p: the last letter or digit becomes another one.
func changed(file []byte, p place) []byte {
	for i := p.offset + p.length - 1; i >= p.offset; i-- {
		var to byte
		switch c := file[i]; {
		case i > p.offset && file[i-1] == '?':
			continue
		case c >= '0' && c <= '8', c >= 'A' && c < 'Z', c >= 'a' && c < 'z':
			to = c + 1
		case c == '9':
			to = '1'
		case c == 'Z' || c == 'z':
			to = c - 1
		case c >= 0x80 || c == ' ':
			to = 'X'
		default:
			continue
		}
		out := bytes.Clone(file)
		out[i] = to
		return out
	}
	return nil
}

// Nothing of a message vanishes: whatever element is changed, the change shows in the records, in what is unmapped, or
// in the findings.
func TestEveryElementShows(t *testing.T) {
	total := 0
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			before := read(t, "", g.input)
			was := findingLines(before) + recordLines(before)
			for _, p := range components(t, g.input) {
				other := changed(g.input, p)
				if other == nil {
					continue // a value of punctuation alone
				}
				total++
				after := read(t, "", other)
				if findingLines(after)+recordLines(after) == was {
					t.Errorf("%s of segment %d, element %d, repeat %d, component %d: %q for %q shows nowhere", p.tag, p.segment,
						p.element, p.repeat, p.component, other[p.offset:p.offset+p.length], g.input[p.offset:p.offset+p.length])
				}
			}
		})
	}
	if total < 1000 {
		t.Errorf("only %d elements were changed", total)
	}
}

// What is unmapped is said once: no two records of a message name the same bytes.
func TestUnmappedOnce(t *testing.T) {
	for _, g := range goldens(t) {
		seen := map[string]bool{}
		for _, line := range read(t, "", g.input).records {
			if !bytes.HasPrefix(line, []byte(`{"record":"unmapped"`)) {
				continue
			}
			key := string(line[bytes.LastIndex(line, []byte(`"source"`)):])
			if strings.Contains(string(line), `"no_bill"`) {
				continue // the CNI as a whole, whose other elements were said before
			}
			if seen[key] {
				t.Errorf("%s: twice %s", g.name, key)
			}
			seen[key] = true
		}
	}
}
