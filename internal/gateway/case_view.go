package gateway

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
)

// A CaseQuery chooses cases: those that are most urgent first (see caseq.Less), closed ones newest first.
type CaseQuery struct {
	States []caseq.State // none is all that are not closed
	Group  string        // "equipment:MSCU1234567", "call:C17", "party:NAME"; "" is any
	Port   string        // UN/LOCODE
	Mine   bool          // only those that the principal has
	Limit  int
	After  string
}

// A CaseView is a case as the API gives it.
type CaseView struct {
	ID          uuid.UUID        `json:"id"`
	Number      string           `json:"number"` // "26-000123"
	Revision    int64            `json:"revision"`
	Bill        string           `json:"bill"`           // number of the transport document
	Port        string           `json:"port,omitempty"` // UN/LOCODE
	State       caseq.State      `json:"state"`
	Lease       string           `json:"lease,omitempty"` // the token, for who has it
	LeaseUntil  *time.Time       `json:"lease_until,omitempty"`
	Assignee    string           `json:"assignee,omitempty"`
	Points      int              `json:"points"`
	Band        string           `json:"band"`
	Assessable  bool             `json:"assessable"`
	Families    json.RawMessage  `json:"families,omitempty"`
	Reasons     json.RawMessage  `json:"reasons"` // as in a score record
	Versions    json.RawMessage  `json:"versions,omitempty"`
	Due         *time.Time       `json:"due,omitempty"`
	Groups      []caseq.Group    `json:"groups"`
	Message     uuid.UUID        `json:"message"`
	Cargo       string           `json:"cargo"`
	Decision    *caseq.Decision  `json:"decision,omitempty"`
	Proposal    *caseq.Decision  `json:"proposal,omitempty"`
	Outcome     *caseq.Finding   `json:"outcome,omitempty"`
	Reopened    int              `json:"reopened,omitempty"`
	Consignment *ConsignmentView `json:"consignment,omitempty"` // of one, and of leased ones
	History     []caseq.Entry    `json:"history,omitempty"`     // of one
	OpenedAt    time.Time        `json:"opened_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	ClosedAt    *time.Time       `json:"closed_at,omitempty"`
}

// A CaseAct is a step that somebody takes with a case that they have leased.
type CaseAct struct {
	Lease string // token
	// Revision is that of the case as it was looked at: ErrConflict where it has changed since. 0 takes it as it is.
	Revision int64
	To       caseq.State // in_review, hold, inspect, do_not_load, released, closed
	Reason   string      // one of caseq.Reasons()
	Note     string
	// Agree and Refuse answer the proposal of another; To is then left out.
	Agree, Refuse bool
}

// An OutcomeLine is one line of an import of outcomes, matched on container, bill and date.
type OutcomeLine struct {
	Line      int    // 1-based in the file
	Bill      string // number of the transport document; may be empty where Equipment is not
	Equipment string // container or ULD
	On        string // day of the examination, YYYY-MM-DD
	Result    string
	Family    string
	Note      string
}

// An OutcomeReport says what became of each line.
type OutcomeReport struct {
	Line  int       `json:"line"`
	State string    `json:"state"` // recorded, already, no_case, several, invalid
	Case  uuid.UUID `json:"case,omitzero"`
	Error string    `json:"error,omitempty"`
}
