package cuscar

import "cargogate/internal/cargo"

// partyRole gives the role of a party qualifier (DE 3035).
func (m *Mapper) partyRole(code []byte) cargo.Role {
	switch string(code) {
	case "CZ", "OS", "EX":
		return cargo.RoleConsignor
	case "CN":
		return cargo.RoleConsignee
	case "NI", "N1", "N2":
		return cargo.RoleNotify
	case "CG", "AG", "CX":
		return cargo.RoleAgent
	case "FW":
		return cargo.RoleForwarder
	case "CA":
		return cargo.RoleCarrier
	case "DT":
		return cargo.RoleDeclarant
	case "CS":
		return cargo.RoleConsolidator
	case "BY":
		return cargo.RoleBuyer
	case "SE":
		return cargo.RoleSeller
	case "":
		return ""
	}
	return cargo.Role(m.words.get('p', code, func(s string) string { return string(cargo.OtherRole(s)) }))
}

// placeRole gives the role of a place qualifier (DE 3227).
func (m *Mapper) placeRole(code []byte) cargo.PlaceRole {
	switch string(code) {
	case "9":
		return cargo.PlaceLoading
	case "11", "12":
		return cargo.PlaceDischarge
	case "7", "83":
		return cargo.PlaceDelivery
	case "8", "20", "28":
		return cargo.PlaceDestination
	case "13":
		return cargo.PlaceTranshipment
	case "88", "10":
		return cargo.PlaceReceipt
	case "27":
		return cargo.PlaceOrigin
	case "125":
		return cargo.PlaceLastPort
	case "60", "78", "79", "87":
		return cargo.PlaceFirstArrival
	case "22", "41", "42":
		return cargo.PlaceCustomsOffice
	case "":
		return ""
	}
	return cargo.PlaceRole(m.words.get('l', code, func(s string) string { return string(cargo.OtherPlaceRole(s)) }))
}
