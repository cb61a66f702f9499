package cargo

// TransportEquipment is a piece of equipment as a message describes it: a record of its own, and the only one for a
// container that belongs to no consignment.
type TransportEquipment struct {
	Origin
	Equipment
	Lone        bool           `json:"lone,omitempty"`       // no consignment of the message names it
	Temperature Measure        `json:"temperature,omitzero"` // set point (DE 6245, DE 6246)
	MinTemp     Measure        `json:"min_temperature,omitzero"`
	MaxTemp     Measure        `json:"max_temperature,omitzero"`
	Parties     []Party        `json:"parties,omitempty"`
	Places      []Place        `json:"places,omitempty"`
	Measures    []NamedMeasure `json:"measures,omitempty"` // dimensions, and masses that are none of the three
	References  []Reference    `json:"references,omitempty"`
	Indicators  []Indicator    `json:"indicators,omitempty"`
	Texts       []Text         `json:"texts,omitempty"`
}

// Reset empties the record and keeps its capacity.
func (t *TransportEquipment) Reset() {
	e := t.Equipment
	e.Reset()
	*t = TransportEquipment{
		Equipment: e,
		Parties:   t.Parties[:0], Places: t.Places[:0], Measures: t.Measures[:0],
		References: t.References[:0], Indicators: t.Indicators[:0], Texts: t.Texts[:0],
	}
}

// AddParty adds an empty party. The pointer is good until the next AddParty.
func (t *TransportEquipment) AddParty() *Party {
	p := grow(&t.Parties)
	p.Reset()
	return p
}

// AddPlace adds an empty place. The pointer is good until the next AddPlace.
func (t *TransportEquipment) AddPlace() *Place {
	p := grow(&t.Places)
	p.Reset()
	return p
}

// AddMeasure adds a measure. The pointer is good until the next AddMeasure.
func (t *TransportEquipment) AddMeasure(kind string, m Measure) *NamedMeasure {
	return add(&t.Measures, NamedMeasure{Kind: kind, Measure: m})
}

// AddReference adds a reference. The pointer is good until the next AddReference.
func (t *TransportEquipment) AddReference(qualifier, number string) *Reference {
	return add(&t.References, Reference{Qualifier: qualifier, Number: number})
}

// AddIndicator adds an indicator. The pointer is good until the next AddIndicator.
func (t *TransportEquipment) AddIndicator(list, code string) *Indicator {
	return add(&t.Indicators, Indicator{List: list, Code: code})
}

// AddText adds an empty text. The pointer is good until the next AddText.
func (t *TransportEquipment) AddText() *Text { return add(&t.Texts, Text{}) }

// Clone makes a copy that shares nothing with t.
func (t *TransportEquipment) Clone() *TransportEquipment {
	c := *t
	c.Equipment = t.Equipment.clone()
	c.Parties, c.Places = cloneAll(t.Parties), cloneAll(t.Places)
	c.Measures, c.References = copyOf(t.Measures), copyOf(t.References)
	c.Indicators, c.Texts = copyOf(t.Indicators), copyOf(t.Texts)
	return &c
}

// AppendJSON appends the record as one JSON object, without a line end.
func (t *TransportEquipment) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordEquipment, t.Origin)
	t.Equipment.members(&o)
	o.flag("lone", t.Lone)
	o.measure("temperature", &t.Temperature)
	o.measure("min_temperature", &t.MinTemp)
	o.measure("max_temperature", &t.MaxTemp)
	array(&o, "parties", t.Parties)
	array(&o, "places", t.Places)
	array(&o, "measures", t.Measures)
	array(&o, "references", t.References)
	array(&o, "indicators", t.Indicators)
	array(&o, "texts", t.Texts)
	return o.end()
}

// MarshalJSON writes the record.
func (t TransportEquipment) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }
