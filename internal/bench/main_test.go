package main

import (
	"os"
	"path/filepath"
	"testing"

	"cargogate/internal/synth"
)

func TestRatioIsOfTheTurns(t *testing.T) {
	// The machine is half as fast in the second turn: both sides are, and the ratio is none the worse.
	if got := ratio([]float64{100, 50, 90}, []float64{200, 100, 200}); got != 0.5 {
		t.Errorf("ratio %v, want 0.5", got)
	}
	if got := spread([]float64{3, 1, 2}); got != "2 (1 to 3)" {
		t.Errorf("spread %q", got)
	}
}

func TestReplacePart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.md")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + beginMark + "\nold\n" + endMark + "\nafter\n")
	if err := replacePart(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + beginMark + "\nnew\n" + endMark + "\nafter\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	write("no marks")
	if err := replacePart(file, "new\n"); err == nil {
		t.Error("a file without the marks is no error")
	}
}

// What is measured is the real reading: it finds every consignment, and nothing wrong in a file without a fault.
func TestSecondPassReadsEverything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.edi")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := synth.WriteCUSCAR(f, synth.CUSCAROptions{Seed: 3, Size: 60_000, Mode: synth.ManyMessages, MinBills: 5, MaxBills: 20, Balanced: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	n, counts, err := secondPass(file)
	if err != nil || n != stats.Consignments || counts.Error+counts.Warning+counts.Note != 0 {
		t.Errorf("%d consignments of %d, %+v, %v", n, stats.Consignments, counts, err)
	}
	if high, ok := highWater(os.Getpid()); !ok || high < 1<<20 {
		t.Errorf("resident set of this process: %d, %t", high, ok)
	}
}
