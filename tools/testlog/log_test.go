package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const passing = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}
{"Action":"pass","Package":"p","Elapsed":0.01}
{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}
{"Action":"skip","Package":"q","Elapsed":0}
`

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		in     string
		strict bool
		ok     bool
		has    []string
		hasNot []string
	}{
		{"passing is brief", passing, true, true,
			[]string{"ok  \tp\t0.01s", "?   \tq\t[no test files]", "1 passed, 0 failed, 0 skipped"}, []string{"chatter", "PASS"}},
		{"a skip is named", passing + `{"Action":"skip","Package":"p","Test":"TestB"}` + "\n", false, true,
			[]string{"skipped: p TestB", "1 passed, 0 failed, 1 skipped"}, []string{"CI=true"}},
		{"a skip fails when strict", passing + `{"Action":"skip","Package":"p","Test":"TestB"}` + "\n", true, false,
			[]string{"skipped: p TestB", "CI=true"}, nil},
		{"a failure tells why", passing +
			`{"Action":"output","Package":"r","Test":"TestC","Output":"want 1, got 2\n"}` + "\n" +
			`{"Action":"fail","Package":"r","Test":"TestC"}` + "\n" +
			`{"Action":"output","Package":"r","Output":"FAIL\tr\t0.1s\n"}` + "\n" +
			`{"Action":"fail","Package":"r"}` + "\n", false, false,
			[]string{"want 1, got 2", "FAIL\tr", "1 passed, 1 failed, 0 skipped"}, nil},
		{"a build error fails", passing +
			`{"ImportPath":"r","Action":"build-output","Output":"x.go:1: undefined: y\n"}` + "\n" +
			`{"ImportPath":"r","Action":"build-fail"}` + "\n" +
			`{"Action":"fail","Package":"r","FailedBuild":"r"}` + "\n", false, false,
			[]string{"undefined: y"}, nil},
		{"a dead process shows its last words", passing +
			`{"Action":"output","Package":"r","Test":"TestD","Output":"panic: oh\n"}` + "\n" +
			`{"Action":"fail","Package":"r"}` + "\n", false, false,
			[]string{"panic: oh"}, nil},
		{"nothing run is no success", "", false, false, []string{"no package passed"}, nil},
		{"other words pass through", "go: no such tool\n" + passing, false, true, []string{"go: no such tool"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			file := filepath.Join(t.TempDir(), "summary.txt")
			ok, err := run(strings.NewReader(tt.in), &out, file, tt.strict)
			if err != nil {
				t.Fatal(err)
			}
			if ok != tt.ok {
				t.Errorf("ok = %v, want %v; output:\n%s", ok, tt.ok, &out)
			}
			for _, s := range tt.has {
				if !strings.Contains(out.String(), s) {
					t.Errorf("output lacks %q:\n%s", s, &out)
				}
			}
			for _, s := range tt.hasNot {
				if strings.Contains(out.String(), s) {
					t.Errorf("output has %q:\n%s", s, &out)
				}
			}
			summary, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(string(summary), " skipped\n") {
				t.Errorf("summary without a count: %q", summary)
			}
		})
	}
}
