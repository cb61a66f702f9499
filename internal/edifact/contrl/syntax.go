package contrl

import (
	"slices"

	"cargogate/internal/edifact"
)

// identifiers are the syntax identifiers (DE 0001) that an answer may be written in, the narrowest first: those of
// versions 1 to 3, and what version 4 adds.
var (
	identifiers  = []string{"UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF"}
	identifiers4 = append(slices.Clone(identifiers), "UNOL", "UNOK", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOW")
)

// syntaxFor gives the syntax identifier of the answer: the subject's own where its version has it and its repertoire
// holds all the texts that are copied, else the narrowest that does, else UNOC. What no identifier holds (a sender's
// name in Greek, sent as UNOA and UTF-8 in version 3, beside one in Cyrillic) is written as full stops.
func syntaxFor(ic *edifact.Interchange, texts []string) string {
	ids := identifiers
	if ic.SyntaxVersion >= 4 {
		ids = identifiers4
	}
	if slices.Contains(ids, ic.SyntaxID) && holdsAll(ic.SyntaxID, texts) {
		return ic.SyntaxID
	}
	for _, id := range ids {
		if holdsAll(id, texts) {
			return id
		}
	}
	return "UNOC"
}

func holdsAll(id string, texts []string) bool {
	for _, t := range texts {
		if !edifact.Holds(id, t) {
			return false
		}
	}
	return true
}

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

// address gives S002 or S003 with its conditional parts no longer than the syntax version allows; the identification
// has been checked.
func address(a edifact.Address, version int) edifact.Address {
	n := 14
	if version >= 4 {
		n = 35
	}
	a.Qualifier, a.Internal, a.SubInternal = fitting(a.Qualifier, 4), fitting(a.Internal, n), fitting(a.SubInternal, 35)
	if version < 4 {
		a.SubInternal = ""
	}
	return a
}

// fitting gives a value that may be left out and means nothing in part: it is left out where it is too long.
func fitting(v string, n int) string {
	if optional(v, n) != v {
		return ""
	}
	return v
}
