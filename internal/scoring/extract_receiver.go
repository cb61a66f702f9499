package scoring

import "cargogate/internal/cargo"

// receiver asks who receives the goods: whether they are of its trade, and how it is reached. Where the bill is to order,
// that is the notify party.
func (x *extractor) receiver() {
	if shipper := x.mainAgain(cargo.RoleConsignor, &x.names[0]); shipper.p != nil && !blank(shipper.p.Name) {
		x.trade(&shipper, fConsignorTrade)
	}
	m := x.mainAgain(cargo.RoleConsignee, &x.names[1])
	v := x.v
	if m.p != nil && !blank(m.p.Name) {
		v.looked(fForwarderConsignee)
		if !x.toOrder && m.lists.has(listForwarder) && !m.lists.has(listBank) && v.Total(fForwarderBoth) == 0 {
			v.add(fForwarderConsignee, Observation{Text: m.p.Name, At: path(fieldName, m.index)})
		}
	}
	if x.toOrder || m.lists.has(listBank) {
		m = x.mainAgain(cargo.RoleNotify, &x.names[2])
	}
	if m.p == nil || blank(m.p.Name) {
		return
	}
	x.trade(&m, fTradeDiffers)
	x.reach(&m)
	x.street(&m)
}

// mainAgain finds a party again, and searches its name for its trade too.
func (x *extractor) mainAgain(role cargo.Role, w *words) mainParty {
	m := mainParty{words: w}
	for i := range x.c.Parties {
		p := &x.c.Parties[i]
		if p.Role != role || blank(p.Name) && len(p.Identifiers) == 0 {
			continue
		}
		m.p, m.index = p, i
		w.reset() // a search leaves words changed
		w.add(p.Name)
		x.lists.matcher.find(&x.search, w, nameLists.or(setOf(listTrade)))
		for _, h := range x.search.hits {
			m.lists.add(h.list)
		}
		return m
	}
	return m
}

// trade compares the line of business that a party's name names with the HS codes of the goods; where an item has none,
// with the chapters that the words of its description can be in. The hits of the name are in x.search.
func (x *extractor) trade(m *mainParty, f FeatureNumber) {
	if x.empties {
		return
	}
	x.codes = x.codes[:0]
	for _, h := range x.search.hits {
		if h.list == listTrade {
			x.codes = append(x.codes, x.lists.entry(h).codes...)
		}
	}
	at, told, fits, misfits := Path{}, 0, 0, 0
	for i := range x.c.Items {
		item := &x.c.Items[i]
		hs, from := item.HS, path(fieldHS, i)
		if blank(hs) {
			hs, from = codeInText(item.Description), path(fieldDescription, i)
		}
		x.hs = appendCode(x.hs[:0], hs)
		fit, says := false, false
		if chapter(x.hs) {
			says, fit = true, x.dealsIn()
		} else {
			x.words.reset()
			x.words.add(item.Description)
			x.lists.matcher.find(&x.search, &x.words, setOf(listHSWords))
			from = path(fieldDescription, i)
			for _, h := range x.search.hits {
				for _, code := range x.lists.entry(h).codes {
					x.hs = append(x.hs[:0], code...)
					says, fit = true, fit || x.dealsIn()
				}
			}
		}
		switch {
		case !says:
			continue
		case fit:
			fits++
		default:
			if misfits == 0 {
				at = from
			}
			misfits++
		}
		told++
	}
	if told == 0 {
		return
	}
	if f == fTradeDiffers {
		x.v.know(fReceiverTrade, bit(fits > 0), path(fieldName, m.index))
	}
	if !m.lists.has(listTrade) {
		return
	}
	x.v.looked(f)
	if misfits > 0 {
		x.v.add(f, Observation{Number: int64(misfits), Text: m.p.Name, At: path(fieldName, m.index), Other: at})
	}
}

// dealsIn reports whether the HS code at hand belongs to the trade at hand.
func (x *extractor) dealsIn() bool {
	for _, code := range x.codes {
		n := min(len(code), len(x.hs))
		if string(x.hs[:n]) == code[:n] {
			return true
		}
	}
	return false
}

// reach asks how the consignee is reached.
func (x *extractor) reach(m *mainParty) {
	numbers, mobile, mails, free, at := 0, 0, 0, 0, 0
	for k := range m.p.Contacts {
		value := m.p.Contacts[k].Value
		if mail, is := x.freeDomain(value); mail {
			mails++
			if is {
				free++
			}
			continue
		}
		if !reachable(value) {
			continue
		}
		numbers++
		if x.mobile(value) {
			mobile, at = mobile+1, k
		}
	}
	if numbers > 0 && mails > 0 {
		x.v.looked(fMobileOnly)
		if mobile == numbers && free == mails {
			x.v.add(fMobileOnly, Observation{Text: m.p.Contacts[at].Value, At: path(fieldContact, m.index, at)})
		}
	}
	if numbers > 0 {
		x.v.looked(fMobileAlone)
		if mobile == numbers && mails == 0 {
			x.v.add(fMobileAlone, Observation{Text: m.p.Contacts[at].Value, At: path(fieldContact, m.index, at)})
		}
	}
	if x.in.Peers == nil || numbers+mails == 0 && len(m.p.Address) == 0 {
		return
	}
	x.v.looked(fContactOfMany)
	x.buf = appendAddressKey(x.buf[:0], &x.words, m.p)
	if n := x.in.Peers.named(x.buf); n > 1 {
		x.v.add(fContactOfMany, Observation{Number: int64(n), Text: m.p.Address[0], At: path(fieldAddress, m.index)})
	}
	for k := range m.p.Contacts {
		x.buf = appendContactKey(x.buf[:0], m.p.Contacts[k].Value)
		if n := x.in.Peers.named(x.buf); n > 1 {
			x.v.add(fContactOfMany, Observation{Number: int64(n), Text: m.p.Contacts[k].Value, At: path(fieldContact, m.index, k)})
		}
	}
}

// mobile reports whether a number is that of a mobile phone: with a plus sign or two zeros before it.
func (x *extractor) mobile(number string) bool {
	if _, ok := x.calling(number); !ok {
		return false
	}
	x.buf = x.buf[:0]
	zeros := true
	for i := 0; i < len(number) && len(x.buf) < 8; i++ {
		if c := number[i]; c >= '0' && c <= '9' {
			if zeros && c == '0' {
				continue
			}
			zeros = false
			x.buf = append(x.buf, c)
		}
	}
	_, ok := prefix(x.lists.lists[listMobile], x.buf)
	return ok
}

// street asks whether an address could be found.
func (x *extractor) street(m *mainParty) {
	p := m.p
	if m.lists.has(listSameAs) || len(p.Address) == 0 && p.City == "" {
		return
	}
	x.v.looked(fNoStreet)
	x.words.reset()
	for _, line := range p.Address {
		x.words.add(line)
	}
	x.lists.matcher.find(&x.search, &x.words, setOf(listPOBox))
	if len(x.search.hits) > 0 || p.Postcode != "" {
		return
	}
	for _, t := range x.words.tokens {
		if t.digits {
			return
		}
	}
	x.v.add(fNoStreet, Observation{Text: p.Name, At: path(fieldAddress, m.index)})
}

// marksMissing counts items in packages that have no marks.
func (x *extractor) marksMissing() {
	if x.empties || len(x.c.Items) == 0 {
		return
	}
	looked, missing, first := false, 0, 0
	for i := range x.c.Items {
		item := &x.c.Items[i]
		if x.items[i].bulk || len(item.Packages) == 0 {
			continue
		}
		counted, marked := false, false
		for k := range item.Packages {
			p := &item.Packages[k]
			if _, bulk := lookup(x.lists.lists[listBulkPackages], p.Type); bulk {
				continue
			}
			counted = counted || p.Count.OK
			marked = marked || !blank(p.Marks)
		}
		if !counted {
			continue
		}
		looked = true
		if !marked {
			if missing == 0 {
				first = i
			}
			missing++
		}
	}
	if looked {
		x.v.looked(fMarksMissing)
	}
	if missing > 0 {
		x.v.add(fMarksMissing, Observation{Number: int64(missing), At: path(fieldPackages, first)})
	}
}

// homeRegion is the region of the site.
const homeRegion = "home"

// region gives the part of the world of a country, "" where no list has it.
func (ls *Lists) region(land string) string { return ls.regionOf[land] }

// regions asks whether goods go by way of places where nobody would send them.
func (x *extractor) regions() {
	if !x.loading.ok || !x.end.ok {
		return
	}
	from, to := x.lists.region(x.loading.country), x.lists.region(x.end.country)
	discharged, at := "", Path{}
	for i := range x.c.Places {
		if p := &x.c.Places[i]; p.Role == cargo.PlaceDischarge {
			discharged, at = x.lists.region(country(p.Locode, p.Country)), path(fieldPlace, i)
		}
	}
	if discharged != "" && to != "" {
		x.v.looked(fOnward)
		if discharged == homeRegion && to != homeRegion && from != homeRegion {
			x.v.add(fOnward, Observation{Text: x.end.country, At: x.end.at, Other: at})
		}
	}
	if discharged != "" && to != "" && from == homeRegion && discharged != homeRegion {
		x.v.looked(fBeyond)
		if to != discharged && to != homeRegion {
			x.v.add(fBeyond, Observation{Text: x.end.country, At: x.end.at, Other: at})
		}
	}
	here, there := from, discharged
	if discharged == "" {
		there = to
	}
	if here == homeRegion {
		here, there = there, here
	}
	if there != homeRegion || here == "" || here == homeRegion {
		return
	}
	usual, ok := lookup(x.lists.lists[listTranshipment], here)
	if !ok {
		return
	}
	x.v.looked(fDetour)
	for i := range x.c.Places {
		p := &x.c.Places[i]
		if p.Role != cargo.PlaceTranshipment && p.Role != cargo.PlaceLastPort {
			continue
		}
		land := country(p.Locode, p.Country)
		if land == "" || indexOf(usual.codes, land) >= 0 {
			continue
		}
		switch x.lists.region(land) {
		case homeRegion, here:
			continue
		}
		code := p.Locode
		if code == "" {
			code = land
		}
		x.v.add(fDetour, Observation{Text: code, At: path(fieldPlace, i)})
	}
}

// roundMass asks whether the mass is a round number.
func (x *extractor) roundMass() {
	if x.empties {
		return
	}
	if !x.mass.ok {
		if x.v.State(fMass) == Absent {
			x.v.absent(fRoundMass, path(fieldItems))
		}
		return
	}
	unit := int64(1000 * 1000)
	if x.mass.n < 4*unit {
		unit /= 10
	}
	x.v.looked(fRoundMass)
	if x.mass.n >= unit && x.mass.n%unit == 0 {
		x.v.add(fRoundMass, Observation{Number: x.mass.n, At: x.mass.at})
	}
}

// grossExcess compares what the containers weigh with what should be in them.
func (x *extractor) grossExcess() {
	if x.empties || !x.mass.ok || x.v.Total(fShared) > 0 || !x.summed[0] {
		return
	}
	excess, boxes, first := -x.mass.n, int64(0), -1
	for i := range x.c.Equipment {
		e := &x.c.Equipment[i]
		if !isContainer(e) {
			return
		}
		g, ok := grams(&e.VGM)
		if !ok {
			g, ok = grams(&e.Gross)
		}
		tare, known := grams(&e.Tare)
		if !known {
			var columns []int64
			if columns, known = x.lists.size(e.SizeType); known {
				tare = 1000 * columns[columnTare]
			}
		}
		if !ok || !known || e.Load != cargo.LoadFCL && e.Fullness != cargo.FullnessFull {
			return
		}
		excess += g - tare
		boxes++
		if first < 0 {
			first = i
		}
	}
	if boxes == 0 {
		return
	}
	x.v.looked(fGrossExcess)
	if excess > 0 {
		x.v.add(fGrossExcess, Observation{Number: excess / boxes, At: path(fieldGross, first), Other: x.mass.at})
	}
}
