package diag

import "fmt"

// Off is not the severity of any finding: in a map for WithSeverities it switches a code off, so that its findings
// are dropped and counted nowhere.
const Off Severity = 255

// ParseSeverity reads note, warning, error or off, as profiles write them. Any other word is an error.
func ParseSeverity(word string) (Severity, error) {
	for _, s := range [...]Severity{Note, Warning, Error, Off} {
		if s.String() == word {
			return s, nil
		}
	}
	return InvalidSeverity, fmt.Errorf("severity %q is not error, warning, note or off", word)
}
