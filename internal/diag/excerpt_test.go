package diag

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// displayColumns counts columns the long way: a base character is one or two, a mark is none.
func displayColumns(s string) int {
	n := 0
	for _, c := range (&window{bytes: []byte(s), stop: len(s), from: -1, to: -1}).cells() {
		n += c.width
	}
	return n
}

// underCarets gives what stands over the carets.
func underCarets(e excerpt) string {
	var b strings.Builder
	col := 0
	for _, c := range (&window{bytes: []byte(e.text), stop: len(e.text), from: -1, to: -1}).cells() {
		if col >= e.caret && col < e.caret+e.carets {
			b.WriteString(c.text)
		}
		col += c.width
	}
	return b.String()
}

// TestExcerpt marks the offending bytes in the input: from § to ¶.
func TestExcerpt(t *testing.T) {
	for _, c := range []struct{ name, marked, text, under string }{
		{"whole line", "UNB+1'\nNAD+CN+§XX¶'\nUNT'\n", "NAD+CN+XX'", "XX"},
		{"start of file", "§UNB¶+1'", "UNB+1'", "UNB"},
		{"end of line", "UNB+1§'¶\nUNT'", "UNB+1'", "'"},
		{"place between bytes", "NAD+CN+§¶+X'", "NAD+CN++X'", "+"},
		{"CRLF is not shown", "UNB+§1¶'\r\nUNT'", "UNB+1'", "1"},
		{"line break inside", "UNB+1'NAD+C§\n¶N'\nUNT'", "UNB+1'NAD+C␊", "␊"},
		{"CRLF inside", "NAD+C§\r\n¶N'\nUNT'", "NAD+C␍␊", "␍␊"},
		{"over two lines", "A+§b\nc¶+d'\ne", "A+b␊c+d'", "b␊c"},
		{"tab and control", "\tNAD+§\x00\x1b¶+\x7f'", "→NAD+··+·'", "··"},
		{"Latin-1", "NAD+§caf\xe9¶'", "NAD+caf�'", "caf�"},
		{"UTF-8", "NAD+Zürich+§ß¶'", "NAD+Zürich+ß'", "ß"},
		{"wide", "NAD+東京+§横浜¶'", "NAD+東京+横浜'", "横浜"},
		{"combining marks", "NAD+e\u0301e\u0301+§X¶'", "NAD+e\u0301e\u0301+X'", "X"},
		{"starts with a mark", "NAD+e§\u0301¶'", "NAD+e·'", "·"},
		{"bidi override", "NAD+\u202e§X¶'", "NAD+·X'", "X"},
		{"end of file", "UNB+1'\nUNT+1'§¶", "UNT+1'", ""},
		{"end after line breaks", "UNB+1'\nUNT+1'\r\n\n§¶", "UNT+1'", ""},
		{"only line breaks", "\n\n§¶", "", ""},
	} {
		from := strings.Index(c.marked, "§")
		text := strings.Replace(c.marked, "§", "", 1)
		to := strings.Index(text, "¶")
		text = strings.Replace(text, "¶", "", 1)
		e, err := takeExcerpt(strings.NewReader(text), int64(len(text)), Position{Offset: int64(from), Length: to - from}, 80)
		if err != nil {
			t.Fatal(err)
		}
		if e.text != c.text || underCarets(e) != c.under {
			t.Errorf("%s: %q with carets at %d+%d under %q, want %q and %q", c.name, e.text, e.caret, e.carets, underCarets(e), c.text, c.under)
		}
		if c.under == "" && e.caret != displayColumns(e.text) {
			t.Errorf("%s: caret at %d, want it after the text", c.name, e.caret)
		}
	}
}

func TestExcerptLinesBack(t *testing.T) {
	for text, want := range map[string]int{"UNT'": 0, "UNT'\n": 1, "UNT'\r\n\r\n": 2, "A\nUNT'\n": 1, "\n\n": 0} {
		e, err := takeExcerpt(strings.NewReader(text), int64(len(text)), Position{Offset: int64(len(text))}, 80)
		if err != nil || e.linesBack != want {
			t.Errorf("%q: %d lines back, want %d (%v)", text, e.linesBack, want, err)
		}
	}
}

// TestExcerptOneLine puts the carets at the right byte anywhere in a file of one line and a megabyte, and reads only
// the surroundings.
func TestExcerptOneLine(t *testing.T) {
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte('!' + i%90) // neighbours differ
	}
	size := int64(len(text))
	for _, offset := range []int64{0, 1, 40, 98, 99, 100, 500_000, size - 100, size - 99, size - 2, size - 1} {
		for _, length := range []int{0, 1, 7, 90, 500, 1 << 19} {
			src := &countingReader{ReaderAt: bytes.NewReader(text)}
			e, err := takeExcerpt(src, size, Position{Offset: offset, Length: length}, 100)
			if err != nil {
				t.Fatal(err)
			}
			if n := utf8.RuneCountInString(e.text); n > 100 || n < 98 && length <= 90 {
				t.Errorf("%d+%d: %d columns", offset, length, n)
			}
			if src.largest > 2000 {
				t.Errorf("%d+%d: %d bytes read", offset, length, src.largest)
			}
			end := min(offset+max(int64(length), 1), size)
			under, want := underCarets(e), string(text[offset:end])
			if !strings.HasPrefix(want, under) || under == "" || len(under) < min(len(want), 90) {
				t.Errorf("%d+%d: carets under %q, want %q", offset, length, under, want[:min(len(want), 120)])
			}
			if cutLeft := strings.HasPrefix(e.text, cut); cutLeft != !strings.HasPrefix(string(text), strings.TrimSuffix(e.text, cut)) {
				t.Errorf("%d+%d: cut on the left is shown wrongly in %q", offset, length, e.text)
			}
			if cutRight := strings.HasSuffix(e.text, cut); cutRight != !strings.HasSuffix(string(text), strings.TrimPrefix(e.text, cut)) {
				t.Errorf("%d+%d: cut on the right is shown wrongly in %q", offset, length, e.text)
			}
		}
	}
}

// TestExcerptCutsWholeCharacters: where the reading begins or ends inside a character, no half of it is shown.
func TestExcerptCutsWholeCharacters(t *testing.T) {
	text := strings.Repeat("東", 10_000)
	for offset := int64(12_000); offset < 12_012; offset++ {
		e, err := takeExcerpt(strings.NewReader(text), int64(len(text)), Position{Offset: offset, Length: 1}, 60)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Trim(e.text, cut) != strings.Repeat("東", utf8.RuneCountInString(e.text)-2) || underCarets(e) != "東" {
			t.Errorf("offset %d: %q, carets under %q", offset, e.text, underCarets(e))
		}
	}
}

func TestExcerptErrors(t *testing.T) {
	broken := errors.New("disk")
	if _, err := takeExcerpt(brokenReader{broken}, 10, Position{}, 80); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := takeExcerpt(strings.NewReader("abc"), 10, Position{}, 80); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

// FuzzExcerpt: for any bytes and any position the excerpt is valid UTF-8, fits, shows nothing unprintable, and has
// its carets under what stands at the position.
func FuzzExcerpt(f *testing.F) {
	f.Add([]byte("UNB+UNOA:1+S+R+260101:1200+1'UNZ+0+1'"), int64(4), 6, 100)
	f.Add([]byte("UNB+\xe9\xff'\r\nNAD+\xe6\x9d\xb1\xe4'\n"), int64(14), 3, 20)
	f.Add([]byte("e\u0301\u0301\u0301\u0301\u0301\u0301\t\x00\u202e"), int64(3), 9, 30)
	f.Add(bytes.Repeat([]byte("東"), 300), int64(451), 2, 50)
	f.Add([]byte("\n\r\n"), int64(3), 0, 40)
	f.Fuzz(func(t *testing.T, text []byte, offset int64, length, columns int) {
		if columns > 500 {
			columns %= 500
		}
		size := int64(len(text))
		e, err := takeExcerpt(bytes.NewReader(text), size, Position{Offset: offset, Length: length}, columns)
		if err != nil {
			t.Fatal(err)
		}
		columns = max(columns, 20)
		if !utf8.ValidString(e.text) || !isPrintable(e.text) {
			t.Fatalf("not printable: %q", e.text)
		}
		wide := displayColumns(e.text)
		if wide > columns || len(e.text) > columns*(1+maxMarks)*utf8.UTFMax {
			t.Fatalf("%d columns in %d bytes, allowed are %d columns", wide, len(e.text), columns)
		}
		if e.carets < 1 || e.caret < 0 || e.caret+e.carets > columns+1 {
			t.Fatalf("carets at %d+%d of %d", e.caret, e.carets, wide)
		}
		if e.linesBack > bytes.Count(text, newline) {
			t.Fatalf("%d lines back", e.linesBack)
		}
		if offset < 0 || offset >= size || length < 0 {
			return
		}
		at := offset // the start of the character that holds the byte
		for at > 0 && offset-at < utf8.UTFMax-1 && !utf8.RuneStart(text[at]) {
			at--
		}
		r, n := utf8.DecodeRune(text[at:])
		if at+int64(n) <= offset {
			at = offset
			r, n = utf8.DecodeRune(text[at:])
		}
		under := underCarets(e)
		switch {
		case length == 0 && r == '\n':
			if under != "" { // the place is after the line's last byte, or its CR
				t.Fatalf("carets under %q at a line end", under)
			}
		case r == utf8.RuneError && n == 1, r == '\r', r == '\n':
			// shown as a sign of its own, or not at all before a line end; the table test holds these
		case r < utf8.RuneSelf && r >= 0x20 && r < 0x7f:
			if !strings.HasPrefix(under, string(r)) {
				t.Fatalf("carets under %q, want %q in %q", under, r, e.text)
			}
		}
	})
}
