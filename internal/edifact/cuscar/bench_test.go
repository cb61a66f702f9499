package cuscar

import (
	"bytes"
	"io"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
	"cargogate/internal/synth"
)

// A step is a segment with its place, kept so that the mapper can be measured without decoder and walker.
type step struct {
	s *edi.Segment
	p directory.Place
}

// steps reads the first message of a file into steps.
func steps(tb testing.TB, file []byte) (all []step, ic *edifact.Interchange, head *edifact.Message, w *directory.Walker) {
	tb.Helper()
	dec := edifact.NewDecoder(bytes.NewReader(file))
	for {
		s, err := dec.ReadSegment()
		if err != nil {
			tb.Fatal(err)
		}
		if dec.Kind() == edifact.MessageHeader {
			ic, head = dec.Interchange(), dec.Message()
			msg, _ := directory.Lookup(head.Type, head.Version, head.Release, ic.SyntaxVersion)
			w = directory.NewWalker(func(diag.Finding) {}, dec.PeekTag, nil)
			w.Begin(msg, directory.Subject{Message: 1, SyntaxVersion: 3})
		}
		if head == nil {
			continue
		}
		all = append(all, step{s.Clone(), w.Step(s)})
		if dec.Kind() == edifact.MessageTrailer {
			return all, ic, head, w
		}
	}
}

// BenchmarkMapper measures the mapper alone, on one message that the lexer and the walker have been through.
func BenchmarkMapper(b *testing.B) {
	file := generate(b, synth.CUSCAROptions{Seed: 1, Mode: synth.SingleMessage, Size: 60_000})
	all, ic, head, w := steps(b, file)
	for _, bench := range []struct {
		name string
		sink Sink
	}{
		{"findings", Sink{}},
		{"records", Sink{Consignment: func(*cargo.Consignment) {}, Filing: func(*cargo.Filing) {}, Call: func(*cargo.Call) {}}},
		{"unmapped", Sink{Consignment: func(*cargo.Consignment) {}, Unmapped: func(*cargo.Unmapped) {}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := NewMapper(bench.sink, nil)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				m.Begin("", ic, head, w, false)
				for _, s := range all {
					m.Segment(s.s, s.p)
				}
				m.End()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/segment")
		})
	}
}

// BenchmarkRead measures the second pass as a whole, decoder, walker and mapper, and without the mapper.
func BenchmarkRead(b *testing.B) {
	file := generate(b, synth.CUSCAROptions{Seed: 1, Size: 4_000_000})
	for _, mapped := range []bool{false, true} {
		b.Run(map[bool]string{false: "walk", true: "map"}[mapped], func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			segments := 0
			for b.Loop() {
				segments = readAll(file, mapped, func(diag.Finding) {})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(segments), "ns/segment")
		})
	}
}

// readAll is the second pass with a sink for consignments.
func readAll(file []byte, mapped bool, report func(diag.Finding)) (segments int) {
	dec := edifact.NewDecoder(bytes.NewReader(file))
	m := NewMapper(Sink{Consignment: func(*cargo.Consignment) {}}, report)
	w := directory.NewWalker(report, dec.PeekTag, m.Choose)
	for {
		s, err := dec.ReadSegment()
		if err == io.EOF {
			return segments
		}
		switch dec.Kind() {
		case edifact.MessageHeader:
			ic, head := dec.Interchange(), dec.Message()
			msg, _ := directory.Lookup(head.Type, head.Version, head.Release, ic.SyntaxVersion)
			w.Begin(msg, directory.Subject{Message: head.Index, SyntaxVersion: 3, Release: '?', DecimalMark: '.'})
			m.Begin("", ic, head, w, false)
		case edifact.Body, edifact.MessageTrailer:
		default:
			continue
		}
		segments++
		p := w.Step(s)
		if !mapped {
			continue
		}
		m.Segment(s, p)
		if dec.Kind() == edifact.MessageTrailer {
			m.End()
		}
	}
}

// A mapper that has read one message reads the next with less than one allocation for each bill.
func TestAllocations(t *testing.T) {
	file := generate(t, synth.CUSCAROptions{Seed: 1, Mode: synth.SingleMessage, Size: 200_000, Balanced: true})
	all, ic, head, w := steps(t, file)
	bills := 0
	m := NewMapper(Sink{Consignment: func(*cargo.Consignment) { bills++ }}, nil)
	allocs := testing.AllocsPerRun(20, func() {
		bills = 0
		m.Begin("", ic, head, w, false)
		for _, s := range all {
			m.Segment(s.s, s.p)
		}
		m.End()
	})
	if bills < 100 {
		t.Fatalf("%d bills", bills)
	}
	t.Logf("%.0f allocations for %d bills", allocs, bills)
	if allocs > 0.5*float64(bills) {
		t.Errorf("%.0f allocations for %d bills", allocs, bills)
	}
}
