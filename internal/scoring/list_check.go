package scoring

import (
	"strings"

	"cargogate/internal/refdata"
)

// The functions below say what is wrong with a key of a list, "" where nothing is.

func badHS(s string) string {
	if len(s) < 2 || len(s) > 6 || len(s)%2 != 0 || !digits(s) || !chapter(s) {
		return "is no HS chapter, heading or subheading: two, four or six digits"
	}
	return ""
}

func badUN(s string) string {
	if !refdata.UNNumberForm(s) {
		return "is no UN number: four digits"
	}
	return ""
}

func badPackage(s string) string {
	if !refdata.PackageType(s) {
		return "is no package type of UN/ECE Recommendation 21"
	}
	return ""
}

func badCountry(s string) string {
	if !refdata.Country(s) {
		return "is no country of ISO 3166-1"
	}
	return ""
}

func badPlaceCode(s string) string {
	if refdata.Country(s) || refdata.LocodeForm(s) && refdata.Country(s[:2]) {
		return ""
	}
	return "is neither a country of ISO 3166-1 nor a UN/LOCODE"
}

func badDomain(s string) string {
	if s != strings.ToLower(s) || !strings.Contains(s, ".") || strings.ContainsAny(s, " @/") {
		return "is no domain in small letters"
	}
	return ""
}

// badCAS checks form and check digit of a CAS Registry Number: the last digit is the sum of the others, each times its
// place counted from the right, modulo 10.
func badCAS(s string) string {
	if !casNumber(s) {
		return "is no CAS Registry Number: its form or its check digit is wrong"
	}
	return ""
}

func casNumber[T ~string | ~[]byte](s T) bool {
	n := len(s)
	if n < 7 || n > 12 || s[n-2] != '-' || s[n-5] != '-' {
		return false
	}
	sum, place := 0, 1
	for i := n - 3; i >= 0; i-- {
		if i == n-5 {
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += place * int(s[i]-'0')
		place++
	}
	return s[n-1] >= '0' && s[n-1] <= '9' && sum%10 == int(s[n-1]-'0')
}

func badSize(s string) string {
	if len(s) < 2 || len(s) > 3 || s != strings.ToUpper(s) {
		return "is not the first two or three characters of a size and type"
	}
	return ""
}

func badCalling(s string) string {
	if len(s) < 1 || len(s) > 4 || !digits(s) || s[0] == '0' {
		return "is no calling code"
	}
	return ""
}

func badDeadline(s string) string {
	words := strings.Fields(s)
	if len(words) != 4 {
		return "is not flow, mode, level and event"
	}
	for i, known := range [][]string{flowWords[:], modeWords[:], levelWords[:]} {
		if words[i] != "*" && indexOf(known, words[i]) < 0 {
			return "names the " + [...]string{"flow", "mode", "level"}[i] + " " + words[i] + ", which does not exist"
		}
	}
	if words[3] != eventArrival && words[3] != eventDeparture {
		return "names neither arrival nor departure as the event"
	}
	return ""
}

// tagChecks check each word of a value.
var tagChecks = map[string]func(string) string{
	"phone-countries":        badCountry,
	"regions":                badCountry,
	"transhipment-countries": badCountry,
	"un-numbers": func(s string) string {
		switch {
		case s == "I" || s == "II" || s == "III":
			return ""
		case len(s) > 0 && s[0] >= '1' && s[0] <= '9' && len(s) <= 4 && (len(s) == 1 || s[1] == '.'):
			return ""
		}
		return "is neither a class nor a packing group"
	},
}

func digits[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

// chapter reports whether a code begins with a chapter of the Harmonized System: 01 to 97 without 77, or 98 and 99, which
// are left to countries.
func chapter[T ~string | ~[]byte](s T) bool {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return false
	}
	n := int(s[0]-'0')*10 + int(s[1]-'0')
	return n >= 1 && n != 77
}

// section gives the section of the Harmonized System that a chapter belongs to, 0 where there is none.
func section[T ~string | ~[]byte](code T) int {
	if !chapter(code) {
		return 0
	}
	last := [...]int{5, 14, 15, 24, 27, 38, 40, 43, 46, 49, 63, 67, 70, 71, 83, 85, 89, 92, 93, 96, 97, 99}
	n := int(code[0]-'0')*10 + int(code[1]-'0')
	for i, end := range last {
		if n <= end {
			return i + 1
		}
	}
	return 0
}

func indexOf(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

func badRegion(s string) string {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return "is no name of a region: small letters and hyphens"
	}
	return ""
}

func badNumber(s string) string {
	if len(s) < 2 || len(s) > 8 || !digits(s) || s[0] == '0' {
		return "is not the beginning of an international number: 2 to 8 digits, no zero first"
	}
	return ""
}
