package refdata

// IMOCheckDigit computes the last digit of a ship's IMO number from its first six: each is multiplied by its place
// counted from 7 down to 2, and the last digit of the sum is the answer (IMO ship identification number scheme).
func IMOCheckDigit[T Text](id T) (digit byte, ok bool) {
	if len(id) < 6 {
		return 0, false
	}
	sum := 0
	for i := range 6 {
		if !isDigit(id[i]) {
			return 0, false
		}
		sum += int(id[i]-'0') * (7 - i)
	}
	return '0' + byte(sum%10), true
}

// IMOForm reports whether id has the form of an IMO number: seven digits, without the letters IMO.
func IMOForm[T Text](id T) bool { return digits(id, 7) }

// IMOValid reports whether id is an IMO number with the right check digit.
func IMOValid[T Text](id T) bool {
	if !IMOForm(id) {
		return false
	}
	digit, _ := IMOCheckDigit(id)
	return id[6] == digit
}

// AirWaybillCheckDigit computes the last digit of an air waybill's serial number from its first seven: their value
// modulo 7 (IATA Resolution 600a).
func AirWaybillCheckDigit[T Text](serial T) (digit byte, ok bool) {
	if len(serial) < 7 {
		return 0, false
	}
	n := 0
	for i := range 7 {
		if !isDigit(serial[i]) {
			return 0, false
		}
		n = n*10 + int(serial[i]-'0')
	}
	return '0' + byte(n%7), true
}

// UNNumberForm reports whether code has the form of a United Nations number for dangerous goods: four digits (UN Model
// Regulations, dangerous goods list; DE 7124).
func UNNumberForm[T Text](code T) bool { return digits(code, 4) }

func digits[T Text](s T, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range n {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
