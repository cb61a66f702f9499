// Package caseq is what officers work on: cases, their states, who may take which step, leases, outcomes.
//
// It is pure: no store, no clock, no I/O. The gateway carries its acts out in transactions, and the stores keep the rows.
package caseq

import (
	"time"

	"github.com/google/uuid"

	"cargogate/internal/partner"
)

// A State is where a case stands. The words are a contract.
type State string

// States, in the order in which a case goes through them. Hold, Inspect and DoNotLoad keep the goods; they and Released may
// follow one another until an outcome is recorded.
const (
	New       State = "new"         // nobody has it
	Assigned  State = "assigned"    // leased to somebody
	InReview  State = "in_review"   // somebody looks at it
	Hold      State = "hold"        // the goods may not leave
	Inspect   State = "inspect"     // the goods are to be opened or scanned
	DoNotLoad State = "do_not_load" // the goods may not be loaded
	Released  State = "released"    // the goods may go
	Outcome   State = "outcome"     // what was found is recorded
	Closed    State = "closed"
)

// A Group is what cases have in common: what will be opened together, then the call, then a party.
type Group struct {
	Kind  string `json:"kind"`  // equipment, call, party
	Value string `json:"value"` // container or ULD number, our number of the call, name of the consignee in upper case
}

// A Reason is why a case was opened, as far as its reopening looks at it.
type Reason struct {
	Indicator string `json:"indicator"` // "to-order@1"
	Points    int    `json:"points"`
}

// A Case is the one open case of a consignment, or a closed one.
type Case struct {
	ID       uuid.UUID // v7
	Number   int64     // counts from 1; for people
	Revision int64     // counts its changes; an act on an earlier one is a conflict

	Consignment uuid.UUID // current version of the consignment
	Receipt     uuid.UUID // of that version
	BillKey     string    // with Filer the key: one case that is not closed for each
	DocumentKey string
	Bill        string     // number of the transport document as declared
	Partner     partner.ID // transmitter
	Filer       partner.ID
	Call        uuid.UUID // zero where there is none
	Port        string    // UN/LOCODE
	Cargo       string    // state of that version: accepted, unaccepted, superseded, cancelled

	State      State
	Points     int
	Base       int // points by which it is ranked: see Base
	Band       string
	Assessable bool
	Reasons    []Reason
	Peak       int      // the most points it had when it was last closed, for reopening; while it is open, so far
	Known      []string // indicators that had fired when it was last closed, sorted; while it is open, so far
	Withdrawn  bool     // it was closed untouched, as what had opened it is no longer so
	Groups     []Group
	Due        time.Time // when it is too late to act; zero where unknown

	Assignee   string    // principal that has it, or had it last
	Lease      uuid.UUID // token; zero where it is not leased
	LeaseUntil time.Time

	Decision  *Decision // the last that took effect
	Proposal  *Decision // one that waits for a second person
	Outcome   *Finding
	Reopened  int
	OpenedAt  time.Time
	UpdatedAt time.Time
	ClosedAt  time.Time // zero while it is open
}

// A Decision is a step that somebody took.
type Decision struct {
	To     State     `json:"to"`
	Reason string    `json:"reason"` // one of Reasons()
	Note   string    `json:"note,omitempty"`
	By     string    `json:"by"`
	Second string    `json:"second,omitempty"` // who agreed
	At     time.Time `json:"at"`
}

// A Finding is what an examination came to.
type Finding struct {
	Result string    `json:"result"` // seizure, infringement, data_error, nil, not_examined
	Family string    `json:"family,omitempty"`
	Note   string    `json:"note,omitempty"`
	On     string    `json:"on,omitempty"` // day of the examination, YYYY-MM-DD
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Source string    `json:"source,omitempty"` // api, import:<name of the file>
}

// An Entry is one line of a case's history.
type Entry struct {
	Case   uuid.UUID `json:"-"`
	Seq    int64     `json:"seq"` // counts from 1 within the case
	At     time.Time `json:"at"`
	Who    string    `json:"who"`  // principal, or "system"
	What   string    `json:"what"` // opened, updated, cargo, reopened, withdrawn, leased, extended, lease_ended, returned, proposed, refused, decided, outcome, note
	From   State     `json:"from,omitempty"`
	To     State     `json:"to,omitempty"`
	Points int       `json:"points"`
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty"`
}
