package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/synth"
)

// plainManifest is a small interchange with something of everything.
func plainManifest(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := synth.WriteCUSCAR(&b, synth.CUSCAROptions{Seed: 7, Size: 2_500, Mode: synth.ManyMessages, MinBills: 1, MaxBills: 3, MasterHouse: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sane reads b for its records too and checks what must hold of any input.
func sane(t testing.TB, b []byte) *Result {
	t.Helper()
	record := func(r cargo.Record) error {
		line := r.AppendJSON(nil)
		if !json.Valid(line) {
			t.Fatalf("input %q: record %q", b, line)
		}
		return nil
	}
	res := readBytes(t, b, Options{Handler: Handler{
		Filing:      func(r *cargo.Filing) error { return record(r) },
		Call:        func(r *cargo.Call) error { return record(r) },
		Consignment: func(r *cargo.Consignment) error { return record(r) },
		Equipment:   func(r *cargo.TransportEquipment) error { return record(r) },
		Unmapped:    func(r *cargo.Unmapped) error { return record(r) },
	}})
	if n := len(res.Findings) + res.Counts.Omitted; n != res.Counts.Error+res.Counts.Warning+res.Counts.Note {
		t.Fatalf("input %q: %d findings listed or omitted, counts %+v", b, n, res.Counts)
	}
	for _, f := range res.Findings {
		if f.Pos.Offset < 0 || f.Pos.End() > int64(len(b)) || f.Pos.Line < 1 || f.Pos.Col < 1 {
			t.Fatalf("input %q: finding %s at %+v", b, f.Code, f.Pos)
		}
		if f.Severity != diag.Error && f.Severity != diag.Warning && f.Severity != diag.Note {
			t.Fatalf("input %q: finding %s of severity %v", b, f.Code, f.Severity)
		}
	}
	return res
}

func TestTruncatedAtEveryByte(t *testing.T) {
	whole := plainManifest(t)
	for n := range whole {
		res := sane(t, whole[:n])
		if res.Clean() && len(bytes.TrimSpace(whole[n:])) > 0 {
			t.Errorf("cut at %d of %d: no error", n, len(whole))
		}
	}
}

func TestRandomMutations(t *testing.T) {
	whole := plainManifest(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		b := bytes.Clone(whole)
		for range 1 + rng.IntN(5) {
			i := rng.IntN(len(b))
			switch rng.IntN(4) {
			case 0:
				b[i] = byte(rng.IntN(256))
			case 1:
				b[i] = "'+:?*\r\n\x00\xff"[rng.IntN(9)]
			case 2:
				b = append(b[:i], b[min(len(b), i+1+rng.IntN(40)):]...)
			case 3:
				n := min(len(b)-i, 1+rng.IntN(60))
				b = append(b[:i+n:i+n], b[i:]...)
			}
		}
		sane(t, b)
	}
}

// filler is an original that is made up while it is read: a head, the same text again and again, a tail.
type filler struct {
	head, body, tail string
	times            int64
}

func (f filler) size() int64 {
	return int64(len(f.head)) + f.times*int64(len(f.body)) + int64(len(f.tail))
}

func (f filler) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < f.size() {
		var from string
		switch in := off - int64(len(f.head)); {
		case in < 0:
			from = f.head[off:]
		case in < f.times*int64(len(f.body)):
			from = f.body[in%int64(len(f.body)):]
		default:
			from = f.tail[in-f.times*int64(len(f.body)):]
		}
		k := copy(p[n:], from)
		n, off = n+k, off+int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// heapAfter reads f and gives the result and the most memory that was held while it was read. What waits for its
// collection does not count: how much that is depends on what else the machine does.
func heapAfter(t *testing.T, f filler, h Handler) (*Result, uint64) {
	t.Helper()
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := held()
	var most uint64
	watch := &watcher{ReaderAt: f, saw: func() {
		if now := held(); now > before {
			most = max(most, now-before)
		}
	}}
	res, err := Read(Original{Name: "made.edi", ReaderAt: watch, Size: f.size()}, Options{Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	return res, most
}

// watcher looks at the memory once every so many reads.
type watcher struct {
	io.ReaderAt
	n   int
	saw func()
}

func (w *watcher) ReadAt(p []byte, off int64) (int, error) {
	if w.n++; w.n%50 == 0 {
		w.saw()
	}
	return w.ReaderAt.ReadAt(p, off)
}

const header = "UNB+UNOC:3+SENDER+RECIPIENT+261123:0915+7'"

func TestBoundedMemory(t *testing.T) {
	// Of what is held. A bill may be as large as the directory lets it: it is one record, and cut off at a bound of its own.
	const most, mostBill = 16 << 20, 56 << 20
	cuscar := header + "UNH+1+CUSCAR:D:95B:UN'BGM+85+M1+9'"
	for _, c := range []struct {
		name string
		in   filler
		want diag.Code
		most uint64
	}{
		{"100 MB without a separator", filler{header + "UNH+1+CUSCAR:D:95B:UN'BGM+", "A", "", 100 << 20}, diag.SegmentTooLong, most},
		{"100 MB of element separators", filler{header + "UNH+1+CUSCAR:D:95B:UN'BGM", "+", "'UNT+3+1'UNZ+1+7'", 100 << 20}, diag.SegmentTooLong, most},
		{"100 MB of line ends", filler{header, "\r\n", "UNH+1+CUSCAR:D:95B:UN'BGM+85+M1+9'UNT+3+1'UNZ+1+7'", 50 << 20}, diag.SpaceBetweenSegments, most},
		{"a million header segments", filler{cuscar, "DTM+137:202611230915:203'", "UNT+1000003+1'UNZ+1+7'", 1_000_000}, diag.TooManySegmentRepeats, most},
		{"a million parties of one bill", filler{cuscar + "CNI+1+B1'RFF+BM:B1'", "NAD+CN+++NAME+STREET'", "GID+1+1:CT'UNT+1000006+1'UNZ+1+7'", 1_000_000}, diag.TooManyGroupRepeats, mostBill},
		{"a million goods items of one bill", filler{cuscar + "CNI+1+B1'RFF+BM:B1'", "GID+1+1:CT'FTX+AAA+++GOODS'", "UNT+2000005+1'UNZ+1+7'", 1_000_000}, diag.TooManyGroupRepeats, mostBill},
		{"a million pieces of equipment", filler{cuscar, "EQD+CN+MSKU1234565'SEL+1'", "UNT+2000003+1'UNZ+1+7'", 1_000_000}, diag.DuplicateEquipment, mostBill},
		{"a million unknown segments", filler{cuscar, "XXX+1'", "UNT+1000003+1'UNZ+1+7'", 1_000_000}, diag.UnknownSegment, most},
		{"a million messages", filler{header, "UNH+1+CUSCAR:D:95B:UN'UNT+2+1'", "UNZ+1000000+7'", 1_000_000}, diag.DuplicateReference, most},
		{"a million groups", filler{header, "UNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'UNE+0+1'", "UNZ+1000000+7'", 1_000_000}, diag.LowerLevelEmpty, most},
		{"a million interchanges", filler{"", header + "UNZ+0+7'", "", 1_000_000}, diag.DuplicateInterchange, most},
		{"a million segments outside", filler{"UNA:+.? '", "ABC+1'", "", 1_000_000}, diag.OutsideEnvelope, most},
	} {
		t.Run(c.name, func(t *testing.T) {
			none := func(cargo.Record) error { return nil }
			res, used := heapAfter(t, c.in, Handler{
				Consignment: func(r *cargo.Consignment) error { return none(r) },
				Equipment:   func(r *cargo.TransportEquipment) error { return none(r) },
				Filing:      func(r *cargo.Filing) error { return none(r) },
				Unmapped:    func(r *cargo.Unmapped) error { return none(r) },
			})
			found := false
			for _, f := range res.Findings {
				found = found || f.Code == c.want
			}
			if !found {
				codes := map[diag.Code]int{}
				for _, f := range res.Findings {
					codes[f.Code]++
				}
				t.Errorf("%s not found, but %v", c.want, codes)
			}
			if used > c.most {
				t.Errorf("%d MB are held, at most %d allowed", used>>20, c.most>>20)
			}
		})
	}
}

func TestFilesThatAreNoMessages(t *testing.T) {
	for in, want := range map[string]diag.Code{
		"":                                diag.EmptyFile,
		" \r\n\t":                         diag.EmptyFile,
		"\xef\xbb\xbf":                    diag.EmptyFile,
		"\x1f\x8b\x08\x00rest":            diag.CompressedFile,
		"PK\x03\x04rest":                  diag.CompressedFile,
		"\x28\xb5\x2f\xfdrest":            diag.CompressedFile,
		"<?xml version=\"1.0\"?><a/>":     diag.UnknownFormat,
		"FFM/8\r\n":                       diag.UnknownFormat,
		"ISA*00*":                         diag.UnknownFormat,
		"\x00\x01\x02":                    diag.UnknownFormat,
		"\xff\xfeU\x00N\x00B\x00":         diag.UnknownFormat,
		strings.Repeat(" ", 5000) + "UNB": diag.UnknownFormat,
	} {
		res := readBytes(t, []byte(in), Options{})
		if len(res.Findings) != 1 || res.Findings[0].Code != want || res.File.Format != FormatUnknown || res.Counts.Error != 1 {
			t.Errorf("%.20q: %s, findings %v", in, res.File.Format, res.Findings)
		}
	}
}

// FuzzRead seeds with the synthetic manifest and its faults, and holds what must hold of any input.
func FuzzRead(f *testing.F) {
	whole := plainManifest(f)
	f.Add(whole)
	for seed := range uint64(63) {
		b, _ := synth.Inject(whole, seed)
		f.Add(b)
	}
	f.Add([]byte("UNB+UNOW:4+A+B+20261123:0915+7'UNH+1+CUSCAR:D:16A:UN'BGM+85+X:1*Y+9'UNT+3+1'UNZ+1+7'"))
	f.Fuzz(func(t *testing.T, b []byte) {
		one, two := sane(t, b), sane(t, b)
		if a, b := fmt.Sprint(one), fmt.Sprint(two); a != b {
			t.Fatalf("two readings differ:\n%s\n%s", a, b)
		}
	})
}
