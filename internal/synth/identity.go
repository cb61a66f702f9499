package synth

import (
	"fmt"
	"strconv"
)

// containerCheckDigit gives the ISO 6346 check digit of a prefix and serial number of ten characters. A remainder
// of ten is written as 0, as the standard has it.
func containerCheckDigit(s string) byte {
	sum, f := 0, 1
	for k := range 10 {
		c := int(s[k])
		v := c - '0'
		if c >= 'A' {
			v = c - 'A' + 10
			v += (v - 1) / 10 // the letter values leave out 11, 22 and 33
		}
		sum += v * f
		f *= 2
	}
	return byte('0' + sum%11%10)
}

// randomContainer gives the i-th container number of a message from the index alone, so that a goods item can name
// it without a table. Two indexes may share a number: rarely among a hundred, surely among a million.
func randomContainer(seed uint64, i int) string {
	r := rng{seed*1000003 + uint64(i)*0x9E3779B97F4A7C15}
	s := owners[r.n(len(owners))] + fmt.Sprintf("%06d", r.n(1000000))
	return s + string(containerCheckDigit(s))
}

// maxContainers is how many container numbers distinctContainer tells apart: every serial number of every owner.
const maxContainers = 20 * 1000000

// distinctContainer gives the i-th container number of a message like randomContainer, but no two indexes below
// maxContainers share one: the step has no divisor in common with the number of numbers.
func distinctContainer(seed uint64, i int) string {
	const step = 7368787
	base := (&rng{seed}).u() % maxContainers
	k := int((base + uint64(i)*step) % maxContainers)
	s := owners[k%len(owners)] + fmt.Sprintf("%06d", k/len(owners))
	return s + string(containerCheckDigit(s))
}

// imoCheckDigit gives the check digit of the first six digits of an IMO ship identification number: the last digit
// of the sum of the digits weighted 7 to 2.
func imoCheckDigit(s string) byte {
	t := 0
	for i := range 6 {
		t += int(s[i]-'0') * (7 - i)
	}
	return byte('0' + t%10)
}

// imoNumber gives a seven-digit IMO number with its check digit.
func imoNumber(r *rng) string {
	s := strconv.Itoa(r.in(900000, 989999))
	return s + string(imoCheckDigit(s))
}
