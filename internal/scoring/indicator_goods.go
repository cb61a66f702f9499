package scoring

// indicators are all that the program has, by theme. An old version stays in its place.
var indicators = concat(goodsIndicators, wordIndicators, hsIndicators, dangerousIndicators, partyIndicators,
	identityIndicators, equipmentIndicators, loadIndicators, routeIndicators, filingIndicators)

func concat(groups ...[]Indicator) []Indicator {
	var out []Indicator
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// laden is true for goods, and false for empty equipment.
func laden(e *evaluation) Verdict { return e.one(fEmpties, 0) }

// here is true where the description of goods belongs on this consignment.
func here(e *evaluation) Verdict { return laden(e).and(e.one(fDescribes, 1)) }

// everywhere is true where a feature was observed on each described item; elsewhere only on some.
func everywhere(e *evaluation, f FeatureNumber) Verdict {
	items, ok := e.number(fDescribed)
	if !ok {
		return Unsure
	}
	return e.some(f, max(items, 1))
}

func onlySome(e *evaluation, f FeatureNumber) Verdict {
	items, ok := e.number(fDescribed)
	if !ok || e.v.State(f) != Known {
		return Unsure
	}
	if int64(e.v.Total(f)) >= items {
		return Quiet
	}
	return e.found(f)
}

// onGoods makes a judge that asks for observations on goods described here.
func onGoods(f FeatureNumber) func(*evaluation) Verdict {
	return func(e *evaluation) Verdict { return here(e).and(e.found(f)) }
}

var onHere = []FeatureNumber{fEmpties, fDescribes}

func needs(more ...FeatureNumber) []FeatureNumber {
	return append(append([]FeatureNumber{}, more...), onHere...)
}

var goodsIndicators = []Indicator{
	{ID: "dangerous-hs@1", Meaning: "goods that nearly always travel as dangerous by their HS code, and nothing is declared as dangerous",
		needs: []FeatureNumber{fDangerousHS, fDGDeclared, fUNInText},
		judge: func(e *evaluation) Verdict {
			return e.found(fDangerousHS).and(e.atMost(fDGDeclared, 0)).and(e.nothing(fUNInText))
		}},
	onFound("round-mass@1", "the gross mass is a round number", fRoundMass),
	{ID: "gross-excess@1", Meaning: "containers weigh at least min more each than their tare and the goods", needs: []FeatureNumber{fGrossExcess},
		params: []Param{{"min", Grams}}, judge: func(e *evaluation) Verdict { return e.atLeast(fGrossExcess, e.params[0]) }},
	onFound("marks-missing@1", "packages without marks", fMarksMissing),
	{ID: "description-missing@1", Meaning: "no goods item has a description", needs: needs(fDescribed),
		judge: func(e *evaluation) Verdict { return here(e).and(e.absent(fDescribed)) }},
	{ID: "description-gap@1", Meaning: "some goods items have a description and others none", needs: needs(fUndescribed),
		judge: onGoods(fUndescribed)},
	{ID: "description-vague@1", Meaning: "every description has only vague words", needs: needs(fVague, fDescribed),
		judge: func(e *evaluation) Verdict { return here(e).and(everywhere(e, fVague)) }},
	{ID: "description-vague-item@1", Meaning: "some descriptions have only vague words", needs: needs(fVague, fDescribed),
		judge: func(e *evaluation) Verdict { return here(e).and(onlySome(e, fVague)) }},
	{ID: "description-mostly-vague@1", Meaning: "the vague words of a description are a share of at least min of those that could describe",
		needs: needs(fVagueShare), params: []Param{{"min", Permille}},
		judge: func(e *evaluation) Verdict { return here(e).and(e.atLeast(fVagueShare, e.params[0])) }},
	{ID: "description-packaging@1", Meaning: "every description names packages and quantities only", needs: needs(fPackagingOnly, fDescribed),
		judge: func(e *evaluation) Verdict { return here(e).and(everywhere(e, fPackagingOnly)) }},
	{ID: "description-numeric@1", Meaning: "a description has no letter", needs: needs(fNumeric), judge: onGoods(fNumeric)},
	{ID: "description-repeated@1", Meaning: "a description repeats a letter or a word at least min times in a row",
		needs: needs(fRepeated), params: []Param{{"min", Plain}},
		judge: func(e *evaluation) Verdict { return here(e).and(e.atLeast(fRepeated, e.params[0])) }},
	{ID: "description-placeholder@1", Meaning: "a description only refers elsewhere, or says that it is to come",
		needs: needs(fPlaceholder), judge: onGoods(fPlaceholder)},
	{ID: "personal-effects-company@1", Meaning: "personal effects, and the consignor is a company",
		needs: []FeatureNumber{fPersonalEffects, fCompanyConsignor},
		judge: func(e *evaluation) Verdict { return e.found(fPersonalEffects).and(e.found(fCompanyConsignor)) }},
	{ID: "personal-effects-heavy@1", Meaning: "personal effects of at least min", needs: []FeatureNumber{fPersonalEffects, fMass},
		params: []Param{{"min", Grams}},
		judge:  func(e *evaluation) Verdict { return e.found(fPersonalEffects).and(e.atLeast(fMass, e.params[0])) }},
}

// onFound makes an indicator that fires wherever its feature observed something.
func onFound(id, meaning string, f FeatureNumber) Indicator {
	return Indicator{ID: id, Meaning: meaning, needs: []FeatureNumber{f}, judge: func(e *evaluation) Verdict { return e.found(f) }}
}

// withoutHS is true where no HS code is in a list, or none is declared.
func withoutHS(e *evaluation, f FeatureNumber) Verdict {
	cited := len(e.cited)
	v := e.nothing(f).or(e.absent(fHS))
	e.cited = e.cited[:cited]
	return v
}

// either is true where one of two features observed something.
func either(e *evaluation, a, b FeatureNumber) Verdict { return e.found(a).or(e.found(b)) }

var wordIndicators = []Indicator{
	onFound("precursor-words@1", "words for drug precursors, cutting agents, or machines that make tablets", fPrecursorWords),
	{ID: "precursor-mislabelled@1", Meaning: "the same words, and no HS code that such goods are truly declared as",
		needs: []FeatureNumber{fPrecursorWords, fPrecursorHS, fHS},
		judge: func(e *evaluation) Verdict { return e.found(fPrecursorWords).and(withoutHS(e, fPrecursorHS)) }},
	{ID: "precursor-destination@1", Meaning: "the same words, bound for or reloaded in a country where drugs are made",
		needs: []FeatureNumber{fPrecursorWords, fPrecursorEnd},
		judge: func(e *evaluation) Verdict { return e.found(fPrecursorWords).and(e.found(fPrecursorEnd)) }},
	onFound("cas-number@1", "a registry number of a precursor or of a chemical for explosives", fCAS),
	onFound("dual-use-words@1", "words for goods under export control", fDualUseWords),
	{ID: "dual-use-diversion@1", Meaning: "words for goods under export control, bound for or reloaded at a re-export place",
		needs: []FeatureNumber{fDualUseWords, fDiversion},
		judge: func(e *evaluation) Verdict { return e.found(fDualUseWords).and(e.found(fDiversion)) }},
	{ID: "weapon-words@1", Meaning: "words for arms or their parts, and no HS code of arms",
		needs: []FeatureNumber{fWeaponWords, fArmsHS, fHS},
		judge: func(e *evaluation) Verdict { return e.found(fWeaponWords).and(withoutHS(e, fArmsHS)) }},
	onFound("arms-declared@1", "an HS code of arms and ammunition", fArmsHS),
	onFound("explosive-precursor-words@1", "words for chemicals from which explosives are made", fExplosiveWords),
	onFound("radioactive-words@1", "words for radioactive or nuclear material", fRadioactiveWords),
	{ID: "radioactive-undeclared@1", Meaning: "the same words, and nothing declared as dangerous",
		needs: []FeatureNumber{fRadioactiveWords, fDGDeclared},
		judge: func(e *evaluation) Verdict { return e.found(fRadioactiveWords).and(e.atMost(fDGDeclared, 0)) }},
	onFound("species-words@1", "words for protected species", fSpeciesWords),
	{ID: "waste-goods@1", Meaning: "waste of the kinds that treaties watch, by words or by HS code",
		needs: []FeatureNumber{fWasteWords, fWasteHS},
		judge: func(e *evaluation) Verdict { return either(e, fWasteWords, fWasteHS) }},
	{ID: "waste-export@1", Meaning: "the same, not said to be tested or in working order, bound for a country that may not receive it simply",
		needs: []FeatureNumber{fWasteWords, fWasteHS, fTested, fWasteEnd},
		judge: func(e *evaluation) Verdict {
			return either(e, fWasteWords, fWasteHS).and(e.nothing(fTested)).and(e.found(fWasteEnd))
		}},
	{ID: "excise-words@1", Meaning: "words for tobacco, alcohol, fuel or what makes them, and HS codes of other goods",
		needs: []FeatureNumber{fExciseWords, fExciseHS},
		judge: func(e *evaluation) Verdict { return e.found(fExciseWords).and(e.nothing(fExciseHS)) }},
	{ID: "excise-transit@1",
		Meaning: "goods under excise or high duty in transit or transhipment to a country without a coast, or through a hub",
		needs:   []FeatureNumber{fExciseWords, fExciseHS, fFlow, fLandlocked, fHubBetween},
		judge: func(e *evaluation) Verdict {
			return either(e, fExciseWords, fExciseHS).and(e.one(fFlow, flowTransit, flowTranshipment)).and(either(e, fLandlocked, fHubBetween))
		}},
	onFound("used-vehicles@1", "used vehicles or their parts", fUsedVehicles),
}

var hsIndicators = []Indicator{
	{ID: "hs-missing@1", Meaning: "no goods item has an HS code", needs: needs(fHS),
		judge: func(e *evaluation) Verdict { return here(e).and(e.absent(fHS)) }},
	{ID: "hs-gap@1", Meaning: "some goods items have an HS code and others none", needs: needs(fHSGap), judge: onGoods(fHSGap)},
	onFound("hs-faulty@1", "an HS code that is too short, or in no chapter", fHSFaulty),
	{ID: "hs-against-text@1", Meaning: "the description's words belong to another section of the system than the HS code",
		needs: []FeatureNumber{fHSContradicts},
		judge: func(e *evaluation) Verdict { return e.equal(fHSContradicts, otherSection) }},
	{ID: "hs-chapter@1", Meaning: "the description's words belong to other chapters of the same section than the HS code",
		needs: []FeatureNumber{fHSContradicts},
		judge: func(e *evaluation) Verdict { return e.equal(fHSContradicts, sameSection) }},
	onFound("hs-two-codes@1", "the description names an HS code of another chapter than the declared one", fHSTwo),
	{ID: "high-priority-diversion@1", Meaning: "electronics or parts of the high-priority list, bound for or reloaded at a re-export place",
		needs: []FeatureNumber{fHighPriorityHS, fDiversion},
		judge: func(e *evaluation) Verdict { return e.found(fHighPriorityHS).and(e.found(fDiversion)) }},
	{ID: "branded-route@1", Meaning: "goods that are often counterfeited, from where counterfeits are shipped, by way of a hub elsewhere",
		needs: []FeatureNumber{fBrandedHS, fBrandedSource, fHubBetween},
		judge: func(e *evaluation) Verdict {
			return e.found(fBrandedHS).and(e.found(fBrandedSource)).and(e.found(fHubBetween))
		}},
	{ID: "branded-parcel@1",
		Meaning: "a parcel by air or mail of at most max packages of goods that are often counterfeited, from where they are shipped",
		needs:   []FeatureNumber{fBrandedHS, fBrandedSource, fMode, fPackages}, params: []Param{{"max", Plain}},
		judge: func(e *evaluation) Verdict {
			return e.found(fBrandedHS).and(e.found(fBrandedSource)).and(e.one(fMode, modeAir, modeMail)).and(e.atMost(fPackages, e.params[0]))
		}},
}

var dangerousIndicators = []Indicator{
	{ID: "dangerous-undeclared@1", Meaning: "words for dangerous goods, and nothing declared as dangerous, in the text neither",
		needs: []FeatureNumber{fDangerousWords, fDGDeclared, fUNInText},
		judge: func(e *evaluation) Verdict {
			return e.found(fDangerousWords).and(e.atMost(fDGDeclared, 0)).and(e.nothing(fUNInText))
		}},
	onFound("dangerous-in-text@1", "dangerous goods that are declared nowhere but in the description", fUNInText),
	{ID: "dangerous-possible@1", Meaning: "words for goods of which some kinds are dangerous, and nothing declared as dangerous",
		needs: []FeatureNumber{fDangerousMaybe, fDGDeclared},
		judge: func(e *evaluation) Verdict { return e.found(fDangerousMaybe).and(e.atMost(fDGDeclared, 0)) }},
	{ID: "dangerous-other-un@1", Meaning: "words for dangerous goods, and other UN numbers declared than theirs", needs: needs(fDGOtherUN),
		judge: onGoods(fDGOtherUN)},
	onFound("un-number-form@1", "a UN number that has not the form of one", fUNFaulty),
	onFound("un-number-missing@1", "goods classed as dangerous without a UN number", fUNMissing),
	onFound("dangerous-class@1", "a class that is not that of the UN number", fClassDiffers),
	onFound("packing-group-missing@1", "no packing group, where the UN number has one", fGroupMissing),
	onFound("packing-group@1", "a packing group that the UN number does not have", fGroupDiffers),
}
