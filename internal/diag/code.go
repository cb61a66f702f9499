package diag

import "slices"

//go:generate go run ./internal/gencodes

// A Code names a kind of finding: three letters for the family (FIL file, EDI EDIFACT syntax, CAR cargo, GTW what only
// the gateway knows: who sends, and what is on file) and four digits. EDI0002 to EDI0047 carry the number of their DE
// 0085 value. Codes are stable and never reused.
//
// To add one, write its row in codes.json, with the arguments that its texts use, and its texts at the same place in
// codes.en.json (the type template says how texts name arguments), then run `go generate ./internal/diag` and
// `go test ./internal/diag -update`. The golden list of issued codes takes new ones and lets none go.
type Code string

// A Scope says what an error with a code makes a strict receiver refuse. The wider, the greater; the zero value is
// invalid.
type Scope uint8

// Scopes, the widest last.
const (
	InvalidScope     Scope = iota
	ScopeItem              // one goods item of a consignment
	ScopeConsignment       // one consignment of a message
	ScopeMessage           // UNH to UNT
	ScopeGroup             // UNG to UNE
	ScopeInterchange       // UNB to UNZ, or the whole file
)

// String gives the word of codes.json, "invalid" for the zero value.
func (s Scope) String() string {
	switch s {
	case ScopeItem:
		return "item"
	case ScopeConsignment:
		return "consignment"
	case ScopeMessage:
		return "message"
	case ScopeGroup:
		return "group"
	case ScopeInterchange:
		return "interchange"
	}
	return "invalid"
}

// An Entry is what is known of a code apart from its texts.
type Entry struct {
	Code     Code
	Name     string   // the name of the Go constant: "MissingElement"
	Severity Severity // the default; a partner's profile may override it
	Scope    Scope    // what an error rejects
	Source   string   // the clause or data element that the rule comes from; "" where the rule is ours
	Args     []string // the arguments that the texts use, in reading order; not to be changed

	contrlV3, contrlV4 uint8 // DE 0085 by syntax list; 0 where the code is no syntax fault
}

// Contrl gives the DE 0085 value by the list of the subject's syntax version (DE 0002): one list for versions 1 to
// 3 and for 0, an unknown version, another for 4 and later. Where that list lacks the fault the value is 18,
// unspecified. ok is false for a code that is no syntax fault and so has no place in a CONTRL.
func (e *Entry) Contrl(syntaxVersion int) (value int, ok bool) {
	v := e.contrlV3
	if syntaxVersion >= 4 {
		v = e.contrlV4
	}
	return int(v), v != 0
}

// Lookup gives the entry of a code; ok is false for a code that does not exist.
func Lookup(code Code) (entry Entry, ok bool) {
	e := code.entry()
	return *e, e != &unknownEntry
}

// AllCodes gives every code, sorted.
func AllCodes() []Code {
	codes := make([]Code, len(table))
	for i := range table {
		codes[i] = table[i].Code
	}
	return codes
}

// unknownEntry stands for a code without a row. It is an error of the widest scope: a finding of unknown weight must
// not let anything pass.
var unknownEntry = Entry{Severity: Error, Scope: ScopeInterchange}

// entry gives the code's row, or unknownEntry.
func (c Code) entry() *Entry {
	i, ok := slices.BinarySearchFunc(table[:], c, func(e Entry, c Code) int {
		switch {
		case e.Code < c:
			return -1
		case e.Code > c:
			return 1
		}
		return 0
	})
	if !ok {
		return &unknownEntry
	}
	return &table[i]
}

// Severity gives the code's default severity; Error for a code that does not exist.
func (c Code) Severity() Severity { return c.entry().Severity }

// Scope gives what an error with the code rejects; ScopeInterchange for a code that does not exist.
func (c Code) Scope() Scope { return c.entry().Scope }

// Name gives the name of the code's constant, "" for a code that does not exist.
func (c Code) Name() string { return c.entry().Name }

// Contrl gives the DE 0085 value for a subject of the given syntax version; see Entry.Contrl.
func (c Code) Contrl(syntaxVersion int) (value int, ok bool) { return c.entry().Contrl(syntaxVersion) }

// Standard gives the standard's own value for Finding.Standard, "0085:13", or "" where there is none.
func (c Code) Standard(syntaxVersion int) string {
	v, ok := c.Contrl(syntaxVersion)
	if !ok {
		return ""
	}
	return standardValues[v]
}

// standardValues holds "0085:n" for every n, made once because a message may have thousands of findings.
var standardValues = func() (out [49]string) {
	for i := range out {
		if i >= 10 {
			out[i] = "0085:" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		} else {
			out[i] = "0085:" + string(rune('0'+i))
		}
	}
	return out
}()
