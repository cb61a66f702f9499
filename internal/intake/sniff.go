package intake

import (
	"bytes"
	"io"

	"cargogate/internal/diag"
)

// Formats that a File can have.
const (
	FormatEDIFACT = "edifact"
	FormatUnknown = "unknown"
)

// sniffSize is how many bytes decide about the format: white space before an UNB seldom passes a line.
const sniffSize = 4 << 10

// compressed are the beginnings of files that hold others.
var compressed = []struct{ magic, kind string }{
	{"\x1f\x8b", "gzip"},
	{"PK\x03\x04", "zip"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
}

// sniff gives the format of o, and for a format that is not read the finding that says so.
func sniff(o Original) (format string, fault *diag.Finding, err error) {
	head := make([]byte, min(o.Size, sniffSize))
	if _, err := io.ReadFull(io.NewSectionReader(o, 0, o.Size), head); err != nil && len(head) > 0 {
		return "", nil, err
	}
	at := diag.Position{Length: min(len(head), 16)}
	for _, c := range compressed {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			at.Length = len(c.magic)
			return FormatUnknown, &diag.Finding{Code: diag.CompressedFile, Pos: at, Args: []diag.Arg{diag.A("kind", c.kind)}}, nil
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n\t ")
	if len(text) == 0 && int64(len(head)) == o.Size {
		return FormatUnknown, &diag.Finding{Code: diag.EmptyFile}, nil
	}
	// A file cut into lines may break its first tag too.
	start := bytes.NewBuffer(nil)
	for _, b := range text[:min(len(text), 16)] {
		if b != '\r' && b != '\n' {
			start.WriteByte(b)
		}
	}
	if s := start.Bytes(); len(s) >= 3 && s[0] == 'U' {
		switch string(s[:3]) {
		case "UNA", "UNB", "UNG", "UNH", "UIB":
			return FormatEDIFACT, nil, nil
		}
	}
	at.Offset = int64(len(head) - len(text))
	at.Length = min(len(text), 16)
	return FormatUnknown, &diag.Finding{Code: diag.UnknownFormat, Pos: at, Value: diag.Clip(text[:at.Length]), Args: []diag.Arg{diag.A("start", diag.Clip(text[:at.Length]))}}, nil
}
