package voyage

// trade settles who sends to whom. Most consignees buy again and again from the same few suppliers.
func (w *world) trade(r *rng, b *bill, g *commodity, from string, d draft) {
	to := d.to
	if to == "" || b.flow == imported {
		to = b.destination(r)
	}
	buyers, sellers := countries[to], countries[from]
	sector := d.sector
	if sector < 0 {
		sector = g.sector
	}
	rank := uint64(r.zipf(w.traders))
	if r.pct(9) {
		rank = 1<<20 + r.u()>>44
	}
	b.consignee = w.company(buyers, sector, rank)
	k := stream(w.seed, forTrade, buyers.index, uint64(sector), rank, sellers.index, uint64(r.zipf(4)))
	supplier := uint64(k.zipf(w.traders))
	if k.pct(12) {
		supplier = 1<<21 + k.u()>>44
	}
	b.shipper = w.company(sellers, g.sector, supplier)
	if g.key == "effects" && r.pct(80) { // people move house
		pr := stream(w.seed, forTrade, r.u())
		b.shipper = individual(&pr, sellers)
		b.consignee = individual(&pr, buyers)
		b.consignee.name = b.shipper.name
	}
	w.parties(r, b)
	b.freight = 'P'
	if r.pct(30) {
		b.freight = 'C'
	}
}

// individual gives a natural person.
func individual(r *rng, c *country) party {
	p := party{name: person(r, c)}
	p.settle(r, c)
	if r.pct(70) {
		p.phone = phone(r, c, pick(r, c.mobiles))
	}
	if r.pct(30) {
		p.mail = freeMail(r, p.name)
	}
	return p
}

// parties settles consignee and notify as they stand on the bill.
func (w *world) parties(r *rng, b *bill) {
	buyer := b.consignee
	switch odds := r.n(1000); {
	case odds < 55: // to order of a bank, which has a credit open
		bank := pick(r, banks)
		bank.name = "TO THE ORDER OF " + bank.name
		b.consignee, b.notify = bank, buyer
		return
	case odds < 75:
		b.consignee, b.notify = party{name: "TO ORDER"}, buyer
		if r.pct(30) {
			b.consignee.name = "TO ORDER OF SHIPPER"
		}
		return
	case odds < 110: // a forwarder receives for its customer
		b.consignee = pick(r, forwarders)
		if r.pct(60) {
			b.notify = buyer
		} else {
			b.consignee.lines = append([]string{}, "O/B "+clip(buyer.name, 30))
		}
		return
	}
	switch odds := r.n(100); {
	case odds < 52:
		b.notify = buyer
		if r.pct(3) {
			b.notify.name = typo(r, b.notify.name)
		}
	case odds < 78:
		b.notify = pick(r, forwarders)
	case odds < 84:
		b.notify = w.company(countries[buyer.country], r.n(len(sectors)), uint64(r.zipf(w.traders)))
	}
}

// clip cuts a text to at most n bytes, not inside a letter.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
