package scoring

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawVector makes any vector.
func drawVector(t *rapid.T) *Vector {
	v := &Vector{}
	for f := range NumFeatures {
		state := State(rapid.IntRange(0, 2).Draw(t, "state"))
		if state == NotDerivable {
			continue
		}
		v.setState(f, state)
		for range rapid.IntRange(0, 8).Draw(t, "observations") {
			v.add(f, drawObservation(t))
		}
	}
	return v
}

func drawObservation(t *rapid.T) Observation {
	o := Observation{Number: rapid.Int64().Draw(t, "number"), Text: rapid.String().Draw(t, "text")}
	for _, p := range []*Path{&o.At, &o.Other} {
		p.Field = Field(rapid.IntRange(0, int(numFields)-1).Draw(t, "field"))
		if fieldIndexes[p.Field] > 0 {
			p.I = rapid.Uint32().Draw(t, "i")
		}
		if fieldIndexes[p.Field] > 1 {
			p.J = rapid.Uint32().Draw(t, "j")
		}
	}
	return o
}

func TestVectorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := drawVector(t)
		b := v.AppendBinary(nil)
		var w Vector
		if err := w.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if *v != w {
			t.Fatal("the vector changed")
		}
		if again := w.AppendBinary(nil); !bytes.Equal(b, again) {
			t.Fatal("the bytes changed")
		}
	})
}

// TestVectorRefused cuts and bends a stored vector: it is refused, or it is another vector whose bytes these are.
func TestVectorRefused(t *testing.T) {
	t.Parallel()
	s := plainEngine(t).NewScorer()
	good := s.Score(sample()).Vector().AppendBinary(nil)
	var v Vector
	for n := range good {
		if err := v.UnmarshalBinary(good[:n]); err == nil {
			if !bytes.Equal(v.AppendBinary(nil), good[:n]) {
				t.Errorf("the first %d bytes are read as something else", n)
			}
		} else if !errors.Is(err, ErrVector) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "another form": {2}, "state 0": {1, 0}, "state 3": {1, 3}, "seven observations": {1, 2 | 7<<2},
		"feature of a later release": {1, 2 | 7<<5, 250, 1}, "long number": append([]byte{1, 2 | 1<<2}, bytes.Repeat([]byte{0xff}, 12)...),
		"number not in its shortest form": {1, 2 | 1<<2, 0x80, 0x00, 0, 0, 0}, "field": {1, 2 | 1<<2, 0, 255, 0, 0},
		"text too long": append([]byte{1, 2 | 1<<2, 0, 0, 0, maxText + 1}, bytes.Repeat([]byte{'A'}, maxText+1)...),
	} {
		if err := v.UnmarshalBinary(b); !errors.Is(err, ErrVector) {
			t.Errorf("%s: %v", name, err)
		}
		if v != (Vector{}) {
			t.Errorf("%s: something is left in the vector", name)
		}
	}
}

func FuzzVector(f *testing.F) {
	e := plainEngine(f)
	f.Add(e.NewScorer().Score(sample()).Vector().AppendBinary(nil))
	for _, c := range neutralCases {
		f.Add(e.NewScorer().Score(change(c.fire)).Vector().AppendBinary(nil))
	}
	s := e.NewScorer()
	f.Fuzz(func(t *testing.T, b []byte) {
		var v Vector
		if err := v.UnmarshalBinary(b); err != nil {
			return
		}
		if !bytes.Equal(v.AppendBinary(nil), b) {
			t.Fatal("bytes that are not the vector's own were read")
		}
		score := s.ScoreVector(&v)
		sum := 0
		for _, r := range score.Reasons {
			sum += r.Rule.Points
		}
		if sum != score.Points {
			t.Fatalf("points %d, reasons %d", score.Points, sum)
		}
	})
}

func TestKeep(t *testing.T) {
	t.Parallel()
	var v Vector
	for n := range int64(20) {
		o := Observation{Number: n * 7 % 20, Text: string(rune('a' + n))}
		v.add(fVagueShare, o) // the greatest
		v.add(fPackageLight, o)
		v.add(fVague, o) // the first
	}
	for f, want := range map[FeatureNumber][]int64{fVagueShare: {19, 18, 17, 16, 15, 14}, fPackageLight: {0, 1, 2, 3, 4, 5}, fVague: {0, 7, 14, 1, 8, 15}} {
		if v.Total(f) != 20 || len(v.Observations(f)) != maxObservations {
			t.Errorf("%s: %d of %d", features[f].ID, len(v.Observations(f)), v.Total(f))
		}
		for i, o := range v.Observations(f) {
			if o.Number != want[i] {
				t.Errorf("%s keeps %d at %d, want %d", features[f].ID, o.Number, i, want[i])
			}
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	long := "é"
	for len(long) < 200 {
		long += "é"
	}
	if got := clip("x" + long); len(got) != maxText-1 {
		t.Errorf("clipped to %d bytes, in the middle of a character", len(got))
	}
	if got := clip("short"); got != "short" {
		t.Errorf("%q", got)
	}
	if got := clip(string(make([]byte, 100))); len(got) != maxText {
		t.Errorf("%d", len(got))
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Path{
		"/items/3/description": path(fieldDescription, 3), "/parties/0/contacts/12/value": path(fieldContact, 0, 12),
		"/call/eta": path(fieldETA), "": {}, "/context/amendments/changes/1": path(fieldContextChange, 1),
	} {
		if p.String() != want {
			t.Errorf("%q, want %q", p.String(), want)
		}
	}
	for f := range numFields {
		if f != noField && fieldForms[f] == "" {
			t.Errorf("field %d has no form", f)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    int64
		u    Unit
		want string
	}{
		{28300000, Grams, "28300 kg"}, {1, Grams, "0.001 kg"}, {-1250, Grams, "-1.25 kg"}, {54200, Litres, "54.2 m³"},
		{625, Permille, "62.5 %"}, {90, Minutes, "90 min"}, {120, Minutes, "2 h"}, {-700, Minutes, "-11 h"},
		{2500, Density, "2500 kg/m³"}, {2000, MilliTEU, "2 TEU"}, {7, Plain, "7"}, {math.MinInt64, Grams, "-9223372036854775.808 kg"},
	} {
		if got := string(appendNumber(nil, tt.n, tt.u)); got != tt.want {
			t.Errorf("%d %s = %q, want %q", tt.n, tt.u, got, tt.want)
		}
	}
}
