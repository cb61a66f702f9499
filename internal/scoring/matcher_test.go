package scoring

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func texts(w *words) []string {
	var out []string
	for _, t := range w.tokens {
		out = append(out, string(w.text(t)))
	}
	return out
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Cotton  bed-linen\n850 ctns":        "COTTON BED LINEN 850 CTNS",
		"S.T.C. 10 P.O. Box's":               "STC 10 PO BOXS",
		"3.5 kg":                             "3 5 KG",
		"MÜLLER & SØNNER Œuvre Straße":       "MULLER SONNER OEUVRE STRASSE",
		"ＦＵＬＬ　ｗｉｄｔｈ":                         "FULL WIDTH",
		"e\u0301clair z\u200bero\u00adwidth": "ECLAIR ZEROWIDTH",
		"\xff\xfebad\xc3":                    "BAD",
		"charcoal/木炭 уголь":                  "CHARCOAL 木炭 УГОЛЬ",
		"--- ** \x00 ":                       "",
		"Łódź İzmir Þórr":                    "LODZ IZMIR THORR",
	} {
		var w words
		w.add(in)
		if got := strings.Join(texts(&w), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestStems(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"BATTERIES": "BATTERY", "BOXES": "BOX", "GLASSES": "GLASS", "GLASS": "GLASS", "GAS": "GAS", "CASES": "CASE",
		"BRUSHES": "BRUSH", "PARTS": "PART", "R32S": "R32S", "DIES": "DIE", "S": "S", "MOSS": "MOSS",
	} {
		var w words
		w.add(word)
		if got := string(w.stemmed(w.tokens[0])); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}

// findAll runs a matcher over a text and names the hits.
func findAll(m *matcher, phrases []string, text string) []string {
	var s search
	var w words
	w.add(text)
	m.find(&s, &w, setOf(listVague, listWeapon))
	var out []string
	for _, h := range s.hits {
		out = append(out, phrases[h.entry])
	}
	return out
}

func TestMatcher(t *testing.T) {
	t.Parallel()
	phrases := []string{"gun", "! toy gun", "machine gun", "machine gun parts", "parts"}
	m, w := newMatcher(), &words{}
	for i, p := range phrases {
		list := listWeapon
		if p == "parts" {
			list = listVague
		}
		text, exclusion := strings.CutPrefix(p, "! ")
		if ok, twice := m.insert(w, text, phraseEnd{list, uint32(i), exclusion}); !ok || twice {
			t.Fatal(p)
		}
	}
	for text, want := range map[string][]string{
		"GUNS": {"gun"}, "gunpowder": nil, "TOY GUNS": nil, "TOY GUN AND GUN": {"gun"}, "TOY": nil,
		"MACHINE-GUN PARTS":     {"machine gun parts", "parts"},
		"machine gun, parts of": {"machine gun parts", "parts"},
		"MACHINE GUN BOX":       {"machine gun"},
		"MACHINE PARTS":         {"parts"},
	} {
		if got := findAll(m, phrases, text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if _, twice := m.insert(w, "Machine GUNS", phraseEnd{list: listWeapon}); !twice {
		t.Error("the same phrase is taken twice")
	}
	if ok, _ := m.insert(w, "--", phraseEnd{list: listWeapon}); ok {
		t.Error("a phrase without a word is taken")
	}
}

// TestMatcherAgainstPlain compares the matcher with a search that tries every phrase everywhere.
func TestMatcherAgainstPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a1", "b1", "c1", "d1"})
		text := rapid.SliceOfN(word, 0, 12).Draw(t, "text")
		m, w := newMatcher(), &words{}
		var phrases [][]string
		for range rapid.IntRange(1, 6).Draw(t, "phrases") {
			p := rapid.SliceOfN(word, 1, 3).Draw(t, "phrase")
			if _, twice := m.insert(w, strings.Join(p, " "), phraseEnd{list: listVague, entry: uint32(len(phrases))}); !twice {
				phrases = append(phrases, p)
			}
		}
		type found struct{ entry, start int }
		var want []found
		for i := 0; i < len(text); {
			best := -1
			for k, p := range phrases {
				if i+len(p) <= len(text) && slices.Equal(text[i:i+len(p)], p) && (best < 0 || len(p) > len(phrases[best])) {
					best = k
				}
			}
			if best < 0 {
				i++
				continue
			}
			want = append(want, found{best, i})
			i += len(phrases[best])
		}
		var s search
		w.reset()
		w.add(strings.Join(text, " "))
		m.find(&s, w, setOf(listVague))
		var got []found
		for _, h := range s.hits {
			got = append(got, found{int(h.entry), int(h.start)})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v in %v: %v, want %v", phrases, text, got, want)
		}
	})
}
