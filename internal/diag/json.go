package diag

import (
	"bytes"
	"encoding/json"
)

// A JSONFinding is a finding as `check --format json`, /v1/check and /findings give it. Zeros are written, not left
// out, and lists are never null.
type JSONFinding struct {
	Code        Code           `json:"code"`
	Severity    string         `json:"severity"` // error, warning or note
	Standard    string         `json:"standard"` // "0085:29"; "" where the standard has no value
	Interchange int            `json:"interchange"`
	Message     int            `json:"message"`
	Text        string         `json:"text"`
	Hint        string         `json:"hint"`
	Args        []Arg          `json:"args"`
	Value       string         `json:"value"`
	Pointer     Pointer        `json:"pointer"`
	Position    JSONPosition   `json:"position"`
	Related     []JSONPosition `json:"related"`
}

// A JSONPosition is a Position in JSON: bytes 0-based, all else 1-based with 0 where none applies.
type JSONPosition struct {
	Offset    int64 `json:"offset"`
	Length    int   `json:"length"`
	Line      int   `json:"line"`
	Column    int   `json:"column"`
	Segment   int   `json:"segment"`
	Element   int   `json:"element"`
	Component int   `json:"component"`
	Repeat    int   `json:"repeat"`
}

// NewJSONFinding gives a finding with its texts filled in; nil texts are English. It shares Args with the finding.
func NewJSONFinding(f *Finding, t *Texts) JSONFinding {
	if t == nil {
		t = English()
	}
	j := JSONFinding{
		Code: f.Code, Severity: f.Severity.String(), Standard: f.Standard,
		Interchange: f.Interchange, Message: f.Message,
		Text: t.Text(f), Hint: t.Hint(f), Args: f.Args, Value: f.Value, Pointer: f.Pointer,
		Position: newJSONPosition(f.Pos), Related: make([]JSONPosition, len(f.Related)),
	}
	if j.Args == nil {
		j.Args = []Arg{}
	}
	for i, p := range f.Related {
		j.Related[i] = newJSONPosition(p)
	}
	return j
}

func newJSONPosition(p Position) JSONPosition {
	return JSONPosition{
		Offset: p.Offset, Length: p.Length, Line: p.Line, Column: p.Col,
		Segment: p.Segment, Element: p.Element, Component: p.Component, Repeat: p.Repeat,
	}
}

// AppendFindingJSON appends a finding as one JSON object in one line; nil texts are English. Bytes that are not
// UTF-8 become U+FFFD.
func AppendFindingJSON(dst []byte, f *Finding, t *Texts) []byte {
	return appendJSON(dst, NewJSONFinding(f, t))
}

// AppendFindingsJSON appends findings as a JSON array in one line, "[]" where there are none.
func AppendFindingsJSON(dst []byte, findings []Finding, t *Texts) []byte {
	dst = append(dst, '[')
	for i := range findings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendFindingJSON(dst, &findings[i], t)
	}
	return append(dst, ']')
}

// appendJSON appends a value that always has a JSON form, without turning < > & into escapes.
func appendJSON(dst []byte, v any) []byte {
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only plain fields are passed here
	}
	return bytes.TrimSuffix(b.Bytes(), newline)
}
