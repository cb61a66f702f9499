package edifact

import "slices"

// identifiers are the syntax identifiers (DE 0001) that an answer may be written in, the narrowest first: those of
// versions 1 to 3, and what version 4 adds.
var (
	identifiers  = []string{"UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF"}
	identifiers4 = append(slices.Clone(identifiers), "UNOL", "UNOK", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOW")
)

// AnswerSyntax gives the syntax identifier of the answer: the subject's own where its version has it and its repertoire
// holds all the texts that are copied, else the narrowest that does, else UNOC. What no identifier holds (a sender's
// name in Greek, sent as UNOA and UTF-8 in version 3, beside one in Cyrillic) is written as full stops.
func AnswerSyntax(ic *Interchange, texts []string) string {
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
		if !Holds(id, t) {
			return false
		}
	}
	return true
}

// AnswerAddress gives S002 or S003 with its conditional parts no longer than the syntax version allows; the identification
// has been checked.
func AnswerAddress(a Address, version int) Address {
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
	if firstOf(v, n) != v {
		return ""
	}
	return v
}

// firstOf gives at most n characters of a value that may be left out.
func firstOf(v string, n int) string {
	for i := range v {
		if n == 0 {
			return v[:i]
		}
		n--
	}
	return v
}
