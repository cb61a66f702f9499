package sqlite_test

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/store/storetest"
)

// BenchmarkAccept commits arrivals of 5 KB, alone and 64 at once.
func BenchmarkAccept(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, migrated(b), nil)
			body := make([]byte, 5<<10)
			b.SetBytes(int64(n * len(body)))
			for b.Loop() {
				b.StopTimer()
				arrivals := make([]gateway.Arrival, n)
				for i := range arrivals {
					_, _ = rand.Read(body[:16])
					arrivals[i] = storetest.Arrival(storetest.Carrier, func(a *gateway.Arrival) {
						a.TransportID, a.Control = a.ID.String(), "NKAI|CUSTOMS|"+a.ID.String()[:13]
						a.Inline, a.SHA256, a.Size = body, sha256.Sum256(body), int64(len(body))
					})
				}
				b.StartTimer()
				if _, err := s.Accept(b.Context(), arrivals); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSettle claims and settles messages of 50 consignments with 8 terms each, 1 and 10 in a commit.
func BenchmarkSettle(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, migrated(b), nil)
			for b.Loop() {
				b.StopTimer()
				var arrivals []gateway.Arrival
				for range n {
					arrivals = append(arrivals, storetest.Arrival(storetest.Carrier))
				}
				if _, err := s.Accept(b.Context(), arrivals); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				receipts, err := s.Claim(b.Context(), gateway.ClaimRequest{Owner: "bench", Max: n, Lease: time.Minute})
				if err != nil || len(receipts) != n {
					b.Fatal(len(receipts), err)
				}
				b.StopTimer()
				rows, settlements := &gateway.Rows{}, []gateway.Settlement{}
				for _, rc := range receipts {
					key := "doc:" + rc.ID.String()
					rows.Messages = append(rows.Messages, storetest.Message(rc, 1, func(m *gateway.MessageRow) { m.DocumentKey = key }))
					for i := range int64(50) {
						rows.Consignments = append(rows.Consignments, storetest.Consignment(rc, i+1, func(c *gateway.ConsignmentRow) {
							c.DocumentKey, c.Record = key, make([]byte, 700)
							c.Terms = []string{"d:" + c.BillKey, fmt.Sprintf("e:NKAU%07d", rc.Seq*50+i), "p:nordkai", "p:velofracht", "w:bicycles",
								"w:parts", fmt.Sprintf("w:%d", rc.Seq*31+i), fmt.Sprintf("p:%d", i)}
						}))
					}
					settlements = append(settlements, storetest.Settlement(rc, gateway.StateAccepted))
				}
				b.StartTimer()
				err = s.Update(b.Context(), func(tx gateway.Tx) error {
					for i, m := range rows.Messages {
						if _, err := tx.LockDocuments(b.Context(), []gateway.Document{{Key: m.DocumentKey, Mode: m.Mode, Type: m.Type}}); err != nil {
							return err
						}
						if err := tx.Settle(b.Context(), settlements[i]); err != nil {
							return err
						}
					}
					if err := tx.Insert(b.Context(), rows); err != nil {
						return err
					}
					for _, m := range rows.Messages {
						if _, err := tx.Refold(b.Context(), gateway.Plan{Key: m.DocumentKey, Epoch: m.Order}, 100); err != nil {
							return err
						}
					}
					return nil
				})
				if err == nil {
					err = s.Settled(b.Context(), settlements)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*n*50)/b.Elapsed().Seconds(), "consignments/s")
		})
	}
}
