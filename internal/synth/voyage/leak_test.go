package voyage

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// A tally counts planted and other consignments by a property that must not tell them apart.
type tally struct {
	name          string
	planted, rest [10]int
}

func (c *tally) add(planted bool, tenth int) {
	if planted {
		c.planted[tenth]++
	} else {
		c.rest[tenth]++
	}
}

// chiSquare measures how far the two differ: with nine degrees of freedom it is above 34 once in 10,000 times by chance.
func (c *tally) chiSquare() float64 {
	var a, b, x float64
	for i := range 10 {
		a, b = a+float64(c.planted[i]), b+float64(c.rest[i])
	}
	for i := range 10 {
		both := float64(c.planted[i] + c.rest[i])
		if both == 0 {
			continue
		}
		for _, v := range [][2]float64{{float64(c.planted[i]), both * a / (a + b)}, {float64(c.rest[i]), both * b / (a + b)}} {
			x += (v[0] - v[1]) * (v[0] - v[1]) / v[1]
		}
	}
	return x
}

func lastDigit(s string) int { return int(s[len(s)-1]) % 10 }

// TestNothingTellsWhatIsPlanted: numbers, places in the list, seals' digits, times and layout are the same for planted
// consignments as for all others.
func TestNothingTellsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	tallies := map[string]*tally{}
	note := func(name string, planted bool, tenth int) {
		if tallies[name] == nil {
			tallies[name] = &tally{name: name}
		}
		tallies[name].add(planted, tenth)
	}
	g := generator(t, Options{Seed: 77, Consignments: 40000, TypologyRate: 60000, LookalikeRate: 60000, BrokenRate: -1})
	planted := 0
	g.made = func(m *filing, f *File) {
		if m.function != '9' {
			return
		}
		i := 0
		m.visit(func(s *slot, b *bill) {
			i++
			if b.kind == "MB" && m.p.nvocc < 0 && len(s.houses) > 0 || b.items[0].goods == empties ||
				b.truth != nil && b.truth.typology.shape == manyHouses {
				return // never planted, or of a shape of its own
			}
			yes := b.truth != nil && !b.truth.lookalike
			if yes {
				planted++
			}
			kind := "straight"
			if b.kind == "BH" {
				kind = "house"
			}
			if f.Consignments >= 20 { // short lists are of other lanes than long ones
				note(kind+": place in the list", yes, (i-1)*10/f.Consignments)
			}
			note(kind+": last digit of the number", yes, lastDigit(b.number))
			note(kind+": digit before it", yes, int(b.number[len(b.number)-2])%10)
			id := s.boxes[b.items[0].splits[0].box].id
			note(kind+": third digit of the container", yes, int(id[6]-'0'))
			note(kind+": sixth digit of the container", yes, int(id[9]-'0'))
			note(kind+": tenths of the traffic", yes, min(9, m.created*10/(mostLead+g.o.Days*24*60)))
			note(kind+": minute of the message", yes, m.created%10)
			note(kind+": goods items", yes, len(b.items))
			note(kind+": freight", yes, int(b.freight)%10)
			for _, x := range s.boxes[b.items[0].splits[0].box].seals[:min(1, len(s.boxes[b.items[0].splits[0].box].seals))] {
				note(kind+": digit of the seal", yes, int(x[len(x)-2])%10)
			}
		})
	}
	n := 0
	for f := range g.Files() {
		if n++; n%8 > 0 {
			continue
		}
		for _, word := range []string{"TYPOLOGY", "LOOKALIKE", "LOOK-ALIKE", "PLANTED", "SYNTH"} {
			if bytes.Contains(bytes.ToUpper(f.Bytes), []byte(word)) {
				t.Errorf("%s says %q", f.Name, word)
			}
		}
	}
	if planted < 1500 {
		t.Errorf("%d consignments planted", planted)
	}
	for name, c := range tallies {
		if x := c.chiSquare(); x > 34 {
			t.Errorf("%s tells them apart: χ² = %.1f, %v beside %v", name, x, c.planted, c.rest)
		}
	}
	// The measure itself must see a mark.
	marked := tally{}
	for i := range 20000 {
		marked.add(i%20 == 0, i*7%10)
	}
	if marked.chiSquare() < 34 {
		t.Error("the measure would not see a serial number that tells")
	}
}

// TestTextsAgree: what marks and descriptions say of the bill they stand in is right, planted or not.
func TestTextsAgree(t *testing.T) {
	t.Parallel()
	g := generator(t, Options{Seed: 5, Consignments: 20000, TypologyRate: 100000})
	checked, truth := 0, 0
	g.made = func(m *filing, _ *File) {
		if m.function != '9' {
			return
		}
		m.visit(func(s *slot, b *bill) {
			if b.truth != nil {
				truth++
			}
			for i := range b.items {
				x := &b.items[i]
				for _, l := range append(append([]string{}, x.text...), x.marks...) {
					if strings.ContainsAny(l, "\x01\x02\x03") || l == "" {
						t.Errorf("%s: %q", b.number, l)
					}
				}
				n := 0
				for _, sp := range x.splits {
					n += sp.count
				}
				if n != x.count || x.count < 1 || x.grams < 1000 {
					t.Errorf("%s: %d packages, %d in containers, %d grams", b.number, x.count, n, x.grams)
				}
				if len(x.marks) > 1 {
					checked++
					name := b.consignee.name
					if toOrder(&b.consignee) {
						name = b.notify.name
					}
					if name != "" && x.marks[0] != name {
						t.Errorf("%s: marks for %q, goods for %q", b.number, x.marks[0], name)
					}
				}
			}
		})
	}
	for range g.Files() {
	}
	if checked < 5000 || truth < 1000 {
		t.Errorf("%d marks checked, %d planted", checked, truth)
	}
}

// TestTruthNamesWhatIsThere: each Truth names a bill of the file that it names, once, and signs of its typology.
func TestTruthNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	total, typology, lookalike, partial := 0, map[string]int{}, map[string]int{}, 0
	documents := map[string]bool{}
	shown := map[string]bool{}
	for f := range generator(t, Options{Seed: 9, Consignments: 40000, BrokenRate: -1}).Files() {
		if f.Function == "9" {
			total += f.Consignments
		}
		for _, x := range f.Truth {
			if !bytes.Contains(f.Bytes, []byte(":"+x.Document+"'")) {
				t.Errorf("%s is not in %s", x.Document, x.File)
			}
			if documents[x.Document] || x.File != f.Name || x.Filer != f.Filer || x.Record != "truth" || x.Schema != 1 {
				t.Errorf("%+v", x)
			}
			documents[x.Document] = true
			of := typologyOf(x.Typology)
			may := of.signs
			if x.Role == RoleLookalike {
				may = of.shared
				lookalike[x.Typology]++
			} else {
				typology[x.Typology]++
				if len(x.Signs) == 0 {
					t.Errorf("%s: %s without a sign", x.Document, x.Typology)
				}
				if len(x.Signs) < 3 && len(may) > 3 {
					partial++
				}
			}
			for _, s := range x.Signs {
				shown[s] = true
				ok := false
				for _, y := range may {
					ok = ok || signNames[y] == s
				}
				if !ok {
					t.Errorf("%s: %s is no sign of %s as %s", x.Document, s, x.Typology, x.Role)
				}
			}
			if b, err := json.Marshal(x); err != nil || !bytes.HasPrefix(b, []byte(`{"record":"truth","schema":1,"document":"`)) {
				t.Errorf("%s %v", b, err)
			}
		}
	}
	a, b := 0, 0
	for _, x := range typologies {
		a, b = a+typology[x.name], b+lookalike[x.name]
		if typology[x.name] < 3 || lookalike[x.name] < 3 {
			t.Errorf("%s: %d planted, %d look-alikes", x.name, typology[x.name], lookalike[x.name])
		}
	}
	if a*1000 < total*16 || a*1000 > total*24 || b*1000 < total*32 || b*1000 > total*48 || partial*100 < a*15 {
		t.Errorf("of %d consignments %d show a typology, %d of them in part, and %d are look-alikes", total, a, partial, b)
	}
	for _, s := range signNames {
		if !shown[s] {
			t.Errorf("%s was never put on a bill", s)
		}
	}
}

func typologyOf(name string) *typology {
	for _, x := range typologies {
		if x.name == name {
			return x
		}
	}
	return &typology{}
}
