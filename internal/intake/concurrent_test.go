package intake

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/synth"
)

// told gives everything that a reading of b says: findings, counts, messages and records.
func told(t testing.TB, b []byte) string {
	var said bytes.Buffer
	record := func(r cargo.Record) error {
		said.Write(append(r.AppendJSON(nil), '\n'))
		return nil
	}
	res, err := Read(Original{Name: "test.edi", ReaderAt: bytes.NewReader(b), Size: int64(len(b))}, Options{Handler: Handler{
		Message:     func(m *Message) error { _, err := fmt.Fprintf(&said, "%+v\n", *m); return err },
		Filing:      func(r *cargo.Filing) error { return record(r) },
		Call:        func(r *cargo.Call) error { return record(r) },
		Consignment: func(r *cargo.Consignment) error { return record(r) },
		Equipment:   func(r *cargo.TransportEquipment) error { return record(r) },
		Unmapped:    func(r *cargo.Unmapped) error { return record(r) },
	}})
	if err != nil {
		t.Error(err)
		return ""
	}
	fmt.Fprintf(&said, "%+v\n%+v\n", res.Findings, res.Counts)
	return said.String()
}

// TestConcurrentReads reads files of several releases at the same time: readings share tables that are made when they
// are first asked for, and must share nothing else. The race detector runs it; without it the results still compare.
func TestConcurrentReads(t *testing.T) {
	var files [][]byte
	for _, release := range []string{synth.ReleaseD95B, synth.ReleaseD16A} {
		var b bytes.Buffer
		if _, err := synth.WriteCUSCAR(&b, synth.CUSCAROptions{Seed: 11, Size: 20_000, Mode: synth.ManyMessages, MinBills: 1, MaxBills: 9, MasterHouse: true, Release: release}); err != nil {
			t.Fatal(err)
		}
		files = append(files, b.Bytes())
	}
	// A release that no other test reads, so that its tables are made here.
	files = append(files, bytes.ReplaceAll(files[0], []byte(":D:95B:"), []byte(":D:97B:")))
	broken, err := os.ReadFile(filepath.Join("..", "..", "testdata", "example", "broken.edi"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, broken)

	const readers = 4
	got := make([][readers]string, len(files))
	var wg sync.WaitGroup
	for i, b := range files {
		for n := range readers {
			wg.Go(func() { got[i][n] = told(t, b) })
		}
	}
	wg.Wait()
	for i, b := range files {
		want := told(t, b)
		for n := range readers {
			if got[i][n] != want {
				t.Errorf("file %d, reader %d: not what a reading alone says", i, n)
			}
		}
	}
}
