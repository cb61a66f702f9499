package synth

import (
	"fmt"
	"slices"
)

// A Fault says what Inject changed and what a checker must say about it. Offsets count bytes of the faulty file
// from 0, unless they are those of Edits.
//
// The place of a finding is: the value itself where a value is wrong; the tag of the segment where it was noticed,
// with the tag's length, where a segment or group is missing; the tag of the first surplus segment; the place right
// after the separator, or the segment's end, with length 0, where an element is missing or a separator trails; the
// character, or the release character, where a character is wrong; the end of the file where UNZ is missing.
type Fault struct {
	Kind        string // one of Kinds
	Code        string // the finding's code: "EDI0029"
	Offset      int64  // where it must be reported
	Length      int    // bytes that it is about
	Description string // one line for people

	// Consequences are findings that the fault may bring with it: they are allowed, not required.
	Consequences []Expected

	Edits []Edit // what was changed, in offsets of the source, sorted
}

// An Expected is a finding by code and by byte offset in the faulty file.
type Expected struct {
	Code   string
	Offset int64
}

// Inject plants one fault in a copy of src, a file as WriteCUSCAR writes it, and says what a checker must report.
// The seed chooses the kind, round robin over Kinds, and the place; a kind for which the file has no place is passed
// over for the next. Control counts are kept right unless they are the fault. src is not changed. Where nothing can
// be planted the copy is without fault and Fault.Kind is empty.
func Inject(src []byte, seed uint64) (faulty []byte, fault Fault) {
	return NewInjector(src).Inject(seed)
}

// Kinds gives the names of all kinds of fault, in the order in which seeds choose them.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// An Injector plants faults in one source that it has read once. It keeps src, which must not change meanwhile. It
// may be used by several goroutines at once.
type Injector struct {
	doc *document
	out *outline
}

// NewInjector reads src.
func NewInjector(src []byte) *Injector {
	d := split(src)
	return &Injector{doc: d, out: outlineOf(d)}
}

// Inject is like the function Inject, on the Injector's source.
func (in *Injector) Inject(seed uint64) (faulty []byte, fault Fault) {
	for i := range kinds {
		k := (int(seed%uint64(len(kinds))) + i) % len(kinds)
		if faulty, fault, ok := in.plant(k, seed); ok {
			return faulty, fault
		}
	}
	return slices.Clone(in.doc.src), Fault{}
}

// InjectKind plants a fault of the named kind; false where there is no such kind or no place for it.
func (in *Injector) InjectKind(name string, seed uint64) (faulty []byte, fault Fault, ok bool) {
	k := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if k < 0 {
		return nil, Fault{}, false
	}
	return in.plant(k, seed)
}

// A kind is one way to break a file. plant finds a place by the plan's random numbers, records edits, the finding
// and its consequences, and says whether there was such a place.
type kind struct {
	name, code string
	plant      func(p *plan) bool
}

// kinds are all of them, from the interchange down to the character and from syntax to cargo.
var kinds = slices.Concat(envelopeKinds, segmentKinds, elementKinds, characterKinds, totalKinds, equipmentKinds, cargoKinds)

// plant makes a plan for one kind and carries it out.
func (in *Injector) plant(k int, seed uint64) ([]byte, Fault, bool) {
	p := &plan{document: in.doc, outline: in.out, r: &rng{seed ^ uint64(k)<<40}}
	if len(in.out.messages) == 0 || in.out.unb < 0 || in.out.unz < 0 || !kinds[k].plant(p) {
		return nil, Fault{}, false
	}
	sortEdits(p.edits)
	f := Fault{Kind: kinds[k].name, Code: kinds[k].code, Description: p.text, Edits: p.edits}
	f.Offset, f.Length = p.finding.moved(p.edits), p.length
	for _, c := range p.consequences {
		f.Consequences = append(f.Consequences, Expected{c.code, c.mark.moved(p.edits)})
	}
	return Apply(in.doc.src, p.edits), f, true
}

// describe sets the fault's one line.
func (p *plan) describe(format string, args ...any) { p.text = fmt.Sprintf(format, args...) }
