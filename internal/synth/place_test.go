package synth

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
)

// TestFaultIsWhereItSays looks at the bytes at the fault's place, code by code.
func TestFaultIsWhereItSays(t *testing.T) {
	seen := make(map[string]bool)
	faultRuns(t, func(t *testing.T, _ string, _, faulty []byte, fault Fault) {
		look, ok := looks[fault.Code]
		if !ok {
			return
		}
		seen[fault.Code] = true
		if fault.Offset < 0 || fault.Offset+int64(fault.Length) > int64(len(faulty)) {
			t.Fatalf("place %d+%d is outside of %d bytes", fault.Offset, fault.Length, len(faulty))
		}
		here := faulty[fault.Offset:]
		if !look(split(faulty), int(fault.Offset), here, here[:fault.Length], fault) {
			t.Errorf("%s does not fit the place", fault.Code)
		}
		for _, c := range fault.Consequences {
			if c.Offset < 0 || c.Offset > int64(len(faulty)) || len(c.Code) != 7 {
				t.Errorf("consequence %+v", c)
			}
		}
	})
	for code := range looks {
		if !seen[code] {
			t.Errorf("%s was never planted", code)
		}
	}
}

// starts tells whether a segment begins at off, and which.
func (d *document) starts(off int) (int, bool) {
	return slices.BinarySearchFunc(d.segments, off, func(s span, off int) int { return s.off - off })
}

// within gives the segment that holds byte off.
func (d *document) within(off int) int {
	i, ok := d.starts(off)
	if !ok {
		i--
	}
	return i
}

func tagOf(d *document, off int) string {
	if i, ok := d.starts(off); ok {
		return d.tag(i)
	}
	return ""
}

// isValue tells whether a whole element or component stands at off and is n bytes long.
func isValue(d *document, off, n int) bool {
	separators := []byte{d.element, d.component, d.terminator}
	return bytes.IndexByte(separators, d.src[off-1]) >= 0 && bytes.IndexByte(separators, d.src[off+n]) >= 0
}

var looks = map[string]func(d *document, off int, here, value []byte, f Fault) bool{
	"EDI1002": func(d *document, off int, here, value []byte, f Fault) bool {
		return len(here) == 0 && !d.is(len(d.segments)-1, "UNZ")
	},
	"EDI1003": func(d *document, off int, here, value []byte, f Fault) bool {
		tag := tagOf(d, off)
		i, _ := d.starts(off)
		return (tag == "UNH" || tag == "UNZ") && !d.is(i-1, "UNT") && string(value) == tag
	},
	"EDI1005": func(d *document, off int, here, value []byte, f Fault) bool {
		i, ok := d.starts(off)
		before := map[string][]string{ // what notices, and what must not stand right before it
			"DTM": {"BGM"}, "LOC": {"TDT", "RFF"}, "MEA": {"EQD"}, "RFF": {"CNI"}, "CNT": {"RFF", "CNI"}, "CTA": {"NAD"}, "PAC": {"GID"},
		}[string(value)]
		return ok && before != nil && !slices.Contains(before, d.tag(i-1))
	},
	"EDI1006": func(d *document, off int, here, value []byte, f Fault) bool {
		i, ok := d.starts(off)
		for i--; ok && !d.is(i, "RFF"); i-- {
			if d.is(i, "GID") {
				return false
			}
		}
		return ok && slices.Contains([]string{"CNI", "RFF", "UNT"}, string(value))
	},
	"EDI1007": func(d *document, off int, here, value []byte, f Fault) bool {
		return len(value) == 3 && tagOf(d, off) == string(value)
	},
	"EDI1008": func(d *document, off int, here, value []byte, f Fault) bool {
		return len(value) != 3 && tagOf(d, off) == string(value)
	},
	"EDI0015": func(d *document, off int, here, value []byte, f Fault) bool {
		i, ok := d.starts(off)
		for ; ok && !d.is(i, "CNI"); i-- {
			if d.is(i, "EQD") {
				return false
			}
		}
		return ok && slices.Contains([]string{"SEL", "TMP", "DIM"}, string(value))
	},
	"EDI0035": func(d *document, off int, here, value []byte, f Fault) bool {
		i, ok := d.starts(off)
		n := 0
		for ; ok && d.is(i, string(value)); i-- {
			n++
		}
		return n == map[string]int{"CST": 2}[string(value)] || n == 10
	},
	"EDI0036": func(d *document, off int, here, value []byte, f Fault) bool {
		i, ok := d.starts(off)
		n := 0
		for ; ok && slices.Contains([]string{"TDT", "LOC", "DTM", "CTA", "COM"}, d.tag(i)); i-- {
			if d.is(i, string(value)) {
				n++
			}
		}
		return n == 10
	},
	"EDI0013": func(d *document, off int, here, value []byte, f Fault) bool {
		if len(value) != 0 || off == 0 {
			return false
		}
		// Empty between two separators, or cut short at the end of the segment.
		return isValue(d, off, 0) || here[0] == d.terminator
	},
	"EDI0016": func(d *document, off int, here, value []byte, f Fault) bool {
		return isValue(d, off, len(value)) && here[len(value)] == d.terminator
	},
	"EDI0045": func(d *document, off int, here, value []byte, f Fault) bool {
		sep := d.src[off-1]
		return len(value) == 0 && (sep == d.element || sep == d.component) && here[0] == d.terminator && d.src[off-2] != d.release
	},
	"EDI0012": func(d *document, off int, here, value []byte, f Fault) bool {
		return string(value) == "QQ" && isValue(d, off, 2)
	},
	"EDI0039": func(d *document, off int, here, value []byte, f Fault) bool {
		limit := map[string]int{"UNB": 14, "NAD": 35, "PCI": 35, "CTA": 35, "FTX": 70}[d.tag(d.within(off))]
		return limit > 0 && len(value) > limit && isValue(d, off, len(value))
	},
	"EDI0040": func(d *document, off int, here, value []byte, f Fault) bool {
		return len(value) == 3 && d.is(d.within(off), "DGS") && isValue(d, off, 3)
	},
	"EDI0037": func(d *document, off int, here, value []byte, f Fault) bool {
		_, err := strconv.Atoi(string(value))
		return err != nil && isValue(d, off, len(value))
	},
	"EDI0038": func(d *document, off int, here, value []byte, f Fault) bool {
		return value[0] == '.' && isValue(d, off, len(value))
	},
	"EDI0021": func(d *document, off int, here, value []byte, f Fault) bool {
		return len(value) == 1 && value[0] < ' '
	},
	"EDI1012": func(d *document, off int, here, value []byte, f Fault) bool {
		return value[0] == d.release && isLetter(value[1]) && d.src[off-1] != d.release
	},
	"EDI1013": func(d *document, off int, here, value []byte, f Fault) bool {
		return (string(value) == "\n" || string(value) == "\r\n") && isLetter(d.src[off-1]) && isLetter(here[len(value)])
	},
	"EDI1015": func(d *document, off int, here, value []byte, f Fault) bool {
		return off == 0 && string(value) == "\xEF\xBB\xBF"
	},
	"EDI1022": func(d *document, off int, here, value []byte, f Fault) bool {
		month, err := strconv.Atoi(string(value[2:4]))
		return err == nil && (month < 1 || month > 12) && d.is(d.within(off), "UNB") && isValue(d, off, 6)
	},
	"EDI0014": func(d *document, off int, here, value []byte, f Fault) bool {
		return string(value) != "CUSCAR" && d.is(d.within(off), "UNH") && isValue(d, off, 6)
	},
}
