package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
)

// A partyState is the party that CTA, COM, RFF and DTM behind a NAD belong to.
type partyState struct {
	p       *cargo.Party
	contact string // name of the contact at hand
	waiting bool   // the last of p.Contacts has no way to reach the contact yet
}

// setParty fills a party from a NAD: 3035, C082 identifier, C058 lines of name and address, C080 name, C059 street,
// 3164 city, 3229 region, 3251 postcode, 3207 country.
func (m *Mapper) setParty(p *cargo.Party) {
	p.Role, p.RoleCode = m.partyRole(m.raw(1, 1)), m.str(1, 1)
	p.Source = m.span()
	if id := m.str(2, 1); id != "" {
		p.AddIdentifier(m.list(2, 2), id)
	}
	p.Name = m.join(4, 1, 5, ' ')
	for c := 1; c <= m.components(3, 5); c++ {
		line := m.str(3, c)
		switch {
		case line == "":
		case p.Name == "":
			p.Name = line
		default:
			p.AddAddress(line)
		}
	}
	for c := 1; c <= m.components(5, 4); c++ {
		if line := m.str(5, c); line != "" {
			p.AddAddress(line)
		}
	}
	if !m.has(6) {
		return
	}
	p.City = m.str(6, 1)
	if p.Region = m.str(7, 1); p.Region == "" {
		p.Region = m.str(7, 4) // C819 from D.99B on: the name
	}
	p.Postcode = m.str(8, 1)
	if p.Country = m.str(9, 1); p.Country != "" && !refdata.Country(p.Country) {
		m.find(diag.UnknownCountry, 9, 1, diag.A("country", p.Country), diag.A("role", string(p.Role)))
	}
}

// addContact takes a CTA: 3139 function, C056 with a department's code and a name.
func (m *Mapper) addContact(st *partyState) bool {
	if st.p == nil {
		return false
	}
	m.markIf(1, 1, "IC") // information contact
	st.contact = m.str(2, 2)
	if st.contact == "" {
		st.contact = m.str(2, 1)
	}
	if st.contact != "" {
		st.p.AddContact("", "").Name = st.contact
		st.waiting = true
	}
	return true
}

// addChannels takes a COM: C076 with number and channel, repeated in later releases by position or, in syntax version 4,
// by repetition.
func (m *Mapper) addChannels(st *partyState) bool {
	if st.p == nil {
		return false
	}
	for e := 1; e <= min(3, m.s.NumElements()); e++ {
		for r := 1; r <= m.s.NumRepeats(e); r++ {
			number, channel := m.s.RepeatComponent(e, r, 1), m.s.RepeatComponent(e, r, 2)
			if len(number)+len(channel) == 0 {
				continue
			}
			kind, value := m.channel(channel), m.text.String(m.s, number)
			if st.waiting {
				c := &st.p.Contacts[len(st.p.Contacts)-1]
				c.Kind, c.Value = kind, value
				st.waiting = false
			} else {
				st.p.AddContact(kind, value).Name = st.contact
			}
			if r == 1 {
				m.mark(e, 1)
				m.mark(e, 2)
			}
		}
		if m.s.NumRepeats(e) > 1 {
			m.markRepeats(e)
		}
	}
	return true
}

// addPartyReference takes a RFF behind a NAD.
func (m *Mapper) addPartyReference(st *partyState) bool {
	if st.p == nil {
		return false
	}
	qualifier, number := m.reference()
	st.p.AddIdentifier(qualifier, number)
	return true
}

// addPartyDate takes a DTM behind a NAD.
func (m *Mapper) addPartyDate(st *partyState) bool {
	if st.p == nil {
		return false
	}
	st.p.Dates = append(st.p.Dates, cargo.Date{})
	m.setDate(&st.p.Dates[len(st.p.Dates)-1])
	return true
}

// beginParty begins a party whose NAD is missing.
func (m *Mapper) beginParty(trigger role) {
	if trigger == roleFilingNAD {
		m.filing.party = partyState{p: m.filing.f.AddParty()}
	} else if m.bill.open {
		m.bill.party = partyState{p: m.bill.c.AddParty()}
	}
}
