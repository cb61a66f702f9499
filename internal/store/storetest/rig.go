package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// patience is how long the suite waits for what should come soon.
const patience = 20 * time.Second

// A rig is a store under test and what the rules do with it. Its methods end the test where the store fails them.
type rig struct {
	T
	ctx     context.Context
	store   gateway.Store
	second  gateway.Store // nil where there is no second node
	advance func(time.Duration)
	reopen  func() gateway.Store
}

func newRig(t T, o Opened) *rig {
	return &rig{T: t, ctx: t.Context(), store: o.Store, second: o.Second, advance: o.Advance, reopen: o.Reopen}
}

// lease is one that a rule can outlive with lapse. Where time cannot be moved it must be long enough for a few commits
// of a busy machine, and short enough to be waited for.
func (r *rig) lease() time.Duration {
	if r.advance != nil {
		return time.Minute
	}
	return 200 * time.Millisecond
}

// lapse lets leases of r.lease() run out.
func (r *rig) lapse() { r.pass(r.lease() + r.lease()/4) }

// pass lets database time go on by d.
func (r *rig) pass(d time.Duration) {
	if r.advance != nil {
		r.advance(d)
		return
	}
	time.Sleep(d)
}

func (r *rig) ok(err error, what string) {
	r.Helper()
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
}

func (r *rig) is(err, want error, what string) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Fatalf("%s: error %v, want %v", what, err, want)
	}
}

// equal compares, with nil and empty the same and times by their instant.
func (r *rig) equal(got, want any, what string) {
	r.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (r *rig) now() time.Time {
	r.Helper()
	t, err := r.store.Now(r.ctx)
	r.ok(err, "now")
	return t
}

// accept accepts arrivals in one transaction.
func (r *rig) accept(arrivals ...gateway.Arrival) []gateway.Accepted {
	r.Helper()
	got, err := r.store.Accept(r.ctx, arrivals)
	r.ok(err, "accept")
	if len(got) != len(arrivals) {
		r.Fatalf("accept of %d arrivals told of %d", len(arrivals), len(got))
	}
	return got
}

// claim takes at most max receipts of the small lane, with a lease that outlasts the test.
func (r *rig) claim(max int) []gateway.Receipt {
	r.Helper()
	return r.claimFor(max, time.Hour)
}

func (r *rig) claimFor(max int, lease time.Duration) []gateway.Receipt {
	r.Helper()
	got, err := r.store.Claim(r.ctx, gateway.ClaimRequest{Owner: "node-a", Lane: gateway.LaneSmall, Max: max, Lease: lease})
	r.ok(err, "claim")
	if len(got) > max {
		r.Fatalf("claim of at most %d gave %d", max, len(got))
	}
	return got
}

// claimed claims until the receipt with this id comes, which must be the next.
func (r *rig) claimed(id uuid.UUID, lease time.Duration) gateway.Receipt {
	r.Helper()
	got := r.claimFor(1, lease)
	if len(got) != 1 {
		r.Fatalf("claim gave nothing, want receipt %s", id)
	}
	if got[0].ID != id {
		r.Fatalf("claim gave receipt %s, want %s", got[0].ID, id)
	}
	return got[0]
}

// receive accepts an arrival and claims it.
func (r *rig) receive(a gateway.Arrival) gateway.Receipt {
	r.Helper()
	r.accept(a)
	return r.claimed(a.ID, time.Hour)
}

// receipt gives a receipt as it stands.
func (r *rig) receipt(id uuid.UUID) gateway.Receipt {
	r.Helper()
	got, err := r.store.Receipt(r.ctx, id)
	r.ok(err, "receipt")
	return got
}

// finish ends claimed receipts in one transaction: documents of messages are locked, all is settled, rows are inserted,
// and more is done, as the gateway does. It gives the settlements with their cached states written.
func (r *rig) finish(state gateway.State, rows *gateway.Rows, receipts []gateway.Receipt, more ...func(gateway.Tx) error) {
	r.Helper()
	settlements, err := finish(r.ctx, r.store, state, rows, receipts, more...)
	r.ok(err, "settle")
	r.ok(r.store.Settled(r.ctx, settlements), "settled")
}

// settle ends one claimed receipt as accepted.
func (r *rig) settle(rc gateway.Receipt, rows *gateway.Rows, more ...func(gateway.Tx) error) {
	r.Helper()
	r.finish(gateway.StateAccepted, rows, []gateway.Receipt{rc}, more...)
}

func finish(ctx context.Context, store gateway.Store, state gateway.State, rows *gateway.Rows, receipts []gateway.Receipt,
	more ...func(gateway.Tx) error) ([]gateway.Settlement, error) {
	var settlements []gateway.Settlement
	for _, rc := range receipts {
		settlements = append(settlements, Settlement(rc, state))
	}
	err := store.Update(ctx, func(tx gateway.Tx) error {
		if docs := documentsOf(rows); len(docs) > 0 {
			if _, err := tx.LockDocuments(ctx, docs); err != nil {
				return err
			}
		}
		for _, s := range settlements {
			if err := tx.Settle(ctx, s); err != nil {
				return err
			}
		}
		if rows != nil {
			if err := tx.Insert(ctx, rows); err != nil {
				return err
			}
		}
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return settlements, err
}

// update runs one transaction.
func (r *rig) update(f func(gateway.Tx) error) {
	r.Helper()
	r.ok(r.store.Update(r.ctx, f), "update")
}

// emit inserts what goes out with some settlement.
func (r *rig) emit(events []outbox.Event, deliveries []outbox.Delivery, rows []audit.Row) {
	r.Helper()
	r.update(func(tx gateway.Tx) error { return tx.Emit(r.ctx, events, deliveries, rows) })
}

// apply makes changes to partners.
func (r *rig) apply(changes ...partner.Change) {
	r.Helper()
	r.ok(r.store.Apply(r.ctx, changes, Act()), "apply")
}

// unsealed gives how many audit rows wait.
func (r *rig) unsealed() int64 {
	r.Helper()
	n, err := r.store.UnsealedAudit(r.ctx)
	r.ok(err, "unsealed audit")
	return n
}

// audited gives the number of audit rows of an action, sealing what waits.
func (r *rig) audited(action string) int {
	r.Helper()
	r.sealAll()
	n := 0
	for _, s := range r.sealed() {
		if s.Action == action {
			n++
		}
	}
	return n
}

func (r *rig) utc(t time.Time) {
	r.Helper()
	if t.Location() != time.UTC {
		r.Errorf("time %s, want UTC", t)
	}
}
