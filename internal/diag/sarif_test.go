package diag

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// sarifLog is a reader's view of SARIF: what a viewer needs, decoded strictly by name.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name, Version string
				Rules         []struct {
					ID, Name                                string
					ShortDescription, FullDescription, Help struct{ Text string }
					DefaultConfiguration                    struct{ Level string }
				}
			}
		}
		ColumnKind string
		Artifacts  []struct {
			Location struct {
				URI   string
				Index *int
			}
			Length *int
		}
		Invocations []struct {
			ExecutionSuccessful        *bool
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Results []struct {
			RuleID                      string
			RuleIndex                   *int
			Level                       string
			Message                     struct{ Text string }
			Locations, RelatedLocations []sarifLocationView
		}
	}
}

type sarifLocationView struct {
	ID               int
	Message          struct{ Text string }
	PhysicalLocation struct {
		ArtifactLocation struct {
			URI   string
			Index *int
		}
		Region struct {
			StartLine, StartColumn, EndLine, EndColumn int
			ByteOffset, ByteLength                     *int
		}
	}
	LogicalLocations []struct{ Name, FullyQualifiedName string }
}

func decodeSARIF(t *testing.T, text string) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return log
}

func TestSARIFGolden(t *testing.T) {
	got := render(t, sample(t), func(b *bytes.Buffer) Renderer { return NewSARIF(b, "1.2.3", nil) })
	golden(t, "findings.sarif.golden", got)
}

// TestSARIFShape checks what SARIF 2.1.0 requires, and that every index and byte range points at the right thing.
func TestSARIFShape(t *testing.T) {
	reports := sample(t)
	log := decodeSARIF(t, render(t, reports, func(b *bytes.Buffer) Renderer { return NewSARIF(b, "1.2.3", nil) }))
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-schema-2.1.0") || len(log.Runs) != 1 {
		t.Fatalf("version %q, schema %q, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "cargogate" || run.Tool.Driver.Version != "1.2.3" || run.ColumnKind == "" {
		t.Errorf("driver %+v", run.Tool.Driver)
	}
	if len(run.Invocations) != 1 || run.Invocations[0].ExecutionSuccessful == nil || !*run.Invocations[0].ExecutionSuccessful {
		t.Errorf("invocations %+v", run.Invocations)
	} else if n := run.Invocations[0].ToolExecutionNotifications; len(n) != 1 || n[0].Message.Text != "3 findings not listed" {
		t.Errorf("notifications %+v", n)
	}
	if len(run.Artifacts) != 3 {
		t.Fatalf("artifacts %+v", run.Artifacts)
	}
	for i, uri := range []string{"in/lines.edi", "in/clean.edi", "in/one%20line.edi"} {
		a := run.Artifacts[i]
		if a.Location.URI != uri || *a.Location.Index != i || int64(*a.Length) != reports[i].Size {
			t.Errorf("artifact %d: %+v", i, a)
		}
	}
	seen := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if seen[r.ID] || r.Name != Code(r.ID).Name() || r.ShortDescription.Text == "" || r.FullDescription.Text == "" ||
			r.Help.Text == "" || r.DefaultConfiguration.Level != Code(r.ID).Severity().String() {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
	var findings []*Finding
	var files []int
	for i, r := range reports {
		for j := range r.Findings {
			findings, files = append(findings, &r.Findings[j]), append(files, i)
		}
	}
	if len(run.Results) != len(findings) {
		t.Fatalf("%d results of %d findings", len(run.Results), len(findings))
	}
	for i, r := range run.Results {
		f := findings[i]
		if r.RuleIndex == nil || run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID || r.RuleID != string(f.Code) ||
			r.Level != f.Severity.String() || r.Message.Text != English().Text(f) ||
			len(r.Locations) != 1 || len(r.RelatedLocations) != len(f.Related) {
			t.Errorf("result %d: %+v", i, r)
			continue
		}
		checkSARIFLocation(t, r.Locations[0], f.Pos, files[i])
		if f.Pointer != "" && r.Locations[0].LogicalLocations[0].FullyQualifiedName != string(f.Pointer) {
			t.Errorf("result %d: logical %+v", i, r.Locations[0].LogicalLocations)
		}
		for j, p := range f.Related {
			checkSARIFLocation(t, r.RelatedLocations[j], p, files[i])
			if r.RelatedLocations[j].ID != j+1 || r.RelatedLocations[j].Message.Text == "" {
				t.Errorf("result %d: related %+v", i, r.RelatedLocations[j])
			}
		}
	}
}

func checkSARIFLocation(t *testing.T, l sarifLocationView, p Position, file int) {
	t.Helper()
	region := l.PhysicalLocation.Region
	if *l.PhysicalLocation.ArtifactLocation.Index != file || region.ByteOffset == nil || int64(*region.ByteOffset) != p.Offset ||
		region.ByteLength == nil || *region.ByteLength != p.Length || region.StartLine != p.Line || region.StartColumn != p.Col ||
		region.EndLine != p.Line || region.EndColumn != p.Col+p.Length {
		t.Errorf("location %+v of %+v", l, p)
	}
}

func TestSARIFRegionEnd(t *testing.T) {
	const text = "UNB'\nNA\nD+C\nN'\n"
	r := &Report{Src: strings.NewReader(text), Size: int64(len(text))}
	for _, c := range []struct {
		name               string
		p                  Position
		endLine, endColumn int
	}{
		{"within a line", Position{Offset: 5, Length: 2, Line: 2, Col: 1}, 2, 3},
		{"over two line ends", Position{Offset: 6, Length: 7, Line: 2, Col: 2}, 4, 2},
		{"with its line end", Position{Offset: 3, Length: 2, Line: 1, Col: 4}, 2, 1},
		{"nothing", Position{Offset: 15, Line: 5, Col: 1}, 5, 1},
		{"not resolved", Position{Offset: 5, Length: 2}, 0, 0},
		{"behind the end", Position{Offset: 14, Length: 20, Line: 4, Col: 3}, 0, 0},
		{"too long to read", Position{Length: maxRegion + 1, Line: 1, Col: 1}, 0, 0},
	} {
		if got := newSARIFRegion(r, c.p); got.EndLine != c.endLine || got.EndColumn != c.endColumn {
			t.Errorf("%s: ends at %d:%d, want %d:%d", c.name, got.EndLine, got.EndColumn, c.endLine, c.endColumn)
		}
	}
}

// TestSARIFEmpty: without any file it is still a run with all that is required.
func TestSARIFEmpty(t *testing.T) {
	text := render(t, nil, func(b *bytes.Buffer) Renderer { return NewSARIF(b, "", nil) })
	log := decodeSARIF(t, text)
	if len(log.Runs) != 1 || log.Runs[0].Results == nil || log.Runs[0].Artifacts == nil || log.Runs[0].Tool.Driver.Rules == nil {
		t.Errorf("%s", text)
	}
}

func TestFileURI(t *testing.T) {
	for name, want := range map[string]string{
		"a.edi": "a.edi", "in/a b.edi": "in/a%20b.edi", "/srv/in/ä.edi": "file:///srv/in/%C3%A4.edi", "a:b.edi": "./a:b.edi", "50%.edi": "50%25.edi",
	} {
		if got := fileURI(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
