package voyage

import "strings"

// noise puts on an honest bill what honest trade shows now and then. There is hardly a sign of a typology that an honest
// consignment never has.
func (w *world) noise(r *rng, b *bill, boxes []box) {
	w.noisyParties(r, b)
	x := &b.items[0]
	switch odds := r.n(1000); {
	case odds < 12 && x.hs != "": // the tariff number of something near
		if other := pick(r, exports[b.origin]); other.sector == x.goods.sector || odds < 4 {
			x.hs = other.hs
		}
	case odds < 20 && x.hs != "": // four digits are easier to remember
		x.hs = x.hs[:4] + "00"
	case odds < 26: // loaded less than booked, and nobody mended the papers' count
		x.grams -= x.grams / 100 * int64(r.in(10, 30))
	}
	if r.ppm(7000) && b.loading.area != "home" {
		b.via = portByCode[pick(r, strings.Fields(oddHubs[b.loading.area]))]
		if b.via == b.loading {
			b.via = nil
		}
	}
	if len(boxes) == 0 {
		return
	}
	bx := &boxes[r.n(len(boxes))]
	switch odds := r.n(1000); {
	case odds < 8: // sealed again after an inspection on the way
		bx.seals = []string{pattern(r, pick(r, []string{"999999", "AB99999", "S9999999"}))}
	case odds < 22: // weighed with the chassis, or a slip of a digit
		bx.skew = int64(r.in(-90, 140)) * 10000
	}
}

func (w *world) noisyParties(r *rng, b *bill) {
	buyer := &b.consignee
	if toOrder(buyer) {
		buyer = &b.notify
	}
	home := countries[buyer.country]
	if home == nil {
		return
	}
	swap := func(p party) {
		if b.notify.name == buyer.name {
			b.notify = p
		}
		*buyer = p
	}
	switch odds := r.n(1000); {
	case odds < 11: // somebody imports for a hobby, or began a trade in his own name
		swap(individual(r, home))
	case odds < 26: // one company of a group sends to another
		stem, _, _ := strings.Cut(buyer.name, " ")
		c := countries[b.shipper.country]
		b.shipper.name = stem + " " + pick(r, c.words) + " " + pick(r, c.forms)
		if r.pct(40) && buyer.mail != "" {
			b.shipper.mail = buyer.mail
		}
	case odds < 40: // half an address
		buyer.street = ""
	case odds < 48:
		buyer.street, buyer.post = "", ""
	case odds < 58: // the buyer's agent abroad
		b.notify = w.company(countries[pick(r, []string{"GB", "CH", "HK", "AE", "TR", "US"})], r.n(len(sectors)), uint64(r.zipf(w.traders)))
	case odds < 64: // an owner who lives elsewhere
		c := countries[pick(r, []string{"CN", "TR", "GB", "PL", "HK"})]
		buyer.phone = phone(r, c, pick(r, c.mobiles))
	case odds < 68:
		b.shipper = w.company(countries[b.shipper.country], r.n(len(sectors)), once(r))
	}
}
