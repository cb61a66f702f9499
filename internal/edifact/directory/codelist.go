package directory

import (
	"math/bits"
	"slices"
	"strings"
)

// CodeList is the set of values that a release lists for a coded data element. Nil
// holds no value.
type CodeList struct {
	Tag string // the data element: "3035"

	// Values of up to four bytes stand, packed into a number, in a hash table with
	// open addressing that is at most half full; 0 is an empty slot. A slice of
	// strings would take six times the memory.
	short []uint32
	shift uint8
	long  []string // values of five bytes and more, sorted

	pack  *pack
	index int
}

// newCodeList reads the list of one element in release i, nil if none is held. The
// lines of a list hold the values that came and went together.
func newCodeList(p *pack, tag string, i int) *CodeList {
	l := &CodeList{Tag: tag, pack: p, index: i}
	values := func(yield func(string) bool) {
		for row := range rows(p.codes, tag) {
			span, list, _ := strings.Cut(row[1:], " ")
			if from, to := p.span(span); i < from || to < i {
				continue
			}
			for v := range strings.SplitSeq(list, " ") {
				if !yield(v) {
					return
				}
			}
		}
	}
	short := 0
	for v := range values {
		if len(v) <= 4 {
			short++
		} else {
			l.long = append(l.long, v)
		}
	}
	if short+len(l.long) == 0 {
		return nil
	}
	slices.Sort(l.long)
	l.long = slices.Clip(l.long)
	width := 1 + bits.Len(uint(short)) // at most half full
	l.short = make([]uint32, 1<<width)
	l.shift = uint8(32 - width)
	for v := range values {
		if len(v) > 4 {
			continue
		}
		key := packCode([]byte(v))
		slot := l.slot(key)
		for l.short[slot] != 0 {
			slot = (slot + 1) & (len(l.short) - 1)
		}
		l.short[slot] = key
	}
	return l
}

// packCode packs a value of one to four bytes into a number that is not 0.
func packCode(code []byte) uint32 {
	var key uint32
	for _, b := range code {
		key = key<<8 | uint32(b)
	}
	return key
}

// slot returns where the search for a value begins.
func (l *CodeList) slot(key uint32) int {
	return int(key * 0x9E3779B1 >> l.shift) // multiplicative hashing, Knuth's constant
}

// Has tells whether the list holds the value, compared byte for byte: "09" is not
// "9", "bm" not "BM".
func (l *CodeList) Has(code []byte) bool {
	if l == nil || len(code) == 0 || code[0] == 0 {
		return false
	}
	if len(code) > 4 {
		for _, v := range l.long {
			if v == string(code) {
				return true
			}
		}
		return false
	}
	key := packCode(code)
	for slot := l.slot(key); ; slot = (slot + 1) & (len(l.short) - 1) {
		switch l.short[slot] {
		case key:
			return true
		case 0:
			return false
		}
	}
}

// Name returns the short name of a value in the list's release: "Consignee" for
// "CN" of 3035. It reports false where the list does not hold the value.
func (l *CodeList) Name(code string) (string, bool) {
	if !l.Has([]byte(code)) {
		return "", false
	}
	for row := range rows(l.pack.names, l.Tag+" "+code) {
		span, name, _ := strings.Cut(row, "\t")
		if span == "" {
			return name, true
		}
		if from, to := l.pack.span(span[1:]); from <= l.index && l.index <= to {
			return name, true
		}
	}
	return "", false
}

// Len returns the number of values.
func (l *CodeList) Len() int {
	if l == nil {
		return 0
	}
	n := len(l.long)
	for _, key := range l.short {
		if key != 0 {
			n++
		}
	}
	return n
}
