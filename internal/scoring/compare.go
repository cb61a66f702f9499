package scoring

import (
	"slices"

	"cargogate/internal/cargo"
)

// AppendChanges appends what is different between two versions of a consignment, each kind once, in the order of
// Changed. Differences of case and of blanks at the ends are none.
func AppendChanges(dst []Changed, before, after *cargo.Consignment) []Changed {
	for what := range numChanged {
		if differs(what, before, after) {
			dst = append(dst, what)
		}
	}
	return dst
}

func differs(what Changed, a, b *cargo.Consignment) bool {
	switch what {
	case ChangedConsignor:
		return partyDiffers(a, b, cargo.RoleConsignor)
	case ChangedConsignee:
		return partyDiffers(a, b, cargo.RoleConsignee)
	case ChangedNotify:
		return partyDiffers(a, b, cargo.RoleNotify)
	case ChangedDescription:
		return itemsDiffer(a, b, func(x, y *cargo.Item) bool { return same(x.Description, y.Description) })
	case ChangedHS:
		return itemsDiffer(a, b, func(x, y *cargo.Item) bool { return x.HS == y.HS })
	case ChangedMass:
		return massOf(a) != massOf(b)
	case ChangedMassMuch:
		before, ok1 := scaled(massOf(a), 3)
		after, ok2 := scaled(massOf(b), 3)
		return ok1 && ok2 && before > 0 && ratio(max(before-after, after-before), before, 5) >= 1
	case ChangedPackages:
		return packagesOf(a) != packagesOf(b)
	case ChangedDischarge:
		return placeDiffers(a, b, cargo.PlaceDischarge)
	case ChangedDelivery:
		return placeDiffers(a, b, cargo.PlaceDelivery) || placeDiffers(a, b, cargo.PlaceDestination)
	case ChangedSeals:
		return sealsDiffer(a, b)
	case ChangedEquipment:
		return !slices.EqualFunc(a.Equipment, b.Equipment, func(x, y cargo.Equipment) bool { return x.ID == y.ID })
	case ChangedDangerousGoods:
		return itemsDiffer(a, b, func(x, y *cargo.Item) bool {
			return slices.EqualFunc(x.DangerousGoods, y.DangerousGoods, func(d, e cargo.DangerousGoods) bool {
				return d.UN == e.UN && d.Class == e.Class && d.PackingGroup == e.PackingGroup
			})
		})
	}
	return false
}

// same compares texts as words.
func same(a, b string) bool {
	if a == b {
		return true
	}
	var one, two words
	one.add(a)
	two.add(b)
	return slices.EqualFunc(one.tokens, two.tokens, func(s, t token) bool { return string(one.text(s)) == string(two.text(t)) })
}

// partyDiffers compares name, country and identifiers. An address that is written in another way is no other party.
func partyDiffers(a, b *cargo.Consignment, role cargo.Role) bool {
	p, q := a.Party(role), b.Party(role)
	if p == nil || q == nil {
		return p != q
	}
	return !same(p.Name, q.Name) || p.Country != q.Country || !slices.Equal(p.Identifiers, q.Identifiers)
}

func placeDiffers(a, b *cargo.Consignment, role cargo.PlaceRole) bool {
	p, q := a.Place(role), b.Place(role)
	if p == nil || q == nil {
		return p != q
	}
	return p.Locode != q.Locode || p.Country != q.Country || p.Code != q.Code
}

func itemsDiffer(a, b *cargo.Consignment, equal func(x, y *cargo.Item) bool) bool {
	if len(a.Items) != len(b.Items) {
		return true
	}
	for i := range a.Items {
		if !equal(&a.Items[i], &b.Items[i]) {
			return true
		}
	}
	return false
}

// sealsDiffer compares the seals of the containers that both have. A seal that comes to one without is a change too.
func sealsDiffer(a, b *cargo.Consignment) bool {
	for i := range a.Equipment {
		if e := b.FindEquipment(a.Equipment[i].ID); e != nil && !slices.Equal(e.Seals, a.Equipment[i].Seals) {
			return true
		}
	}
	return false
}

func massOf(c *cargo.Consignment) cargo.OptDecimal {
	if c.Totals.Computed.GrossMass.OK {
		return c.Totals.Computed.GrossMass
	}
	return c.Totals.Declared.GrossMass
}

func packagesOf(c *cargo.Consignment) cargo.Count {
	if c.Totals.Computed.Packages.OK {
		return c.Totals.Computed.Packages
	}
	return c.Totals.Declared.Packages
}
