package voyage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// digest gives one hash of all that a generator makes.
func digest(t testing.TB, o Options) string {
	t.Helper()
	h := sha256.New()
	for f := range generator(t, o).Files() {
		truth, err := json.Marshal(f.Truth)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{[]byte(f.Name), []byte(f.Fault), truth, f.Bytes} {
			h.Write(b)
			h.Write([]byte{0})
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestTheSameSeedGivesTheSameBytes on every machine and with every release of Go. Who changes the traffic on purpose
// puts the new hash here and says in CHANGELOG.md that runs do not compare with earlier ones.
func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	const want = "af57f6f0a4c44c776d72ef7fbbb798b5a46beef780ae994bf6c5571c519bab8b"
	o := Options{Seed: 1, Consignments: 600}
	got := digest(t, o)
	if got != want {
		t.Errorf("got %s", got)
	}
	if digest(t, o) != got {
		t.Error("another run gives other bytes")
	}
	if digest(t, Options{Seed: 2, Consignments: 600}) == got {
		t.Error("another seed gives the same bytes")
	}
}

// TestCounts: the first filings hold the consignments asked for, each once, and no document number or container of a
// message comes twice.
func TestCounts(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 7, 250, 9000} {
		bills := map[string]string{}
		g := generator(t, Options{Seed: uint64(n), Consignments: n, BrokenRate: -1})
		g.made = func(m *filing, f *File) {
			ids := map[string]bool{}
			for i := range m.slots {
				for k := range m.slots[i].boxes {
					if id := m.slots[i].boxes[k].id; ids[id] {
						t.Errorf("%s: container %s twice", f.Name, id)
					} else {
						ids[id] = true
					}
				}
			}
			of := fmt.Sprint(m.c.number, " ", m.p.id)
			m.visit(func(_ *slot, b *bill) {
				if before, ok := bills[b.number]; ok && before != of {
					t.Errorf("%s: %s is a bill of another list", f.Name, b.number)
				}
				bills[b.number] = of
			})
		}
		for range g.Files() {
		}
		if len(bills) != n {
			t.Errorf("%d consignments, want %d", len(bills), n)
		}
		if _, err := g.Next(); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestMemoryDoesNotGrow: what waits to be filed is bounded by the days before an arrival, not by the traffic.
func TestMemoryDoesNotGrow(t *testing.T) {
	t.Parallel()
	waiting := func(consignments, days int) int {
		g, most := generator(t, Options{Consignments: consignments, Days: days}), 0
		for range g.Files() {
			most = max(most, len(g.jobs))
		}
		return most
	}
	short, long := waiting(10000, 5), waiting(40000, 20)
	if long > short*2 {
		t.Errorf("%d messages wait in a traffic of 20 days, %d in one of 5", long, short)
	}
}

// TestOptions: what is out of range is said, and what is allowed takes effect.
func TestOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"-1 consignments":   {Consignments: -1},
		"consignments":      {Consignments: mostConsignments + 1},
		"no typology":       {Typologies: []string{"cocaine-rip-off", "piracy"}},
		"no format \"cusc":  {Formats: []string{"cuscar"}},
		"no format; there":  {Formats: []string{}},
		"days":              {Days: -2},
		"look-alike rate":   {LookalikeRate: 300001},
		"broken rate":       {BrokenRate: 999999},
		"start in the year": {Start: time.Date(1066, 10, 14, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for f := range generator(t, Options{Formats: []string{FormatD16A}, Typologies: []string{}}).Files() {
		if f.Format != FormatD16A || !strings.Contains(string(f.Bytes), "CUSCAR:D:16A:UN") || len(f.Truth) > 0 {
			t.Fatalf("%s: %s, %d truths", f.Name, f.Format, len(f.Truth))
		}
	}
	only, n := "cocaine-rip-off", 0
	for f := range generator(t, Options{Consignments: 6000, Formats: []string{FormatD95B}, Typologies: []string{only}, LateRate: -1,
		LookalikeRate: -1}).Files() {
		if f.Format != FormatD95B {
			t.Fatalf("%s: %s", f.Name, f.Format)
		}
		for _, x := range f.Truth {
			if n++; x.Typology != only || x.Role != RoleTypology {
				t.Errorf("%+v", x)
			}
		}
		if f.Function == "9" && f.ReceivedAt.After(f.ETA) && !strings.Contains(string(f.Bytes), "BGM+833") && f.Fault == "" {
			t.Errorf("%s is late", f.Name)
		}
	}
	if n < 60 || n > 240 { // two in a hundred, all on the lanes that it has
		t.Errorf("%d of 6000 consignments planted", n)
	}
}

// TestWriteDir: files and truth on disk are those that the generator gives, and a folder is not written twice.
func TestWriteDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	o := Options{Seed: 4, Consignments: 1500, TypologyRate: 50000}
	totals, err := WriteDir(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	var truth strings.Builder
	enc := json.NewEncoder(&truth)
	files, size := 0, int64(0)
	for f := range generator(t, o).Files() {
		files++
		size += int64(len(f.Bytes))
		b, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || string(b) != string(f.Bytes) {
			t.Errorf("%s differs: %v", f.Name, err)
		}
		for _, x := range f.Truth {
			if err := enc.Encode(x); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := os.ReadFile(filepath.Join(dir, TruthFile))
	if err != nil || string(got) != truth.String() {
		t.Errorf("truth differs: %v", err)
	}
	if want := (Totals{files, size, 1500, strings.Count(string(got), `"role":"typology"`), strings.Count(string(got),
		`"role":"lookalike"`)}); totals != want || want.Typologies == 0 {
		t.Errorf("totals %+v, want %+v", totals, want)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != files+1 {
		t.Errorf("%d files in the folder, %d given: %v", len(entries), files, err)
	}
	if _, err := WriteDir(dir, o); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := WriteDir(filepath.Join(dir, TruthFile), o); err == nil {
		t.Error("a file was taken for a folder")
	}
	if _, err := WriteDir(t.TempDir(), Options{Consignments: -5}); err == nil {
		t.Error("options out of range were taken")
	}
}

// TestWriteTo writes the bytes and passes the writer's error on.
func TestWriteTo(t *testing.T) {
	t.Parallel()
	f, err := generator(t, Options{}).Next()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if n, err := f.WriteTo(&b); err != nil || n != int64(len(f.Bytes)) || b.String() != string(f.Bytes) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := f.WriteTo(full{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error %v", err)
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// BenchmarkFiles measures consignments a second on one core.
func BenchmarkFiles(b *testing.B) {
	b.ReportAllocs()
	const n = 10000
	bytes := int64(0)
	for b.Loop() {
		bytes = 0
		for f := range generator(b, Options{Consignments: n}).Files() {
			bytes += int64(len(f.Bytes))
		}
	}
	b.SetBytes(bytes)
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "consignments/s")
}
