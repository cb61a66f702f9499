// Package cusres writes CUSRES, the customs response: what was decided about one consignment of a CUSCAR that was received.
//
// The answer is a message of the directory release that the sender used (UN/EDIFACT D.95B to D.18A), in an interchange of its
// syntax version. There are three shapes: to D.96A the transport document stands in the group of RFF at the end, from D.96B
// on in that before the errors, and from D.02B on GEI stands where GIS stood.
package cusres

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"cargogate/internal/edifact"
)

// Reasons why nothing is written.
var (
	// ErrNoAddress says that the header of the interchange lacks whom to answer.
	ErrNoAddress = errors.New("cusres: the interchange header does not say whom to answer")
	// ErrLong says that a number is longer than the message has room for: a part of it would be another's.
	ErrLong = errors.New("cusres: too long to be repeated")
	// ErrRelease says that the release is none that has a CUSRES here.
	ErrRelease = errors.New("cusres: no release of the directory")
)

// A Status is what was decided.
type Status string

// Statuses. Held, Inspect and DoNotLoad keep the goods.
const (
	Released  Status = "released"
	Held      Status = "held"
	Inspect   Status = "inspect"
	DoNotLoad Status = "do_not_load"
	Rejected  Status = "rejected"
)

// indicators give a status as DE 7365, and in words for the free text.
var indicators = map[Status]struct{ code, words string }{
	Released:  {"4", "RELEASED"},
	Held:      {"7", "HELD"},
	Inspect:   {"5", "TO BE EXAMINED"},
	DoNotLoad: {"7", "DO NOT LOAD"},
	Rejected:  {"2", "REJECTED"},
}

// documentKinds give DE 1153 of a transport document by its kind in a record.
var documentKinds = map[string]string{"master_bill": "MB", "house_bill": "BH", "bill": "BM", "master_awb": "MWB", "house_awb": "HWB", "awb": "AWB"}

// A Response is one answer.
type Response struct {
	Interchange      *edifact.Interchange // that is answered: addresses, syntax, test
	ControlReference string               // DE 0020 of the answer: 1 to 14 characters of UNOA
	Stamp            time.Time            // when it was decided; written in UTC
	Release          string               // of the message that is answered: "95B"
	Filing           string               // its document number (DE 1004); may be empty
	Document         string               // number of the transport document
	DocumentKind     string               // as in a record: master_bill, house_bill, bill, …
	Registration     string               // ours of the consignment; may be empty
	Status           Status
	Reason           string // code; may be empty
	ReasonText       string // what it means; may be empty
	Equipment        []string
}

// Bounds of the message tables and of DE 8260, 1004 and 4440.
const (
	maxEquipment   = 99
	maxContainer   = 17
	maxText        = 70
	shortReference = 35
	longReference  = 70
	maxTexts       = 5
)

// shape says where things stand.
type shape struct {
	late  bool // RFF comes before the errors, in SG3 (D.96B on)
	gei   bool // GEI in the place of GIS (D.02B on)
	limit int  // characters of a reference (DE 1154)
}

// shapeOf gives the shape of a release: two digits of the year and a letter.
func shapeOf(release string) (shape, error) {
	if len(release) != 3 || release[0] < '0' || release[0] > '9' || release[1] < '0' || release[1] > '9' || release[2] != 'A' && release[2] != 'B' {
		return shape{}, fmt.Errorf("%w: D.%.10q", ErrRelease, release)
	}
	year := 2000 + int(release[0]-'0')*10 + int(release[1]-'0')
	if release[0] == '9' {
		year -= 100
	}
	at := 2*year + int(release[2]-'A')
	s := shape{late: at >= 2*1996+1, gei: at >= 2*2002+1, limit: shortReference}
	if s.gei {
		s.limit = longReference
	}
	if at < 2*1995+1 {
		return shape{}, fmt.Errorf("%w: D.%s is older than D.95B", ErrRelease, release)
	}
	return s, nil
}

// Append appends the answer: one interchange with one CUSRES, from the recipient of what is answered to its sender.
func Append(dst []byte, r Response) ([]byte, error) {
	s, err := shapeOf(r.Release)
	if err != nil {
		return dst, err
	}
	ic := r.Interchange
	if ic == nil || !ic.HasHeader || ic.Sender.ID == "" || ic.Recipient.ID == "" {
		return dst, ErrNoAddress
	}
	what, ok := indicators[r.Status]
	if !ok {
		return dst, fmt.Errorf("cusres: there is no status %q", r.Status)
	}
	if r.ControlReference == "" || len(r.ControlReference) > 14 || !edifact.Holds("UNOA", r.ControlReference) {
		return dst, fmt.Errorf("cusres: %q cannot be the reference of an interchange", r.ControlReference)
	}
	for _, v := range []string{r.Document, r.Filing, r.Registration} {
		if len([]rune(v)) > s.limit {
			return dst, fmt.Errorf("%w: %.40q has more than %d characters", ErrLong, v, s.limit)
		}
	}
	if r.Document == "" {
		return dst, errors.New("cusres: no transport document is named")
	}
	texts := []string{what.words}
	if r.Reason != "" || r.ReasonText != "" {
		texts = append(texts, pieces(strings.TrimSpace(r.Reason+" "+r.ReasonText))...)
	}
	texts = texts[:min(len(texts), maxTexts)]
	all := append([]string{r.Document, r.Filing, r.Registration, ic.Sender.ID, ic.Recipient.ID}, texts...)
	version := ic.SyntaxVersion
	stamp := r.Stamp.UTC()
	date := stamp.Format("060102")
	if version >= 4 {
		date = stamp.Format("20060102")
	}
	test := ""
	if ic.Test() {
		test = "1"
	}
	var out bytes.Buffer
	id := edifact.AnswerSyntax(ic, append(all, r.Equipment...))
	w := &writer{edifact.NewEncoder(&out, edifact.EncoderOptions{
		UNA: version < 4 && (ic.HasUNA || version < 3 && id == "UNOB"), SyntaxID: id, SyntaxVersion: version,
	})}
	// Errors of the encoder stay, so that the last call tells of the first.
	_ = w.e.BeginInterchange(&edifact.Interchange{Sender: edifact.AnswerAddress(ic.Recipient, version), Recipient: edifact.AnswerAddress(ic.Sender, version),
		Date: date, Time: stamp.Format("1504"), ControlReference: r.ControlReference, TestIndicator: test})
	_ = w.e.BeginMessage(&edifact.Message{Reference: "1", Type: "CUSRES", Version: "D", Release: r.Release, Agency: "UN"})
	w.body(&r, s, what.code, texts)
	_ = w.e.EndMessage()
	if err := w.e.EndInterchange(); err != nil {
		return dst, fmt.Errorf("cusres: %w", err)
	}
	return append(dst, out.Bytes()...), nil
}

// pieces cuts a text at blanks into parts that a text literal (DE 4440) has room for.
func pieces(text string) (out []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		for len([]rune(word)) > maxText {
			if line != "" {
				out, line = append(out, line), ""
			}
			r := []rune(word)
			out, word = append(out, string(r[:maxText])), string(r[maxText:])
		}
		switch {
		case word == "":
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= maxText:
			line += " " + word
		default:
			out, line = append(out, line), word
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// Codes of the answer.
const (
	documentResponse = "962" // DE 1001
	response         = "11"  // DE 1225
	prepared         = "137" // DE 2005
	minutes          = "203" // DE 2379: CCYYMMDDHHMM
	generalText      = "AAI" // DE 4451
	container        = "CN"  // DE 8053
	previousMessage  = "ACW" // DE 1153
	registration     = "ABT" // DE 1153
	consignmentKind  = "5"   // DE 9649
)

type writer struct{ e *edifact.Encoder }

func (w *writer) put(tag string, elements ...edifact.Element) { _ = w.e.Segment(tag, elements...) }

// body writes what stands between UNH and UNT.
func (w *writer) body(r *Response, s shape, code string, texts []string) {
	w.put("BGM", edifact.Simple(documentResponse), edifact.Simple(r.ControlReference), edifact.Simple(response))
	w.put("DTM", edifact.Composite(prepared, r.Stamp.UTC().Format("200601021504"), minutes))
	text := func() {
		w.put("FTX", edifact.Simple(generalText), edifact.Simple(""), edifact.Simple(""), edifact.Composite(texts...))
	}
	indicator := func() {
		if s.gei {
			w.put("GEI", edifact.Simple(consignmentKind), edifact.Simple(code))
			return
		}
		w.put("GIS", edifact.Simple(code))
	}
	if s.late {
		text()
		indicator()
	} else {
		indicator()
		text()
	}
	n := 0
	for _, id := range r.Equipment {
		if id != "" && len([]rune(id)) <= maxContainer && n < maxEquipment {
			w.put("EQD", edifact.Simple(container), edifact.Simple(id))
			n++
		}
	}
	kind := documentKinds[r.DocumentKind]
	if kind == "" {
		kind = documentKinds["bill"]
	}
	w.put("RFF", edifact.Composite(kind, r.Document))
	if r.Registration != "" {
		w.put("RFF", edifact.Composite(registration, r.Registration))
	}
	if r.Filing != "" {
		w.put("RFF", edifact.Composite(previousMessage, r.Filing))
	}
}
