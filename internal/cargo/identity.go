package cargo

import (
	"errors"
	"strings"

	"cargogate/internal/refdata"
)

// Errors of the Parse functions below.
var (
	ErrForm       = errors.New("cargo: the identity does not have the form of its standard")
	ErrCheckDigit = errors.New("cargo: the check digit is wrong")
	ErrCountry    = errors.New("cargo: the country is not in ISO 3166-1")
)

// ContainerNumber is a container number with a right check digit (ISO 6346): "MSKU9070323".
type ContainerNumber string

// ParseContainerNumber reads a container number. Spaces and a hyphen between its parts and small letters are accepted;
// the result is without them. The error is ErrForm or ErrCheckDigit.
func ParseContainerNumber(s string) (ContainerNumber, error) {
	s = plain(s)
	switch {
	case refdata.ContainerValid(s):
		return ContainerNumber(s), nil
	case refdata.ContainerForm(s):
		return "", ErrCheckDigit
	}
	return "", ErrForm
}

// Owner gives the code of the owner or operator (BIC code, a3).
func (n ContainerNumber) Owner() string {
	if len(n) < 3 {
		return ""
	}
	return string(n[:3])
}

// IMONumber is a ship's identification number with a right check digit (IMO): seven digits, "9074729".
type IMONumber string

// ParseIMONumber reads an IMO number, with or without the letters IMO before it. The error is ErrForm or ErrCheckDigit.
func ParseIMONumber(s string) (IMONumber, error) {
	s = strings.TrimPrefix(plain(s), "IMO")
	switch {
	case refdata.IMOValid(s):
		return IMONumber(s), nil
	case refdata.IMOForm(s):
		return "", ErrCheckDigit
	}
	return "", ErrForm
}

// AirWaybill is the number of an air waybill with a right check digit (IATA Resolution 600a), written with the hyphen:
// "020-12345675".
type AirWaybill string

// ParseAirWaybill reads an air waybill number: three digits of the airline, seven of the serial, the check digit, with
// or without a hyphen or spaces. The error is ErrForm or ErrCheckDigit.
func ParseAirWaybill(s string) (AirWaybill, error) {
	digits := plain(s)
	if len(digits) != 11 || strings.Trim(digits, "0123456789") != "" {
		return "", ErrForm
	}
	if check, _ := refdata.AirWaybillCheckDigit(digits[3:]); digits[10] != check {
		return "", ErrCheckDigit
	}
	if len(s) == 12 && s[3] == '-' {
		return AirWaybill(s), nil
	}
	return AirWaybill(digits[:3] + "-" + digits[3:]), nil
}

// Prefix gives the three digits of the airline.
func (a AirWaybill) Prefix() string {
	if len(a) < 3 {
		return ""
	}
	return string(a[:3])
}

// Locode is a UN/LOCODE of the right form in a country that exists: "NLRTM". Whether the place exists is a matter of
// the list in use; see refdata.LookupLocode.
type Locode string

// ParseLocode reads a UN/LOCODE; a space after the country and small letters are accepted. The error is ErrForm or
// ErrCountry.
func ParseLocode(s string) (Locode, error) {
	s = plain(s)
	switch refdata.Locode(s) {
	case refdata.Malformed:
		return "", ErrForm
	case refdata.UnknownCountry:
		return "", ErrCountry
	}
	return Locode(s), nil
}

// Country gives the country of the place (ISO 3166-1 alpha-2, or XZ for international waters).
func (l Locode) Country() string {
	if len(l) < 2 {
		return ""
	}
	return string(l[:2])
}

// plain takes spaces and hyphens out and makes letters capital. It allocates only where there is something to change.
func plain(s string) string {
	clean := true
	for i := range len(s) {
		if c := s[i]; c == ' ' || c == '-' || 'a' <= c && c <= 'z' {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
