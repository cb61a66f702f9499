package diag

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
)

// The types below are the part of SARIF 2.1.0 that is written, each with the clause that defines it.

type sarifMessage struct { // 3.11
	Text string `json:"text"`
}

type sarifArtifactLocation struct { // 3.4
	URI   string `json:"uri"`
	Index int    `json:"index"`
}

type sarifArtifact struct { // 3.24
	Location   sarifArtifactLocation `json:"location"`
	Length     int64                 `json:"length"`
	Roles      []string              `json:"roles"`
	Properties map[string]string     `json:"properties"`
}

type sarifRegion struct { // 3.30
	StartLine   int   `json:"startLine,omitempty"` // left out where Resolve has not counted
	StartColumn int   `json:"startColumn,omitempty"`
	EndLine     int   `json:"endLine,omitempty"`
	EndColumn   int   `json:"endColumn,omitempty"`
	ByteOffset  int64 `json:"byteOffset"`
	ByteLength  int   `json:"byteLength"`
}

type sarifPhysical struct { // 3.29
	Artifact sarifArtifactLocation `json:"artifactLocation"`
	Region   *sarifRegion          `json:"region,omitempty"`
}

type sarifLogical struct { // 3.33
	Name     string `json:"name"`
	FullName string `json:"fullyQualifiedName"`
}

type sarifLocation struct { // 3.28
	ID       int            `json:"id,omitempty"`
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifMessage  `json:"message,omitempty"`
}

type sarifResultProperties struct {
	Standard    string `json:"standard"`
	Interchange int    `json:"interchange"`
	Message     int    `json:"message"`
	Hint        string `json:"hint"`
	Value       string `json:"value"`
	Args        []Arg  `json:"args"`
	Segment     int    `json:"segment"`
	Element     int    `json:"element"`
	Component   int    `json:"component"`
	Repeat      int    `json:"repeat"`
}

type sarifResult struct { // 3.27
	RuleID     string                `json:"ruleId"`
	RuleIndex  int                   `json:"ruleIndex"`
	Level      string                `json:"level"`
	Message    sarifMessage          `json:"message"`
	Locations  []sarifLocation       `json:"locations"`
	Related    []sarifLocation       `json:"relatedLocations,omitempty"`
	Properties sarifResultProperties `json:"properties"`
}

type sarifDefault struct { // 3.50
	Level string `json:"level"`
}

type sarifRuleProperties struct {
	Scope  string `json:"scope"`
	Source string `json:"source,omitempty"`
}

type sarifRule struct { // 3.49
	ID         string              `json:"id"`
	Name       string              `json:"name,omitempty"`
	Short      sarifMessage        `json:"shortDescription"`
	Full       *sarifMessage       `json:"fullDescription,omitempty"`
	Help       *sarifMessage       `json:"help,omitempty"`
	Default    sarifDefault        `json:"defaultConfiguration"`
	Properties sarifRuleProperties `json:"properties"`
}

type sarifDriver struct { // 3.19
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifNotice struct { // 3.58
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifInvocation struct { // 3.20
	Successful    bool          `json:"executionSuccessful"`
	Notifications []sarifNotice `json:"toolExecutionNotifications,omitempty"`
}

type sarifRunRest struct { // 3.14, without its results
	Artifacts   []sarifArtifact   `json:"artifacts"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Properties  map[string]string `json:"properties"`
	Tool        struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
}

// maxRegion is the longest offending text, in bytes, that is read to find the line and column of its end.
const maxRegion = 4 << 10

// newSARIFRegion gives a position in lines and columns and in bytes. Without an end SARIF takes a region to reach to
// the end of the line, so the end is worked out wherever the bytes can be had.
func newSARIFRegion(r *Report, p Position) *sarifRegion {
	out := &sarifRegion{StartLine: p.Line, StartColumn: p.Col, ByteOffset: p.Offset, ByteLength: p.Length}
	if r.Src == nil || p.Line == 0 || p.Length > maxRegion {
		return out
	}
	text := make([]byte, p.Length)
	if n, _ := r.Src.ReadAt(text, p.Offset); n < len(text) {
		return out // behind the end of the file
	}
	out.EndLine, out.EndColumn = p.Line, p.Col+p.Length
	if n := bytes.Count(text, newline); n > 0 {
		out.EndLine, out.EndColumn = p.Line+n, p.Length-bytes.LastIndexByte(text, '\n')
	}
	return out
}

func sarifMessageOrNil(text string) *sarifMessage {
	if text == "" {
		return nil
	}
	return &sarifMessage{text}
}

// sarifLevel gives the level property (3.27.10); SARIF's words are those of Severity.
func sarifLevel(s Severity) string {
	switch s {
	case Error, Warning, Note:
		return s.String()
	}
	return "none"
}

// fileURI gives a file's name as a URI reference (3.4.3): relative for a relative path, file: for an absolute one.
func fileURI(name string) string {
	path := filepath.ToSlash(name)
	u := url.URL{Path: path}
	if strings.HasPrefix(path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
