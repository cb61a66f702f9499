package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	msqlite "modernc.org/sqlite"

	"cargogate/internal/gateway"
)

// Options say where a store is.
type Options struct {
	Dir string           // folder of the two files
	Now func() time.Time // nil is time.Now

	// Beside opens the folder beside the process that has it, for commands of an operator: the lock is passed by, and
	// nothing is repaired. Every method works; what such a process accepts or settles wakes nobody in the other.
	Beside bool
}

// A Store is a gateway.Store on the two files of a folder. Its methods may be called by several goroutines at once.
type Store struct {
	dir    string
	clock  *clock
	lock   *os.File
	accept *file
	main   *file
	wakes  wakes
	usage  usage
	turns  turns

	// holds is held while a receipt is purged or its holds change: the one looks at the other's work in another file.
	holds chan struct{}
	// alone is held by what must not run while a snapshot is made, as it moves rows from one file to the other.
	alone chan struct{}
	// verified is how far the sweeper has compared receipts with settlements.
	verified struct {
		sync.Mutex
		seq int64
	}
	closing sync.Once
	closed  error
}

var _ gateway.Store = (*Store)(nil)

// Open opens the store of a folder that Migrate has prepared. ErrNotMigrated, ErrNewer and ErrLocked say why it cannot.
func Open(ctx context.Context, o Options) (s *Store, err error) {
	if o.Dir == "" {
		return nil, fmt.Errorf("sqlite: %w: no data folder", gateway.ErrInput)
	}
	names, err := Plan(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("%w (in %s: %s)", ErrNotMigrated, o.Dir, strings.Join(names, ", "))
	}
	var lock *os.File
	if !o.Beside {
		if lock, err = lockFolder(o.Dir); err != nil {
			return nil, err
		}
	}
	s = &Store{dir: o.Dir, clock: newClock(o.Now), lock: lock, holds: token(), alone: token()}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	// fdatasync makes a commit as durable as fsync does, without the timestamps of the file. Where there is none, fsync it is.
	if _, err := msqlite.Fdatasync(true); err != nil && !errors.Is(err, msqlite.ErrFdatasyncUnavailable) {
		return nil, failed("open", err)
	}
	if s.accept, err = openFile(ctx, o.Dir, acceptFile); err != nil {
		return nil, err
	}
	if s.main, err = openFile(ctx, o.Dir, mainFile); err != nil {
		return nil, err
	}
	if o.Beside {
		return s, nil
	}
	if err = s.repairAtOpen(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends all connections and gives the folder free.
func (s *Store) Close() error {
	s.closing.Do(func() {
		var errs []error
		for _, f := range []*file{s.accept, s.main} {
			if f != nil {
				errs = append(errs, f.close())
			}
		}
		if s.lock != nil {
			errs = append(errs, s.lock.Close())
		}
		s.closed = errors.Join(errs...)
	})
	return s.closed
}

// Now gives the database's time: that of this process, which never goes back.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	return s.clock.read(), ctx.Err()
}

// Check commits a small change to both files.
func (s *Store) Check(ctx context.Context) error {
	for _, f := range []*file{s.accept, s.main} {
		err := f.writer.tx(ctx, "check "+f.name, func(t *tx) error {
			_, err := t.exec("INSERT INTO meta (name, value) VALUES ('check', 1) ON CONFLICT (name) DO UPDATE SET value = 1 - value")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// EnsurePartitions has nothing to do: this store has no partitions.
func (s *Store) EnsurePartitions(ctx context.Context, _ time.Duration) (time.Time, error) {
	return time.Time{}, ctx.Err()
}

// PartitionsUntil gives the zero time: this store has no partitions.
func (s *Store) PartitionsUntil(ctx context.Context) (time.Time, error) {
	return time.Time{}, ctx.Err()
}

func token() chan struct{} {
	c := make(chan struct{}, 1)
	c <- struct{}{}
	return c
}

// hold takes a token, and gives the function that gives it back.
func hold(ctx context.Context, c chan struct{}) (free func(), err error) {
	select {
	case <-c:
		return func() { c <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bounded is a limit of a list: 100 where none is given, at most 1000.
func bounded(limit int) int {
	switch {
	case limit <= 0:
		return 100
	case limit > 1000:
		return 1000
	}
	return limit
}
