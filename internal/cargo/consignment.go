package cargo

// Consignment is goods that go from one consignor to one consignee under one transport document: the unit that is
// accepted or refused, scored and released.
type Consignment struct {
	Origin
	Level              Level                `json:"level,omitempty"`
	Mode               Mode                 `json:"mode,omitempty"`
	Flow               Flow                 `json:"flow,omitempty"`        // derived from the places
	FlowReason         string               `json:"flow_reason,omitempty"` // why
	Status             Status               `json:"status,omitempty"`
	Documents          []Document           `json:"documents,omitempty"` // its own transport document first
	Parent             Document             `json:"parent,omitzero"`     // the document one level up
	Call               *Call                `json:"call,omitempty"`      // shared by the consignments of a message
	Parties            []Party              `json:"parties,omitempty"`
	Places             []Place              `json:"places,omitempty"`
	Items              []Item               `json:"items,omitempty"`
	Equipment          []Equipment          `json:"equipment,omitempty"`
	Totals             Totals               `json:"totals,omitzero"`
	SpecialHandling    []string             `json:"special_handling,omitempty"` // IATA special handling codes
	CustomsInformation []CustomsInformation `json:"customs_information,omitempty"`
	Source             Range                `json:"source"` // from the first to the last byte of the consignment

	BillType     BillType    `json:"bill_type,omitempty"`
	FlowDeclared Flow        `json:"flow_declared,omitempty"` // as the filer said, where it was said
	Sequence     string      `json:"sequence,omitempty"`      // number of the bill in its message, as declared (DE 1490)
	Onward       []Leg       `json:"onward,omitempty"`        // carriage before or after that of the call
	References   []Reference `json:"references,omitempty"`
	Dates        []Date      `json:"dates,omitempty"`
	Texts        []Text      `json:"texts,omitempty"`
	Amounts      []Money     `json:"amounts,omitempty"`
	Quantities   []Quantity  `json:"quantities,omitempty"`
	Indicators   []Indicator `json:"indicators,omitempty"` // DE 7365
	Charges      []Indicator `json:"charges,omitempty"`    // DE 4237: who pays
	Controls     []Control   `json:"controls,omitempty"`   // control totals as declared
}

// CustomsInformation is a line of other customs, security and regulatory information (IATA OCI).
type CustomsInformation struct {
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Group   string `json:"group,omitempty"`   // information identifier: IMP, EXP, SHP, CNE …
	Kind    string `json:"kind,omitempty"`    // customs information identifier: T, M, RA …
	Value   string `json:"value,omitempty"`
	Source  Range  `json:"source,omitzero"`
}

// Leg is one journey of a consignment before or after that of its call.
type Leg struct {
	Conveyance Conveyance  `json:"conveyance,omitzero"`
	Places     []Place     `json:"places,omitempty"`
	References []Reference `json:"references,omitempty"`
	Dates      []Date      `json:"dates,omitempty"`
	Source     Range       `json:"source,omitzero"`
}

// Control is a control total as declared (CUSCAR CNT).
type Control struct {
	Qualifier string `json:"qualifier,omitempty"` // DE 6069
	Value     string `json:"value,omitempty"`     // as declared (DE 6066)
	Unit      string `json:"unit,omitempty"`      // as declared (DE 6411)
	Source    Range  `json:"source,omitzero"`
}

// TransportDocument gives the consignment's own bill or air waybill: the first document that is one. ok is false where
// there is none.
func (c *Consignment) TransportDocument() (d Document, ok bool) {
	for i := range c.Documents {
		if c.Documents[i].Kind.IsTransport() {
			return c.Documents[i], true
		}
	}
	return Document{}, false
}

// Party gives the first party with a role, or nil.
func (c *Consignment) Party(role Role) *Party {
	for i := range c.Parties {
		if c.Parties[i].Role == role {
			return &c.Parties[i]
		}
	}
	return nil
}

// Place gives the first place with a role, or nil.
func (c *Consignment) Place(role PlaceRole) *Place {
	for i := range c.Places {
		if c.Places[i].Role == role {
			return &c.Places[i]
		}
	}
	return nil
}

// FindEquipment gives the piece of equipment with this identity, or nil.
func (c *Consignment) FindEquipment(id string) *Equipment {
	for i := range c.Equipment {
		if c.Equipment[i].ID == id {
			return &c.Equipment[i]
		}
	}
	return nil
}

// ComputeTotals sums packages, masses and volume over the items and counts items and equipment, into Totals.Computed. A
// sum is absent where no item declares it or where it does not fit. complete is false where a sum leaves something out
// or was rounded: a measure that could not be normalised, or a sum that did not fit.
func (c *Consignment) ComputeTotals() (complete bool) {
	t := Total{Items: CountOf(int64(len(c.Items))), Equipment: CountOf(int64(len(c.Equipment)))}
	var gross, net, volume Sum
	complete = true
	for i := range c.Items {
		item := &c.Items[i]
		var ok bool
		t.Packages, ok = t.Packages.Add(item.OuterPackages())
		complete = complete && ok
		for _, m := range [...]*Measure{&item.GrossMass, &item.NetMass, &item.Volume} {
			complete = complete && (m.IsZero() || m.Normalised.OK)
		}
		gross.Add(item.GrossMass.Normalised)
		net.Add(item.NetMass.Normalised)
		volume.Add(item.Volume.Normalised)
	}
	var exact [3]bool
	t.GrossMass, exact[0] = gross.Value()
	t.NetMass, exact[1] = net.Value()
	t.Volume, exact[2] = volume.Value()
	c.Totals.Computed = t
	return complete && exact == [3]bool{true, true, true}
}
