package cargo

func (i *Item) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.count("sequence", i.Sequence)
	o.text("description", i.Description)
	o.text("hs", i.HS)
	o.text("origin", i.Origin)
	array(&o, "packages", i.Packages)
	o.measure("gross_mass", &i.GrossMass)
	o.measure("net_mass", &i.NetMass)
	o.measure("volume", &i.Volume)
	array(&o, "dangerous_goods", i.DangerousGoods)
	if !i.Value.IsZero() {
		o.key("value")
		o.b = i.Value.appendJSON(o.b)
	}
	array(&o, "equipment", i.Equipment)
	array(&o, "commodities", i.Commodities)
	array(&o, "handling", i.Handling)
	array(&o, "texts", i.Texts)
	array(&o, "documents", i.Documents)
	array(&o, "references", i.References)
	array(&o, "amounts", i.Amounts)
	array(&o, "quantities", i.Quantities)
	array(&o, "indicators", i.Indicators)
	array(&o, "measures", i.Measures)
	array(&o, "places", i.Places)
	array(&o, "parties", i.Parties)
	o.span("source", i.Source)
	return o.end()
}

func (p *Package) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.count("count", p.Count)
	o.text("type", p.Type)
	o.text("marks", p.Marks)
	o.text("level", string(p.Level))
	o.text("type_name", p.TypeName)
	o.text("read_as", p.ReadAs)
	o.span("source", p.Source)
	return o.end()
}

func (d *DangerousGoods) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("un", d.UN)
	o.text("class", d.Class)
	o.text("packing_group", d.PackingGroup)
	o.text("regulation", d.Regulation)
	o.text("name", d.Name)
	o.measure("flash_point", &d.FlashPoint)
	o.text("details", d.Details)
	o.span("source", d.Source)
	return o.end()
}

func (e *ItemEquipment) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("id", e.ID)
	o.count("packages", e.Packages)
	o.measure("gross_mass", &e.GrossMass)
	o.span("source", e.Source)
	return o.end()
}

func (m *NamedMeasure) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("kind", m.Kind)
	o.measure("measure", &m.Measure)
	return o.end()
}
