package scoring

import "strconv"

// A Field is a place in a consignment record without its indexes. Numbers are kept for ever: stored vectors hold them.
type Field uint8

// Path is a JSON pointer (RFC 6901) into the consignment record, or below /context into the Input beside it, kept as
// the number of its form and up to two indexes. The zero value is no path.
type Path struct {
	Field Field
	I, J  uint32
}

// The fields that features name. New ones go to the end.
const (
	noField Field = iota
	fieldItems
	fieldDescription
	fieldHS
	fieldItemOrigin
	fieldPackages
	fieldPackage
	fieldItemGross
	fieldItemNet
	fieldItemVolume
	fieldDangerous
	fieldUN
	fieldClass
	fieldPackingGroup
	fieldParties
	fieldParty
	fieldName
	fieldAddress
	fieldCity
	fieldPartyCountry
	fieldContacts
	fieldContact
	fieldEquipment
	fieldEquipmentID
	fieldSizeType
	fieldFullness
	fieldSeals
	fieldSeal
	fieldGross
	fieldVGM
	fieldTare
	fieldPlaces
	fieldPlace
	fieldETA
	fieldIMO
	fieldDocuments
	fieldDocument
	fieldDeclaredMass
	fieldDeclaredPackages
	fieldDeclaredVolume
	fieldComputedMass
	fieldComputedPackages
	fieldBillType
	fieldFlow
	fieldMode
	fieldLevel
	fieldContextReceived
	fieldContextAmendments
	fieldContextChange
	fieldContextHouses
	fieldContextHouseMass
	fieldContextHousePackages
	fieldContextSeals
	numFields
)

// fieldForms are the pointers; # stands for an index.
var fieldForms = [numFields]string{
	fieldItems:                "/items",
	fieldDescription:          "/items/#/description",
	fieldHS:                   "/items/#/hs",
	fieldItemOrigin:           "/items/#/origin",
	fieldPackages:             "/items/#/packages",
	fieldPackage:              "/items/#/packages/#",
	fieldItemGross:            "/items/#/gross_mass",
	fieldItemNet:              "/items/#/net_mass",
	fieldItemVolume:           "/items/#/volume",
	fieldDangerous:            "/items/#/dangerous_goods",
	fieldUN:                   "/items/#/dangerous_goods/#/un",
	fieldClass:                "/items/#/dangerous_goods/#/class",
	fieldPackingGroup:         "/items/#/dangerous_goods/#/packing_group",
	fieldParties:              "/parties",
	fieldParty:                "/parties/#",
	fieldName:                 "/parties/#/name",
	fieldAddress:              "/parties/#/address",
	fieldCity:                 "/parties/#/city",
	fieldPartyCountry:         "/parties/#/country",
	fieldContacts:             "/parties/#/contacts",
	fieldContact:              "/parties/#/contacts/#/value",
	fieldEquipment:            "/equipment",
	fieldEquipmentID:          "/equipment/#/id",
	fieldSizeType:             "/equipment/#/size_type",
	fieldFullness:             "/equipment/#/fullness",
	fieldSeals:                "/equipment/#/seals",
	fieldSeal:                 "/equipment/#/seals/#",
	fieldGross:                "/equipment/#/gross",
	fieldVGM:                  "/equipment/#/vgm",
	fieldTare:                 "/equipment/#/tare",
	fieldPlaces:               "/places",
	fieldPlace:                "/places/#",
	fieldETA:                  "/call/eta",
	fieldIMO:                  "/call/conveyance/imo",
	fieldDocuments:            "/documents",
	fieldDocument:             "/documents/#/number",
	fieldDeclaredMass:         "/totals/declared/gross_mass_kg",
	fieldDeclaredPackages:     "/totals/declared/packages",
	fieldDeclaredVolume:       "/totals/declared/volume_m3",
	fieldComputedMass:         "/totals/computed/gross_mass_kg",
	fieldComputedPackages:     "/totals/computed/packages",
	fieldBillType:             "/bill_type",
	fieldFlow:                 "/flow",
	fieldMode:                 "/mode",
	fieldLevel:                "/level",
	fieldContextReceived:      "/context/received",
	fieldContextAmendments:    "/context/amendments",
	fieldContextChange:        "/context/amendments/changes/#",
	fieldContextHouses:        "/context/houses",
	fieldContextHouseMass:     "/context/houses/gross_mass_kg",
	fieldContextHousePackages: "/context/houses/packages",
	fieldContextSeals:         "/context/seals",
}

// fieldIndexes says how many indexes each form has, so that a vector with others is not canonical.
var fieldIndexes = func() (n [numFields]uint8) {
	for f, form := range fieldForms {
		for i := range len(form) {
			if form[i] == '#' {
				n[f]++
			}
		}
	}
	return n
}()

// IsZero reports whether there is no path.
func (p Path) IsZero() bool { return p.Field == noField }

// String gives the pointer: "/items/0/description".
func (p Path) String() string { return string(p.appendTo(nil)) }

func (p Path) appendTo(dst []byte) []byte {
	if p.Field >= numFields {
		return dst
	}
	index := p.I
	form := fieldForms[p.Field]
	for i := range len(form) {
		if form[i] != '#' {
			dst = append(dst, form[i])
			continue
		}
		dst = strconv.AppendUint(dst, uint64(index), 10)
		index = p.J
	}
	return dst
}

// path makes a path from indexes of slices.
func path(f Field, index ...int) Path {
	p := Path{Field: f}
	if len(index) > 0 {
		p.I = uint32(index[0])
	}
	if len(index) > 1 {
		p.J = uint32(index[1])
	}
	return p
}
