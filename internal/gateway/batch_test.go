package gateway

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// A settlersBench is settlers that are at work until they are told.
type settlersBench struct {
	g    *gathering
	done chan struct{}

	mu    sync.Mutex
	taken []int // sizes of batches
	ended int
}

func newSettlers(g *gathering, n int) *settlersBench {
	s := &settlersBench{g: g, done: make(chan struct{})}
	for range n {
		go func() {
			for b := g.take(); b != nil; b = g.take() {
				s.mu.Lock()
				s.taken = append(s.taken, len(b))
				s.mu.Unlock()
				<-s.done
				g.done()
			}
			s.mu.Lock()
			s.ended++
			s.mu.Unlock()
		}()
	}
	return s
}

// put puts messages of so many consignments each.
func (s *settlersBench) put(consignments ...int) {
	for _, n := range consignments {
		s.g.put(&claimed{out: &outcome{rows: Rows{Consignments: make([]ConsignmentRow, n)}}})
	}
}

// want compares what was taken since it was asked last.
func (s *settlersBench) want(t *testing.T, what string, batches ...int) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.taken, batches) {
		t.Errorf("%s: batches of %d, not %d", what, s.taken, batches)
	}
	s.taken = nil
}

func TestGatheringSharesTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSettlers(newGathering(4, 100), 3)
		s.want(t, "nothing is there")
		s.put(1)
		s.want(t, "alone", 1)
		s.put(1, 1, 1)
		s.want(t, "another settler is at work")
		s.put(1)
		s.want(t, "full", 4)
		s.put(1, 1)
		s.want(t, "two are at work")
		s.done <- struct{}{}
		s.want(t, "one is still at work")
		s.done <- struct{}{}
		s.want(t, "none is at work", 2)
		s.put(1)
		s.want(t, "one is at work")
		pass(gatherMost)
		s.want(t, "waited for long", 1)
		s.put(60, 60)
		s.want(t, "no more fit", 1)
		go s.put(200) // all are at work
		s.want(t, "all are at work")
		for range 3 {
			s.done <- struct{}{}
		}
		s.want(t, "more than fits, but alone", 1, 1)
		s.g.close()
		for range 2 {
			s.done <- struct{}{}
		}
		synctest.Wait()
		if s.ended != 3 {
			t.Errorf("%d settlers ended", s.ended)
		}
	})
}

// Readers do not run ahead of settlers by more than a batch, and the end takes what is left.
func TestGatheringHoldsReadersBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSettlers(newGathering(2, 100), 1)
		s.put(1)
		s.want(t, "alone", 1)
		s.put(1, 1)
		more := make(chan struct{})
		go func() {
			s.put(1)
			s.g.close()
			close(more)
		}()
		synctest.Wait()
		select {
		case <-more:
			t.Error("three wait where a batch is of two")
		default:
		}
		s.done <- struct{}{}
		s.want(t, "a batch", 2)
		<-more
		s.done <- struct{}{}
		s.want(t, "the rest", 1)
		s.done <- struct{}{}
		synctest.Wait()
		if s.ended != 1 {
			t.Error("the settler waits on")
		}
	})
}
