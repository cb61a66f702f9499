package refdata

import "strings"

// currencies maps a code to whether it is in force; withdrawn ones map to false.
var currencies = func() map[uint64]bool {
	m := make(map[uint64]bool, 256)
	_, _, rest := header(currenciesPack)
	for line := range strings.Lines(rest) {
		line, withdrawn := strings.CutPrefix(line, "withdrawn ")
		for code := range strings.FieldsSeq(line) {
			k, ok := key(code)
			must(ok && len(code) == 3, "currencies", line)
			m[k] = !withdrawn
		}
	}
	return m
}()

// Currency reports whether code is an alphabetic currency code in force (ISO 4217). Codes for funds, metals and tests
// (XAU, XTS) are in the list too.
func Currency[T Text](code T) bool {
	k, ok := key(code)
	return ok && currencies[k]
}

// CurrencyWithdrawn reports whether code left ISO 4217 since 2020: a document may still carry it, for a value that was
// fixed before.
func CurrencyWithdrawn[T Text](code T) bool {
	k, ok := key(code)
	if !ok {
		return false
	}
	inForce, known := currencies[k]
	return known && !inForce
}
