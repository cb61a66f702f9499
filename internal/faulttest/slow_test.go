//go:build linux

package faulttest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/crashtest/powerfs"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/sqlite"
)

// A slowDisk is a disk of ours under a gateway's data: as slow as it is told, or hanging.
type slowDisk struct {
	*powerfs.Disk
	forced atomic.Int64 // how often something was forced to it while it was slow
	took   atomic.Int64 // ns of that
}

// slowSite makes a site whose data is on such a disk.
func slowSite(t *testing.T, settings string) (*site, *slowDisk) {
	t.Helper()
	d := &slowDisk{Disk: powerfs.New()}
	s := newSite(t, nil, settings)
	m, err := d.Mount(s.data)
	must(t, err)
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, d
}

// drag makes the disk take from 50 to 400 ms to force something to it, and as long for one of fifty writes, as a machine
// does whose memory is full of what is still to be written.
func (d *slowDisk) drag() {
	d.Slow(func(w powerfs.Work) {
		if w == powerfs.Writing && rand.IntN(50) > 0 {
			return
		}
		pause := 50*time.Millisecond + rand.N(350*time.Millisecond)
		if w == powerfs.Forcing {
			d.forced.Add(1)
			d.took.Add(int64(pause))
		}
		time.Sleep(pause)
	})
}

// hang lets nothing through to the disk until the function that it gives is called.
func (d *slowDisk) hang(t *testing.T) (release func()) {
	through := make(chan struct{})
	d.Slow(func(powerfs.Work) { <-through })
	release = sync.OnceFunc(func() { d.Slow(nil); close(through) })
	t.Cleanup(release) // before the program is ended, which waits for its disk
	return release
}

// alive says that the process still answers while its disk does not.
func (s *site) alive() {
	s.t.Helper()
	if status, body, err := s.get("", "/livez"); err != nil || status != http.StatusOK {
		s.t.Errorf("/livez: status %d, %v: %s", status, err, body)
	}
}

// largeAlways sends files that do not fit into a row, one after the other, until c ends: of thousands of consignments each,
// so that there are pauses between them, in which they can be settled.
func (l *ledger) largeAlways(c *crowd, s *site, from string) {
	c.sending.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-c.ended:
				return
			default:
			}
			act := fmt.Sprintf("L%05d", n)
			l.deliver(s.t.Context(), s, letter{from, act, padded(from, act, largeBody)})
			time.Sleep(time.Second)
		}
	})
}

// A disk that is slow, and then hangs, under SQLite and its folder of originals: senders get a late yes or a clear no,
// readiness says what hangs, and when the disk goes on so does the gateway, with all that it said yes to.
func TestSlowDiskSQLite(t *testing.T) {
	t.Parallel()
	program.share(t)
	if !powerfs.Isolated(t) {
		return
	}
	s, d := slowSite(t, "limits: {disk_free: 1MiB}\nwork: {lease: 3s}")
	s.start("LINEA", "LINEB", "LARGE")
	l := newLedger(t)
	c := l.sendAlways(s, 6, 5*time.Minute, "LINEA", "LINEB")
	l.largeAlways(c, s, "LARGE")
	l.more(20)
	d.drag()
	began := time.Now()
	l.more(either(30, 300))
	t.Logf("on a slow disk %d more were acknowledged in %s, which forced to disk %d times, of %s each",
		either(30, 300), time.Since(began).Round(time.Millisecond), d.forced.Load(), time.Duration(d.took.Load()/max(d.forced.Load(), 1)).Round(time.Millisecond))
	s.alive()
	for range either(1, 3) {
		release := d.hang(t)
		before := time.Now()
		s.ready("database")
		s.ready("blob")
		s.alive()
		time.Sleep(time.Until(before.Add(either(5*time.Second, 45*time.Second)))) // a commit is given up after 30 s
		told := l.acknowledged()
		release()
		s.ready("")
		l.more(20)
		t.Logf("the disk hung for %s; %d were acknowledged before", time.Since(before).Round(time.Second), told)
	}
	d.Slow(nil)
	c.end()
	for kind := range l.refusals {
		switch kind {
		case "503 busy database", "503 busy spool", "503 unavailable ", "503 busy backlog":
		default:
			t.Errorf("refused as %q", kind)
		}
	}
	l.check(s, 60*time.Second)
	s.stop()
	copied := filepath.Join(t.TempDir(), "copy") // this process must not map what it serves
	must(t, d.Dump(copied, "originals", "jobs.db"))
	store, err := sqlite.Open(t.Context(), sqlite.Options{Dir: copied})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB", "LARGE")
}

// The gateway's own disk is slow, and hangs, while its database and its store of originals are elsewhere and quick: small
// files are as quick as ever, and large ones, which lie on it on their way, are acknowledged late or refused, and not lost.
func TestSlowSpoolPostgres(t *testing.T) {
	t.Parallel()
	program.share(t)
	if !powerfs.Isolated(t) {
		return
	}
	o := newObjectStore(t)
	dsn := pgtest.Shared(t).Database(t, "faulttest", postgres.Migrate)
	s, d := slowSite(t, fmt.Sprintf("store: {kind: postgres, dsn: %q}\n%s", dsn, o.settings()))
	s.start("LINEA", "LINEB", "LARGE")
	l := newLedger(t)
	c := l.sendAlways(s, 1, 5*time.Minute, "LINEB")
	l.largeAlways(c, s, "LARGE")
	l.more(20)
	d.drag()
	usual(t, s, "LINEA", 40, 500*time.Millisecond, l)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	one := func(n int) letter {
		act := fmt.Sprintf("X%05d", n)
		return letter{"LARGE", act, padded("LARGE", act, largeBody)}
	}
	l.deliver(ctx, s, one(1))
	release := d.hang(t)
	before := time.Now()
	late := make(chan time.Duration, 1)
	go func() {
		l.deliver(ctx, s, one(2))
		late <- time.Since(before)
	}()
	s.ready("blob") // whose check uses the spool too
	s.alive()
	time.Sleep(time.Until(before.Add(5 * time.Second)))
	l.more(10) // small ones go on
	release()
	if took := <-late; took < 5*time.Second {
		t.Errorf("a large file took %s while the disk hung", took)
	}
	s.ready("")
	c.end()
	l.check(s, 30*time.Second)
	s.stop()
	store, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
	must(t, err)
	defer store.Close()
	l.once(store, "LINEA", "LINEB", "LARGE")
}
