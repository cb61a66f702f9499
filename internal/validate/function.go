package validate

import "cargogate/internal/cargo"

// Content is what a filing was found to hold.
type Content struct {
	Masters      int64 // master bills named, with or without content
	Consignments int64
	Equipment    int64
	Reference    bool // it has a document number, or names the filing before it
}

// FunctionContradicts reports whether a filing's function does not fit what it holds: a filing that brings something
// (original, replacement, addition, change, deletion of single bills) and holds neither bill nor equipment, or the
// cancellation of a whole report that lists bills.
func FunctionContradicts(f cargo.Function, c Content) bool {
	switch f {
	case cargo.FunctionOriginal, cargo.FunctionReplace, cargo.FunctionAddition, cargo.FunctionChange,
		cargo.FunctionDeletion:
		return c.Masters == 0 && c.Consignments == 0 && c.Equipment == 0
	case cargo.FunctionCancellation:
		return c.Consignments > 0
	}
	return false
}

// NeedsOriginal reports whether a filing works on an earlier one and names none: it has neither a document number of its
// own, which the earlier one shares, nor a reference to it.
func NeedsOriginal(f cargo.Function, c Content) bool {
	switch f {
	case cargo.FunctionReplace, cargo.FunctionChange, cargo.FunctionDeletion, cargo.FunctionCancellation:
		return !c.Reference
	}
	return false
}
