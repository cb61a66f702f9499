package voyage

import (
	"slices"
	"strings"
)

// A sign is something that a planted consignment shows. They are applied in this order: who, then what, then how.
type sign uint8

const (
	signOtherTrade sign = iota
	signNewConsignee
	signPerson
	signForwarderConsignee
	signShipperNew
	signCompanyShips
	signThinAddress
	signPostBox
	signFreeMail
	signNotifyAbroad
	signNoNotify
	signToOrderBare
	signSharedContact
	signSameName
	signPhoneAbroad
	signCover
	signNoDangerous
	signUnitMass
	signMassLow
	signMassHigh
	signUniform
	signRoundMass
	signNoMarks
	signViaOdd
	signViaHub
	signOnwardOdd
	signSealForeign
	signSealTwice
	signGrossDiffers
	signSealChanged
	signMassChanged
	signConsigneeChanged
	signDischargeChanged
	signAmendedLate
	signEmptyHeavy
	signEmptySealed
	signNoHouses
	signSplit
	signSplitOpenly
	signs
)

// signNames are the words for truth.ndjson and docs/typologies.md.
var signNames = [signs]string{
	signOtherTrade: "consignee-of-another-trade", signNewConsignee: "consignee-new", signPerson: "consignee-a-person",
	signForwarderConsignee: "consignee-a-forwarder", signShipperNew: "shipper-new", signCompanyShips: "company-ships-effects",
	signThinAddress: "address-thin", signPostBox: "address-a-post-box", signFreeMail: "contact-free-mail-and-mobile",
	signNotifyAbroad: "notify-abroad", signNoNotify: "notify-missing", signToOrderBare: "to-order-without-notify",
	signSharedContact: "contact-shared", signSameName: "shipper-is-consignee", signPhoneAbroad: "phone-of-another-country",
	signCover: "description-covers", signNoDangerous: "dangerous-goods-undeclared", signUnitMass: "mass-a-package-odd",
	signMassLow: "mass-low", signMassHigh: "mass-high", signUniform: "packages-uniform", signRoundMass: "mass-round",
	signNoMarks: "marks-missing", signViaOdd: "route-detour", signViaHub: "route-over-a-free-zone", signOnwardOdd: "onward-unlikely",
	signSealForeign: "seal-of-another-pattern", signSealTwice: "seal-added", signGrossDiffers: "container-mass-differs",
	signSealChanged: "seal-changed-late", signMassChanged: "mass-changed-late", signConsigneeChanged: "consignee-changed-late",
	signDischargeChanged: "discharge-changed-late", signAmendedLate: "amended-late", signEmptyHeavy: "empty-too-heavy",
	signEmptySealed: "empty-sealed", signNoHouses: "houses-missing", signSplit: "one-receiver-many-names", signSplitOpenly: "one-receiver",
}

// NeedsHistory reports whether a sign of a Truth shows only to who knows what the parties did before: they are new.
func NeedsHistory(name string) bool {
	return name == signNames[signNewConsignee] || name == signNames[signShipperNew]
}

// A planting is a consignment that signs are put on.
type planting struct {
	w      *world
	r      *rng
	c      *call
	p      *part
	t      *typology
	b      *bill
	filer  *filer // of the bill: of a house, the NVOCC
	boxes  []box  // of the bill alone; nil where it shares them
	sector int    // of the consignee
}

// planted is what is remembered of a planting, for its Truth.
type planted struct {
	typology  *typology
	lookalike bool
	signs     []sign
}

// plant puts signs on a bill: most of those of its typology, in three cases of ten only one or two; or those that a
// look-alike shares. What cannot be put on is left out, and nothing is remembered of it.
func (k *planting) plant(lookalike bool) {
	var want []sign
	if lookalike {
		if len(k.t.shared) > 0 && k.r.pct(40) {
			want = append(want, pick(k.r, k.t.shared))
		}
	} else {
		want = k.intensity()
	}
	var kept []sign // the stronger of two that cannot stand together
	for _, s := range want {
		if !slices.ContainsFunc(kept, func(x sign) bool { return clash(s, x) }) {
			kept = append(kept, s)
		}
	}
	want = kept
	slices.Sort(want)
	got := make([]sign, 0, len(want))
	for _, s := range want {
		if k.put(s) {
			got = append(got, s)
		}
	}
	for _, s := range k.t.signs {
		if len(got) > 0 || lookalike {
			break
		}
		if k.put(s) { // none of those chosen has a place here
			got = append(got, s)
		}
	}
	if len(got) > 0 || lookalike {
		k.b.truth = &planted{k.t, lookalike, got}
	}
}

// clash reports whether one of two signs would take away the other.
func clash(a, b sign) bool {
	a, b = min(a, b), max(a, b)
	switch {
	case b == signToOrderBare: // nobody is left to be anybody
		return a <= signForwarderConsignee || a >= signThinAddress && a <= signPhoneAbroad
	case a == signToOrderBare:
		return b <= signPhoneAbroad
	case a >= signNotifyAbroad && b <= signNoNotify:
		return a != b
	case b == signPerson || b == signForwarderConsignee:
		return a < b
	case a == signThinAddress && b == signPostBox, a == signFreeMail && (b == signSharedContact || b == signPhoneAbroad),
		a == signSharedContact && b == signPhoneAbroad, a == signMassLow && b == signMassHigh, a == signViaOdd && b == signViaHub:
		return true
	}
	return false
}

// intensity chooses signs of the typology.
func (k *planting) intensity() []sign {
	l := k.t.signs
	if k.r.pct(30) && len(l) > 1 {
		i := k.r.n(len(l))
		want := []sign{l[i]}
		if j := k.r.n(len(l)); j != i {
			want = append(want, l[j])
		}
		return want
	}
	var want []sign
	for i, s := range l {
		likely := 78
		if i > 2 {
			likely = 62
		}
		if k.r.pct(likely) {
			want = append(want, s)
		}
	}
	for len(want) < min(3, len(l)) {
		if s := pick(k.r, l); !slices.Contains(want, s) {
			want = append(want, s)
		}
	}
	return want
}

// buyer gives the party that the goods are for: behind a bill to order it is the notify party.
func (k *planting) buyer() *party {
	if toOrder(&k.b.consignee) && k.b.notify.name != "" {
		return &k.b.notify
	}
	return &k.b.consignee
}

func toOrder(p *party) bool { return strings.HasPrefix(p.name, "TO ") }

// receive puts another buyer in the place of the one there.
func (k *planting) receive(p party) {
	old := k.buyer()
	if k.b.notify.name == old.name {
		k.b.notify = p
	}
	*old = p
}

// put puts one sign on the bill; false where the bill, or how its filer writes one, has no place for it.
func (k *planting) put(s sign) bool {
	switch {
	case !k.w.flavourOf(k.filer).writes(s):
		return false
	case s <= signPhoneAbroad:
		return k.putParty(s)
	case s <= signNoMarks:
		return k.putGoods(s)
	}
	return k.putCarriage(s)
}
