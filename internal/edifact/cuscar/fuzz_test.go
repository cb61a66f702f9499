package cuscar

import (
	"bytes"
	"encoding/json"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/synth"
)

// FuzzMapper gives the mapper any bytes, as a file and as the body of a message. It must not panic; every record is JSON
// that the model reads again; every segment is mapped or unmapped, once; and what comes out is bounded by what went in.
func FuzzMapper(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.input)
	}
	for _, release := range []string{synth.ReleaseD95B, synth.ReleaseD16A} {
		f.Add(generate(f, synth.CUSCAROptions{Seed: 1, MinBills: 1, MaxBills: 1, MasterHouse: true, Release: release}))
	}
	f.Add([]byte("RFF+BM:1'GID+1+5:CT'RFF+BM:2'GID'CNI'EQD'SGP+A'TDT'LOC'CNT+10:1'"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		inner := append([]byte("UNB+UNOC:3+A+B+261123:0915+1'UNH+1+CUSCAR:D:95B:UN'BGM+85+1+9'"), b...)
		for _, file := range [][]byte{b, inner} {
			res := read(t, "", file)
			if res.mapped+res.strange != res.segments {
				t.Fatalf("%d segments mapped and %d not, of %d", res.mapped, res.strange, res.segments)
			}
			size := 0
			for _, line := range res.records {
				if !json.Valid(line) {
					t.Fatalf("not JSON: %s", line)
				}
				size += len(line)
				r, err := cargo.DecodeRecord(line)
				if err != nil {
					t.Fatalf("%v: %s", err, line)
				}
				if c, ok := r.(*cargo.Consignment); ok && (c.Source.Length <= 0 || c.Source.Offset < 0 || c.Source.End() > int64(len(file))) {
					t.Fatalf("%+v of %d bytes", c.Source, len(file))
				}
			}
			for _, n := range res.totals {
				if n.Consignments < 0 || n.GoodsItems < 0 || n.Consignments > int64(res.segments) || n.Equipment > int64(res.segments) {
					t.Fatalf("%+v of %d segments", n, res.segments)
				}
			}
			// A bill repeats its call and its equipment, which can be as long as the rest of the message.
			if limit := 2000 + 400*len(file) + 8*len(file)*bytes.Count(file, []byte("RFF")); size > limit+8*len(file)*bytes.Count(file, []byte("CNI")) {
				t.Fatalf("%d bytes of records from %d bytes", size, len(file))
			}
			for _, f := range res.findings {
				if f.Pos.Offset < 0 || f.Pos.End() > int64(len(file)) {
					t.Fatalf("%s at %d+%d of %d bytes", f.Code, f.Pos.Offset, f.Pos.Length, len(file))
				}
			}
		}
	})
}
