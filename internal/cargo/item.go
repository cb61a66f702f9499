package cargo

// Item is a goods item: goods of one description within a consignment (CUSCAR GID).
type Item struct {
	Sequence       Count            `json:"sequence,omitzero"`     // number of the item, 1-based (DE 1496)
	Description    string           `json:"description,omitempty"` // lines joined by a line feed
	HS             string           `json:"hs,omitempty"`          // commodity code, as declared (DE 7361, DE 7140)
	Origin         string           `json:"origin,omitempty"`      // country of origin, ISO 3166-1 alpha-2, as declared
	Packages       []Package        `json:"packages,omitempty"`
	GrossMass      Measure          `json:"gross_mass,omitzero"`
	NetMass        Measure          `json:"net_mass,omitzero"`
	Volume         Measure          `json:"volume,omitzero"`
	DangerousGoods []DangerousGoods `json:"dangerous_goods,omitempty"`
	Value          Money            `json:"value,omitzero"`
	Equipment      []ItemEquipment  `json:"equipment,omitempty"`
	Commodities    []Identifier     `json:"commodities,omitempty"` // further commodity codes, by list
	Handling       []Indicator      `json:"handling,omitempty"`    // DE 4079
	Texts          []Text           `json:"texts,omitempty"`
	Documents      []Document       `json:"documents,omitempty"`
	References     []Reference      `json:"references,omitempty"`
	Amounts        []Money          `json:"amounts,omitempty"`
	Quantities     []Quantity       `json:"quantities,omitempty"`
	Indicators     []Indicator      `json:"indicators,omitempty"`
	Measures       []NamedMeasure   `json:"measures,omitempty"` // measures that are none of the three above
	Places         []Place          `json:"places,omitempty"`
	Parties        []Party          `json:"parties,omitempty"`
	Source         Range            `json:"source,omitzero"`
}

// Package is a number of packages of one type.
type Package struct {
	Count    Count        `json:"count,omitzero"`      // DE 7224
	Type     string       `json:"type,omitempty"`      // UN/ECE Rec 21, as declared (DE 7065)
	Marks    string       `json:"marks,omitempty"`     // marks and numbers, lines joined by a line feed (DE 7102)
	Level    PackageLevel `json:"level,omitempty"`     // empty where none was declared
	TypeName string       `json:"type_name,omitempty"` // DE 7064
	ReadAs   string       `json:"read_as,omitempty"`   // UN/ECE Rec 21 code that an alias was read as: "CT" for "CTN"
	Source   Range        `json:"source,omitzero"`
}

// DangerousGoods is one classification of an item as dangerous (CUSCAR DGS).
type DangerousGoods struct {
	UN           string  `json:"un,omitempty"`            // UN number, n4 (DE 7124)
	Class        string  `json:"class,omitempty"`         // of the regulation (DE 8351)
	PackingGroup string  `json:"packing_group,omitempty"` // DE 8339
	Regulation   string  `json:"regulation,omitempty"`    // DE 8273: IMD, ADR, ICA …
	Name         string  `json:"name,omitempty"`          // proper shipping or technical name
	FlashPoint   Measure `json:"flash_point,omitzero"`    // DE 7106
	Details      string  `json:"details,omitempty"`       // other elements, as declared
	Source       Range   `json:"source,omitzero"`
}

// ItemEquipment says how much of an item is in a piece of equipment (CUSCAR SGP).
type ItemEquipment struct {
	ID        string  `json:"id,omitempty"`      // as declared; the consignment's Equipment says whether it is valid
	Packages  Count   `json:"packages,omitzero"` // DE 7224
	GrossMass Measure `json:"gross_mass,omitzero"`
	Source    Range   `json:"source,omitzero"`
}

// NamedMeasure is a measure with what it is about.
type NamedMeasure struct {
	Kind    string  `json:"kind,omitempty"` // codes of the standard: DE 6311 and DE 6313, "AAE:T"
	Measure Measure `json:"measure,omitzero"`
}

// Reset empties the item and keeps its capacity.
func (i *Item) Reset() {
	*i = Item{
		Packages: i.Packages[:0], DangerousGoods: i.DangerousGoods[:0], Equipment: i.Equipment[:0],
		Commodities: i.Commodities[:0], Handling: i.Handling[:0], Texts: i.Texts[:0], Documents: i.Documents[:0],
		References: i.References[:0], Amounts: i.Amounts[:0], Quantities: i.Quantities[:0], Indicators: i.Indicators[:0],
		Measures: i.Measures[:0], Places: i.Places[:0], Parties: i.Parties[:0],
	}
}

// AddPackage adds an empty package line. The pointer is good until the next AddPackage.
func (i *Item) AddPackage() *Package { return add(&i.Packages, Package{}) }

// AddDangerousGoods adds an empty classification. The pointer is good until the next AddDangerousGoods.
func (i *Item) AddDangerousGoods() *DangerousGoods { return add(&i.DangerousGoods, DangerousGoods{}) }

// AddEquipment adds a piece of equipment that holds some of the item. The pointer is good until the next AddEquipment.
func (i *Item) AddEquipment(id string) *ItemEquipment {
	return add(&i.Equipment, ItemEquipment{ID: id})
}

// AddText adds an empty text. The pointer is good until the next AddText.
func (i *Item) AddText() *Text { return add(&i.Texts, Text{}) }

// AddDocument adds an empty document. The pointer is good until the next AddDocument.
func (i *Item) AddDocument() *Document { return add(&i.Documents, Document{}) }

// AddPlace adds an empty place. The pointer is good until the next AddPlace.
func (i *Item) AddPlace() *Place {
	p := grow(&i.Places)
	p.Reset()
	return p
}

// AddParty adds an empty party. The pointer is good until the next AddParty.
func (i *Item) AddParty() *Party {
	p := grow(&i.Parties)
	p.Reset()
	return p
}

// OuterPackages counts the packages that totals count: those of the outer level, and those of no level where no outer
// one is declared. It is absent where no count was declared.
func (i *Item) OuterPackages() Count {
	level := PackageLevel("")
	for k := range i.Packages {
		if i.Packages[k].Level == PackageOuter {
			level = PackageOuter
			break
		}
	}
	var total Count
	for k := range i.Packages {
		if i.Packages[k].Level != level {
			continue
		}
		sum, ok := total.Add(i.Packages[k].Count)
		if !ok {
			return Count{}
		}
		total = sum
	}
	return total
}

func (i *Item) clone() Item {
	c := *i
	c.Packages, c.DangerousGoods, c.Equipment = copyOf(i.Packages), copyOf(i.DangerousGoods), copyOf(i.Equipment)
	c.Commodities, c.Handling, c.Texts = copyOf(i.Commodities), copyOf(i.Handling), copyOf(i.Texts)
	c.Documents, c.References, c.Amounts = copyOf(i.Documents), copyOf(i.References), copyOf(i.Amounts)
	c.Quantities, c.Indicators, c.Measures = copyOf(i.Quantities), copyOf(i.Indicators), copyOf(i.Measures)
	c.Places, c.Parties = cloneAll(i.Places), cloneAll(i.Parties)
	return c
}
