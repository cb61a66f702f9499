package voyage

import (
	"strconv"

	"cargogate/internal/refdata"
)

// A world is what does not change while traffic goes by: who trades and ships, and how.
type world struct {
	seed    uint64
	traders int // companies of a line of business in a country

	menu                        menu
	flavours                    []flavour
	weights                     []int // of each typology
	typologyRate, lookalikeRate int64 // of a weight of 1 and a billion consignments that could show a typology
}

func newWorld(seed uint64, consignments int) *world {
	return &world{seed: mix(seed ^ 0xC0FFEE), traders: 10 + consignments/600}
}

// scatter maps the numbers below a prime, of 32 bits at most, onto each other, so that what is counted does not look counted.
func (w *world) scatter(k, prime uint64) uint64 {
	r := stream(w.seed, forSerial, prime)
	a := 1 + r.u()%(prime-1)
	b := r.u() % prime
	return (a*(k%prime) + b) % prime
}

// imoNumber gives a ship's number from its first six digits.
func imoNumber(six int) string {
	s := strconv.Itoa(six)
	digit, _ := refdata.IMOCheckDigit(s + "0")
	return s + string(digit)
}

// Room for the numbers of bills: so many calls, and so many consignments of each.
const (
	billsOfCall = 1 << 13
	numberPrime = 99999989 // the largest prime of eight digits
	mostCalls   = numberPrime / billsOfCall
)

// billNumber gives the number of the k-th bill of a call in the pattern of its issuer. No two bills share one.
func (w *world) billNumber(f *filer, call, k int) string {
	n := w.scatter(uint64(call*billsOfCall+k), numberPrime)
	r := stream(w.seed, forSerial, uint64(f.index), n)
	return f.code + numbered(f.bill, n, &r)
}

// numbered fills a pattern: n goes into its last eight places, digits and letters alike, and the rest is drawn.
func numbered(p string, n uint64, r *rng) string {
	b := []byte(p)
	left := 8
	for i := len(b) - 1; i >= 0; i-- {
		base, first := uint64(10), byte('0')
		switch b[i] {
		case 'A':
			base, first = 26, 'A'
		case '9':
		default:
			continue
		}
		if left == 0 {
			n = r.u()
		}
		left--
		b[i] = first + byte(n%base)
		n /= base
	}
	return string(b)
}

// containerNumber gives the k-th container number of a call under a prefix: different ones within the call, and rarely
// one of another call.
func (w *world) containerNumber(prefix string, call, k int) string {
	r := stream(w.seed, forSerial, uint64(call), 7)
	const prime = 999983
	n := (r.u()%prime + uint64(k)*(1+r.u()%(prime-1))) % prime
	s := strconv.Itoa(int(n) + 1000000)[1:]
	digit, _ := refdata.ContainerCheckDigit(prefix + s + "0")
	return prefix + s + string(digit)
}
