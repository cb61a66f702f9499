package cargo

// AppendJSON appends the record as one JSON object, without a line end. It allocates nothing where dst has room.
func (c *Consignment) AppendJSON(dst []byte) []byte {
	o := openRecord(dst, RecordConsignment, c.Origin)
	o.text("level", string(c.Level))
	o.text("mode", string(c.Mode))
	o.text("flow", string(c.Flow))
	o.text("flow_reason", c.FlowReason)
	o.text("status", string(c.Status))
	array(&o, "documents", c.Documents)
	if !c.Parent.IsZero() {
		o.key("parent")
		o.b = c.Parent.appendJSON(o.b)
	}
	if c.Call != nil {
		o.key("call")
		o.b = c.Call.appendJSON(o.b)
	}
	array(&o, "parties", c.Parties)
	array(&o, "places", c.Places)
	array(&o, "items", c.Items)
	array(&o, "equipment", c.Equipment)
	if !c.Totals.IsZero() {
		o.key("totals")
		o.b = c.Totals.appendJSON(o.b)
	}
	o.texts("special_handling", c.SpecialHandling)
	array(&o, "customs_information", c.CustomsInformation)
	o.alwaysSpan("source", c.Source)
	o.text("bill_type", string(c.BillType))
	o.text("flow_declared", string(c.FlowDeclared))
	o.text("sequence", c.Sequence)
	array(&o, "onward", c.Onward)
	array(&o, "references", c.References)
	array(&o, "dates", c.Dates)
	array(&o, "texts", c.Texts)
	array(&o, "amounts", c.Amounts)
	array(&o, "quantities", c.Quantities)
	array(&o, "indicators", c.Indicators)
	array(&o, "charges", c.Charges)
	array(&o, "controls", c.Controls)
	return o.end()
}

// MarshalJSON writes the record.
func (c Consignment) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

func (c *CustomsInformation) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("country", c.Country)
	o.text("group", c.Group)
	o.text("kind", c.Kind)
	o.text("value", c.Value)
	o.span("source", c.Source)
	return o.end()
}

func (l *Leg) appendJSON(dst []byte) []byte {
	o := open(dst)
	if !l.Conveyance.IsZero() {
		o.key("conveyance")
		o.b = l.Conveyance.appendJSON(o.b)
	}
	array(&o, "places", l.Places)
	array(&o, "references", l.References)
	array(&o, "dates", l.Dates)
	o.span("source", l.Source)
	return o.end()
}

func (c *Control) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("qualifier", c.Qualifier)
	o.text("value", c.Value)
	o.text("unit", c.Unit)
	o.span("source", c.Source)
	return o.end()
}
