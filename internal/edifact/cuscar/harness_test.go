package cuscar

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
)

// A result is what reading a file came to.
type result struct {
	findings []diag.Finding
	records  [][]byte // one JSON object each
	totals   []Totals
	segments int // given to the mapper
	mapped   int
	strange  int
	charsets []edifact.Charset
}

// read reads a file the way that intake does, with both passes: decoder, walker and mapper.
func read(tb testing.TB, name string, file []byte) *result {
	tb.Helper()
	res := &result{}
	add := func(f diag.Finding) { res.findings = append(res.findings, f) }
	first := edifact.NewDecoder(bytes.NewReader(file), edifact.Report(add), edifact.EnvelopeOnly(func(ic *edifact.Interchange) {
		res.charsets = append(res.charsets, ic.Charset)
	}))
	for {
		if _, err := first.ReadSegment(); err == io.EOF {
			break
		} else if err != nil {
			tb.Fatal(err)
		}
	}
	record := func(r cargo.Record) { res.records = append(res.records, r.AppendJSON(nil)) }
	sink := Sink{
		Filing:      func(f *cargo.Filing) { record(f) },
		Call:        func(c *cargo.Call) { record(c) },
		Consignment: func(c *cargo.Consignment) { record(c) },
		Equipment:   func(e *cargo.TransportEquipment) { record(e) },
		Unmapped:    func(u *cargo.Unmapped) { record(u) },
	}
	drive(tb, file, add, res.charsets, name, NewMapper(sink, add), res)
	slices.SortStableFunc(res.findings, func(a, b diag.Finding) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return res
}

// drive is the second pass.
func drive(tb testing.TB, file []byte, add func(diag.Finding), charsets []edifact.Charset, name string, m *Mapper, res *result) {
	tb.Helper()
	dec := edifact.NewDecoder(bytes.NewReader(file), edifact.Report(add), edifact.WithCharsets(func(i int) (edifact.Charset, bool) {
		if i < 1 || i > len(charsets) {
			return 0, false
		}
		return charsets[i-1], true
	}))
	w := directory.NewWalker(add, dec.PeekTag, m.Choose)
	open := false
	end := func() {
		if !open {
			return
		}
		open = false
		res.totals = append(res.totals, m.End())
		res.mapped += m.mapped
		res.strange += m.strange
	}
	var head *edifact.Message
	for {
		s, err := dec.ReadSegment()
		if err == io.EOF {
			end()
			return
		}
		if err != nil {
			tb.Fatal(err)
		}
		switch dec.Kind() {
		case edifact.MessageHeader:
			end()
			head = dec.Message()
			table, match := directory.Lookup(head.Type, head.Version, head.Release, dec.Interchange().SyntaxVersion)
			if match == directory.NotHeld || head.Type != "CUSCAR" {
				continue
			}
			ic := dec.Interchange()
			w.Begin(table, directory.Subject{Interchange: ic.Index, Message: head.Index, SyntaxVersion: ic.SyntaxVersion,
				Release: ic.Delimiters.Release, DecimalMark: ic.DecimalMark})
			m.Begin(name, ic, head, w, false)
			open = true
		case edifact.Body, edifact.MessageTrailer:
		default:
			end()
			continue
		}
		if !open {
			continue
		}
		p := w.Step(s)
		res.segments++
		m.Segment(s, p)
		if dec.Kind() == edifact.MessageTrailer {
			end()
		}
	}
}
