package intake

import (
	"bytes"
	"strings"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/synth"
)

// firstHead gives what the full reader makes of the first interchange.
func firstHead(t testing.TB, in []byte) (control string, test, header bool) {
	t.Helper()
	first := true
	_, err := Read(Original{ReaderAt: bytes.NewReader(in), Size: int64(len(in))}, Options{Judge: judge{interchange: func(h *Head) ([]diag.Finding, error) {
		if first {
			first, control, test, header = false, h.Control, h.Test(), h.HasHeader
		}
		return nil, nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return control, test, header
}

func TestSniffHead(t *testing.T) {
	rest := bill("1", "100") + "UNZ+1+7'"
	long := strings.Repeat("X", 300)
	for _, c := range []struct {
		name, in string
		want     Sniffed
	}{
		{"plain", "UNB+UNOC:3+AAA+BBB+261123:0915+7'" + rest, Sniffed{"edifact", false, "AAA||BBB||7", true}},
		{"qualifiers", "UNB+UNOC:3+AAA:ZZ:X+BBB:14+261123:0915+7'" + rest, Sniffed{"edifact", false, "AAA|ZZ|BBB|14|7", true}},
		{"test", "UNB+UNOC:3+AAA+BBB+261123:0915+7++++++1'" + rest, Sniffed{"edifact", true, "AAA||BBB||7", true}},
		{"no test", "UNB+UNOC:3+AAA+BBB+261123:0915+7++++++0'" + rest, Sniffed{"edifact", false, "AAA||BBB||7", true}},
		{"UNA", "UNA;*.! |UNB*UNOC;3*AAA!**BBB*261123;0915*7|", Sniffed{"edifact", false, "AAA*||BBB||7", true}},
		{"gap and mark", "\xef\xbb\xbf \r\n UNB+UNOC:3+AAA+BBB+261123:0915+7'\r\n" + rest, Sniffed{"edifact", false, "AAA||BBB||7", true}},
		{"cut", "UNB+UNOC:3+AAA+BBB+261123:0915+7", Sniffed{"edifact", false, "", false}},
		{"no reference", "UNB+UNOC:3+AAA+BBB+261123:0915'" + rest, Sniffed{"edifact", false, "", true}},
		{"no header", rest, Sniffed{"edifact", false, "", false}},
		{"not EDIFACT", "<xml/>", Sniffed{"unknown", false, "", false}},
		{"packed", "\x1f\x8b0000", Sniffed{"unknown", false, "", false}},
		{"nothing", "", Sniffed{"unknown", false, "", false}},
		{"too long", "UNB+UNOC:3+" + long + "+BBB+261123:0915+7'" + rest, Sniffed{"edifact", false, "sha256:", true}},
		{"letters outside of ASCII", "UNB+UNOC:3+AAA+BBB+261123:0915+\xdc++++++1'" + rest, Sniffed{"edifact", true, "", true}},
		{"no text", "UNB+UNOC:3+A\x01\x00A+BBB+261123:0915+7'" + rest, Sniffed{"edifact", false, "sha256:", true}},
	} {
		got := SniffHead([]byte(c.in))
		if strings.HasPrefix(c.want.Control, "sha256") && len(got.Control) == len("sha256:")+64 {
			got.Control = "sha256:"
		}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The head of a larger file tells what the whole of it does.
func TestSniffHeadOfLargeFile(t *testing.T) {
	for seed := range uint64(8) {
		var b bytes.Buffer
		if _, err := synth.WriteCUSCAR(&b, synth.CUSCAROptions{Seed: seed, Size: 40_000, CRLF: seed%2 == 1}); err != nil {
			t.Fatal(err)
		}
		in := b.Bytes()
		control, test, _ := firstHead(t, in)
		if got := SniffHead(in[:HeadSize]); !got.OK || got.Control != control || got.Test != test || control == "" {
			t.Errorf("seed %d: %+v, the reader says %q, %t", seed, got, control, test)
		}
	}
}

// FuzzSniffHead compares it with the full reader, on files that it is given as a whole.
func FuzzSniffHead(f *testing.F) {
	for _, in := range []string{
		"UNB+UNOC:3+AAA+BBB+261123:0915+7++++++1'UNH+1+CUSCAR:D:95B:UN'UNT+2+1'UNZ+1+7'", "UNA:+.? 'UNB+UNOA:4+A?+A:1+B+20261123:0915+7'UNZ+0+7'",
		"UNA'UNB+UNOA:1+A+B+1:1+1'", "UNH+1+X'UNT+2+1'UNB+UNOC:3+A+B+1:1+1'", "UNB+UNOC:3+A+B\r\n+1:1+1'\r\nUNZ+0+1'\r\n", "UNB+UNOW:4+Ä+B+1:1+Ü'", "UIB+UNOA:4'",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > HeadSize {
			in = in[:HeadSize]
		}
		got := SniffHead(in)
		if !got.OK {
			return
		}
		if control, test, header := firstHead(t, in); !header || got.Control != control || got.Test != test {
			t.Errorf("%q: %+v, the reader says %q, %t, header %t", in, got, control, test, header)
		}
		// What comes behind the header changes nothing.
		if i := bytes.IndexByte(in, '\''); i > 0 && bytes.IndexByte(in, '\n') < 0 {
			if more := SniffHead(append(bytes.Clone(in), "UNH+1+X'UNT+2+1'"...)); more != got {
				t.Errorf("%q: %+v, with more behind it %+v", in, got, more)
			}
		}
	})
}
