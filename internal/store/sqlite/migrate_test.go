package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cargogate/internal/gateway"
	"cargogate/internal/store/sqlite"
)

func TestMigrateFromNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	want := []string{"accept/00001_accept.sql", "accept/00002_silent_attempts.sql", "main/00001_main.sql", "main/00002_attempts.sql", "main/00003_large.sql", "main/00004_scores.sql",
		"main/00005_cases.sql"}
	plan, err := sqlite.Plan(t.Context(), dir)
	if err != nil || !slices.Equal(plan, want) {
		t.Fatalf("plan %q, %v; want %q", plan, err, want)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("planning made the folder: %v", err)
	}
	_, err = sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if !errors.Is(err, sqlite.ErrNotMigrated) || !strings.Contains(err.Error(), "cargogate migrate up") {
		t.Fatalf("open before migrating: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		if err := sqlite.Migrate(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if plan, err = sqlite.Plan(t.Context(), dir); err != nil || len(plan) != 0 {
		t.Errorf("plan %q, %v after migrating", plan, err)
	}
	s := open(t, dir, nil)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOneFileMissing(t *testing.T) {
	t.Parallel()
	dir := migrated(t)
	if err := os.Remove(filepath.Join(dir, "main.db")); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if !errors.Is(err, sqlite.ErrNotMigrated) || !strings.Contains(err.Error(), "main/") {
		t.Fatalf("open without main.db: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "main.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening made a file: %v", err)
	}
}

func TestNotADatabase(t *testing.T) {
	t.Parallel()
	dir := migrated(t)
	if err := os.WriteFile(filepath.Join(dir, "accept.db"), []byte(strings.Repeat("manifest", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir}); err == nil || errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("open of what is no database: %v", err)
	}
	if err := sqlite.Migrate(t.Context(), dir); err == nil {
		t.Error("what is no database was migrated")
	}
}

func TestOpenRefusesNoFolder(t *testing.T) {
	t.Parallel()
	if _, err := sqlite.Open(t.Context(), sqlite.Options{}); !errors.Is(err, gateway.ErrInput) {
		t.Error(err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := migrated(t)
	second := func() string {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), openOnly+"="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	if out := second(); out != "opened" {
		t.Fatalf("a process alone: %s", out)
	}
	s := open(t, dir, nil)
	if out := second(); !strings.Contains(out, sqlite.ErrLocked.Error()) {
		t.Errorf("beside another: %s", out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out := second(); out != "opened" {
		t.Errorf("after the other: %s", out)
	}
}

// A lock belongs to who opened the file, so a second store in one process is refused too.
func TestSecondIsRefused(t *testing.T) {
	t.Parallel()
	dir := migrated(t)
	first, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir}); !errors.Is(err, sqlite.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second open: %v", err)
	}
	if err := sqlite.Migrate(t.Context(), dir); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("migrate beside a store: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, nil)
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := open(t, migrated(t), nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("a write after close: %v", err)
	}
	if _, err := s.Backlog(t.Context()); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("a read after close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}
