package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A FaultKind says how the log is not what it was.
type FaultKind string

// Faults of a log.
const (
	FaultGap       FaultKind = "gap"       // the next number is missing: a row was removed, or rows stand in another order
	FaultRow       FaultKind = "row"       // a row does not have its hash: it, or a row before it, was changed, put in or taken out
	FaultHead      FaultKind = "head"      // a signed head has another hash than the row that it names: rows were chained anew
	FaultSignature FaultKind = "signature" // a head was not signed by the key that it names
	FaultKey       FaultKind = "key"       // a head names a key that is not known
	FaultBeyond    FaultKind = "beyond"    // a head is beyond the last row: the end was cut off
	FaultUnsigned  FaultKind = "unsigned"  // rows follow the last head: they were added, or the head was removed
	FaultKept      FaultKind = "kept"      // a head that was kept elsewhere is not that of this log
	FaultForm      FaultKind = "form"      // an export cannot be read
)

// A Fault is the first place where a log is not what it was.
type Fault struct {
	Seq  int64     `json:"seq"` // of the row or head
	Kind FaultKind `json:"kind"`
	Text string    `json:"text"`
}

// String says where and why.
func (f *Fault) String() string { return fmt.Sprintf("row %d: %s", f.Seq, f.Text) }

// A Report says what verifying came to. The log is unbroken where Fault is nil; that its end was not cut off together
// with its heads is known only where a head kept elsewhere was compared.
type Report struct {
	Rows  int64     `json:"rows"`
	Heads int64     `json:"heads"`
	Kept  int       `json:"kept"` // heads kept elsewhere that were compared and found
	From  time.Time `json:"from"` // of the first row
	To    time.Time `json:"to"`   // of the last one
	Head  *Head     `json:"head,omitempty"`
	Fault *Fault    `json:"fault,omitempty"`
}

// A verifier is given rows in order, and each head when the row that it names was given.
type verifier struct {
	keys   Keys
	kept   []Head // by number; those behind the last row so far
	report Report
	seq    int64 // of the last row
	hash   [32]byte
	signed int64 // number of the last head
}

func newVerifier(keys Keys, kept []Head) *verifier {
	kept = slices.SortedFunc(slices.Values(kept), func(a, b Head) int { return int(min(max(a.Seq-b.Seq, -1), 1)) })
	return &verifier{keys: keys, kept: kept}
}

// fault notes the first fault.
func (v *verifier) fault(seq int64, kind FaultKind, format string, args ...any) bool {
	if v.report.Fault == nil {
		v.report.Fault = &Fault{Seq: seq, Kind: kind, Text: fmt.Sprintf(format, args...)}
	}
	return false
}

// row takes the next row; false ends the verifying.
func (v *verifier) row(s *Sealed) bool {
	want := v.seq + 1
	switch {
	case s.Seq > want:
		return v.fault(want, FaultGap, "row %d is missing: the next one is row %d", want, s.Seq)
	case s.Seq < want:
		return v.fault(s.Seq, FaultGap, "row %d comes where row %d should", s.Seq, want)
	case Chain(v.hash, s.Seq, &s.Row) != s.Hash:
		return v.fault(s.Seq, FaultRow, "the row does not have the hash that was made over it and the row before: one of them was changed")
	}
	if v.report.Rows == 0 {
		v.report.From = s.At.UTC()
	}
	v.report.Rows++
	v.report.To = s.At.UTC()
	v.seq, v.hash = s.Seq, s.Hash
	for len(v.kept) > 0 && v.kept[0].Seq <= v.seq {
		h := &v.kept[0]
		if !v.signature(h) {
			return false
		}
		if h.Seq != v.seq || h.Hash != v.hash {
			return v.fault(h.Seq, FaultKept, "the head that was kept has hash %x…, row %d has %x…: the log was made anew", h.Hash[:4], v.seq, v.hash[:4])
		}
		v.report.Kept++
		v.kept = v.kept[1:]
	}
	return true
}

// signature checks who signed a head.
func (v *verifier) signature(h *Head) bool {
	if _, ok := v.keys[h.KeyID]; !ok {
		return v.fault(h.Seq, FaultKey, "the head is signed with key %q, which is not among the keys given (%s)", h.KeyID, slices.Sorted(maps.Keys(v.keys)))
	}
	if !v.keys.Verify(h.KeyID, SignedHead(h), h.Signature) {
		return v.fault(h.Seq, FaultSignature, "the head was not signed by key %s", h.KeyID)
	}
	return true
}

// head takes the next head, whose row must be the last one given.
func (v *verifier) head(h *Head) bool {
	switch {
	case !v.signature(h):
		return false
	case h.Seq > v.seq:
		return v.fault(h.Seq, FaultBeyond, "a head was signed at row %d, and the log ends at row %d: its end was cut off", h.Seq, v.seq)
	case h.Seq < v.seq || h.Hash != v.hash:
		return v.fault(h.Seq, FaultHead, "the head was signed over another row %d than is here: rows were chained anew", h.Seq)
	}
	v.report.Heads++
	v.signed = h.Seq
	last := *h
	v.report.Head = &last
	return true
}

// end says what is missing behind the last row.
func (v *verifier) end() Report {
	switch {
	case v.report.Fault != nil:
	case v.signed < v.seq:
		v.fault(v.signed+1, FaultUnsigned, "%d rows follow the last head", v.seq-v.signed)
	case len(v.kept) > 0 && v.signature(&v.kept[0]):
		v.fault(v.kept[0].Seq, FaultKept, "a head that was kept is of row %d, and the log ends at row %d: its end was cut off", v.kept[0].Seq, v.seq)
	}
	return v.report
}

// page is how many rows or heads are read at a time.
const page = 1000

// walk gives all rows in order, and behind each the head that names it, if there is one. Rows and their head become
// visible together; a head beyond the rows that are there comes last. Either function ends the walk with false.
func walk(ctx context.Context, store Store, row func(*Sealed) bool, head func(*Head) bool) error {
	var seq, headSeq int64
	for {
		rows, err := store.SealedAudit(ctx, seq, page)
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		// Heads are read after the rows: that of the last row is visible by now. A head can be further than the rows of
		// this page; it is read again with its own.
		heads, err := store.AuditHeads(ctx, headSeq, page)
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		if len(rows) == 0 {
			if len(heads) == 0 {
				return nil
			}
			// The heads may be of rows that were sealed since.
			if rows, err = store.SealedAudit(ctx, seq, page); err != nil {
				return fmt.Errorf("audit: %w", err)
			}
			if len(rows) == 0 {
				for i := range heads {
					if !head(&heads[i]) {
						return nil
					}
					headSeq = heads[i].Seq
				}
				continue
			}
		}
		for i := range rows {
			if !row(&rows[i]) {
				return nil
			}
			seq = rows[i].Seq
			for len(heads) > 0 && heads[0].Seq <= seq {
				if !head(&heads[0]) {
					return nil
				}
				headSeq = heads[0].Seq
				heads = heads[1:]
			}
		}
	}
}

// Verify goes over the whole log and compares every row, head and signature. kept are heads that were kept elsewhere,
// where nobody who can write to the database can change them; with them it is known that the end was not cut off. An
// error is one of reading; what is wrong with the log is in the report.
func Verify(ctx context.Context, store Store, keys Keys, kept ...Head) (Report, error) {
	v := newVerifier(keys, kept)
	if err := walk(ctx, store, v.row, v.head); err != nil {
		return v.report, err
	}
	return v.end(), nil
}
