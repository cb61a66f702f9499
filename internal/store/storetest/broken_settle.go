package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

// An updater is a store whose transactions are others.
type updater struct {
	gateway.Store
	update func(ctx context.Context, f func(gateway.Tx) error) error
}

func (s updater) Update(ctx context.Context, f func(gateway.Tx) error) error { return s.update(ctx, f) }

// within wraps the transactions of a store.
func within(wrap func(s gateway.Store, tx gateway.Tx) gateway.Tx) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return updater{s, func(ctx context.Context, f func(gateway.Tx) error) error {
			return s.Update(ctx, func(tx gateway.Tx) error { return f(wrap(s, tx)) })
		}}
	}
}

// A settler is a transaction whose Settle is another.
type settler struct {
	gateway.Tx
	settle func(ctx context.Context, s gateway.Settlement) error
}

func (t settler) Settle(ctx context.Context, s gateway.Settlement) error { return t.settle(ctx, s) }

// An inserter is a transaction that inserts other rows.
type inserter struct {
	gateway.Tx
	edit func(*gateway.ConsignmentRow)
}

func (t inserter) Insert(ctx context.Context, rows *gateway.Rows) error {
	changed := *rows
	changed.Consignments = slices.Clone(rows.Consignments)
	for i := range changed.Consignments {
		t.edit(&changed.Consignments[i])
	}
	return t.Tx.Insert(ctx, &changed)
}

// inserting inserts consignments that were changed.
func inserting(edit func(*gateway.ConsignmentRow)) func(gateway.Store) gateway.Store {
	return within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx { return inserter{tx, edit} })
}

// A folder is a transaction whose Refold is another.
type folder struct {
	gateway.Tx
	refold func(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error)
}

func (t folder) Refold(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
	return t.refold(ctx, p, limit)
}

// folding refolds by a plan that was changed.
func folding(edit func(*gateway.Plan)) func(gateway.Store) gateway.Store {
	return within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return folder{tx, func(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
			edit(&p)
			return tx.Refold(ctx, p, limit)
		}}
	})
}

// A linker is a transaction whose Relink is another.
type linker struct {
	gateway.Tx
	relink func(ctx context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error)
}

func (t linker) Relink(ctx context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error) {
	return t.relink(ctx, mode, bills)
}

// A merger is a transaction that merges other calls.
type merger struct {
	gateway.Tx
	edit func(*gateway.CallRow)
}

func (t merger) MergeCalls(ctx context.Context, calls []gateway.CallRow) ([]uuid.UUID, error) {
	calls = slices.Clone(calls)
	for i := range calls {
		t.edit(&calls[i])
	}
	return t.Tx.MergeCalls(ctx, calls)
}

func merging(edit func(*gateway.CallRow)) func(gateway.Store) gateway.Store {
	return within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx { return merger{tx, edit} })
}

type headless struct{ gateway.Tx }

func (headless) PutDocument(context.Context, gateway.Document) error { return nil }

type unlocked struct {
	gateway.Tx
	s gateway.Store
}

// LockDocuments gives what was there before the transaction, and waits long enough for others to come in between.
func (t unlocked) LockDocuments(ctx context.Context, docs []gateway.Document) (map[string][]gateway.Version, error) {
	for i := range docs {
		docs[i].Key += " of nobody"
	}
	_, err := t.Tx.LockDocuments(ctx, docs)
	return nil, err
}

type freeCursor struct {
	gateway.Tx
	s gateway.Store
}

func (t freeCursor) SetCursor(ctx context.Context, name string, _, to int64) error {
	at, err := t.s.Cursor(ctx, name)
	return errors.Join(err, t.Tx.SetCursor(ctx, name, at, to))
}

type silent struct{ gateway.Tx }

func (t silent) Emit(ctx context.Context, events []outbox.Event, deliveries []outbox.Delivery, _ []audit.Row) error {
	return t.Tx.Emit(ctx, events, deliveries, nil)
}

// A stager is a store whose Stage is another, and which may show what is staged.
type stager struct {
	gateway.Store
	stage    func(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error
	messages func(ctx context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error)
}

func (s stager) Stage(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
	return s.stage(ctx, f, rows)
}

func (s stager) Messages(ctx context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error) {
	return s.messages(ctx, receipt)
}

// An ender is a store whose Staged is another.
type ender struct {
	gateway.Store
	staged func(ctx context.Context, f gateway.Fence) error
}

func (s ender) Staged(ctx context.Context, f gateway.Fence) error { return s.staged(ctx, f) }

// A sweeper is a store whose Sweep is another.
type sweeper struct {
	gateway.Store
	sweep func(ctx context.Context, idle time.Duration) (int64, error)
}

func (s sweeper) Sweep(ctx context.Context, idle time.Duration) (int64, error) {
	return s.sweep(ctx, idle)
}

type unversioned struct{ gateway.Store }

func (s unversioned) Versions(ctx context.Context, keys []string) (map[string][]gateway.Version, error) {
	got, err := s.Store.Versions(ctx, keys)
	for _, versions := range got {
		slices.Reverse(versions)
	}
	return got, err
}

type forgetful struct{ gateway.Store }

func (s forgetful) Settlement(ctx context.Context, id uuid.UUID) (gateway.Settlement, error) {
	got, err := s.Store.Settlement(ctx, id)
	got.Warnings, got.Result = 0, bytes.Clone(got.Result[:0])
	return got, err
}

var brokenSettle = []Breakage{
	{"settle has no fence", "settle/a lost attempt changes nothing", within(func(s gateway.Store, tx gateway.Tx) gateway.Tx {
		return settler{tx, func(ctx context.Context, settlement gateway.Settlement) error {
			rc, err := s.Receipt(ctx, settlement.Receipt)
			if err != nil {
				return err
			}
			settlement.Attempt = rc.Attempt
			return tx.Settle(ctx, settlement)
		}}
	})},
	{"settle is done twice", "settle/only once", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return settler{tx, func(ctx context.Context, settlement gateway.Settlement) error {
			if err := tx.Settle(ctx, settlement); !errors.Is(err, gateway.ErrFenced) {
				return err
			}
			return nil
		}}
	})},
	{"settle loses what it is given", "settle/keeps the settlement", func(s gateway.Store) gateway.Store { return forgetful{s} }},
	{"an error undoes nothing", "settle/an error undoes all and is given", func(s gateway.Store) gateway.Store {
		return updater{s, func(ctx context.Context, f func(gateway.Tx) error) (err error) {
			return errors.Join(s.Update(ctx, func(tx gateway.Tx) error { err = f(tx); return nil }), err)
		}}
	}},
	{"an error is lost", "settle/an error undoes all and is given", func(s gateway.Store) gateway.Store {
		return updater{s, func(ctx context.Context, f func(gateway.Tx) error) error {
			if err := s.Update(ctx, f); errors.Is(err, gateway.ErrUnavailable) {
				return err
			}
			return nil
		}}
	}},
	{"a panic commits", "settle/a panic undoes all and leaves the store usable", func(s gateway.Store) gateway.Store {
		return updater{s, func(ctx context.Context, f func(gateway.Tx) error) error {
			return s.Update(ctx, func(tx gateway.Tx) (err error) {
				defer func() { _ = recover() }()
				return f(tx)
			})
		}}
	}},
	{"one lost of a batch is all lost", "settle/one lost of a batch leaves the others to be settled", func(s gateway.Store) gateway.Store {
		return updater{s, func(ctx context.Context, f func(gateway.Tx) error) error {
			return s.Update(ctx, func(tx gateway.Tx) error {
				var lost error
				err := f(settler{tx, func(ctx context.Context, settlement gateway.Settlement) error {
					err := tx.Settle(ctx, settlement)
					lost = errors.Join(lost, err)
					return err
				}})
				return errors.Join(err, lost)
			})
		}}
	}},
	{"the audit rows of a settling are lost", "audit/rows of every kind of act are sealed in one chain", within(
		func(_ gateway.Store, tx gateway.Tx) gateway.Tx { return silent{tx} })},
	{"heads are not written", "document/keeps its head", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx { return headless{tx} })},
	{"heads are not locked", "document/versions of visible messages, in order", within(func(s gateway.Store, tx gateway.Tx) gateway.Tx { return unlocked{tx, s} })},
	{"versions are in another order", "document/versions of visible messages, in order", func(s gateway.Store) gateway.Store { return unversioned{s} }},
	{"a cursor has no fence", "cursor/moves only from where it is", within(func(s gateway.Store, tx gateway.Tx) gateway.Tx { return freeCursor{tx, s} })},
	{"staged rows are seen", "stage/invisible until settled", func(s gateway.Store) gateway.Store {
		var mu sync.Mutex
		staged := map[uuid.UUID][]gateway.MessageRow{}
		return stager{s, func(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
			mu.Lock()
			defer mu.Unlock()
			staged[f.Receipt] = append(staged[f.Receipt], rows.Messages...)
			return s.Stage(ctx, f, rows)
		}, func(_ context.Context, receipt uuid.UUID) ([]gateway.MessageRow, error) {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(staged[receipt]), nil
		}}
	}},
	{"staging has no fence", "stage/by a lost attempt is refused", func(s gateway.Store) gateway.Store {
		return stager{s, func(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
			if err := s.Stage(ctx, f, rows); !errors.Is(err, gateway.ErrFenced) {
				return err
			}
			return nil
		}, s.Messages}
	}},
	{"the end of staging has no fence", "stage/by a lost attempt is refused", func(s gateway.Store) gateway.Store {
		return ender{s, func(context.Context, gateway.Fence) error { return nil }}
	}},
	{"the end of staging shows what is staged", "stage/is found once settled, ended or not", func(s gateway.Store) gateway.Store {
		return ender{s, func(ctx context.Context, f gateway.Fence) error {
			_, err := finish(ctx, s, gateway.StateAccepted, nil, []gateway.Receipt{{ID: f.Receipt, Attempt: f.Attempt, Mode: cargo.TrafficLive}})
			return err
		}}
	}},
	{"staged rows are lost", "stage/in chunks and settled with the rest", func(s gateway.Store) gateway.Store {
		return stager{s, func(context.Context, gateway.Fence, *gateway.Rows) error { return nil }, s.Messages}
	}},
	{"staged rows of any attempt are seen", "stage/of another attempt stays invisible", func(s gateway.Store) gateway.Store {
		return stager{s, func(ctx context.Context, f gateway.Fence, rows *gateway.Rows) error {
			return s.Update(ctx, func(tx gateway.Tx) error {
				changed := gateway.Rows{Consignments: slices.Clone(rows.Consignments)}
				for i := range changed.Consignments {
					changed.Consignments[i].Attempt++
				}
				return tx.Insert(ctx, &changed)
			})
		}, s.Messages}
	}},
	{"the sweep mends nothing", "stage/of a lost attempt is swept", func(s gateway.Store) gateway.Store {
		return sweeper{s, func(context.Context, time.Duration) (int64, error) { return 0, nil }}
	}},
	{"the sweep never ends", "sweep/writes states that were not written back", func(s gateway.Store) gateway.Store {
		return sweeper{s, func(ctx context.Context, idle time.Duration) (int64, error) {
			n, err := s.Sweep(ctx, idle)
			return n + 1, err
		}}
	}},
	{"refold forgets to supersede", "refold/a replacement supersedes what was before it", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return folder{tx, func(context.Context, gateway.Plan, int) ([]gateway.Changed, error) { return nil, nil }}
	})},
	{"refold knows no epoch", "refold/a replacement supersedes what was before it", folding(func(p *gateway.Plan) { p.Epoch = gateway.Order{} })},
	{"refold knows no cancellation", "refold/a cancellation cancels all, the superseded too", folding(func(p *gateway.Plan) { p.Cancelled = false })},
	{"refold works without a plan", "refold/none changes nothing", folding(func(p *gateway.Plan) { p.None = false })},
	{"refold touches what is unaccepted", "refold/unaccepted stays", inserting(func(c *gateway.ConsignmentRow) { c.State = "accepted" })},
	{"refold knows no deletion", "refold/a deletion cancels the bills that it names", inserting(func(c *gateway.ConsignmentRow) { c.Op = gateway.OpSet })},
	{"refold takes the first of a repeated bill", "refold/of a bill that is repeated in one message the last counts", inserting(
		func(c *gateway.ConsignmentRow) { c.Ordinal = 1000 - c.Ordinal })},
	{"refold takes bills of other documents", "refold/leaves other documents alone", inserting(func(c *gateway.ConsignmentRow) { c.DocumentKey = "doc" })},
	{"refold tells nothing", "refold/tells what changed, from what to what", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return folder{tx, func(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
			_, err := tx.Refold(ctx, p, limit)
			return nil, err
		}}
	})},
	{"refold stops at the limit", "refold/changes all and tells no more than the limit", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return folder{tx, func(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
			got, err := tx.Refold(ctx, p, 1<<20)
			if len(got) > limit {
				err = errors.Join(err, errUndo)
			}
			return got, err
		}}
	})},
	{"links go across modes", "relink/modes are apart", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return linker{inserter{tx, func(c *gateway.ConsignmentRow) { c.Mode = cargo.TrafficLive }}, tx.Relink}
	})},
	{"a link is never let go", "relink/a master that is no longer accepted lets go", func(s gateway.Store) gateway.Store {
		times := 0
		return within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
			return linker{tx, func(ctx context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error) {
				if times++; times > 1 {
					return nil, nil
				}
				return tx.Relink(ctx, mode, bills)
			}}
		})(s)
	}},
	{"a link is made in one order only", "relink/a house that comes before its master", within(func(_ gateway.Store, tx gateway.Tx) gateway.Tx {
		return linker{tx, func(ctx context.Context, mode cargo.Traffic, bills []string) ([]gateway.Changed, error) {
			if len(bills) == 1 && bills[0] == "M1" {
				return nil, nil
			}
			return tx.Relink(ctx, mode, bills)
		}}
	})},
	{"links know no packages", "relink/a master is complete when its houses hold all its packages", inserting(
		func(c *gateway.ConsignmentRow) { c.Packages = 0 })},
	{"links are made to what is unaccepted", "relink/what is unaccepted links nothing", inserting(func(c *gateway.ConsignmentRow) { c.State = "accepted" })},
	{"calls never merge", "calls/merge within 72 hours either side", merging(func(c *gateway.CallRow) { c.Vessel += c.ID.String() })},
	{"calls merge at any distance", "calls/outside the window is a new one", merging(func(c *gateway.CallRow) { c.ETA = instant(0) })},
	{"calls merge across ports", "calls/modes, vessels and ports are apart", merging(func(c *gateway.CallRow) { c.Port = "NLRTM" })},
	{"calls merge across modes", "calls/modes, vessels and ports are apart", merging(func(c *gateway.CallRow) { c.Mode = "live" })},
	{"calls merge by another's voyage", "calls/without an ETA by the partner's voyage", merging(func(c *gateway.CallRow) { c.Partner = Carrier })},
	{"consignments lose their scores", "search/keeps all that it is given", inserting(func(c *gateway.ConsignmentRow) { c.Score = gateway.Scored{} })},
	{"consignments lose what is yes or no of a score", "search/keeps all that it is given", inserting(func(c *gateway.ConsignmentRow) { c.Score.Selected, c.Score.Assessable = false, true })},
	{"consignments lose their microseconds", "search/keeps all that it is given", inserting(func(c *gateway.ConsignmentRow) { c.ETA = c.ETA.Truncate(time.Millisecond) })},
}
