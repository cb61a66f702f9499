package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
	"cargogate/internal/validate"
)

// setPlace fills a place from a LOC: 3227, C517 with code, list and name, C519 with the place within it.
func (m *Mapper) setPlace(p *cargo.Place) {
	q := m.raw(1, 1)
	p.RoleCode, p.Role = m.str(1, 1), m.placeRole(q)
	p.Source = m.span()
	code, list, agency := m.raw(2, 1), m.raw(2, 2), m.raw(2, 3)
	p.Name = m.str(2, 4)
	switch {
	case len(code) == 0:
	case isLocode(code, list, agency):
		p.Locode = m.str(2, 1)
		if string(list) == "139" && string(agency) == "6" { // what nearly everybody sends is not repeated
			m.mark(2, 2)
			m.mark(2, 3)
		} else if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
		slot, key, known := m.words.known(p.Locode)
		if !known && !validate.PlaceUnknown(p.Locode) {
			*slot, known = key, true // a place of the list has five characters
		}
		if known {
			p.Country = p.Locode[:2]
		} else {
			m.find(diag.UnknownPlace, 2, 1, diag.A("place", p.Locode), diag.A("role", string(p.Role)))
		}
	case isCountry(q, code, list):
		p.Country = m.str(2, 1)
		if string(list) == "162" && string(agency) == "5" {
			m.mark(2, 2)
			m.mark(2, 3)
		} else if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
		if !refdata.Country(code) {
			m.find(diag.UnknownCountry, 2, 1, diag.A("country", p.Country), diag.A("role", string(p.Role)))
		}
	default:
		p.Code = m.str(2, 1)
		if len(list)+len(agency) > 0 {
			p.List = m.list(2, 2)
		}
	}
	if !m.has(3) {
		return
	}
	if code := m.str(3, 1); code != "" {
		p.Facility = code
	} else {
		p.Facility = m.str(3, 4)
	}
}

// isLocode reports whether a place is declared as a UN/LOCODE: by the list of ports (139, which stands in either slot
// in the field), by the agency (6: UN/ECE), or by its form alone.
func isLocode(code, list, agency []byte) bool {
	if string(list) == "139" || string(agency) == "139" {
		return true
	}
	switch {
	case string(list) == "162", len(code) == 2:
		return false
	case string(agency) == "6":
		return true
	}
	if len(list)+len(agency) > 0 || len(code) != 5 {
		return false
	}
	for _, c := range code[:2] {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// isCountry reports whether a place is declared as a country: by the list (162), or by two letters in a role of
// countries (DE 3227).
func isCountry(qualifier, code, list []byte) bool {
	if string(list) == "162" {
		return true
	}
	if len(list) > 0 || len(code) != 2 {
		return false
	}
	switch string(qualifier) {
	case "25", "27", "28", "30", "35", "36", "37", "38", "39", "40", "49", "52", "86", "101", "113", "120", "121", "126", "148", "162":
		return true
	}
	return false
}
