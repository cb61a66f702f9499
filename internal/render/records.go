package render

import (
	"bufio"
	"io"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
)

// Records writes canonical records as NDJSON: one JSON object a line, in the order of the file.
type Records struct {
	out *bufio.Writer
	buf []byte
}

// NewRecords gives Records on w. Flush must be called at the end.
func NewRecords(w io.Writer) *Records { return &Records{out: bufio.NewWriterSize(w, 64<<10)} }

// Consignments makes h write consignments.
func (r *Records) Consignments(h *intake.Handler) {
	h.Consignment = func(c *cargo.Consignment) error { return r.write(c) }
}

// Others makes h write all other records but the unmapped ones.
func (r *Records) Others(h *intake.Handler) {
	h.Filing = func(f *cargo.Filing) error { return r.write(f) }
	h.Call = func(c *cargo.Call) error { return r.write(c) }
	h.Equipment = func(e *cargo.TransportEquipment) error { return r.write(e) }
	h.EquipmentEvent = func(e *cargo.EquipmentEvent) error { return r.write(e) }
}

// Unmapped makes h write what has no place in the model.
func (r *Records) Unmapped(h *intake.Handler) {
	h.Unmapped = func(u *cargo.Unmapped) error { return r.write(u) }
}

func (r *Records) write(record cargo.Record) error {
	r.buf = append(record.AppendJSON(r.buf[:0]), '\n')
	_, err := r.out.Write(r.buf)
	return err
}

// Flush writes what is still held.
func (r *Records) Flush() error { return r.out.Flush() }
