package cuscar

import "cargogate/internal/cargo"

// documentKind gives the kind of transport document that a reference qualifier names (DE 1153). known is false for a
// qualifier of another list: some senders open a bill with one, which is a bill all the same.
func documentKind(qualifier []byte) (kind cargo.DocumentKind, known bool) {
	switch string(qualifier) {
	case "BM", "AAM", "AAS":
		return cargo.DocumentBill, true
	case "MB":
		return cargo.DocumentMasterBill, true
	case "BH":
		return cargo.DocumentHouseBill, true
	case "AWB":
		return cargo.DocumentAWB, true
	case "MWB":
		return cargo.DocumentMasterAWB, true
	case "HWB":
		return cargo.DocumentHouseAWB, true
	}
	return cargo.DocumentBill, false
}

func isBillQualifier(q []byte) bool {
	_, known := documentKind(q)
	return known
}

// referenceKind gives the kind of document that a further reference names (DE 1153); ok is false for a mere reference.
func referenceKind(qualifier []byte) (kind cargo.DocumentKind, ok bool) {
	switch string(qualifier) {
	case "BN":
		return cargo.DocumentBooking, true
	case "UCN":
		return cargo.DocumentUCR, true
	case "XP", "ACW", "AEI":
		return cargo.DocumentPrevious, true
	}
	return "", false
}

// namedDocumentKind gives the kind of a document by its name code (DE 1001); empty for one that has no word.
func namedDocumentKind(code []byte) cargo.DocumentKind {
	switch string(code) {
	case "704":
		return cargo.DocumentMasterBill
	case "705", "706", "710", "761", "764", "765":
		return cargo.DocumentBill
	case "703", "714":
		return cargo.DocumentHouseBill
	case "740", "743":
		return cargo.DocumentAWB
	case "741":
		return cargo.DocumentMasterAWB
	case "85", "785", "833", "933":
		return cargo.DocumentManifest
	}
	return ""
}

// function gives what a filing does (DE 1225).
func (m *Mapper) function(code []byte) cargo.Function {
	switch string(code) {
	case "9":
		return cargo.FunctionOriginal
	case "5":
		return cargo.FunctionReplace
	case "4":
		return cargo.FunctionChange
	case "1":
		return cargo.FunctionCancellation
	case "2":
		return cargo.FunctionAddition
	case "3":
		return cargo.FunctionDeletion
	case "7":
		return cargo.FunctionDuplicate
	case "22":
		return cargo.FunctionFinal
	case "":
		return ""
	}
	return cargo.Function(m.words.get('f', code, func(s string) string { return string(cargo.OtherFunction(s)) }))
}

// mode gives the mode of transport (DE 8067, UN/ECE Recommendation 19).
func mode(code []byte) cargo.Mode {
	if len(code) == 0 {
		return ""
	}
	switch code[0] { // two-digit codes divide the modes further
	case '1':
		return cargo.ModeMaritime
	case '2':
		return cargo.ModeRail
	case '3':
		return cargo.ModeRoad
	case '4':
		return cargo.ModeAir
	case '5':
		return cargo.ModeMail
	case '6':
		return cargo.ModeMultimodal
	case '7':
		return cargo.ModeFixed
	case '8':
		return cargo.ModeInland
	}
	return cargo.ModeUnknown
}

// equipmentKind gives the kind of equipment (DE 8053).
func (m *Mapper) equipmentKind(code []byte) cargo.EquipmentKind {
	switch string(code) {
	case "CN":
		return cargo.KindContainer
	case "UL":
		return cargo.KindULD
	case "TE":
		return cargo.KindTrailer
	case "CH":
		return cargo.KindChassis
	case "SW":
		return cargo.KindSwapBody
	case "RR":
		return cargo.KindRailWagon
	case "PA":
		return cargo.KindPallet
	case "BB":
		return cargo.KindBreakBulk
	case "":
		return ""
	}
	return cargo.EquipmentKind(m.words.get('e', code, func(s string) string { return string(cargo.OtherKind(s)) }))
}

// movement gives what happens to a piece of equipment (DE 8249); ok is false for a code without a word.
func movement(code []byte) (cargo.Movement, bool) {
	switch string(code) {
	case "1":
		return cargo.MovementContinental, true
	case "2":
		return cargo.MovementExport, true
	case "3":
		return cargo.MovementImport, true
	case "4":
		return cargo.MovementRemainingAboard, true
	case "5":
		return cargo.MovementShifter, true
	case "6":
		return cargo.MovementTranshipment, true
	}
	return "", false
}

// fullness gives how full a piece of equipment is (DE 8169). exact is false where the words say less than the code.
func fullness(code []byte) (full cargo.Fullness, load cargo.Load, exact bool) {
	switch string(code) {
	case "4":
		return cargo.FullnessEmpty, "", true
	case "5":
		return cargo.FullnessFull, "", true
	case "7":
		return cargo.FullnessFull, cargo.LoadLCL, true
	case "8":
		return cargo.FullnessFull, cargo.LoadFCL, true
	case "10":
		return cargo.FullnessPartly, cargo.LoadLCL, true
	case "9":
		return cargo.FullnessPartly, "", true
	case "6", "13":
		return cargo.FullnessFull, "", false
	case "1", "2", "3":
		return cargo.FullnessPartly, "", false
	}
	return "", "", false
}

// packageLevel gives the level of packaging (DE 7075); ok is false for a code without a word.
func packageLevel(code []byte) (cargo.PackageLevel, bool) {
	switch string(code) {
	case "1":
		return cargo.PackageInner, true
	case "2":
		return cargo.PackageIntermediate, true
	case "3":
		return cargo.PackageOuter, true
	}
	return "", false
}

// declaredFlow gives the flow that a processing indicator states (DE 7365).
func declaredFlow(code []byte) cargo.Flow {
	switch string(code) {
	case "22":
		return cargo.FlowExport
	case "23":
		return cargo.FlowImport
	case "24":
		return cargo.FlowTransit
	case "28":
		return cargo.FlowTranshipment
	}
	return ""
}

// channel gives the kind of a way to reach somebody (DE 3155).
func (m *Mapper) channel(code []byte) string {
	switch string(code) {
	case "TE":
		return "phone"
	case "EM":
		return "email"
	case "FX":
		return "fax"
	case "TL":
		return "telex"
	}
	return m.words.get('c', code, func(s string) string { return s })
}
