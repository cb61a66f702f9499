package blobtest

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"cargogate/internal/blob"
)

// Fails runs a rule where it is expected to fail, and gives what it complained of: nothing if it noticed nothing.
func Fails(ctx context.Context, r Rule, s blob.Store) []string {
	rec := &recorder{ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Check(rec, s)
	}()
	<-done
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.complaints
}

// recorder is a T that keeps complaints for itself.
type recorder struct {
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit() // as testing does: deferred calls run, nothing else
}
