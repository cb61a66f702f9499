package voyage

import "strconv"

func (k *planting) putParty(s sign) bool {
	b, r, w := k.b, k.r, k.w
	buyer := k.buyer()
	home := countries[buyer.country]
	if home == nil { // to order, and nobody named
		home = countries[b.discharge.country()]
	}
	switch s {
	case signOtherTrade:
		if k.t.line == "" {
			return false
		}
		k.sector = sectorOf(k.t.line)
		k.receive(w.company(home, k.sector, uint64(r.zipf(w.traders))))
	case signNewConsignee:
		k.receive(w.company(home, k.sector, once(r)))
	case signPerson:
		k.receive(individual(r, home))
	case signForwarderConsignee:
		k.receive(pick(r, forwarders))
	case signShipperNew:
		b.shipper = w.company(countries[b.shipper.country], r.n(len(sectors)), once(r))
	case signCompanyShips:
		b.shipper = w.company(countries[b.origin], r.n(len(sectors)), once(r))
	case signThinAddress:
		buyer.street, buyer.post = "", ""
		if r.pct(40) {
			buyer.city = ""
		}
		if r.pct(50) {
			b.shipper.street, b.shipper.post = "", ""
		}
	case signPostBox:
		buyer.street = "P.O. BOX " + strconv.Itoa(r.in(12, 9800))
	case signFreeMail:
		buyer.phone, buyer.mail = phone(r, home, pick(r, home.mobiles)), freeMail(r, buyer.name)
	case signNotifyAbroad:
		if toOrder(&b.consignee) { // there the notify party is the buyer
			return false
		}
		b.notify = w.company(countries[pick(r, fields("AE TR HK GB PA NG"))], r.n(len(sectors)), once(r))
	case signNoNotify:
		if toOrder(&b.consignee) {
			return false
		}
		b.notify = party{}
	case signToOrderBare:
		b.consignee = party{name: pick(r, []string{"TO ORDER", "TO ORDER OF SHIPPER", "TO THE ORDER OF HOLDER"})}
		b.notify = party{}
	case signSharedContact:
		if b.shipper.phone == "" {
			b.shipper.phone = phone(r, countries[b.shipper.country], pick(r, countries[b.shipper.country].mobiles))
		}
		buyer.phone = b.shipper.phone
		if b.shipper.mail != "" {
			buyer.mail = b.shipper.mail
		}
	case signSameName:
		b.shipper.name = buyer.name
	case signPhoneAbroad:
		other := countries[pick(r, fields("AE HK TR GB PA CN"))]
		if other == home {
			return false
		}
		buyer.phone = phone(r, other, pick(r, other.mobiles))
	}
	return true
}

// once gives the rank of a company that trades here once.
func once(r *rng) uint64 { return 1<<20 + r.u()>>44 }
