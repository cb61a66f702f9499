package cargo

// Reset empties the consignment and keeps its capacity, that of its elements included. Call is let go, not emptied: it
// belongs to the message.
func (c *Consignment) Reset() {
	*c = Consignment{
		Documents: c.Documents[:0], Parties: c.Parties[:0], Places: c.Places[:0], Items: c.Items[:0],
		Equipment: c.Equipment[:0], SpecialHandling: c.SpecialHandling[:0], CustomsInformation: c.CustomsInformation[:0],
		Onward: c.Onward[:0], References: c.References[:0], Dates: c.Dates[:0], Texts: c.Texts[:0],
		Amounts: c.Amounts[:0], Quantities: c.Quantities[:0], Indicators: c.Indicators[:0], Charges: c.Charges[:0],
		Controls: c.Controls[:0],
	}
}

// Clone makes a copy that shares nothing with c.
func (c *Consignment) Clone() *Consignment {
	d := *c
	d.Documents, d.Parties, d.Places = copyOf(c.Documents), cloneAll(c.Parties), cloneAll(c.Places)
	d.Items, d.Equipment = cloneAll(c.Items), cloneAll(c.Equipment)
	d.SpecialHandling, d.CustomsInformation = copyOf(c.SpecialHandling), copyOf(c.CustomsInformation)
	d.Onward, d.References, d.Dates = cloneAll(c.Onward), copyOf(c.References), copyOf(c.Dates)
	d.Texts, d.Amounts, d.Quantities = copyOf(c.Texts), copyOf(c.Amounts), copyOf(c.Quantities)
	d.Indicators, d.Charges, d.Controls = copyOf(c.Indicators), copyOf(c.Charges), copyOf(c.Controls)
	if c.Call != nil {
		d.Call = c.Call.Clone()
	}
	return &d
}

// AddDocument adds a document. The pointer is good until the next AddDocument, like all of the following.
func (c *Consignment) AddDocument(kind DocumentKind, number, issuer string) *Document {
	return add(&c.Documents, Document{Kind: kind, Number: number, Issuer: issuer})
}

// AddParty adds an empty party.
func (c *Consignment) AddParty() *Party {
	p := grow(&c.Parties)
	p.Reset()
	return p
}

// AddPlace adds an empty place.
func (c *Consignment) AddPlace() *Place {
	p := grow(&c.Places)
	p.Reset()
	return p
}

// AddItem adds an empty goods item.
func (c *Consignment) AddItem() *Item {
	i := grow(&c.Items)
	i.Reset()
	return i
}

// AddEquipment adds an empty piece of equipment.
func (c *Consignment) AddEquipment() *Equipment {
	e := grow(&c.Equipment)
	e.Reset()
	return e
}

// AddLeg adds an empty journey.
func (c *Consignment) AddLeg() *Leg {
	l := grow(&c.Onward)
	l.Reset()
	return l
}

// AddCustomsInformation adds an empty line of customs information.
func (c *Consignment) AddCustomsInformation() *CustomsInformation {
	return add(&c.CustomsInformation, CustomsInformation{})
}

// AddReference adds a reference.
func (c *Consignment) AddReference(qualifier, number string) *Reference {
	return add(&c.References, Reference{Qualifier: qualifier, Number: number})
}

// AddDate adds a time.
func (c *Consignment) AddDate() *Date { return add(&c.Dates, Date{}) }

// AddText adds an empty text.
func (c *Consignment) AddText() *Text { return add(&c.Texts, Text{}) }

// AddAmount adds an amount.
func (c *Consignment) AddAmount(m Money) *Money { return add(&c.Amounts, m) }

// AddQuantity adds an empty quantity.
func (c *Consignment) AddQuantity() *Quantity { return add(&c.Quantities, Quantity{}) }

// AddIndicator adds an indicator.
func (c *Consignment) AddIndicator(list, code string) *Indicator {
	return add(&c.Indicators, Indicator{List: list, Code: code})
}

// AddCharge adds a statement of who pays.
func (c *Consignment) AddCharge(list, code string) *Indicator {
	return add(&c.Charges, Indicator{List: list, Code: code})
}

// AddControl adds a control total.
func (c *Consignment) AddControl(qualifier, value, unit string) *Control {
	return add(&c.Controls, Control{Qualifier: qualifier, Value: value, Unit: unit})
}

// Reset empties the journey and keeps its capacity.
func (l *Leg) Reset() {
	*l = Leg{Places: l.Places[:0], References: l.References[:0], Dates: l.Dates[:0]}
}

// AddPlace adds an empty place to the journey.
func (l *Leg) AddPlace() *Place {
	p := grow(&l.Places)
	p.Reset()
	return p
}

// AddReference adds a reference to the journey.
func (l *Leg) AddReference(qualifier, number string) *Reference {
	return add(&l.References, Reference{Qualifier: qualifier, Number: number})
}

// AddDate adds a time to the journey.
func (l *Leg) AddDate() *Date { return add(&l.Dates, Date{}) }

func (l *Leg) clone() Leg {
	c := *l
	c.Places, c.References, c.Dates = cloneAll(l.Places), copyOf(l.References), copyOf(l.Dates)
	return c
}
