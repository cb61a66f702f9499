package scoring

// maxObservations is how many observations of one feature a vector keeps; how many there were is counted all the same.
const maxObservations = 6

// maxText is the most bytes of a text that an observation keeps.
const maxText = 60

// Observation is one thing that a feature found: a number in the feature's unit, a text, and where in the consignment it
// stands. Other is the second place of a comparison.
type Observation struct {
	Number int64
	Text   string
	At     Path
	Other  Path
}

// A Vector is all that is known of a consignment for scoring: for every feature its state and what it found. The zero
// value knows nothing. It is flat and large; keep one and fill it again.
type Vector struct {
	values [NumFeatures]value
}

type value struct {
	state State
	n     uint8  // observations kept
	total uint32 // observations made
	obs   [maxObservations]Observation
}

// Reset forgets everything.
func (v *Vector) Reset() {
	for i := range v.values {
		x := &v.values[i]
		x.state, x.total = NotDerivable, 0
		clear(x.obs[:x.n]) // texts of the last consignment are let go
		x.n = 0
	}
}

// State gives the state of a feature.
func (v *Vector) State(f FeatureNumber) State { return v.values[f].state }

// Observations gives what a feature found, as far as it was kept. The slice belongs to the vector.
func (v *Vector) Observations(f FeatureNumber) []Observation {
	x := &v.values[f]
	return x.obs[:x.n]
}

// Total says how many observations there were, kept or not.
func (v *Vector) Total(f FeatureNumber) int { return int(v.values[f].total) }

// Forget makes a feature not derivable: what is not known of it brings no points.
func (v *Vector) Forget(f FeatureNumber) { v.values[f] = value{} }

// settle drops what was observed of features that turned out not to be derivable.
func (v *Vector) settle() {
	for i := range v.values {
		if x := &v.values[i]; x.state == NotDerivable && x.n > 0 {
			clear(x.obs[:x.n])
			x.n, x.total = 0, 0
		}
	}
}

// setState says how much is known. What was observed stays.
func (v *Vector) setState(f FeatureNumber, s State) { v.values[f].state = s }

// looked marks a feature as known, with nothing found so far.
func (v *Vector) looked(features ...FeatureNumber) {
	for _, f := range features {
		v.values[f].state = Known
	}
}

// absent marks a feature as not declared, and says where it would stand.
func (v *Vector) absent(f FeatureNumber, at Path) {
	v.values[f].state = Absent
	v.add(f, Observation{At: at})
}

// know sets a feature that is one number.
func (v *Vector) know(f FeatureNumber, number int64, at Path) {
	v.values[f].state = Known
	v.add(f, Observation{Number: number, At: at})
}

// add adds an observation. Where there are more than fit, the feature's own order says which stay: the greatest, the
// least, or the first. Equal ones stay in the order in which they came.
func (v *Vector) add(f FeatureNumber, o Observation) {
	x := &v.values[f]
	x.total++
	o.Text = clip(o.Text)
	at := int(x.n)
	switch features[f].keep {
	case keepGreatest:
		for at > 0 && x.obs[at-1].Number < o.Number {
			at--
		}
	case keepLeast:
		for at > 0 && x.obs[at-1].Number > o.Number {
			at--
		}
	}
	if at == maxObservations {
		return
	}
	if x.n < maxObservations {
		x.n++
	}
	copy(x.obs[at+1:x.n], x.obs[at:])
	x.obs[at] = o
}

// clip cuts a text at maxText bytes, between characters.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end]
}
