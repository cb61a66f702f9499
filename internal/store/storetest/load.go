package storetest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

var loadRules = []Rule{
	{"load/five thousand consignments in one insert", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		rows := &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1, ofDocument("doc", gateway.OpSet))}}
		for i := range 5000 {
			rows.Consignments = append(rows.Consignments, Consignment(rc, int64(i+1), func(c *gateway.ConsignmentRow) { c.DocumentKey = "doc" }))
		}
		r.settle(rc, rows)
		got := r.search(gateway.ConsignmentQuery{Mode: "live", Receipt: rc.ID, Limit: 1000})
		r.equal([]any{len(got.Items), got.Items[999].Ordinal}, []any{1000, int64(1000)}, "first page")
		last := rows.Consignments[4999]
		found := r.search(gateway.ConsignmentQuery{Mode: "live", Terms: last.Terms}).Items
		if len(found) != 1 || found[0].ID != last.ID {
			r.Errorf("found %d consignments by the terms of the last", len(found))
		}
		r.equal(len(r.refold(gateway.Plan{Key: "doc", Epoch: rows.Messages[0].Order, Cancelled: true}, 10)), 10, "told of what a cancellation changed")
		r.equal(r.consignment(last.ID).State, "cancelled", "state of the last")
	}},
	{"load/twenty thousand consignments are staged and shown at once", func(r *rig) {
		rc := r.receive(Arrival(Carrier))
		const chunk, chunks = 1000, 20
		var last uuid.UUID
		for n := range chunks {
			rows := &gateway.Rows{Consignments: make([]gateway.ConsignmentRow, 0, chunk)}
			for i := range chunk {
				c := Consignment(rc, int64(n*chunk+i+1), func(c *gateway.ConsignmentRow) { c.Terms = c.Terms[:1] })
				rows.Consignments, last = append(rows.Consignments, c), c.ID
			}
			r.ok(r.store.Stage(r.ctx, fence(rc), rows), "stage")
		}
		_, err := r.store.Consignment(r.ctx, last)
		r.is(err, gateway.ErrNotFound, "a consignment that is staged")
		r.settle(rc, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}})
		r.equal(r.consignment(last).Ordinal, int64(chunk*chunks), "ordinal of the last")
		n, q := 0, gateway.ConsignmentQuery{Mode: "live", Receipt: rc.ID, Limit: 1000}
		for {
			page := r.search(q)
			n += len(page.Items)
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		r.equal(n, chunk*chunks, "consignments in pages")
	}},
	{"load/each of 500 receipts is settled once by eight workers while eight accept", func(r *rig) {
		const files, batch, workers = 500, 10, 8
		var accepting, settling sync.WaitGroup
		var accepted atomic.Int64
		next := make(chan int, files/batch)
		for i := range files / batch {
			next <- i
		}
		close(next)
		seqs := make(chan int64, files)
		for w := range workers {
			nodes := r.nodes()
			store := nodes[w%len(nodes)]
			accepting.Go(func() {
				for i := range next {
					var arrivals []gateway.Arrival
					for range batch {
						arrivals = append(arrivals, Arrival(partner.ID(fmt.Sprintf("LINE%02d", i%5))))
					}
					got, err := store.Accept(r.ctx, arrivals)
					if err != nil {
						r.Errorf("accept: %v", err)
						return
					}
					for _, a := range got {
						seqs <- a.Seq
					}
					accepted.Add(int64(len(got)))
				}
			})
		}
		finished := make(chan struct{})
		go func() { accepting.Wait(); close(finished) }()
		var mu sync.Mutex
		settled := map[uuid.UUID]int{}
		for w := range workers {
			nodes := r.nodes()
			store := nodes[w%len(nodes)]
			settling.Go(func() {
				for {
					done := false
					select {
					case <-finished:
						done = true
					default:
					}
					receipts, err := store.Claim(r.ctx, gateway.ClaimRequest{Owner: fmt.Sprint("node-", w), Max: 10, Lease: time.Hour})
					if err != nil {
						r.Errorf("claim: %v", err)
						return
					}
					if len(receipts) == 0 {
						if done {
							return
						}
						time.Sleep(time.Millisecond)
						continue
					}
					rows := &gateway.Rows{}
					var events []outbox.Event
					for _, rc := range receipts {
						rows.Messages = append(rows.Messages, Message(rc, 1))
						events = append(events, Event(rc.Partner))
					}
					settlements, err := finish(r.ctx, store, gateway.StateAccepted, rows, receipts, func(tx gateway.Tx) error { return tx.Emit(r.ctx, events, nil, nil) })
					if err == nil {
						err = store.Settled(r.ctx, settlements)
					}
					if err != nil {
						r.Errorf("settle: %v", err)
						return
					}
					mu.Lock()
					for _, rc := range receipts {
						settled[rc.ID]++
					}
					mu.Unlock()
				}
			})
		}
		settling.Wait()
		<-finished
		close(seqs)
		distinct := map[int64]bool{}
		for seq := range seqs {
			distinct[seq] = true
		}
		r.equal([]any{accepted.Load(), len(distinct)}, []any{int64(files), files}, "accepted receipts and their Seqs")
		r.equal(len(settled), files, "settled receipts")
		for id, n := range settled {
			if n != 1 || len(r.messages(id)) != 1 {
				r.Errorf("receipt %s was settled %d times, with %d messages", id, n, len(r.messages(id)))
			}
		}
		r.gapless(r.events(outbox.Query{Limit: 1000}), files)
		backlog, err := r.store.Backlog(r.ctx)
		r.ok(err, "backlog")
		r.equal(backlog.Unfinished, int64(0), "unfinished")
	}},
	{"load/an attempt that is raced for is settled by one", func(r *rig) {
		for range 6 {
			rc := r.receive(Arrival(Carrier))
			var wins, losses atomic.Int64
			var wg sync.WaitGroup
			for w := range 4 {
				nodes := r.nodes()
				store := nodes[w%len(nodes)]
				wg.Go(func() {
					_, err := finish(r.ctx, store, gateway.StateAccepted, &gateway.Rows{Messages: []gateway.MessageRow{Message(rc, 1)}}, []gateway.Receipt{rc})
					switch {
					case err == nil:
						wins.Add(1)
					case strings.Contains(err.Error(), gateway.ErrFenced.Error()):
						losses.Add(1)
					default:
						r.Errorf("settle: %v", err)
					}
				})
			}
			wg.Wait()
			r.equal([]int64{wins.Load(), losses.Load()}, []int64{1, 3}, "settled and fenced")
			r.equal(len(r.messages(rc.ID)), 1, "messages")
		}
	}},
	{"load/one transport act that comes eight times at once is accepted once", func(r *rig) {
		for n := range 4 {
			act := byAct(fmt.Sprint("act-", n))
			var mu sync.Mutex
			fresh, all := 0, map[uuid.UUID]bool{}
			var wg sync.WaitGroup
			for w := range 8 {
				nodes := r.nodes()
				store := nodes[w%len(nodes)]
				wg.Go(func() {
					got, err := store.Accept(r.ctx, []gateway.Arrival{Arrival(Carrier, act)})
					if err != nil {
						r.Errorf("accept: %v", err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					all[got[0].ID] = true
					if !got[0].Repeated {
						fresh++
					}
				})
			}
			wg.Wait()
			r.equal([]int{fresh, len(all)}, []int{1, 1}, "new receipts, and receipts told of")
		}
	}},
	{"load/batches with the same acts in other orders end", func(r *rig) {
		var wg sync.WaitGroup
		for w := range 6 {
			nodes := r.nodes()
			store := nodes[w%len(nodes)]
			wg.Go(func() {
				for round := range 4 {
					acts := []string{"a", "b", "c", "d"}
					if w%2 == 1 {
						acts = []string{"d", "c", "b", "a"}
					}
					var arrivals []gateway.Arrival
					for _, act := range acts {
						arrivals = append(arrivals, Arrival(Carrier, byAct(fmt.Sprint(act, round))))
					}
					if _, err := store.Accept(r.ctx, arrivals); err != nil {
						r.Errorf("accept: %v", err)
					}
				}
			})
		}
		wg.Wait()
		r.equal(len(r.claim(100)), 16, "receipts of sixteen acts")
	}},
}
