package voyage

import (
	"bytes"
	"testing"

	"cargogate/internal/intake"
)

// generator gives a generator of options that are right.
func generator(t testing.TB, o Options) *Generator {
	t.Helper()
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// read reads a file as `check` and `convert` do.
func read(t testing.TB, f *File, h intake.Handler) *intake.Result {
	t.Helper()
	res, err := intake.Read(intake.Original{Name: f.Name, ReaderAt: bytes.NewReader(f.Bytes), Size: int64(len(f.Bytes))},
		intake.Options{Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// visit calls see for each bill of a message, in the order in which they stand, with its slot.
func (m *filing) visit(see func(s *slot, b *bill)) {
	for i := range m.slots {
		for _, b := range filed(m.p, &m.slots[i]) {
			see(&m.slots[i], b)
		}
	}
}
