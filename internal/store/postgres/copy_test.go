package postgres

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"cargogate/internal/gateway"
)

func newCopying(rows ...[]string) *copying {
	c := &copying{rows: len(rows), buf: slices.Clone(copyHead)}
	c.row = func(i int) { c.texts(rows[i], "=") }
	return c
}

// What is read does not depend on the sizes that it is read in, and long rows are whole.
func TestCopyingInAnySizes(t *testing.T) {
	t.Parallel()
	long := string(bytes.Repeat([]byte("x"), 2*copyChunk))
	rows := [][]string{nil, {"a"}, {long, "b"}, {}, {long}}
	all, err := io.ReadAll(newCopying(rows...))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(all, []byte("x")); n != 4*copyChunk || !bytes.HasPrefix(all, copyHead) || !bytes.HasSuffix(all, copyTail) {
		t.Errorf("%d bytes with %d of the text", len(all), n)
	}
	for name, r := range map[string]io.Reader{"one byte": iotest.OneByteReader(newCopying(rows...)), "half": iotest.HalfReader(newCopying(rows...))} {
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, all) {
			t.Errorf("%s: %d bytes, not %d: %v", name, len(got), len(all), err)
		}
	}
	if none, err := io.ReadAll(newCopying()); err != nil || len(none) != len(copyHead)+len(copyTail) {
		t.Errorf("no rows: % x, %v", none, err)
	}
}

func TestCopyingRefusesNumbersThatAreTooLarge(t *testing.T) {
	t.Parallel()
	for _, v := range []int{1 << 31, -1<<31 - 1} {
		c := &copying{rows: 1}
		c.row = func(int) { c.int4(v) }
		if _, err := io.ReadAll(c); !errors.Is(err, gateway.ErrInput) {
			t.Errorf("%d: %v", v, err)
		}
	}
}
