package voyage

import "strconv"

// A change is what a later message of the filer corrects in a bill. Kinds add up.
type change uint16

const (
	changeMass change = 1 << iota
	changeMassMuch
	changePackages
	changeSeal
	changeConsignee
	changeAddress
	changeNotify
	changeText
	changePlace
)

// A bucket is when a bill is changed: soon after the filing, or late, when the ship is near.
type bucket uint8

const (
	never bucket = iota
	early
	late
)

func (b *bill) amend(c change, when bucket) {
	b.change |= c
	b.changes = when
}

// correct makes an honest correction due, for a few bills in a hundred.
func (b *bill) correct(r *rng, straight bool) {
	if !r.pct(4) || b.change != 0 {
		return
	}
	kinds := []change{changeMass, changeMass, changePackages, changeAddress, changeAddress, changeNotify, changeText, changeText}
	kind := pick(r, kinds)
	if odds := r.n(100); odds < 4 {
		kind = changeConsignee
	} else if odds < 14 && straight {
		kind = changeSeal
	}
	when := early
	if r.pct(30) {
		when = late
	}
	b.amend(kind, when)
}

// change carries out what is due on a bill and its containers.
func (w *world) change(r *rng, line *filer, b *bill, boxes []box) {
	has := func(c change) bool { return b.change&c != 0 }
	x := &b.items[0]
	if has(changeMass) {
		x.grams += x.grams / 1000 * int64(r.in(-30, 30))
	}
	if has(changeMassMuch) {
		x.grams += x.grams / 100 * int64(r.in(12, 30))
	}
	if has(changePackages) {
		x.recount(max(1, x.count+r.in(-3, 3)))
	}
	if has(changeSeal) && len(boxes) > 0 {
		boxes[0].seals = []string{pattern(r, line.seal)}
	}
	if has(changeConsignee) {
		to := countries[b.consignee.country]
		if to == nil {
			to = countries[b.discharge.country()]
		}
		b.consignee = w.company(to, r.n(len(sectors)), once(r))
		if b.notify.name == "" || r.pct(60) {
			b.notify = b.consignee
		}
	}
	if has(changeAddress) && b.consignee.street != "" {
		b.consignee.street += " " + strconv.Itoa(r.in(1, 9)) + "A"
	}
	if has(changeNotify) {
		b.notify = pick(r, forwarders)
	}
	if has(changeText) {
		x.text = append(wrap(pick(r, x.goods.wordings), 70), "AS PER INVOICE")
	}
	if has(changePlace) {
		if b.flow == exported {
			for was := b.discharge; b.discharge == was; {
				b.discharge = pick(r, abroad)
			}
		}
	}
}
