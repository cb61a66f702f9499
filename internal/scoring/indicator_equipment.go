package scoring

// bySea is true for ships: rules of seals and of empty containers are those of sea traffic.
func bySea(e *evaluation) Verdict { return e.one(fMode, modeMaritime) }

// own is true where no other consignment shares the containers.
func own(e *evaluation) Verdict { return e.nothing(fShared).and(e.not(fLevel, levelHouse, levelSub)) }

var equipmentIndicators = []Indicator{
	onFound("size-type@1", "a container with a size and type that do not exist", fSizeUnknown),
	{ID: "empty-laden@1", Meaning: "a container declared as empty that is at least min heavier than its tare, or has goods",
		needs:  []FeatureNumber{fEmptyLaden},
		params: []Param{{"min", Grams}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fEmptyLaden, e.params[0]) }},
	{ID: "empty-sealed@1", Meaning: "a container declared as empty that is sealed", needs: []FeatureNumber{fEmptySealed, fMode},
		judge: func(e *evaluation) Verdict { return bySea(e).and(e.found(fEmptySealed)) }},
	{ID: "empty-from-source@1", Meaning: "empty equipment from where cocaine is shipped",
		needs: []FeatureNumber{fEmpties, fCocaineSource, fMode},
		judge: func(e *evaluation) Verdict { return bySea(e).and(e.atLeast(fEmpties, 1)).and(e.found(fCocaineSource)) }},
	{ID: "full-without-mass@1", Meaning: "a container declared as full, and no mass, or a mass of nothing",
		needs: []FeatureNumber{fFull, fMass, fEmpties, fDescribes},
		judge: func(e *evaluation) Verdict {
			return here(e).and(e.found(fFull)).and(e.absent(fMass).or(e.atMost(fMass, 0)))
		}},
	{ID: "full-nearly-empty@1", Meaning: "full containers of the consignment's own with goods of at most max a twenty-foot equivalent",
		needs: []FeatureNumber{fFull, fShared, fLevel, fMass, fTEU, fEmpties}, params: []Param{{"max", Grams}},
		judge: func(e *evaluation) Verdict {
			return laden(e).and(own(e)).and(e.found(fFull)).and(e.quotient(fMass, fTEU, 1000, e.params[0], true)).and(e.atLeast(fMass, 1))
		}},
	{ID: "seal-missing@1", Meaning: "a full container without a seal, by sea", needs: []FeatureNumber{fSealMissing, fMode, fEmpties},
		judge: func(e *evaluation) Verdict { return bySea(e).and(laden(e)).and(e.found(fSealMissing)) }},
	onFound("seal-repeated@1", "a seal number that two containers have", fSealRepeated),
	{ID: "seal-faulty@1", Meaning: "a seal number that cannot be one", needs: []FeatureNumber{fSealFaulty, fMode},
		judge: func(e *evaluation) Verdict { return bySea(e).and(e.found(fSealFaulty)) }},
	{ID: "reefer-dry-goods@1", Meaning: "a refrigerated container with goods that need no cooling",
		needs: []FeatureNumber{fReefers, fPerishable, fEmpties, fDescribes},
		judge: func(e *evaluation) Verdict { return here(e).and(e.found(fReefers)).and(e.nothing(fPerishable)) }},
	{ID: "cold-goods-dry-box@1", Meaning: "goods that must be kept cold, in a container that does not cool",
		needs: []FeatureNumber{fFrozenWords, fDry, fReefers, fTanks},
		judge: func(e *evaluation) Verdict {
			return e.found(fFrozenWords).and(e.found(fDry)).and(e.nothing(fReefers)).and(e.nothing(fTanks))
		}},
	{ID: "tank-boxed-goods@1", Meaning: "a tank container with goods in boxes or bags", needs: []FeatureNumber{fTanks, fBoxed},
		judge: func(e *evaluation) Verdict { return e.found(fTanks).and(e.found(fBoxed)) }},
	{ID: "open-boxed-goods@1", Meaning: "an open container with goods in boxes or bags", needs: []FeatureNumber{fOpen, fBoxed},
		judge: func(e *evaluation) Verdict { return e.found(fOpen).and(e.found(fBoxed)) }},
	{ID: "gross-over-limit@1", Meaning: "a container with a gross mass over what any such container may have",
		needs:  []FeatureNumber{fGrossOver},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fGrossOver, e.params[0]) }},
	{ID: "vgm-differs@1", Meaning: "the verified gross mass is at least min from tare and goods", needs: []FeatureNumber{fVGM},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fVGM, e.params[0]) }},
}

var loadIndicators = []Indicator{
	{ID: "mass-missing@1", Meaning: "goods without a gross mass", needs: needs(fMass),
		judge: func(e *evaluation) Verdict { return here(e).and(e.absent(fMass)) }},
	{ID: "packages-missing@1", Meaning: "goods without a number of packages", needs: needs(fPackages),
		judge: func(e *evaluation) Verdict { return here(e).and(e.absent(fPackages)) }},
	{ID: "over-payload@1", Meaning: "the goods have at least min of the mass that their containers may hold",
		needs:  []FeatureNumber{fMass, fPayload},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.quotient(fMass, fPayload, 1000, e.params[0], false) }},
	{ID: "over-capacity@1", Meaning: "the goods have at least min of the volume of their containers",
		needs:  []FeatureNumber{fVolume, fCapacity},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.quotient(fVolume, fCapacity, 1000, e.params[0], false) }},
	{ID: "density-high@1", Meaning: "at least min, and neither stone, ore nor metal", needs: []FeatureNumber{fMass, fVolume, fDense},
		params: []Param{{"min", Density}},
		judge: func(e *evaluation) Verdict {
			return e.quotient(fMass, fVolume, 1, e.params[0], false).and(e.nothing(fDense))
		}},
	{ID: "density-low@1", Meaning: "at most max, which hardly any goods have", needs: []FeatureNumber{fMass, fVolume},
		params: []Param{{"max", Density}},
		judge:  func(e *evaluation) Verdict { return e.quotient(fMass, fVolume, 1, e.params[0], true) }},
	{ID: "package-heavy@1", Meaning: "one package, and not one of bulk, has at least min", needs: []FeatureNumber{fPackageHeavy},
		params: []Param{{"min", Grams}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fPackageHeavy, e.params[0]) }},
	{ID: "package-light@1", Meaning: "one package has at most max", needs: []FeatureNumber{fPackageLight}, params: []Param{{"max", Grams}},
		judge: func(e *evaluation) Verdict { return e.atMost(fPackageLight, e.params[0]) }},
	onFound("net-over-gross@1", "a net mass over the gross mass", fNetOverGross),
	{ID: "round-numbers@1", Meaning: "whole tonnes, at least min of them, and whole hundreds of packages", needs: []FeatureNumber{fRound},
		params: []Param{{"min", Grams}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fRound, e.params[0]) }},
	{ID: "mass-differs@1", Meaning: "the declared total mass is at least min from the sum of the items", needs: []FeatureNumber{fMassDiffers},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fMassDiffers, e.params[0]) }},
	{ID: "packages-differ@1", Meaning: "the declared total of packages is at least min from the sum of the items",
		needs: []FeatureNumber{fPackagesDiffer}, params: []Param{{"min", Permille}},
		judge: func(e *evaluation) Verdict { return e.atLeast(fPackagesDiffer, e.params[0]) }},
	{ID: "house-mass-differs@1", Meaning: "a master's mass is at least min from the sum of its houses", needs: []FeatureNumber{fHouseMass},
		params: []Param{{"min", Permille}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fHouseMass, e.params[0]) }},
	{ID: "house-packages-differ@1", Meaning: "a master's packages are at least min from the sum of its houses",
		needs: []FeatureNumber{fHousePackages}, params: []Param{{"min", Permille}},
		judge: func(e *evaluation) Verdict { return e.atLeast(fHousePackages, e.params[0]) }},
}
