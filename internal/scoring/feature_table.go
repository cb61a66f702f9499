package scoring

// The features, by number. Numbers are kept for ever, because stored vectors hold them: a new feature, or a new version of
// one, goes to the end, and one that is not taken any more stays in its place.
const (
	fMode FeatureNumber = iota
	fFlow
	fLevel
	fEmpties
	fHouses
	fDescribes
	fItems
	fDescribed
	fUndescribed
	fVague
	fVagueShare
	fPackagingOnly
	fNumeric
	fRepeated
	fPlaceholder
	fContentWords
	fDangerousWords
	fPrecursorWords
	fDualUseWords
	fWeaponWords
	fExplosiveWords
	fRadioactiveWords
	fSpeciesWords
	fWasteWords
	fExciseWords
	fPersonalEffects
	fUsedVehicles
	fFrozenWords
	fDangerousMaybe
	fTested
	fCAS
	fCoverGoods
	fOpiateCover
	fPerishable
	fDense
	fHS
	fHSGap
	fHSFaulty
	fHSContradicts
	fHSTwo
	fWasteHS
	fPrecursorHS
	fArmsHS
	fExciseHS
	fBrandedHS
	fHighPriorityHS
	fDGDeclared
	fDGOtherUN
	fUNInText
	fUNFaulty
	fUNMissing
	fClassDiffers
	fGroupMissing
	fGroupDiffers
	fConsignor
	fConsignee
	fNotify
	fToOrder
	fBankConsignee
	fSameParties
	fForwarderBoth
	fPartyPlaceholder
	fAddressMissing
	fAddressIncomplete
	fPOBox
	fSharedContact
	fSharedAddress
	fFreeMail
	fPhoneCountry
	fConsigneeAbroad
	fNotifyAbroad
	fConsignorAbroad
	fPersonConsignee
	fCompanyConsignor
	fContainers
	fCheckDigit
	fContainerForm
	fIMO
	fAWB
	fDocument
	fSizeUnknown
	fFull
	fShared
	fEmptyLaden
	fEmptySealed
	fSealMissing
	fSealRepeated
	fSealFaulty
	fReefers
	fTanks
	fOpen
	fDry
	fGrossMax
	fGrossOver
	fTEU
	fPayload
	fCapacity
	fVGM
	fMass
	fVolume
	fPackages
	fPackageHeavy
	fPackageLight
	fBoxed
	fNetOverGross
	fRound
	fMassDiffers
	fPackagesDiffer
	fHouseMass
	fHousePackages
	fLoading
	fEnd
	fCocaineSource
	fOpiateSource
	fBrandedSource
	fHub
	fHubBetween
	fDiversion
	fWasteEnd
	fPrecursorEnd
	fLandlocked
	fRoundTrip
	fOriginDiffers
	fLate
	fAfterArrival
	fAmendments
	fChangedLate
	fConsigneeChanged
	fEndChanged
	fSealChanged
	fReworded
	fGaps
	fTradeDiffers
	fForwarderConsignee
	fMobileOnly
	fContactOfMany
	fMarksMissing
	fOnward
	fDetour
	fNoStreet
	fConsignorTrade
	fMobileAlone
	fRoundMass
	fGrossExcess
	fBeyond
	fReceiverTrade
	fMassChanged
	fDangerousHS
	fMedicine
	fMedicineHS

	// NumFeatures is how many features this release knows.
	NumFeatures
)

// features is the dictionary. A test holds docs/targeting.md and the pinned numbers to it.
var features = [NumFeatures]Feature{
	fMode: {ID: "journey.mode@1",
		Meaning: "mode of transport, as the index of its word; from the consignment, else from its call"},
	fFlow: {ID: "journey.flow@1",
		Meaning: "flow, as the index of its word; not derivable where it is unknown"},
	fLevel: {ID: "journey.level@1",
		Meaning: "level of the consignment, as the index of its word"},
	fEmpties: {ID: "journey.empties@1", lists: setOf(listEmpty),
		Meaning: "1 where the consignment is empty equipment: every description says so, or nothing is described and all equipment is " +
			"declared as empty; else 0"},
	fHouses: {ID: "journey.houses@1", Number: "houses",
		Meaning: "how many houses of a master are known, from the Input; not derivable below a master and where nobody has counted"},
	fDescribes: {ID: "journey.describes@1", lists: setOf(listForwarder),
		Meaning: "1 where the description has to be here: on all but masters, and on a master without houses, or with nobody knows how " +
			"many unless both its parties are forwarders; else 0"},
	fItems: {ID: "goods.items@1", Number: "items",
		Meaning: "how many goods items there are; absent where there is none"},
	fDescribed: {ID: "goods.description@1", Number: "described",
		Meaning: "how many items have a description that is not blank; absent where none has"},
	fUndescribed: {ID: "goods.description-gap@1",
		Meaning: "an item without a description beside others that have one"},
	fVague: {ID: "goods.vague@1", Unit: Permille, Text: "words", lists: describingLists,
		Meaning: "an item whose description has nothing but vague words beside packages, units and numbers; the text is its first vague " +
			"words"},
	fVagueShare: {ID: "goods.vague-share@1", keep: keepGreatest, Unit: Permille, Number: "share", Text: "words", lists: describingLists,
		Meaning: "an item whose description is vague in part: vague words among all words that could describe, in thousandths"},
	fPackagingOnly: {ID: "goods.packaging-only@1", Text: "description", lists: describingLists,
		Meaning: "an item whose description has only packages, units and numbers"},
	fNumeric: {ID: "goods.numeric@1", Text: "description",
		Meaning: "an item whose description has no letter"},
	fRepeated: {ID: "goods.repeated@1", keep: keepGreatest, Number: "run", Text: "repeated",
		Meaning: "an item whose description repeats one character, or one word, that many times in a row"},
	fPlaceholder: {ID: "goods.placeholder@1", Text: "words", lists: describingLists,
		Meaning: "an item whose description only refers elsewhere or says that it is to come"},
	fContentWords: {ID: "goods.content-words@1", keep: keepLeast, Number: "content", Text: "description", lists: describingLists,
		Meaning: "for each described item, how many words describe goods; the fewest are kept"},
	fDangerousWords: {ID: "goods.words-dangerous@1", Text: "words", lists: setOf(listDangerous),
		Meaning: "words for dangerous goods in a description; the text is the words of the list"},
	fPrecursorWords: {ID: "goods.words-precursor@1", Text: "words", lists: setOf(listPrecursor),
		Meaning: "words for drug precursors, cutting agents and laboratory equipment in a description"},
	fDualUseWords: {ID: "goods.words-dual-use@1", Text: "words", lists: setOf(listDualUse),
		Meaning: "words for goods under export control in a description"},
	fWeaponWords: {ID: "goods.words-weapon@1", Text: "words", lists: setOf(listWeapon),
		Meaning: "words for arms, parts and ammunition in a description"},
	fExplosiveWords: {ID: "goods.words-explosive-precursor@1", Text: "words", lists: setOf(listExplosivePrecursor),
		Meaning: "words for chemicals from which explosives are made in a description"},
	fRadioactiveWords: {ID: "goods.words-radioactive@1", Text: "words", lists: setOf(listRadioactive),
		Meaning: "words for radioactive and nuclear material in a description"},
	fSpeciesWords: {ID: "goods.words-species@1", Text: "words", lists: setOf(listSpecies),
		Meaning: "words for protected species and what is made of them in a description"},
	fWasteWords: {ID: "goods.words-waste@1", Text: "words", lists: setOf(listWaste),
		Meaning: "words for waste in a description"},
	fExciseWords: {ID: "goods.words-excise@1", Text: "words", lists: setOf(listExcise),
		Meaning: "words for tobacco, alcohol, fuel and what makes them in a description"},
	fPersonalEffects: {ID: "goods.words-personal-effects@1", Text: "words", lists: setOf(listPersonalEffects),
		Meaning: "words for personal effects in a description"},
	fUsedVehicles: {ID: "goods.words-used-vehicle@1", Text: "words", lists: setOf(listUsedVehicle),
		Meaning: "words for used vehicles and parts in a description"},
	fFrozenWords: {ID: "goods.words-frozen@1", Text: "words", lists: setOf(listFrozen),
		Meaning: "words in a description that say that goods must be kept cold"},
	fDangerousMaybe: {ID: "goods.words-dangerous-maybe@1", Text: "words", lists: setOf(listDangerousMaybe),
		Meaning: "words in a description for goods of which some kinds are dangerous"},
	fTested: {ID: "goods.words-tested@1", Text: "words", lists: setOf(listTested),
		Meaning: "words in a description that say that used goods work"},
	fCAS: {ID: "goods.cas@1", Text: "number", lists: setOf(listCAS),
		Meaning: "a registry number (CAS) of the list in a description"},
	fCoverGoods: {ID: "goods.cover@1", Text: "goods", lists: setOf(listCoverGoods, listCoverHS),
		Meaning: "goods that cocaine is hidden in or behind, by word or HS"},
	fOpiateCover: {ID: "goods.opiate-cover@1", Text: "goods", lists: setOf(listOpiateCover, listOpiateCoverHS),
		Meaning: "goods that heroin and methamphetamine are hidden in, by word or HS"},
	fPerishable: {ID: "goods.perishable@1", Text: "goods", lists: describingLists.or(setOf(listPerishable, listFrozen, listPerishableHS)),
		Meaning: "goods that travel cooled, by word or HS; not derivable where neither says what the goods are"},
	fDense: {ID: "goods.dense@1", Text: "goods", lists: describingLists.or(setOf(listDense, listDenseHS)),
		Meaning: "stone, ore, metal, by word or HS; not derivable where neither says what the goods are"},
	fHS: {ID: "goods.hs@1", Text: "hs",
		Meaning: "the HS codes of the items, as declared or else as a description names them (\"HS CODE 8543.90\"); absent where no item" +
			" has one"},
	fHSGap: {ID: "goods.hs-gap@1",
		Meaning: "an item without an HS code beside others that have one"},
	fHSFaulty: {ID: "goods.hs-faulty@1", Text: "hs",
		Meaning: "an HS code with fewer than six digits, other characters, or a chapter that does not exist"},
	fHSContradicts: {ID: "goods.hs-contradicts@1", keep: keepGreatest, Number: "sections", Text: "words", lists: setOf(listHSWords),
		Meaning: "an item whose words have chapters or headings in the list, and whose HS code is in none of them: 2 where it is in " +
			"another section of the system, 1 where in the same; the text is the words. Not derivable where no item has both"},
	fHSTwo: {ID: "goods.hs-two@1", Text: "hs",
		Meaning: "an item whose description names an HS code of another chapter than the declared one. Not derivable where no item has " +
			"both"},
	fWasteHS: {ID: "goods.hs-waste@1", Text: "hs", lists: setOf(listWasteHS),
		Meaning: "an HS code of waste"},
	fPrecursorHS: {ID: "goods.hs-precursor@1", Text: "hs", lists: setOf(listPrecursorHS),
		Meaning: "an HS code that precursors and machines for tablets are truly declared as"},
	fArmsHS: {ID: "goods.hs-arms@1", Text: "hs", lists: setOf(listArmsHS),
		Meaning: "an HS code of arms and ammunition"},
	fExciseHS: {ID: "goods.hs-excise@1", Text: "hs", lists: setOf(listExciseHS),
		Meaning: "an HS code of goods under excise or high duty"},
	fBrandedHS: {ID: "goods.hs-branded@1", Text: "hs", lists: setOf(listBrandedHS),
		Meaning: "an HS code of goods that are often counterfeited"},
	fHighPriorityHS: {ID: "goods.hs-high-priority@1", Text: "hs", lists: setOf(listHighPriorityHS),
		Meaning: "an HS code of electronics and machine parts that are diverted"},
	fDGDeclared: {ID: "dangerous.declared@1", Number: "declared",
		Meaning: "how many classifications as dangerous the items have"},
	fDGOtherUN: {ID: "dangerous.words-other@1", Text: "words", lists: setOf(listDangerous),
		Meaning: "words for dangerous goods whose UN numbers are not among those declared, beside declared ones. Not derivable where " +
			"none is declared"},
	fUNInText: {ID: "dangerous.un-in-text@1", Text: "words", lists: setOf(listDangerous),
		Meaning: "words for dangerous goods, nothing declared as dangerous, and the description names one of their UN numbers. Not " +
			"derivable where something is declared"},
	fUNFaulty: {ID: "dangerous.un-faulty@1", Text: "un",
		Meaning: "a declared UN number that does not have the form of one"},
	fUNMissing: {ID: "dangerous.un-missing@1", Text: "class",
		Meaning: "a classification without a UN number"},
	fClassDiffers: {ID: "dangerous.class-differs@1", Text: "un", lists: setOf(listUN),
		Meaning: "a declared class that is not that of the declared UN number. Not derivable where no number is in the list, or no class" +
			" is declared"},
	fGroupMissing: {ID: "dangerous.group-missing@1", Text: "un", lists: setOf(listUN),
		Meaning: "a UN number whose goods have a packing group, and none is declared"},
	fGroupDiffers: {ID: "dangerous.group-differs@1", Text: "un", lists: setOf(listUN),
		Meaning: "a declared packing group that the UN number does not have"},
	fConsignor: {ID: "party.consignor@1", Text: "consignor",
		Meaning: "the consignor: known where one has a name, or an identifier; absent where none has"},
	fConsignee: {ID: "party.consignee@1", Text: "consignee",
		Meaning: "the consignee: known where one has a name, or an identifier; absent where none has"},
	fNotify: {ID: "party.notify@1", Text: "notify",
		Meaning: "the notify: known where one has a name, or an identifier; absent where none has"},
	fToOrder: {ID: "party.to-order@1", Text: "consignee", lists: setOf(listToOrder),
		Meaning: "the consignee's name says that the bill is to order or to the bearer, or the bill type does. Not derivable for air " +
			"waybills, which are never to order"},
	fBankConsignee: {ID: "party.bank-consignee@1", Text: "consignee", lists: setOf(listBank),
		Meaning: "the consignee is a bank by its name"},
	fSameParties: {ID: "party.same@1", Text: "name", lists: setOf(listLegalForm),
		Meaning: "consignor and consignee have the same name, legal forms left out"},
	fForwarderBoth: {ID: "party.forwarder-both@1", Text: "names", lists: setOf(listForwarder),
		Meaning: "consignor and consignee are both forwarders or carriers by their names"},
	fPartyPlaceholder: {ID: "party.placeholder@1", Text: "name", lists: setOf(listPlaceholder, listToOrder, listSameAs),
		Meaning: "a consignor, consignee or notify party whose name is a placeholder, has no letter, or repeats one character"},
	fAddressMissing: {ID: "party.address-missing@1", Text: "party", lists: setOf(listToOrder, listSameAs),
		Meaning: "a consignor or consignee with a name and neither address, city nor identifier; one to order is left out"},
	fAddressIncomplete: {ID: "party.address-incomplete@1", keep: keepGreatest, Number: "gaps", Text: "party", lists: setOf(listToOrder, listPOBox),
		Meaning: "a consignor or consignee with an address that lacks a number, a city, or a country: how many of the three"},
	fPOBox: {ID: "party.po-box@1", Text: "party", lists: setOf(listPOBox),
		Meaning: "a consignor or consignee whose address is a post office box and no street"},
	fSharedContact: {ID: "party.shared-contact@1", Text: "contact",
		Meaning: "a phone number or mail address that consignor and consignee share. Not derivable where one of them has none"},
	fSharedAddress: {ID: "party.shared-address@1", Text: "address",
		Meaning: "consignor and consignee have the same address. Not derivable where one of them has none"},
	fFreeMail: {ID: "party.free-mail@1", Text: "contact", lists: setOf(listFreeMail, listCompany, listLegalForm),
		Meaning: "a company among consignor and consignee whose only mail address is where anybody gets one. Not derivable where neither" +
			" has one"},
	fPhoneCountry: {ID: "party.phone-country@1", Text: "phone", lists: setOf(listPhone),
		Meaning: "a phone number with the calling code of another country than the party's. Not derivable where no number is " +
			"international or no country known"},
	fConsigneeAbroad: {ID: "party.consignee-abroad@1", Text: "country", lists: setOf(listToOrder),
		Meaning: "the consignee's country is not that where the goods end"},
	fNotifyAbroad: {ID: "party.notify-abroad@1", Text: "country",
		Meaning: "the notify party's country is neither that of the consignee nor that where the goods end"},
	fConsignorAbroad: {ID: "party.consignor-abroad@1", Text: "country",
		Meaning: "the consignor's country is not among those where the goods are loaded, received or come from"},
	fPersonConsignee: {ID: "party.person@1", Text: "consignee", lists: setOf(listGivenName, listCompany, listLegalForm, listForwarder,
		listToOrder, listPlaceholder, listSameAs, listBank),
		Meaning: "the consignee looks like a natural person: two to four words of letters, a given name among them and no word of a " +
			"company"},
	fCompanyConsignor: {ID: "party.company-consignor@1", Text: "consignor", lists: setOf(listCompany, listLegalForm, listForwarder),
		Meaning: "the consignor is a company by its name, and no forwarder or mover"},
	fContainers: {ID: "equipment.containers@1", Number: "containers",
		Meaning: "how many containers carry the goods; absent where none is named"},
	fCheckDigit: {ID: "equipment.check-digit@1", Text: "container",
		Meaning: "a container number with a wrong check digit"},
	fContainerForm: {ID: "equipment.number-form@1", Text: "container",
		Meaning: "the number of a container that does not have the form of one"},
	fIMO: {ID: "conveyance.imo@1", Text: "imo",
		Meaning: "the ship's IMO number: 1 where its check digit is right, else 0; absent where a ship has none, not derivable for other" +
			" modes"},
	fAWB: {ID: "document.awb@1", Text: "document",
		Meaning: "an air waybill number with a wrong check digit. Not derivable where there is none in that form"},
	fDocument: {ID: "document.number@1", Text: "document",
		Meaning: "the number of the transport document; absent where there is none"},
	fSizeUnknown: {ID: "equipment.size-unknown@1", Text: "size", lists: setOf(listContainerSizes),
		Meaning: "a container whose size and type are not understood; containers without are not counted. Not derivable where none has " +
			"one"},
	fFull: {ID: "equipment.full@1", Text: "container",
		Meaning: "a container declared as full"},
	fShared: {ID: "equipment.shared@1", Text: "container",
		Meaning: "a container with goods of other consignments too: less than a container load, or known from the Input"},
	fEmptyLaden: {ID: "equipment.empty-laden@1", keep: keepGreatest, Unit: Grams, Number: "over", Text: "container", lists: setOf(listContainerSizes, listEmpty),
		Meaning: "a container declared as empty with goods in it, or with a gross mass over its tare: by how much"},
	fEmptySealed: {ID: "equipment.empty-sealed@1", Text: "container",
		Meaning: "a container declared as empty that has a seal"},
	fSealMissing: {ID: "equipment.seal-missing@1", Text: "container", lists: setOf(listEmpty),
		Meaning: "a container declared as full, or with goods, that has no seal. Not derivable where no container of the consignment is " +
			"declared with a segment of its own"},
	fSealRepeated: {ID: "equipment.seal-repeated@1", Text: "seal",
		Meaning: "a seal number that another container of the consignment or of the call has too"},
	fSealFaulty: {ID: "equipment.seal-faulty@1", Text: "seal", lists: setOf(listPlaceholder),
		Meaning: "a seal number that cannot be one: a placeholder, fewer than three characters, or one character repeated"},
	fReefers: {ID: "equipment.reefers@1", Text: "size", lists: setOf(listContainerSizes),
		Meaning: "a refrigerated container by its type"},
	fTanks: {ID: "equipment.tanks@1", Text: "size", lists: setOf(listContainerSizes),
		Meaning: "a tank container by its type"},
	fOpen: {ID: "equipment.open@1", Text: "size", lists: setOf(listContainerSizes),
		Meaning: "an open-top, platform or flat container by its type"},
	fDry: {ID: "equipment.dry@1", Text: "size", lists: setOf(listContainerSizes),
		Meaning: "a container that neither cools, nor is a tank, nor is open, by its type"},
	fGrossMax: {ID: "equipment.gross@1", keep: keepGreatest, Unit: Grams, Number: "gross", Text: "container",
		Meaning: "gross mass of a container, verified or declared; the greatest are kept"},
	fGrossOver: {ID: "equipment.gross-share@1", keep: keepGreatest, Unit: Permille, Number: "share", Text: "container", lists: setOf(listContainerSizes),
		Meaning: "a container's gross mass in thousandths of the greatest that its size allows; the greatest are kept"},
	fTEU: {ID: "equipment.teu@1", Unit: MilliTEU, Number: "room", lists: setOf(listContainerSizes),
		Meaning: "size of all containers together; not derivable where one has an unknown size"},
	fPayload: {ID: "equipment.payload@1", Unit: Grams, Number: "payload", lists: setOf(listContainerSizes),
		Meaning: "greatest mass of goods that all containers together may hold"},
	fCapacity: {ID: "equipment.capacity@1", Unit: Litres, Number: "capacity", lists: setOf(listContainerSizes),
		Meaning: "volume of all containers together; not derivable where one is open, a tank, or of unknown size"},
	fVGM: {ID: "equipment.vgm-difference@1", keep: keepGreatest, Unit: Permille, Number: "difference", Text: "container", lists: setOf(listContainerSizes, listEmpty),
		Meaning: "how far the verified gross mass of the only container, used by nobody else, is from its tare and the goods"},
	fMass: {ID: "goods.mass@1", Unit: Grams, Number: "mass",
		Meaning: "gross mass of the goods: the sum of the items where each has one, else as declared in total, else the sum of those " +
			"that have; absent where nothing is declared"},
	fVolume: {ID: "goods.volume@1", Unit: Litres, Number: "volume",
		Meaning: "volume of the goods, likewise"},
	fPackages: {ID: "goods.packages@1", Number: "packages",
		Meaning: "number of outer packages, likewise"},
	fPackageHeavy: {ID: "goods.package-heavy@1", keep: keepGreatest, Unit: Grams, Number: "each", lists: setOf(listBulkPackages, listBulk, listEmpty),
		Meaning: "gross mass of one package of an item; the greatest are kept. Bulk and unpacked goods are left out"},
	fPackageLight: {ID: "goods.package-light@1", keep: keepLeast, Unit: Grams, Number: "each", lists: setOf(listBulkPackages, listBulk, listEmpty),
		Meaning: "the same; the least are kept"},
	fBoxed: {ID: "goods.boxed@1", Text: "package", lists: setOf(listBoxedPackages),
		Meaning: "goods in single pieces by their package type. Not derivable where no type is declared"},
	fNetOverGross: {ID: "goods.net-over-gross@1", Unit: Grams, Number: "net",
		Meaning: "an item whose net mass is over its gross mass. Not derivable where no item has both"},
	fRound: {ID: "goods.round@1", Unit: Grams, Number: "mass",
		Meaning: "gross mass in whole tonnes and packages in whole hundreds"},
	fMassDiffers: {ID: "totals.mass-differs@1", Unit: Permille, Number: "difference",
		Meaning: "how far the declared total mass is from the sum of the items, where each item has one"},
	fPackagesDiffer: {ID: "totals.packages-differ@1", Unit: Permille, Number: "difference",
		Meaning: "how far the declared total of packages is from the sum of the items, where each item has a number"},
	fHouseMass: {ID: "totals.house-mass-differs@1", Unit: Permille, Number: "difference",
		Meaning: "how far a master's mass is from the sum of its houses, where all of them are known"},
	fHousePackages: {ID: "totals.house-packages-differ@1", Unit: Permille, Number: "difference",
		Meaning: "how far a master's packages are from the sum of its houses, where all of them are known"},
	fLoading: {ID: "route.loading@1", Text: "loading",
		Meaning: "where the goods are loaded, as UN/LOCODE or country; absent where nothing says"},
	fEnd: {ID: "route.end@1", Text: "end",
		Meaning: "where the goods end: destination, else delivery, else discharge; absent where nothing says"},
	fCocaineSource: {ID: "route.cocaine-source@1", Text: "source", lists: setOf(listCocaineSource),
		Meaning: "a place of origin, receipt, loading, transhipment or last port in the list"},
	fOpiateSource: {ID: "route.opiate-source@1", Text: "source", lists: setOf(listOpiateSource),
		Meaning: "a place of origin, receipt, loading, transhipment or last port in the list"},
	fBrandedSource: {ID: "route.branded-source@1", Text: "source", lists: setOf(listBrandedSource),
		Meaning: "a place of origin, receipt or loading, or an item's country of origin, in the list"},
	fHub: {ID: "route.hub@1", Text: "hub", lists: setOf(listHub),
		Meaning: "a place of loading, transhipment, last port or discharge in the list of hubs"},
	fHubBetween: {ID: "route.hub-between@1", Text: "hub", lists: setOf(listHub),
		Meaning: "a place of transhipment, last port or discharge in the list of hubs, in a country that is neither that of loading nor " +
			"that where the goods end"},
	fDiversion: {ID: "route.diversion@1", Text: "destination", lists: setOf(listDiversion),
		Meaning: "the place where the goods end, or of transhipment, in the list of re-export places"},
	fWasteEnd: {ID: "route.waste-end@1", Text: "destination", lists: setOf(listWasteTreaty),
		Meaning: "the goods end in a country that is not in the list of those that may receive waste simply"},
	fPrecursorEnd: {ID: "route.precursor-end@1", Text: "destination", lists: setOf(listPrecursorEnd),
		Meaning: "the place where the goods end, or of transhipment, in the list of countries where drugs are made"},
	fLandlocked: {ID: "route.landlocked@1", Text: "destination", lists: setOf(listLandlocked),
		Meaning: "the goods end in a country without a coast"},
	fRoundTrip: {ID: "route.round-trip@1", Text: "country",
		Meaning: "the goods end in the country where they are loaded, after a place in another"},
	fOriginDiffers: {ID: "route.origin-differs@1", Text: "origin",
		Meaning: "an item whose country of origin is not among those where the goods are loaded or received"},
	fLate: {ID: "filing.late@1", Unit: Minutes, Number: "late", lists: setOf(listDeadlines),
		Meaning: "how long after its deadline the filing came, negative before it; the time of arrival is frozen at the first filing"},
	fAfterArrival: {ID: "filing.after-arrival@1", Unit: Minutes, Number: "late",
		Meaning: "how long after the arrival, actual or else expected, the filing came; negative before it"},
	fAmendments: {ID: "filing.amendments@1", Number: "amendments",
		Meaning: "how many times the filing was amended"},
	fChangedLate: {ID: "filing.changed-late@1", Text: "changed",
		Meaning: "something that was changed after departure"},
	fConsigneeChanged: {ID: "filing.consignee-changed@1", Text: "changed",
		Meaning: "the consignee or notify party was changed after departure"},
	fEndChanged: {ID: "filing.end-changed@1", Text: "changed",
		Meaning: "the place of discharge or delivery was changed after departure"},
	fSealChanged: {ID: "filing.seal-changed@1", Text: "changed",
		Meaning: "a seal was changed after departure"},
	fReworded: {ID: "filing.reworded@1", Text: "changed",
		Meaning: "the description was changed after the filing had been refused"},
	fGaps: {ID: "filing.gaps@1", Text: "missing", lists: setOf(listEmpty, listToOrder, listSameAs),
		Meaning: "one of the things that a complete consignment says, and this one does not: description, HS, mass, packages, volume, " +
			"consignor, consignee, addresses, places, equipment, seals"},
	fTradeDiffers: {ID: "party.trade-differs@1", Number: "items", Text: "consignee", lists: setOf(listTrade, listHSWords, listToOrder, listBank, listEmpty),
		Meaning: "the consignee's name names a line of business, and an item by its HS code, or else by its words, does not belong to it. Not " +
			"derivable where the name names none, or no item says what it is"},
	fForwarderConsignee: {ID: "party.forwarder-consignee@1", Text: "consignee", lists: setOf(listForwarder, listToOrder, listBank),
		Meaning: "the consignee is a forwarder or carrier by its name, and the consignor is none"},
	fMobileOnly: {ID: "party.mobile-only@1", Text: "contact", lists: setOf(listMobile, listFreeMail, listPhone, listToOrder, listBank),
		Meaning: "the consignee is reached by a mobile phone and by a mail address that anybody gets, and in no other way. Not derivable where it " +
			"has not both a number and a mail address"},
	fContactOfMany: {ID: "party.contact-of-many@1", Number: "names", Text: "contact", lists: setOf(listToOrder, listBank),
		Meaning: "a phone number, mail address or address of the receiver that consignees of other names on the same call have too: how many names. Not " +
			"derivable where the others are not known"},
	fMarksMissing: {ID: "goods.marks-missing@1", Number: "items", lists: setOf(listBulkPackages, listBulk, listEmpty),
		Meaning: "how many items in packages have neither marks nor a word that there are none; bulk and empty equipment are left out"},
	fOnward: {ID: "route.onward@1", Text: "end", lists: setOf(listRegions),
		Meaning: "the goods are discharged at home and end in another part of the world"},
	fDetour: {ID: "route.detour@1", Text: "hub", lists: setOf(listRegions, listTranshipment),
		Meaning: "a place of transhipment or last port in a country where goods between that part of the world and home are not usually transhipped. " +
			"Not derivable where neither end is at home"},
	fNoStreet: {ID: "party.street-missing@1", Text: "party", lists: setOf(listPOBox, listSameAs, listToOrder, listBank),
		Meaning: "a consignee whose address has neither a number nor a post office box, beside its town and country"},
	fConsignorTrade: {ID: "party.consignor-trade@1", Text: "consignor", lists: setOf(listTrade, listHSWords, listEmpty),
		Meaning: "the same of the consignor's name"},
	fMobileAlone: {ID: "party.mobile-alone@1", Text: "contact", lists: setOf(listMobile, listPhone, listToOrder, listBank),
		Meaning: "the receiver is reached by mobile phones alone, without any mail address. Not derivable where it has no number"},
	fRoundMass: {ID: "goods.mass-round@1", Unit: Grams, Number: "mass", lists: setOf(listEmpty),
		Meaning: "gross mass in whole tonnes, below four tonnes in whole hundreds of kilograms; absent where there is no mass"},
	fGrossExcess: {ID: "equipment.gross-excess@1", Unit: Grams, Number: "excess", lists: setOf(listContainerSizes, listEmpty),
		Meaning: "by how much the gross masses of all containers, used by nobody else, are over their tares and the goods, for each container. Not " +
			"derivable where one has no gross mass, no known size, or goods of others"},
	fBeyond: {ID: "route.beyond@1", Text: "end", lists: setOf(listRegions),
		Meaning: "goods from home are discharged in one part of the world and end in another"},
	fReceiverTrade: {ID: "party.receiver-trade@1", lists: setOf(listTrade, listHSWords, listToOrder, listBank, listEmpty),
		Meaning: "1 where the receiver's name names a line of business to which at least one item belongs, else 0. Not derivable where no item says " +
			"by HS code or words what it is"},
	fMassChanged: {ID: "filing.mass-changed@1", Text: "changed",
		Meaning: "the gross mass was changed by a fifth or more after departure"},
	fDangerousHS: {ID: "goods.dangerous-hs@1", Text: "hs", lists: setOf(listDangerousHS),
		Meaning: "an HS code of goods that nearly always travel as dangerous"},
	fMedicine: {ID: "goods.medicine-words@1", Text: "words", lists: setOf(listMedicine),
		Meaning: "words for medicine, and for what passes for it"},
	fMedicineHS: {ID: "goods.medicine-hs@1", Text: "hs", lists: setOf(listMedicineHS),
		Meaning: "an HS code of medicine, and of what passes for it"},
}
