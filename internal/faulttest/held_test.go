//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// emit writes an event in a transaction, which is held open until go on is closed where it is given.
func emit(ctx context.Context, s gateway.Store, subject string, written chan<- struct{}, goOn <-chan struct{}) error {
	var once sync.Once
	return s.Update(ctx, func(tx gateway.Tx) error {
		e := outbox.Event{ID: uuid.Must(uuid.NewV7()), Type: outbox.TypeConsignment, Subject: subject, Mode: "live", Partner: "LINE", At: tx.Now(), Data: "{}"}
		if err := tx.Emit(ctx, []outbox.Event{e}, nil, nil); err != nil {
			return err
		}
		if goOn != nil {
			once.Do(func() { close(written) })
			<-goOn
		}
		return nil
	})
}

// A consumer follows events by their positions, and remembers what it saw.
type consumer struct {
	store gateway.Store
	after int64
	saw   []string
}

func (c *consumer) read(ctx context.Context) error {
	events, err := c.store.Events(ctx, outbox.Query{After: c.after})
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Position != c.after+1 {
			return fmt.Errorf("behind position %d comes %d", c.after, e.Position)
		}
		c.after = e.Position
		c.saw = append(c.saw, e.Subject)
	}
	return nil
}

// A writer is held open, others write and commit, a consumer reads what is there, and then the first one commits: the
// consumer reads on from where it is and has missed nothing. Two dispatchers number all the while.
func TestHeldWriter(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			stores := openTwice(t, kind, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			number, stop := context.WithCancel(ctx)
			var dispatchers sync.WaitGroup
			for _, s := range stores {
				dispatchers.Go(func() {
					for number.Err() == nil {
						if _, err := s.NumberEvents(number, 3); err != nil && number.Err() == nil {
							t.Error(err)
						}
						time.Sleep(2 * time.Millisecond)
					}
				})
			}
			defer dispatchers.Wait()
			defer stop()

			written, goOn, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() { first <- emit(ctx, stores[0], "first", written, goOn) }()
			<-written
			const others = 10
			done := make(chan error, others)
			for i := range others {
				go func() { done <- emit(ctx, stores[1], fmt.Sprintf("later %d", i), nil, nil) }()
			}
			c := &consumer{store: stores[1]}
			if kind == "postgres" {
				for range others {
					must(t, <-done)
				}
				wait(t, 10*time.Second, func(ctx context.Context) error {
					if err := c.read(ctx); err != nil {
						return err
					}
					if len(c.saw) < others {
						return fmt.Errorf("%w: %d events", errNotYet, len(c.saw))
					}
					return nil
				})
			} else { // one writes after the other: those behind wait, and readers go on meanwhile
				select {
				case err := <-done:
					t.Fatalf("a second writer got by one that was held open: %v", err)
				case <-time.After(100 * time.Millisecond):
				}
				must(t, c.read(ctx))
			}
			if slices.Contains(c.saw, "first") {
				t.Fatal("what is not committed was seen")
			}
			close(goOn)
			must(t, <-first)
			for range others * map[string]int{"sqlite": 1}[kind] {
				must(t, <-done)
			}
			wait(t, 10*time.Second, func(ctx context.Context) error {
				if err := c.read(ctx); err != nil {
					return err
				}
				if len(c.saw) < others+1 {
					return fmt.Errorf("%w: %d events", errNotYet, len(c.saw))
				}
				return nil
			})
			slices.Sort(c.saw)
			if all := slices.Compact(slices.Clone(c.saw)); len(all) != others+1 || len(c.saw) != others+1 {
				t.Errorf("%q", c.saw)
			}
		})
	}
}

// A house whose settlement is held open while its master's is committed and the linker goes past it is linked once it is
// there: the linker follows positions, and so misses nothing.
func TestHeldSettlement(t *testing.T) {
	t.Parallel()
	stores := openTwice(t, "postgres", nil)
	held := &heldStore{Store: stores[0], who: "HOUSE", reached: make(chan struct{}), goOn: make(chan struct{})}
	p := newPair(t, [2]gateway.Store{held, stores[1]}, []partner.Partner{{ID: "HOUSE"}, {ID: "MASTER"}}, func(node int, o *gateway.Options) {
		o.Settlers = 4
	})
	// The first node alone has the house's settlement: the second begins when that is held.
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	run := func(g *gateway.Gateway) {
		running.Go(func() {
			if err := g.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	release := sync.OnceFunc(func() { close(held.goOn) })
	defer running.Wait()
	defer cancel()
	defer release()
	run(p.nodes[0])
	house, err := p.send(0, "HOUSE", cuscar("HOUSE", "H1", "HOUSES", "9", bill{"BH", "HOUSE1", "MAST1"}))
	must(t, err)
	select {
	case <-held.reached:
	case <-time.After(20 * time.Second):
		t.Fatal("the house is not settled")
	}
	run(p.nodes[1])
	// Of another call: what two messages say of one call is merged one after the other.
	master, err := p.send(1, "MASTER", bytes.ReplaceAll(cuscar("MASTER", "M1", "MASTERS", "9", bill{"MB", "MAST1", ""}), []byte("NLRTM"), []byte("BEANR")))
	must(t, err)
	links := func(ctx context.Context, id uuid.UUID) (string, error) {
		page, err := stores[1].Consignments(ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: id, Limit: 10})
		if err != nil || len(page.Items) != 1 {
			return "", fmt.Errorf("%w: %d consignments, %v", errNotYet, len(page.Items), err)
		}
		return page.Items[0].Link, nil
	}
	is := func(id uuid.UUID, want string) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			got, err := links(ctx, id)
			if err == nil && got != want {
				err = fmt.Errorf("%w: it is %q, and not %q", errNotYet, got, want)
			}
			return err
		}
	}
	wait(t, 20*time.Second, is(master, "houses_missing"))
	if _, err := links(t.Context(), house); !errors.Is(err, errNotYet) {
		t.Fatalf("what is not committed is seen: %v", err)
	}
	release()
	wait(t, 20*time.Second, is(house, "matched"))
	wait(t, 20*time.Second, is(master, "complete"))
}

// A heldStore holds the settlement of one partner's message before its commit.
type heldStore struct {
	gateway.Store
	who     partner.ID
	once    sync.Once
	reached chan struct{}
	goOn    chan struct{}
}

// Update holds f after all that it has to write.
func (s *heldStore) Update(ctx context.Context, f func(gateway.Tx) error) error {
	return s.Store.Update(ctx, func(tx gateway.Tx) error {
		h := &heldTx{Tx: tx, s: s}
		if err := f(h); err != nil || !h.ours {
			return err
		}
		s.once.Do(func() { close(s.reached) })
		<-s.goOn
		return nil
	})
}

type heldTx struct {
	gateway.Tx
	s    *heldStore
	ours bool
}

func (t *heldTx) Insert(ctx context.Context, rows *gateway.Rows) error {
	for i := range rows.Messages {
		t.ours = t.ours || rows.Messages[i].Partner == t.s.who
	}
	return t.Tx.Insert(ctx, rows)
}
