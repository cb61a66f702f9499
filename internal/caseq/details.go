package caseq

import (
	"encoding/json"
	"fmt"
)

// details are what of a case no query looks at: stores keep them as one JSON object.
type details struct {
	Reasons   []Reason  `json:"reasons,omitempty"`
	Peak      int       `json:"peak,omitempty"`
	Known     []string  `json:"known,omitempty"`
	Withdrawn bool      `json:"withdrawn,omitempty"`
	Groups    []Group   `json:"groups,omitempty"`
	Decision  *Decision `json:"decision,omitempty"`
	Proposal  *Decision `json:"proposal,omitempty"`
	Outcome   *Finding  `json:"outcome,omitempty"`
	Reopened  int       `json:"reopened,omitempty"`
}

// Details gives what of a case no query looks at, as JSON.
func (c *Case) Details() ([]byte, error) {
	b, err := json.Marshal(details{c.Reasons, c.Peak, c.Known, c.Withdrawn, c.Groups, c.Decision, c.Proposal, c.Outcome, c.Reopened})
	if err != nil {
		return nil, fmt.Errorf("caseq: case %s: %w", c.ID, err)
	}
	return b, nil
}

// SetDetails takes what Details gave.
func (c *Case) SetDetails(b []byte) error {
	var d details
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("caseq: case %s: %w", c.ID, err)
	}
	c.Reasons, c.Peak, c.Known, c.Withdrawn, c.Groups = d.Reasons, d.Peak, d.Known, d.Withdrawn, d.Groups
	c.Decision, c.Proposal, c.Outcome, c.Reopened = d.Decision, d.Proposal, d.Outcome, d.Reopened
	return nil
}
