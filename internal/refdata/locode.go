package refdata

import (
	"errors"
	"fmt"
	"strings"
)

// A PlaceStatus is what a list of places says of one code.
type PlaceStatus uint8

// Statuses, from the worst to the best. Unchecked is the answer of a list that is not complete: the country is right,
// and whether the place exists cannot be said.
const (
	Malformed PlaceStatus = iota
	UnknownCountry
	UnknownPlace
	Unchecked
	Known
)

// String gives the word for people and logs.
func (s PlaceStatus) String() string {
	switch s {
	case UnknownCountry:
		return "unknown country"
	case UnknownPlace:
		return "unknown place"
	case Unchecked:
		return "unchecked"
	case Known:
		return "known"
	}
	return "malformed"
}

// Locodes is a list of UN/LOCODE members: an immutable value over the text of one pack, safe for concurrent use. A
// look-up searches the sorted three-character codes of one country and allocates nothing.
type Locodes struct {
	pack      Pack
	complete  bool
	count     int
	byCountry [26 * 26]string // three bytes a place, sorted
}

var builtinLocodes = func() *Locodes {
	l, err := ParseLocodes(locodesPack)
	must(err == nil, "locodes", fmt.Sprint(err))
	return l
}()

// BuiltinLocodes gives the list that is embedded in the binary. It holds the sea ports of a public data set and is not
// complete: for other places it answers Unchecked.
func BuiltinLocodes() *Locodes { return builtinLocodes }

// Locode looks a code up in the built-in list.
func Locode[T Text](code T) PlaceStatus { return LookupLocode(builtinLocodes, code) }

// LookupLocode looks a code up: two letters of the country (ISO 3166-1, or XZ for international waters) and three
// characters of the place, letters or the digits 2 to 9 (UN/LOCODE), written together.
func LookupLocode[T Text](l *Locodes, code T) PlaceStatus {
	if !LocodeForm(code) {
		return Malformed
	}
	i := letters(code[0], code[1])
	if countries[i] == "" && (code[0] != 'X' || code[1] != 'Z') {
		return UnknownCountry
	}
	places := l.byCountry[i]
	n := len(places) / 3
	lo, hi := 0, n
	for lo < hi {
		mid := (lo + hi) / 2
		if placeLess(places[mid*3:mid*3+3], code[2], code[3], code[4]) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < n && places[lo*3] == code[2] && places[lo*3+1] == code[3] && places[lo*3+2] == code[4] {
		return Known
	}
	if l.complete {
		return UnknownPlace
	}
	return Unchecked
}

// LocodeForm reports whether code has the form of a UN/LOCODE, without a look at any list.
func LocodeForm[T Text](code T) bool {
	if len(code) != 5 || letters(code[0], code[1]) < 0 {
		return false
	}
	return isPlace(code[2]) && isPlace(code[3]) && isPlace(code[4])
}

// Pack names the list and its edition.
func (l *Locodes) Pack() Pack { return l.pack }

// Complete reports whether a code that is not in the list does not exist.
func (l *Locodes) Complete() bool { return l.complete }

// Len gives the number of places.
func (l *Locodes) Len() int { return l.count }

// ErrLocodePack is the cause when a text is not a pack of places.
var ErrLocodePack = errors.New("refdata: not a pack of UN/LOCODE members")

// ParseLocodes reads a pack as the generator genrefdata writes it: a line "edition …", a line "source …", a line
// "coverage complete" or "coverage partial", then a line for each country: its two letters, a space, and the
// three-character codes of its places, sorted and without anything between them. The text is kept, not copied. The
// error is ErrLocodePack with the number of the line.
func ParseLocodes(text string) (*Locodes, error) {
	l := &Locodes{pack: describe("locodes", text)}
	edition, ok1 := strings.CutPrefix(line(text, 0), "edition ")
	source, ok2 := strings.CutPrefix(line(text, 1), "source ")
	coverage, ok3 := strings.CutPrefix(line(text, 2), "coverage ")
	if !ok1 || !ok2 || !ok3 || edition == "" || source == "" || coverage != "complete" && coverage != "partial" {
		return nil, fmt.Errorf("%w: lines 1 to 3", ErrLocodePack)
	}
	l.complete = coverage == "complete"
	n := 0
	for row := range strings.Lines(text) {
		n++
		row = strings.TrimRight(row, "\r\n")
		if n <= 3 || row == "" {
			continue
		}
		if err := l.add(row); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrLocodePack, n, err)
		}
	}
	return l, nil
}

func (l *Locodes) add(row string) error {
	country, places, _ := strings.Cut(row, " ")
	if len(country) != 2 || letters(country[0], country[1]) < 0 || places == "" || len(places)%3 != 0 {
		return errors.New("want a country and codes of three characters")
	}
	i := letters(country[0], country[1])
	if l.byCountry[i] != "" {
		return errors.New("the country came before")
	}
	for j := range len(places) {
		if !isPlace(places[j]) {
			return errors.New("a place is written with letters and the digits 2 to 9")
		}
	}
	for j := 3; j < len(places); j += 3 {
		if places[j-3:j] >= places[j:j+3] {
			return errors.New("places are out of order or twice")
		}
	}
	l.byCountry[i] = places
	l.count += len(places) / 3
	return nil
}

// line gives the n-th line of text, from 0, without its end.
func line(text string, n int) string {
	for range n {
		_, text, _ = strings.Cut(text, "\n")
	}
	first, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(first, "\r")
}

func isPlace(c byte) bool { return isUpper(c) || '2' <= c && c <= '9' }

func placeLess(place string, a, b, c byte) bool {
	if place[0] != a {
		return place[0] < a
	}
	if place[1] != b {
		return place[1] < b
	}
	return place[2] < c
}
