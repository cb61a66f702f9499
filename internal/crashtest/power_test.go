//go:build linux

package crashtest

import (
	"testing"
	"time"

	"cargogate/internal/crashtest/powerfs"
)

// TestPower kills as TestCrashSQLite does, on a disk that after each kill has only what was forced to it.
func TestPower(t *testing.T) {
	buildForInside(t)
	if !powerfs.Isolated(t) {
		return
	}
	s := newSite(t, "power")
	l := startLoad(s, 100*time.Millisecond, false, everyone...)
	begun := time.Now()
	done, err := s.round(l, max(kills(t)/2, 1), s.cutPower)
	killing := time.Since(begun)
	for _, fault := range judge(s, l, "", quiet) {
		t.Error(fault)
	}
	if err != nil {
		t.Error(err)
	}
	lost := s.disk.Lost()
	if lost.Files == 0 || lost.Folders == 0 {
		t.Errorf("the cuts took %+v: nothing was at stake", lost)
	}
	t.Logf("%d files sent, %d answers; kills in %s: %s; cuts took %+v; judged in %s", len(l.files), l.answers.Load(), killing.Round(time.Second),
		report(done), lost, (time.Since(begun) - killing).Round(time.Second))
}

// buildForInside builds the program before a process of its own is started, which finds it by a variable.
func buildForInside(t *testing.T) {
	t.Helper()
	t.Setenv(binaryVariable, binary(t))
}
