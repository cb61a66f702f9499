package synth

// A rng is the splitmix64 generator. It is written out here instead of taken from math/rand so that the bytes that
// a seed gives never change with a release of Go.
type rng struct{ s uint64 }

// u gives the next 64 bits.
func (r *rng) u() uint64 {
	r.s += 0x9E3779B97F4A7C15
	z := r.s
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// n gives a number from 0 to n-1; n must be above 0.
func (r *rng) n(n int) int { return int(r.u() % uint64(n)) }

// in gives a number from a to b, both included.
func (r *rng) in(a, b int) int { return a + r.n(b-a+1) }

// pct is true in p of 100 cases.
func (r *rng) pct(p int) bool { return r.n(100) < p }

// pick gives one entry of a list that is not empty.
func pick[T any](r *rng, l []T) T { return l[r.n(len(l))] }
