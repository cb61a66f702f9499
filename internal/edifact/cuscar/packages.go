package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/refdata"
	"cargogate/internal/validate"
)

// setItem takes the GID: 1496 and C213 once for each level of packaging, the outermost first.
func (m *Mapper) setItem() {
	st := &m.bill.item
	i := st.i
	i.Sequence = m.count(1, 1)
	place := 0
	for e := 2; e <= min(6, m.s.NumElements()); e++ {
		n := m.s.NumComponents(e)
		if n == 0 || n == 1 && len(m.raw(e, 1)) == 0 {
			place++
			continue
		}
		p := i.AddPackage()
		p.Source = m.span()
		p.Count = m.count(e, 1)
		p.Level = [...]cargo.PackageLevel{cargo.PackageOuter, cargo.PackageIntermediate, cargo.PackageInner}[min(place, 2)]
		place++
		m.packageType(p, e, 2)
		if p.Level == cargo.PackageOuter {
			st.declared, st.declType = p.Count, p.Type
			st.gid = m.spot(e, 1, 1)
		}
	}
}

// packageType reads the type of packages: its code at component c of element e (DE 7065), the list of it behind, and
// the name in clear.
func (m *Mapper) packageType(p *cargo.Package, e, c int) {
	code, list := m.raw(e, c), m.raw(e, c+1)
	p.Type, p.TypeName = m.str(e, c), m.str(e, c+3)
	if len(code) == 0 || string(code) == m.words.packageType {
		return
	}
	if refdata.PackageType(code) {
		m.words.packageType = p.Type // most often the next one is the same
		return
	}
	p.ReadAs, _ = refdata.PackageAlias(code)
	if len(list) == 0 || string(m.raw(e, c+2)) == "6" {
		m.find(diag.UnknownPackageType, e, c, diag.A("found", p.Type))
	}
}

// addPackage takes a PAC: 7224, C531 with the level (7075), C202 with the type. One that repeats the outermost packages
// of the GID adds nothing; one that divides them stands beside them and is not counted again.
func (m *Mapper) addPackage() {
	st := &m.bill.item
	i := st.i
	st.pacs++
	var p cargo.Package
	p.Source = m.span()
	p.Count = m.count(1, 1)
	level, known := packageLevel(m.raw(2, 1))
	m.packageType(&p, 3, 1)
	outer := level == cargo.PackageOuter || !known
	if outer && st.declared.OK {
		st.pac, st.packed = m.spot(1, 1, st.pacs), p.Count.N
		if !p.Count.OK {
			st.packsOff = true
		} else if sum, ok := st.packs.Add(p.Count); ok {
			st.packs = sum
		}
		if (known || len(m.raw(2, 1)) == 0) && p.Count == st.declared && p.Type == st.declType && p.TypeName == "" {
			m.mark(2, 1)
			return
		}
		i.Packages = append(i.Packages, p)
		return
	}
	if known {
		m.mark(2, 1)
		p.Level = level
	}
	i.Packages = append(i.Packages, p)
}

// addMarks takes a PCI: 4233 and C210 with up to ten lines, which belong to the packages named last.
func (m *Mapper) addMarks() {
	i := m.bill.item.i
	m.markIf(1, 1, "24") // marks of the shipper
	text := m.join(2, 1, 10, '\n')
	if text == "" {
		return
	}
	if len(i.Packages) == 0 {
		i.AddPackage().Source = m.span()
	}
	p := &i.Packages[len(i.Packages)-1]
	if p.Marks != "" {
		m.buf = append(append(append(m.buf[:0], p.Marks...), '\n'), text...)
		text = m.keep(m.buf)
	}
	p.Marks = text
}

// addItemEquipment takes a SGP: C237 with the equipment, 7224 with the packages in it. The consignment shows each piece
// of equipment once, with what its EQD says.
func (m *Mapper) addItemEquipment() {
	st := &m.bill.item
	id := m.str(1, 1)
	e := st.i.AddEquipment(id)
	e.Source = m.span()
	e.Packages = m.count(2, 1)
	st.sgps++
	if e.Packages.OK {
		st.sgp, st.placed = m.spot(2, 1, st.sgps), e.Packages.N
	} else {
		st.splitOff = true
	}
	if sum, ok := st.split.Add(e.Packages); ok {
		st.split = sum
	}
	if id != "" {
		m.useEquipment(id)
	}
}

// useEquipment joins the equipment that goods name with what its EQD says, once for each bill.
func (m *Mapper) useEquipment(id string) {
	b, kit := &m.bill, &m.kit
	p := kit.register.find(id)
	if p == nil {
		if p = kit.register.add(id, nil); p == nil {
			m.overflows(id, false, m.position(1, 1))
			if n := len(b.c.Equipment); n == 0 || b.c.Equipment[n-1].ID != id {
				e := b.c.AddEquipment()
				if refdata.ContainerForm(id) {
					e.Kind = cargo.KindContainer
				}
				e.SetID(id)
			}
			return
		}
		at := m.position(1, 1)
		p.at, p.length, p.segment = at.Offset, uint16(min(at.Length, 0xffff)), uint32(at.Segment)
		if validate.MeantAsContainer(id) {
			m.checkContainer(1, id)
		}
	}
	if p.bill == b.serial {
		return
	}
	p.bill = b.serial
	e := b.c.AddEquipment()
	kit.register.show(p, e)
	if p.group == 0 && kit.declared > 0 && !kit.beyond {
		m.find(diag.EquipmentNotDeclared, 1, 1, diag.A("equipment", id))
	}
}

// checkPackages compares what GID, PAC and SGP say of the packages of the item at hand.
func (m *Mapper) checkPackages() {
	st := &m.bill.item
	if st.packs.OK && !st.packsOff && validate.CountDiffers(st.declared, st.packs) {
		m.findRelatedAt(diag.PackageCountDiffers, &st.pac, m.number("", st.packed).Value, []diag.Position{m.at(&st.gid)}, m.number("declared", st.declared.N), m.number("computed", st.packs.N))
	}
	outer := st.i.OuterPackages()
	if st.split.OK && !st.splitOff && st.sgp.ok && validate.CountDiffers(outer, st.split) {
		m.findAt(diag.SplitPackagesTotal, &st.sgp, m.number("", st.placed).Value, m.number("declared", outer.N), m.number("computed", st.split.N))
	}
}
