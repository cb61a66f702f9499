package gateway

import (
	"fmt"
	"strings"
	"time"

	"cargogate/internal/cargo"
)

// RegistrationOf gives the registration reference of what a message of an accepted receipt brought: the filing itself
// where ordinal is 0, else its consignment with that number in the file. It follows from the place in the order of
// acceptance alone, so that reading again gives the same:
//
//	26L0001234567-0001-00012-K
//
// year of receipt, L for live or T for test, number of the receipt, of the message, of the consignment, and a check
// character over all of that (ISO 7064, MOD 37,36).
func RegistrationOf(received time.Time, mode cargo.Traffic, at Order, ordinal int64) string {
	letter := 'L'
	if mode == cargo.TrafficTest {
		letter = 'T'
	}
	s := fmt.Sprintf("%02d%c%010d-%04d", received.UTC().Year()%100, letter, at.Seq, at.Message)
	if ordinal > 0 {
		s = fmt.Sprintf("%s-%05d", s, ordinal)
	}
	return s + "-" + string(checkCharacter(s))
}

// ValidRegistration reports whether s has the form of a registration reference and the right check character. Lower
// case and missing hyphens at the check character are not forgiven: what is printed is copied.
func ValidRegistration(s string) bool {
	body, check, ok := cutLast(s)
	if !ok || len(check) != 1 {
		return false
	}
	parts := strings.Split(body, "-")
	if len(parts) < 2 || len(parts) > 3 || len(parts[0]) < 13 || parts[0][2] != 'L' && parts[0][2] != 'T' {
		return false
	}
	for i, part := range append([]string{parts[0][:2], parts[0][3:]}, parts[1:]...) {
		width := [...]int{2, 10, 4, 5}[i]
		if strings.Trim(part, "0123456789") != "" || len(part) < width || len(part) > width && (i == 0 || part[0] == '0') {
			return false
		}
	}
	return check[0] == checkCharacter(body)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

const checkAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// checkCharacter is the hybrid system MOD 37,36 of ISO 7064 over the letters and digits of s.
func checkCharacter(s string) byte {
	p := 36
	for i := range len(s) {
		v := strings.IndexByte(checkAlphabet, s[i])
		if v < 0 {
			continue // a hyphen
		}
		if p = (p + v) % 36; p == 0 {
			p = 36
		}
		p = p * 2 % 37
	}
	return checkAlphabet[(37-p)%36]
}
