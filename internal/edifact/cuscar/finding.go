package cuscar

import (
	"strconv"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// find reports a finding at component c of element e of the segment at hand; at the whole element where c is 0, and at
// the tag where e is 0.
func (m *Mapper) find(code diag.Code, e, c int, args ...diag.Arg) {
	m.findRelated(code, e, c, nil, args...)
}

func (m *Mapper) findRelated(code diag.Code, e, c int, related []diag.Position, args ...diag.Arg) {
	m.weigh(code)
	if m.report == nil {
		return
	}
	at := m.position(e, c)
	from := at.Offset - m.s.Offset
	var value []byte
	if raw := m.s.Raw(); from >= 0 && from+int64(at.Length) <= int64(len(raw)) {
		value = raw[from : from+int64(at.Length)]
	}
	m.report(diag.Finding{Code: code, Severity: weights[code].severity, Interchange: m.ic.Index, Message: m.head.Index, Pos: at,
		Pointer: m.pointer(e, c), Value: m.clip(value), Args: m.args(args), Related: related})
}

// findAt reports a finding at a spot that was kept.
func (m *Mapper) findAt(code diag.Code, s *spot, value string, args ...diag.Arg) {
	m.findRelatedAt(code, s, value, nil, args...)
}

func (m *Mapper) findRelatedAt(code diag.Code, s *spot, value string, related []diag.Position, args ...diag.Arg) {
	m.weigh(code)
	if m.report == nil {
		return
	}
	if len(value) > diag.MaxValue {
		value = diag.Clip([]byte(value))
	}
	m.report(diag.Finding{Code: code, Severity: weights[code].severity, Interchange: m.ic.Index, Message: m.head.Index, Pos: m.at(s),
		Pointer: m.spotPointer(s), Value: value, Args: m.args(args), Related: related})
}

// A weight is what a code does to the bill that it is found in.
type weight struct {
	severity diag.Severity
	refuses  bool // an error whose scope is the bill or an item of it
}

// weights holds the codes of this package's findings, because bad traffic has several for each bill.
var weights = func() map[diag.Code]weight {
	all := map[diag.Code]weight{}
	for _, code := range diag.AllCodes() {
		all[code] = weight{code.Severity(), code.Severity() == diag.Error && code.Scope() <= diag.ScopeConsignment}
	}
	return all
}()

// weigh makes the bill at hand unaccepted where a finding refuses it.
func (m *Mapper) weigh(code diag.Code) {
	if !m.bill.open || m.bill.refused {
		return
	}
	refuses := weights[code].refuses
	if severity, ok := m.severities[code]; ok {
		refuses = severity == diag.Error && code.Scope() <= diag.ScopeConsignment
	}
	m.bill.refused = refuses
}

// argBlock is how many arguments share a block of memory, so that bad traffic does not allocate for each finding. An
// argument keeps alive the text that it is part of, so that the block must be small.
const argBlock = 16

// args copies the arguments of a finding, which would otherwise have to live on the heap each by itself.
func (m *Mapper) args(args []diag.Arg) []diag.Arg {
	if len(args) == 0 {
		return nil
	}
	if cap(m.argBlock)-len(m.argBlock) < len(args) {
		m.argBlock = make([]diag.Arg, 0, max(argBlock, len(args)))
	}
	n := len(m.argBlock)
	m.argBlock = append(m.argBlock, args...)
	return m.argBlock[n:len(m.argBlock):len(m.argBlock)]
}

// clip is diag.Clip in shared memory for the text that needs no escape.
func (m *Mapper) clip(b []byte) string {
	if len(b) > diag.MaxValue {
		return diag.Clip(b)
	}
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return diag.Clip(b)
		}
	}
	return m.keep(b)
}

// number gives an argument with a whole number, in shared memory.
func (m *Mapper) number(name string, n int64) diag.Arg {
	var digits [20]byte
	return diag.Arg{Name: name, Value: m.keep(strconv.AppendInt(digits[:0], n, 10))}
}

// decimal gives an argument with a number, in shared memory.
func (m *Mapper) decimal(name string, d cargo.Decimal) diag.Arg {
	var digits [32]byte
	return diag.Arg{Name: name, Value: m.keep(d.AppendText(digits[:0]))}
}

// position gives the place of component c of element e of the segment at hand.
func (m *Mapper) position(e, c int) diag.Position {
	p := diag.Position{Segment: m.walker.Segment(), Element: e, Component: c}
	if c == 0 {
		p.Offset, p.Length = m.s.ElementSpan(e)
	} else {
		p.Offset, p.Length = m.s.Span(e, 1, c)
	}
	if !m.composite(m.rowAt, e) {
		p.Component = 0
	}
	return p
}

// composite reports whether element e of a row's segment is a composite.
func (m *Mapper) composite(row, e int) bool {
	if row < 0 {
		return true
	}
	els := m.table.message.Nodes[row].Segment.Elements
	return e < 1 || e > len(els) || els[e-1].Composite
}

// pointer gives the place of an element in the structure, as things stand.
func (m *Mapper) pointer(e, c int) diag.Pointer {
	p := m.walker.Pointer(m.rowAt)
	if m.rowAt < 0 || e == 0 {
		return p
	}
	return p + diag.Pointer(m.elementName(m.rowAt, e, c))
}

// elementName gives the tags of a component, "/C507/2380", or of a simple element, "/1490".
func (m *Mapper) elementName(row, e, c int) string {
	return string(m.appendElement(nil, row, e, c))
}

func (m *Mapper) appendElement(b []byte, row, e, c int) []byte {
	if row < 0 || e == 0 {
		return b
	}
	els := m.table.message.Nodes[row].Segment.Elements
	if e > len(els) {
		return b
	}
	el := &els[e-1]
	b = append(append(b, '/'), el.Tag...)
	if el.Composite && c > 0 && c <= len(el.Components) {
		b = append(append(b, '/'), el.Components[c-1].Tag...)
	}
	return b
}
