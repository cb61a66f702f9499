package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// example gives a file of the shipped examples.
func example(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "example", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"good.edi":         example(t, "manifest.edi"),
		"deep/er/bad.edi":  example(t, "broken.edi"),
		"deep/er/bad2.edi": example(t, "broken.edi"),
		"picture.png":      "\x89PNG\r\n\x1a\n",
		"empty":            "",
	})
	var out strings.Builder
	ok, err := run(&out, dir, time.Minute, true)
	if !ok || err != nil {
		t.Errorf("ok %v, error %v", ok, err)
	}
	for _, want := range []string{
		`(?m)^files      5, \d+ bytes, 1 without an error$`, `(?m)^format     edifact: 3$`, `(?m)^format     unknown: 2$`,
		`(?m)^findings   12 errors, 4 warnings, 0 notes, 0 of them not listed$`,
		`(?m)^  EDI0029 error        2 in    2 files  ControlCountMismatch$`, `(?m)^  FIL0001 error        1 in    1 files  EmptyFile$`,
		`(?m)^  .* bytes  deep/er/bad.edi$`, `(?m)^faults     0$`,
		`(?m)^  deep/er/bad.edi:1:383 UNH\[1\]/SG2\[1\]/EQD\[1\]/C237/8260 CAR0001 warning: container number `, `(?m)^  empty:1:1 FIL0001 error: the file is empty$`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no %s in\n%s", want, &out)
		}
	}
}

func TestRunNothing(t *testing.T) {
	var out strings.Builder
	if ok, err := run(&out, t.TempDir(), time.Minute, false); ok || err == nil {
		t.Errorf("empty folder: ok %v, error %v", ok, err)
	}
	if ok, err := run(&out, filepath.Join(t.TempDir(), "none"), time.Minute, false); ok || err == nil {
		t.Errorf("no folder: ok %v, error %v", ok, err)
	}
}

// TestGuard sees that a crash and a hang are reported and do not end the run.
func TestGuard(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	tally := newTally()
	tally.add("crashes", guard("", time.Minute, func(string) reading { panic("out of range") }))
	tally.add("hangs", guard("", time.Millisecond, func(string) reading { <-stop; return reading{} }))
	tally.add("missing", guard(filepath.Join(t.TempDir(), "none"), time.Minute, read))
	tally.add("reads", guard("", time.Minute, func(string) reading { return reading{bytes: 7} }))
	var out strings.Builder
	if ok, err := tally.write(&out); ok || err != nil {
		t.Errorf("ok %v, error %v", ok, err)
	}
	for _, want := range []string{"FAULT      crashes: crash: out of range\n", "FAULT      hangs: hangs: not done after 1ms\n", "FAULT      missing: open ", "faults     3\n", "files      4, 7 bytes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
