//go:build linux

package faulttest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A manner is how a conductor has receipts of one group read and settled.
type manner int

// Manners.
const (
	inTurn manner = iota // one is read and settled before the next one is read
	ahead                // all are read before the first is settled
	free                 // as it comes, with delays at random
)

// A conductor decides in which order the receipts of a group are worked on, whichever nodes do that: it stands between
// the gateways and their stores. A group is all that one partner sends. A receipt that waits, or has to be read again, has
// had its turn; then it goes on as it likes.
type conductor struct {
	manner manner

	mu     sync.Mutex
	rng    *rand.Rand
	shelf  []gateway.Receipt // claimed by a node, and not yet given to one
	groups map[partner.ID]*group
	of     map[uuid.UUID]*group
	onHand int           // groups that are worked on and not all had their turn; bounded, so that gates cannot block all settlers
	moved  chan struct{} // closed and made anew when a turn was had
}

// maxOnHand times the receipts of a group is less than the settlers of one node.
const maxOnHand = 8

// A group is what one partner sends, in order of acceptance, and the order in which it is to be settled.
type group struct {
	ids     []uuid.UUID
	order   []int // of settling: indexes of ids
	begun   bool
	arrived map[uuid.UUID]bool // was read
	had     map[uuid.UUID]bool // had its turn
}

func newConductor(m manner, seed uint64) *conductor {
	return &conductor{manner: m, rng: rand.New(rand.NewPCG(seed, 1)), groups: map[partner.ID]*group{}, of: map[uuid.UUID]*group{}, moved: make(chan struct{})}
}

// add tells of a group that is accepted. Before that nothing of it is given out.
func (c *conductor) add(p partner.ID, ids []uuid.UUID, order []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &group{ids: ids, order: order, arrived: map[uuid.UUID]bool{}, had: map[uuid.UUID]bool{}}
	c.groups[p] = g
	for _, id := range ids {
		c.of[id] = g
	}
}

// turn reports whether all before id had theirs.
func (g *group) turn(id uuid.UUID) bool {
	for _, i := range g.order {
		switch {
		case g.ids[i] == id:
			return true
		case !g.had[g.ids[i]]:
			return false
		}
	}
	return true
}

// had notes that a receipt had its turn.
func (c *conductor) had(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.of[id]
	if g == nil || g.had[id] {
		return
	}
	g.had[id], g.arrived[id] = true, true
	if len(g.had) == len(g.ids) {
		c.onHand--
	}
	c.tell()
}

func (c *conductor) tell() {
	close(c.moved)
	c.moved = make(chan struct{})
}

// mayRead reports whether a receipt may be given to a node now.
func (c *conductor) mayRead(r *gateway.Receipt) bool {
	g := c.of[r.ID]
	switch {
	case c.manner == free:
		return true
	case g == nil:
		return false
	case !g.begun:
		if c.manner == ahead && c.onHand >= maxOnHand {
			return false
		}
		g.begun = true
		c.onHand++
	}
	return c.manner == ahead || g.had[r.ID] || g.turn(r.ID)
}

// gate holds a settlement back until it is its turn.
func (c *conductor) gate(ctx context.Context, id uuid.UUID) error {
	c.mu.Lock()
	g := c.of[id]
	g.arrived[id] = true
	c.tell()
	for !(g.had[id] || len(g.arrived) == len(g.ids) && g.turn(id)) {
		moved := c.moved
		c.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.mu.Lock()
	}
	c.mu.Unlock()
	return nil
}

// hesitate takes a moment at random.
func (c *conductor) hesitate() {
	if c.manner != free {
		return
	}
	c.mu.Lock()
	d := time.Duration(c.rng.IntN(4)) * time.Millisecond
	c.mu.Unlock()
	time.Sleep(d)
}

// A conducted store is what one node sees of its store.
type conducted struct {
	gateway.Store
	*conductor
}

// Claim claims all there is, and gives what may be read now, in any order.
func (s *conducted) Claim(ctx context.Context, r gateway.ClaimRequest) ([]gateway.Receipt, error) {
	if r.Lane != gateway.LaneSmall {
		return s.Store.Claim(ctx, r)
	}
	most := r.Max
	r.Max = 1000
	if s.manner == free {
		r.Max = most
	}
	got, err := s.Store.Claim(ctx, r)
	if err != nil {
		return nil, err
	}
	s.hesitate()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shelf = append(s.shelf, got...)
	if s.manner != ahead { // there whole groups are begun, oldest first
		s.rng.Shuffle(len(s.shelf), func(i, j int) { s.shelf[i], s.shelf[j] = s.shelf[j], s.shelf[i] })
	}
	var out []gateway.Receipt
	s.shelf = slices.DeleteFunc(s.shelf, func(r gateway.Receipt) bool {
		if len(out) == most || !s.mayRead(&r) {
			return false
		}
		out = append(out, r)
		return true
	})
	return out, nil
}

// Wait gives a receipt back: it had its turn.
func (s *conducted) Wait(ctx context.Context, f gateway.Fence, delay time.Duration) error {
	err := s.Store.Wait(ctx, f, delay)
	s.had(f.Receipt)
	return err
}

// Versions is what a reading begins with.
func (s *conducted) Versions(ctx context.Context, keys []string) (map[string][]gateway.Version, error) {
	s.hesitate()
	v, err := s.Store.Versions(ctx, keys)
	s.hesitate()
	return v, err
}

var errProbe = errors.New("only to see which receipt it is")

// Update has a settlement wait for its turn. Which receipt it is of shows when it is tried: that is rolled back.
func (s *conducted) Update(ctx context.Context, f func(gateway.Tx) error) error {
	var who []uuid.UUID
	if s.manner == ahead {
		err := s.Store.Update(ctx, func(tx gateway.Tx) error {
			who = nil
			err := f(&conductedTx{Tx: tx, settled: &who})
			if err == nil && len(who) > 0 {
				err = errProbe
			}
			return err
		})
		if !errors.Is(err, errProbe) {
			return err
		}
		for _, id := range who {
			if err := s.gate(ctx, id); err != nil {
				return err
			}
		}
	}
	s.hesitate()
	tried := who
	err := s.Store.Update(ctx, func(tx gateway.Tx) error {
		who = nil
		if err := f(&conductedTx{Tx: tx, settled: &who}); err != nil {
			return err
		}
		s.hesitate()
		return nil
	})
	if err == nil {
		for _, id := range append(tried, who...) { // those that have to be read again among them
			s.had(id)
		}
	}
	return err
}

// A conductedTx notes what is settled in it.
type conductedTx struct {
	gateway.Tx
	settled *[]uuid.UUID
}

// Settle notes the receipt.
func (t *conductedTx) Settle(ctx context.Context, s gateway.Settlement) error {
	err := t.Tx.Settle(ctx, s)
	if err == nil {
		*t.settled = append(*t.settled, s.Receipt)
	}
	return err
}
