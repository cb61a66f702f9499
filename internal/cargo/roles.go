package cargo

import "strings"

// Role is what a party does in a consignment or filing.
type Role string

// Roles. A party with another function is "other:" and the code of its standard; see OtherRole.
const (
	RoleConsignor    Role = "consignor"
	RoleConsignee    Role = "consignee"
	RoleNotify       Role = "notify"
	RoleAgent        Role = "agent"
	RoleForwarder    Role = "forwarder"
	RoleCarrier      Role = "carrier"
	RoleDeclarant    Role = "declarant"
	RoleConsolidator Role = "consolidator"
	RoleBuyer        Role = "buyer"
	RoleSeller       Role = "seller"
)

// OtherRole names a role that has no word here, by the code of its standard (DE 3035): "other:CF". It makes a new
// string; a mapper that meets the same code again keeps it.
func OtherRole(code string) Role { return Role(otherPrefix + code) }

// Other gives the code of a role without a word.
func (r Role) Other() (code string, ok bool) { return strings.CutPrefix(string(r), otherPrefix) }

// PlaceRole is what a place is to a consignment or call.
type PlaceRole string

// Place roles. A place with another function is "other:" and the code of its standard; see OtherPlaceRole.
const (
	PlaceOrigin        PlaceRole = "origin"
	PlaceReceipt       PlaceRole = "receipt"
	PlaceLoading       PlaceRole = "loading"
	PlaceTranshipment  PlaceRole = "transhipment"
	PlaceDischarge     PlaceRole = "discharge"
	PlaceDelivery      PlaceRole = "delivery"
	PlaceDestination   PlaceRole = "destination"
	PlaceLastPort      PlaceRole = "last_port"
	PlaceFirstArrival  PlaceRole = "first_arrival"
	PlaceCustomsOffice PlaceRole = "customs_office"
)

// OtherPlaceRole names a place role that has no word here, by the code of its standard (DE 3227): "other:61".
func OtherPlaceRole(code string) PlaceRole { return PlaceRole(otherPrefix + code) }

// Other gives the code of a place role without a word.
func (r PlaceRole) Other() (code string, ok bool) { return strings.CutPrefix(string(r), otherPrefix) }

// DocumentKind is the kind of a document that a consignment names.
type DocumentKind string

// Document kinds. Bill and AWB are for one that does not say whether it is master or house; previous is an earlier
// declaration or document; ucr is a unique consignment reference.
const (
	DocumentMasterBill DocumentKind = "master_bill"
	DocumentHouseBill  DocumentKind = "house_bill"
	DocumentBill       DocumentKind = "bill"
	DocumentMasterAWB  DocumentKind = "master_awb"
	DocumentHouseAWB   DocumentKind = "house_awb"
	DocumentAWB        DocumentKind = "awb"
	DocumentBooking    DocumentKind = "booking"
	DocumentManifest   DocumentKind = "manifest"
	DocumentPrevious   DocumentKind = "previous"
	DocumentUCR        DocumentKind = "ucr"
)

// IsTransport reports whether the kind is a transport document: a bill or an air waybill, of any level.
func (k DocumentKind) IsTransport() bool {
	switch k {
	case DocumentMasterBill, DocumentHouseBill, DocumentBill, DocumentMasterAWB, DocumentHouseAWB, DocumentAWB:
		return true
	}
	return false
}
