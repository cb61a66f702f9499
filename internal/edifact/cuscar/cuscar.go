// Package cuscar reads the customs cargo report CUSCAR (UN/EDIFACT directories D.95B to D.18A) into the canonical model.
//
// A Mapper is given every segment of a message, UNH to UNT, with the row of the message's table that a
// directory.Walker found for it, and hands on records: one Filing, a Call for each conveyance of the header, a
// TransportEquipment for each EQD, a Consignment for each bill, and, where they are asked for, an Unmapped for each
// segment or element that the model has no field for. It keeps going after every fault.
//
// All releases are read by the same code. Rows are told apart by the tags of the groups around them, never by a group's
// number, once for each table; elements stand at the same places in all releases, which a test proves, but for those
// that the segments' own functions name.
//
// Memory is bounded whatever a message holds: one consignment at a time, the equipment of the header up to MaxEquipment
// pieces, bill numbers up to MaxBills, and maxSegments segments of any one record.
package cuscar

import (
	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// Limits of what a Mapper remembers of one message.
const (
	MaxEquipment = 10000 // distinct equipment identities, declared (EQD) or used (SGP); the rest goes to Sink.Overflow
	MaxBills     = 10000 // bill numbers that are watched for a second occurrence (CAR0023)
)

// A Sink is given the records of a message. A nil function is not called, and what it would be given is not made. A
// record is valid until the function returns; Clone keeps it.
type Sink struct {
	Filing      func(*cargo.Filing)             // once, at the end of the message
	Call        func(*cargo.Call)               // before the first consignment that points to it
	Consignment func(*cargo.Consignment)        // at the end of each bill (RFF group under CNI)
	Equipment   func(*cargo.TransportEquipment) // at the end of the message, because Lone is known only then; beyond MaxEquipment at the end of its EQD group
	Unmapped    func(*cargo.Unmapped)           // for each whole segment without a home, and each element without a field

	// Overflow is told of equipment beyond MaxEquipment, declared (EQD) or used (SGP), which the mapper cannot check
	// itself; the caller settles them. Without it, the note CAR0026 says that the check was limited.
	Overflow func(Overflow)
}

// An Overflow is one mention of a piece of equipment that the mapper has no room for.
type Overflow struct {
	ID       string // as sent; valid until the function returns
	Declared bool   // by an EQD; else a SGP uses it
	Empty    bool   // declared as empty (DE 8169): nobody need use it
	At       diag.Position
}

// Totals are what one message holds, counted as far as it was read.
type Totals struct {
	MasterBills  int64 // CNI groups
	Consignments int64 // bills: RFF groups under CNI
	GoodsItems   int64
	Equipment    int64         // distinct identities, from EQD and SGP alike, as far as MaxEquipment reaches
	Declared     int64         // EQD groups
	Complete     bool          // the message came to its UNT
	Packages     int64         // outermost packages; those of a house only where its master shows no goods
	GrossMass    cargo.Decimal // kg, the same
	Function     string        // DE 1225, as declared
	Refused      int64         // bills that a finding of their own refuses
}
