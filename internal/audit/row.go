package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// NewRow makes a row of now. detail is written as a JSON object; nil is "{}". Bytes that no database keeps (what is not
// UTF-8, and NUL) become U+FFFD here, so that the row that is sealed is the row that was meant.
func NewRow(principal, action, object, mode string, detail any, traceID string) (Row, error) {
	text := "{}"
	if detail != nil {
		b, err := json.Marshal(detail)
		if err != nil {
			return Row{}, fmt.Errorf("audit: the detail of %s: %w", action, err)
		}
		text = string(b)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Row{}, fmt.Errorf("audit: %w", err)
	}
	return Row{ID: id, At: time.Now().UTC().Truncate(time.Microsecond), Principal: clean(principal), Action: clean(action),
		Object: clean(object), Mode: clean(mode), Detail: clean(text), TraceID: clean(traceID)}, nil
}

func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
