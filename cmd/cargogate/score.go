package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"cargogate/internal/assess"
	"cargogate/internal/cargo"
	"cargogate/internal/config"
	"cargogate/internal/intake"
	"cargogate/internal/node"
	"cargogate/internal/scoring"
)

// A scoreCommand scores consignments, or replays scores.
type scoreCommand struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files to score, in the order in which they came."`
	Replay   []string `placeholder:"FILE" help:"Write the scores of FILE again, from their vectors, by the rules that they name."`
	Lists    string   `placeholder:"DIR" help:"Folder with lists that replace built-in ones."`
	Rules    string   `placeholder:"FILE" help:"Indicators in force, in the place of the built-in ones; with --replay, rules that scores name."`
	Received string   `placeholder:"TIME" help:"When the files were received (RFC 3339), for what depends on that."`
	Profile  profile  `placeholder:"FILE" help:"What was agreed, as for check."`
	Findings string   `placeholder:"FILE" help:"Write the findings to FILE as JSON, as check does, and not to standard error."`
}

// Run runs the command.
func (c *scoreCommand) Run(a *app) error {
	engine, err := node.OpenScoring(&config.Scoring{Lists: c.Lists, Rules: c.Rules})
	if err != nil {
		return err
	}
	if len(c.Replay) > 0 {
		if len(c.Files) > 0 {
			return usage("--replay takes scores; name no files to score beside it")
		}
		return c.replay(a, engine)
	}
	var received scoring.Instant
	if c.Received != "" {
		t, err := time.Parse(time.RFC3339, c.Received)
		if err != nil {
			return usage("--received %s: not a time like 2026-11-24T10:00:00Z", c.Received)
		}
		received = scoring.At(t.Unix())
	}
	findings, err := a.findings(c.Findings)
	if err != nil {
		return err
	}
	return findings.close(c.score(a, findings, engine, received))
}

// score reads the files twice. Standard input is kept between the two.
func (c *scoreCommand) score(a *app, findings *findingsFile, engine *scoring.Engine, received scoring.Instant) error {
	files := c.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	context := assess.NewContext()
	kept := map[string]*source{}
	defer func() {
		for _, s := range kept {
			s.Close() // it was only read
		}
	}()
	for _, name := range files {
		s, err := open(name)
		if err != nil {
			continue // the second reading complains
		}
		if err := context.Learn(s.Original); err != nil {
			s.Close()
			continue // the same
		}
		if name != "-" {
			s.Close()
			continue
		}
		kept[name] = s
	}
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	reading := assess.NewReading(engine, context)
	var line []byte
	one := func(s *source) error {
		return a.read(s, findings, c.Profile.options(), func(h *intake.Handler) {
			findings.before(out.Flush)
			reading.Handler(h, received, func(c *cargo.Consignment, _ *cargo.Filing, score *scoring.Score) error {
				line = append(score.AppendJSON(line[:0], c), '\n')
				_, err := out.Write(line)
				return err
			})
		})
	}
	for _, name := range files {
		var err error
		if s := kept[name]; s != nil {
			err = one(s)
		} else {
			err = a.one(name, one)
		}
		if a.stdout.err != nil {
			return a.stdout.err
		}
		if err != nil {
			a.complain(err)
			a.worse(statusUnreadable)
		}
	}
	return out.Flush()
}

// maxScoreLine bounds a line of stored scores, in bytes.
const maxScoreLine = 4 << 20

// replay writes stored scores again. A line that cannot be replayed is complained of, and the others are still done.
func (c *scoreCommand) replay(a *app, engine *scoring.Engine) error {
	scorer := engine.NewScorer()
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	for _, name := range c.Replay {
		if err := c.replayFile(a, scorer, name, out); err != nil {
			a.complain(err)
			a.worse(statusUnreadable)
		}
	}
	return out.Flush()
}

func (c *scoreCommand) replayFile(a *app, scorer *scoring.Scorer, name string, out io.Writer) error {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(filepath.Clean(name)); err != nil {
			return err
		}
		defer f.Close() // it is only read
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 64<<10), maxScoreLine)
	var text []byte
	n := 0
	for lines.Scan() {
		n++
		if len(lines.Bytes()) == 0 {
			continue
		}
		stored, err := scoring.DecodeStored(lines.Bytes())
		if err == nil {
			text, err = scorer.AppendReplay(text[:0], stored)
		}
		if err != nil {
			if errors.Is(err, scoring.ErrUnknownRules) {
				err = fmt.Errorf("%w: name their file with --rules", err)
			}
			a.complain(fmt.Errorf("%s:%d: %w", name, n, err))
			a.worse(statusUnreadable)
			continue
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return nil
}
