// Package refdata holds the code lists that cargo documents lean on: countries (ISO 3166-1), currencies (ISO 4217),
// units (UN/ECE Recommendation 20), package types (UN/ECE Recommendation 21), places (UN/LOCODE), and the check digits
// of containers (ISO 6346), ships (IMO) and air waybills (IATA Resolution 600a).
//
// Each list is a pack: a text file under data/ with its edition and source in its first lines, embedded in the binary.
// Packs and Version name them by content hash, so that a stored result can say by which lists it was made. An operator
// can replace the built-in places by a complete UN/LOCODE release; see ParseLocodes.
//
// Look-ups take string or []byte, want the code exactly as the standard writes it (capital letters, no spaces), and
// allocate nothing. They know form and membership only; what a wrong code means is for the caller to say.
package refdata

// Text is a code as a message holds it: a string, or bytes that still lie in the reader's buffer.
type Text interface{ ~string | ~[]byte }

// maxKey is the longest code that fits a key.
const maxKey = 8

// key packs a code of at most eight bytes into a number, so that one map serves string and []byte without a copy. The
// length needs no place of its own: no code holds a zero byte, and one that does is refused.
func key[T Text](code T) (k uint64, ok bool) {
	if len(code) == 0 || len(code) > maxKey {
		return 0, false
	}
	for i := range len(code) {
		if code[i] == 0 {
			return 0, false
		}
		k = k<<8 | uint64(code[i])
	}
	return k, true
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// letters gives the place of a two-letter code in a table of 26 × 26, or -1.
func letters(a, b byte) int {
	if !isUpper(a) || !isUpper(b) {
		return -1
	}
	return int(a-'A')*26 + int(b-'A')
}
