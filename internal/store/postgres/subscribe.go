package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Waits of a subscription before it connects again: doubled from the least to the most.
const (
	leastWait = 50 * time.Millisecond
	mostWait  = 5 * time.Second
)

// Subscribe gives a channel on which something is sent when work may be there. It listens on a connection of its own, and
// connects again when that is lost; then something may have been missed, and it wakes. The channel is closed when ctx is
// done.
func (s *Store) Subscribe(ctx context.Context) (<-chan struct{}, error) {
	conn, err := s.listen(ctx)
	if err != nil {
		return nil, mapError(ctx, err)
	}
	wakes := make(chan struct{}, 1)
	go func() {
		defer close(wakes)
		s.wakeOn(ctx, conn, wakes)
	}()
	return wakes, nil
}

// tellEvery is the least time between two notifications of arrivals.
const tellEvery = 5 * time.Millisecond

// tell notifies all nodes of arrivals, after their commit and not in it: PostgreSQL lets only one transaction at a time
// commit that notifies, and a sender would wait for that. What is not told because the process ends here is found by the
// nodes' own looks.
func (s *Store) tell(ctx context.Context) {
	defer close(s.over)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.news:
		}
		_, _ = s.pool.Exec(ctx, notifyWork) // a database that is gone is told of by what is asked of it
		select {
		case <-ctx.Done():
			return
		case <-time.After(tellEvery):
		}
	}
}

func (s *Store) listen(ctx context.Context) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] += " listen"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channelWork); err != nil {
		closeSoon(conn)
		return nil, err
	}
	return conn, nil
}

func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it is given up in any case
}

// wakeOn hands on what conn hears, until ctx is done.
func (s *Store) wakeOn(ctx context.Context, conn *pgx.Conn, wakes chan<- struct{}) {
	wake := func() {
		select {
		case wakes <- struct{}{}:
		default: // one is waiting already
		}
	}
	wait := leastWait
	for ctx.Err() == nil {
		if conn == nil {
			var err error
			if conn, err = s.listen(ctx); err != nil {
				select {
				case <-ctx.Done():
				case <-time.After(wait):
				}
				wait = min(2*wait, mostWait)
				conn = nil
				continue
			}
			wake()
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			closeSoon(conn)
			conn = nil
			continue
		}
		wait = leastWait
		wake()
	}
	if conn != nil {
		closeSoon(conn)
	}
}
