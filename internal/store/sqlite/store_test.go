package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/store/sqlite"
	"cargogate/internal/store/storetest"
)

// template is a migrated folder: migrating is slower than copying.
var template struct {
	once sync.Once
	dir  string
	err  error
}

// openOnly names a folder that this program only opens, as a second process does.
const openOnly = "CARGOGATE_TEST_OPEN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(openOnly); dir != "" {
		word := "opened"
		s, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir})
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			word = err.Error()
		}
		fmt.Print(word)
		os.Exit(0)
	}
	status := m.Run()
	if template.dir != "" {
		_ = os.RemoveAll(template.dir)
	}
	os.Exit(status)
}

// migrated gives a folder of a test's own with migrated, empty files.
func migrated(t storetest.T) string {
	t.Helper()
	template.once.Do(func() {
		if template.dir, template.err = os.MkdirTemp("", "cargogate-sqlite-"); template.err == nil {
			template.err = sqlite.Migrate(context.Background(), template.dir)
		}
	})
	if template.err != nil {
		t.Fatalf("migrate: %v", template.err)
	}
	dir := t.TempDir()
	copyFolder(t, template.dir, dir)
	return dir
}

func copyFolder(t storetest.T, from, to string) {
	t.Helper()
	for _, name := range []string{"accept.db", "main.db"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatalf("copy of %s: %v", name, err)
		}
	}
}

// A shift is a clock that tests move.
type shift struct {
	mu sync.Mutex
	by time.Duration
}

func (s *shift) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.by)
}

func (s *shift) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by += d
}

// open opens a folder, and closes it with the test.
func open(t storetest.T, dir string, now func() time.Time) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir, Now: now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func factory(t storetest.T) storetest.Opened {
	t.Helper()
	dir, clock := migrated(t), &shift{}
	s := open(t, dir, clock.now)
	return storetest.Opened{
		Store: s, Advance: clock.advance,
		Reopen: func() gateway.Store {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			s = open(t, dir, clock.now)
			return s
		},
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, factory)
}
