package scoring

// sealTrouble is true where a seal is missing, stands twice, cannot be one, or was changed on the way.
func sealTrouble(e *evaluation) Verdict {
	v := e.found(fSealMissing).or(e.found(fSealRepeated))
	return v.or(e.found(fSealFaulty)).or(e.found(fSealChanged))
}

var routeIndicators = []Indicator{
	onFound("onward-overseas@1", "goods from overseas are discharged here and sent on to another part of the world", fOnward),
	{ID: "medicine-hub@1", Meaning: "medicine, or what passes for it, by way of a hub in a third country", needs: []FeatureNumber{fMedicine, fMedicineHS, fHubBetween},
		judge: func(e *evaluation) Verdict {
			return e.found(fMedicine).or(e.found(fMedicineHS)).and(e.found(fHubBetween))
		}},
	onFound("onward-beyond@1", "exported goods are discharged in one part of the world and end in another", fBeyond),
	onFound("detour@1", "transhipped where goods on this way usually are not", fDetour),
	{ID: "cocaine-source@1", Meaning: "from or through a place where cocaine is shipped", needs: []FeatureNumber{fCocaineSource},
		judge: func(e *evaluation) Verdict { return e.found(fCocaineSource) }},
	{ID: "opiate-source@1", Meaning: "from or through a place where heroin or methamphetamine is shipped",
		needs: []FeatureNumber{fOpiateSource},
		judge: func(e *evaluation) Verdict { return e.found(fOpiateSource) }},
	{ID: "hub@1", Meaning: "through a transhipment hub or free zone", needs: []FeatureNumber{fHub},
		judge: func(e *evaluation) Verdict { return e.found(fHub) }},
	{ID: "cover-goods@1", Meaning: "goods that cocaine is hidden in, from where it is shipped",
		needs: []FeatureNumber{fCoverGoods, fCocaineSource},
		judge: func(e *evaluation) Verdict { return e.found(fCoverGoods).and(e.found(fCocaineSource)) }},
	{ID: "rip-off-seal@1", Meaning: "goods that cocaine is hidden in, from where it is shipped, and something is wrong with a seal",
		needs: []FeatureNumber{fCoverGoods, fCocaineSource, fSealMissing, fSealRepeated, fSealFaulty, fSealChanged, fMode},
		judge: func(e *evaluation) Verdict {
			return bySea(e).and(e.found(fCoverGoods)).and(e.found(fCocaineSource)).and(sealTrouble(e))
		}},
	{ID: "source-reefer-dry@1", Meaning: "a refrigerated container without goods that need cooling, from where cocaine is shipped",
		needs: []FeatureNumber{fReefers, fPerishable, fCocaineSource, fEmpties, fDescribes},
		judge: func(e *evaluation) Verdict {
			return here(e).and(e.found(fReefers)).and(e.nothing(fPerishable)).and(e.found(fCocaineSource))
		}},
	{ID: "opiate-cover@1", Meaning: "goods that heroin and methamphetamine are hidden in, from where they are shipped",
		needs: []FeatureNumber{fOpiateCover, fOpiateSource},
		judge: func(e *evaluation) Verdict { return e.found(fOpiateCover).and(e.found(fOpiateSource)) }},
	onFound("round-trip@1", "the goods end in the country where they were loaded", fRoundTrip),
	onFound("origin-elsewhere@1", "the goods come from another country than where they are loaded", fOriginDiffers),
	{ID: "loading-missing@1", Meaning: "nothing says where the goods are loaded", needs: []FeatureNumber{fLoading},
		judge: func(e *evaluation) Verdict { return e.absent(fLoading) }},
}

var filingIndicators = []Indicator{
	{ID: "late-filing@1", Meaning: "filed at least min after the deadline", needs: []FeatureNumber{fLate}, params: []Param{{"min", Minutes}},
		judge: func(e *evaluation) Verdict { return e.atLeast(fLate, e.params[0]) }},
	{ID: "filed-after-arrival@1", Meaning: "filed after the arrival", needs: []FeatureNumber{fAfterArrival},
		judge: func(e *evaluation) Verdict { return e.atLeast(fAfterArrival, 1) }},
	{ID: "amended-often@1", Meaning: "amended at least min times", needs: []FeatureNumber{fAmendments}, params: []Param{{"min", Plain}},
		judge: func(e *evaluation) Verdict { return e.atLeast(fAmendments, e.params[0]) }},
	onFound("amended-late@1", "goods, consignor or equipment were changed after departure", fChangedLate),
	onFound("consignee-switched@1", "the consignee or notify party was changed after departure", fConsigneeChanged),
	onFound("diverted@1", "the place of discharge or delivery was changed after departure", fEndChanged),
	onFound("mass-changed@1", "the gross mass was changed by a fifth or more after departure", fMassChanged),
	onFound("seal-changed@1", "a seal was changed after departure", fSealChanged),
	onFound("reworded@1", "the description was changed after a refusal", fReworded),
	{ID: "incomplete@1", Meaning: "at least min of the things that a complete consignment says are not there", needs: []FeatureNumber{fGaps},
		params: []Param{{"min", Plain}},
		judge:  func(e *evaluation) Verdict { return e.some(fGaps, e.params[0]) }},
}
