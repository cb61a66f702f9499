package scoring

import "cargogate/internal/cargo"

// load compares masses, packages and volumes with another and with the equipment.
func (x *extractor) load() {
	x.pieces()
	x.round()
	x.totals()
	x.houses()
	x.verified()
}

// pieces takes the items' packages.
func (x *extractor) pieces() {
	v, l := x.v, x.lists
	for i := range x.c.Items {
		item := &x.c.Items[i]
		bulk := x.items[i].bulk
		for k := range item.Packages {
			kind := item.Packages[k].Type
			if item.Packages[k].ReadAs != "" {
				kind = item.Packages[k].ReadAs
			}
			if kind == "" {
				continue
			}
			v.looked(fBoxed)
			if e, ok := lookup(l.lists[listBoxedPackages], kind); ok {
				v.add(fBoxed, Observation{Text: e.key, At: path(fieldPackage, i, k)})
			}
			_, loose := lookup(l.lists[listBulkPackages], kind)
			bulk = bulk || loose
		}
		gross, ok := grams(&item.GrossMass)
		if net, both := grams(&item.NetMass); both && ok {
			v.looked(fNetOverGross)
			if net > gross {
				v.add(fNetOverGross, Observation{Number: net, At: path(fieldItemNet, i), Other: path(fieldItemGross, i)})
			}
		}
		count := item.OuterPackages()
		if !ok || !count.OK || count.N <= 0 || bulk || x.empties {
			continue
		}
		v.looked(fPackageHeavy, fPackageLight)
		o := Observation{Number: gross / count.N, At: path(fieldItemGross, i), Other: path(fieldPackages, i)}
		v.add(fPackageHeavy, o)
		v.add(fPackageLight, o)
	}
}

// round asks whether mass and packages are both round.
func (x *extractor) round() {
	if !x.mass.ok || !x.packages.ok {
		return
	}
	x.v.looked(fRound)
	if m, n := x.mass.n, x.packages.n; m > 0 && n > 0 && m%1e6 == 0 && n%100 == 0 {
		x.v.add(fRound, Observation{Number: m, At: x.mass.at, Other: x.packages.at})
	}
}

// totals compares what was declared in total with the items, where each of them says how much it is.
func (x *extractor) totals() {
	t := &x.c.Totals
	declared, ok1 := scaled(t.Declared.GrossMass, 3)
	computed, ok2 := scaled(t.Computed.GrossMass, 3)
	if ok1 && ok2 && x.summed[0] {
		x.v.looked(fMassDiffers)
		x.v.add(fMassDiffers, Observation{Number: permille(declared, computed), At: path(fieldDeclaredMass), Other: path(fieldComputedMass)})
	}
	if t.Declared.Packages.OK && t.Computed.Packages.OK && x.summed[1] {
		x.v.looked(fPackagesDiffer)
		o := Observation{At: path(fieldDeclaredPackages), Other: path(fieldComputedPackages)}
		o.Number = permille(t.Declared.Packages.N, t.Computed.Packages.N)
		x.v.add(fPackagesDiffer, o)
	}
}

// houses compares a master with its houses.
func (x *extractor) houses() {
	h := &x.in.Houses
	if x.c.Level != cargo.LevelMaster || !h.Known || !h.Complete || h.Count == 0 {
		return
	}
	if sum, ok := scaled(h.Total.GrossMass, 3); ok && x.mass.ok {
		x.v.looked(fHouseMass)
		x.v.add(fHouseMass, Observation{Number: permille(sum, x.mass.n), At: x.mass.at, Other: path(fieldContextHouseMass)})
	}
	if h.Total.Packages.OK && x.packages.ok {
		x.v.looked(fHousePackages)
		o := Observation{Number: permille(h.Total.Packages.N, x.packages.n), At: x.packages.at, Other: path(fieldContextHousePackages)}
		x.v.add(fHousePackages, o)
	}
}

// verified compares the verified gross mass of the only container with its tare and the goods.
func (x *extractor) verified() {
	if len(x.c.Equipment) != 1 || !isContainer(&x.c.Equipment[0]) || !x.mass.ok || x.empties {
		return
	}
	e := &x.c.Equipment[0]
	vgm, ok := grams(&e.VGM)
	if !ok || x.v.Total(fShared) > 0 || e.Fullness == cargo.FullnessEmpty {
		return
	}
	tare, ok := grams(&e.Tare)
	if !ok {
		columns, sized := x.lists.size(e.SizeType)
		if !sized {
			return
		}
		tare = 1000 * columns[columnTare]
	}
	x.v.looked(fVGM)
	x.v.add(fVGM, Observation{Number: permille(vgm, tare+x.mass.n), Text: e.ID, At: path(fieldVGM, 0), Other: x.mass.at})
}
