package diag

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lineAndCol counts by hand.
func lineAndCol(text string, offset int64) (line, col int) {
	offset = min(max(offset, 0), int64(len(text)))
	before := text[:offset]
	return strings.Count(before, "\n") + 1, int(offset) - strings.LastIndexByte(before, '\n')
}

func TestResolve(t *testing.T) {
	text := "UNB+1'\r\nUNH+1'\n\nBGM'" + strings.Repeat("x", 3*resolveBuffer) + "\nUNT'\n"
	offsets := []int64{int64(len(text)), 0, 7, 8, 6, 14, 15, 16, -5, int64(len(text)) + 99, resolveBuffer - 1, resolveBuffer,
		resolveBuffer + 1, int64(len(text)) - 1, int64(len(text)) - 5, 8}
	var findings []Finding
	for i, o := range offsets {
		findings = append(findings, Finding{Pos: Position{Offset: o}, Related: []Position{{Offset: offsets[len(offsets)-1-i]}}})
	}
	if err := Resolve(strings.NewReader(text), int64(len(text)), findings); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		for _, p := range append(f.Related, f.Pos) {
			if line, col := lineAndCol(text, p.Offset); p.Line != line || p.Col != col {
				t.Errorf("offset %d: %d:%d, want %d:%d", p.Offset, p.Line, p.Col, line, col)
			}
		}
	}
}

func TestResolveRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\n\r")), 0, 200, -1).Draw(t, "text")
		var findings []Finding
		for _, o := range rapid.SliceOf(rapid.Int64Range(-2, 210)).Draw(t, "offsets") {
			findings = append(findings, Finding{Pos: Position{Offset: o}})
		}
		if err := Resolve(shortReader{text}, int64(len(text)), findings); err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if line, col := lineAndCol(text, f.Pos.Offset); f.Pos.Line != line || f.Pos.Col != col {
				t.Fatalf("offset %d: %d:%d, want %d:%d", f.Pos.Offset, f.Pos.Line, f.Pos.Col, line, col)
			}
		}
	})
}

// shortReader gives at most three bytes at a time.
type shortReader struct{ text string }

func (s shortReader) ReadAt(p []byte, off int64) (int, error) {
	return strings.NewReader(s.text).ReadAt(p[:min(3, len(p))], off)
}

func TestResolveErrors(t *testing.T) {
	findings := func() []Finding { return []Finding{{Pos: Position{Offset: 2}}, {Pos: Position{Offset: 50}}} }
	f := findings()
	if err := Resolve(bytes.NewReader([]byte("abc")), 100, f); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file shorter than its size gives %v", err)
	}
	if f[0].Pos.Line != 1 || f[0].Pos.Col != 3 || f[1].Pos.Line != 0 {
		t.Errorf("before the error %+v", f)
	}
	broken := errors.New("disk")
	if err := Resolve(brokenReader{broken}, 100, findings()); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := Resolve(brokenReader{broken}, 100, nil); err != nil {
		t.Errorf("read without findings: %v", err)
	}
	if err := Resolve(brokenReader{broken}, 0, findings()); err != nil {
		t.Errorf("read an empty file: %v", err)
	}
}

type brokenReader struct{ err error }

func (b brokenReader) ReadAt([]byte, int64) (int, error) { return 0, b.err }

// countingReader counts the bytes asked for and remembers the last offset.
type countingReader struct {
	io.ReaderAt
	largest int
	end     int64
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	c.largest = max(c.largest, len(p))
	c.end = max(c.end, off+int64(len(p)))
	return c.ReaderAt.ReadAt(p, off)
}

// TestResolveStopsEarly: no more is read than the last position needs, in pieces of the buffer's size.
func TestResolveStopsEarly(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789\n"), 1<<20)
	src := &countingReader{ReaderAt: bytes.NewReader(text)}
	findings := []Finding{{Pos: Position{Offset: 200_000}}}
	if err := Resolve(src, int64(len(text)), findings); err != nil {
		t.Fatal(err)
	}
	if src.largest > resolveBuffer || src.end > 200_000+resolveBuffer {
		t.Errorf("read up to %d in pieces of %d", src.end, src.largest)
	}
	if findings[0].Pos.Line != 200_000/11+1 {
		t.Errorf("line %d", findings[0].Pos.Line)
	}
}

func BenchmarkResolve(b *testing.B) {
	text := bytes.Repeat([]byte("NAD+CN+++SOME NAME OF A CONSIGNEE'\n"), 1<<18)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		f := []Finding{{Pos: Position{Offset: int64(len(text))}}}
		if err := Resolve(bytes.NewReader(text), int64(len(text)), f); err != nil {
			b.Fatal(err)
		}
	}
}
