package loadtest

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A stream is rows read back from a database, cut into parts in the order in which they were written: a part holds the
// rows of about one message. Its workers write them into an empty database.
type stream struct {
	parts   int
	bytes   int64 // of all values
	workers []loader
}

// A loader has a connection of its own.
type loader interface {
	// load writes some parts in one commit.
	load(ctx context.Context, from, to int) error
	close() error
}

// A limit is the other side of a ratio: the bare driver with all rows of a turn.
type limit struct {
	streams []*stream
	drop    func() error // of the database that is written
}

// run writes all rows, batch parts a commit, and gives how long that took and how long each commit of the first stream.
func (l *limit) run(ctx context.Context, batch int) (took time.Duration, commits []time.Duration, err error) {
	// What the bare side would lose to a collector that watches over the rows in memory is not a limit of the machine.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	begun := time.Now()
	for i, s := range l.streams {
		next := new(atomic.Int64)
		for _, w := range s.workers {
			all.Go(func() {
				for {
					to := int(next.Add(int64(batch)))
					from := to - batch
					if from >= s.parts {
						return
					}
					start := time.Now()
					err := w.load(ctx, from, min(to, s.parts))
					mu.Lock()
					if err != nil {
						errs = append(errs, err)
					} else if i == 0 {
						commits = append(commits, time.Since(start))
					}
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
	}
	all.Wait()
	return time.Since(begun), commits, errors.Join(errs...)
}

func (l *limit) close() error {
	var errs []error
	for _, s := range l.streams {
		for _, w := range s.workers {
			errs = append(errs, w.close())
		}
	}
	l.streams = nil
	debug.FreeOSMemory() // the next turn of the gateway begins as the first one did
	return errors.Join(append(errs, l.drop())...)
}

// newLimit reads all rows that a gateway wrote at p, and makes an empty database for them. Its streams have as many parts
// as there were messages. files are those of SQLite that count.
func (b *bench) newLimit(ctx context.Context, p *place, messages int, files ...string) (l *limit, err error) {
	empty, err := b.newPlace(ctx)
	if err != nil {
		return nil, err
	}
	l = &limit{drop: empty.drop}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if b.databases != nil {
		s, err := readPostgres(ctx, p.dsn, empty.dsn, messages)
		if s != nil {
			l.streams = append(l.streams, s)
		}
		return l, err
	}
	for _, name := range files {
		s, err := readSQLite(ctx, p.dir, empty.dir, name, messages)
		if err != nil {
			return l, err
		}
		if s != nil {
			l.streams = append(l.streams, s)
		}
	}
	return l, nil
}

// span gives the rows of a table with n rows that belong to parts from to to.
func span(n, parts, from, to int) (int, int) { return n * from / parts, n * to / parts }
