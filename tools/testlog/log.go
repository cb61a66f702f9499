package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// An event is one line of `go test -json`, as `go doc test2json` describes it. Build events have ImportPath
// instead of Package.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// A log keeps the output of what has not ended yet, and what has to be said at the end.
type log struct {
	out     io.Writer
	pending map[string]*strings.Builder // by package and test; a package's own output has an empty test
	lines   []string                    // the packages' closing lines, "ok ..."
	skipped []string
	passed  int
	failed  int
	broken  int // packages that failed without a failing test: a build error, a panic in TestMain, a time-out
}

func newLog(out io.Writer) *log {
	return &log{out: out, pending: map[string]*strings.Builder{}}
}

// read takes every event of in. A line that is no event is the toolchain's own word and is passed on as it is.
func (l *log) read(in io.Reader) error {
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			var e event
			if line[0] == '{' && json.Unmarshal([]byte(line), &e) == nil {
				l.take(e)
			} else {
				fmt.Fprint(l.out, line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (l *log) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		b := l.pending[key]
		if b == nil {
			b = new(strings.Builder)
			l.pending[key] = b
		}
		b.WriteString(e.Output)
	case "build-output":
		fmt.Fprint(l.out, e.Output)
	case "pass", "fail", "skip":
		output := ""
		if b := l.pending[key]; b != nil {
			output = b.String()
			delete(l.pending, key)
		}
		if e.Test == "" {
			l.packageDone(e, output)
		} else {
			l.testDone(e, output)
		}
	}
}

func (l *log) testDone(e event, output string) {
	switch e.Action {
	case "pass":
		l.passed++
	case "fail":
		l.failed++
		fmt.Fprint(l.out, output)
	case "skip":
		l.skipped = append(l.skipped, e.Package+" "+e.Test)
	}
}

// packageDone prints a package's closing line, and all that it wrote beside it when it failed. A package whose
// process died leaves tests without an end: their output says why.
func (l *log) packageDone(e event, output string) {
	if e.Action == "fail" {
		l.broken++
		for key, b := range l.pending {
			if strings.HasPrefix(key, e.Package+" ") {
				fmt.Fprint(l.out, b.String())
				delete(l.pending, key)
			}
		}
		fmt.Fprint(l.out, output)
		return
	}
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "?   \t") {
			fmt.Fprint(l.out, line)
			l.lines = append(l.lines, line)
		}
	}
}

// ok says whether everything passed; strict counts a skipped test as a failure.
func (l *log) ok(strict bool) bool {
	return l.failed == 0 && l.broken == 0 && len(l.lines) > 0 && (!strict || len(l.skipped) == 0)
}

func (l *log) count() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped\n", l.passed, l.failed, len(l.skipped))
}

func (l *log) finish(strict bool) {
	for _, name := range l.skipped {
		fmt.Fprintln(l.out, "skipped:", name)
	}
	if strict && len(l.skipped) > 0 {
		fmt.Fprintln(l.out, "CI=true: a skipped test is a failure")
	}
	if len(l.lines) == 0 {
		fmt.Fprintln(l.out, "no package passed")
	}
	fmt.Fprint(l.out, l.count())
}

// summary gives the packages' closing lines and the count.
func (l *log) summary() string { return strings.Join(l.lines, "") + l.count() }
