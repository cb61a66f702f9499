package scoring

import (
	"strings"

	"cargogate/internal/cargo"
)

// nameLists are the lists that names are searched for.
var nameLists = setOf(listPlaceholder, listToOrder, listSameAs, listLegalForm, listCompany, listGivenName, listForwarder, listBank)

// mainParty is a consignor, consignee or notify party with what its name says.
type mainParty struct {
	p     *cargo.Party
	index int
	lists listSet // of which the name has words
	words *words
	legal uint64 // by token, the first 64: part of a legal form
}

// parties takes consignor, consignee and notify party: the first of each.
func (x *extractor) parties() {
	var main [3]mainParty
	for k, role := range [...]cargo.Role{cargo.RoleConsignor, cargo.RoleConsignee, cargo.RoleNotify} {
		main[k] = x.mainParty(role, [...]FeatureNumber{fConsignor, fConsignee, fNotify}[k], &x.names[k])
	}
	consignor, consignee, notify := &main[0], &main[1], &main[2]
	x.orders(consignee)
	x.pair(consignor, consignee)
	for k := range main {
		if m := &main[k]; m.p != nil {
			x.nameOf(m)
			x.phones(m)
			if k < 2 {
				x.address(m, k == 1 && x.toOrder)
				x.freeMail(m)
			}
		}
	}
	x.countries(consignor, consignee, notify)
	x.persons(consignor, consignee)
}

// mainParty finds a party and searches its name.
func (x *extractor) mainParty(role cargo.Role, f FeatureNumber, w *words) mainParty {
	m := mainParty{words: w}
	w.reset()
	for i := range x.c.Parties {
		p := &x.c.Parties[i]
		if p.Role != role || blank(p.Name) && len(p.Identifiers) == 0 {
			continue
		}
		m.p, m.index = p, i
		break
	}
	if m.p == nil {
		x.v.absent(f, path(fieldParties))
		return m
	}
	w.add(m.p.Name)
	x.v.looked(f)
	x.v.add(f, Observation{Text: m.p.Name, At: path(fieldName, m.index)})
	x.lists.matcher.find(&x.search, w, nameLists)
	for _, h := range x.search.hits {
		m.lists.add(h.list)
		if h.list == listLegalForm {
			for k := h.start; k < min(h.end, 64); k++ {
				m.legal |= 1 << k
			}
		}
	}
	return m
}

// orders asks whether the bill is to order, and whether a bank is the consignee.
func (x *extractor) orders(consignee *mainParty) {
	v := x.v
	x.toOrder = false
	if consignee.p != nil {
		v.looked(fBankConsignee)
		if consignee.lists.has(listBank) {
			v.add(fBankConsignee, Observation{Text: consignee.p.Name, At: path(fieldName, consignee.index)})
		}
	}
	if x.mode == modeAir || consignee.p == nil && x.c.BillType == "" {
		return
	}
	v.looked(fToOrder)
	switch {
	case consignee.p != nil && consignee.lists.has(listToOrder):
		v.add(fToOrder, Observation{Text: consignee.p.Name, At: path(fieldName, consignee.index)})
		x.toOrder = true
	case x.c.BillType == cargo.BillToOrder:
		v.add(fToOrder, Observation{Text: string(x.c.BillType), At: path(fieldBillType)})
	}
}

// pair compares consignor and consignee.
func (x *extractor) pair(a, b *mainParty) {
	if a.p == nil || b.p == nil {
		return
	}
	v := x.v
	an, bn := path(fieldName, a.index), path(fieldName, b.index)
	if len(a.words.tokens) > 0 && len(b.words.tokens) > 0 {
		v.looked(fSameParties, fForwarderBoth)
		if !x.toOrder && sameName(a, b) {
			v.add(fSameParties, Observation{Text: b.p.Name, At: bn, Other: an})
		}
		if a.lists.has(listForwarder) && b.lists.has(listForwarder) {
			v.add(fForwarderBoth, Observation{Text: b.p.Name, At: bn, Other: an})
		}
	}
	if len(a.p.Address) > 0 && len(b.p.Address) > 0 {
		v.looked(fSharedAddress)
		if x.sameAddress(a.p, b.p) {
			v.add(fSharedAddress, Observation{Text: b.p.Address[0], At: path(fieldAddress, b.index), Other: path(fieldAddress, a.index)})
		}
	}
	for i := range a.p.Contacts {
		for k := range b.p.Contacts {
			one, two := a.p.Contacts[i].Value, b.p.Contacts[k].Value
			if !reachable(one) || !reachable(two) {
				continue
			}
			v.looked(fSharedContact)
			if sameContact(one, two) {
				v.add(fSharedContact, Observation{Text: two, At: path(fieldContact, b.index, k), Other: path(fieldContact, a.index, i)})
			}
		}
	}
}

// sameName compares names word by word, legal forms left out. A name of fewer than four letters says too little.
func sameName(a, b *mainParty) bool {
	i, k, letters := 0, 0, 0
	for {
		for i < len(a.words.tokens) && i < 64 && a.legal>>i&1 != 0 {
			i++
		}
		for k < len(b.words.tokens) && k < 64 && b.legal>>k&1 != 0 {
			k++
		}
		if i == len(a.words.tokens) || k == len(b.words.tokens) {
			return i == len(a.words.tokens) && k == len(b.words.tokens) && letters >= 4
		}
		one, two := a.words.text(a.words.tokens[i]), b.words.text(b.words.tokens[k])
		if string(one) != string(two) {
			return false
		}
		letters += len(one)
		i, k = i+1, k+1
	}
}

// sameAddress compares addresses word by word. One of fewer than three words, or without a number, says too little.
func (x *extractor) sameAddress(a, b *cargo.Party) bool {
	x.words.reset()
	for _, line := range a.Address {
		x.words.add(line)
	}
	half := len(x.words.tokens)
	for _, line := range b.Address {
		x.words.add(line)
	}
	t := x.words.tokens
	if half < 3 || len(t) != 2*half {
		return false
	}
	number := false
	for k := range half {
		if string(x.words.text(t[k])) != string(x.words.text(t[half+k])) {
			return false
		}
		number = number || t[k].digits
	}
	return number
}

// reachable reports whether a contact can be compared: a mail address, or a number of at least seven digits.
func reachable(s string) bool {
	if strings.IndexByte(s, '@') > 0 {
		return true
	}
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n >= 7
}

// sameContact compares mail addresses without regard to case, and numbers by their last digits, so that a number with
// and without its calling code are one.
func sameContact(a, b string) bool {
	if strings.IndexByte(a, '@') > 0 || strings.IndexByte(b, '@') > 0 {
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	}
	i, k := len(a)-1, len(b)-1
	for n := 0; ; n++ {
		for i >= 0 && (a[i] < '0' || a[i] > '9') {
			i--
		}
		for k >= 0 && (b[k] < '0' || b[k] > '9') {
			k--
		}
		if i < 0 || k < 0 {
			return n >= 7
		}
		if a[i] != b[k] {
			return n >= 9
		}
		i, k = i-1, k-1
	}
}

// nameOf asks whether a name is one.
func (x *extractor) nameOf(m *mainParty) {
	if m.p.Name == "" {
		return
	}
	x.v.looked(fPartyPlaceholder)
	if m.lists.has(listToOrder) || m.lists.has(listSameAs) {
		return
	}
	letters := false
	for _, t := range m.words.tokens {
		letters = letters || t.letters
	}
	if !letters || m.lists.has(listPlaceholder) || longestRun(m.words) >= letterRun {
		x.v.add(fPartyPlaceholder, Observation{Text: m.p.Name, At: path(fieldName, m.index)})
	}
}

// address asks what an address lacks.
func (x *extractor) address(m *mainParty, toOrder bool) {
	if toOrder || m.p.Name == "" || m.lists.has(listSameAs) {
		return
	}
	v, p := x.v, m.p
	v.looked(fAddressMissing)
	if len(p.Address) == 0 && p.City == "" {
		if len(p.Identifiers) == 0 {
			v.add(fAddressMissing, Observation{Text: p.Name, At: path(fieldAddress, m.index)})
		}
		return
	}
	x.words.reset()
	for _, line := range p.Address {
		x.words.add(line)
	}
	x.lists.matcher.find(&x.search, &x.words, setOf(listPOBox))
	box, number, letters := len(x.search.hits) > 0, p.Postcode != "", 0
	for _, t := range x.words.tokens {
		number = number || t.digits
		if t.letters {
			letters++
		}
	}
	v.looked(fAddressIncomplete, fPOBox)
	if box {
		covered := int(x.search.hits[0].end - x.search.hits[0].start)
		if letters <= covered+2 {
			v.add(fPOBox, Observation{Text: p.Name, At: path(fieldAddress, m.index)})
		}
	}
	gaps := int64(0)
	if !number {
		gaps++
	}
	if p.City == "" && len(p.Address) < 2 {
		gaps++
	}
	if p.Country == "" && (p.City != "" || len(p.Address) < 2) {
		gaps++
	}
	if gaps > 0 {
		v.add(fAddressIncomplete, Observation{Number: gaps, Text: p.Name, At: path(fieldAddress, m.index)})
	}
}

// freeMail asks whether a company can only be reached where anybody gets a mail address.
func (x *extractor) freeMail(m *mainParty) {
	at, free, mails := 0, 0, 0
	for k := range m.p.Contacts {
		i := strings.LastIndexByte(m.p.Contacts[k].Value, '@')
		if i < 1 {
			continue
		}
		mails++
		x.buf = x.buf[:0]
		for _, c := range []byte(strings.TrimSpace(m.p.Contacts[k].Value[i+1:])) {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			x.buf = append(x.buf, c)
		}
		if _, ok := lookup(x.lists.lists[listFreeMail], x.buf); ok {
			at, free = k, free+1
		}
	}
	if mails == 0 {
		return
	}
	x.v.looked(fFreeMail)
	if free == mails && (m.lists.has(listCompany) || m.lists.has(listLegalForm)) {
		x.v.add(fFreeMail, Observation{Text: m.p.Contacts[at].Value, At: path(fieldContact, m.index, at)})
	}
}

// freeDomain reports whether a contact is a mail address, and whether its domain gives addresses to anybody.
func (x *extractor) freeDomain(value string) (mail, free bool) {
	i := strings.LastIndexByte(value, '@')
	if i < 1 {
		return false, false
	}
	x.buf = x.buf[:0]
	for _, c := range []byte(strings.TrimSpace(value[i+1:])) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		x.buf = append(x.buf, c)
	}
	_, free = lookup(x.lists.lists[listFreeMail], x.buf)
	return true, free
}

// phones compares calling codes with the party's country.
func (x *extractor) phones(m *mainParty) {
	land := country("", m.p.Country)
	if land == "" {
		return
	}
	for k := range m.p.Contacts {
		e, ok := x.calling(m.p.Contacts[k].Value)
		if !ok {
			continue
		}
		x.v.looked(fPhoneCountry)
		if indexOf(e.codes, land) < 0 {
			o := Observation{Text: m.p.Contacts[k].Value, At: path(fieldContact, m.index, k), Other: path(fieldPartyCountry, m.index)}
			x.v.add(fPhoneCountry, o)
		}
	}
}

// calling finds the calling code of an international number: one with a plus sign or two zeros before it.
func (x *extractor) calling(number string) (*entry, bool) {
	number = strings.TrimSpace(number)
	rest, ok := strings.CutPrefix(number, "+")
	if !ok {
		rest, ok = strings.CutPrefix(number, "00")
	}
	if !ok || !reachable(rest) {
		return nil, false
	}
	x.buf = x.buf[:0]
	for i := 0; i < len(rest) && len(x.buf) < 4; i++ {
		if c := rest[i]; c >= '0' && c <= '9' {
			x.buf = append(x.buf, c)
		}
	}
	for n := len(x.buf); n > 0; n-- {
		if e, ok := lookup(x.lists.lists[listPhone], x.buf[:n]); ok {
			return e, true
		}
	}
	return nil, false
}

// countries compares the parties' countries with the places and with another.
func (x *extractor) countries(consignor, consignee, notify *mainParty) {
	v := x.v
	own := func(m *mainParty) string {
		if m.p == nil {
			return ""
		}
		return country("", m.p.Country)
	}
	to, end := own(consignee), x.end.country
	if to != "" && end != "" && !x.toOrder {
		v.looked(fConsigneeAbroad)
		if to != end {
			v.add(fConsigneeAbroad, Observation{Text: to, At: path(fieldPartyCountry, consignee.index), Other: x.end.at})
		}
	}
	if n := own(notify); n != "" && end != "" {
		v.looked(fNotifyAbroad)
		if n != end && n != to {
			v.add(fNotifyAbroad, Observation{Text: n, At: path(fieldPartyCountry, notify.index), Other: x.end.at})
		}
	}
	if from := own(consignor); from != "" && x.loading.ok {
		v.looked(fConsignorAbroad)
		if !x.startsIn(from) {
			v.add(fConsignorAbroad, Observation{Text: from, At: path(fieldPartyCountry, consignor.index), Other: x.loading.at})
		}
	}
}

// persons asks who is a company and who is not.
func (x *extractor) persons(consignor, consignee *mainParty) {
	company := setOf(listCompany, listLegalForm, listForwarder)
	if consignor.p != nil && consignor.p.Name != "" {
		x.v.looked(fCompanyConsignor)
		if consignor.lists.meets(company) && !consignor.lists.has(listForwarder) {
			x.v.add(fCompanyConsignor, Observation{Text: consignor.p.Name, At: path(fieldName, consignor.index)})
		}
	}
	if consignee.p == nil || consignee.p.Name == "" {
		return
	}
	x.v.looked(fPersonConsignee)
	other := company.or(setOf(listToOrder, listSameAs, listPlaceholder, listBank))
	t := consignee.words.tokens
	if consignee.lists.meets(other) || !consignee.lists.has(listGivenName) || len(t) < 2 || len(t) > 4 {
		return
	}
	for _, w := range t {
		if !w.letters || w.digits || w.glued {
			return
		}
	}
	x.v.add(fPersonConsignee, Observation{Text: consignee.p.Name, At: path(fieldName, consignee.index)})
}
