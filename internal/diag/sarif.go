package diag

import (
	"bufio"
	"fmt"
	"io"
)

// sarifSchema names the schema of SARIF 2.1.0, as the standard asks (3.13.3). Nothing is fetched from it.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// A SARIFRenderer writes SARIF 2.1.0: one run over all files, results as they come, then the artifacts and the tool
// with a rule for each code that occurred. The order of properties means nothing in JSON, so this streams: only the
// rules and a few bytes a file are held.
//
// byteOffset and byteLength are exact. startColumn counts bytes, as everywhere in this program, where SARIF knows
// only characters; the two differ behind characters outside ASCII, and the run says so in its properties.
type SARIFRenderer struct {
	out     *bufio.Writer
	sink    *stickyWriter
	version string
	texts   *Texts

	begun     bool
	results   int
	rules     []Code
	ruleIndex map[Code]int
	artifacts []sarifArtifact
	notices   []sarifNotice
}

// NewSARIF makes a Renderer of SARIF. version is the program's, for the tool's entry; nil texts are English.
func NewSARIF(w io.Writer, version string, t *Texts) *SARIFRenderer {
	if t == nil {
		t = English()
	}
	s := &SARIFRenderer{sink: &stickyWriter{w: w}, version: version, texts: t, ruleIndex: map[Code]int{}}
	s.out = bufio.NewWriterSize(s.sink, 32<<10)
	return s
}

// Report writes one result for each finding.
func (s *SARIFRenderer) Report(r *Report) error {
	s.begin()
	index := len(s.artifacts)
	location := sarifArtifactLocation{URI: fileURI(r.File), Index: index}
	s.artifacts = append(s.artifacts, sarifArtifact{
		Location: location, Length: r.Size, Roles: []string{"analysisTarget"},
		Properties: map[string]string{"format": r.Format},
	})
	if n := r.Counts.Omitted; n > 0 {
		s.notices = append(s.notices, sarifNotice{
			Level:     "note",
			Message:   sarifMessage{plural(n, "finding") + " not listed"},
			Locations: []sarifLocation{{Physical: sarifPhysical{Artifact: location}}},
		})
	}
	var line []byte
	for i := range r.Findings {
		if s.results > 0 {
			s.out.WriteByte(',')
		}
		s.results++
		line = appendJSON(append(line[:0], '\n'), s.result(r, &r.Findings[i], location))
		s.out.Write(line)
		if s.sink.err != nil {
			break
		}
	}
	return s.sink.err
}

// Close writes artifacts, rules and the end.
func (s *SARIFRenderer) Close() error {
	s.begin()
	s.out.WriteString("],\n")
	run := sarifRunRest{
		Artifacts:   s.artifacts,
		Invocations: []sarifInvocation{{Successful: true, Notifications: s.notices}},
		ColumnKind:  "unicodeCodePoints",
		Properties:  map[string]string{"columns": "startColumn counts bytes; byteOffset and byteLength are exact"},
	}
	if run.Artifacts == nil {
		run.Artifacts = []sarifArtifact{}
	}
	driver := sarifDriver{Name: "cargogate", Version: s.version, Rules: []sarifRule{}}
	for _, c := range s.rules {
		driver.Rules = append(driver.Rules, s.rule(c))
	}
	run.Tool.Driver = driver
	rest := appendJSON(nil, run)
	s.out.Write(rest[1:]) // joins the run that begin has opened
	s.out.WriteString("]}\n")
	s.out.Flush()
	return s.sink.err
}

func (s *SARIFRenderer) begin() {
	if !s.begun {
		s.begun = true
		fmt.Fprintf(s.out, "{\"$schema\":%q,\"version\":\"2.1.0\",\"runs\":[{\"results\":[", sarifSchema)
	}
}

// result turns a finding into a SARIF result and notes its rule.
func (s *SARIFRenderer) result(r *Report, f *Finding, file sarifArtifactLocation) sarifResult {
	index, ok := s.ruleIndex[f.Code]
	if !ok {
		index = len(s.rules)
		s.ruleIndex[f.Code] = index
		s.rules = append(s.rules, f.Code)
	}
	location := sarifLocation{Physical: sarifPhysical{Artifact: file, Region: newSARIFRegion(r, f.Pos)}}
	if f.Pointer != "" {
		location.Logical = []sarifLogical{{Name: f.Pointer.LastToken(), FullName: string(f.Pointer)}}
	}
	out := sarifResult{
		RuleID: string(f.Code), RuleIndex: index, Level: sarifLevel(f.Severity),
		Message: sarifMessage{s.texts.Text(f)}, Locations: []sarifLocation{location},
		Properties: sarifResultProperties{
			Standard: f.Standard, Interchange: f.Interchange, Message: f.Message, Hint: s.texts.Hint(f), Value: f.Value,
			Args: f.Args, Segment: f.Pos.Segment, Element: f.Pos.Element, Component: f.Pos.Component, Repeat: f.Pos.Repeat,
		},
	}
	if out.Properties.Args == nil {
		out.Properties.Args = []Arg{}
	}
	for i, p := range f.Related {
		out.Related = append(out.Related, sarifLocation{
			ID:       i + 1,
			Physical: sarifPhysical{Artifact: file, Region: newSARIFRegion(r, p)},
			Message:  &sarifMessage{s.texts.Related(f)},
		})
	}
	return out
}

// rule gives the metadata of a code.
func (s *SARIFRenderer) rule(c Code) sarifRule {
	general := &Finding{Code: c}
	e := c.entry()
	return sarifRule{
		ID: string(c), Name: e.Name,
		Short: sarifMessage{s.texts.Text(general)}, Full: sarifMessageOrNil(s.texts.Why(general)),
		Help: sarifMessageOrNil(s.texts.Hint(general)), Default: sarifDefault{sarifLevel(e.Severity)},
		Properties: sarifRuleProperties{Scope: e.Scope.String(), Source: e.Source},
	}
}
