package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"cargogate/internal/config"
	"cargogate/internal/evaluate"
	"cargogate/internal/node"
)

// An evaluateCommand says what scores are worth where the truth is known.
type evaluateCommand struct {
	Dir    string `arg:"" help:"Folder that generate wrote: messages and truth.ndjson."`
	Config string `short:"c" placeholder:"FILE" help:"Take the scores that this gateway has on file, and do not score the messages here."`
	Lists  string `placeholder:"DIR" help:"Folder with lists that replace built-in ones."`
	Rules  string `placeholder:"FILE" help:"Indicators in force, in the place of the built-in ones."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
	Why    bool   `help:"Also show which indicators fired on each typology."`
}

// Run runs the command.
func (c *evaluateCommand) Run(a *app) error {
	report, err := c.report(a)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(a.stdout).Encode(report)
	}
	return c.text(a.stdout, report)
}

func (c *evaluateCommand) report(a *app) (*evaluate.Report, error) {
	engine, err := node.OpenScoring(&config.Scoring{Lists: c.Lists, Rules: c.Rules})
	if err != nil {
		return nil, err
	}
	if c.Config == "" {
		t, err := evaluate.Folder(c.Dir, engine)
		if err != nil {
			return nil, err
		}
		return evaluate.Evaluate(t), nil
	}
	settings, err := config.LoadData(c.Config, os.Environ())
	if err != nil {
		return nil, usageError{error: err}
	}
	ctx := a.context()
	store, err := node.OpenStore(ctx, settings, node.Beside)
	if err != nil {
		return nil, err
	}
	defer store.Close() // it was only read
	t, err := evaluate.Store(ctx, c.Dir, store, engine)
	if err != nil {
		return nil, err
	}
	return evaluate.Evaluate(t), nil
}

// percent gives a part as text.
func percent(p evaluate.Part) string {
	if p.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*p.Rate())
}

func (c *evaluateCommand) text(w io.Writer, r *evaluate.Report) error {
	fmt.Fprintf(w, "%d consignments in %.1f days, %d planted cases, %d look-alikes", r.Consignments, r.Days, r.Planted, r.Lookalikes)
	if r.Missing > 0 {
		fmt.Fprintf(w, ", %d of these without a score", r.Missing)
	}
	fmt.Fprint(w, "\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FLAGGED\tCONSIGNMENTS\tA DAY\tFROM POINTS\tFULL CASES\tPLAIN CASES\tALL CASES\tLOOK-ALIKES\tPRECISION\tBY LOT (95 %)")
	for _, s := range r.Shares {
		fmt.Fprintf(t, "%.1f %%\t%d\t%.0f\t%d\t%s\t%s\t%s\t%s\t%.1f %%\t%.1f %% (%.1f to %.1f)\n", float64(s.Permille)/10, s.Flagged, s.ADay, s.Points,
			percent(s.Full), percent(s.Plain), percent(s.All), percent(s.Lookalikes), 100*s.Precision, 100*s.RandomExpected, 100*s.RandomLow, 100*s.RandomHigh)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprint(w, "\nRecall of full cases (of partial ones; look-alikes) by typology:\n\n")
	fmt.Fprint(t, "TYPOLOGY\tCASES")
	for _, s := range r.Shares {
		fmt.Fprintf(t, "\t%.1f %%", float64(s.Permille)/10)
	}
	fmt.Fprintln(t)
	for _, ty := range r.Typologies {
		fmt.Fprintf(t, "%s\t%d", ty.Name, ty.Shares[0].Full.Of)
		for _, p := range ty.Shares {
			fmt.Fprintf(t, "\t%s (%s; %s)", percent(p.Full), percent(p.Partial), percent(p.Lookalikes))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if !c.Why {
		return nil
	}
	for _, ty := range r.Typologies {
		fmt.Fprintf(w, "\n%s: indicators on full cases, and on look-alikes\n", ty.Name)
		for _, i := range ty.Indicators {
			fmt.Fprintf(t, "  %s\t%d\t%d\n", i.ID, i.Cases, i.Lookalikes)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}
