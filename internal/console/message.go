package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// Bounds of what a page shows of an original.
const (
	wholeOriginal = 256 << 10 // bytes up to which all of it is shown
	window        = 2 << 10   // bytes before and behind a place in a larger one
	maxWindows    = 50
	maxSegment    = 4 << 10 // bytes of one segment
	maxAnswer     = 256 << 10
)

// A finding is one as the page shows it.
type finding struct {
	Index    int    `json:"-"`
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Hint     string `json:"hint"`
	Position struct {
		Offset int64 `json:"offset"`
		Length int64 `json:"length"`
		Line   int   `json:"line"`
		Column int   `json:"column"`
	} `json:"position"`

	segment int64 // offset of the segment that it is shown at
}

func (f *finding) anchor() string { return segmentID(f.segment) }

func findingID(i int) string { return "f" + strconv.Itoa(i) }

func segmentID(offset int64) string { return "b" + strconv.FormatInt(offset, 10) }

// A line is one segment of an original.
type line struct {
	Offset   int64
	Parts    []part
	Findings []*finding
	Here     bool // what a link pointed to
}

func (l *line) anchor() string { return segmentID(l.Offset) }

type part struct {
	Text string
	Mark bool
}

type consignmentLine struct {
	Document, Level, State, Status, Registration string
}

type messageData struct {
	M            *gateway.MessageView
	Findings     []*finding
	Lines        []*line
	Cut          string // what of the original is shown
	Hidden       string // why none of it is
	Consignments []consignmentLine
	Answers      []gateway.AckView
}

// message shows a message with what was found in it, where it was found. What the visitor's role may not see is left out.
func (c *Console) message(v *visit) error {
	ctx, p, id := v.r.Context(), v.session.principal, v.id("id")
	m, err := c.service.Message(ctx, p, id)
	if err != nil {
		return err
	}
	data := messageData{M: m}
	page, err := c.service.Findings(ctx, p, id)
	if err := unlessDenied(err); err != nil {
		return err
	}
	for i, raw := range page.Items {
		f := &finding{Index: i}
		if err := json.Unmarshal(raw, f); err != nil {
			return fmt.Errorf("console: finding %d of message %s: %w", i, id, err)
		}
		data.Findings = append(data.Findings, f)
	}
	at, _ := strconv.ParseInt(v.r.URL.Query().Get("at"), 10, 64)
	if err := c.lines(v, id, &data, at); err != nil {
		return err
	}
	rows, err := c.service.MessageConsignments(ctx, p, id, pageSize, "")
	if err := unlessDenied(err); err != nil {
		return err
	}
	for _, row := range rows.Items {
		l := consignmentLine{State: row.State, Status: row.Status, Registration: row.Registration}
		var record struct {
			Level     string
			Documents []struct{ Number string }
		}
		if err := json.Unmarshal(row.Record, &record); err == nil && len(record.Documents) > 0 {
			l.Level, l.Document = record.Level, record.Documents[0].Number
		}
		data.Consignments = append(data.Consignments, l)
	}
	answers, err := c.service.Acknowledgements(ctx, p, id)
	if err := unlessDenied(err); err != nil {
		return err
	}
	data.Answers = answers.Items
	f := v.frame(nameOf(m))
	f.At = "messages"
	v.render(messagePage(f, data))
	return nil
}

// unlessDenied makes nothing of what the visitor's role may not see.
func unlessDenied(err error) error {
	if errors.Is(err, partner.ErrDenied) {
		return nil
	}
	return err
}

// lines reads the original as far as it is shown.
func (c *Console) lines(v *visit, id uuid.UUID, data *messageData, at int64) error {
	o, err := c.service.Original(v.r.Context(), v.session.principal, id)
	switch {
	case errors.Is(err, partner.ErrDenied):
		data.Hidden = "Your role does not see originals."
		return nil
	case errors.Is(err, gateway.ErrNotFound):
		data.Hidden = "It was removed."
		return nil
	case err != nil:
		return err
	}
	defer o.Close() // it is only read
	spans := []span{{0, o.Size}}
	if o.Size > wholeOriginal {
		spans = windows(data.Findings, at, o.Size)
		data.Cut = fmt.Sprintf("It has %d bytes; shown is what stands around the findings.", o.Size)
	}
	for _, s := range spans {
		text := make([]byte, s.to-s.from)
		if _, err := o.ReadAt(text, s.from); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("console: original of %s: %w", id, err)
		}
		data.Lines = append(data.Lines, split(text, s.from, data.Findings, at)...)
	}
	return nil
}

// A span is some bytes of an original.
type span struct{ from, to int64 }

// windows gives the spans around places of a large original, in order and apart.
func windows(findings []*finding, at, size int64) (out []span) {
	places := []int64{0}
	if at > 0 && at < size {
		places = append(places, at)
	}
	for _, f := range findings {
		if len(places) < maxWindows {
			places = append(places, min(max(f.Position.Offset, 0), size))
		}
	}
	slices.Sort(places)
	for _, p := range places {
		s := span{max(0, p-window), min(size, p+window)}
		if n := len(out); n > 0 && out[n-1].to >= s.from {
			out[n-1].to = s.to
			continue
		}
		out = append(out, s)
	}
	return out
}

// split cuts a text into its segments: at the terminator that UNA names, or at an apostrophe, unless it is released. What is
// no EDIFACT comes by lines.
func split(text []byte, from int64, findings []*finding, at int64) (out []*line) {
	release, terminator := byte('?'), byte('\'')
	if from == 0 && len(text) >= 9 && string(text[:3]) == "UNA" {
		release, terminator = text[6], text[8]
	}
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && end-start < maxSegment {
			ch := text[end]
			end++
			if ch == release && release != ' ' && end < len(text) && !(from == 0 && start == 0 && end < 9 && string(text[:min(3, len(text))]) == "UNA") {
				end++
				continue
			}
			if (ch == terminator && !(from == 0 && start == 0 && end < 9 && string(text[:min(3, len(text))]) == "UNA")) || ch == '\n' {
				break
			}
		}
		end = min(end, len(text))
		out = append(out, newLine(text[start:end], from+int64(start), findings, at))
		start = end
	}
	return out
}

// newLine makes a segment with the findings in it.
func newLine(text []byte, offset int64, findings []*finding, at int64) *line {
	l := &line{Offset: offset, Here: at > 0 && offset <= at && at < offset+int64(len(text))}
	type mark struct{ from, to int }
	var marks []mark
	for _, f := range findings {
		p := f.Position.Offset - offset
		if p < 0 || p >= int64(len(text)) {
			continue
		}
		f.segment = offset
		l.Findings = append(l.Findings, f)
		if f.Position.Length > 0 {
			marks = append(marks, mark{int(p), int(min(p+f.Position.Length, int64(len(text))))})
		}
	}
	slices.SortFunc(marks, func(a, b mark) int { return a.from - b.from })
	done := 0
	add := func(to int, marked bool) {
		if to > done {
			l.Parts = append(l.Parts, part{printable(text[done:to]), marked})
			done = to
		}
	}
	for _, m := range marks {
		add(m.from, false)
		add(m.to, true)
	}
	add(len(text), false)
	return l
}

// printable shows what a page cannot as dots, and text in ISO 8859-1 as that.
func printable(b []byte) string {
	s := string(b)
	if !isUTF8(b) {
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		s = string(r)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '·'
		}
		return r
	}, strings.TrimRight(s, "\r\n"))
}

// original hands out the bytes as they came.
func (c *Console) original(v *visit) error {
	o, err := c.service.Original(v.r.Context(), v.session.principal, v.id("id"))
	if err != nil {
		return err
	}
	defer o.Close() // it is only read
	v.w.Header().Set("Content-Type", "application/octet-stream")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+v.id("id").String()+`.edi"`)
	v.w.Header().Set("Content-Length", strconv.FormatInt(o.Size, 10))
	_, err = io.Copy(v.w, io.NewSectionReader(o, 0, o.Size))
	if err != nil {
		c.config.Log.Debug("an original was not sent to its end", "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
	return nil
}

// acknowledgement shows an answer, a segment on a line.
func (c *Console) acknowledgement(v *visit) error {
	a, err := c.service.Acknowledgement(v.r.Context(), v.session.principal, v.id("id"), v.id("ack"))
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, l := range split(a.Body[:min(len(a.Body), maxAnswer)], 0, nil, 0) {
		for _, p := range l.Parts {
			text.WriteString(p.Text)
		}
		text.WriteByte('\n')
	}
	state := ""
	all, err := c.service.Acknowledgements(v.r.Context(), v.session.principal, v.id("id"))
	if err != nil {
		return err
	}
	for i := range all.Items {
		if all.Items[i].ID == a.ID {
			state = all.Items[i].State
		}
	}
	f := v.frame("Answer")
	f.At = "messages"
	v.render(answerPage(f, gateway.AckView{ID: a.ID, Kind: a.Kind, State: state}, text.String()))
	return nil
}
