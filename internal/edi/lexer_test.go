package edi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var edifact3 = Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}
var edifact4 = Delimiters{Component: ':', Element: '+', Repetition: '*', Release: '?', Segment: '\''}
var x12 = Delimiters{Component: '>', Element: '*', Segment: '~'}

// dump writes a segment as the reference splitter does: offset, length, gap and every component with its place.
func dump(s *Segment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d+%d gap %d flags %b raw %q tag %q", s.Offset, s.Length, s.Gap, s.Flags, s.Raw(), s.Tag())
	for e := 1; e <= s.NumElements(); e++ {
		b.WriteString(" |")
		for r := 1; r <= s.NumRepeats(e); r++ {
			if r > 1 {
				b.WriteString(" *")
			}
			for c := 1; c <= s.RepeatComponents(e, r); c++ {
				off, n := s.Span(e, r, c)
				fmt.Fprintf(&b, " %q@%d+%d", s.RepeatComponent(e, r, c), off, n)
			}
		}
	}
	return b.String()
}

// reference splits by the book, one byte after the other, with no window: what the lexer must agree with.
func reference(in []byte, d Delimiters) []string {
	var out []string
	for i := 0; i < len(in); {
		gap := 0
		for i < len(in) && strings.IndexByte("\r\n\t ", in[i]) >= 0 && !d.Contains(in[i]) {
			i, gap = i+1, gap+1
		}
		if i == len(in) {
			break
		}
		start, flags := i, Flags(0)
		end := -1
		for j := i; j < len(in); j++ {
			if d.Release != 0 && in[j] == d.Release {
				flags |= Escaped
				if j++; j == len(in) {
					flags |= Dangling
				}
				continue
			}
			if in[j] == d.Segment {
				end = j
				break
			}
		}
		i = end + 1
		if end < 0 {
			flags |= Unended
			end, i = len(in), len(in)
			for end > start && strings.IndexByte("\r\n\t ", in[end-1]) >= 0 && !d.Contains(in[end-1]) &&
				(end < 2 || flags&Dangling == 0) && !released(in[start:end-1], d) {
				end--
			}
		}
		raw := in[start:end]
		for j, c := range raw {
			if d.Contains(c) && !(j > 0 && released(raw[:j], d)) {
				if c == d.Repetition && d.Repetition != 0 {
					flags |= Repetition
				}
				continue
			}
			if c < 0x20 || c == 0x7f {
				flags |= Control
			}
			if c >= 0x80 {
				flags |= High
			}
		}
		var b strings.Builder
		elems := cut(raw, d.Element, d)
		fmt.Fprintf(&b, "%d+%d gap %d flags %b raw %q", start, len(raw), gap, flags, raw)
		off := start
		for e, el := range elems {
			if e > 0 {
				b.WriteString(" |")
			}
			o := off
			for r, rep := range cut(el, d.Repetition, d) {
				if r > 0 && e > 0 {
					b.WriteString(" *")
				}
				for c, comp := range cut(rep, d.Component, d) {
					if e == 0 {
						if r == 0 && c == 0 {
							fmt.Fprintf(&b, " tag %q", comp)
						}
					} else {
						fmt.Fprintf(&b, " %q@%d+%d", comp, o, len(comp))
					}
					o += len(comp) + 1
				}
			}
			off += len(el) + 1
		}
		out = append(out, b.String())
	}
	return out
}

// released reports whether the byte after b is covered by a release character.
func released(b []byte, d Delimiters) bool {
	n := 0
	for n < len(b) && d.Release != 0 && b[len(b)-1-n] == d.Release {
		n++
	}
	return n%2 == 1
}

func cut(b []byte, sep byte, d Delimiters) [][]byte {
	var out [][]byte
	start := 0
	for i := 0; i < len(b); i++ {
		if d.Release != 0 && b[i] == d.Release {
			i++
			continue
		}
		if sep != 0 && b[i] == sep {
			out = append(out, b[start:i])
			start = i + 1
		}
	}
	return append(out, b[start:])
}

func lex(t testing.TB, l *Lexer) []string {
	t.Helper()
	var out []string
	for {
		s, err := l.ReadSegment()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("after %d segments: %v", len(out), err)
		}
		out = append(out, dump(s))
	}
}

var inputs = []struct {
	in string
	d  Delimiters
}{
	{"", edifact3},
	{"'", edifact3},
	{"UNB+UNOA:3+A+B+261123:0915+1'UNZ+0+1'", edifact3},
	{"NAD+CN+++O?'BRIEN ?+ SONS?:??+1 MAIN ST?''\r\nRFF+BM:X?", edifact3},
	{"A+?'+?+'B:?:'", edifact3},
	{"\r\n\t  BGM+85+X+9'\r\n\r\n DTM+137:20261123:102'\r\n", edifact3},
	{"FTX+AAA+++LINE ONE\r\nLINE TWO:\xc4\xd6'X+\xe9'Y+a'", edifact3},
	{"RFF+A:1*B:2*C+D*E'NAD+X'", edifact4},
	{"RFF+A:1*B:2?*C+D*E", edifact4},
	{"ST*309*0001~M10*A>B~SE*3*0001~\n", x12},
	{"UNH+1+CUSCAR:D:95B:UN'UNT+2+1", edifact3},
	{"TRAILING+X   \r\n", edifact3},
	{strings.Repeat("LONGSEGMENTNAME+", 50) + "'X'", edifact3},
	{"+++:::'::+'", edifact3},
	{"\x00\x01\x1f'\x80'", edifact3},
	{"X+?\n'", edifact3},
	{"X+?\xe9'", edifact3},
	{"X+A\x7fB'Y+LONG ENOUGH FOR WORDS \x7f AND MORE'Z+?\x7f", edifact3},
}

func TestAgreesWithReference(t *testing.T) {
	for _, c := range inputs {
		want := strings.Join(reference([]byte(c.in), c.d), "\n")
		for name, l := range map[string]*Lexer{
			"bytes":      NewBytesLexer([]byte(c.in), c.d),
			"reader":     NewLexer(strings.NewReader(c.in), c.d, 0),
			"one byte":   NewLexer(iotest.OneByteReader(strings.NewReader(c.in)), c.d, 0),
			"data error": NewLexer(iotest.DataErrReader(strings.NewReader(c.in)), c.d, 0),
		} {
			if got := strings.Join(lex(t, l), "\n"); got != want {
				t.Errorf("%s of %q:\ngot  %s\nwant %s", name, c.in, got, want)
			}
		}
	}
}

// splitReader gives its input in two reads, cut at n.
type splitReader struct {
	in []byte
	n  int
}

func (r *splitReader) Read(p []byte) (int, error) {
	if len(r.in) == 0 {
		return 0, io.EOF
	}
	k := len(r.in)
	if r.n > 0 && r.n < k {
		k = r.n
	}
	k = copy(p, r.in[:k])
	r.in, r.n = r.in[k:], 0
	return k, nil
}

func TestEverySplitPoint(t *testing.T) {
	for _, c := range inputs {
		want := strings.Join(lex(t, NewBytesLexer([]byte(c.in), c.d)), "\n")
		for n := 0; n <= len(c.in); n++ {
			l := NewLexer(&splitReader{[]byte(c.in), n}, c.d, 0)
			l.buf = l.buf[:max(24, n)] // a window edge near the cut too
			if got := strings.Join(lex(t, l), "\n"); got != want {
				t.Fatalf("%q cut at %d:\ngot  %s\nwant %s", c.in, n, got, want)
			}
		}
	}
}

// A window that ends anywhere inside a long input must not change what is read: among others a release character as
// the last byte of the window.
func TestEveryWindowSize(t *testing.T) {
	in := []byte(strings.Repeat("NAD+CN+++O?'BRIEN ?+ SONS??'RFF+BM:AB?:C'FTX+AAA+++\xc3\xa9T\xc3\xa9:X'\r\n", 6))
	want := strings.Join(reference(in, edifact3), "\n")
	for size := 8; size < 200; size++ {
		l := NewLexer(bytes.NewReader(in), edifact3, 0)
		l.buf = make([]byte, size)
		if got := strings.Join(lex(t, l), "\n"); got != want {
			t.Fatalf("window of %d:\ngot  %s\nwant %s", size, got, want)
		}
	}
}

func TestPeekTagKeepsSegment(t *testing.T) {
	in := []byte("BGM+85+X'  RFF+BM:1'\r\nUNT+3+1'")
	for size := 8; size < 40; size++ {
		l := NewLexer(bytes.NewReader(in), edifact3, 0)
		l.buf = make([]byte, size)
		var tags []string
		for {
			s, err := l.ReadSegment()
			if err != nil {
				break
			}
			before := dump(s)
			tag := string(l.PeekTag())
			if after := dump(s); before != after {
				t.Fatalf("window of %d: PeekTag changed the segment\nbefore %s\nafter  %s", size, before, after)
			}
			tags = append(tags, tag)
		}
		if got := strings.Join(tags, ","); got != "RFF,UNT," {
			t.Fatalf("window of %d: peeked %q", size, got)
		}
	}
}

func TestOversizedSegmentIsSkipped(t *testing.T) {
	long := "FTX+AAA+++" + strings.Repeat("X?'", 4000)
	in := "BGM+1'" + long + "'RFF+BM:1'"
	for _, tagOnly := range []bool{false, true} {
		l := NewLexer(iotest.HalfReader(strings.NewReader(in)), edifact3, 1000)
		var got []string
		for {
			read := l.ReadSegment
			if tagOnly {
				read = l.ReadTag
			}
			s, err := read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s@%d+%d oversized %t", s.Tag(), s.Offset, s.Length, s.Flags&Oversized != 0))
		}
		want := fmt.Sprintf("BGM@0+5 oversized false,FTX@6+%d oversized true,RFF@%d+8 oversized false", len(long), 6+len(long)+1)
		if strings.Join(got, ",") != want {
			t.Errorf("tag only %t:\ngot  %s\nwant %s", tagOnly, strings.Join(got, ","), want)
		}
	}
}

// endless gives n bytes without a separator.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	k := min(len(p), e.n)
	for i := range p[:k] {
		p[i] = 'A'
	}
	e.n -= k
	return k, nil
}

func TestHundredMegabytesWithoutSeparator(t *testing.T) {
	l := NewLexer(&endless{100 << 20}, edifact3, 0)
	s, err := l.ReadSegment()
	if err != nil {
		t.Fatal(err)
	}
	if s.Flags&(Oversized|Unended) != Oversized|Unended || s.Length != 100<<20 {
		t.Errorf("flags %b, length %d", s.Flags, s.Length)
	}
	if len(l.buf) > DefaultMaxSegment+16 {
		t.Errorf("the window grew to %d bytes", len(l.buf))
	}
	if _, err := l.ReadSegment(); err != io.EOF {
		t.Errorf("then %v, want EOF", err)
	}
}

func TestReadErrorComesAfterTheSegments(t *testing.T) {
	boom := errors.New("boom")
	l := NewLexer(io.MultiReader(strings.NewReader("BGM+1'RFF"), iotest.ErrReader(boom)), edifact3, 0)
	var tags []string
	for {
		s, err := l.ReadSegment()
		if err != nil {
			if err != boom {
				t.Errorf("got %v, want the reader's own error", err)
			}
			break
		}
		tags = append(tags, string(s.Tag()))
	}
	if strings.Join(tags, ",") != "BGM,RFF" {
		t.Errorf("segments %v", tags)
	}
}

func TestCloneAndRewrite(t *testing.T) {
	l := NewBytesLexer([]byte("A+1'NAD+CN+X\r\nY:Z+?+'"), edifact3)
	if _, err := l.ReadSegment(); err != nil {
		t.Fatal(err)
	}
	s, err := l.ReadSegment()
	if err != nil {
		t.Fatal(err)
	}
	s.Rewrite(nil, nil, func(dst, c []byte, element int) []byte {
		return append(dst, bytes.ReplaceAll(c, []byte("\r\n"), nil)...)
	})
	for name, s := range map[string]*Segment{"rewritten": s, "clone": s.Clone()} {
		if got := string(s.Component(2, 1)); got != "XY" {
			t.Errorf("%s: value %q, want XY", name, got)
		}
		if off, n := s.Span(2, 1, 1); off != 11 || n != 4 {
			t.Errorf("%s: span %d+%d, want 11+4", name, off, n)
		}
		if got := string(s.Component(2, 2)); got != "Z" {
			t.Errorf("%s: second component %q", name, got)
		}
		if got := string(AppendUnescaped(nil, s.Element(3), '?')); got != "+" {
			t.Errorf("%s: unescaped %q", name, got)
		}
		if got := string(s.Tag()); got != "NAD" {
			t.Errorf("%s: tag %q", name, got)
		}
	}
}

func TestMissingPartsHaveAPlace(t *testing.T) {
	l := NewBytesLexer([]byte("NAD+CN++X'"), edifact3)
	s, err := l.ReadSegment()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e, r, c int
		off     int64
	}{{2, 1, 1, 7}, {2, 1, 3, 7}, {3, 1, 2, 9}, {4, 1, 1, 9}, {9, 1, 1, 9}} {
		if off, n := s.Span(c.e, c.r, c.c); off != c.off || n != 0 {
			t.Errorf("Span(%d,%d,%d) = %d+%d, want %d+0", c.e, c.r, c.c, off, n, c.off)
		}
		if v := s.Component(c.e, c.c); len(v) != 0 {
			t.Errorf("Component(%d,%d) = %q", c.e, c.c, v)
		}
	}
}

func TestNoAllocationASegment(t *testing.T) {
	in := []byte(strings.Repeat("NAD+CN+X::ZZZ++NAME+STREET:FLOOR 1+CITY++12345+NL'\r\n", 1000))
	l := NewBytesLexer(in, edifact3)
	if n := testing.AllocsPerRun(500, func() {
		if _, err := l.ReadSegment(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a segment", n)
	}
}

func FuzzLexer(f *testing.F) {
	for _, c := range inputs {
		f.Add([]byte(c.in), uint16(7), c.d.Repetition != 0)
	}
	f.Fuzz(func(t *testing.T, in []byte, cutAt uint16, v4 bool) {
		d := edifact3
		if v4 {
			d = edifact4
		}
		want := strings.Join(reference(in, d), "\n")
		l := NewLexer(&splitReader{in, int(cutAt)}, d, 0)
		l.buf = make([]byte, 8+int(cutAt)%64)
		got := lex(t, l)
		if strings.Join(got, "\n") != want {
			t.Fatalf("%q cut at %d:\ngot  %s\nwant %s", in, cutAt, strings.Join(got, "\n"), want)
		}
		tags := NewLexer(bytes.NewReader(in), d, 0)
		full := NewBytesLexer(in, d)
		for i := 0; ; i++ {
			a, errA := tags.ReadTag()
			b, errB := full.ReadSegment()
			if errA != errB {
				t.Fatalf("segment %d: ReadTag says %v, ReadSegment %v", i, errA, errB)
			}
			if errA != nil {
				break
			}
			if string(a.Tag()) != string(b.Tag()) || a.Offset != b.Offset || a.Length != b.Length || a.Gap != b.Gap || a.Flags&(High|Unended) != b.Flags&(High|Unended) {
				t.Fatalf("segment %d: ReadTag %q@%d+%d %b, ReadSegment %q@%d+%d %b", i, a.Tag(), a.Offset, a.Length, a.Flags, b.Tag(), b.Offset, b.Length, b.Flags)
			}
		}
	})
}

var benchInput = []byte(strings.Repeat("RFF+BM:MAEU0123456789'CNT+7:12345:KGM'LOC+9+CNSHA:139:6'NAD+CN+NL123456789::ZZZ++GLOBAL TRADING B.V.+12 HARBOUR ROAD:FLOOR 3+ROTTERDAM++12345+NL'GID+1+100:CT'FTX+AAA+++COTTON T-SHIRTS:PO NO 1'MEA+AAE+G+KGM:1234.50'SGP+MSKU1234565+100'", 4000))

func BenchmarkReadSegment(b *testing.B) {
	b.SetBytes(int64(len(benchInput)))
	b.ReportAllocs()
	l := NewBytesLexer(benchInput, edifact3)
	for b.Loop() {
		l.pos = 0
		for {
			if _, err := l.ReadSegment(); err != nil {
				break
			}
		}
	}
}

func BenchmarkReadTag(b *testing.B) {
	b.SetBytes(int64(len(benchInput)))
	b.ReportAllocs()
	l := NewBytesLexer(benchInput, edifact3)
	for b.Loop() {
		l.pos = 0
		for {
			if _, err := l.ReadTag(); err != nil {
				break
			}
		}
	}
}
