package validate

import "cargogate/internal/refdata"

// PlaceUnknown reports whether a code that is declared as a UN/LOCODE is none: it lacks the form, its country does not
// exist, or a complete list does not have it. A list that is not complete leaves places alone that it does not know.
func PlaceUnknown(code string) bool {
	switch refdata.Locode(code) {
	case refdata.Known, refdata.Unchecked:
		return false
	}
	return true
}
