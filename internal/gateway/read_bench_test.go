package gateway

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"cargogate/internal/synth"
)

// BenchmarkRead reads originals of several sizes to their rows, without a database.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int64{2_000, 20_000, 200_000, 2_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var body bytes.Buffer
			if _, err := synth.WriteCUSCAR(&body, synth.CUSCAROptions{Seed: 1, Size: size, Mode: synth.SingleMessage, Balanced: true}); err != nil {
				b.Fatal(err)
			}
			d := newDesk(b, nil)
			r := d.accept("NORDKAI", body.String())
			b.SetBytes(int64(body.Len()))
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				out, err := d.g.read(b.Context(), r, Original{ReaderAt: bytes.NewReader(body.Bytes()), Closer: io.NopCloser(nil), Size: int64(body.Len())})
				if err != nil || out.settlement.State == StateRejected {
					b.Fatal(err, out.settlement.State)
				}
				rows = len(out.rows.Consignments)
			}
			b.ReportMetric(float64(rows), "consignments")
			if rows > 0 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/consignment")
			}
		})
	}
}
