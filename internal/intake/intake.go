// Package intake reads one stored original: it sniffs the format, reads in two passes, and hands on findings,
// canonical records and what an answer needs.
//
// The first pass goes over the envelopes to their end, so that the verdict on each interchange, and the character
// set that it is really in, are known before a message is looked at. The second goes message by message. Both run in
// constant memory, whatever the size of the original.
package intake

import (
	"io"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// An Original is the bytes of one file as they came.
type Original struct {
	Name string // as findings and records call it
	io.ReaderAt
	Size int64 // bytes
}

// Options say how an original is read.
type Options struct {
	Limits     diag.Limits                 // of findings; the zero value is the default
	Severities map[diag.Code]diag.Severity // a profile's own severities by code
	Tolerance  cargo.Decimal               // by how many kg a declared mass and a sum may differ; 0 where nothing is agreed
	MaxSegment int                         // longest segment taken apart, in bytes; 0 is the default
	Handler    Handler                     // what is wanted of the reading; the zero value wants only findings

	Judge       Judge                             // adds what only its maker knows; nil where nobody does
	Answers     *Answers                          // answers that are wanted of the same reading; nil where none is
	Known       func(number string) (bool, error) // whether a bill was reported before; nil where nobody can tell
	Interrupted func() error                      // asked every few thousand segments: its error ends the reading
}

// A Handler is given what is read, in the order of the file, while it is read. A nil function is not called. Records
// come in a pass of their own after all verdicts are in, as each says whether it was accepted; what a record points to
// is valid until the function returns, and Clone keeps it. An error that a function returns ends the reading.
type Handler struct {
	File        func(*File) error        // once, first: format and character set are known, findings are not
	Interchange func(*Interchange) error // at its header; the verdict on its envelope is in
	Message     func(*Message) error     // at its end, with its verdict and totals

	Filing         func(*cargo.Filing) error
	Call           func(*cargo.Call) error
	Consignment    func(*cargo.Consignment) error
	Equipment      func(*cargo.TransportEquipment) error
	EquipmentEvent func(*cargo.EquipmentEvent) error
	Unmapped       func(*cargo.Unmapped) error
}

// wantsRecords reports whether any record is asked for.
func (h *Handler) wantsRecords() bool {
	return h.Filing != nil || h.Call != nil || h.Consignment != nil || h.Equipment != nil || h.EquipmentEvent != nil || h.Unmapped != nil
}

// A File is what is known of an original as a whole.
type File struct {
	Name    string
	Format  string // edifact, or unknown
	Bytes   int64
	Charset string // IANA name of what the first interchange is read in; empty where there is no text
}

// An Interchange is one interchange of a file, as the check object shows it.
type Interchange struct {
	Sender           string
	Recipient        string
	ControlReference string
	Test             bool
	Accepted         bool // no error of its envelope refuses it as a whole
}

// A Message is one message of an interchange, as the check object shows it.
type Message struct {
	Interchange int    // 1-based in the file
	Index       int    // 1-based in the interchange
	Type        string // CUSCAR
	Version     string // D.95B
	Reference   string
	Function    string // DE 1225, as declared
	Segments    int    // UNH to UNT
	Accepted    bool   // no error refuses it, its group or its interchange as a whole
	Refused     int64  // bills that are refused by themselves; all are where the message is not accepted
	Totals      Totals
}

// Totals are what a message holds, counted.
type Totals struct {
	MasterBills  int64 // CNI groups
	Consignments int64 // bills: RFF groups
	GoodsItems   int64
	Equipment    int64         // distinct identities, from EQD and SGP alike
	Packages     int64         // outermost packages; those of a house only where its master shows no goods
	GrossMass    cargo.Decimal // kg, the same
}

// A Result is what reading an original came to.
type Result struct {
	File     File
	Findings []diag.Finding // bounded, by offset; line and column are filled in
	Counts   diag.Counts    // of all findings, listed or not
	Answered Answered       // where answers were wanted
}

// Clean reports whether there is no finding of severity error.
func (r *Result) Clean() bool { return r.Counts.Error == 0 }
