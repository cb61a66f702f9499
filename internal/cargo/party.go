package cargo

// Party is somebody with a role: name and address as declared, identifiers, and ways to reach them.
type Party struct {
	Role        Role         `json:"role,omitempty"`
	Name        string       `json:"name,omitempty"`        // as declared; parts joined by a space (DE 3036)
	Address     []string     `json:"address,omitempty"`     // lines, and street (DE 3124, DE 3042)
	City        string       `json:"city,omitempty"`        // DE 3164
	Region      string       `json:"region,omitempty"`      // DE 3229
	Postcode    string       `json:"postcode,omitempty"`    // DE 3251
	Country     string       `json:"country,omitempty"`     // ISO 3166-1 alpha-2, as declared (DE 3207)
	Identifiers []Identifier `json:"identifiers,omitempty"` // DE 3039 and references of the party
	Contacts    []Contact    `json:"contacts,omitempty"`
	RoleCode    string       `json:"role_code,omitempty"` // code of the standard: DE 3035
	Dates       []Date       `json:"dates,omitempty"`
	Source      Range        `json:"source,omitzero"`
}

// Identifier is a number that somebody has given a party, with who or what gave it.
type Identifier struct {
	Scheme string `json:"scheme,omitempty"` // list and agency as declared: "160:20", "SCAC", "EORI"
	Value  string `json:"value,omitempty"`
}

// Contact is one way to reach a party.
type Contact struct {
	Kind  string `json:"kind,omitempty"` // phone, email, fax, telex, or the code of the standard (DE 3155)
	Value string `json:"value,omitempty"`
	Name  string `json:"name,omitempty"` // person or department (DE 3412)
}

// IsZero reports whether the party is absent: no role, name, address or identifier.
func (p Party) IsZero() bool {
	return p.Role == "" && p.Name == "" && len(p.Address) == 0 && len(p.Identifiers) == 0 && p.Country == "" &&
		p.City == "" && p.Region == "" && p.Postcode == "" && p.RoleCode == "" && len(p.Contacts) == 0 &&
		len(p.Dates) == 0 && p.Source.IsZero()
}

// Reset empties the party and keeps its capacity.
func (p *Party) Reset() {
	*p = Party{Address: p.Address[:0], Identifiers: p.Identifiers[:0], Contacts: p.Contacts[:0], Dates: p.Dates[:0]}
}

// AddAddress adds one line of the address.
func (p *Party) AddAddress(line string) { p.Address = append(p.Address, line) }

// AddIdentifier adds one identifier.
func (p *Party) AddIdentifier(scheme, value string) {
	p.Identifiers = append(p.Identifiers, Identifier{scheme, value})
}

// AddContact adds one way to reach the party. The pointer is good until the next AddContact.
func (p *Party) AddContact(kind, value string) *Contact {
	return add(&p.Contacts, Contact{Kind: kind, Value: value})
}

func (p *Party) clone() Party {
	c := *p
	c.Address, c.Identifiers, c.Contacts = copyOf(p.Address), copyOf(p.Identifiers), copyOf(p.Contacts)
	c.Dates = copyOf(p.Dates)
	return c
}

func (p *Party) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("role", string(p.Role))
	o.text("name", p.Name)
	o.texts("address", p.Address)
	o.text("city", p.City)
	o.text("region", p.Region)
	o.text("postcode", p.Postcode)
	o.text("country", p.Country)
	array(&o, "identifiers", p.Identifiers)
	array(&o, "contacts", p.Contacts)
	o.text("role_code", p.RoleCode)
	array(&o, "dates", p.Dates)
	o.span("source", p.Source)
	return o.end()
}

func (i *Identifier) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("scheme", i.Scheme)
	o.text("value", i.Value)
	return o.end()
}

func (c *Contact) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("kind", c.Kind)
	o.text("value", c.Value)
	o.text("name", c.Name)
	return o.end()
}
