package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
)

func rowIDs(sealed []audit.Sealed) []uuid.UUID {
	var out []uuid.UUID
	for _, s := range sealed {
		out = append(out, s.ID)
	}
	return out
}

func auditRows(n int) ([]audit.Row, []uuid.UUID) {
	var rows []audit.Row
	var all []uuid.UUID
	for range n {
		row := AuditRow("consignment.read")
		rows, all = append(rows, row), append(all, row.ID)
	}
	return rows, all
}

// chained fails where the sealed rows are no unbroken chain of n.
func (r *rig) chained(n int) []audit.Sealed {
	r.Helper()
	all := r.sealed()
	r.equal(len(all), n, "sealed rows")
	var last audit.Sealed
	seen := map[uuid.UUID]bool{}
	for i, s := range all {
		want, _, _ := seal(last, []audit.Row{s.Row})
		if s.Seq != int64(i+1) || s.Hash != want[0].Hash {
			r.Fatalf("row %d of the log has number %d, or does not follow from the one before", i+1, s.Seq)
		}
		if seen[s.ID] {
			r.Fatalf("row %s is sealed twice", s.ID)
		}
		seen[s.ID], last = true, s
	}
	return all
}

var auditRules = []Rule{
	{"audit/keeps rows as they came", func(r *rig) {
		full := AuditRow("consignment.search", func(row *audit.Row) {
			row.Detail = `{"z": 1,  "a": [2,1.0],"ü":"'\"\\","z":2}`
			row.Principal, row.At = "service:gateway — ß", instant(-time.Microsecond)
		})
		bare := audit.Row{ID: NewID(), At: instant(0), Principal: "user:ana", Action: "audit.read"}
		braces := AuditRow("audit.read", func(row *audit.Row) { row.Detail = "{}" })
		r.ok(r.store.AppendAudit(r.ctx, []audit.Row{full, bare, braces}), "append")
		r.sealAll()
		got := r.chained(3)
		for i, want := range []audit.Row{full, bare, braces} {
			r.equal(got[i].Row, want, "row")
			r.utc(got[i].At)
		}
	}},
	{"audit/unsealed rows are sealed once, oldest first, at most the limit", func(r *rig) {
		rows, want := auditRows(25)
		r.ok(r.store.AppendAudit(r.ctx, rows[10:]), "append")
		r.ok(r.store.AppendAudit(r.ctx, rows[:10]), "append")
		r.equal(r.unsealed(), int64(25), "rows that wait")
		for _, n := range []int{10, 10, 5, 0} {
			got, err := r.store.SealAudit(r.ctx, 10, seal)
			r.ok(err, "seal")
			r.equal(got, n, "sealed")
		}
		r.equal(r.unsealed(), int64(0), "rows that wait")
		r.equal(rowIDs(r.chained(25)), want, "sealed rows")
	}},
	{"audit/hands the last sealed row", func(r *rig) {
		var lasts []audit.Sealed
		for range 3 {
			rows, _ := auditRows(2)
			r.ok(r.store.AppendAudit(r.ctx, rows), "append")
			_, err := r.store.SealAudit(r.ctx, 100, func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
				lasts = append(lasts, last)
				return seal(last, rows)
			})
			r.ok(err, "seal")
		}
		all := r.chained(6)
		r.equal(lasts[0], audit.Sealed{}, "last row of an empty log")
		r.equal([]any{lasts[1].Seq, lasts[1].Hash, lasts[1].ID}, []any{all[1].Seq, all[1].Hash, all[1].ID}, "last row")
		r.equal([]any{lasts[2].Seq, lasts[2].Hash}, []any{all[3].Seq, all[3].Hash}, "last row")
	}},
	{"audit/keeps a head of each sealing", func(r *rig) {
		var want []audit.Head
		for i := range 4 {
			rows, _ := auditRows(i + 1)
			r.ok(r.store.AppendAudit(r.ctx, rows), "append")
			_, err := r.store.SealAudit(r.ctx, 100, func(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
				sealed, head, err := seal(last, rows)
				head.At, head.Signature = instant(time.Duration(i)*time.Second), []byte{0, byte(i), 255}
				want = append(want, head)
				return sealed, head, err
			})
			r.ok(err, "seal")
		}
		got, err := r.store.AuditHeads(r.ctx, 0, 100)
		r.ok(err, "heads")
		r.equal(got, want, "heads")
		got, err = r.store.AuditHeads(r.ctx, want[1].Seq, 1)
		r.ok(err, "heads")
		r.equal(got, want[2:3], "heads of a page")
	}},
	{"audit/gives sealed rows in pages", func(r *rig) {
		rows, want := auditRows(7)
		r.ok(r.store.AppendAudit(r.ctx, rows), "append")
		r.sealAll()
		for _, tt := range []struct {
			after    int64
			limit    int
			from, to int
		}{{0, 3, 0, 3}, {3, 3, 3, 6}, {6, 3, 6, 7}, {7, 3, 7, 7}, {2, 100, 2, 7}} {
			got, err := r.store.SealedAudit(r.ctx, tt.after, tt.limit)
			r.ok(err, "sealed audit")
			r.equal(rowIDs(got), want[tt.from:tt.to], fmt.Sprintf("%d rows after %d", tt.limit, tt.after))
		}
	}},
	{"audit/a sealing that fails seals nothing", func(r *rig) {
		rows, _ := auditRows(3)
		r.ok(r.store.AppendAudit(r.ctx, rows), "append")
		_, err := r.store.SealAudit(r.ctx, 100, func(audit.Sealed, []audit.Row) ([]audit.Sealed, audit.Head, error) {
			return nil, audit.Head{}, errUndo
		})
		r.is(err, errUndo, "seal")
		r.equal(r.unsealed(), int64(3), "rows that wait")
		r.chained(0)
		heads, err := r.store.AuditHeads(r.ctx, 0, 10)
		r.ok(err, "heads")
		r.equal(len(heads), 0, "heads")
		r.sealAll()
		r.chained(3)
	}},
	{"audit/an older row that is committed later is sealed later", func(r *rig) {
		rows, want := auditRows(2)
		r.ok(r.store.AppendAudit(r.ctx, rows[1:]), "append")
		r.sealAll()
		r.ok(r.store.AppendAudit(r.ctx, rows[:1]), "append")
		r.sealAll()
		r.equal(rowIDs(r.chained(2)), []uuid.UUID{want[1], want[0]}, "sealed rows")
	}},
	{"audit/rows of every kind of act are sealed in one chain", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		r.settle(rc, nil, func(tx gateway.Tx) error {
			return tx.Emit(r.ctx, nil, nil, []audit.Row{AuditRow("message.settle")})
		})
		r.ok(r.store.AppendAudit(r.ctx, []audit.Row{AuditRow("consignment.read")}), "append")
		r.ok(r.store.Hold(r.ctx, rc.ID, "case-1", AuditRow("message.hold")), "hold")
		r.ok(r.store.Unhold(r.ctx, rc.ID, "case-1", AuditRow("message.unhold")), "unhold")
		r.apply(partnerChange(Carrier, true))
		_, err := r.store.Purge(r.ctx, tombstone(rc), AuditRow("message.erase"))
		r.ok(err, "purge")
		adopted := Arrival(Carrier, inBlob).Receipt
		_, err = r.store.Adopt(r.ctx, adopted, AuditRow("message.adopt"))
		r.ok(err, "adopt")
		want := []string{"message.accept", "message.settle", "consignment.read", "message.hold", "message.unhold", "partner.write", "message.erase", "message.adopt"}
		r.equal(r.unsealed(), int64(len(want)), "rows that wait")
		r.sealAll()
		got := map[string]int{}
		for _, s := range r.chained(len(want)) {
			got[s.Action]++
		}
		for _, action := range want {
			r.equal(got[action], 1, "rows of "+action)
		}
	}},
	{"audit/two sealers and many writers at once", func(r *rig) {
		const writers, each = 4, 12
		var writing, sealing sync.WaitGroup
		stop := make(chan struct{})
		for i := range 2 {
			nodes := r.nodes()
			store := nodes[i%len(nodes)]
			sealing.Go(func() {
				for {
					if _, err := store.SealAudit(r.ctx, 5, seal); err != nil {
						r.Errorf("seal: %v", err)
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for i := range writers {
			writing.Go(func() {
				for range each {
					rows, _ := auditRows(1)
					err := r.store.AppendAudit(r.ctx, rows)
					if i == 0 { // those of accepts may lie elsewhere
						_, acceptErr := r.store.Accept(r.ctx, []gateway.Arrival{Arrival(Carrier)})
						err = errors.Join(err, acceptErr)
					}
					if err != nil {
						r.Errorf("append: %v", err)
					}
				}
			})
		}
		writing.Wait()
		close(stop)
		sealing.Wait()
		r.sealAll()
		r.chained(writers*each + each)
	}},
}
