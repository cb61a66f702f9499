package cuscar

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/synth"
)

// injectVariants are the files that faults are planted in: nothing in them is wrong.
var injectVariants = []synth.CUSCAROptions{
	{Seed: 1, Size: 40000, MinBills: 4, MaxBills: 12, Balanced: true},
	{Seed: 2, Size: 40000, MinBills: 4, MaxBills: 12, MasterHouse: true},
	{Seed: 3, Size: 40000, MinBills: 4, MaxBills: 12, MasterHouse: true, Release: synth.ReleaseD16A, CRLF: true},
	{Seed: 4, Size: 20000, Mode: synth.SingleMessage, Balanced: true, Release: synth.ReleaseD16A},
}

func generate(tb testing.TB, opts synth.CUSCAROptions) []byte {
	tb.Helper()
	var b bytes.Buffer
	if _, err := synth.WriteCUSCAR(&b, opts); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// A file in which every statement agrees with every other has no finding at all.
func TestBalancedFilesAreClean(t *testing.T) {
	for _, opts := range injectVariants {
		for seed := range uint64(4) {
			opts.Seed += 10 * seed
			for _, f := range read(t, "", generate(t, opts)).findings {
				if f.Code == diag.SpaceBetweenSegments {
					continue // line breaks
				}
				t.Errorf("%+v: %s at %d, %s, %v", opts, f.Code, f.Pos.Offset, f.Pointer, f.Args)
			}
		}
	}
}

// In files with random control totals only the total mass that differs is an error.
func TestPlainFilesHaveOnlyWrongTotals(t *testing.T) {
	for _, release := range []string{synth.ReleaseD95B, synth.ReleaseD16A} {
		res := read(t, "", generate(t, synth.CUSCAROptions{Seed: 1, Size: 400000, Release: release}))
		wrong := 0
		for _, f := range res.findings {
			if f.Code == diag.GrossMassTotal {
				wrong++
			} else if f.Code.Severity() == diag.Error {
				t.Errorf("%s at %d, %s, %v", f.Code, f.Pos.Offset, f.Pointer, f.Args)
			}
		}
		if wrong == 0 {
			t.Error("no random total was found wrong")
		}
	}
}

// A planted fault of cargo is found at its byte, and no fault of any kind brings an error of cargo that it does not
// explain.
func TestPlantedFaultsAreFound(t *testing.T) {
	found := map[string]int{}
	for v, opts := range injectVariants {
		in := synth.NewInjector(generate(t, opts))
		for _, kind := range synth.Kinds() {
			for seed := range uint64(3) {
				faulty, fault, ok := in.InjectKind(kind, seed)
				if !ok {
					continue
				}
				res := read(t, "", faulty)
				if !strings.HasPrefix(fault.Code, "CAR") && !reported(res.findings, fault) {
					continue // the walk went astray: what the mapper was given is not what the fault left
				}
				hit := false
				for _, f := range res.findings {
					if !strings.HasPrefix(string(f.Code), "CAR") {
						continue
					}
					if string(f.Code) == fault.Code && f.Pos.Offset == fault.Offset && f.Pos.Length == fault.Length {
						hit = true
						continue
					}
					allowed := f.Code.Severity() != diag.Error
					for _, c := range fault.Consequences {
						allowed = allowed || string(f.Code) == c.Code && f.Pos.Offset == c.Offset
					}
					if !allowed {
						t.Errorf("variant %d, %s, seed %d (%s): %s at %d, %s, %v", v, kind, seed, fault.Description, f.Code, f.Pos.Offset, f.Pointer, f.Args)
					}
				}
				if strings.HasPrefix(fault.Code, "CAR") {
					if !hit {
						t.Errorf("variant %d, %s, seed %d: %s, no %s at %d+%d; found %s", v, kind, seed, fault.Description, fault.Code, fault.Offset, fault.Length, codes(res.findings))
					}
					found[fault.Code]++
				}
			}
		}
	}
	if len(found) < 18 {
		t.Errorf("only %d codes were planted: %v", len(found), found)
	}
}

func reported(findings []diag.Finding, fault synth.Fault) bool {
	for _, f := range findings {
		if string(f.Code) == fault.Code && f.Pos.Offset == fault.Offset {
			return true
		}
	}
	return false
}

func codes(findings []diag.Finding) string {
	var b strings.Builder
	for i, f := range findings {
		if i == 10 {
			break
		}
		fmt.Fprintf(&b, " %s@%d+%d", f.Code, f.Pos.Offset, f.Pos.Length)
	}
	return b.String()
}
