package audit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestFlush(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 2)
	for n := range 2*SealBatch + 1 {
		f.wait = append(f.wait, testRow(3+n))
	}
	n, err := (&Sealer{Store: f, Signer: s}).Flush(t.Context())
	if err != nil || n != 2*SealBatch+1 || len(f.heads) != 4 || len(f.wait) != 0 {
		t.Errorf("%d, %v, %d heads, %d wait", n, err, len(f.heads), len(f.wait))
	}
	if r := verify(t, f, s.Keys()); r.Fault != nil {
		t.Error(r.Fault)
	}
	if n, err := (&Sealer{Store: f, Signer: s}).Flush(t.Context()); n != 0 || err != nil || len(f.heads) != 4 {
		t.Errorf("nothing to seal: %d, %v", n, err)
	}
	f.err = errors.New("connection refused")
	if _, err := (&Sealer{Store: f, Signer: s}).Flush(t.Context()); !errors.Is(err, f.err) {
		t.Error(err)
	}
	if _, _, err := (&Sealer{Signer: s}).seal(Sealed{}, nil); err == nil {
		t.Error("a head over nothing")
	}
}

// TestRun: rows are sealed each second, an error does not end it, and what is there at the end is sealed too.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, s := newLog(t, 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&Sealer{Store: f, Signer: s, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).Run(ctx)
		}()
		count := func() int {
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.sealed)
		}
		add := func(n int) {
			t.Helper()
			if err := f.AppendAudit(t.Context(), []Row{testRow(n)}); err != nil {
				t.Fatal(err)
			}
		}
		add(2)
		time.Sleep(999 * time.Millisecond)
		if n := count(); n != 1 {
			t.Errorf("%d rows before a second", n)
		}
		time.Sleep(time.Millisecond)
		if n := count(); n != 2 {
			t.Errorf("%d rows after a second", n)
		}
		add(3)
		f.mu.Lock()
		f.err = errors.New("connection refused")
		f.mu.Unlock()
		time.Sleep(2 * time.Second)
		if n := count(); n != 2 {
			t.Errorf("%d rows without a database", n)
		}
		f.mu.Lock()
		f.err = nil
		f.mu.Unlock()
		time.Sleep(time.Second)
		if n := count(); n != 3 {
			t.Errorf("%d rows once it is back", n)
		}
		add(4)
		cancel()
		<-done
		if n := count(); n != 4 {
			t.Errorf("%d rows at the end", n)
		}
	})
}
