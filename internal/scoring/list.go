package scoring

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// List is one list as it was read.
type List struct {
	Name    string
	Edition string
	Digest  string // SHA-256 of the file, lower-case hex
	Size    int    // entries, exclusions included

	number  ListNumber
	text    string // the file
	entries []entry
	codes   map[string]uint32 // kindCodes, kindPrefix, kindTable: key → entry
	short   int               // kindPrefix: the shortest and longest key
	long    int
}

// entry is one line of a list.
type entry struct {
	key       string // as written
	tag       string // valueTag: what is written; else empty
	codes     []string
	columns   []int64 // in the order of the list's spec
	exclusion bool
}

// parseList reads one list file: a line "list NAME", a line "edition TEXT", then a line for each entry: the key, and
// where the list has values " = " and the value. A line of a word list that begins with "! " is an exclusion.
func parseList(file, text string) (*List, error) {
	s := newSource(file, text)
	name, err := s.header("list")
	if err != nil {
		return nil, err
	}
	number, ok := listByName(name)
	if !ok {
		return nil, s.errorf(len("list "), "there is no list %q", name)
	}
	if file != name+".txt" {
		return nil, s.errorf(len("list "), "the list %q belongs into %s.txt", name, name)
	}
	edition, err := s.header("edition")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	l := &List{Name: name, Edition: edition, Digest: hex.EncodeToString(sum[:]), number: number, text: text, codes: map[string]uint32{}}
	spec := &listSpecs[number]
	lines := []int{} // by entry
	for {
		more, err := s.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		e, err := s.entry(spec)
		if err != nil {
			return nil, err
		}
		if spec.kind != kindWords {
			if first, twice := l.codes[e.key]; twice {
				return nil, s.errorf(0, "%q is on line %d already", e.key, lines[first])
			}
			l.codes[e.key] = uint32(len(l.entries))
		}
		if n := len(e.key); len(l.entries) == 0 {
			l.short, l.long = n, n
		} else {
			l.short, l.long = min(l.short, n), max(l.long, n)
		}
		l.entries, lines = append(l.entries, e), append(lines, s.line)
	}
	l.Size = len(l.entries)
	if spec.kind == kindWords {
		if err := l.checkWords(s, lines); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// header reads a line "word text".
func (s *source) header(word string) (string, error) {
	more, err := s.next()
	if err != nil {
		return "", err
	}
	if !more {
		s.line++
		s.col = 1
		return "", s.errorf(0, "the file ends where the line \"%s …\" should be", word)
	}
	first, rest, _ := s.pair()
	if first != word || rest == "" || s.deep {
		return "", s.errorf(0, "a line \"%s …\" should be here", word)
	}
	return rest, nil
}

// entry reads one line of a list.
func (s *source) entry(spec *listSpec) (entry, error) {
	if s.deep {
		return entry{}, s.errorf(0, "the line is indented")
	}
	text, at := s.text, 0
	var e entry
	if rest, ok := strings.CutPrefix(text, "! "); ok {
		if spec.kind != kindWords {
			return e, s.errorf(0, "only word lists have exclusions")
		}
		e.exclusion, text, at = true, rest, 2
	}
	key, value, valued := strings.Cut(text, " = ")
	switch {
	case strings.TrimSpace(key) == "" || key != strings.TrimSpace(key):
		return e, s.errorf(at, "the entry has no key, or blanks round it")
	case len(key) > maxText:
		return e, s.errorf(at, "the entry has %d bytes, more than %d", len(key), maxText)
	case valued && (spec.value == valueNone || e.exclusion):
		return e, s.errorf(at+len(key)+1, "an entry of this list has no value")
	case !valued && spec.value != valueNone && !e.exclusion:
		return e, s.errorf(at+len(key), "the entry has no value: \"key = value\"")
	}
	if spec.check != nil {
		if reason := spec.check(key); reason != "" {
			return e, s.errorf(at, "%q %s", key, reason)
		}
	}
	e.key = key
	if !valued {
		return e, nil
	}
	return e, s.value(spec, &e, value, at+len(key)+len(" = "))
}

// value reads what stands behind the equals sign.
func (s *source) value(spec *listSpec, e *entry, value string, at int) error {
	if spec.value == valueTag {
		e.tag = value
		e.codes = strings.Fields(value)
		if check := tagChecks[spec.name]; check != nil {
			for _, code := range e.codes {
				if reason := check(code); reason != "" {
					return s.errorf(at+strings.Index(value, code), "%q %s", code, reason)
				}
			}
		}
		return nil
	}
	words := strings.Fields(value)
	if spec.value == valueColumns {
		return s.columns(spec, e, words, at)
	}
	for _, code := range words {
		reason := badHS(code)
		if spec.value == valueUN {
			reason = badUN(code)
		}
		if reason != "" {
			return s.errorf(at+strings.Index(value, code), "%q %s", code, reason)
		}
		e.codes = append(e.codes, code)
	}
	return nil
}

// columns reads "name number" pairs: all of the list's columns, each once, in any order.
func (s *source) columns(spec *listSpec, e *entry, words []string, at int) error {
	if len(words) != 2*len(spec.columns) {
		return s.errorf(at, "wanted are %s, each with a number", strings.Join(spec.columns, ", "))
	}
	e.columns = make([]int64, len(spec.columns))
	seen := 0
	for i := 0; i < len(words); i += 2 {
		column := -1
		for k, name := range spec.columns {
			if name == words[i] && seen>>k&1 == 0 {
				column = k
			}
		}
		if column < 0 {
			return s.errorf(at, "%q is not wanted here, or stands twice", words[i])
		}
		n, err := strconv.ParseInt(words[i+1], 10, 64)
		if err != nil || n < -1e6 || n > 1e6 {
			return s.errorf(at, "%s: %q is not a whole number up to a million", words[i], words[i+1])
		}
		e.columns[column] = n
		seen |= 1 << column
	}
	return nil
}

// checkWords refuses phrases without a word and phrases that stand twice, as the matcher would see them.
func (l *List) checkWords(s *source, lines []int) error {
	m, w := newMatcher(), &words{}
	for i := range l.entries {
		e := &l.entries[i]
		ok, twice := m.insert(w, e.key, phraseEnd{list: l.number, entry: uint32(i)})
		s.line, s.col = lines[i], 1
		if !ok {
			return s.errorf(0, "%q has neither letter nor digit", e.key)
		}
		if twice {
			return s.errorf(0, "%q stands here twice; plurals and case make no difference", e.key)
		}
	}
	return nil
}

// lookup finds a code. It allocates nothing.
func lookup[T ~string | ~[]byte](l *List, code T) (*entry, bool) {
	i, ok := l.codes[string(code)]
	if !ok {
		return nil, false
	}
	return &l.entries[i], true
}

// prefix finds the longest entry that code begins with. It allocates nothing.
func prefix[T ~string | ~[]byte](l *List, code T) (*entry, bool) {
	for n := min(l.long, len(code)); n >= max(l.short, 1); n-- {
		if e, ok := lookup(l, code[:n]); ok {
			return e, true
		}
	}
	return nil, false
}
