package intake

import (
	"strconv"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/cuscar"
	"cargogate/internal/edifact/directory"
	"cargogate/internal/validate"
)

// begin starts a message at its UNH.
func (p *pass) begin(s *edi.Segment) {
	p.interchange(s)
	p.segments = 1
	p.filing = nil
	p.open, p.ic, p.head = true, p.d.Interchange(), p.d.Message()
	layout := p.ic.Layout()
	table, match := directory.Lookup(p.head.Type, p.head.Version, p.head.Release, layout)
	p.table, p.mapping = table, false
	sub := subject(p.ic, p.head.Index)
	if table == nil {
		if !p.records {
			sub.Segment = 1
			directory.CheckService(s, sub, p.add)
			p.unsupported(s)
		}
		return
	}
	if match == directory.Nearest && !p.records {
		at := diag.Position{Segment: 1, Element: 2, Component: 3}
		at.Offset, at.Length = s.Span(2, 1, 3)
		p.add(p.finding(diag.DirectoryNotHeld, at, "S009/0054", diag.A("type", p.head.Type), diag.A("version", p.head.Directory()), diag.A("used", table.Release)))
	}
	p.walker.Begin(table, sub)
	place := p.walker.Step(s)
	if p.mapping = p.head.Type == "CUSCAR"; p.mapping {
		refused := p.records && p.refused()
		p.mapper.Begin(p.o.Name, p.ic, p.head, p.walker, refused)
		p.mapper.Segment(s, place)
	}
}

// refused reports whether the message is refused as a whole, by an error of its own, its group's or its
// interchange's.
func (p *pass) refused() bool {
	i := p.ic.Index
	g := p.head.Group
	return p.list.Rejected(i, p.head.Index) || p.list.InterchangeRejected(i) ||
		g != nil && (p.list.GroupRejected(i) || p.list.GroupRefused(i, g.Index))
}

// unsupported reports a message type that no table is held of.
func (p *pass) unsupported(s *edi.Segment) {
	if p.head.Type == "" {
		return // its absence has been reported
	}
	at := diag.Position{Segment: 1, Element: 2, Component: 1}
	at.Offset, at.Length = s.Span(2, 1, 1)
	p.add(p.finding(diag.MessageTypeNotSupported, at, "S009/0065", diag.A("type", p.head.Type), diag.A("version", p.head.Directory()), diag.A("supported", supported)))
}

// supported names the message types that are read, for a finding.
var supported = func() string {
	list := ""
	for i, t := range directory.Types() {
		if i > 0 {
			list += ", "
		}
		list += t
	}
	return list
}()

func (p *pass) finding(code diag.Code, at diag.Position, element string, args ...diag.Arg) diag.Finding {
	return diag.Finding{Code: code, Standard: code.Standard(p.ic.SyntaxVersion), Interchange: p.ic.Index, Message: p.head.Index, Pos: at,
		Pointer: diag.Pointer("UNH[" + strconv.Itoa(p.head.Index) + "]/" + element), Args: args}
}

// breakOff ends a message that came without UNT, at the offset where something else begins.
func (p *pass) breakOff(offset int64) {
	if !p.open {
		return
	}
	if p.table != nil {
		p.walker.End(diag.Position{Offset: offset, Segment: p.walker.Segment()})
	}
	p.end()
}

// end ends a message, hands its verdict on, and settles what could not be checked while it was read.
func (p *pass) end() {
	p.open = false
	m := Message{Interchange: p.ic.Index, Index: p.head.Index, Type: p.head.Type, Version: p.head.Directory(), Reference: p.head.Reference, Segments: p.segments}
	var t cuscar.Totals
	if p.mapping {
		t = p.mapper.End()
		m.Function = t.Function
		m.Totals = Totals{MasterBills: t.MasterBills, Consignments: t.Consignments, GoodsItems: t.GoodsItems, Equipment: t.Equipment, Packages: t.Packages, GrossMass: t.GrossMass}
	}
	if p.records {
		return
	}
	more, err := p.ledger.settle(p.ic.Index, p.head.Index, &t, p.add)
	if err != nil {
		p.err = err
		return
	}
	m.Totals.Equipment += more
	m.Accepted, m.Refused = !p.refused(), t.Refused
	if p.opts.Judge != nil && p.err == nil {
		p.judgeMessage(&m)
		m.Accepted = !p.refused()
	}
	if f := p.opts.Handler.Message; f != nil && p.err == nil {
		p.err = f(&m)
	}
}

// sink connects the mapper to the handler, keeping the handler's first error.
func (p *pass) sink() cuscar.Sink {
	if !p.records {
		sink := cuscar.Sink{Overflow: func(o cuscar.Overflow) {
			if err := p.ledger.add(&o); err != nil && p.err == nil {
				p.err = err
			}
		}}
		if p.opts.Judge != nil {
			sink.Filing = func(f *cargo.Filing) { p.filing = f }
		}
		return sink
	}
	h := &p.opts.Handler
	return cuscar.Sink{
		Filing: forward(p, h.Filing), Call: forward(p, h.Call), Consignment: forward(p, h.Consignment),
		Equipment: forward(p, h.Equipment), Unmapped: forward(p, h.Unmapped),
	}
}

// forward hands records to f until one is refused.
func forward[R any](p *pass, f func(*R) error) func(*R) {
	if f == nil {
		return nil
	}
	return func(r *R) {
		if p.err == nil {
			p.err = f(r)
		}
	}
}

// checkStamp checks date and time of preparation, S004, element e of an UNB or UNG: a real day as YYMMDD (in syntax
// version 4 CCYYMMDD) and a time of the day as HHMM. What is too long, too short or no number the element check
// reports.
func checkStamp(s *edi.Segment, ic *edifact.Interchange, e int, report func(diag.Finding)) {
	for c, name := range []string{"0017", "0019"} {
		v := s.Component(e, c+1)
		if len(v) == 0 || !digits(v) {
			continue
		}
		ok, want := true, "HHMM"
		switch {
		case c == 0 && len(v) == 8:
			ok, want = validDay(num(v[:4]), num(v[4:6]), num(v[6:])), "CCYYMMDD"
		case c == 0 && len(v) == 6:
			ok, want = validDay(2000+num(v[:2]), num(v[2:4]), num(v[4:])), "YYMMDD"
		case c == 1 && len(v) == 4:
			ok = num(v[:2]) < 24 && num(v[2:]) < 60
		}
		if ok {
			continue
		}
		at := diag.Position{Element: e, Component: c + 1}
		at.Offset, at.Length = s.Span(e, 1, c+1)
		report(diag.Finding{Code: diag.InvalidDate, Standard: diag.InvalidDate.Standard(ic.SyntaxVersion), Interchange: ic.Index, Pos: at,
			Pointer: diag.Pointer(string(s.Tag()) + "/S004/" + name), Value: diag.Clip(v),
			Args: []diag.Arg{diag.A("element", name), diag.A("found", diag.Clip(v)), diag.A("expected", want)}})
	}
}

func digits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func num(v []byte) int {
	n := 0
	for _, c := range v {
		n = n*10 + int(c-'0')
	}
	return n
}

// validDay reports whether the Gregorian calendar has the day.
func validDay(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day <= days
}

// checkDate checks a DTM of a message that no mapper reads: C507 with the time (DE 2380) against its format code
// (DE 2379).
func (p *pass) checkDate(s *edi.Segment, row int) {
	value, code := s.Component(1, 2), s.Component(1, 3)
	if len(value) == 0 || len(code) == 0 || s.Flags&edi.Escaped != 0 {
		return
	}
	_, fault := validate.Date(string(value), value, code)
	at := diag.Position{Segment: p.walker.Segment(), Element: 1, Component: 2}
	at.Offset, at.Length = s.Span(1, 1, 2)
	f := diag.Finding{Interchange: p.ic.Index, Message: p.head.Index, Pos: at, Value: diag.Clip(value),
		Pointer: p.walker.Pointer(row) + "/C507/2380", Args: []diag.Arg{diag.A("found", diag.Clip(value)), diag.A("format", diag.Clip(code))}}
	switch fault {
	case validate.DateOtherForm:
		f.Code = diag.DateContradictsFormat
		f.Args = append(f.Args, diag.A("expected", validate.Layout(code)))
	case validate.DateImpossible:
		f.Code = diag.ImpossibleDate
	case validate.DateForm:
		f.Code = diag.DateInvalidForm
	default:
		return
	}
	p.add(f)
}
