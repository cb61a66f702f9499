package diag

import (
	"fmt"
	"slices"
	"strings"
)

// Limits bound what a List keeps. A zero field takes its default.
type Limits struct {
	PerMessage int // findings kept of one message, or of one interchange's envelope; default 200
	PerFile    int // findings kept in all; default 10,000
}

// Default limits, as the contract of `check` states them.
const (
	DefaultPerMessage = 200
	DefaultPerFile    = 10_000
)

// Counts say how many findings there were, listed or not.
type Counts struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Note    int `json:"note"`
	Omitted int `json:"omitted"` // of the above, those that the limits kept from being listed
}

// Plus adds two counts, for a total over files.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Error + d.Error, c.Warning + d.Warning, c.Note + d.Note, c.Omitted + d.Omitted}
}

// A List collects the findings of one file in bounded memory. Of more findings than the limits allow it keeps the
// gravest, and of equally grave ones those that stand first in the file: an error is never displaced by a warning or
// a note. What is kept does not depend on the order of Add, apart from findings of equal severity, offset and code.
// Counts and the questions about rejection cover every finding, kept or not.
//
// A List is for one goroutine at a time.
type List struct {
	limits     Limits
	severities map[Code]Severity
	syntax     int

	counts   Counts
	arrivals uint64
	kept     worstFirst[fileSlot]          // all that is kept
	messages map[messageKey]*keptOfMessage // the same by message; an entry only where something is kept
	rejected rejections
}

// A ListOption changes how a List takes findings.
type ListOption func(*List)

// WithSeverities makes the List use a partner's severities: a code in the map gets that severity whatever the
// finding says, and a code set to Off is dropped and counted nowhere. The map is not copied and must not change.
func WithSeverities(severities map[Code]Severity) ListOption {
	return func(l *List) { l.severities = severities }
}

// NewList makes an empty List.
func NewList(limits Limits, options ...ListOption) *List {
	if limits.PerMessage <= 0 {
		limits.PerMessage = DefaultPerMessage
	}
	if limits.PerFile <= 0 {
		limits.PerFile = DefaultPerFile
	}
	l := &List{limits: limits, messages: map[messageKey]*keptOfMessage{}}
	for _, o := range options {
		o(l)
	}
	return l
}

// SetSyntaxVersion says by which list (DE 0002 of the subject) the Standard of findings added from now on is filled
// where they leave it empty. 0, the start, fills nothing.
func (l *List) SetSyntaxVersion(version int) { l.syntax = version }

// Add takes a finding. Severity is that of WithSeverities, else the finding's own, else the code's default.
func (l *List) Add(f Finding) {
	if s, ok := l.severities[f.Code]; ok {
		f.Severity = s
	}
	switch f.Severity {
	case Off:
		return
	case InvalidSeverity:
		f.Severity = f.Code.Severity()
	}
	if f.Standard == "" && l.syntax > 0 {
		f.Standard = f.Code.Standard(l.syntax)
	}
	switch f.Severity {
	case Error:
		l.counts.Error++
		l.rejected.add(&f)
	case Warning:
		l.counts.Warning++
	default:
		l.counts.Note++
	}
	l.keep(f)
}

// Counts gives the numbers of findings so far.
func (l *List) Counts() Counts { return l.counts }

// All gives what is kept, sorted by offset and code; findings equal in both stay in the order of Add. The slice is
// the caller's.
func (l *List) All() []Finding {
	return sortedFindings(l.kept.items)
}

// Message gives what is kept of one message, sorted as All; message 0 is the interchange's envelope. The slice is
// the caller's.
func (l *List) Message(interchange, message int) []Finding {
	m := l.messages[messageKey{interchange, message}]
	if m == nil {
		return nil
	}
	return sortedFindings(m.items)
}

// sortedFindings copies findings out of their entries, by offset, code and arrival.
func sortedFindings(kept []*keptFinding) []Finding {
	sorted := slices.Clone(kept)
	slices.SortFunc(sorted, func(a, b *keptFinding) int { return a.comparePlace(b) })
	out := make([]Finding, len(sorted))
	for i, k := range sorted {
		out[i] = k.Finding
	}
	return out
}

// Err gives nil when no finding is an error, else an error that counts them and unwraps to those that are kept.
func (l *List) Err() error {
	if l.counts.Error == 0 {
		return nil
	}
	e := &ListError{Counts: l.counts}
	for _, f := range l.All() {
		if f.Severity == Error {
			e.Findings = append(e.Findings, f)
		}
	}
	return e
}

// A ListError is what List.Err gives: the errors of a file as one error.
type ListError struct {
	Counts   Counts
	Findings []Finding // the kept findings of severity Error, sorted as List.All
}

// Error gives the number of errors and the place of the first.
func (e *ListError) Error() string {
	var b strings.Builder
	b.WriteString(plural(e.Counts.Error, "error"))
	if len(e.Findings) > 0 {
		fmt.Fprintf(&b, ", first %s", e.Findings[0].Error())
	}
	return b.String()
}

// Unwrap gives each finding, for errors.As and errors.Is.
func (e *ListError) Unwrap() []error {
	out := make([]error, len(e.Findings))
	for i := range e.Findings {
		out[i] = &e.Findings[i]
	}
	return out
}
