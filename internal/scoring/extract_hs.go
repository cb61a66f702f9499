package scoring

import "cargogate/internal/cargo"

// readHS finds the HS code of an item, leaves its digits in x.hs, and says where it stands: as declared, else as its
// description names it.
func (x *extractor) readHS(i int, item *cargo.Item) (hs string, at Path) {
	named := codeInText(item.Description)
	hs, at = item.HS, path(fieldHS, i)
	if blank(hs) {
		hs, at = named, path(fieldDescription, i)
	} else if named != "" {
		x.v.looked(fHSTwo)
		x.hs = appendCode(x.hs[:0], named)
		x.buf = appendCode(x.buf[:0], hs)
		if chapter(x.hs) && chapter(x.buf) && string(x.hs[:2]) != string(x.buf[:2]) {
			x.v.add(fHSTwo, Observation{Text: named, At: path(fieldDescription, i), Other: at})
		}
	}
	x.items[i].coded = hs != ""
	x.hs = appendCode(x.hs[:0], hs)
	return hs, at
}

// appendCode appends a code without the signs that part its digits.
func appendCode(dst []byte, hs string) []byte {
	for k := range len(hs) {
		if c := hs[k]; c != '.' && c != ' ' && c != '-' {
			dst = append(dst, c)
		}
	}
	return dst
}

// codeInText finds an HS code that a text names: HS, H.S. or NCM, at most a word and signs, and at least four digits
// with or without points. It gives the code as written, or nothing.
func codeInText(s string) string {
	for i := 0; i+6 < len(s); i++ {
		if i > 0 && isWord(s[i-1]) {
			continue
		}
		j := i
		switch {
		case upper(s[i]) == 'H' && upper(s[i+1]) == 'S':
			j += 2
		case upper(s[i]) == 'H' && s[i+1] == '.' && upper(s[i+2]) == 'S':
			j += 3
		case upper(s[i]) == 'N' && upper(s[i+1]) == 'C' && upper(s[i+2]) == 'M':
			j += 3
		default:
			continue
		}
		for most := j + 12; j < len(s) && j < most && !isDigit(s[j]) && s[j] != '\n'; j++ {
		}
		start, digits := j, 0
		for ; j < len(s) && (isDigit(s[j]) || s[j] == '.' && digits > 0); j++ {
			if isDigit(s[j]) {
				digits++
			}
		}
		for j > start && s[j-1] == '.' {
			j--
		}
		if digits >= 4 && digits <= 12 {
			return s[start:j]
		}
	}
	return ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func isWord(c byte) bool { return isDigit(c) || upper(c) >= 'A' && upper(c) <= 'Z' || c >= 0x80 }

// Weights of a contradiction between words and HS code.
const (
	sameSection  = 1
	otherSection = 2
)

// compareHS asks whether the HS code at hand is in one of the chapters or headings that the words of its description can
// be in. Where it is not, the observation says whether it is at least in the same section of the system.
func (x *extractor) compareHS(i int, at Path) {
	if !chapter(x.hs) {
		return
	}
	words, weight := "", int64(otherSection)
	for _, h := range x.search.hits {
		if h.list != listHSWords {
			continue
		}
		e := x.lists.entry(h)
		for _, code := range e.codes {
			n := min(len(code), len(x.hs))
			if string(x.hs[:n]) == code[:n] {
				x.v.looked(fHSContradicts)
				return
			}
			if section(code) == section(x.hs) {
				weight = sameSection
			}
		}
		if words == "" {
			words = e.key
		}
	}
	if words != "" {
		x.v.looked(fHSContradicts)
		x.v.add(fHSContradicts, Observation{Number: weight, Text: words, At: at, Other: path(fieldDescription, i)})
	}
}

// code takes the features of the HS code at hand.
func (x *extractor) code(hs string, at Path) {
	v := x.v
	v.add(fHS, Observation{Text: hs, At: at})
	if len(x.hs) < 6 || !digits(x.hs) || !chapter(x.hs) {
		v.add(fHSFaulty, Observation{Text: hs, At: at})
	}
	if !chapter(x.hs) {
		return
	}
	x.described = true
	for _, p := range hsFeatures {
		if _, ok := prefix(x.lists.lists[p.list], x.hs); ok {
			v.add(p.feature, Observation{Text: hs, At: at})
		}
	}
}
