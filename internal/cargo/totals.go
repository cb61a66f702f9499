package cargo

// Totals are the sums of a consignment or filing, as declared and as we compute them.
type Totals struct {
	Declared Total `json:"declared,omitzero"`
	Computed Total `json:"computed,omitzero"`
}

// IsZero reports whether there are no totals.
func (t Totals) IsZero() bool { return t.Declared.IsZero() && t.Computed.IsZero() }

// Total is one set of sums. Each may be absent.
type Total struct {
	Packages     Count      `json:"packages,omitzero"`      // outer packages; air pieces
	GrossMass    OptDecimal `json:"gross_mass_kg,omitzero"` // kg
	Volume       OptDecimal `json:"volume_m3,omitzero"`     // m³
	Pieces       Count      `json:"pieces,omitzero"`        // where stated beside packages
	Items        Count      `json:"items,omitzero"`         // goods items
	Equipment    Count      `json:"equipment,omitzero"`     // distinct identities
	Consignments Count      `json:"consignments,omitzero"`  // bills, or houses of a master
	MasterBills  Count      `json:"master_bills,omitzero"`  // of a filing
	NetMass      OptDecimal `json:"net_mass_kg,omitzero"`   // kg
}

// IsZero reports whether every sum is absent.
func (t Total) IsZero() bool { return t == Total{} }

func (t *Totals) appendJSON(dst []byte) []byte {
	o := open(dst)
	if !t.Declared.IsZero() {
		o.key("declared")
		o.b = t.Declared.appendJSON(o.b)
	}
	if !t.Computed.IsZero() {
		o.key("computed")
		o.b = t.Computed.appendJSON(o.b)
	}
	return o.end()
}

func (t *Total) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.count("packages", t.Packages)
	o.decimal("gross_mass_kg", t.GrossMass)
	o.decimal("volume_m3", t.Volume)
	o.count("pieces", t.Pieces)
	o.count("items", t.Items)
	o.count("equipment", t.Equipment)
	o.count("consignments", t.Consignments)
	o.count("master_bills", t.MasterBills)
	o.decimal("net_mass_kg", t.NetMass)
	return o.end()
}
