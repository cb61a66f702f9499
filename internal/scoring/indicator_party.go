package scoring

// commercial is true for goods that are not somebody's own household, which persons may send to themselves, and not empty
// equipment, which carriers send to themselves. It cites nothing, so that a missing description is not counted as part of another matter.
func commercial(e *evaluation) Verdict {
	cited := len(e.cited)
	v := laden(e).and(e.nothing(fPersonalEffects).or(e.absent(fDescribed)))
	e.cited = e.cited[:cited]
	return v
}

// stranger is true for goods of which one of the features found something, where the receiver's name is not of their trade.
func stranger(e *evaluation, goods ...FeatureNumber) Verdict {
	v := e.found(goods[0])
	for _, f := range goods[1:] {
		v = v.or(e.found(f))
	}
	return v.and(e.one(fReceiverTrade, 0))
}

var partyIndicators = []Indicator{
	{ID: "consignor-missing@1", Meaning: "no consignor", needs: []FeatureNumber{fConsignor},
		judge: func(e *evaluation) Verdict { return e.absent(fConsignor) }},
	{ID: "consignee-missing@1", Meaning: "no consignee", needs: []FeatureNumber{fConsignee},
		judge: func(e *evaluation) Verdict { return e.absent(fConsignee) }},
	{ID: "to-order@1", Meaning: "the bill is to order or to the bearer", needs: []FeatureNumber{fToOrder},
		judge: func(e *evaluation) Verdict { return e.found(fToOrder) }},
	{ID: "to-order-without-notify@1", Meaning: "the bill is to order, and nobody is to be notified", needs: []FeatureNumber{fToOrder, fNotify},
		judge: func(e *evaluation) Verdict { return e.found(fToOrder).and(e.absent(fNotify)) }},
	{ID: "bank-without-notify@1", Meaning: "the consignee is a bank, and nobody is to be notified",
		needs: []FeatureNumber{fBankConsignee, fNotify},
		judge: func(e *evaluation) Verdict { return e.found(fBankConsignee).and(e.absent(fNotify)) }},
	{ID: "same-parties@1",
		Meaning: "consignor and consignee have the same name, the goods are not personal effects, and no houses name the traders",
		needs:   []FeatureNumber{fSameParties, fPersonalEffects, fDescribed, fForwarderBoth, fEmpties, fDescribes},
		judge: func(e *evaluation) Verdict {
			return here(e).and(e.found(fSameParties)).and(commercial(e)).and(e.nothing(fForwarderBoth))
		}},
	{ID: "same-contact@1", Meaning: "consignor and consignee share a phone number or mail address, and the goods are not personal effects",
		needs: []FeatureNumber{fSharedContact, fPersonalEffects, fDescribed, fEmpties},
		judge: func(e *evaluation) Verdict { return e.found(fSharedContact).and(commercial(e)) }},
	{ID: "same-address@1", Meaning: "consignor and consignee have the same address, and the goods are not personal effects",
		needs: []FeatureNumber{fSharedAddress, fPersonalEffects, fDescribed, fEmpties},
		judge: func(e *evaluation) Verdict { return e.found(fSharedAddress).and(commercial(e)) }},
	onFound("party-placeholder@1", "a party's name is a placeholder, has no letter, or repeats one", fPartyPlaceholder),
	onFound("address-missing@1", "a consignor or consignee without any address", fAddressMissing),
	{ID: "address-incomplete@1", Meaning: "an address lacks at least min of number, city and country",
		needs:  []FeatureNumber{fAddressIncomplete},
		params: []Param{{"min", Plain}},
		judge:  func(e *evaluation) Verdict { return e.atLeast(fAddressIncomplete, e.params[0]) }},
	onFound("po-box@1", "an address that is only a post office box", fPOBox),
	onFound("free-mail@1", "a company that has only a mail address that anybody gets", fFreeMail),
	onFound("phone-country@1", "a phone number of another country than the party's", fPhoneCountry),
	{ID: "consignee-abroad@1", Meaning: "imported goods whose consignee is in another country than where they end",
		needs: []FeatureNumber{fConsigneeAbroad, fFlow},
		judge: func(e *evaluation) Verdict { return e.found(fConsigneeAbroad).and(e.one(fFlow, flowImport)) }},
	onFound("notify-abroad@1", "the notify party is in a third country", fNotifyAbroad),
	onFound("consignor-abroad@1", "the consignor is in a country where the goods do not come from", fConsignorAbroad),
	{ID: "person-commercial@1", Meaning: "the consignee looks like a person, and the goods, which are not personal effects, have at least min",
		needs: []FeatureNumber{fPersonConsignee, fPersonalEffects, fDescribed, fMass, fEmpties}, params: []Param{{"min", Grams}},
		judge: func(e *evaluation) Verdict {
			return e.found(fPersonConsignee).and(commercial(e)).and(e.atLeast(fMass, e.params[0]))
		}},
	{ID: "trade-differs@1", Meaning: "the consignee's name is that of another trade than the goods, which are not personal effects",
		needs: []FeatureNumber{fTradeDiffers, fPersonalEffects, fDescribed, fEmpties},
		judge: func(e *evaluation) Verdict { return e.found(fTradeDiffers).and(commercial(e)) }},
	{ID: "consignor-trade-differs@1", Meaning: "the consignor's name is that of another trade than the goods, which are not personal effects",
		needs: []FeatureNumber{fConsignorTrade, fPersonalEffects, fDescribed, fEmpties},
		judge: func(e *evaluation) Verdict { return e.found(fConsignorTrade).and(commercial(e)) }},
	{ID: "excise-stranger@1", Meaning: "goods under excise, or to make such goods of, for somebody whose name is not of that trade",
		needs: []FeatureNumber{fReceiverTrade, fExciseHS, fExciseWords},
		judge: func(e *evaluation) Verdict { return stranger(e, fExciseHS, fExciseWords) }},
	{ID: "precursor-stranger@1", Meaning: "precursors, medicine or machines for tablets for somebody whose name is not of that trade",
		needs: []FeatureNumber{fReceiverTrade, fPrecursorHS, fPrecursorWords},
		judge: func(e *evaluation) Verdict { return stranger(e, fPrecursorHS, fPrecursorWords) }},
	{ID: "medicine-stranger@1", Meaning: "medicine, or what passes for it, for somebody whose name is not of that trade",
		needs: []FeatureNumber{fReceiverTrade, fMedicine, fMedicineHS},
		judge: func(e *evaluation) Verdict { return stranger(e, fMedicine, fMedicineHS) }},
	{ID: "radioactive-stranger@1", Meaning: "radioactive goods for somebody whose name is not of such a trade",
		needs: []FeatureNumber{fReceiverTrade, fRadioactiveWords},
		judge: func(e *evaluation) Verdict { return stranger(e, fRadioactiveWords) }},
	{ID: "arms-stranger@1", Meaning: "arms or their parts for somebody whose name is not of that trade",
		needs: []FeatureNumber{fReceiverTrade, fArmsHS, fWeaponWords},
		judge: func(e *evaluation) Verdict { return stranger(e, fArmsHS, fWeaponWords) }},
	onFound("mobile-alone@1", "the receiver is reached by mobile phone alone", fMobileAlone),
	{ID: "forwarder-consignee@1", Meaning: "a forwarder is the consignee of a bill that is no master, and nobody says for whom",
		needs: []FeatureNumber{fForwarderConsignee, fLevel, fEmpties},
		judge: func(e *evaluation) Verdict {
			return e.found(fForwarderConsignee).and(e.not(fLevel, levelMaster)).and(laden(e))
		}},
	onFound("anonymous-contacts@1", "the consignee is reached by a mobile phone and a mail address that anybody gets alone", fMobileOnly),
	{ID: "contact-of-many@1", Meaning: "at least min consignees of different names on one call have the same phone number, mail address or address",
		needs: []FeatureNumber{fContactOfMany}, params: []Param{{"min", Plain}},
		judge: func(e *evaluation) Verdict { return e.atLeast(fContactOfMany, e.params[0]) }},
	onFound("street-missing@1", "the consignee's address has no number, no postcode and no post office box", fNoStreet),
	{ID: "notify-missing@1", Meaning: "nobody is to be notified, and the bill is neither to order nor a master",
		needs: []FeatureNumber{fNotify, fToOrder, fLevel, fEmpties},
		judge: func(e *evaluation) Verdict {
			return e.absent(fNotify).and(e.nothing(fToOrder)).and(e.not(fLevel, levelMaster)).and(laden(e))
		}},
	{ID: "forwarders-without-house@1", Meaning: "consignor and consignee are both forwarders, and there is no house that names the traders",
		needs: []FeatureNumber{fForwarderBoth, fHouses},
		judge: func(e *evaluation) Verdict { return e.found(fForwarderBoth).and(e.one(fHouses, 0)) }},
}

var identityIndicators = []Indicator{
	onFound("container-check-digit@1", "a container number with a wrong check digit", fCheckDigit),
	onFound("container-form@1", "a container number that has not the form of one", fContainerForm),
	{ID: "imo-check-digit@1", Meaning: "the ship's IMO number has a wrong check digit or form", needs: []FeatureNumber{fIMO},
		judge: func(e *evaluation) Verdict { return e.atMost(fIMO, 0) }},
	{ID: "imo-missing@1", Meaning: "the ship has no IMO number", needs: []FeatureNumber{fIMO},
		judge: func(e *evaluation) Verdict { return e.absent(fIMO) }},
	onFound("awb-check-digit@1", "an air waybill number with a wrong check digit", fAWB),
	{ID: "document-missing@1", Meaning: "no transport document has a number", needs: []FeatureNumber{fDocument},
		judge: func(e *evaluation) Verdict { return e.absent(fDocument) }},
}
