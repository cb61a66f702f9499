package contrl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain fetches the independent reader where it is missing. The tests that need it fail without it: there is no
// skipping.
func TestMain(m *testing.M) {
	if _, err := os.Stat(filepath.Join("testdata", "npm", "node_modules", "edifact", "package.json")); err != nil {
		if out, err := exec.Command("make", "-C", filepath.Join("..", "..", ".."), "npm").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the independent EDIFACT reader cannot be installed (make npm: %v); tests against it will fail\n%s\n", err, out)
		}
	}
	os.Exit(m.Run())
}

// A given answer is what the independent reader gets.
type given struct {
	Version int    `json:"version"`
	Text    string `json:"text"`
}

// independently reads answers with the npm package edifact. Of each it gives the segments: tag and elements, each its
// components. An answer that the package refuses fails the test.
func independently(t *testing.T, answers []given) (read [][]segment) {
	t.Helper()
	in, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatalf("this test needs Node.js, to read with another author's reader: %v", err)
	}
	cmd := exec.Command("node", filepath.Join("testdata", "npm", "read.js"))
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the independent reader does not run (make npm installs it): %v\n%s", err, &stderr)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(answers) {
		t.Fatalf("%d answers read, want %d", len(all), len(answers))
	}
	for i, one := range all {
		var fault struct{ Error string }
		if json.Unmarshal(one, &fault) == nil && fault.Error != "" {
			t.Errorf("the independent reader refuses an answer: %s\n%s", fault.Error, answers[i].Text)
			read = append(read, nil)
			continue
		}
		var raw [][]json.RawMessage
		if err := json.Unmarshal(one, &raw); err != nil {
			t.Fatal(err)
		}
		var segments []segment
		for _, parts := range raw {
			var s segment
			for j, part := range parts {
				if j == 0 {
					err = json.Unmarshal(part, &s.tag)
				} else {
					var e []string
					err = json.Unmarshal(part, &e)
					s.elements = append(s.elements, e)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			segments = append(segments, s)
		}
		read = append(read, segments)
	}
	return read
}

// A segment is a segment of an answer as read by somebody.
type segment struct {
	tag      string
	elements [][]string
}

// at gives component c of element e, both 1-based; "" where it is not there.
func (s segment) at(e, c int) string {
	if e > len(s.elements) || c > len(s.elements[e-1]) {
		return ""
	}
	return s.elements[e-1][c-1]
}

// String gives the segment in one fixed form, whoever read it.
func (s segment) String() string {
	out := s.tag
	for _, e := range s.elements {
		out += " [" + strings.Join(e, "|") + "]"
	}
	return out
}
