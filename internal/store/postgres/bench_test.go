package postgres_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

// Sizes of a message as section 4 of the measurements has it: 20 KB, 5 KB of it when compressed, with 50 consignments.
const (
	benchBody         = 5 << 10
	benchConsignments = 50
	benchRecord       = 600
	benchTerms        = 12
	benchCommit       = 10 // messages
)

func benchStore(b *testing.B) *postgres.Store {
	b.Helper()
	c := pgtest.Private(b, pgtest.Options{})
	s, err := postgres.Open(context.Background(), postgres.Options{DSN: c.Database(b, "store", postgres.Migrate)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func benchArrivals(n int) []gateway.Arrival {
	out := make([]gateway.Arrival, n)
	for i := range out {
		out[i] = storetest.Arrival(storetest.Carrier, func(a *gateway.Arrival) {
			a.Inline, a.TransportID, a.Control = make([]byte, benchBody), a.ID.String(), "NKAI|CUSTOMS|"+a.ID.String()
			rand.Read(a.Inline)
		})
	}
	return out
}

// benchWords are so many that a term is on about one consignment in a hundred.
var benchWords = func() (words []string) {
	for i := range 1200 {
		words = append(words, fmt.Sprintf("w:word%d", i))
	}
	return words
}()

var benchCounter atomic.Int64

func benchRows(rc gateway.Receipt) *gateway.Rows {
	key := "live|CUSCAR|" + rc.ID.String()
	rows := &gateway.Rows{Messages: []gateway.MessageRow{storetest.Message(rc, 1, func(m *gateway.MessageRow) {
		m.DocumentKey, m.DocReference = key, rc.ID.String()
	})}}
	for i := range benchConsignments {
		rows.Consignments = append(rows.Consignments, storetest.Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) {
			c.DocumentKey, c.Record = key, make([]byte, benchRecord)
			rand.Read(c.Record)
			c.Terms = []string{"d:" + c.BillKey, fmt.Sprintf("e:MSKU%07d", benchCounter.Add(1))}
			for j := range benchTerms - 2 {
				c.Terms = append(c.Terms, benchWords[int(c.Record[j])*4+int(c.Record[j+20])%4+j])
			}
		}))
	}
	return rows
}

// BenchmarkAccept makes arrivals durable, one or 64 a commit.
func BenchmarkAccept(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("commit=%d", n), func(b *testing.B) {
			s := benchStore(b)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				arrivals := benchArrivals(n)
				b.StartTimer()
				if _, err := s.Accept(b.Context(), arrivals); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "arrivals/s")
		})
	}
}

// BenchmarkSettle settles ten messages a commit, with all that belongs to it: heads, rows, calls, fold, answers, events.
func BenchmarkSettle(b *testing.B) {
	for _, conns := range []int{1, 4} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			s := benchStore(b)
			work := make(chan []gateway.Receipt, b.N+conns)
			prepare := func(n int) {
				for range n {
					if _, err := s.Accept(b.Context(), benchArrivals(benchCommit)); err != nil {
						b.Fatal(err)
					}
					got, err := s.Claim(b.Context(), gateway.ClaimRequest{Owner: "n", Max: benchCommit, Lease: time.Hour})
					if err != nil {
						b.Fatal(err)
					}
					work <- got
				}
			}
			prepare(b.N)
			b.SetParallelism(max(1, conns/2))
			b.ResetTimer()
			var n atomic.Int64
			errs := make(chan error, conns)
			for range conns {
				go func() {
					for n.Add(1) <= int64(b.N) {
						if err := benchSettle(b.Context(), s, <-work); err != nil {
							errs <- err
							return
						}
					}
					errs <- nil
				}()
			}
			for range conns {
				if err := <-errs; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*benchCommit)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric(float64(b.N*benchCommit*benchConsignments)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func benchSettle(ctx context.Context, s *postgres.Store, receipts []gateway.Receipt) error {
	all := &gateway.Rows{}
	var docs []gateway.Document
	var calls []gateway.CallRow
	for _, rc := range receipts {
		rows := benchRows(rc)
		docs = append(docs, storetest.Head(rows.Messages[0]))
		calls = append(calls, storetest.Call(rc))
		all.Messages, all.Consignments = append(all.Messages, rows.Messages...), append(all.Consignments, rows.Consignments...)
		all.Answers = append(all.Answers, storetest.Answer(rc))
	}
	slices.SortFunc(docs, func(a, b gateway.Document) int { return strings.Compare(a.Key, b.Key) })
	return s.Update(ctx, func(tx gateway.Tx) error {
		if _, err := tx.LockDocuments(ctx, docs); err != nil {
			return err
		}
		var events []outbox.Event
		var acts []audit.Row
		for _, rc := range receipts {
			if err := tx.Settle(ctx, storetest.Settlement(rc, gateway.StateAccepted)); err != nil {
				return err
			}
			events, acts = append(events, storetest.Event(rc.Partner)), append(acts, storetest.AuditRow("message.settle"))
		}
		if _, err := tx.MergeCalls(ctx, calls); err != nil {
			return err
		}
		if err := tx.Insert(ctx, all); err != nil {
			return err
		}
		for i, m := range all.Messages {
			if _, err := tx.Refold(ctx, gateway.Plan{Key: m.DocumentKey, Epoch: m.Order}, 1000); err != nil {
				return err
			}
			d := docs[i]
			d.State, d.Versions, d.Current = "current", 1, m.Order
			if err := tx.PutDocument(ctx, d); err != nil {
				return err
			}
		}
		return tx.Emit(ctx, events, nil, acts)
	})
}

// BenchmarkRawCopy is what the rows of BenchmarkSettle cost by themselves, in commits of as many: into the same table,
// into one without an index for terms, and with terms in a table of their own, which is the other way to find by them.
func BenchmarkRawCopy(b *testing.B) {
	for _, kind := range []string{"same", "no-terms-index", "terms-table", "two-indexes"} {
		b.Run(kind, func(b *testing.B) {
			s := benchStore(b)
			sql := "CREATE TABLE raw (LIKE consignments INCLUDING ALL);"
			switch kind {
			case "no-terms-index":
				sql += "DROP INDEX raw_terms_idx"
			case "terms-table":
				sql += `DROP INDEX raw_terms_idx; CREATE TABLE raw_terms (mode text, term text COLLATE "C", id uuid, PRIMARY KEY (term, mode, id))`
			case "two-indexes":
				sql = "CREATE TABLE raw (LIKE consignments INCLUDING STORAGE); CREATE INDEX ON raw (id); CREATE INDEX ON raw (receipt)"
			}
			if _, err := s.Pool().Exec(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
			var seq int64
			for b.Loop() {
				b.StopTimer()
				var rows []gateway.ConsignmentRow
				for range benchCommit {
					seq++
					rc := gateway.Receipt{ID: storetest.NewID(), Seq: seq, Partner: storetest.Carrier, Mode: "live", Attempt: 1, ReceivedAt: time.Now()}
					rows = append(rows, benchRows(rc).Consignments...)
				}
				b.StartTimer()
				if err := pgx.BeginFunc(b.Context(), s.Pool(), func(tx pgx.Tx) error {
					if err := postgres.CopyConsignments(b.Context(), tx, "raw", rows); err != nil || kind != "terms-table" {
						return err
					}
					type term struct {
						text string
						id   uuid.UUID
					}
					var terms []term
					for _, c := range rows {
						for _, t := range c.Terms {
							terms = append(terms, term{t, c.ID})
						}
					}
					slices.SortFunc(terms, func(a, b term) int {
						if d := strings.Compare(a.text, b.text); d != 0 {
							return d
						}
						return bytes.Compare(a.id[:], b.id[:])
					})
					terms = slices.Compact(terms)
					_, err := tx.CopyFrom(b.Context(), pgx.Identifier{"raw_terms"}, []string{"mode", "term", "id"},
						pgx.CopyFromSlice(len(terms), func(i int) ([]any, error) { return []any{"live", terms[i].text, terms[i].id}, nil }))
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*benchCommit)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
