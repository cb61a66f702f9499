package caseq

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Results gives what an examination may come to: goods were seized; a rule was broken; the declaration was wrong and no more;
// nothing was found; the goods were not examined after all.
func Results() []string {
	return []string{"seizure", "infringement", "data_error", "nil", "not_examined"}
}

// maxFamily is the length of a threat family.
const maxFamily = 40

// Check is ErrStep where a finding is not valid: Result one of Results, Family a word in lower case or empty, On a day that
// is not behind today or empty.
func (f *Finding) Check(now time.Time) error {
	if !slices.Contains(Results(), f.Result) {
		return fmt.Errorf("%w: %q is no result: %s", ErrStep, f.Result, strings.Join(Results(), ", "))
	}
	if len(f.Family) > maxFamily || strings.Trim(f.Family, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("%w: %q is no threat family", ErrStep, f.Family)
	}
	if f.On != "" {
		on, err := time.Parse(time.DateOnly, f.On)
		if err != nil {
			return fmt.Errorf("%w: %q is no day in the form YYYY-MM-DD", ErrStep, f.On)
		}
		if on.After(now.Add(26 * time.Hour)) { // the day may have begun in another zone
			return fmt.Errorf("%w: the day %s is yet to come", ErrStep, f.On)
		}
	}
	return CheckNote(f.Note)
}

// Same reports whether two findings say the same, whoever said it when.
func (f *Finding) Same(o *Finding) bool {
	return f != nil && o != nil && f.Result == o.Result && f.Family == o.Family && f.On == o.On && f.Note == o.Note
}

// Record keeps what was found. It needs a decision before it; what is recorded already is corrected by it, and the history
// keeps both. A case that is closed stays so, as results may come late.
func (c *Case) Record(f Finding, now time.Time) ([]Entry, error) {
	if err := f.Check(now); err != nil {
		return nil, err
	}
	if c.Proposal != nil {
		return nil, fmt.Errorf("%w: %s of case %d is proposed and waits for a second person", ErrStep, c.Proposal.To, c.Number)
	}
	if c.Decision == nil || !c.State.Decided() && c.State != Outcome && c.State != Closed {
		return nil, fmt.Errorf("%w: case %d is %s: an outcome comes after a decision", ErrStep, c.Number, c.State)
	}
	from := c.State
	if c.State != Closed {
		c.State = Outcome
	}
	f.At = now
	c.Outcome = &f
	e := c.entry(now, f.By, WhatOutcome)
	e.From, e.Reason, e.Note = from, f.Result, f.Note
	return []Entry{e}, nil
}
