package sqlite

import (
	"context"
	"sync"
	"time"
)

const (
	checkpointEvery = 500 * time.Millisecond
	// longLog is the length of the log, in pages of 4 KiB, from which the writer is held up for the rest of a
	// checkpoint, so that the log can begin anew. A steady load would never let it otherwise.
	longLog = 8192
)

// A checkpointer brings the log of a file back into it beside the writer, so that no commit waits for that: it is what
// makes the slowest commits slow.
type checkpointer struct {
	writer *writer
	dsn    string
	dirty  chan struct{}
	done   context.CancelFunc
	over   sync.WaitGroup
	conn   *conn
}

func startCheckpointer(path string, w *writer) *checkpointer {
	ctx, cancel := context.WithCancel(context.Background())
	k := &checkpointer{writer: w, dsn: writerDSN(path, cacheCheck), dirty: make(chan struct{}, 1), done: cancel}
	w.wrote = func() {
		select {
		case k.dirty <- struct{}{}:
		default:
		}
	}
	k.over.Go(func() { k.run(ctx) })
	return k
}

func (k *checkpointer) stop() error {
	k.done()
	k.over.Wait()
	if k.conn == nil {
		return nil
	}
	return k.conn.close()
}

func (k *checkpointer) run(ctx context.Context) {
	timer := time.NewTimer(checkpointEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.dirty:
		}
		timer.Reset(checkpointEvery)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		// A failure costs nothing but a longer log: the next round tries again, and the disk's state is told by commits.
		_ = k.once(ctx)
	}
}

func (k *checkpointer) once(ctx context.Context) error {
	if k.conn == nil {
		c, err := connect(ctx, k.dsn)
		if err != nil {
			return err
		}
		k.conn = c
	}
	length, left, err := checkpoint(ctx, k.conn)
	if err != nil || left == 0 || length < longLog {
		return err
	}
	if err := k.writer.lock(ctx); err != nil {
		return err
	}
	defer k.writer.unlock()
	_, _, err = checkpoint(ctx, k.conn)
	return err
}

// checkpoint copies what readers allow, and gives the length of the log and what is left of it, in pages.
func checkpoint(ctx context.Context, c *conn) (length, left int64, err error) {
	rows, err := c.query(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	_ = rows[0].int() // busy: always 0 for a passive one
	length = rows[0].int()
	return length, length - rows[0].int(), nil
}
