package edifact

import "cargogate/internal/edi"

// An Interchange is the header of one interchange, UNA and UNB, with its values unescaped and in UTF-8.
type Interchange struct {
	Index  int   // 1-based in the file
	Offset int64 // of the UNA, or of the UNB where there is none

	HasUNA      bool
	Delimiters  edi.Delimiters
	DecimalMark byte // '.' or ',': UNA's third service character; '.' without UNA

	HasHeader     bool   // false for messages that came without an UNB
	SyntaxID      string // DE 0001: UNOA … UNOY
	SyntaxVersion int    // DE 0002: 1 to 4; 3 is assumed where it is missing or not a number

	Sender           Address // S002
	Recipient        Address // S003
	Date             string  // DE 0017 as sent: YYMMDD, in version 4 CCYYMMDD
	Time             string  // DE 0019 as sent: HHMM
	ControlReference string  // DE 0020
	Application      string  // DE 0026
	Priority         string  // DE 0029
	AckRequest       string  // DE 0031: 1 acknowledgement wanted; 2 receipt only (version 4)
	Agreement        string  // DE 0032
	TestIndicator    string  // DE 0035: 1 test

	Charset Charset // what the text is read in; known after the first pass
	Wrapped bool    // the file is cut into lines of one length: its line breaks carry nothing
}

// An Address is one side of an interchange or functional group (S002, S003, S006, S007).
type Address struct {
	ID          string // DE 0004, 0010, 0040 or 0044
	Qualifier   string // DE 0007
	Internal    string // DE 0008 or 0014
	SubInternal string // DE 0042 or 0046, version 4
}

// Test reports whether the sender marked the interchange as a test (DE 0035 holds anything but empty or 0).
func (ic *Interchange) Test() bool { return ic.TestIndicator != "" && ic.TestIndicator != "0" }

// Layout gives the layout of directory segments that the syntax version asks for: 4, or 3 for all before.
func (ic *Interchange) Layout() int {
	if ic.SyntaxVersion >= 4 {
		return 4
	}
	return 3
}

// A Group is a functional group header, UNG.
type Group struct {
	Index     int    // 1-based in the interchange
	Offset    int64  // of the UNG
	Type      string // DE 0038: the message type of all its messages up to version 3
	Sender    Address
	Recipient Address
	Reference string // DE 0048
	Version   string // DE 0052, "" where the group names none
	Release   string // DE 0054
	Messages  int    // read so far
	firstType string
}

// A Message is a message header, UNH.
type Message struct {
	Index       int   // 1-based in the interchange
	Offset      int64 // of the UNH
	Reference   string
	Type        string // DE 0065: CUSCAR
	Version     string // DE 0052: D
	Release     string // DE 0054: 95B
	Agency      string // DE 0051: UN
	Association string // DE 0057
	Common      string // DE 0068, common access reference
	Group       *Group // nil where the interchange has no groups
}

// Directory gives version and release as people write them, "D.95B".
func (m *Message) Directory() string {
	if m.Release == "" {
		return m.Version
	}
	return m.Version + "." + m.Release
}
