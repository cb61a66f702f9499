package diag

import (
	"cmp"
	"errors"
	"runtime"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// codesOf has one code of each severity by default.
var codesOf = map[Severity]Code{Error: MissingElement, Warning: TrailingSeparator, Note: EquipmentCheckLimited}

// wantKept says by plain sorting what a List must keep.
func wantKept(all []Finding, limits Limits) []Finding {
	type numbered struct {
		Finding
		n int
	}
	place := func(a, b numbered) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.Code, b.Code), cmp.Compare(a.n, b.n))
	}
	var left []numbered
	for i, f := range all {
		left = append(left, numbered{f, i})
	}
	slices.SortFunc(left, func(a, b numbered) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), place(a, b))
	})
	seen := map[messageKey]int{}
	left = slices.DeleteFunc(left, func(k numbered) bool {
		key := messageKey{k.Interchange, k.Message}
		seen[key]++
		return seen[key] > limits.PerMessage
	})
	left = left[:min(len(left), limits.PerFile)]
	slices.SortFunc(left, place)
	out := make([]Finding, len(left))
	for i, k := range left {
		out[i] = k.Finding
	}
	return out
}

// TestListKeepsTheGravest compares with the plain sorting on findings in any order, of any severity and message.
func TestListKeepsTheGravest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{rapid.IntRange(1, 6).Draw(t, "per message"), rapid.IntRange(1, 12).Draw(t, "per file")}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Finding {
			s := rapid.SampledFrom([]Severity{Note, Warning, Error}).Draw(t, "severity")
			return Finding{
				Code: codesOf[s], Severity: s,
				Interchange: rapid.IntRange(0, 2).Draw(t, "interchange"), Message: rapid.IntRange(0, 3).Draw(t, "message"),
				Pos: Position{Offset: rapid.Int64Range(0, 30).Draw(t, "offset")},
			}
		}), 0, 60).Draw(t, "findings")
		l := NewList(limits)
		var want Counts
		for i, f := range all {
			all[i].Pos.Length = i // tells findings apart
			f.Pos.Length = i
			l.Add(f)
			switch f.Severity {
			case Error:
				want.Error++
			case Warning:
				want.Warning++
			default:
				want.Note++
			}
		}
		kept := wantKept(all, limits)
		want.Omitted = len(all) - len(kept)
		if d := gocmp.Diff(kept, l.All()); d != "" {
			t.Fatalf("kept (-want +got):\n%s", d)
		}
		if l.Counts() != want {
			t.Fatalf("counts %+v, want %+v", l.Counts(), want)
		}
		for i := range 3 {
			for m := range 4 {
				of := slices.DeleteFunc(slices.Clone(kept), func(f Finding) bool { return f.Interchange != i || f.Message != m })
				if got := l.Message(i, m); !slices.EqualFunc(got, of, func(a, b Finding) bool { return a.Pos == b.Pos }) {
					t.Fatalf("message %d/%d: %v, want %v", i, m, got, of)
				}
			}
		}
		if (l.Err() == nil) != (want.Error == 0) {
			t.Fatalf("Err %v with %d errors", l.Err(), want.Error)
		}
	})
}

func TestListFillsIn(t *testing.T) {
	l := NewList(Limits{}, WithSeverities(map[Code]Severity{
		TrailingSeparator: Error, MissingElement: Note, ByteOrderMark: Off,
	}))
	l.SetSyntaxVersion(4)
	l.Add(Finding{Code: TrailingSeparator})
	l.Add(Finding{Code: MissingElement, Severity: Error, Pos: Position{Offset: 1}})
	l.Add(Finding{Code: ByteOrderMark, Severity: Error, Interchange: 1})
	l.Add(Finding{Code: ContainerCheckDigit, Pos: Position{Offset: 2}})
	l.Add(Finding{Code: ContainerCheckDigit, Severity: Error, Pos: Position{Offset: 3}})
	l.SetSyntaxVersion(0)
	l.Add(Finding{Code: TrailingSeparator, Pos: Position{Offset: 4}})
	l.Add(Finding{Code: TrailingSeparator, Standard: "0085:99", Pos: Position{Offset: 5}})
	l.Add(Finding{Code: "ZZZ0001", Pos: Position{Offset: 6}})
	type row struct {
		Severity Severity
		Standard string
	}
	var got []row
	for _, f := range l.All() {
		got = append(got, row{f.Severity, f.Standard})
	}
	want := []row{
		{Error, "0085:45"}, {Note, "0085:13"}, {Warning, ""}, {Error, ""}, {Error, ""}, {Error, "0085:99"}, {Error, ""},
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c := (Counts{Error: 5, Warning: 1, Note: 1}); l.Counts() != c {
		t.Errorf("counts %+v", l.Counts())
	}
	if l.InterchangeRejected(1) {
		t.Error("a code that is switched off rejects")
	}
}

func TestListErr(t *testing.T) {
	l := NewList(Limits{PerMessage: 2})
	l.Add(Finding{Code: TrailingSeparator})
	if err := l.Err(); err != nil {
		t.Errorf("a warning gives %v", err)
	}
	cause := errors.New("cause")
	for i := range 3 {
		l.Add(Finding{Code: MissingElement, Pos: Position{Offset: int64(10 + i)}, Err: cause})
	}
	err := l.Err()
	if err == nil || err.Error() != "3 errors, first EDI0013 at byte 10" {
		t.Fatal(err)
	}
	if f, ok := errors.AsType[*Finding](err); !ok || f.Pos.Offset != 10 || !errors.Is(err, cause) {
		t.Errorf("unwraps to %v", f)
	}
}

// TestListDefaults holds the numbers of the contract.
func TestListDefaults(t *testing.T) {
	l := NewList(Limits{})
	for m := range 60 {
		for i := range 250 {
			l.Add(Finding{Code: TrailingSeparator, Interchange: 1, Message: m + 1, Pos: Position{Offset: int64(m*1000 + i)}})
		}
	}
	l.Add(Finding{Code: MissingElement, Interchange: 1, Message: 60, Pos: Position{Offset: 1 << 40}})
	all := l.All()
	if len(all) != 10_000 || len(l.Message(1, 1)) != 200 || all[len(all)-1].Severity != Error {
		t.Errorf("%d kept, %d of message 1, last %v", len(all), len(l.Message(1, 1)), all[len(all)-1])
	}
	if c := (Counts{Error: 1, Warning: 15_000, Omitted: 5_001}); l.Counts() != c {
		t.Errorf("counts %+v", l.Counts())
	}
}

// TestListMemory: a million findings, each an error in a message of its own, stay within a few megabytes.
func TestListMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	l := NewList(Limits{})
	for i := range 1_000_000 {
		l.Add(Finding{Code: MissingElement, Interchange: 1, Message: i + 1, Pos: Position{Offset: int64(i)}, Value: string(make([]byte, 80))})
	}
	after := heap()
	if used := int64(after) - int64(before); used > 16<<20 {
		t.Errorf("%d bytes in use after a million findings", used)
	}
	if c := l.Counts(); c.Error != 1_000_000 || c.Omitted != 990_000 {
		t.Errorf("counts %+v", c)
	}
	runtime.KeepAlive(l)
}

func TestListOmittedDoesNotAllocate(t *testing.T) {
	l := NewList(Limits{PerMessage: 1})
	l.Add(Finding{Code: MissingElement, Message: 1})
	f := Finding{Code: TrailingSeparator, Message: 1, Pos: Position{Offset: 5}}
	if n := testing.AllocsPerRun(100, func() { l.Add(f) }); n != 0 {
		t.Errorf("%v allocations for a finding that is not kept", n)
	}
}

// TestListDescending adds the findings in the worst order, last first; it must not take time in the square.
func TestListDescending(t *testing.T) {
	l := NewList(Limits{PerMessage: 10_000})
	const n = 300_000
	for i := range n {
		l.Add(Finding{Code: MissingElement, Message: 1, Pos: Position{Offset: int64(n - i)}})
	}
	if all := l.All(); len(all) != 10_000 || all[0].Pos.Offset != 1 || all[9_999].Pos.Offset != 10_000 {
		t.Errorf("%d kept from %d to %d", len(all), all[0].Pos.Offset, all[len(all)-1].Pos.Offset)
	}
}

func BenchmarkListAdd(b *testing.B) {
	b.ReportAllocs()
	l := NewList(Limits{})
	f := Finding{Code: TrailingSeparator, Interchange: 1, Message: 1}
	for i := 0; b.Loop(); i++ {
		f.Pos.Offset = int64(i)
		l.Add(f)
	}
}
