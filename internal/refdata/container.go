package refdata

// containerValue gives the value of a character for the check digit: digits are themselves, letters count from 10 and
// leave out the multiples of 11 (ISO 6346, annex A). 0xff stands for a character that has none.
var containerValue = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xff
	}
	for c := byte('0'); c <= '9'; c++ {
		v[c] = c - '0'
	}
	n := byte(10)
	for c := byte('A'); c <= 'Z'; c++ {
		if n%11 == 0 {
			n++
		}
		v[c] = n
		n++
	}
	return v
}()

// ContainerForm reports whether id has the form of a container number: three letters of the owner, U, J or Z for the
// category, six digits and the check digit (ISO 6346). The check digit need not be right.
func ContainerForm[T Text](id T) bool {
	if len(id) != 11 || !containerStem(id) {
		return false
	}
	return isDigit(id[10])
}

// ContainerCheckDigit computes the check digit, '0' to '9', from the first ten characters of a container number
// (ISO 6346); ok is false where those do not have its form. What comes after them is not looked at.
func ContainerCheckDigit[T Text](id T) (digit byte, ok bool) {
	if len(id) < 10 || !containerStem(id) {
		return 0, false
	}
	sum := 0
	for i := range 10 {
		sum += int(containerValue[id[i]]) << i
	}
	// A remainder of 10 is written 0; the standard asks owners not to issue such serials, but they are about.
	return '0' + byte(sum%11%10), true
}

// ContainerValid reports whether id is a container number with the right check digit (ISO 6346).
func ContainerValid[T Text](id T) bool {
	if !ContainerForm(id) {
		return false
	}
	digit, _ := ContainerCheckDigit(id)
	return id[10] == digit
}

// ContainerParts are the pieces of a container number (ISO 6346).
type ContainerParts struct {
	Owner    [3]byte // BIC code, a3
	Category byte    // U freight container, J detachable equipment, Z trailer or chassis
	Serial   [6]byte // n6
	Check    byte    // as written, right or wrong
}

// SplitContainer takes a container number apart; ok is false where id does not have the form of one.
func SplitContainer[T Text](id T) (p ContainerParts, ok bool) {
	if !ContainerForm(id) {
		return p, false
	}
	for i := range p.Owner {
		p.Owner[i] = id[i]
	}
	p.Category = id[3]
	for i := range p.Serial {
		p.Serial[i] = id[4+i]
	}
	p.Check = id[10]
	return p, true
}

func containerStem[T Text](id T) bool {
	for i := range 3 {
		if !isUpper(id[i]) {
			return false
		}
	}
	if id[3] != 'U' && id[3] != 'J' && id[3] != 'Z' {
		return false
	}
	for i := 4; i < 10; i++ {
		if !isDigit(id[i]) {
			return false
		}
	}
	return true
}
