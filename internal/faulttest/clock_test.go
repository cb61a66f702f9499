//go:build linux

package faulttest_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// The clock of a machine jumps by hours, forth and back, under load: on SQLite it is the database's clock too. Nothing is
// lost or done twice, legal times never go back, and work goes on at once.
func TestClockJump(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var shift atomic.Int64
			now := func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
			p := newPair(t, openTwice(t, kind, now), []partner.Partner{{ID: "LINE"}}, func(node int, o *gateway.Options) {
				o.Lease = 3 * time.Second
				if kind == "sqlite" || node == 0 { // the clock of one node of two
					o.Now = now
				}
			})
			p.run()
			stop := make(chan struct{})
			var mu sync.Mutex
			var ids []uuid.UUID
			var sending sync.WaitGroup
			for i := range 4 {
				sending.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						default:
						}
						act := fmt.Sprintf("C%dN%05d", i, n)
						id, err := p.send(n%2, "LINE", cuscar("LINE", act, "M"+act, "9", bill{"BM", "B" + act, ""}))
						if err != nil {
							t.Errorf("%s: %v", act, err)
							return
						}
						mu.Lock()
						ids = append(ids, id)
						mu.Unlock()
						time.Sleep(10 * time.Millisecond)
					}
				})
			}
			for _, d := range []time.Duration{3 * time.Hour, -3 * time.Hour, -26 * time.Hour, 0} {
				time.Sleep(either(400*time.Millisecond, 3*time.Second))
				shift.Store(int64(d))
			}
			time.Sleep(400 * time.Millisecond)
			close(stop)
			sending.Wait()
			p.settled(30 * time.Second)
			// What comes now is not held up.
			began := time.Now()
			id, err := p.send(0, "LINE", cuscar("LINE", "LAST", "MLAST", "9", bill{"BM", "BLAST", ""}))
			must(t, err)
			ids = append(ids, id)
			p.settled(10 * time.Second)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("after the jumps a file took %s", took)
			}
			p.stop()

			told := map[string]int{}
			for after := int64(0); ; {
				events, err := p.store.Events(t.Context(), outbox.Query{After: after, Limit: 1000, Types: []string{outbox.TypeSettled}})
				must(t, err)
				if len(events) == 0 {
					break
				}
				for _, e := range events {
					told[e.Subject]++
					after = e.Position
				}
			}
			var last time.Time
			seen := 0
			all := map[int64]gateway.Receipt{}
			var top int64
			for before := int64(0); ; {
				page, err := p.store.Receipts(t.Context(), gateway.ReceiptQuery{Mode: "live", Before: before, Limit: 500})
				must(t, err)
				if len(page) == 0 {
					break
				}
				for _, r := range page {
					before, top = r.Seq, max(top, r.Seq)
					all[r.Seq] = r
				}
			}
			for seq := int64(0); seq <= top; seq++ {
				r, ok := all[seq]
				if !ok {
					continue
				}
				seen++
				if r.State != gateway.StateAccepted || told["message/"+r.ID.String()] != 1 {
					t.Errorf("%s is %s (%s), and its end was told %d times", r.ID, r.State, r.Reason, told["message/"+r.ID.String()])
				}
				if r.ReceivedAt.Before(last) {
					t.Errorf("legal time went back from %s to %s", last, r.ReceivedAt)
				}
				last = r.ReceivedAt
			}
			if seen != len(ids) {
				t.Errorf("%d receipts of %d acknowledged files", seen, len(ids))
			}
			t.Logf("%d files", len(ids))
		})
	}
}
