package voyage

import (
	"strconv"
	"strings"
)

// describe writes the description and the marks of an item.
func (w *world) describe(r *rng, b *bill, x *item) {
	text := pick(r, x.goods.wordings)
	switch odds := r.n(1000); {
	case odds < 12: // short, as it should not be and is
		text = pick(r, vague)
	case odds < 40:
		text = typo(r, text)
	}
	if r.pct(22) {
		text = theCount + " " + thePackages + " " + text
	} else if r.pct(8) {
		text = theCount + " " + thePackages + " SAID TO CONTAIN " + text
	}
	x.text = []string{text}
	if r.pct(30) {
		x.text = append(x.text, pick(r, []string{"INVOICE NO ", "PO ", "ORDER NO ", "CONTRACT "})+numbered(pick(r, []string{"99999",
			"A9999/26", "26-9999", "9999999"}), r.u(), r))
	}
	if r.pct(20) {
		x.text = append(x.text, "HS CODE "+x.goods.hs[:4]+"."+x.goods.hs[4:])
	}
	if r.pct(25) {
		x.text = append(x.text, pick(r, []string{"SHIPPER'S LOAD, STOW AND COUNT", "FREIGHT PREPAID", "CY/CY",
			"14 DAYS FREE TIME AT DESTINATION", "ORIGINAL BILL SURRENDERED"}))
	}
	if r.pct(1) && len(x.splits) > 1 {
		x.text = append(x.text, "PART SHIPMENT "+strconv.Itoa(r.in(1, 2))+"/2, BALANCE ON ANOTHER VESSEL")
	}
	if r.pct(14) {
		x.hs = ""
	}
	switch odds := r.n(100); {
	case odds < 25:
		x.marks = []string{"N/M"}
	case odds < 85:
		x.marks = []string{theBuyer, "C/NO 1-" + theCount}
		if r.pct(30) {
			x.marks = append(x.marks, "MADE IN "+b.origin)
		}
	case odds < 92:
		x.marks = []string{numbered("AA/9999", r.u(), r)}
	}
}

// What a text says of its bill is put in when the bill is done, so that it agrees with the rest.
const (
	theCount    = "\x01"
	thePackages = "\x02"
	theBuyer    = "\x03"
)

// finish puts into the texts of a bill what they say of it.
func (b *bill) finish() {
	buyer := b.consignee.name
	if toOrder(&b.consignee) {
		buyer = b.notify.name
	}
	if buyer == "" {
		buyer = "N/M"
	}
	for i := range b.items {
		x := &b.items[i]
		var text []string
		for _, l := range x.text {
			text = append(text, wrap(x.say(l, buyer), 70)...)
		}
		if len(text) > 5 {
			text = text[:5]
		}
		x.text = text
		for k, l := range x.marks {
			if l == theBuyer || len(l) > 0 && l[len(l)-1] == theCount[0] {
				if k == 0 {
					x.marks = append([]string{}, x.marks...)
				}
				x.marks[k] = x.say(l, buyer)
			}
		}
	}
}

// say puts into a text what it says of its item.
func (x *item) say(s, buyer string) string {
	if strings.IndexByte(s, theCount[0]) >= 0 {
		s = strings.ReplaceAll(s, theCount, strconv.Itoa(x.count))
		s = strings.ReplaceAll(s, thePackages, packNames[x.pack])
	}
	if s == theBuyer {
		return buyer
	}
	return s
}

// vague are descriptions that say little; honest people write them too.
var vague = []string{"SPARE PARTS", "FURNITURE", "GARMENTS", "HOUSEHOLD ARTICLES", "AUTO PARTS", "FOODSTUFF", "MACHINERY PARTS",
	"GENERAL CARGO",
	"PLASTIC ARTICLES", "CHEMICALS", "ACCESSORIES", "CONSOLIDATED CARGO", "SAMPLES", "GIFTS"}
