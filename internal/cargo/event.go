package cargo

// EquipmentEvent is something that happened to a piece of equipment: it was loaded, discharged, passed a gate.
type EquipmentEvent struct {
	Origin
	ID         string        `json:"id,omitempty"` // of the equipment, as declared
	Valid      bool          `json:"valid"`        // see Equipment.Valid
	Event      EventKind     `json:"event,omitempty"`
	Time       Time          `json:"time,omitzero"`
	Place      Place         `json:"place,omitzero"`
	Kind       EquipmentKind `json:"kind,omitempty"`
	SizeType   string        `json:"size_type,omitempty"`
	Fullness   Fullness      `json:"fullness,omitempty"`
	Call       *Call         `json:"call,omitempty"` // shared by the events of a message
	Documents  []Document    `json:"documents,omitempty"`
	References []Reference   `json:"references,omitempty"`
	Source     Range         `json:"source,omitzero"`
}

// EventKind says what happened.
type EventKind string

// Event kinds. Others are "other:" and the code of the standard.
const (
	EventLoaded     EventKind = "loaded"
	EventDischarged EventKind = "discharged"
	EventGateIn     EventKind = "gate_in"
	EventGateOut    EventKind = "gate_out"
	EventStuffed    EventKind = "stuffed"
	EventStripped   EventKind = "stripped"
	EventShifted    EventKind = "shifted"
)

// Reset empties the event and keeps its capacity. Call is let go, not emptied: it belongs to the message.
func (e *EquipmentEvent) Reset() {
	place := e.Place
	place.Reset()
	*e = EquipmentEvent{Place: place, Documents: e.Documents[:0], References: e.References[:0]}
}

// AddDocument adds a document. The pointer is good until the next AddDocument.
func (e *EquipmentEvent) AddDocument(kind DocumentKind, number, issuer string) *Document {
	return add(&e.Documents, Document{Kind: kind, Number: number, Issuer: issuer})
}

// AddReference adds a reference. The pointer is good until the next AddReference.
func (e *EquipmentEvent) AddReference(qualifier, number string) *Reference {
	return add(&e.References, Reference{Qualifier: qualifier, Number: number})
}

// Clone makes a copy that shares nothing with e.
func (e *EquipmentEvent) Clone() *EquipmentEvent {
	c := *e
	c.Place = e.Place.clone()
	c.Documents, c.References = copyOf(e.Documents), copyOf(e.References)
	if e.Call != nil {
		c.Call = e.Call.Clone()
	}
	return &c
}

// AppendJSON appends the record as one JSON object, without a line end.
func (e *EquipmentEvent) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordEquipmentEvent, e.Origin)
	o.text("id", e.ID)
	o.boolean("valid", e.Valid)
	o.text("event", string(e.Event))
	o.time("time", &e.Time)
	if !e.Place.IsZero() {
		o.key("place")
		o.b = e.Place.appendJSON(o.b)
	}
	o.text("kind", string(e.Kind))
	o.text("size_type", e.SizeType)
	o.text("fullness", string(e.Fullness))
	if e.Call != nil {
		o.key("call")
		o.b = e.Call.appendJSON(o.b)
	}
	array(&o, "documents", e.Documents)
	array(&o, "references", e.References)
	o.span("source", e.Source)
	return o.end()
}

// MarshalJSON writes the record.
func (e EquipmentEvent) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }
