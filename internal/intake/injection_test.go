package intake

import (
	"bytes"
	"fmt"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/synth"
)

// everything lets a reading keep all of its findings.
var everything = diag.Limits{PerMessage: 1 << 20, PerFile: 1 << 20}

// readBytes reads b as a file would be.
func readBytes(t testing.TB, b []byte, opts Options) *Result {
	t.Helper()
	res, err := Read(Original{Name: "test.edi", ReaderAt: bytes.NewReader(b), Size: int64(len(b))}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// at names a finding by code and place.
func at(code string, offset int64) string { return fmt.Sprintf("%s@%d", code, offset) }

// moved gives where a place of the source stands after the edits; ok is false where it was deleted.
func moved(offset int64, edits []synth.Edit) (to int64, ok bool) {
	to = offset
	for _, e := range edits {
		switch {
		case offset >= e.Offset+int64(e.Deleted):
			to += int64(len(e.Inserted)) - int64(e.Deleted)
		case offset >= e.Offset && e.Deleted > 0:
			return 0, false
		}
	}
	return to, true
}

// One fault is planted by a program that knows nothing of this one, at a place that it knows. It must be found there
// with its own code, and nothing else may be called an error but what follows from it.
func TestInjectedFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  synth.CUSCAROptions
		seeds uint64
	}{
		{"D.95B", synth.CUSCAROptions{Seed: 1, Size: 200_000, Mode: synth.ManyMessages, MinBills: 10, MaxBills: 40, Balanced: true}, 300},
		{"D.95B as generated", synth.CUSCAROptions{Seed: 1, Size: 200_000, Mode: synth.ManyMessages, MinBills: 10, MaxBills: 120}, 300},
		{"D.95B masters and houses", synth.CUSCAROptions{Seed: 2, Size: 100_000, Mode: synth.ManyMessages, MinBills: 10, MaxBills: 40, MasterHouse: true}, 130},
		{"D.16A", synth.CUSCAROptions{Seed: 3, Size: 100_000, Mode: synth.ManyMessages, MinBills: 10, MaxBills: 40, Balanced: true, Release: synth.ReleaseD16A, CRLF: true}, 130},
	} {
		t.Run(c.name, func(t *testing.T) {
			var src bytes.Buffer
			if _, err := synth.WriteCUSCAR(&src, c.opts); err != nil {
				t.Fatal(err)
			}
			before := readBytes(t, src.Bytes(), Options{Limits: everything})
			if c.opts.Balanced || c.opts.MasterHouse {
				for _, f := range before.Findings {
					if f.Severity == diag.Error {
						t.Errorf("clean file: %s at %d, %s", f.Code, f.Pos.Offset, f.Pointer)
					}
				}
			}
			inj := synth.NewInjector(src.Bytes())
			kinds := map[string]int{}
			for seed := range c.seeds {
				faulty, fault := inj.Inject(seed)
				kinds[fault.Kind]++
				allowed := map[string]bool{}
				for _, f := range before.Findings {
					if to, ok := moved(f.Pos.Offset, fault.Edits); ok {
						allowed[at(string(f.Code), to)] = true
					}
				}
				for _, x := range fault.Consequences {
					allowed[at(x.Code, x.Offset)] = true
				}
				found := 0
				for _, f := range readBytes(t, faulty, Options{Limits: everything}).Findings {
					switch {
					case string(f.Code) == fault.Code && f.Pos.Offset == fault.Offset:
						found++
						if f.Pos.Length != fault.Length && fault.Length > 0 {
							t.Errorf("seed %d, %s: %d bytes marked, want %d", seed, fault.Kind, f.Pos.Length, fault.Length)
						}
					case f.Severity == diag.Error && !allowed[at(string(f.Code), f.Pos.Offset)]:
						t.Errorf("seed %d, %s (%s): also found %s at %d, %s", seed, fault.Kind, at(fault.Code, fault.Offset), f.Code, f.Pos.Offset, f.Pointer)
					}
				}
				if found != 1 {
					lo, hi := max(0, fault.Offset-60), min(int64(len(faulty)), fault.Offset+60)
					t.Errorf("seed %d, %s: %s found %d times; %s: %q", seed, fault.Kind, at(fault.Code, fault.Offset), found, fault.Description, faulty[lo:hi])
				}
			}
			if len(kinds) < 15 {
				t.Errorf("only %d kinds of faults", len(kinds))
			}
		})
	}
}
