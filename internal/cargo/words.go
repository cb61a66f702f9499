package cargo

// Level says where a consignment stands among its transport documents.
type Level string

// Levels. A simple consignment has one document that is neither master nor house; a sub-house lies below a house, at
// any depth, and names its own parent.
const (
	LevelSimple   Level = "simple"
	LevelMaster   Level = "master"
	LevelHouse    Level = "house"
	LevelSubHouse Level = "sub_house"
)

// Mode is the mode of transport (the classes of UN/ECE Recommendation 19, DE 8067).
type Mode string

// Modes.
const (
	ModeMaritime   Mode = "maritime"        // 1
	ModeRail       Mode = "rail"            // 2
	ModeRoad       Mode = "road"            // 3
	ModeAir        Mode = "air"             // 4
	ModeMail       Mode = "mail"            // 5
	ModeMultimodal Mode = "multimodal"      // 6
	ModeFixed      Mode = "fixed"           // 7: pipelines, cables
	ModeInland     Mode = "inland_waterway" // 8
	ModeUnknown    Mode = "unknown"         // stated, and not one of these
)

// Flow is the way of a consignment as the country that receives the filing sees it.
type Flow string

// Flows.
const (
	FlowImport          Flow = "import"
	FlowExport          Flow = "export"
	FlowTransit         Flow = "transit"
	FlowTranshipment    Flow = "transhipment"
	FlowRemainingAboard Flow = "remaining_aboard"
	FlowUnknown         Flow = "unknown"
)

// Status is where a consignment or filing stands with the administration.
type Status string

// Statuses. Unaccepted is what could be read and was refused: it is kept, searched and scored all the same.
const (
	StatusAccepted   Status = "accepted"
	StatusUnaccepted Status = "unaccepted"
	StatusSuperseded Status = "superseded"
	StatusCancelled  Status = "cancelled"
)

// BillType says what kind of bill the transport document is. It is beside the document's kind: a house bill can be made
// out to order too.
type BillType string

// Bill types.
const (
	BillStraight   BillType = "straight"    // to a named consignee
	BillToOrder    BillType = "to_order"    // negotiable
	BillSeaWaybill BillType = "sea_waybill" // not a document of title
)

// Fullness says how full a piece of equipment is (DE 8169).
type Fullness string

// Fullness words. Whether a full container holds one consignment or several is Load.
const (
	FullnessEmpty  Fullness = "empty"   // 4
	FullnessFull   Fullness = "full"    // 5, 6, 7, 8, 13
	FullnessPartly Fullness = "partial" // 1, 2, 3, 9, 10
)

// Load says whose goods are in a piece of equipment (DE 8169).
type Load string

// Load words.
const (
	LoadFCL Load = "fcl" // 8: one consignment
	LoadLCL Load = "lcl" // 7, 10: several consignments
)

// EquipmentKind is the kind of transport equipment, in words (DE 8053).
type EquipmentKind string

// Equipment kinds. A code with no word here is written "other:" and the code; see OtherKind.
const (
	KindContainer EquipmentKind = "container"  // CN
	KindULD       EquipmentKind = "uld"        // UL, unit load device of an aircraft
	KindTrailer   EquipmentKind = "trailer"    // TE
	KindChassis   EquipmentKind = "chassis"    // CH
	KindSwapBody  EquipmentKind = "swap_body"  // SW
	KindRailWagon EquipmentKind = "rail_wagon" // RR
	KindPallet    EquipmentKind = "pallet"     // PA
	KindBreakBulk EquipmentKind = "break_bulk" // BB
)

// Movement is what happens to a piece of equipment at this call (DE 8249).
type Movement string

// Movements.
const (
	MovementContinental     Movement = "continental"      // 1
	MovementExport          Movement = "export"           // 2
	MovementImport          Movement = "import"           // 3
	MovementRemainingAboard Movement = "remaining_aboard" // 4
	MovementShifter         Movement = "shifter"          // 5
	MovementTranshipment    Movement = "transhipment"     // 6
)

// Function is what a filing does to what was filed before (DE 1225).
type Function string

// Functions. Others are written "other:" and the code.
const (
	FunctionOriginal     Function = "original"     // 9
	FunctionReplace      Function = "replace"      // 5
	FunctionChange       Function = "change"       // 4
	FunctionCancellation Function = "cancellation" // 1
	FunctionAddition     Function = "addition"     // 2
	FunctionDeletion     Function = "deletion"     // 3
	FunctionDuplicate    Function = "duplicate"    // 7
	FunctionFinal        Function = "final"        // 22
)

// Traffic says whether a filing counts.
type Traffic string

// Traffic words.
const (
	TrafficLive Traffic = "live"
	TrafficTest Traffic = "test"
)

// PackageLevel is the level of packaging (DE 7075).
type PackageLevel string

// Package levels. Totals count the outer packages.
const (
	PackageInner        PackageLevel = "inner"        // 1
	PackageIntermediate PackageLevel = "intermediate" // 2
	PackageOuter        PackageLevel = "outer"        // 3
)

const otherPrefix = "other:"

// OtherKind names an equipment kind that has no word, by its code: "other:EFP".
func OtherKind(code string) EquipmentKind { return EquipmentKind(otherPrefix + code) }

// OtherFunction names a function that has no word, by its code: "other:27".
func OtherFunction(code string) Function { return Function(otherPrefix + code) }
