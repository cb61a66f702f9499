package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
)

// maxSegments is the most segments that one record takes in. What comes after them is unmapped.
const maxSegments = 65536

// A Mapper turns the segments of one CUSCAR after another into records. It is not safe for concurrent use.
type Mapper struct {
	sink   Sink
	report func(diag.Finding)

	severities map[diag.Code]diag.Severity // a profile's own, by which a bill is refused or not
	tolerance  cargo.Decimal               // of sums of mass, in kg
	known      func(number string) bool    // bills that were reported before; nil where nobody can tell

	file    string
	ic      *edifact.Interchange
	head    edifact.Message
	walker  *directory.Walker
	table   *table
	refused bool
	ended   bool // UNT has been read
	cut     bool // the message is at its end without UNT: what is open may lack its rest
	begun   bool

	text     edifact.Text
	words    words
	buf      []byte
	argBlock []diag.Arg

	// The segment at hand.
	s       *edi.Segment
	vals    []byte   // what its components are read from
	ends    []uint32 // of the components; see edi.Segment.Flat
	elems   []uint32 // first component of each element
	whole   string   // its text from from on, copied once it is needed; values are pieces of it
	from    uint32
	simple  bool // no release character, foreign letter or repetition: components are text as they are
	lasting bool // values of simple segments outlive them: the decoder keeps its windows
	row     *row
	rowAt   int
	used    usedElements
	track   bool // somebody wants to know of what has no field
	mapped  int  // segments that were mapped, wholly or in part
	strange int  // segments that were not

	filing filingState
	calls  callState
	kit    equipmentState
	cni    masterState
	bill   billState

	unmapped cargo.Unmapped
	totals   Totals
}

// NewMapper gives a Mapper that hands records to sink and findings to report, which may be nil.
func NewMapper(sink Sink, report func(diag.Finding)) *Mapper {
	return &Mapper{sink: sink, report: report, track: sink.Unmapped != nil}
}

// SetSeverities gives the mapper a profile's severities by code: they decide which finding makes a bill unaccepted. The
// map is not copied and must not change.
func (m *Mapper) SetSeverities(severities map[diag.Code]diag.Severity) { m.severities = severities }

// SetMassTolerance gives the mapper a profile's tolerance: by how many kg a declared mass and the sum of its parts may
// differ without a finding. It is not below 0.
func (m *Mapper) SetMassTolerance(kg cargo.Decimal) { m.tolerance = kg }

// SetKnown gives the mapper a way to ask whether a bill was reported before, by another message: CAR0028 is not given for
// one that was.
func (m *Mapper) SetKnown(known func(number string) bool) { m.known = known }

// KeepsWindows tells the mapper that the segments come from a decoder with edifact.KeepWindows, so that values need
// not be copied.
func (m *Mapper) KeepsWindows() { m.lasting = true }

// Begin starts a message. file is the name that records and findings carry, w the walker that has begun the same
// message and is asked for pointers. refused says that the message is unaccepted as a whole, as all its records will be.
func (m *Mapper) Begin(file string, ic *edifact.Interchange, head *edifact.Message, w *directory.Walker, refused bool) {
	m.file, m.ic, m.head, m.walker, m.refused = file, ic, *head, w, refused
	m.table = tableOf(w.Message())
	m.text.Reset(ic)
	m.ended, m.cut, m.begun, m.mapped, m.strange = false, false, true, 0, 0
	m.totals = Totals{}
	m.beginFiling()
	m.calls.reset()
	m.kit.reset()
	m.cni.reset()
	m.bill.reset()
}

// Segment takes the next segment of the message, at the place that the walker gave it. The segment is not kept.
func (m *Mapper) Segment(s *edi.Segment, p directory.Place) {
	m.s = s
	m.vals, m.ends, m.elems = s.Flat()
	m.whole, m.simple = "", s.Flags&(edi.Escaped|edi.High|edi.Repetition|edi.Oversized|edi.Control) == 0
	if m.track {
		m.used.clear()
	}
	if p.Row < 0 || s.Flags&edi.Oversized != 0 {
		m.row, m.rowAt = &noRow, -1
		m.notMapped(reasonNotInTable)
		return
	}
	m.row, m.rowAt = &m.table.rows[p.Row], p.Row
	r := m.row.role
	if r == roleNone {
		m.notMapped(reasonNoField)
		return
	}
	if p.Lost {
		m.beginLost(m.row.lost)
	}
	if !m.dispatch(r, p.New) {
		m.notMapped(reasonNoGroup)
		return
	}
	m.mapped++
	if m.track {
		m.leftovers()
	}
}

// noRow stands for the row of a segment that has none.
var noRow row

// beginLost begins the record of a group whose trigger is missing.
func (m *Mapper) beginLost(trigger role) {
	switch trigger {
	case roleCallTDT:
		m.beginCall("")
	case roleEQD:
		m.beginEquipment()
	case roleCNI:
		m.beginMaster()
	case roleRFF:
		m.beginBill(true)
	case roleGID:
		m.beginItem()
	case roleLegTDT:
		m.beginLeg()
	case roleFilingNAD, roleBillNAD:
		m.beginParty(trigger)
	}
}

// dispatch maps the segment at hand; false where the record that it belongs to has not begun or is full. begins says
// that it begins a new instance of its group.
func (m *Mapper) dispatch(r role, begins bool) bool {
	switch m.row.level {
	case levelFiling:
		return m.filingSegment(r)
	case levelCall:
		return m.callSegment(r)
	case levelEquipment:
		return m.equipmentSegment(r)
	case levelMaster:
		return m.masterSegment(r)
	case levelBill:
		return m.billSegment(r, begins)
	case levelItem:
		return m.itemSegment(r)
	}
	return false
}

// End closes the message, also one that broke off, and gives its totals. It comes before the walker begins another
// message.
func (m *Mapper) End() Totals {
	if !m.begun {
		return Totals{}
	}
	m.begun, m.cut = false, !m.ended
	m.endMaster()
	m.endEquipment()
	m.sendCalls()
	m.endKit()
	m.endFiling()
	m.totals.Declared, m.totals.Complete = int64(m.kit.declared), m.ended
	m.kit.reset() // what a large message took is free for whoever settles what overflowed
	m.bill.reset()
	return m.totals
}

// Choose settles what a repeated reference means that stands before the goods items of the bill above it: it begins
// another bill where its qualifier (DE 1153) is that of a transport document or the same as the current bill's, and is a
// further reference of that bill otherwise. It is a directory.Choice.
func (m *Mapper) Choose(row int, s *edi.Segment) bool {
	if m.table == nil || row < 0 || row >= len(m.table.rows) || m.table.rows[row].role != roleRFF {
		return true
	}
	q := s.Component(1, 1)
	return isBillQualifier(q) || m.bill.open && string(q) == m.bill.qualifier
}

// origin says where records come from.
func (m *Mapper) origin() cargo.Origin {
	return cargo.Origin{File: m.file, Interchange: m.ic.Index, Message: m.head.Index}
}

// status gives the status of a record that has no fault of its own.
func (m *Mapper) status() cargo.Status {
	if m.refused {
		return cargo.StatusUnaccepted
	}
	return cargo.StatusAccepted
}
