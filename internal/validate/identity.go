package validate

import "cargogate/internal/refdata"

// An IdentityFault says what is wrong with a number that carries a check digit.
type IdentityFault uint8

// Faults of an identity.
const (
	IdentityRight IdentityFault = iota
	IdentityForm                // not the form of its standard
	IdentityDigit               // the form is right and the check digit is not
)

// Container checks a container number as declared (ISO 6346): capital letters and digits, nothing between them.
// expected is the right check digit where that is the fault.
func Container(id string) (fault IdentityFault, expected byte) {
	if !refdata.ContainerForm(id) {
		return IdentityForm, 0
	}
	if digit, _ := refdata.ContainerCheckDigit(id); digit != id[10] {
		return IdentityDigit, digit
	}
	return IdentityRight, 0
}

// MeantAsContainer reports whether an identity without a declared kind is meant to be a container number, right or
// wrong: four letters and then digits, or a number of the right form.
func MeantAsContainer(id string) bool {
	if len(id) < 10 || len(id) > 12 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if i < 4 && (c < 'A' || c > 'Z') || i >= 4 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// IMO checks a ship's IMO number as declared: seven digits. expected is the right check digit where that is the fault.
func IMO(id string) (fault IdentityFault, expected byte) {
	if !refdata.IMOForm(id) {
		return IdentityForm, 0
	}
	if digit, _ := refdata.IMOCheckDigit(id); digit != id[6] {
		return IdentityDigit, digit
	}
	return IdentityRight, 0
}
