package voyage

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// TruthFile is the name of the file of Truths that WriteDir leaves beside the messages.
const TruthFile = "truth.ndjson"

// Totals count what WriteDir wrote.
type Totals struct {
	Files        int
	Bytes        int64 // of messages
	Consignments int   // in first filings
	Typologies   int   // consignments that show one
	Lookalikes   int
}

// WriteDir writes the traffic into a folder, which is made where it is not there: each message as a file, and
// truth.ndjson with a Truth a line. A folder that holds a truth.ndjson is left alone, as old messages would have none.
// The error is an option out of range or one of the file system, wrapped.
func WriteDir(dir string, o Options) (t Totals, err error) {
	g, err := New(o)
	if err != nil {
		return t, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return t, fmt.Errorf("voyage: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, TruthFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return t, fmt.Errorf("voyage: traffic has been written here before, or cannot be: %w", err)
	}
	w := bufio.NewWriter(file)
	defer func() { err = errors.Join(err, w.Flush(), file.Close()) }()
	enc := json.NewEncoder(w)
	for f := range g.Files() {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Bytes, 0o666); err != nil {
			return t, fmt.Errorf("voyage: %w", err)
		}
		t.Files++
		t.Bytes += int64(len(f.Bytes))
		for i := range f.Truth {
			if err := enc.Encode(&f.Truth[i]); err != nil {
				return t, fmt.Errorf("voyage: %w", err)
			}
			if f.Truth[i].Role == RoleTypology {
				t.Typologies++
			} else {
				t.Lookalikes++
			}
		}
	}
	t.Consignments = g.count
	return t, nil
}
