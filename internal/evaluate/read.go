package evaluate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cargogate/internal/assess"
	"cargogate/internal/cargo"
	"cargogate/internal/intake"
	"cargogate/internal/scoring"
	"cargogate/internal/synth/voyage"
)

// ErrTruth is the cause when a line of the truth cannot be read.
var ErrTruth = errors.New("evaluate: not a line of truth")

// truthFile is where `cargogate generate` puts the truth.
const truthFile = "truth.ndjson"

// maxLine bounds a line of truth, in bytes.
const maxLine = 1 << 20

// ReadTruth reads the truth of a folder.
func ReadTruth(dir string) (map[Key]voyage.Truth, error) {
	name := filepath.Join(dir, truthFile)
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	defer f.Close() // it is only read
	truth := map[Key]voyage.Truth{}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		var t voyage.Truth
		switch err := json.Unmarshal(lines.Bytes(), &t); {
		case err != nil:
			return nil, fmt.Errorf("%s:%d: %w: %w", name, n, ErrTruth, err)
		case t.Record != "truth" || t.Schema != 1:
			return nil, fmt.Errorf("%s:%d: %w: record %q, schema %d", name, n, ErrTruth, t.Record, t.Schema)
		case t.Document == "" || t.Kind == "" || t.Typology == "":
			return nil, fmt.Errorf("%s:%d: %w: document, kind and typology must be there", name, n, ErrTruth)
		case t.Role != voyage.RoleTypology && t.Role != voyage.RoleLookalike:
			return nil, fmt.Errorf("%s:%d: %w: there is no role %q", name, n, ErrTruth, t.Role)
		}
		truth[Key{t.Kind, t.Document}] = t
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return truth, nil
}

// received gives when a file of generated traffic came, by its name: 20261103T1151Z-…
func received(name string) (time.Time, bool) {
	stamp, _, ok := strings.Cut(filepath.Base(name), "-")
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102T1504Z", stamp)
	return t, err == nil
}

// Folder scores the files of a folder that `cargogate generate` wrote, in their order, and gives them with their truth.
func Folder(dir string, e *scoring.Engine) (*Traffic, error) {
	truth, err := ReadTruth(dir)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.edi"))
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("evaluate: there are no messages (*.edi) in %s", dir)
	}
	slices.Sort(files)
	context := assess.NewContext()
	if err := each(files, context.Learn); err != nil {
		return nil, err
	}
	t := &Traffic{Truth: truth, Rows: make(map[Key]Row, 1024)}
	reading := assess.NewReading(e, context)
	var first, last time.Time
	err = each(files, func(o intake.Original) error {
		var at scoring.Instant
		if came, ok := received(o.Name); ok {
			at = scoring.At(came.Unix())
			if first.IsZero() {
				first = came
			}
			last = came
		}
		var options intake.Options
		reading.Handler(&options.Handler, at, t.take)
		_, err := intake.Read(o, options)
		return err
	})
	t.Days = max(last.Sub(first).Hours()/24, 1)
	return t, err
}

// take keeps the score of the latest version of a consignment.
func (t *Traffic) take(c *cargo.Consignment, f *cargo.Filing, s *scoring.Score) error {
	if len(c.Documents) == 0 || f != nil && (f.Function == cargo.FunctionCancellation || f.Function == cargo.FunctionDeletion) {
		return nil
	}
	d := &c.Documents[0]
	k := Key{strings.Clone(string(d.Kind)), strings.Clone(d.Number)}
	row := Row{Points: s.Points, Assessable: s.Assessable}
	if _, planted := t.Truth[k]; planted {
		for i := range s.Reasons {
			row.Fired = append(row.Fired, s.Reasons[i].Rule.ID)
		}
	}
	t.Rows[k] = row
	return nil
}

// each reads files one after the other.
func each(files []string, f func(intake.Original) error) error {
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		if err := f(intake.Original{Name: name, ReaderAt: bytes.NewReader(b), Size: int64(len(b))}); err != nil {
			return fmt.Errorf("evaluate: %s: %w", name, err)
		}
	}
	return nil
}
