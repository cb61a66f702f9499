package voyage

import (
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// TestTables: what the tables hold exists, fits the message and is enough.
func TestTables(t *testing.T) {
	t.Parallel()
	if len(catalogue) < 150 {
		t.Errorf("%d commodities", len(catalogue))
	}
	for _, p := range ports {
		if refdata.Locode(p.code) != refdata.Known || len(p.name) > 17 || p.miles < 0 {
			t.Errorf("port %+v", *p)
		}
		if hubs := oddHubs[p.area]; hubs == "" && p.area != "north" && p.area != "baltic" {
			t.Errorf("%s: no unlikely hub for %s", p.code, p.area)
		}
	}
	for area, hubs := range oddHubs {
		for _, p := range portsOf(hubs) {
			if p.area == area {
				t.Errorf("%s is likely for %s", p.code, area)
			}
		}
	}
	keys := map[string]bool{}
	for _, g := range catalogue {
		if keys[g.key] {
			t.Errorf("%s twice", g.key)
		}
		keys[g.key] = true
		if len(g.hs) != 6 || strings.Trim(g.hs, "0123456789") != "" || g.lo < 1 || g.hi < g.lo || g.density < 50 || g.density > 3000 ||
			strings.Trim(g.boxes, "DRTOF") != "" || g.boxes == "" || len(g.wordings) < 2 || len(g.packs) == 0 {
			t.Errorf("goods %+v", *g)
		}
		if (g.setPoint != "") != strings.Contains(g.boxes, "R") && g.boxes != "DR" {
			t.Errorf("%s: set point %q in %s", g.key, g.setPoint, g.boxes)
		}
		for _, p := range g.packs {
			if !refdata.PackageType(p) || packNames[p] == "" {
				t.Errorf("%s: package %s", g.key, p)
			}
		}
		for _, c := range g.origins {
			if countries[c] == nil {
				t.Errorf("%s: country %s", g.key, c)
			}
		}
		if g.dg.un != "" && (!refdata.UNNumberForm(g.dg.un) || g.dg.class == "" || strings.Trim(g.dg.group, "123") != "") {
			t.Errorf("%s: %+v", g.key, g.dg)
		}
		for _, w := range g.wordings {
			latinOnly(t, w)
			if len(w) > 66 || w == "" {
				t.Errorf("%s: wording %q", g.key, w)
			}
		}
	}
	for code, c := range countries {
		if !refdata.Country(code) || len(c.forms) == 0 || len(c.cities) == 0 || len(c.streets) == 0 || len(c.names) == 0 || len(c.areas) == 0 ||
			len(c.mobiles) == 0 || c.digits < 7 || c.digits > 11 || len(c.postcode) > 9 || len(c.first) == 0 {
			t.Errorf("country %s: %+v", code, *c)
		}
		for _, l := range [][]string{c.forms, c.cities, c.streets, c.names, c.words, c.first} {
			for _, s := range l {
				latinOnly(t, s)
				if s == "" || strings.TrimSpace(s) != s {
					t.Errorf("country %s: %q", code, s)
				}
			}
		}
	}
	for _, s := range services {
		for _, p := range s.loading {
			if len(exports[p.country()]) == 0 && len(neighbours[p.country()]) == 0 {
				t.Errorf("nothing is exported by way of %s", p.code)
			}
		}
	}
	for of, l := range neighbours {
		for _, n := range l {
			if len(exports[n]) == 0 {
				t.Errorf("%s, neighbour of %s, exports nothing", n, of)
			}
		}
	}
	for _, p := range append(append([]place{}, inland...), hinterland...) {
		if s := refdata.Locode(p.code); s != refdata.Known && s != refdata.Unchecked || countries[p.code[:2]] == nil {
			t.Errorf("place %+v", p)
		}
	}
}

func latinOnly(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r < 0x20 || r > 0xFF || r >= 0x7F && r < 0xA0 {
			t.Errorf("%q has %q", s, r)
		}
		if r >= 0x80 && plainLetters[r-0x80] == "." {
			t.Errorf("%q: nothing stands for %q without its accent", s, r)
		}
	}
}

// TestIdentities: ships, containers and numbers are valid and not twice the same.
func TestIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(3, 1000)
	names, numbers := map[string]bool{}, map[string]bool{}
	for s := range services {
		for k := range vesselsOfService {
			v := w.vessel(s, k)
			if _, err := cargo.ParseIMONumber(v.imo); err != nil || names[v.name] || names[v.imo] {
				t.Errorf("ship %+v: %v", v, err)
			}
			names[v.name], names[v.imo] = true, true
		}
	}
	for _, f := range append(append([]*filer{}, carriers...), nvoccs...) {
		for call := range 3 {
			for k := range 4000 {
				n := w.billNumber(f, call*4000, k)
				if numbers[n] || len(n) > 35 {
					t.Fatalf("bill number %s", n)
				}
				numbers[n] = true
			}
		}
		if len(f.seal) > 10 {
			t.Errorf("%s: seals %s", f.code, f.seal)
		}
	}
	ids := map[string]bool{}
	for k := range 20000 {
		id := w.containerNumber("MSKU", 5, k)
		if _, err := cargo.ParseContainerNumber(id); err != nil || ids[id] {
			t.Fatalf("container %s: %v", id, err)
		}
		ids[id] = true
	}
}

// TestCompanies: a company is the same each time, and its numbers are of its country.
func TestCompanies(t *testing.T) {
	t.Parallel()
	w := newWorld(11, 5000)
	for _, c := range countries {
		for rank := range uint64(60) {
			p := w.company(c, int(rank)%len(sectors), rank)
			if q := w.company(c, int(rank)%len(sectors), rank); p.name != q.name || p.street != q.street || p.phone != q.phone {
				t.Errorf("%+v and %+v", p, q)
			}
			if p.country != c.code || len(wrap(p.name,
				35)) > 2 || p.city == "" || p.street == "" || p.phone != "" && !strings.HasPrefix(p.phone, "+"+c.calling) {
				t.Errorf("company %+v", p)
			}
			latinOnly(t, p.name)
		}
	}
}

// TestWrap cuts at spaces, keeps every word and cuts no letter in two.
func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 5, ""}, {"ABC", 5, "ABC"}, {"ABC DEF", 5, "ABC|DEF"}, {"ABC DEF", 7, "ABC DEF"}, {"ABC  DEF", 5, "ABC |DEF"},
		{"ABCDEFGH", 3, "ABC|DEF|GH"}, {"ÄÄÄ", 3, "Ä|Ä|Ä"},
	} {
		if got := strings.Join(wrap(c.in, c.width), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

// TestDecimal writes numbers as the messages have them.
func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        int64
		decimals int
		want     string
	}{{0, 3, "0"}, {1, 3, "0.001"}, {1500, 3, "1.5"}, {12000, 3, "12"}, {123456, 6, "0.123456"}, {7, 0, "7"}} {
		if got := decimal(c.v, c.decimals); got != c.want {
			t.Errorf("%d with %d decimals: %s, want %s", c.v, c.decimals, got, c.want)
		}
	}
}
