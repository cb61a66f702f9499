package contrl

import "cargogate/internal/edifact"

// clip gives at most n characters of a value, and a hyphen for a mandatory one that is not there.
func clip(v string, n int) string {
	if v == "" {
		return "-"
	}
	return optional(v, n)
}

// optional gives at most n characters of a value that may be left out.
func optional(v string, n int) string {
	for i := range v {
		if n == 0 {
			return v[:i]
		}
		n--
	}
	return v
}

// messageIdentifier gives S009 as UCM repeats it. The agency (DE 0051) has two characters up to version 3.
func messageIdentifier(m *edifact.Message, version int) []string {
	agency := 2
	if version >= 4 {
		agency = 3
	}
	return []string{clip(m.Type, 6), clip(m.Version, 3), clip(m.Release, 3), clip(m.Agency, agency), optional(m.Association, 6)}
}

// groupAddress gives S006 or S007 as UCF repeats it.
func groupAddress(a edifact.Address) []string {
	return []string{clip(a.ID, 35), optional(a.Qualifier, 4)}
}
