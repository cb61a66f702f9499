package cargo

// Equipment is a piece of transport equipment (a container, a ULD, a trailer) as a consignment or a record of its own
// knows it.
type Equipment struct {
	ID          string        `json:"id,omitempty"`        // as declared (DE 8260)
	Valid       bool          `json:"valid"`               // ID has the form of its kind and a right check digit; see SetID
	Kind        EquipmentKind `json:"kind,omitempty"`      // DE 8053
	SizeType    string        `json:"size_type,omitempty"` // ISO 6346 size and type, as declared (DE 8155)
	Fullness    Fullness      `json:"fullness,omitempty"`  // DE 8169
	Seals       []string      `json:"seals,omitempty"`     // numbers (DE 9308); more of those with more in SealDetails
	Tare        Measure       `json:"tare,omitzero"`       // also written as tare_kg
	Gross       Measure       `json:"gross,omitzero"`      // also written as gross_kg
	VGM         Measure       `json:"vgm,omitzero"`        // verified gross mass (SOLAS VI/2)
	Load        Load          `json:"load,omitempty"`      // DE 8169
	Movement    Movement      `json:"movement,omitempty"`  // DE 8249
	SealDetails []Seal        `json:"seal_details,omitempty"`
	Declared    bool          `json:"declared,omitempty"` // it has a segment of its own, not only a mention by goods
	Source      Range         `json:"source,omitzero"`
}

// Seal is a seal of which more than the number is known.
type Seal struct {
	Number    string `json:"number,omitempty"`
	Issuer    string `json:"issuer,omitempty"`    // DE 9303: CA carrier, CU customs, SH shipper …
	Condition string `json:"condition,omitempty"` // DE 4517
}

// SetID sets the identity as declared and whether it is valid: for a container by its check digit (ISO 6346); for any
// other kind there is nothing to check but that it is not empty. Set Kind first.
func (e *Equipment) SetID(id string) {
	e.ID = id
	if e.Kind == KindContainer || e.Kind == "" {
		_, err := ParseContainerNumber(id)
		e.Valid = err == nil
		return
	}
	e.Valid = id != ""
}

// AddSeal adds a seal. Issuer and condition may be empty.
func (e *Equipment) AddSeal(number, issuer, condition string) {
	e.Seals = append(e.Seals, number)
	if issuer != "" || condition != "" {
		e.SealDetails = append(e.SealDetails, Seal{number, issuer, condition})
	}
}

// Reset empties the equipment and keeps its capacity.
func (e *Equipment) Reset() { *e = Equipment{Seals: e.Seals[:0], SealDetails: e.SealDetails[:0]} }

// CopyFrom makes e a copy of o that shares no slice with it, within e's own capacity.
func (e *Equipment) CopyFrom(o *Equipment) {
	seals, details := append(e.Seals[:0], o.Seals...), append(e.SealDetails[:0], o.SealDetails...)
	*e = *o
	e.Seals, e.SealDetails = seals, details
}

func (e *Equipment) clone() Equipment {
	c := *e
	c.Seals, c.SealDetails = copyOf(e.Seals), copyOf(e.SealDetails)
	return c
}

func (e *Equipment) appendJSON(dst []byte) []byte {
	o := open(dst)
	e.members(&o)
	return o.end()
}

func (e *Equipment) members(o *object) {
	o.text("id", e.ID)
	o.boolean("valid", e.Valid)
	o.text("kind", string(e.Kind))
	o.text("size_type", e.SizeType)
	o.text("fullness", string(e.Fullness))
	o.texts("seals", e.Seals)
	o.decimal("tare_kg", e.Tare.Normalised)
	o.decimal("gross_kg", e.Gross.Normalised)
	o.measure("tare", &e.Tare)
	o.measure("gross", &e.Gross)
	o.measure("vgm", &e.VGM)
	o.text("load", string(e.Load))
	o.text("movement", string(e.Movement))
	array(o, "seal_details", e.SealDetails)
	o.flag("declared", e.Declared)
	o.span("source", e.Source)
}

func (s *Seal) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("number", s.Number)
	o.text("issuer", s.Issuer)
	o.text("condition", s.Condition)
	return o.end()
}
