package scoring

import (
	"slices"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// dangerous takes what is declared as dangerous, and compares it with the words and with the list of UN numbers.
func (x *extractor) dangerous() {
	c, v := x.c, x.v
	declared := int64(0)
	at := path(fieldItems)
	for i := range c.Items {
		for k := range c.Items[i].DangerousGoods {
			if declared == 0 {
				at = path(fieldDangerous, i)
			}
			declared++
			x.classification(i, k, &c.Items[i].DangerousGoods[k])
		}
	}
	if len(c.Items) == 0 {
		return
	}
	v.know(fDGDeclared, declared, at)
	if declared == 0 {
		return
	}
	v.looked(fUNFaulty, fUNMissing)
	if v.State(fDangerousWords) != Known {
		return
	}
	v.looked(fDGOtherUN)
	l := x.lists.lists[listDangerous]
	for _, o := range v.Observations(fDangerousWords) {
		if e := l.byKey(o.Text); e != nil && !x.declares(e.codes) {
			v.add(fDGOtherUN, Observation{Text: e.key, At: o.At, Other: at})
		}
	}
}

// byKey finds an entry of a word list by its text as written.
func (l *List) byKey(key string) *entry {
	for i := range l.entries {
		if l.entries[i].key == key {
			return &l.entries[i]
		}
	}
	return nil
}

// declares reports whether any item declares one of the UN numbers.
func (x *extractor) declares(numbers []string) bool {
	for i := range x.c.Items {
		for k := range x.c.Items[i].DangerousGoods {
			if slices.Contains(numbers, x.c.Items[i].DangerousGoods[k].UN) {
				return true
			}
		}
	}
	return false
}

// classification takes one classification.
func (x *extractor) classification(i, k int, d *cargo.DangerousGoods) {
	v := x.v
	if d.UN == "" {
		v.add(fUNMissing, Observation{Text: d.Class, At: path(fieldUN, i, k)})
		return
	}
	if !refdata.UNNumberForm(d.UN) {
		v.add(fUNFaulty, Observation{Text: d.UN, At: path(fieldUN, i, k)})
		return
	}
	e, ok := lookup(x.lists.lists[listUN], d.UN)
	if !ok {
		return
	}
	class, groups := e.codes[0], e.codes[1:]
	if d.Class != "" {
		v.looked(fClassDiffers)
		if !strings.HasPrefix(d.Class, class) && !strings.HasPrefix(class, d.Class) {
			v.add(fClassDiffers, Observation{Text: d.UN, At: path(fieldClass, i, k), Other: path(fieldUN, i, k)})
		}
	}
	v.looked(fGroupMissing)
	group := packingGroup(d.PackingGroup)
	switch {
	case d.PackingGroup == "" && len(groups) > 0:
		v.add(fGroupMissing, Observation{Text: d.UN, At: path(fieldPackingGroup, i, k)})
	case d.PackingGroup != "":
		v.looked(fGroupDiffers)
		if !slices.Contains(groups, group) && len(groups) > 0 {
			v.add(fGroupDiffers, Observation{Text: d.UN, At: path(fieldPackingGroup, i, k), Other: path(fieldUN, i, k)})
		}
	}
}

// packingGroup reads the ways to write a packing group (DE 8339 has 1 to 3).
func packingGroup(s string) string {
	switch s {
	case "1":
		return "I"
	case "2":
		return "II"
	case "3":
		return "III"
	}
	return s
}
