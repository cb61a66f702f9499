package cargo

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write goldens that do not exist yet; those that do are kept for ever")

// TestGoldens holds the written form of each record. A golden is never rewritten: see testdata/README.md.
func TestGoldens(t *testing.T) {
	for _, r := range sampleRecords(t) {
		got := append(r.AppendJSON(nil), '\n')
		var head struct{ Record string }
		if err := json.Unmarshal(got, &head); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("testdata", "schema1", head.Record+".ndjson")
		want, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) && *update {
			err = os.WriteFile(name, got, 0o644)
			want = got
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %swant %s", name, got, want)
		}
	}
}

// TestOldGoldensStayReadable reads every line of every released schema and writes it again: what was there must still
// be there with its value. A later release may write more.
func TestOldGoldensStayReadable(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "schema*", "*.ndjson"))
	if err != nil || len(names) < len(newRecords()) {
		t.Fatalf("%d goldens, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			r, err := DecodeRecord(line)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var old, now any
			if err := errors.Join(json.Unmarshal(line, &old), json.Unmarshal(r.AppendJSON(nil), &now)); err != nil {
				t.Fatal(err)
			}
			missing(t, name, "", old, now)
		}
	}
}

// missing reports what old has and now has not.
func missing(t *testing.T, name, at string, old, now any) {
	switch old := old.(type) {
	case map[string]any:
		now, _ := now.(map[string]any)
		for key, value := range old {
			if _, ok := now[key]; !ok {
				t.Errorf("%s: %s/%s is gone", name, at, key)
				continue
			}
			missing(t, name, at+"/"+key, value, now[key])
		}
	case []any:
		now, _ := now.([]any)
		if len(now) != len(old) {
			t.Errorf("%s: %s had %d elements, has %d", name, at, len(old), len(now))
			return
		}
		for i := range old {
			missing(t, name, at+"[]", old[i], now[i])
		}
	default:
		if old != now && at != "/schema" {
			t.Errorf("%s: %s was %v, is %v", name, at, old, now)
		}
	}
}
