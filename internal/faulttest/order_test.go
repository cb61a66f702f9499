//go:build linux

package faulttest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// permutations gives all orders of n things.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var out [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			q := append(append(append([]int{}, p[:at]...), n-1), p[at:]...)
			out = append(out, q)
		}
	}
	return out
}

// A play is one order of acceptance and one of settling.
type play struct {
	partner  partner.ID
	group    string
	profile  string
	accepted []step
	bodies   [][]byte
	order    []int
	ids      []uuid.UUID
}

// plays makes one play for each order of acceptance of the steps whose names are given (none is all), and of each as
// many orders of settling: all of them where settlings is 0.
func plays(rng *rand.Rand, settlings int, names ...string) []*play {
	var out []*play
	chosen := func(group string) (s []step) {
		for _, one := range steps(group) {
			keep := len(names) == 0
			for _, n := range names {
				keep = keep || n == one.name
			}
			if keep {
				s = append(s, one)
			}
		}
		return s
	}
	all := permutations(len(chosen("")))
	for _, accept := range all {
		orders := all
		if settlings > 0 {
			orders = nil
			for range settlings {
				orders = append(orders, rng.Perm(len(accept)))
			}
		}
		for _, order := range orders {
			group := fmt.Sprintf("%06d", len(out))
			p := &play{partner: partner.ID("P" + group), group: group, order: order}
			from := chosen(group)
			for n, i := range accept {
				s := from[i]
				p.accepted = append(p.accepted, s)
				p.bodies = append(p.bodies, cuscar(string(p.partner), fmt.Sprintf("%s%d", group, n+1), s.reference(group), s.function, s.bills...))
			}
			out = append(out, p)
		}
	}
	return out
}

// stage plays all of them at once on two nodes, and gives what each came to.
func stage(t *testing.T, kind string, c *conductor, all []*play, spoil func(gateway.Store) gateway.Store) []string {
	t.Helper()
	stores := openTwice(t, kind, nil)
	partners := make([]partner.Partner, len(all))
	for i, p := range all {
		partners[i].ID, partners[i].Profile = p.partner, p.profile
	}
	var seen [2]gateway.Store
	for i := range seen {
		seen[i] = stores[i]
		if spoil != nil {
			seen[i] = spoil(seen[i])
		}
		seen[i] = &conducted{Store: seen[i], conductor: c}
	}
	p := newPair(t, seen, partners, func(_ int, o *gateway.Options) {
		o.Lease = 10 * time.Minute // what lies on the shelf is renewed by nobody
		o.WaitMax = time.Hour      // nor does a cancellation wait in vain because the longer variant takes its time
		o.Claim = 200
		if c.manner == ahead {
			o.Settlers, o.SettleMessages = maxOnHand*len(all[0].accepted)+8, 1
		}
	})
	p.run()
	work := make(chan *play)
	var sending sync.WaitGroup
	for range 16 {
		sending.Go(func() {
			for one := range work {
				for i, body := range one.bodies {
					id, err := p.send(i%2, one.partner, body)
					if err != nil {
						t.Errorf("message %d of %s: %v", i+1, one.partner, err)
						return
					}
					one.ids = append(one.ids, id)
				}
				c.add(one.partner, one.ids, one.order)
			}
		})
	}
	for _, one := range all {
		work <- one
	}
	close(work)
	sending.Wait()
	if t.Failed() {
		t.FailNow()
	}
	p.settled(either(time.Minute, 10*time.Minute))
	p.stop()

	out := make([]string, len(all))
	var reading sync.WaitGroup
	for n := range 8 {
		reading.Go(func() {
			for i := n; i < len(all); i += 8 {
				got, err := all[i].came(t.Context(), stores[0])
				if err != nil {
					t.Error(err)
				}
				out[i] = got
			}
		})
	}
	reading.Wait()
	toldOnce(t, stores[0], all)
	return out
}

// came writes what a play came to, as expected does.
func (p *play) came(ctx context.Context, store gateway.Store) (string, error) {
	var b strings.Builder
	seqs := map[int64]int{}
	for i, id := range p.ids {
		r, err := store.Receipt(ctx, id)
		if err != nil {
			return "", err
		}
		seqs[r.Seq] = i + 1
		s, err := store.Settlement(ctx, id)
		if err != nil {
			return "", err
		}
		if r.State != s.State || r.Failures > 0 {
			return "", fmt.Errorf("%s of %s: state %s, settled as %s, %d failures", p.accepted[i].name, p.partner, r.State, s.State, r.Failures)
		}
		fmt.Fprintf(&b, "%d %s %s", i+1, p.accepted[i].name, s.State)
		if s.DuplicateOf != uuid.Nil {
			fmt.Fprintf(&b, ", duplicate of %d", slices.Index(p.ids, s.DuplicateOf)+1)
		}
		b.WriteByte('\n')
		page, err := store.Consignments(ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: id, Limit: 100})
		if err != nil {
			return "", err
		}
		for _, c := range page.Items {
			parents, houses, err := store.Links(ctx, c.ID)
			if err != nil {
				return "", err
			}
			writeCell(&b, &cell{bill: bill{number: c.Number}, state: c.State, link: c.Link, up: len(parents), down: len(houses)})
		}
	}
	for _, name := range []string{"DOC", "MASTER", "HOUSES"} {
		d, err := store.Document(ctx, gateway.DocumentKey("live", p.partner, "CUSCAR", name+p.group))
		switch {
		case errors.Is(err, gateway.ErrNotFound), err == nil && d.Versions == 0:
			fmt.Fprintf(&b, "%s none\n", name)
		case err != nil:
			return "", err
		default:
			fmt.Fprintf(&b, "%s %s, %d versions, the last is %d\n", name, d.State, d.Versions, seqs[d.Current.Seq])
		}
	}
	return b.String(), nil
}

// toldOnce looks whether each receipt has one event of its end.
func toldOnce(t *testing.T, store gateway.Store, all []*play) {
	t.Helper()
	told := map[string]int{}
	for after := int64(0); ; {
		events, err := store.Events(t.Context(), outbox.Query{After: after, Limit: 1000, Types: []string{outbox.TypeSettled}})
		must(t, err)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			told[e.Subject]++
			after = e.Position
		}
	}
	for _, p := range all {
		for _, id := range p.ids {
			if n := told["message/"+id.String()]; n != 1 {
				t.Errorf("receipt %s was told to be settled %d times", id, n)
			}
		}
	}
}

// Original, replacement, change, cancellation, master and house in every order of acceptance, settled in another order by
// two nodes, come to what the order of acceptance says: states, heads and links.
func TestEveryOrder(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		for manner, name := range map[manner]string{inTurn: "one after the other", ahead: "all read before the first is settled", free: "as it comes"} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(20, uint64(manner)))
				all := plays(rng, either(1, 6))
				if !long { // the three manners together have every order of acceptance on SQLite, and a sixth of them on PostgreSQL
					all = every(all, 3, int(manner))
					if kind == "postgres" {
						all = every(all, 6, 0)
					}
				}
				began := time.Now()
				got := stage(t, kind, newConductor(manner, 7), all, nil)
				t.Logf("%d plays in %s", len(all), time.Since(began).Round(time.Millisecond))
				compare(t, all, got)
			})
		}
	}
}

// every gives every n-th play.
func every(all []*play, n, first int) []*play {
	var out []*play
	for i := first; i < len(all); i += n {
		out = append(out, all[i])
	}
	return out
}

// What acts on one document in every order of acceptance and, for each of these, every order of settling.
func TestEveryOrderOfOneDocument(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, manner := range either([]manner{ahead}, []manner{ahead, inTurn}) {
				all := plays(nil, 0, either([]string{"original", "replace", "cancel"}, []string{"original", "replace", "change", "cancel"})...)
				compare(t, all, stage(t, kind, newConductor(manner, 9), all, nil))
			}
		})
	}
}

func compare(t *testing.T, all []*play, got []string) {
	t.Helper()
	wrong := 0
	for i, p := range all {
		if want := expected(p.accepted); withoutLate(got[i], p.accepted) != want {
			if wrong++; wrong <= 3 {
				t.Errorf("%s, settled in the order %v:\n%s\nwant\n%s", p.partner, p.order, got[i], want)
			}
		}
	}
	if wrong > 3 {
		t.Errorf("and %d more of %d", wrong-3, len(all))
	}
}

// What comes again: whether it counts is decided by what is on file where it stands in the order of acceptance, in
// whatever order it is settled.
func TestAgain(t *testing.T) {
	t.Parallel()
	a := step{"A", "DOC", "9", []bill{{"BM", "A", ""}}}
	b := step{"B", "DOC", "9", []bill{{"BM", "B", ""}}}
	cancel := step{"cancel", "DOC", "1", nil}
	for _, tt := range []struct {
		name, profile string
		sent          []step
		want          string
	}{
		{"A, A", "", []step{a, a}, `1 A accepted
  A accepted "", 0 up, 0 down
2 A accepted, duplicate of 1
DOC current, 1 versions, the last is 1
`},
		{"A, B, A", "", []step{a, b, a}, `1 A accepted
  A superseded "", 0 up, 0 down
2 B accepted
  B superseded "", 0 up, 0 down
3 A accepted
  A accepted "", 0 up, 0 down
DOC current, 3 versions, the last is 3
`},
		{"A, cancel, A", "", []step{a, cancel, a}, `1 A accepted
  A cancelled "", 0 up, 0 down
2 cancel accepted
3 A accepted, duplicate of 1
DOC cancelled, 2 versions, the last is 2
`},
		{"A, cancel, A as agreed", refiling, []step{a, cancel, a}, `1 A accepted
  A superseded "", 0 up, 0 down
2 cancel accepted
3 A accepted
  A accepted "", 0 up, 0 down
DOC current, 3 versions, the last is 3
`},
		{"A, B, A, cancel, A", "", []step{a, b, a, cancel, a}, `1 A accepted
  A superseded "", 0 up, 0 down
2 B accepted
  B superseded "", 0 up, 0 down
3 A accepted
  A cancelled "", 0 up, 0 down
4 cancel accepted
5 A accepted, duplicate of 3
DOC cancelled, 4 versions, the last is 4
`},
	} {
		for _, kind := range kinds {
			t.Run(tt.name+", "+kind, func(t *testing.T) {
				t.Parallel()
				var all []*play
				orders := permutations(len(tt.sent))
				if len(orders) > 6 && !long {
					orders = [][]int{orders[7], orders[29], orders[61], orders[119]}
				}
				for _, order := range orders {
					group := fmt.Sprintf("%06d", len(all))
					p := &play{partner: partner.ID("P" + group), group: group, profile: tt.profile, accepted: tt.sent, order: order}
					for _, s := range tt.sent { // the same bytes where it is the same
						bills := slices.Clone(s.bills)
						for i := range bills {
							bills[i].number += group
						}
						p.bodies = append(p.bodies, cuscar(string(p.partner), s.name+group, s.reference(group), s.function, bills...))
					}
					all = append(all, p)
				}
				for i, got := range stage(t, kind, newConductor(inTurn, 3), all, nil) {
					got = strings.ReplaceAll(strings.ReplaceAll(got, all[i].group, ""), "MASTER none\nHOUSES none\n", "")
					if got != tt.want {
						t.Errorf("settled in the order %v:\n%s\nwant\n%s", all[i].order, got, tt.want)
					}
				}
			})
		}
	}
}

// The suite notices a gateway that goes by the order of settling.
func TestOrderNotices(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(gateway.Store) gateway.Store{
		"an amendment does not wait":    func(s gateway.Store) gateway.Store { return &impatient{s} },
		"what comes late is not folded": func(s gateway.Store) gateway.Store { return &hasty{s} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := plays(nil, 0, "original", "replace", "cancel")
			wrong := 0
			for i, got := range stage(t, "sqlite", newConductor(ahead, 5), all, spoil) {
				if withoutLate(got, all[i].accepted) != expected(all[i].accepted) {
					wrong++
				}
			}
			if wrong == 0 {
				t.Errorf("nothing is wrong in %d plays", len(all))
			}
		})
	}
}

// An impatient store says that there is nothing to wait for.
type impatient struct{ gateway.Store }

func (s *impatient) Earlier(context.Context, partner.ID, cargo.Traffic, int64) (bool, error) {
	return false, nil
}

// A hasty store does not fold again what is settled behind a later version of its document.
type hasty struct{ gateway.Store }

func (s *hasty) Update(ctx context.Context, f func(gateway.Tx) error) error {
	return s.Store.Update(ctx, func(tx gateway.Tx) error { return f(&hastyTx{Tx: tx}) })
}

type hastyTx struct {
	gateway.Tx
	last int64 // version of those on file
	own  int64 // the last of what is settled
}

func (t *hastyTx) LockDocuments(ctx context.Context, docs []gateway.Document) (map[string][]gateway.Version, error) {
	all, err := t.Tx.LockDocuments(ctx, docs)
	for _, versions := range all {
		for _, v := range versions {
			t.last = max(t.last, v.Order.Seq)
		}
	}
	return all, err
}

func (t *hastyTx) Insert(ctx context.Context, rows *gateway.Rows) error {
	for _, m := range rows.Messages {
		t.own = max(t.own, m.Order.Seq)
	}
	return t.Tx.Insert(ctx, rows)
}

func (t *hastyTx) Refold(ctx context.Context, p gateway.Plan, limit int) ([]gateway.Changed, error) {
	if t.own < t.last {
		return nil, nil
	}
	return t.Tx.Refold(ctx, p, limit)
}
