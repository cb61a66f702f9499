package cargo

// Filing is one declaration by one filer: one message, as far as it speaks of itself.
type Filing struct {
	Origin
	Format           string      `json:"format,omitempty"`        // edifact, cargo-imp, …: as in the check object
	Type             string      `json:"type,omitempty"`          // CUSCAR, FFM, …
	Version          string      `json:"version,omitempty"`       // D.95B, 8, …
	Function         Function    `json:"function,omitempty"`      // what it does to what was filed before
	FunctionCode     string      `json:"function_code,omitempty"` // as declared (DE 1225)
	TypeCode         string      `json:"type_code,omitempty"`     // kind of report, as declared (DE 1001)
	TypeText         string      `json:"type_text,omitempty"`     // the same in words (DE 1000)
	Reference        string      `json:"reference,omitempty"`     // number of the document (DE 1004)
	DocumentVersion  string      `json:"document_version,omitempty"`
	ControlReference string      `json:"control_reference,omitempty"` // of the interchange (DE 0020)
	MessageReference string      `json:"message_reference,omitempty"` // DE 0062
	Sender           string      `json:"sender,omitempty"`            // of the interchange (DE 0004)
	Recipient        string      `json:"recipient,omitempty"`         // of the interchange (DE 0010)
	Mode             Traffic     `json:"mode,omitempty"`              // live or test
	Status           Status      `json:"status,omitempty"`
	Transmitter      Party       `json:"transmitter,omitzero"` // who sent the bytes
	Filer            Party       `json:"filer,omitzero"`       // whose declaration it is
	Carrier          Party       `json:"carrier,omitzero"`
	Responsible      Party       `json:"responsible,omitzero"`
	Parties          []Party     `json:"parties,omitempty"` // the others
	References       []Reference `json:"references,omitempty"`
	Documents        []Document  `json:"documents,omitempty"`
	Dates            []Date      `json:"dates,omitempty"` // declared times: of creation, of the document …
	Places           []Place     `json:"places,omitempty"`
	Texts            []Text      `json:"texts,omitempty"`
	Quantities       []Quantity  `json:"quantities,omitempty"`
	Indicators       []Indicator `json:"indicators,omitempty"`
	Totals           Totals      `json:"totals,omitzero"`
	Controls         []Control   `json:"controls,omitempty"`
	Authentication   []Reference `json:"authentication,omitempty"` // DE 9280, DE 9281
	Source           Range       `json:"source,omitzero"`
}

// Reset empties the filing and keeps its capacity.
func (f *Filing) Reset() {
	transmitter, filer, carrier, responsible := f.Transmitter, f.Filer, f.Carrier, f.Responsible
	transmitter.Reset()
	filer.Reset()
	carrier.Reset()
	responsible.Reset()
	*f = Filing{
		Transmitter: transmitter, Filer: filer, Carrier: carrier, Responsible: responsible,
		Parties: f.Parties[:0], References: f.References[:0], Documents: f.Documents[:0], Dates: f.Dates[:0],
		Places: f.Places[:0], Texts: f.Texts[:0], Quantities: f.Quantities[:0], Indicators: f.Indicators[:0],
		Controls: f.Controls[:0], Authentication: f.Authentication[:0],
	}
}

// Clone makes a copy that shares nothing with f.
func (f *Filing) Clone() *Filing {
	c := *f
	c.Transmitter, c.Filer = f.Transmitter.clone(), f.Filer.clone()
	c.Carrier, c.Responsible = f.Carrier.clone(), f.Responsible.clone()
	c.Parties, c.Places = cloneAll(f.Parties), cloneAll(f.Places)
	c.References, c.Documents, c.Dates = copyOf(f.References), copyOf(f.Documents), copyOf(f.Dates)
	c.Texts, c.Quantities, c.Indicators = copyOf(f.Texts), copyOf(f.Quantities), copyOf(f.Indicators)
	c.Controls, c.Authentication = copyOf(f.Controls), copyOf(f.Authentication)
	return &c
}

// AddParty adds an empty party. The pointer is good until the next AddParty, like all of the following.
func (f *Filing) AddParty() *Party {
	p := grow(&f.Parties)
	p.Reset()
	return p
}

// AddPlace adds an empty place.
func (f *Filing) AddPlace() *Place {
	p := grow(&f.Places)
	p.Reset()
	return p
}

// AddReference adds a reference.
func (f *Filing) AddReference(qualifier, number string) *Reference {
	return add(&f.References, Reference{Qualifier: qualifier, Number: number})
}

// AddDocument adds a document.
func (f *Filing) AddDocument(kind DocumentKind, number, issuer string) *Document {
	return add(&f.Documents, Document{Kind: kind, Number: number, Issuer: issuer})
}

// AddDate adds a time.
func (f *Filing) AddDate() *Date { return add(&f.Dates, Date{}) }

// AddText adds an empty text.
func (f *Filing) AddText() *Text { return add(&f.Texts, Text{}) }

// AddQuantity adds an empty quantity.
func (f *Filing) AddQuantity() *Quantity { return add(&f.Quantities, Quantity{}) }

// AddIndicator adds an indicator.
func (f *Filing) AddIndicator(list, code string) *Indicator {
	return add(&f.Indicators, Indicator{List: list, Code: code})
}

// AddControl adds a control total.
func (f *Filing) AddControl(qualifier, value, unit string) *Control {
	return add(&f.Controls, Control{Qualifier: qualifier, Value: value, Unit: unit})
}

// AddAuthentication adds a result of an authentication.
func (f *Filing) AddAuthentication(qualifier, value string) *Reference {
	return add(&f.Authentication, Reference{Qualifier: qualifier, Number: value})
}

// AppendJSON appends the record as one JSON object, without a line end.
func (f *Filing) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordFiling, f.Origin)
	o.text("format", f.Format)
	o.text("type", f.Type)
	o.text("version", f.Version)
	o.text("function", string(f.Function))
	o.text("function_code", f.FunctionCode)
	o.text("type_code", f.TypeCode)
	o.text("type_text", f.TypeText)
	o.text("reference", f.Reference)
	o.text("document_version", f.DocumentVersion)
	o.text("control_reference", f.ControlReference)
	o.text("message_reference", f.MessageReference)
	o.text("sender", f.Sender)
	o.text("recipient", f.Recipient)
	o.text("mode", string(f.Mode))
	o.text("status", string(f.Status))
	o.party("transmitter", &f.Transmitter)
	o.party("filer", &f.Filer)
	o.party("carrier", &f.Carrier)
	o.party("responsible", &f.Responsible)
	array(&o, "parties", f.Parties)
	array(&o, "references", f.References)
	array(&o, "documents", f.Documents)
	array(&o, "dates", f.Dates)
	array(&o, "places", f.Places)
	array(&o, "texts", f.Texts)
	array(&o, "quantities", f.Quantities)
	array(&o, "indicators", f.Indicators)
	if !f.Totals.IsZero() {
		o.key("totals")
		o.b = f.Totals.appendJSON(o.b)
	}
	array(&o, "controls", f.Controls)
	array(&o, "authentication", f.Authentication)
	o.span("source", f.Source)
	return o.end()
}

// MarshalJSON writes the record.
func (f Filing) MarshalJSON() ([]byte, error) { return f.AppendJSON(nil), nil }
