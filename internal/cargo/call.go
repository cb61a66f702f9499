package cargo

// Call is a ship's visit to a port, or a leg of a flight: what filings, equipment events and cases hang on. A voyage
// number is only one of its names.
//
// As a record of its own it has an Origin; within a Consignment it stands without one. The consignments of a message
// point to the same Call, so it is finished before the first of them is handed on.
type Call struct {
	Origin
	Conveyance Conveyance  `json:"conveyance,omitzero"`
	Port       string      `json:"port,omitempty"` // UN/LOCODE of the call, as declared
	ETA        Time        `json:"eta,omitzero"`   // estimated arrival
	ATA        Time        `json:"ata,omitzero"`   // actual arrival
	ETD        Time        `json:"etd,omitzero"`   // estimated departure
	ATD        Time        `json:"atd,omitzero"`   // actual departure
	Places     []Place     `json:"places,omitempty"`
	References []Reference `json:"references,omitempty"`
	Dates      []Date      `json:"dates,omitempty"` // times that are neither arrival nor departure
	Source     Range       `json:"source,omitzero"`
}

// Conveyance is the means of transport on one journey. All codes are as declared, right or wrong.
type Conveyance struct {
	Name             string `json:"name,omitempty"`              // of the vessel (DE 8212)
	IMO              string `json:"imo,omitempty"`               // IMO number (DE 8213)
	CallSign         string `json:"call_sign,omitempty"`         // radio call sign
	Flag             string `json:"flag,omitempty"`              // ISO 3166-1 alpha-2 (DE 8453)
	Carrier          string `json:"carrier,omitempty"`           // code of the carrier (DE 3127)
	Voyage           string `json:"voyage,omitempty"`            // voyage, flight or trip number (DE 8028)
	Mode             Mode   `json:"mode,omitempty"`              // of this journey
	IMOValid         bool   `json:"imo_valid,omitempty"`         // IMO has the form and the check digit; false where there is none
	ID               string `json:"id,omitempty"`                // other identity: registration of aircraft or truck, or an unlisted code
	IDScheme         string `json:"id_scheme,omitempty"`         // list and agency of ID as declared
	CarrierName      string `json:"carrier_name,omitempty"`      // DE 3128
	CarrierList      string `json:"carrier_list,omitempty"`      // list and agency of Carrier as declared: "172:20"
	TypeOfMeans      string `json:"means_type,omitempty"`        // DE 8179
	ModeCode         string `json:"mode_code,omitempty"`         // code of the standard: DE 8067
	TransitDirection string `json:"transit_direction,omitempty"` // DE 8101
	ExcessReason     string `json:"excess_reason,omitempty"`     // DE 8457
	StageCode        string `json:"stage,omitempty"`             // DE 8051: 20 main, 30 onward …
}

// SetIMO sets the IMO number as declared and whether it is valid.
func (c *Conveyance) SetIMO(imo string) {
	_, err := ParseIMONumber(imo)
	c.IMO, c.IMOValid = imo, err == nil
}

// IsZero reports whether nothing is known of the conveyance.
func (c Conveyance) IsZero() bool { return c == Conveyance{} }

// Reset empties the call and keeps its capacity.
func (c *Call) Reset() {
	*c = Call{Places: c.Places[:0], References: c.References[:0], Dates: c.Dates[:0]}
}

// AddPlace adds an empty place. The pointer is good until the next AddPlace.
func (c *Call) AddPlace() *Place {
	p := grow(&c.Places)
	p.Reset()
	return p
}

// AddReference adds a reference. The pointer is good until the next AddReference.
func (c *Call) AddReference(qualifier, number string) *Reference {
	return add(&c.References, Reference{Qualifier: qualifier, Number: number})
}

// AddDate adds a time. The pointer is good until the next AddDate.
func (c *Call) AddDate() *Date { return add(&c.Dates, Date{}) }

// Clone makes a copy that shares nothing with c.
func (c *Call) Clone() *Call {
	d := *c
	d.Places, d.References, d.Dates = cloneAll(c.Places), copyOf(c.References), copyOf(c.Dates)
	return &d
}

// AppendJSON appends the record as one JSON object, without a line end.
func (c *Call) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordCall, c.Origin)
	c.members(&o)
	return o.end()
}

// MarshalJSON writes the record.
func (c Call) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// appendJSON writes the call within another record.
func (c *Call) appendJSON(dst []byte) []byte {
	o := open(dst)
	c.members(&o)
	return o.end()
}

func (c *Call) members(o *object) {
	if !c.Conveyance.IsZero() {
		o.key("conveyance")
		o.b = c.Conveyance.appendJSON(o.b)
	}
	o.text("port", c.Port)
	o.time("eta", &c.ETA)
	o.time("ata", &c.ATA)
	o.time("etd", &c.ETD)
	o.time("atd", &c.ATD)
	array(o, "places", c.Places)
	array(o, "references", c.References)
	array(o, "dates", c.Dates)
	o.span("source", c.Source)
}

func (c *Conveyance) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("name", c.Name)
	o.text("imo", c.IMO)
	o.text("call_sign", c.CallSign)
	o.text("flag", c.Flag)
	o.text("carrier", c.Carrier)
	o.text("voyage", c.Voyage)
	o.text("mode", string(c.Mode))
	if c.IMO != "" {
		o.boolean("imo_valid", c.IMOValid)
	}
	o.text("id", c.ID)
	o.text("id_scheme", c.IDScheme)
	o.text("carrier_name", c.CarrierName)
	o.text("carrier_list", c.CarrierList)
	o.text("means_type", c.TypeOfMeans)
	o.text("mode_code", c.ModeCode)
	o.text("transit_direction", c.TransitDirection)
	o.text("excess_reason", c.ExcessReason)
	o.text("stage", c.StageCode)
	return o.end()
}
