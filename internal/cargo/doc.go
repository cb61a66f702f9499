// Package cargo is the canonical model: what every message, of whatever format, is turned into.
//
// A Filing is one declaration by one filer. It speaks of a Call (a ship's visit or a flight leg) and of Consignments,
// each with its transport documents, parties, places, goods items and equipment; TransportEquipment, EquipmentEvent and
// Unmapped are records of their own. The classes follow those of the WCO Data Model. Each record is one line of NDJSON;
// AppendJSON writes it, DecodeRecord reads it, and docs/consignment.schema.json describes it.
//
// Rules that hold everywhere:
//
//   - Absent is not zero: a Count, OptDecimal, Measure or Time says whether it is there, and what is absent is left out
//     of the JSON.
//   - Values stand as they were declared. What is normalised (kg, m³, an instant) stands beside them and is exact, or
//     says that it was rounded.
//   - An identity that may be wrong is its text and a Valid flag; the types ContainerNumber, IMONumber, AirWaybill and
//     Locode can only be had by parsing, so a value of them is right.
//   - Every element can name the bytes that it came from (Range).
//   - Mappers reuse records: Reset empties one and keeps all capacity, the Add methods hand out emptied elements from
//     it, and Clone makes a copy that shares nothing. Filling a record again allocates nothing but its strings.
package cargo

// Schema is the version of the canonical documents. Fields are only ever added within it.
const Schema = 1

// Origin says which message a record came from. It is part of every record line.
type Origin struct {
	File        string `json:"file"`        // name of the file as given; empty where there was none
	Interchange int    `json:"interchange"` // 1-based in the file; 0 where none applies
	Message     int    `json:"message"`     // 1-based in the interchange; 0 where none applies
}

// Range is a stretch of bytes of the original file.
type Range struct {
	Offset int64 `json:"offset"` // bytes from the start of the file, 0-based
	Length int64 `json:"length"` // bytes; 0 together with Offset 0 stands for unknown
}

// IsZero reports whether the range is unknown.
func (r Range) IsZero() bool { return r == Range{} }

// End gives the offset of the first byte after the range.
func (r Range) End() int64 { return r.Offset + r.Length }

// Cover gives the smallest range that holds both; an unknown range adds nothing.
func (r Range) Cover(o Range) Range {
	if r.IsZero() {
		return o
	}
	if o.IsZero() {
		return r
	}
	start, end := min(r.Offset, o.Offset), max(r.End(), o.End())
	return Range{Offset: start, Length: end - start}
}
