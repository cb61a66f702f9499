package gateway

import (
	"bytes"
	"encoding/json"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// storedResult is a file's element of the check object, as far as a resend changes it.
type storedResult struct {
	File         string            `json:"file"`
	Format       string            `json:"format"`
	Bytes        int64             `json:"bytes"`
	Charset      string            `json:"charset,omitempty"`
	Interchanges json.RawMessage   `json:"interchanges"`
	Findings     []json.RawMessage `json:"findings"`
	Counts       diag.Counts       `json:"counts"`
}

// repeatResult gives the result of a resend: that of the earlier receipt, for the name that the file has now, with the
// finding that says so. Where the earlier one is gone it holds the finding alone.
func repeatResult(earlier []byte, r *Receipt, f *diag.Finding) ([]byte, error) {
	v := storedResult{Format: intake.FormatEDIFACT, Bytes: r.Size, Interchanges: json.RawMessage("[]")}
	if len(earlier) > 0 {
		b, err := unpackJSON(earlier)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &v); err != nil {
			return nil, err
		}
	}
	v.File = r.Name
	switch f.Severity {
	case diag.Error:
		v.Counts.Error++
	case diag.Warning:
		v.Counts.Warning++
	case diag.Note:
		v.Counts.Note++
	}
	if f.Severity != diag.Off {
		v.Findings = append([]json.RawMessage{diag.AppendFindingJSON(nil, f, nil)}, v.Findings...)
	}
	if v.Findings == nil {
		v.Findings = []json.RawMessage{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return packJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
