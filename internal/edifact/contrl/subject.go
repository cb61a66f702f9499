package contrl

import (
	"cmp"
	"slices"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
)

// A Subject is the interchange that a CONTRL answers. A Recorder makes it.
type Subject struct {
	Interchange *edifact.Interchange // its header; its addresses and reference are copied into UCI

	Rejected bool // refused as a whole, whatever findings are given: UCI then says 4

	CONTRL bool // one of its messages is a CONTRL

	Content int64 // offset of the first UNG or UNH; 0 where there is none
	Trailer int64 // offset of the UNZ; 0 where there is none

	Groups   []Group   // all functional groups, in order
	Messages []Message // those with an error of syntax, in order; others may be among them
}

// A Group is a functional group of the subject.
type Group struct {
	Header   *edifact.Group
	Rejected bool  // refused as a whole, whatever findings are given: UCF then says 4
	Content  int64 // offset of its first UNH; 0 where there is none
	Trailer  int64 // offset of the UNE; 0 where there is none
}

// A Message is a message of the subject.
type Message struct {
	Header   edifact.Message
	Rejected bool // refused for its syntax, whatever findings are given: UCM then says 4
	Trailer  int  // number of its UNT (DE 0096); 0 where there is none
}

// group gives the group that offset lies in: the last that begins before it, up to the UNZ. It gives nil outside.
func (s *Subject) group(offset int64) *Group {
	if s.Trailer > 0 && offset >= s.Trailer {
		return nil
	}
	i, found := slices.BinarySearchFunc(s.Groups, offset, func(g Group, at int64) int { return cmp.Compare(g.Header.Offset, at) })
	if !found {
		i--
	}
	if i < 0 {
		return nil
	}
	return &s.Groups[i]
}

// groupOf gives the group that a fault of an envelope with the given scope refuses, nil where that is the interchange.
func (s *Subject) groupOf(scope diag.Scope, offset int64) *Group {
	if scope == diag.ScopeInterchange {
		return nil
	}
	return s.group(offset)
}

// envelopeOffset gives the offset that tells which group a fault is of. That an UNE is missing shows where the next
// thing begins; the other side is the UNG.
func envelopeOffset(f *diag.Finding) int64 {
	if f.Code == diag.MissingGroupTrailer && len(f.Related) > 0 {
		return f.Related[0].Offset
	}
	return f.Pos.Offset
}

// message gives the message with the given index, nil where the subject does not hold it.
func (s *Subject) message(index int) *Message {
	i, found := slices.BinarySearchFunc(s.Messages, index, func(m Message, at int) int { return m.Header.Index - at })
	if !found {
		return nil
	}
	return &s.Messages[i]
}
