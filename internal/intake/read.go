package intake

import (
	"errors"
	"io"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/contrl"
	"cargogate/internal/edifact/cuscar"
	"cargogate/internal/edifact/directory"
)

// MaxInterchanges is the most interchanges of one file that are read. What comes behind is refused with a finding.
const MaxInterchanges = 100_000

// Read reads an original: the envelopes, then each message, and where records are asked for once more for these, as a
// record says whether its message was accepted. What is wrong with the original is in the findings; an error is the
// reader's, a Handler's, or ours.
func Read(o Original, opts Options) (*Result, error) {
	r := newReading(o, opts)
	if opts.Answers != nil {
		if err := opts.Answers.check(); err != nil {
			return nil, err
		}
		r.recorder = new(contrl.Recorder)
	}
	if err := r.run(); err != nil {
		return nil, err
	}
	res, err := r.result()
	if err != nil || opts.Answers == nil {
		return res, err
	}
	return res, r.answer(res, opts.Answers)
}

// A reading is one original being read.
type reading struct {
	o        Original
	opts     Options
	list     *diag.List
	file     File
	charsets []edifact.Charset // by interchange
	ledger   ledger
	recorder *contrl.Recorder // for an answer; nil where none is wanted
	segments int              // read, of all passes
}

func newReading(o Original, opts Options) *reading {
	return &reading{o: o, opts: opts, list: diag.NewList(opts.Limits, diag.WithSeverities(opts.Severities)),
		file: File{Name: o.Name, Bytes: o.Size}}
}

// run makes all passes.
func (r *reading) run() error {
	format, fault, err := sniff(r.o)
	if err != nil {
		return err
	}
	r.file.Format = format
	if fault != nil {
		r.add(*fault)
		return r.tellFile()
	}
	defer r.ledger.close()
	if err := r.envelopes(); err != nil {
		return err
	}
	if err := r.tellFile(); err != nil {
		return err
	}
	if err := r.messages(false); err != nil {
		return err
	}
	if r.opts.Handler.wantsRecords() {
		return r.messages(true)
	}
	return nil
}

// tickSegments is how many segments are read before Options.Interrupted is asked again.
const tickSegments = 4096

// tick counts a segment, and asks now and then whether to go on.
func (r *reading) tick() error {
	if r.segments++; r.segments%tickSegments != 0 || r.opts.Interrupted == nil {
		return nil
	}
	return r.opts.Interrupted()
}

func (r *reading) tellFile() error {
	if len(r.charsets) > 0 {
		r.file.Charset = r.charsets[0].String()
	}
	if f := r.opts.Handler.File; f != nil {
		return f(&r.file)
	}
	return nil
}

func (r *reading) result() (*Result, error) {
	res := &Result{File: r.file, Findings: r.list.All(), Counts: r.list.Counts()}
	if err := r.values(res.Findings); err != nil {
		return nil, err
	}
	return res, diag.Resolve(r.o, r.o.Size, res.Findings)
}

// values reads the offending text of findings that came without, from where they stand.
func (r *reading) values(findings []diag.Finding) error {
	var buf [diag.MaxValue + 1]byte
	for i := range findings {
		f := &findings[i]
		if f.Value != "" || f.Pos.Length == 0 {
			continue
		}
		n, err := r.o.ReadAt(buf[:min(f.Pos.Length, len(buf))], f.Pos.Offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		f.Value = diag.Clip(buf[:n])
		switch f.Code {
		case diag.EquipmentNotUsed, diag.EquipmentNotDeclared, diag.DuplicateEquipment: // of the ledger, which keeps no text
			if len(f.Args) == 0 {
				f.Args = []diag.Arg{diag.A("equipment", f.Value)}
			}
		}
	}
	return nil
}

func (r *reading) decoder(opts ...edifact.Option) *edifact.Decoder {
	return edifact.NewDecoder(io.NewSectionReader(r.o, 0, r.o.Size), append(opts, edifact.WithMaxSegment(r.opts.MaxSegment))...)
}

// envelopes is the first pass.
func (r *reading) envelopes() error {
	d := r.decoder(edifact.Report(r.add), edifact.EnvelopeOnly(func(ic *edifact.Interchange) {
		if ic.Index <= MaxInterchanges {
			r.charsets = append(r.charsets, ic.Charset)
		}
	}))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.tick(); err != nil {
			return err
		}
		ic := d.Interchange()
		switch d.Kind() {
		case edifact.InterchangeHeader:
			directory.CheckService(s, subject(ic, 0), r.add)
			checkStamp(s, ic, 4, r.add)
			if ic.Index == MaxInterchanges+1 {
				r.add(diag.Finding{Code: diag.LimitExceeded, Interchange: ic.Index, Pos: diag.Position{Offset: s.Offset, Length: 3}, Standard: diag.LimitExceeded.Standard(ic.SyntaxVersion),
					Args: []diag.Arg{diag.A("limit", "interchanges in a file"), diag.N("max", MaxInterchanges)}})
			}
		case edifact.GroupHeader:
			directory.CheckService(s, subject(ic, 0), r.ofGroup(d.Group()))
			checkStamp(s, ic, 4, r.ofGroup(d.Group()))
		case edifact.GroupTrailer:
			directory.CheckService(s, subject(ic, 0), r.ofGroup(d.Group()))
		case edifact.InterchangeTrailer:
			directory.CheckService(s, subject(ic, 0), r.add)
		}
	}
}

// ofGroup is add for the header and trailer of a functional group, nil where the trailer has none.
func (r *reading) ofGroup(g *edifact.Group) func(diag.Finding) {
	if g == nil {
		return r.add
	}
	return func(f diag.Finding) {
		f.Group = g.Index
		r.add(f)
	}
}

func subject(ic *edifact.Interchange, message int) directory.Subject {
	return directory.Subject{Interchange: ic.Index, Message: message, SyntaxVersion: ic.SyntaxVersion,
		Release: ic.Delimiters.Release, DecimalMark: ic.DecimalMark, UTF8: ic.Charset == edifact.UTF8}
}

// A pass over the messages of a file.
type pass struct {
	*reading
	records bool // hands on records, reports nothing
	d       *edifact.Decoder
	walker  *directory.Walker
	mapper  *cuscar.Mapper
	told    int           // index of the interchange told last
	judged  int           // messages
	filing  *cargo.Filing // of the message that was ended last, for its judge; valid until the next begins

	open     bool
	ic       *edifact.Interchange
	head     *edifact.Message
	table    *directory.Message // nil where the message type is not held
	mapping  bool
	segments int
	err      error // of a Handler
}

// messages is the second pass, and with records the third.
func (r *reading) messages(records bool) error {
	p := &pass{reading: r, records: records}
	report := r.add
	if records {
		report = nil
	}
	p.d = r.decoder(edifact.Report(report), edifact.KeepWindows(), edifact.WithCharsets(func(i int) (edifact.Charset, bool) {
		if i < 1 || i > len(r.charsets) {
			return 0, false
		}
		return r.charsets[i-1], true
	}))
	p.mapper = cuscar.NewMapper(p.sink(), report)
	p.mapper.KeepsWindows()
	p.mapper.SetSeverities(r.opts.Severities)
	p.mapper.SetMassTolerance(r.opts.Tolerance)
	p.mapper.SetKnown(p.known())
	p.walker = directory.NewWalker(report, p.d.PeekTag, p.mapper.Choose)
	for p.err == nil {
		s, err := p.d.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := r.tick(); err != nil {
			return err
		}
		if r.recorder != nil && !records {
			r.recorder.Segment(p.d, s)
		}
		switch p.d.Kind() {
		case edifact.Body:
			p.segments++
			if p.table != nil {
				place := p.walker.Step(s)
				if p.mapping {
					p.mapper.Segment(s, place)
				} else if place.Row >= 0 && !records && string(s.Tag()) == "DTM" {
					p.checkDate(s, place.Row)
				}
			}
			continue
		case edifact.MessageHeader:
			p.breakOff(s.Offset)
			if p.d.Interchange().Index > MaxInterchanges {
				return p.err
			}
			p.begin(s)
		case edifact.MessageTrailer:
			p.segments++
			if p.table != nil {
				place := p.walker.Step(s)
				if p.mapping {
					p.mapper.Segment(s, place)
				}
			} else if !records {
				sub := subject(p.ic, p.head.Index)
				sub.Segment = p.segments
				directory.CheckService(s, sub, report)
			}
			p.end()
		case edifact.InterchangeHeader:
			p.breakOff(s.Offset)
			p.interchange(s)
		default:
			p.breakOff(s.Offset)
		}
	}
	if p.err == nil {
		p.breakOff(r.o.Size)
	}
	return p.err
}

// interchange tells the handler of an interchange, once, and lets it be judged before. s is its UNB, or the first
// segment of one that has none.
func (p *pass) interchange(s *edi.Segment) {
	ic := p.d.Interchange()
	if p.records || p.told >= ic.Index {
		return
	}
	p.told = ic.Index
	if p.opts.Judge != nil && p.err == nil && ic.Index <= MaxInterchanges {
		p.judgeInterchange(ic, s)
		if p.err != nil {
			return
		}
	}
	if f := p.opts.Handler.Interchange; f != nil {
		p.err = f(&Interchange{Sender: ic.Sender.ID, Recipient: ic.Recipient.ID, ControlReference: ic.ControlReference,
			Test: ic.Test(), Accepted: !p.list.InterchangeRejected(ic.Index)})
	}
}
