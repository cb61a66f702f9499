package cargo

// Place is a place with what it is to a consignment or call.
type Place struct {
	Role     PlaceRole `json:"role,omitempty"`
	Locode   string    `json:"locode,omitempty"`    // UN/LOCODE as declared, right or wrong (DE 3225); see ParseLocode
	Name     string    `json:"name,omitempty"`      // DE 3224
	Country  string    `json:"country,omitempty"`   // ISO 3166-1 alpha-2, as declared or from the UN/LOCODE
	Code     string    `json:"code,omitempty"`      // a code of another list, where it is no UN/LOCODE
	List     string    `json:"list,omitempty"`      // list and agency of Code as declared: "162:5"
	Facility string    `json:"facility,omitempty"`  // terminal, berth or shed within the place (DE 3223)
	RoleCode string    `json:"role_code,omitempty"` // code of the standard: DE 3227
	Times    []Date    `json:"times,omitempty"`
	Source   Range     `json:"source,omitzero"`
}

// Reset empties the place and keeps its capacity.
func (p *Place) Reset() { *p = Place{Times: p.Times[:0]} }

// AddTime adds a time that was declared for this place. The pointer is good until the next AddTime.
func (p *Place) AddTime() *Date { return add(&p.Times, Date{}) }

// IsZero reports whether the place is absent.
func (p Place) IsZero() bool {
	return p.Role == "" && p.Locode == "" && p.Name == "" && p.Country == "" && p.Code == "" && p.List == "" &&
		p.Facility == "" && p.RoleCode == "" && len(p.Times) == 0 && p.Source.IsZero()
}

func (p *Place) clone() Place {
	c := *p
	c.Times = copyOf(p.Times)
	return c
}

func (p *Place) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("role", string(p.Role))
	o.text("locode", p.Locode)
	o.text("name", p.Name)
	o.text("country", p.Country)
	o.text("code", p.Code)
	o.text("list", p.List)
	o.text("facility", p.Facility)
	o.text("role_code", p.RoleCode)
	array(&o, "times", p.Times)
	o.span("source", p.Source)
	return o.end()
}
