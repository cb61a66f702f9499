package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"cargogate/internal/edi"
	"cargogate/internal/edifact"
)

// HeadSize is how many of the first bytes SniffHead should be given, fewer only where the file is shorter.
const HeadSize = sniffSize

// A Sniffed is what the beginning of a file tells of its first interchange.
type Sniffed struct {
	Format  string // edifact, or unknown
	Test    bool   // the first interchange is marked as a test (DE 0035)
	Control string // see ControlKey; "" where the header names no control reference
	OK      bool   // the header was there as a whole
}

// SniffHead reads the header of the first interchange out of the first bytes of a file. It reads as the passes do, so
// that both agree, and says OK false where the header is missing or does not end within head.
func SniffHead(head []byte) Sniffed {
	format, fault, err := sniff(Original{ReaderAt: bytes.NewReader(head), Size: int64(len(head))})
	out := Sniffed{Format: format}
	if fault != nil || err != nil {
		return out
	}
	d := edifact.NewDecoder(bytes.NewReader(head), edifact.EnvelopeOnly(nil))
	for {
		s, err := d.ReadSegment()
		if err == io.EOF || err != nil || d.Kind() == edifact.MessageHeader {
			return out
		}
		if d.Kind() == edifact.InterchangeHeader {
			if s.Flags&edi.Unended != 0 {
				return out
			}
			ic := d.Interchange()
			out.Test, out.Control, out.OK = ic.Test(), ControlKey(ic), true
			return out
		}
	}
}

// ControlKey gives sender, recipient and control reference of an interchange as one key, "" where it has no control
// reference or one of the three holds letters outside of ASCII: in which character set they are read is known only when
// the whole interchange has been. What is too long for a key, or no text, is hashed.
func ControlKey(ic *edifact.Interchange) string {
	if ic.ControlReference == "" {
		return ""
	}
	var b strings.Builder
	for _, v := range []string{ic.Sender.ID, ic.Sender.Qualifier, ic.Recipient.ID, ic.Recipient.Qualifier} {
		b.WriteString(v)
		b.WriteByte('|')
	}
	b.WriteString(ic.ControlReference)
	key, odd := b.String(), b.Len() > 200
	for i := range len(key) {
		if key[i] >= 0x80 {
			return ""
		}
		odd = odd || key[i] < ' ' || key[i] == 0x7f
	}
	if !odd {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}
