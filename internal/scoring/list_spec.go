package scoring

// ListNumber names a list within the program.
type ListNumber uint8

// The lists. Their order is of no consequence outside the program.
const (
	listVague ListNumber = iota
	listPackaging
	listClause
	listPlaceholder
	listToOrder
	listSameAs
	listLegalForm
	listCompany
	listGivenName
	listForwarder
	listBank
	listPOBox
	listEmpty
	listDangerous
	listDangerousMaybe
	listPrecursor
	listDualUse
	listWeapon
	listExplosivePrecursor
	listRadioactive
	listSpecies
	listWaste
	listTested
	listCoverGoods
	listOpiateCover
	listExcise
	listPersonalEffects
	listUsedVehicle
	listPerishable
	listFrozen
	listDense
	listBulk
	listHSWords
	listCoverHS
	listOpiateCoverHS
	listPerishableHS
	listDenseHS
	listWasteHS
	listPrecursorHS
	listArmsHS
	listExciseHS
	listBrandedHS
	listHighPriorityHS
	listCAS
	listFreeMail
	listBoxedPackages
	listBulkPackages
	listCocaineSource
	listOpiateSource
	listHub
	listDiversion
	listBrandedSource
	listLandlocked
	listPrecursorEnd
	listWasteTreaty
	listDeadlines
	listContainerSizes
	listPhone
	listUN
	listTrade
	listMobile
	listRegions
	listTranshipment
	listDangerousHS
	listMedicine
	listMedicineHS
	numLists
)

// listKind says what stands in the lines of a list.
type listKind uint8

const (
	kindWords  listKind = iota // phrases, found in texts
	kindCodes                  // codes, found whole
	kindPrefix                 // codes, found by how a declared code begins: HS
	kindTable                  // codes with columns, read by the program
)

// valueKind says what may stand behind the equals sign.
type valueKind uint8

const (
	valueNone    valueKind = iota
	valueHS                // HS chapters or headings, 2 to 6 digits each
	valueUN                // UN numbers
	valueTag               // one word, for people
	valueColumns           // names and numbers: "teu 1000 payload 28200"
)

// listSpec is what the program knows of a list before it reads one.
type listSpec struct {
	name    string
	kind    listKind
	value   valueKind
	columns []string // for valueColumns, all of them wanted
	check   func(key string) string
	meaning string
}

var listSpecs = [numLists]listSpec{
	listVague: {name: "vague-words", meaning: "words that say nothing of goods"},
	listPackaging: {name: "packaging-words",
		meaning: "words for packages, quantities and units: they neither describe goods nor count as vague"},
	listClause: {name: "clause-words",
		meaning: "sentences and references that stand in descriptions of any goods: terms, order numbers, remarks"},
	listPlaceholder: {name: "placeholder-words", meaning: "what stands where a name or a description should"},
	listToOrder:     {name: "to-order-words", meaning: "how a bill to order, or to the bearer, names its consignee"},
	listSameAs:      {name: "same-as-words", meaning: "how a notify party refers to the consignee"},
	listLegalForm:   {name: "legal-form-words", meaning: "legal forms of companies: they make no difference between names"},
	listCompany:     {name: "company-words", meaning: "words that companies have in their names, beside legal forms"},
	listGivenName:   {name: "given-name-words", meaning: "given names, for telling people from companies"},
	listForwarder:   {name: "forwarder-words", meaning: "words in the names of forwarders and carriers"},
	listBank:        {name: "bank-words", meaning: "words in the names of banks"},
	listPOBox:       {name: "po-box-words", meaning: "how an address names a post office box"},
	listEmpty:       {name: "empty-words", meaning: "how a bill of empty equipment describes it"},
	listDangerous: {name: "dangerous-words", value: valueUN,
		meaning: "goods that are dangerous, with the UN numbers that they travel under"},
	listDangerousMaybe: {name: "dangerous-maybe-words", value: valueUN,
		meaning: "goods of which some kinds are dangerous, with the UN numbers of those"},
	listPrecursor:          {name: "precursor-words", meaning: "drug precursors, cutting agents, and equipment to make drugs"},
	listDualUse:            {name: "dual-use-words", meaning: "goods under export control of the kind that proliferation needs"},
	listWeapon:             {name: "weapon-words", meaning: "arms, their parts, ammunition"},
	listExplosivePrecursor: {name: "explosive-precursor-words", meaning: "chemicals from which explosives are made"},
	listRadioactive:        {name: "radioactive-words", meaning: "radioactive sources and nuclear material"},
	listSpecies:            {name: "species-words", meaning: "protected animals and plants (CITES), and what is made of them"},
	listWaste:              {name: "waste-words", meaning: "waste of the kinds that treaties watch, and used goods that often are waste"},
	listTested:             {name: "tested-words", meaning: "words that say that used goods work"},
	listCoverGoods:         {name: "cover-goods-words", meaning: "goods that cocaine is hidden in or behind"},
	listOpiateCover:        {name: "opiate-cover-words", meaning: "goods that heroin and methamphetamine are hidden in"},
	listExcise:             {name: "excise-words", meaning: "tobacco, alcohol, fuel, and what illegal tobacco factories need"},
	listPersonalEffects:    {name: "personal-effects-words", meaning: "personal effects and household goods"},
	listUsedVehicle:        {name: "used-vehicle-words", meaning: "used vehicles and their parts"},
	listPerishable:         {name: "perishable-words", meaning: "goods that travel cooled or frozen"},
	listFrozen:             {name: "frozen-words", meaning: "words that say that goods must be kept cold"},
	listDense:              {name: "dense-words", meaning: "goods over two tonnes a cubic metre"},
	listBulk:               {name: "bulk-words", meaning: "words for goods of which one package may weigh anything"},
	listHSWords: {name: "hs-words", value: valueHS,
		meaning: "plain words for goods, with the HS chapters or headings that they can be in"},

	listCoverHS:       {name: "cover-goods-hs", kind: kindPrefix, check: badHS, meaning: "the same goods as cover-goods-words, by HS"},
	listOpiateCoverHS: {name: "opiate-cover-hs", kind: kindPrefix, check: badHS, meaning: "the same goods as opiate-cover-words, by HS"},
	listPerishableHS: {name: "perishable-hs", kind: kindPrefix, check: badHS,
		meaning: "what may sensibly travel in a refrigerated container"},
	listDenseHS: {name: "dense-hs", kind: kindPrefix, check: badHS, meaning: "stone, ore, metal: goods over two tonnes a cubic metre"},
	listWasteHS: {name: "waste-hs", kind: kindPrefix, check: badHS, meaning: "waste of the kinds that treaties watch"},
	listPrecursorHS: {name: "precursor-hs", kind: kindPrefix, check: badHS,
		meaning: "what precursors, medicines and machines for tablets are truly declared as"},
	listArmsHS:    {name: "arms-hs", kind: kindPrefix, check: badHS, meaning: "arms and ammunition"},
	listExciseHS:  {name: "excise-hs", kind: kindPrefix, check: badHS, meaning: "goods under excise or high duty"},
	listBrandedHS: {name: "branded-hs", kind: kindPrefix, check: badHS, meaning: "goods that are often counterfeited"},
	listHighPriorityHS: {name: "high-priority-hs", kind: kindPrefix, check: badHS,
		meaning: "electronics and machine parts that arms need and that are diverted"},

	listDangerousHS: {name: "dangerous-hs", kind: kindPrefix, check: badHS,
		meaning: "goods that nearly always travel as dangerous, by HS"},
	listMedicine:   {name: "medicine-words", meaning: "medicine, and what passes for it: health products, supplements, herbal goods"},
	listMedicineHS: {name: "medicine-hs", kind: kindPrefix, check: badHS, meaning: "the same, by HS"},
	listTrade: {name: "trade-words", value: valueHS,
		meaning: "words by which companies name their line of business, with the HS chapters or headings of what it deals in"},
	listMobile: {name: "mobile-prefixes", kind: kindPrefix, check: badNumber, meaning: "how numbers of mobile phones begin, from the calling code on"},
	listRegions: {name: "regions", kind: kindTable, check: badRegion, value: valueTag,
		meaning: "parts of the world as shipping has them, with their countries; home is where the site is, with what can be reached from there by land"},
	listTranshipment: {name: "transhipment-countries", kind: kindTable, check: badRegion, value: valueTag,
		meaning: "for each region but home, the countries in which goods from there to home, or from home to there, are usually transhipped"},

	listCAS: {name: "cas-numbers", kind: kindCodes, value: valueTag, check: badCAS,
		meaning: "registry numbers of precursors and of chemicals for explosives"},
	listFreeMail: {name: "free-mail-domains", kind: kindCodes, check: badDomain, meaning: "domains where anybody gets a mail address"},
	listBoxedPackages: {name: "boxed-packages", kind: kindCodes, check: badPackage,
		meaning: "package types of goods in single pieces: boxes, pallets, bags (UN/ECE Rec 21)"},
	listBulkPackages: {name: "bulk-packages", kind: kindCodes, check: badPackage,
		meaning: "package types that may weigh anything: bulk, vehicles, unpacked (UN/ECE Rec 21)"},

	listCocaineSource: {name: "cocaine-source", kind: kindCodes, check: badPlaceCode, meaning: "countries and ports where cocaine is shipped"},
	listOpiateSource: {name: "opiate-source", kind: kindCodes, check: badPlaceCode,
		meaning: "countries and ports where heroin and methamphetamine are shipped"},
	listHub: {name: "hub-places", kind: kindCodes, check: badPlaceCode,
		meaning: "transhipment ports and free zones where goods change papers"},
	listDiversion: {name: "diversion-places", kind: kindCodes, check: badPlaceCode,
		meaning: "countries and ports where controlled goods are re-exported"},
	listBrandedSource: {name: "branded-source", kind: kindCodes, check: badPlaceCode,
		meaning: "countries and ports where counterfeits are shipped"},
	listLandlocked: {name: "landlocked-places", kind: kindCodes, check: badPlaceCode, meaning: "countries without a coast"},
	listPrecursorEnd: {name: "precursor-destinations", kind: kindCodes, check: badPlaceCode,
		meaning: "countries where drugs are made from precursors"},
	listWasteTreaty: {name: "waste-treaty-places", kind: kindCodes, check: badPlaceCode,
		meaning: "countries that may receive waste for recovery under the simple procedure (OECD)"},

	listDeadlines: {name: "deadlines", kind: kindTable, check: badDeadline, value: valueColumns, columns: []string{"hours"},
		meaning: "flow, mode and level, the event, and how many hours before it a filing must be here; the first line that fits counts"},
	listContainerSizes: {name: "container-sizes", kind: kindTable, check: badSize, value: valueColumns,
		columns: []string{"teu", "payload", "gross", "tare", "volume"},
		meaning: "the first two or three characters of a container's size and type (ISO 6346), with thousandths of TEU, kg and litres"},
	listPhone: {name: "phone-countries", kind: kindTable, check: badCalling, value: valueTag,
		meaning: "calling codes, with the countries that share each"},
	listUN: {name: "un-numbers", kind: kindTable, check: badUN, value: valueTag,
		meaning: "UN numbers, with class and packing groups; a number that is not here is not checked"},
}

func listName(l ListNumber) string { return listSpecs[l].name }

func listByName(name string) (ListNumber, bool) {
	for l := range numLists {
		if listSpecs[l].name == name {
			return l, true
		}
	}
	return 0, false
}
