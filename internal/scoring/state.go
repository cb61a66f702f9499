package scoring

// State says what is known of a feature. The order is that of how much is known, and the zero value claims nothing.
type State uint8

// States.
const (
	NotDerivable State = iota // declared, but not usable; or the other side of a comparison is missing; or it does not apply
	Absent                    // not declared, where it could have been
	Known                     // looked at: the observations are what was found, none means that there is nothing to find
)

// String gives the word for people.
func (s State) String() string {
	return [...]string{"not derivable", "absent", "known"}[min(s, Known)]
}

// Verdict is what an indicator says of a vector, in Kleene's three-valued logic: the order is that of truth.
type Verdict uint8

// Verdicts. Unsure is the answer where a feature that would decide is absent or not derivable; it brings no points.
const (
	Quiet Verdict = iota
	Unsure
	Fired
)

// String gives the word for people.
func (v Verdict) String() string { return [...]string{"quiet", "unsure", "fired"}[min(v, Fired)] }

// and is true where both are.
func (v Verdict) and(o Verdict) Verdict { return min(v, o) }

// or is true where one is.
func (v Verdict) or(o Verdict) Verdict { return max(v, o) }
