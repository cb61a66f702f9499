package voyage

// oddHubs are ports that no ship passes on its way here, by the range of loading; freeZones are where goods change
// their papers.
var (
	oddHubs = map[string]string{"westsam": "MTMAR TRMER TGLFW CAHAL", "eastsam": "DOCAU TGLFW AOLAD MTMAR", "westafrica": "AEJEA MTMAR TRMER",
		"eastafrica": "ZADUR TGLFW ITGIT", "southasia": "ZADUR KEMBA TRMER", "southeast": "ZADUR AEJEA", "fareast": "AEJEA KEMBA ZADUR",
		"med": "PAMIT AEJEA TGLFW", "northam": "PAMIT DOCAU", "southafrica": "AEJEA TGLFW", "oceania": "ZADUR PAMIT", "home": "MTMAR AEJEA"}
	freeZones = "AEJEA PAMIT OMSLL SGSIN MACAS"
)

func (k *planting) putCarriage(s sign) bool {
	b, r := k.b, k.r
	switch s {
	case signViaOdd:
		hub := portByCode[pick(r, fields(oddHubs[b.loading.area]))]
		if hub == b.loading || hub == nil {
			return false
		}
		b.via = hub
	case signViaHub:
		hub := portByCode[pick(r, fields(freeZones))]
		if hub == b.loading {
			return false
		}
		b.via = hub
	case signOnwardOdd:
		return k.sendOn()
	case signSealForeign, signSealTwice, signGrossDiffers, signSealChanged:
		return k.putBox(s)
	case signMassChanged:
		b.amend(changeMassMuch, late)
	case signConsigneeChanged:
		b.amend(changeConsignee, late)
	case signDischargeChanged:
		b.amend(changePlace, late)
	case signAmendedLate:
		b.amend(pick(r, []change{changeText, changeMass, changeAddress}), late)
	case signEmptyHeavy:
		if len(k.boxes) == 0 {
			return false
		}
		x := &k.boxes[r.n(len(k.boxes))]
		x.skew = int64(r.in(900, 7000)) * 1000
	case signEmptySealed:
		if len(k.boxes) == 0 {
			return false
		}
		x := &k.boxes[r.n(len(k.boxes))]
		x.seals = append(x.seals, pattern(r, k.p.filer.seal))
	case signNoHouses:
		nv := pick(r, nvoccs)
		b.kind = "MB"
		b.shipper, b.consignee, b.notify = nv.office(b.loading.country()), nv.office(b.discharge.country()), party{}
	}
	return true
}

// sendOn sends goods on to where nobody would send them by way of this port.
func (k *planting) sendOn() bool {
	b, r := k.b, k.r
	switch b.flow {
	case exported: // landed in a hub for somebody behind it
		to := pick(r, fields("KZ GE AM IR"))
		b.delivery = pick(r, map[string][]place{"KZ": {{"KZALA", "ALMATY"}}, "GE": {{"GETBS", "TBILISI"}}, "AM": {{"AMEVN",
			"YEREVAN"}}, "IR": {{"IRTHR", "TEHRAN"}}}[to])
	case imported, transhipped:
		to := pick(r, portsOf("VNHPH HKHKG CNXMN CNYTN"))
		if to.country() == b.loading.country() {
			return false
		}
		b.flow = transhipped
		b.delivery = place{to.code, to.name}
		b.onward = leg{mode: '1', voyage: numbered("9999", r.u(), r), days: r.in(3, 9)}
	default:
		return false
	}
	return true
}

func (k *planting) putBox(s sign) bool {
	if len(k.boxes) == 0 {
		return false
	}
	r, x := k.r, &k.boxes[0]
	switch s {
	case signSealForeign:
		x.seals = []string{pattern(r, pick(r, []string{"999999", "AB99999", "S9999999", "9999A"}))}
	case signSealTwice:
		x.seals = append(x.seals, pattern(r, pick(r, []string{"SH999999", "H9999999", "999999"})))
	case signGrossDiffers:
		x.skew = int64(r.in(180, 1400)) * 1000
	case signSealChanged:
		k.b.amend(changeSeal, late)
	}
	return true
}
