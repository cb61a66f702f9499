package edifact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cargogate/internal/edi"
	"github.com/rogpeppe/go-internal/txtar"
)

var errNotWellFormed = errors.New("not well-formed")

// A plainSegment is a segment as values: elements, repeats, components, without what is empty at their ends.
type plainSegment struct {
	tag    string
	values [][][]string
}

// reencode reads in with the decoder and writes it with an Encoder for each interchange. Input in which the decoder
// reads something that no Encoder writes (segments outside an envelope, broken tags) gives errNotWellFormed.
func reencode(in []byte) (out []byte, segments []plainSegment, sets map[int]Charset, lost int, err error) {
	sets = map[int]Charset{}
	first := NewDecoder(bytes.NewReader(in), EnvelopeOnly(func(ic *Interchange) { sets[ic.Index] = ic.Charset }))
	for {
		if _, err := first.ReadSegment(); err == io.EOF {
			break
		} else if err != nil {
			return nil, nil, nil, 0, err
		}
	}
	var buf bytes.Buffer
	var e *Encoder
	var text Text
	d := NewDecoder(bytes.NewReader(in), WithCharsets(func(i int) (Charset, bool) { c, ok := sets[i]; return c, ok }))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, nil, 0, err
		}
		ic := d.Interchange()
		if d.Kind() == InterchangeHeader {
			if e != nil {
				lost += e.Lost()
				if err := e.Flush(); err != nil {
					return nil, nil, nil, 0, err
				}
			}
			e = NewEncoder(&buf, EncoderOptions{UNA: ic.HasUNA, Delimiters: ic.Delimiters, DecimalMark: ic.DecimalMark,
				SyntaxID: ic.SyntaxID, SyntaxVersion: ic.SyntaxVersion, Charset: ic.Charset, Line: lineEnd(in)})
		}
		if e == nil || d.Kind() == Stray || s.NumComponents(0) > 1 || s.Flags&(edi.Oversized|edi.Dangling) != 0 {
			return nil, nil, nil, 0, fmt.Errorf("%w: segment %s", errNotWellFormed, s.Tag())
		}
		text.Reset(ic)
		elements, plain := elementsOf(&text, s)
		segments = append(segments, plainSegment{string(s.Tag()), plain})
		if d.Kind() == InterchangeHeader && (len(plain) == 0 || !ic.HasUNA && !shown(ic.Delimiters)) {
			return nil, nil, nil, 0, fmt.Errorf("%w: UNB does not show its service characters", errNotWellFormed)
		}
		if d.Kind() == Body {
			err = e.Segment(string(s.Tag()), elements...)
		} else {
			err = e.Service(string(s.Tag()), elements...)
		}
		if err != nil {
			return nil, nil, nil, 0, fmt.Errorf("%w: %w", errNotWellFormed, err)
		}
	}
	if e == nil {
		return nil, nil, nil, 0, errNotWellFormed
	}
	if err := e.Flush(); err != nil {
		return nil, nil, nil, 0, err
	}
	return buf.Bytes(), segments, sets, lost + e.Lost(), nil
}

// shown reports whether a reader knows the service characters from UNB alone: the standard ones with another element
// separator at most, or the information separators.
func shown(d edi.Delimiters) bool {
	return d.Segment == 0x1c || d.Component == standard.Component && d.Segment == standard.Segment && d.Release == standard.Release
}

// lineEnd gives what follows the segments of in, as far as its end shows.
func lineEnd(in []byte) string {
	switch {
	case bytes.HasSuffix(in, []byte("\r\n")):
		return "\r\n"
	case bytes.HasSuffix(in, []byte("\n")):
		return "\n"
	}
	return ""
}

// elementsOf gives the elements of a segment, for an Encoder and as plain values.
func elementsOf(text *Text, s *edi.Segment) (elements []Element, plain [][][]string) {
	for i := 1; i <= s.NumElements(); i++ {
		var repeats []Element
		var values [][]string
		for r := 1; r <= s.NumRepeats(i); r++ {
			var components []string
			for c := 1; c <= s.RepeatComponents(i, r); c++ {
				components = append(components, text.String(s, s.RepeatComponent(i, r, c)))
			}
			repeats = append(repeats, Composite(components...))
			values = append(values, trimmed(components))
		}
		elements = append(elements, Repeated(repeats...))
		plain = append(plain, trimEmpty(values))
	}
	return elements, trimEmpty(plain)
}

func trimEmpty[T any](parts [][]T) [][]T {
	for len(parts) > 0 && len(parts[len(parts)-1]) == 0 {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// canonical are interchanges as they should be written: each comes back byte for byte.
var canonical = []string{
	"UNA:+.? 'UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'UNZ+1+7'",
	"UNA:+,? '\r\nUNB+UNOC:3+A+B+261123:0915+7'\r\nUNH+1+CUSCAR:D:95B:UN'\r\nFTX+AAA+++M\xfcNCHEN:?+?:??'\r\nUNT+3+1'\r\nUNZ+1+7'\r\n",
	"UNB+UNOA:1+A:ZZ:REV+B:14:FWD+261123:0915+7+PW:AA+CUSCAR+A+1+EDI+1'\nUNG+CUSCAR+A+B+261123:0915+1+UN+D:95B'\nUNH+1+CUSCAR:D:95B:UN:LOT10+C+1:C'\nUNT+2+1'\nUNE+1+1'\nUNZ+1+7'\n",
	"UNB+UNOW:4+A:ZZ:I:S+B+20261123:0915+7'UNH+1+CUSCAR:D:16A:UN'FTX+AAA+++A*B:C**?*D'UNT+3+1'UNZ+1+7'",
	"UNA|^.\\#~UNB^UNOC|4^A^B^20261123|0915^8~UNH^1^CUSCAR|D|95B|UN~FTX^A#B\\#~UNT^3^1~UNZ^1^8~",
	"UNB\x1dUNOB\x1f1\x1dA\x1dB\x1d261123\x1f0915\x1d7\x1cUNH\x1d1\x1dCUSCAR\x1fD\x1f95B\x1fUN\x1cUNT\x1d2\x1d1\x1cUNZ\x1d1\x1d7\x1c",
	"UNB+UNOE:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'NAD+CN+++\xbc\xde\xe1\xda\xd2\xd0'UNT+3+1'UNZ+1+7'",
	"UNB+UNOA:2+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'NAD+CN+++K\xc3\xb6ln'UNT+3+1'UNZ+1+7'UNB+UNOB:2+A+B+261123:0915+8'UNH+1+CUSCAR:D:95B:UN'NAD+CN+++\x80 \x95'UNT+3+1'UNZ+1+8'",
}

func TestCanonicalInputComesBackByteForByte(t *testing.T) {
	for _, in := range canonical {
		out, _, _, lost, err := reencode([]byte(in))
		if err != nil || lost != 0 || string(out) != in {
			t.Errorf("lost %d, error %v\ngot  %q\nwant %q", lost, err, out, in)
		}
	}
}

// goldens gives the files of the repository's goldens, those in archives too.
func goldens(t testing.TB) (files [][]byte) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "..", "testdata"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		var parts []txtar.File
		switch filepath.Ext(path) {
		case ".txtar":
			archive, err := txtar.ParseFile(path)
			if err != nil {
				return err
			}
			parts = archive.Files
		case ".edi":
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			parts = []txtar.File{{Data: b}}
		}
		for _, part := range parts {
			if len(part.Data) < 64<<10 {
				files = append(files, part.Data)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// seeds gives fuzz seeds: goldens, and what the other tests of this package read.
func seeds(f *testing.F) {
	for _, in := range canonical {
		f.Add([]byte(in))
	}
	for _, c := range envelopes {
		f.Add([]byte(c.in))
	}
	for _, b := range goldens(f) {
		f.Add(b)
	}
}

// FuzzEncoder: what is read and written once is in the Encoder's own form, so reading and writing it again changes
// nothing; and the first writing kept every value.
func FuzzEncoder(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		once, read, sets, lost, err := reencode(in)
		if err != nil {
			if !errors.Is(err, errNotWellFormed) {
				t.Fatal(err)
			}
			return
		}
		twice, reread, again, _, err := reencode(once)
		if err != nil {
			t.Fatalf("%q cannot be read again: %v", once, err)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("written  %q\nand then %q", once, twice)
		}
		// Where a line break or a needless release character goes, the bytes on both sides may become one character:
		// then the text reads as UTF-8 that did not before.
		if lost == 0 && reflect.DeepEqual(sets, again) && !reflect.DeepEqual(normal(read), normal(reread)) {
			t.Fatalf("%q\nread    %v\nwritten %q\nread    %v", in, read, once, reread)
		}
	})
}

func TestTextWithoutSyntaxIsNotWritten(t *testing.T) {
	if out, _, _, _, err := reencode([]byte(strings.Repeat("HELLO ", 3))); !errors.Is(err, errNotWellFormed) {
		t.Errorf("got %q and %v", out, err)
	}
}
