package cuscar

import (
	"sync"

	"cargogate/internal/edifact/directory"
)

// A role is what a row of the table means, the same for all releases.
type role uint8

// Roles, by the level of the message that they belong to. The order matters: see level.
const (
	roleNone role = iota // a row that has no meaning here: reported as unmapped

	// The report as a whole.
	roleUNH
	roleBGM
	roleFilingDTM
	roleFilingLOC
	roleFilingQTY
	roleFilingRFF
	roleFilingRFFDTM
	roleFilingNAD
	roleFilingNADDTM
	roleFilingCTA
	roleFilingCOM
	roleFilingFTX
	roleFilingGIS
	roleFilingCNT
	roleAUT
	roleAUTDTM
	roleAUTRFF
	roleUNT

	// The conveyances of the header.
	roleCallTDT
	roleCallLOC
	roleCallDTM

	// Equipment.
	roleEQD
	roleEquipmentTSR
	roleEquipmentMEA
	roleEquipmentDIM
	roleEquipmentSEL
	roleEquipmentNAD
	roleEquipmentGIS
	roleEquipmentLOC
	roleEquipmentTMP
	roleEquipmentRNG

	// The CNI group.
	roleCNI
	roleMasterCNT

	// A bill.
	roleRFF
	roleBillCNT
	roleBillMOA
	roleBillLOC
	roleBillGIS
	roleBillCPI
	roleLegTDT
	roleLegLOC
	roleLegDTM
	roleLegRFF
	roleBillNAD
	roleBillNADDTM
	roleBillNADRFF
	roleBillCTA
	roleBillCOM
	roleBillQTY
	roleBillQTYFTX

	// A goods item.
	roleGID
	rolePAC
	roleHAN
	roleItemFTX
	roleItemMEA
	roleItemMOA
	roleSGP
	roleDGS
	rolePCI
	roleCST
	roleItemLOC
	roleTMD
	roleItemGIS
	roleItemDOC
	roleItemStatusMEA
	roleItemQTY
	roleItemQTYFTX
)

// A level is the record that a role fills.
type level uint8

const (
	levelNone level = iota
	levelFiling
	levelCall
	levelEquipment
	levelMaster
	levelBill
	levelItem
)

// level gives the record that the role fills.
func (r role) level() level {
	switch {
	case r == roleNone:
		return levelNone
	case r <= roleUNT:
		return levelFiling
	case r <= roleCallDTM:
		return levelCall
	case r <= roleEquipmentRNG:
		return levelEquipment
	case r <= roleMasterCNT:
		return levelMaster
	case r <= roleBillQTYFTX:
		return levelBill
	}
	return levelItem
}

// rolesByPath names the rows by directory.Message.Path. GIS became GEI in D.02B, and both say the same here.
var rolesByPath = map[string]role{
	"UNH": roleUNH, "BGM": roleBGM, "DTM": roleFilingDTM, "LOC": roleFilingLOC, "QTY": roleFilingQTY,
	"RFF": roleFilingRFF, "RFF/DTM": roleFilingRFFDTM, "NAD": roleFilingNAD, "NAD/DTM": roleFilingNADDTM,
	"NAD/CTA": roleFilingCTA, "NAD/CTA/COM": roleFilingCOM, "FTX": roleFilingFTX, "GIS": roleFilingGIS,
	"GEI": roleFilingGIS, "CNT": roleFilingCNT, "AUT": roleAUT, "AUT/DTM": roleAUTDTM, "AUT/RFF": roleAUTRFF,
	"UNT": roleUNT,

	"TDT": roleCallTDT, "TDT/LOC": roleCallLOC, "TDT/DTM": roleCallDTM,

	"EQD": roleEQD, "EQD/TSR": roleEquipmentTSR, "EQD/MEA": roleEquipmentMEA, "EQD/DIM": roleEquipmentDIM,
	"EQD/SEL": roleEquipmentSEL, "EQD/NAD": roleEquipmentNAD, "EQD/GIS": roleEquipmentGIS,
	"EQD/GEI": roleEquipmentGIS, "EQD/LOC": roleEquipmentLOC, "EQD/TMP": roleEquipmentTMP,
	"EQD/TMP/RNG": roleEquipmentRNG,

	"CNI": roleCNI, "CNI/CNT": roleMasterCNT,

	"CNI/RFF": roleRFF, "CNI/RFF/CNT": roleBillCNT, "CNI/RFF/MOA": roleBillMOA, "CNI/RFF/LOC": roleBillLOC,
	"CNI/RFF/GIS": roleBillGIS, "CNI/RFF/GEI": roleBillGIS, "CNI/RFF/CPI": roleBillCPI,
	"CNI/RFF/TDT": roleLegTDT, "CNI/RFF/TDT/LOC": roleLegLOC, "CNI/RFF/TDT/DTM": roleLegDTM,
	"CNI/RFF/TDT/RFF": roleLegRFF, "CNI/RFF/NAD": roleBillNAD, "CNI/RFF/NAD/DTM": roleBillNADDTM,
	"CNI/RFF/NAD/RFF": roleBillNADRFF, "CNI/RFF/NAD/CTA": roleBillCTA, "CNI/RFF/NAD/CTA/COM": roleBillCOM,
	"CNI/RFF/QTY": roleBillQTY, "CNI/RFF/QTY/FTX": roleBillQTYFTX,

	"CNI/RFF/GID": roleGID, "CNI/RFF/GID/PAC": rolePAC, "CNI/RFF/GID/HAN": roleHAN, "CNI/RFF/GID/FTX": roleItemFTX,
	"CNI/RFF/GID/MEA": roleItemMEA, "CNI/RFF/GID/MOA": roleItemMOA, "CNI/RFF/GID/SGP": roleSGP,
	"CNI/RFF/GID/DGS": roleDGS, "CNI/RFF/GID/PCI": rolePCI, "CNI/RFF/GID/CST": roleCST,
	"CNI/RFF/GID/LOC": roleItemLOC, "CNI/RFF/GID/TMD": roleTMD, "CNI/RFF/GID/GIS": roleItemGIS,
	"CNI/RFF/GID/GEI": roleItemGIS, "CNI/RFF/GID/GIS/DOC": roleItemDOC, "CNI/RFF/GID/GEI/DOC": roleItemDOC,
	"CNI/RFF/GID/GIS/MEA": roleItemStatusMEA, "CNI/RFF/GID/GEI/MEA": roleItemStatusMEA,
	"CNI/RFF/GID/QTY": roleItemQTY, "CNI/RFF/GID/QTY/FTX": roleItemQTYFTX,
}

// A row is what the mapper must know of a row of the table.
type row struct {
	role  role
	level level
	lost  role // trigger role of the group that a segment of this row begins where the group's own trigger is missing
	group int  // number of the segment group around the row, 0 at the top level
	gei   bool // the segment is GEI: a qualifier stands before the indicator
}

// A table is a directory.Message as the mapper sees it. It is shared and never changes.
type table struct {
	message *directory.Message
	rows    []row // by row of the message
	numbers [roleItemQTYFTX + 1]int
}

var tables sync.Map // *directory.Message -> *table

// tableOf gives the table of a message, made on first use.
func tableOf(msg *directory.Message) *table {
	if t, ok := tables.Load(msg); ok {
		return t.(*table)
	}
	t := &table{message: msg, rows: make([]row, len(msg.Nodes))}
	for i := range msg.Nodes {
		n := &msg.Nodes[i]
		if n.Group > 0 {
			continue
		}
		r := &t.rows[i]
		r.role = rolesByPath[msg.Path(i)]
		r.level = r.role.level()
		r.gei = n.Tag == "GEI"
		g := n.Parent
		if g >= 0 {
			r.group = msg.Nodes[g].Group
			if t.numbers[r.role] == 0 {
				t.numbers[r.role] = r.group
			}
			if i == g+1 { // a trigger: what can be missing is the trigger of the group around its own
				g = msg.Nodes[g].Parent
			}
		}
		if g >= 0 {
			r.lost = rolesByPath[msg.Path(g+1)]
		}
	}
	got, _ := tables.LoadOrStore(msg, t)
	return got.(*table)
}
