package scoring

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"cargogate/internal/cargo"
)

const catalogueFile = "../../docs/targeting.md"

// TestCatalogue holds the tables of docs/targeting.md to the data. -update writes them.
func TestCatalogue(t *testing.T) {
	b, err := os.ReadFile(catalogueFile)
	if err != nil {
		t.Fatal(err)
	}
	e := plainEngine(t)
	text := string(b)
	for name, table := range map[string]string{
		"indicators": indicatorTable(e.Rules()), "lists": listTable(e.lists), "features": featureTable(), "bands": bandTable(e.Rules()),
		"families": familyTable(e.Rules()), "needs": needTable(e.Rules()), "deadlines": deadlineTable(e.lists), "describing": describingTable(),
	} {
		open, shut := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(text, open)
		old, after, closed := strings.Cut(rest, shut)
		if !ok || !closed {
			t.Fatalf("%s has no place for the table of %s", catalogueFile, name)
		}
		if old != table && !*update {
			t.Errorf("the table of %s is not what the data say; -update writes it", name)
		}
		text = before + open + table + shut + after
	}
	if *update {
		if err := os.WriteFile(catalogueFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func indicatorTable(r *Rules) string {
	out := "| indicator | family | points | fires where | parameters | lists |\n|---|---|---:|---|---|---|\n"
	for i := range r.Indicators {
		rule := &r.Indicators[i]
		var params []string
		for k, p := range rule.indicator.params {
			params = append(params, p.Name+" "+string(appendNumber(nil, rule.Params[k], p.Unit)))
		}
		set := rule.indicator.listSet()
		lists := set.names()
		if set.or(describingLists) == set {
			rest := set
			for l := range numLists {
				if describingLists.has(l) {
					rest[l>>6] &^= 1 << (l & 63)
				}
			}
			lists = append(rest.names(), "describing lists")
		}
		out += fmt.Sprintf("| `%s` | %s | %d | %s | %s | %s |\n", rule.ID, rule.Family, rule.Points, rule.indicator.Meaning,
			strings.Join(params, ", "), strings.Join(lists, ", "))
	}
	return out
}

func describingTable() string {
	return "Describing lists decide whether a description describes goods: " + strings.Join(describingLists.names(), ", ") + ".\n"
}

func listTable(ls *Lists) string {
	out := "| list | lines | what it is |\n|---|---|---|\n"
	for _, l := range ls.All() {
		spec := &listSpecs[l.number]
		form := [...]string{"phrases", "codes", "beginnings of HS codes", "table"}[spec.kind]
		form += [...]string{"", ", with HS chapters", ", with UN numbers", ", with words", ", with columns"}[spec.value]
		out += fmt.Sprintf("| `%s` | %s | %s |\n", l.Name, form, spec.meaning)
	}
	return out
}

func featureTable() string {
	out := "| number | feature | unit | what is known |\n|---:|---|---|---|\n"
	for f := range NumFeatures {
		out += fmt.Sprintf("| %d | `%s` | %s | %s |\n", f, features[f].ID, features[f].Unit, features[f].Meaning)
	}
	return out
}

func bandTable(r *Rules) string {
	out := "| band | from points |\n|---|---:|\n"
	for _, b := range r.Bands {
		out += fmt.Sprintf("| `%s` | %d |\n", b.Name, b.From)
	}
	return out + fmt.Sprintf("\nA consignment is selected from %d points on.\n", r.Threshold)
}

func familyTable(r *Rules) string {
	out := "| family | threat |\n|---|---|\n"
	for _, f := range r.Families {
		out += fmt.Sprintf("| `%s` | %s |\n", f.Name, f.Meaning)
	}
	return out
}

func needTable(r *Rules) string {
	out := "| missing | known must be one of | needed |\n|---|---|---|\n"
	for _, n := range r.Needs {
		var ids []string
		for _, f := range n.Features {
			ids = append(ids, "`"+features[f].ID+"`")
		}
		where := "everywhere"
		if n.Goods {
			where = "where the goods have to be described: not for empty equipment, nor on a master whose houses describe them"
		}
		out += fmt.Sprintf("| `%s` | %s | %s |\n", n.Name, strings.Join(ids, ", "), where)
	}
	return out
}

func deadlineTable(ls *Lists) string {
	out := "| flow | mode | level | before | hours |\n|---|---|---|---|---:|\n"
	for i := range ls.lists[listDeadlines].entries {
		e := &ls.lists[listDeadlines].entries[i]
		w := strings.Fields(strings.ReplaceAll(e.key, "*", "any"))
		out += fmt.Sprintf("| %s | %s | %s | %s | %d |\n", w[0], w[1], w[2], w[3], e.columns[0])
	}
	return out
}

// TestFeaturesNameTheirLists takes one list away after the other, and looks that only features change that say so.
func TestFeaturesNameTheirLists(t *testing.T) {
	t.Parallel()
	dummy := map[listKind]string{kindWords: "qqqq", kindCodes: "XXXXX", kindPrefix: "97", kindTable: "qq"}
	builtin := plainEngine(t).lists
	inputs := append(benchInputs(), change(describe("TUNGSTEN INGOTS", "")), change(item(func(i *cargo.Item) { i.Packages[0].Type = "VO" })),
		change(party(cargo.RoleConsignee, func(p *cargo.Party) { p.Name = "WILLEM FRUIT" })),
		change(describe("TESTED USED MONITORS", "")),
		change(party(cargo.RoleNotify, func(p *cargo.Party) { p.Name = "SAME AS CONSIGNEE XXXX" })))
	base := make([]Vector, len(inputs))
	x := extractor{lists: builtin, seals: map[string]string{}}
	for i, in := range inputs {
		x.run(in, &base[i])
	}
	for l := range numLists {
		one := &List{Name: listName(l), number: l, codes: map[string]uint32{dummy[listSpecs[l].kind]: 0}, short: 2, long: 2,
			entries: []entry{{key: dummy[listSpecs[l].kind], codes: []string{"999999"}, columns: make([]int64, 5)}}}
		if l == listDeadlines {
			one.entries[0].key = "export fixed sub_house arrival"
		}
		ls := &Lists{lists: builtin.lists}
		ls.lists[l] = one
		if err := ls.build(); err != nil {
			t.Fatal(err)
		}
		x := extractor{lists: ls, seals: map[string]string{}}
		var v Vector
		changed := map[FeatureNumber]bool{}
		for i, in := range inputs {
			x.run(in, &v)
			for f := range NumFeatures {
				if v.values[f] != base[i].values[f] {
					changed[f] = true
				}
			}
		}
		if len(changed) == 0 {
			t.Errorf("without %s nothing changes in all the cases", listName(l))
		}
		for f := range NumFeatures {
			if changed[f] && !features[f].lists.has(l) {
				t.Errorf("%s depends on %s and does not name it", features[f].ID, listName(l))
			}
		}
	}
}
