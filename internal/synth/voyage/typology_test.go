package voyage

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTypologiesAreRight: each can stand somewhere, with goods, ports, covers and signs that there are.
func TestTypologiesAreRight(t *testing.T) {
	t.Parallel()
	for _, x := range typologies {
		if len(x.signs) == 0 || x.export && len(x.to) == 0 || !x.export && x.shape != manyHouses && len(x.from) == 0 {
			t.Errorf("%s: %+v", x.name, *x)
		}
		for _, key := range x.goods {
			if goodsBy[key] == nil {
				t.Errorf("%s: no goods %s", x.name, key)
			} else if x.export && !contains(goodsBy[key].origins, homeCountry) {
				t.Errorf("%s: %s are not exported", x.name, key)
			}
		}
		for _, c := range append(append([]string{}, x.from...), x.to...) {
			if countries[c] == nil {
				t.Errorf("%s: no country %s", x.name, c)
			}
		}
		for _, c := range x.cover {
			text, hs, ok := strings.Cut(c, "/")
			if !ok || text == "" || len(text) > 70 || len(hs) != 6 && hs != "" {
				t.Errorf("%s: cover %q", x.name, c)
			}
			if hs != "" && !slices.ContainsFunc(catalogue, func(g *commodity) bool { return g.hs == hs }) {
				t.Errorf("%s: nobody honest trades in HS %s, which covers it", x.name, hs)
			}
		}
		for _, s := range append(slices.Clone(x.signs), x.shared...) {
			if s == signCover && len(x.cover) == 0 || s == signOtherTrade && x.line == "" ||
				s == signNoDangerous && !slices.ContainsFunc(x.goods, func(g string) bool { return goodsBy[g].dg.un != "" }) {
				t.Errorf("%s: nothing to make %s of", x.name, signNames[s])
			}
		}
		if x.line != "" {
			sectorOf(x.line)
		}
		lanes := 0
		for _, s := range services {
			lanes += len(x.loadings(s))
		}
		if lanes == 0 {
			t.Errorf("%s: no service comes from where it does", x.name)
		}
	}
	if len(typologies) < 24 {
		t.Errorf("%d typologies", len(typologies))
	}
}

// TestParseTypologies reads what `generate --typologies` takes.
func TestParseTypologies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []string
		err  string
	}{
		{"all", nil, ""}, {"", nil, ""}, {"none", []string{}, ""}, {"e-waste", []string{"e-waste"}, ""},
		{"dual-use, shell-trade", []string{"dual-use", "shell-trade"}, ""}, {"e-waste,all", nil, `no typology "all"`}, {"x", nil,
			"there are cocaine-rip-off, "},
	} {
		got, err := ParseTypologies(c.in)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v", c.in, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
	}
}

// TestDocument holds docs/typologies.md to the typologies: each has its section, with its signs and no others.
func TestDocument(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../../docs/typologies.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(b), "\n## The typologies\n")
	sections := map[string]string{}
	var order []string
	for _, s := range strings.Split(body, "\n### ")[1:] {
		name, text, _ := strings.Cut(s, "\n")
		sections[name], order = text, append(order, name)
	}
	if !slices.Equal(order, Typologies()) {
		t.Errorf("sections %v, typologies %v", order, Typologies())
	}
	code := regexp.MustCompile("`([a-z-]+)`")
	named := func(section, label string) (l []string) {
		_, rest, _ := strings.Cut(section, label)
		line, _, _ := strings.Cut(rest, "\n\n")
		for _, m := range code.FindAllStringSubmatch(line, -1) {
			l = append(l, m[1])
		}
		return l
	}
	words := func(signs []sign) (l []string) {
		for _, s := range signs {
			l = append(l, signNames[s])
		}
		return l
	}
	for _, x := range typologies {
		s := sections[x.name]
		if got := named(s, "Signs:"); !slices.Equal(got, words(x.signs)) {
			t.Errorf("%s: signs %v, want %v", x.name, got, words(x.signs))
		}
		if got := named(s, "Look-alike:"); !slices.Equal(got, words(x.shared)) {
			t.Errorf("%s: a look-alike shares %v, want %v", x.name, got, words(x.shared))
		}
		if !strings.Contains(s, "Source: ") {
			t.Errorf("%s: no source", x.name)
		}
	}
	for _, s := range signNames {
		if !strings.Contains(string(b), "| `"+s+"` |") {
			t.Errorf("%s is not in the table of signs", s)
		}
	}
}
