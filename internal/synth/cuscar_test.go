package synth

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"testing"
)

// generate gives the bytes of a file and what WriteCUSCAR said of it.
func generate(t testing.TB, opts CUSCAROptions) ([]byte, Stats) {
	t.Helper()
	var b bytes.Buffer
	s, err := WriteCUSCAR(&b, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

// variants are one file of each shape.
var variants = map[string]CUSCAROptions{
	"plain":              {Seed: 1, Size: 120e3},
	"plain D.16A":        {Seed: 2, Size: 120e3, Release: ReleaseD16A},
	"plain single":       {Seed: 3, Size: 120e3, Mode: SingleMessage},
	"balanced":           {Seed: 4, Size: 200e3, Balanced: true},
	"balanced small":     {Seed: 5, MinBills: 1, MaxBills: 4, Size: 40e3, Balanced: true},
	"balanced D.16A":     {Seed: 6, Size: 120e3, Balanced: true, Release: ReleaseD16A},
	"balanced single":    {Seed: 7, Size: 120e3, Balanced: true, Mode: SingleMessage},
	"houses":             {Seed: 8, Size: 200e3, MasterHouse: true},
	"houses D.16A CRLF":  {Seed: 9, Size: 200e3, MasterHouse: true, Release: ReleaseD16A, CRLF: true},
	"houses single CRLF": {Seed: 10, Size: 120e3, MasterHouse: true, Mode: SingleMessage, CRLF: true},
}

func (o CUSCAROptions) balanced() bool { return o.Balanced || o.MasterHouse }

// The checksum is that of the program with which the speeds of other parsers were measured: files of the same
// options must stay comparable for ever.
func TestDefaultFileKeepsItsBytes(t *testing.T) {
	h := md5.New()
	s, err := WriteCUSCAR(h, CUSCAROptions{Seed: 1, Size: 10e6})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(h.Sum(nil)), "cabb82bbe902912b3f599c314c38ac47"; got != want {
		t.Errorf("MD5 is %s, want %s", got, want)
	}
	want := Stats{Bytes: 10009924, Messages: 179, Segments: 324145, MasterBills: 11454, Consignments: 11454, GoodsItems: 18293, Equipment: 9273}
	if s != want {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
}

func TestSameOptionsSameBytes(t *testing.T) {
	for name, opts := range variants {
		a, _ := generate(t, opts)
		b, _ := generate(t, opts)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two runs differ", name)
		}
		opts.Seed++
		if c, _ := generate(t, opts); bytes.Equal(a, c) {
			t.Errorf("%s: another seed gives the same bytes", name)
		}
		opts.Seed--
		opts.CRLF = !opts.CRLF
		// The size counts line breaks too, so only a single message has the same content with and without them.
		if c, _ := generate(t, opts); opts.Mode == SingleMessage &&
			!bytes.Equal(bytes.ReplaceAll(a, []byte("\r\n"), nil), bytes.ReplaceAll(c, []byte("\r\n"), nil)) {
			t.Errorf("%s: line breaks change the content", name)
		}
	}
}

func TestStatsCountWhatIsThere(t *testing.T) {
	for name, opts := range variants {
		src, got := generate(t, opts)
		d := split(src)
		want := Stats{Bytes: int64(len(src))}
		inBill := false
		for i := range d.segments {
			want.Segments++
			switch d.tag(i) {
			case "UNA", "UNB", "UNZ":
				want.Segments--
			case "UNH":
				want.Messages++
				inBill = false
			case "CNI":
				want.MasterBills++
				inBill = true
			case "RFF":
				if inBill {
					want.Consignments++
				}
			case "GID":
				want.GoodsItems++
			case "EQD":
				want.Equipment++
			}
		}
		if got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
		if opts.Size > 100e3 && (got.Bytes < opts.Size*8/10 || got.Bytes > opts.Size*18/10) {
			t.Errorf("%s: %d bytes for a size of %d", name, got.Bytes, opts.Size)
		}
	}
}

func TestGroupsStopAtTheirMaximum(t *testing.T) {
	for _, opts := range []CUSCAROptions{
		{Seed: 1, Size: 12e6, Balanced: true, Mode: SingleMessage},
		{Seed: 1, Size: 24e6, MasterHouse: true, Mode: SingleMessage},
	} {
		_, s := generate(t, opts)
		if s.MasterBills != maxGroup || s.Equipment > maxGroup || s.Consignments <= maxGroup {
			t.Errorf("%+v: %+v", opts, s)
		}
		if s.Bytes < opts.Size*9/10 || s.Bytes > opts.Size*11/10 {
			t.Errorf("%+v: %d bytes", opts, s.Bytes)
		}
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, opts := range []CUSCAROptions{
		{Release: "D.99B"}, {Mode: "several"}, {Size: -1}, {MinBills: -1}, {MinBills: 5, MaxBills: 4}, {MaxBills: 10000},
	} {
		if s, err := WriteCUSCAR(&bytes.Buffer{}, opts); err == nil || s != (Stats{}) {
			t.Errorf("%+v: %+v, %v", opts, s, err)
		}
	}
}

// A fullDisk takes some bytes and then fails.
type fullDisk struct{ room int }

var errFull = errors.New("full")

func (f *fullDisk) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestWriteErrorComesBack(t *testing.T) {
	for _, room := range []int{0, 70000, 150000} {
		if _, err := WriteCUSCAR(&fullDisk{room}, CUSCAROptions{Size: 200e3}); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}

func BenchmarkWriteCUSCAR(b *testing.B) {
	for b.Loop() {
		_, s := generate(b, CUSCAROptions{Seed: 1, Size: 1e6, Balanced: true})
		b.SetBytes(s.Bytes)
	}
}
