package storetest_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/store/sqlite"
	"cargogate/internal/store/storetest"
)

// template is a migrated folder that each store begins with a copy of.
var template struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "100ms"} { // some of its checks are meant to fail
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	status := m.Run()
	if template.dir != "" {
		_ = os.RemoveAll(template.dir)
	}
	os.Exit(status)
}

// onDisk opens a SQLite store, whose time can be moved.
func onDisk(t storetest.T) storetest.Opened {
	t.Helper()
	template.once.Do(func() {
		if template.dir, template.err = os.MkdirTemp("", "cargogate-storetest-"); template.err == nil {
			template.err = sqlite.Migrate(context.Background(), template.dir)
		}
	})
	err := template.err
	dir := t.TempDir()
	for _, name := range []string{"accept.db", "main.db"} {
		b, readErr := os.ReadFile(filepath.Join(template.dir, name))
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	if err != nil {
		t.Fatalf("migrated files: %v", err)
	}
	var elapsed atomic.Int64
	store, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir, Now: func() time.Time { return time.Now().Add(time.Duration(elapsed.Load())) }})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return storetest.Opened{Store: store, Advance: func(d time.Duration) { elapsed.Add(int64(d)) }}
}
