package synth

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// faultRuns calls f for two faults of each kind in every variant.
func faultRuns(t *testing.T, f func(t *testing.T, name string, src, faulty []byte, fault Fault)) {
	for name, opts := range variants {
		src, _ := generate(t, opts)
		keep := bytes.Clone(src)
		in := NewInjector(src)
		for seed := range uint64(2 * len(kinds)) {
			faulty, fault := in.Inject(seed)
			if fault.Kind == "" {
				t.Fatalf("%s: seed %d plants nothing", name, seed)
			}
			f(t, name, src, faulty, fault)
			if t.Failed() {
				t.Fatalf("%s, seed %d, %s: %s, at %d %s", name, seed, fault.Kind, fault.Description, fault.Offset, excerpt(faulty, fault.Offset))
			}
		}
		if !bytes.Equal(src, keep) {
			t.Fatalf("%s: the source was changed", name)
		}
	}
}

func TestSameSeedSameFault(t *testing.T) {
	src, _ := generate(t, variants["houses"])
	a := NewInjector(src)
	for seed := range uint64(150) {
		x, f := a.Inject(seed)
		y, g := Inject(src, seed)
		if !bytes.Equal(x, y) || !reflect.DeepEqual(f, g) {
			t.Fatalf("seed %d: %+v, then %+v", seed, f, g)
		}
	}
}

func TestKindsAreSpreadEvenly(t *testing.T) {
	if n := len(kinds); n < 24 {
		t.Fatalf("%d kinds", n)
	}
	src, _ := generate(t, variants["houses"])
	in := NewInjector(src)
	count := make(map[string]int)
	codes := make(map[string]bool)
	for seed := range uint64(300) {
		_, f := in.Inject(seed)
		count[f.Kind]++
		codes[f.Code] = true
	}
	for _, k := range Kinds() {
		if n := count[k]; n < 2 || n > 12 {
			t.Errorf("%s is planted %d times in 300 seeds", k, n)
		}
	}
	if names := Kinds(); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Error("two kinds have one name")
	}
	if len(count) != len(kinds) || len(codes) < 35 {
		t.Errorf("%d of %d kinds, %d codes", len(count), len(kinds), len(codes))
	}
}

// Each variant must have a place for each kind but those that its shape excludes.
func TestKindsFindTheirPlace(t *testing.T) {
	for name, opts := range variants {
		src, _ := generate(t, opts)
		in := NewInjector(src)
		for _, k := range Kinds() {
			excluded := k == "decimal-without-digit" && opts.Release == ReleaseD16A ||
				k == "house-bill-count" && !opts.MasterHouse ||
				strings.HasSuffix(k, "-total") && !opts.balanced() ||
				(k == "master-bill-count" || k == "package-count-differs") && !opts.balanced() ||
				k == "message-reference-duplicate" && opts.Mode == SingleMessage
			planted := 0
			for seed := range uint64(20) {
				if _, f, ok := in.InjectKind(k, seed); ok {
					planted++
					if f.Kind != k {
						t.Fatalf("asked for %s, got %s", k, f.Kind)
					}
				}
			}
			if excluded != (planted == 0) && name != "balanced small" {
				t.Errorf("%s: %s is planted %d times", name, k, planted)
			}
		}
	}
	if _, _, ok := NewInjector(nil).InjectKind("no such kind", 1); ok {
		t.Error("a kind that there is not was planted")
	}
}

func TestNothingToBreak(t *testing.T) {
	for _, s := range []string{"", "UNA:+.? '", "hello", "UNB+UNOC:3+A+B+261123:0915+1'UNZ+0+1'", "UNH+1+CUSCAR:D:95B:UN'BGM'"} {
		faulty, f := Inject([]byte(s), 3)
		if string(faulty) != s || f.Kind != "" {
			t.Errorf("%q became %q by %+v", s, faulty, f)
		}
	}
}

// The faulty file differs from its source in what Edits say and in nothing else, by a comparison of segments that
// does not use the edits to find the difference.
func TestOnlyWhatItSaysIsChanged(t *testing.T) {
	faultRuns(t, func(t *testing.T, _ string, src, faulty []byte, fault Fault) {
		if bytes.Equal(src, faulty) {
			t.Error("nothing is changed")
		}
		if !bytes.Equal(Apply(src, fault.Edits), faulty) {
			t.Error("the edits do not give the file")
		}
		at := int64(0)
		for _, e := range fault.Edits {
			if e.Offset < at || e.Deleted == 0 && e.Inserted == "" {
				t.Errorf("edits overlap, are out of order or empty: %+v", fault.Edits)
			}
			at = e.Offset + int64(e.Deleted) + 1
		}
		prefix, suffix := 0, 0
		for prefix < min(len(src), len(faulty)) && src[prefix] == faulty[prefix] {
			prefix++
		}
		for suffix < min(len(src), len(faulty))-prefix && src[len(src)-1-suffix] == faulty[len(faulty)-1-suffix] {
			suffix++
		}
		first, last := fault.Edits[0], fault.Edits[len(fault.Edits)-1]
		// Where the bytes after an edit repeat those of the edit, the difference shows later by as many.
		slide := int64(prefix) - first.Offset
		if slide < 0 || int64(len(src)-suffix) > last.Offset+int64(last.Deleted)+slide {
			t.Errorf("bytes %d to %d of the source differ, the edits are %+v", prefix, len(src)-suffix, fault.Edits)
		}
		// Count each segment: those that went or came are at most those that the edits touch.
		balance := make(map[string]int)
		for _, s := range split(src).segments {
			balance[string(src[s.off:s.end])]++
		}
		for _, s := range split(faulty).segments {
			balance[string(faulty[s.off:s.end])]--
		}
		changed := 0
		for _, n := range balance {
			changed += max(n, -n)
		}
		allowed := 0
		for _, e := range fault.Edits {
			gone := bytes.Count(src[e.Offset:e.Offset+int64(e.Deleted)], []byte("'"))
			allowed += max(2, gone+strings.Count(e.Inserted, "'"))
		}
		if changed > allowed {
			t.Errorf("%d segments went or came by %+v", changed, fault.Edits)
		}
	})
}

// Wherever segments are added or removed, the counts of UNT stay right, unless they are the fault.
func TestControlCountsStayRight(t *testing.T) {
	faultRuns(t, func(t *testing.T, _ string, _, faulty []byte, fault Fault) {
		d := split(faulty)
		unh := -1
		for i := range d.segments {
			switch {
			case d.is(i, "UNH"):
				unh = i
			case d.is(i, "UNT"):
				if s, _ := d.at(i, 1, 1); d.value(i, 1, 1) != itoa(i-unh+1) && (fault.Kind != "message-count" || int64(s.off) != fault.Offset) {
					t.Errorf("UNT states %s of %d segments", d.value(i, 1, 1), i-unh+1)
				}
				if d.value(i, 2, 1) != d.value(unh, 1, 1) && fault.Kind != "message-reference" {
					t.Error("UNT has another reference than UNH")
				}
				unh = -1
			}
		}
	})
}

// The audit finds a fault of cargo or counts where the fault says, and nothing else than its consequences.
func TestAuditFindsTheFault(t *testing.T) {
	seen := make(map[string]bool)
	for name, opts := range variants {
		if !opts.balanced() {
			continue
		}
		src, _ := generate(t, opts)
		in := NewInjector(src)
		for seed := range uint64(4) {
			for _, k := range Kinds() {
				faulty, fault, ok := in.InjectKind(k, seed)
				if !ok || !strings.HasPrefix(fault.Code, "CAR") && !slices.Contains([]string{"EDI0026", "EDI0028", "EDI0029"}, fault.Code) {
					continue
				}
				seen[fault.Code] = true
				want := Expected{fault.Code, fault.Offset}
				found := runAudit(faulty)
				if !slices.Contains(found, want) {
					t.Errorf("%s, %s, seed %d: want %v at %s, found %v", name, k, seed, want, excerpt(faulty, want.Offset), found)
				}
				for _, f := range found {
					if f != want && !slices.Contains(fault.Consequences, f) {
						t.Errorf("%s, %s, seed %d: %v at %s is no consequence", name, k, seed, f, excerpt(faulty, f.Offset))
					}
				}
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d codes were looked for", len(seen))
	}
}

// Whatever the source, planting a fault neither panics nor changes more than its edits say.
func FuzzInject(f *testing.F) {
	for _, name := range []string{"balanced small", "houses"} {
		opts := variants[name]
		opts.Size, opts.MinBills, opts.MaxBills = 0, 2, 3
		src, _ := generate(f, opts)
		for seed := range uint64(len(kinds)) {
			faulty, _ := Inject(src, seed)
			f.Add(faulty, seed+1)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, seed uint64) {
		faulty, fault := Inject(src, seed)
		if !bytes.Equal(Apply(src, fault.Edits), faulty) {
			t.Error("the edits do not give the file")
		}
		if fault.Offset < 0 || fault.Offset+int64(fault.Length) > int64(len(faulty)) {
			t.Errorf("place %d+%d of %d bytes", fault.Offset, fault.Length, len(faulty))
		}
	})
}

func BenchmarkInject(b *testing.B) {
	src, _ := generate(b, CUSCAROptions{Seed: 1, Size: 1e6, Balanced: true})
	in := NewInjector(src)
	b.Run("new", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			NewInjector(src)
		}
	})
	b.Run("inject", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for i := uint64(0); b.Loop(); i++ {
			in.Inject(i)
		}
	})
}
