package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"cargogate/internal/cargo"
)

// Limits of what a consignment is found by.
const (
	maxTerms      = 64 // in all
	maxDocuments  = 10 // numbers of documents
	maxEquipment  = 20 // identities of equipment
	maxPartyWords = 14
	maxWord       = 40 // bytes of one word
	maxText       = 140
)

// plain gives a text as a database column takes it: valid UTF-8 without control characters, at most so many bytes.
func plain(s string, most int) string {
	clean := len(s) <= most
	for i := 0; clean && i < len(s); i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return clip(s, most)
}

// clip cuts a text to at most so many bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// upperNumber gives a number in capital letters without spaces.
func upperNumber(s string, most int) string {
	clean := len(s) <= most
	for i := 0; clean && i < len(s); i++ {
		clean = s[i] > ' ' && s[i] < 0x7f && !('a' <= s[i] && s[i] <= 'z')
	}
	if clean {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	return clip(s, most)
}

// billKey gives the number of a bill as others name it: capital letters, without spaces and hyphens. What is longer than
// any bill's number keeps its beginning and a hash.
func billKey(number string) string {
	key := strings.ReplaceAll(upperNumber(number, len(number)*2), "-", "")
	if len(key) <= 100 {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return clip(key, 60) + ":" + hex.EncodeToString(sum[:10])
}

// documentTerm is what a document is found by.
func documentTerm(number string) string { return "d:" + upperNumber(number, maxText) }

// terms gathers what one consignment is found by. It is used again for the next.
type terms struct {
	text []byte
	ends []int
}

// add takes a term, unless it is there.
func (t *terms) add(term []byte) {
	at := 0
	for _, end := range t.ends {
		if bytes.Equal(t.text[at:end], term) {
			return
		}
		at = end
	}
	t.text = append(t.text, term...)
	t.ends = append(t.ends, len(t.text))
}

// number takes a number as a whole.
func (t *terms) number(kind byte, number string) {
	if number = upperNumber(number, maxText); number != "" {
		var space [maxText + 2]byte
		t.add(append(append(space[:0], kind, ':'), number...))
	}
}

// words takes the words of a text, of at least two letters or digits, until there are limit terms.
func (t *terms) words(kind byte, text string, limit int) {
	var space [maxWord + 8]byte
	word, n := append(space[:0], kind, ':'), 0
	for i := 0; i <= len(text) && len(t.ends) < limit; {
		r, size := rune(0), 1
		if i < len(text) {
			if r = rune(text[i]); r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(text[i:])
			}
		}
		i += size
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			r = unicode.ToLower(r)
		default:
			if n >= 2 {
				t.add(word)
			}
			word, n = word[:2], 0
			continue
		}
		if n++; len(word) < maxWord {
			word = utf8.AppendRune(word, r)
		}
	}
}

// of gives the terms of a consignment: its documents first, then its equipment, the words of its parties, and the words
// of all of these and of its goods.
func (t *terms) of(c *cargo.Consignment) []string {
	t.text, t.ends = t.text[:0], t.ends[:0]
	for i := range c.Documents {
		if len(t.ends) < maxDocuments {
			t.number('d', c.Documents[i].Number)
		}
	}
	t.number('d', c.Parent.Number)
	limit := len(t.ends) + maxEquipment
	for i := range c.Equipment {
		if len(t.ends) < limit {
			t.number('e', c.Equipment[i].ID)
		}
	}
	limit = len(t.ends) + maxPartyWords
	for i := range c.Parties {
		t.words('p', c.Parties[i].Name, limit)
	}
	for i := range c.Documents {
		t.words('w', c.Documents[i].Number, maxTerms)
	}
	for i := range c.Parties {
		t.words('w', c.Parties[i].Name, maxTerms-8) // some room is left for the goods
	}
	for i := range c.Items {
		t.words('w', c.Items[i].Description, maxTerms)
	}
	for i := range c.Equipment {
		t.words('w', c.Equipment[i].ID, maxTerms)
	}
	all, at := string(t.text), 0
	out := make([]string, len(t.ends))
	for i, end := range t.ends {
		out[i], at = all[at:end], end
	}
	return out
}
