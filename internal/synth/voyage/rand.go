package voyage

// A rng is the splitmix64 generator, written out so that no release of Go changes what a seed gives.
type rng struct{ s uint64 }

// u gives the next 64 bits.
func (r *rng) u() uint64 {
	r.s += 0x9E3779B97F4A7C15
	return mix(r.s)
}

func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// n gives a number from 0 to n-1; n must be above 0.
func (r *rng) n(n int) int { return int(r.u() % uint64(n)) }

// in gives a number from a to b, both included.
func (r *rng) in(a, b int) int {
	if b <= a {
		return a
	}
	return a + r.n(b-a+1)
}

// pct is true in p of 100 cases.
func (r *rng) pct(p int) bool { return r.n(100) < p }

// ppm is true in p of a million cases.
func (r *rng) ppm(p int) bool { return r.n(1000000) < p }

// pick gives one entry of a list that is not empty.
func pick[T any](r *rng, l []T) T { return l[r.n(len(l))] }

// zipf gives a number from 0 to n-1, small ones more often: about one over the rank.
func (r *rng) zipf(n int) int {
	// The rank is n to the power of a uniform exponent, by halving: each step down the ranges is as likely as the other.
	span := n
	for span > 4 && r.n(3) > 0 {
		span = (span + 1) / 2
	}
	return r.n(span)
}

// Streams of random numbers, one for each thing that is made. A stream is keyed by where the thing stands, so that it
// can be made again without what stands before it.
const (
	forWorld = iota + 1
	forCall
	forPart
	forSlot
	forBill
	forCompany
	forTrade
	forFile
	forSerial
	forPlant
	forCase
)

// stream gives the generator of one thing.
func stream(seed uint64, what uint64, place ...uint64) rng {
	z := mix(seed ^ what*0xD1342543DE82EF95)
	for _, p := range place {
		z = mix(z ^ p*0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019)
	}
	return rng{z}
}
