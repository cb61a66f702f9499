package storetest

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// A Recorder is a T that only notes what failed. It stands for a test where a failure is what is wanted.
type Recorder struct {
	name     string
	ctx      context.Context
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

// Record runs f with a Recorder, with its cleanups, and gives what failed; nothing where all went well. Nothing that f
// does outlasts limit if it heeds its context.
func Record(name string, limit time.Duration, f func(t T)) []string {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	r := &Recorder{name: name, ctx: ctx}
	done := make(chan struct{})
	go func() { // a goroutine of its own, because FailNow ends it
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		f(r)
	}()
	<-done
	cancel()
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures
}

// Helper does nothing.
func (r *Recorder) Helper() {}

// Name gives the name of the test.
func (r *Recorder) Name() string { return r.name }

// Logf does nothing.
func (r *Recorder) Logf(string, ...any) {}

// Errorf notes a failure.
func (r *Recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// Fatalf notes a failure and ends the goroutine.
func (r *Recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// FailNow notes a failure and ends the goroutine.
func (r *Recorder) FailNow() { r.Fatalf("failed") }

// Failed reports whether a failure was noted.
func (r *Recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failures) > 0
}

// Cleanup runs f when the test has ended, last first.
func (r *Recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// TempDir makes a folder that is removed after the cleanups that come after it.
func (r *Recorder) TempDir() string {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		r.Fatalf("temporary folder: %v", err)
	}
	r.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			r.Errorf("temporary folder: %v", err)
		}
	})
	return dir
}

// Context is done when the time for the test is over, or it has ended.
func (r *Recorder) Context() context.Context { return r.ctx }
