package scoring

import (
	"bytes"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// identities takes the check digits.
func (x *extractor) identities() {
	c, v := x.c, x.v
	x.ship()
	numbered := false
	for i := range c.Documents {
		d := &c.Documents[i]
		if !d.Kind.IsTransport() {
			continue
		}
		if !numbered && !blank(d.Number) {
			numbered = true
			v.looked(fDocument)
			v.add(fDocument, Observation{Text: d.Number, At: path(fieldDocument, i)})
		}
		if d.Kind != cargo.DocumentMasterAWB && d.Kind != cargo.DocumentAWB {
			continue
		}
		b := x.bare(d.Number)
		if len(b) != 11 {
			continue
		}
		if check, ok := refdata.AirWaybillCheckDigit(b[3:10]); ok {
			v.looked(fAWB)
			if b[10] != check {
				v.add(fAWB, Observation{Text: d.Number, At: path(fieldDocument, i)})
			}
		}
	}
	if !numbered {
		v.absent(fDocument, path(fieldDocuments))
	}
}

// ship takes the IMO number, which only ships have.
func (x *extractor) ship() {
	if !x.maritime() || x.call == nil {
		return
	}
	switch imo := x.call.Conveyance.IMO; {
	case blank(imo):
		x.v.absent(fIMO, path(fieldIMO))
	default:
		x.v.looked(fIMO)
		right := refdata.IMOValid(bytes.TrimPrefix(x.bare(imo), []byte("IMO")))
		x.v.add(fIMO, Observation{Number: bit(right), Text: imo, At: path(fieldIMO)})
	}
}

// bare gives an identity in capital letters without blanks and hyphens, as the Parse functions of cargo take it, but
// without a new string.
func (x *extractor) bare(s string) []byte {
	x.buf = x.buf[:0]
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '-':
		case c >= 'a' && c <= 'z':
			x.buf = append(x.buf, c-'a'+'A')
		default:
			x.buf = append(x.buf, c)
		}
	}
	return x.buf
}

// isContainer reports whether equipment is, or passes for, a freight container.
func isContainer(e *cargo.Equipment) bool {
	return e.Kind == cargo.KindContainer || e.Kind == "" && refdata.ContainerForm(e.ID)
}

// equipment takes what the containers say of themselves.
func (x *extractor) equipment() {
	c, v := x.c, x.v
	containers, declared, sized := 0, 0, 0
	for i := range c.Equipment {
		e := &c.Equipment[i]
		if !isContainer(e) {
			continue
		}
		containers++
		if e.Declared || e.Fullness != "" || len(e.Seals) > 0 || e.SizeType != "" {
			declared++
		}
		if e.SizeType != "" {
			sized++
		}
		x.number(i, e)
		x.fullness(i, e)
		x.sizeType(i, e)
		x.gross(i, e)
	}
	if containers == 0 {
		if len(c.Equipment) == 0 {
			v.absent(fContainers, path(fieldEquipment))
		} else {
			v.know(fContainers, 0, path(fieldEquipment))
		}
		return
	}
	v.know(fContainers, int64(containers), path(fieldEquipment))
	v.looked(fCheckDigit, fContainerForm, fShared)
	if declared > 0 {
		v.looked(fFull, fEmptyLaden, fEmptySealed, fSealMissing, fSealRepeated, fSealFaulty)
		x.sealsTwice()
	}
	if sized > 0 {
		v.looked(fSizeUnknown, fReefers, fTanks, fOpen, fDry)
	}
	x.room()
}

// number checks a container's number.
func (x *extractor) number(i int, e *cargo.Equipment) {
	v, at := x.v, path(fieldEquipmentID, i)
	if e.Load == cargo.LoadLCL || e.Fullness == cargo.FullnessPartly || x.in.Peers.shared(e.ID) {
		v.add(fShared, Observation{Text: e.ID, At: at})
	}
	switch id := x.bare(e.ID); {
	case refdata.ContainerValid(id):
	case refdata.ContainerForm(id):
		v.add(fCheckDigit, Observation{Text: e.ID, At: at})
	default:
		v.add(fContainerForm, Observation{Text: e.ID, At: at})
	}
}

// fullness compares what is said of a container's fullness with seals and goods.
func (x *extractor) fullness(i int, e *cargo.Equipment) {
	v := x.v
	for k, seal := range e.Seals {
		if x.faultySeal(seal) {
			v.add(fSealFaulty, Observation{Text: seal, At: path(fieldSeal, i, k)})
		}
	}
	switch e.Fullness {
	case cargo.FullnessEmpty:
		if len(e.Seals) > 0 {
			v.add(fEmptySealed, Observation{Text: e.ID, At: path(fieldSeals, i), Other: path(fieldFullness, i)})
		}
		if over, at, ok := x.overTare(i, e); ok && over > 0 {
			v.add(fEmptyLaden, Observation{Number: over, Text: e.ID, At: path(fieldFullness, i), Other: at})
		}
		return
	case cargo.FullnessFull:
		v.add(fFull, Observation{Text: e.ID, At: path(fieldFullness, i)})
	}
	if len(e.Seals) == 0 && !x.empties && e.Fullness != cargo.FullnessPartly && typeOf(e.SizeType) != typeOpen {
		v.add(fSealMissing, Observation{Text: e.ID, At: path(fieldSeals, i)})
	}
}

// faultySeal reports whether a seal number cannot be one.
func (x *extractor) faultySeal(seal string) bool {
	x.words.reset()
	x.words.add(seal)
	b := x.words.bytes
	if len(b) < 3 {
		return true
	}
	same := true
	for _, c := range b[1:] {
		same = same && c == b[0]
	}
	x.lists.matcher.find(&x.search, &x.words, setOf(listPlaceholder))
	return same || len(x.search.hits) > 0
}

// overTare says by how much an empty container is heavier than it should be: by its gross mass, or by the goods that are
// said to be in it. Some bills of empty equipment give its tare as the mass of the goods, so that is let through.
func (x *extractor) overTare(i int, e *cargo.Equipment) (over int64, at Path, ok bool) {
	tare, known := grams(&e.Tare)
	if !known {
		if columns, sized := x.lists.size(e.SizeType); sized {
			tare, known = 1000*columns[columnTare], true
		}
	}
	if !known {
		return 0, Path{}, false
	}
	for _, m := range [...]struct {
		measure *cargo.Measure
		field   Field
	}{{&e.VGM, fieldVGM}, {&e.Gross, fieldGross}} {
		if g, has := grams(m.measure); has && g-tare > over {
			over, at = g-tare, path(m.field, i)
		}
	}
	if g, from, has := x.goodsIn(e.ID); has && !x.empties && g > over {
		over, at = g, from
	}
	if len(x.c.Equipment) == 1 && x.mass.ok && x.empties && x.mass.n-tare > over {
		over, at = x.mass.n-tare, x.mass.at
	}
	return over, at, true
}

// goodsIn gives the mass of the goods in a container: as declared for it, or all where it is the only one.
func (x *extractor) goodsIn(id string) (mass int64, at Path, ok bool) {
	for i := range x.c.Items {
		item := &x.c.Items[i]
		for k := range item.Equipment {
			if item.Equipment[k].ID != id {
				continue
			}
			g, has := grams(&item.Equipment[k].GrossMass)
			if !has && len(item.Equipment) == 1 {
				g, has = grams(&item.GrossMass)
			}
			if has {
				mass, at, ok = mass+g, path(fieldItemGross, i), true
			}
		}
	}
	if !ok && len(x.c.Equipment) == 1 && x.mass.ok {
		return x.mass.n, x.mass.at, true
	}
	return mass, at, ok
}

// sizeType sorts a container by its type.
func (x *extractor) sizeType(i int, e *cargo.Equipment) {
	if e.SizeType == "" {
		return
	}
	o := Observation{Text: e.SizeType, At: path(fieldSizeType, i)}
	if _, ok := x.lists.size(e.SizeType); !ok {
		x.v.add(fSizeUnknown, o)
		return
	}
	x.v.add([...]FeatureNumber{typeDry: fDry, typeReefer: fReefers, typeTank: fTanks, typeOpen: fOpen}[typeOf(e.SizeType)], o)
}

// gross takes the gross mass, the verified one where there is one, and compares it with what the size allows.
func (x *extractor) gross(i int, e *cargo.Equipment) {
	for _, m := range [...]struct {
		measure *cargo.Measure
		field   Field
	}{{&e.VGM, fieldVGM}, {&e.Gross, fieldGross}} {
		if g, ok := grams(m.measure); ok {
			x.v.looked(fGrossMax)
			o := Observation{Number: g, Text: e.ID, At: path(m.field, i)}
			x.v.add(fGrossMax, o)
			if columns, sized := x.lists.size(e.SizeType); sized && columns[columnGross] > 0 {
				o.Number, o.Other = ratio(max(g, 0), columns[columnGross], 1), path(fieldSizeType, i)
				x.v.looked(fGrossOver)
				x.v.add(fGrossOver, o)
			}
			return
		}
	}
}

// sealsTwice finds seals that two containers have.
func (x *extractor) sealsTwice() {
	c, v := x.c, x.v
	clear(x.seals)
	for i := range c.Equipment {
		e := &c.Equipment[i]
		for k, seal := range e.Seals {
			if blank(seal) {
				continue
			}
			first, twice := x.seals[seal]
			switch {
			case twice && first != e.ID:
				v.add(fSealRepeated, Observation{Text: seal, At: path(fieldSeal, i, k)})
			case x.in.Peers.sealElsewhere(seal, e.ID):
				v.add(fSealRepeated, Observation{Text: seal, At: path(fieldSeal, i, k), Other: path(fieldContextSeals)})
			}
			if !twice {
				x.seals[seal] = e.ID
			}
		}
	}
}

// room adds up what the containers hold. It is not derivable where one has an unknown size.
func (x *extractor) room() {
	var teu, payload, volume int64
	closed := true
	for i := range x.c.Equipment {
		e := &x.c.Equipment[i]
		if !isContainer(e) {
			return
		}
		columns, ok := x.lists.size(e.SizeType)
		if !ok {
			return
		}
		teu, payload, volume = teu+columns[columnTEU], payload+1000*columns[columnPayload], volume+columns[columnVolume]
		t := typeOf(e.SizeType)
		closed = closed && t != typeOpen && t != typeTank
	}
	at := path(fieldEquipment)
	x.v.know(fTEU, teu, at)
	x.v.know(fPayload, payload, at)
	if closed {
		x.v.know(fCapacity, volume, at)
	}
}
