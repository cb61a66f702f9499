package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cargogate/internal/intake"
)

// An ackCommand answers.
type ackCommand struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files to answer."`
	Out      string   `placeholder:"DIR" help:"Write each answer to a file of its own in DIR."`
	Kind     string   `enum:"contrl" default:"contrl" help:"Kind of answer: contrl."`
	Always   bool     `help:"Answer also what is in order and asked for no answer."`
	Profile  profile  `placeholder:"FILE" help:"What was agreed, as for check."`
	Findings string   `placeholder:"FILE" help:"Write the findings to FILE as JSON, as check does, and not to standard error."`
}

// Run runs the command.
func (c *ackCommand) Run(a *app) error {
	now, err := clock()
	if err != nil {
		return err
	}
	findings, err := a.findings(c.Findings)
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return findings.close(err)
		}
	}
	taken := map[string]bool{}
	err = a.each(c.Files, func(s *source) error {
		options := intake.AnswerOptions{Options: c.Profile.options(), Kind: c.Kind, Always: c.Always || c.Profile.AnswerAll, Now: now}
		findings.Begin(s.Name)
		r, err := intake.Answer(s.Original, options, func(interchange int, kind string) (io.WriteCloser, error) {
			if c.Out == "" {
				return line{a.stdout}, nil
			}
			return os.Create(filepath.Join(c.Out, answerName(s.Name, interchange, kind, taken)))
		})
		if r == nil {
			return a.settle(s, findings, nil, err)
		}
		c.tell(s.Name, r.Unanswered)
		return a.settle(s, findings, r.Result, err)
	})
	return findings.close(err)
}

// tell says which interchanges of a file got no answer, so that an empty output is no riddle.
func (c *ackCommand) tell(name string, unanswered []intake.Unanswered) {
	for i := 0; i < len(unanswered); {
		first, n := unanswered[i], 1
		for i+n < len(unanswered) && unanswered[i+n] == (intake.Unanswered{Interchange: first.Interchange + n, Reason: first.Reason}) {
			n++
		}
		which := fmt.Sprintf("interchange %d is", first.Interchange)
		if n > 1 {
			which = fmt.Sprintf("interchanges %d to %d are", first.Interchange, first.Interchange+n-1)
		}
		reason := strings.TrimPrefix(first.Reason.Error(), "contrl: ")
		fmt.Fprintf(os.Stderr, "cargogate: %s: %s not answered: %s\n", name, which, reason)
		i += n
	}
}

// answerName gives the file for an answer: manifest.edi's first CONTRL is manifest.1.contrl.edi. A second file of the
// same name, from another folder, gets a number of its own.
func answerName(subject string, interchange int, kind string, taken map[string]bool) string {
	base := filepath.Base(subject)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if subject == "-" {
		base = "stdin"
	}
	name := fmt.Sprintf("%s.%d.%s.edi", base, interchange, kind)
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d.%d.%s.edi", base, n, interchange, kind)
	}
	taken[name] = true
	return name
}

// A line is an answer on the standard output: one interchange a line.
type line struct{ w io.Writer }

// Write passes bytes on.
func (l line) Write(p []byte) (int, error) { return l.w.Write(p) }

// Close ends the line.
func (l line) Close() error {
	_, err := io.WriteString(l.w, "\n")
	return err
}

// clock gives the time for answers. SOURCE_DATE_EPOCH, in seconds since 1970, stops it where output must be the same
// every time, as in tests and documents.
func clock() (func() time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now, nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return nil, usage("SOURCE_DATE_EPOCH is not a number of seconds: %q", epoch)
	}
	return func() time.Time { return time.Unix(seconds, 0) }, nil
}
