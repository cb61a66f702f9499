//go:build linux

package faulttest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A replacement is read while its original is not there; before it is asked whether there is anything to wait for, the
// original is settled. It is not refused over what it saw first.
func TestSettledBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			stores := openTwice(t, kind, nil)
			b := &between{asked: make(chan struct{})}
			p := newPair(t, [2]gateway.Store{&betweenStore{stores[0], b}, &betweenStore{stores[1], b}}, []partner.Partner{{ID: "LINE"}}, nil)
			var last string
			for i, s := range steps("1")[:2] { // original and replacement
				id, err := p.send(i, "LINE", cuscar("LINE", fmt.Sprint("C", i), s.reference("1"), s.function, s.bills...))
				must(t, err)
				last = id.String()
			}
			p.run()
			p.settled(30 * time.Second)
			d, err := stores[0].Document(t.Context(), gateway.DocumentKey("live", "LINE", "CUSCAR", "DOC1"))
			must(t, err)
			if d.Versions != 2 {
				t.Errorf("the replacement %s took no effect: %+v", last, d)
			}
		})
	}
}

// between lets nothing be settled until somebody asks what is unfinished, and answers that when the rest is settled.
type between struct {
	once  sync.Once
	asked chan struct{}
}

type betweenStore struct {
	gateway.Store
	*between
}

func (s *betweenStore) Update(ctx context.Context, f func(gateway.Tx) error) error {
	select {
	case <-s.asked:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Store.Update(ctx, f)
}

func (s *betweenStore) Earlier(ctx context.Context, p partner.ID, mode cargo.Traffic, before int64) (bool, error) {
	s.once.Do(func() { close(s.asked) })
	for {
		earlier, err := s.Store.Earlier(ctx, p, mode, before)
		if err != nil || !earlier {
			return earlier, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
