package cargo

import (
	"encoding/json"
	"errors"
	"fmt"
)

// RecordKind is the word that a record line begins with.
type RecordKind string

// Record kinds.
const (
	RecordConsignment    RecordKind = "consignment"     // *Consignment
	RecordFiling         RecordKind = "filing"          // *Filing
	RecordCall           RecordKind = "call"            // *Call
	RecordEquipment      RecordKind = "equipment"       // *TransportEquipment
	RecordEquipmentEvent RecordKind = "equipment_event" // *EquipmentEvent
	RecordUnmapped       RecordKind = "unmapped"        // *Unmapped
)

// Record is one line of the canonical NDJSON: one of the types that RecordKind names.
type Record interface {
	// AppendJSON appends the record as one JSON object, without a line end.
	AppendJSON(dst []byte) []byte
	// Reset empties the record and keeps its capacity.
	Reset()
}

// openRecord begins a record line with the members that each has.
func openRecord(dst []byte, kind RecordKind, origin Origin) object {
	o := open(dst)
	o.text("record", string(kind))
	o.number("schema", Schema)
	o.always("file", origin.File)
	o.number("interchange", int64(origin.Interchange))
	o.number("message", int64(origin.Message))
	return o
}

func (o *object) party(name string, p *Party) {
	if p.IsZero() {
		return
	}
	o.key(name)
	o.b = p.appendJSON(o.b)
}

// Errors of DecodeRecord.
var (
	ErrRecordKind = errors.New("cargo: unknown record kind")
	ErrSchema     = errors.New("cargo: record of a later schema")
)

// DecodeRecord reads one record line that AppendJSON wrote, of this or an earlier schema. Members that it does not know
// are passed over. The error wraps ErrRecordKind, ErrSchema, or what encoding/json says.
func DecodeRecord(line []byte) (Record, error) {
	var head struct {
		Record RecordKind `json:"record"`
		Schema int        `json:"schema"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("cargo: record: %w", err)
	}
	if head.Schema < 1 || head.Schema > Schema {
		return nil, fmt.Errorf("%w: %d", ErrSchema, head.Schema)
	}
	var r Record
	switch head.Record {
	case RecordConsignment:
		r = new(Consignment)
	case RecordFiling:
		r = new(Filing)
	case RecordCall:
		r = new(Call)
	case RecordEquipment:
		r = new(TransportEquipment)
	case RecordEquipmentEvent:
		r = new(EquipmentEvent)
	case RecordUnmapped:
		r = new(Unmapped)
	default:
		return nil, fmt.Errorf("%w: %q", ErrRecordKind, head.Record)
	}
	if err := json.Unmarshal(line, r); err != nil {
		return nil, fmt.Errorf("cargo: record %s: %w", head.Record, err)
	}
	return r, nil
}
