package caseq

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// What an Entry tells of.
const (
	WhatOpened     = "opened"
	WhatUpdated    = "updated"   // another version, other points or reasons
	WhatCargo      = "cargo"     // the consignment was accepted, refused, superseded or cancelled
	WhatReopened   = "reopened"  //
	WhatWithdrawn  = "withdrawn" // closed by the system; see Case.Withdrawn
	WhatLeased     = "leased"
	WhatExtended   = "extended"
	WhatLeaseEnded = "lease_ended" // by its time
	WhatReturned   = "returned"
	WhatProposed   = "proposed"
	WhatRefused    = "refused" // a proposal, or taken back by who made it
	WhatDecided    = "decided"
	WhatOutcome    = "outcome"
	WhatNote       = "note"

	// System is who did what nobody did.
	System = "system"
)

// entry makes a line of the history of the case as it stands.
func (c *Case) entry(now time.Time, who, what string) Entry {
	return Entry{Case: c.ID, At: now, Who: who, What: what, To: c.State, Points: c.Points}
}

// Take leases the case to who until a time. ErrConflict where another has it. Who has it already gets a new token.
func (c *Case) Take(who string, token uuid.UUID, until, now time.Time) ([]Entry, error) {
	switch {
	case c.State == Closed:
		return nil, fmt.Errorf("%w: case %d is closed", ErrStep, c.Number)
	case c.LeasedAt(now) && c.Assignee != who:
		return nil, fmt.Errorf("%w: case %d is leased until %s", ErrConflict, c.Number, c.LeaseUntil.UTC().Format(time.RFC3339))
	}
	out := c.lapse(now)
	from := c.State
	if c.State == New {
		c.State = Assigned
	}
	c.Assignee, c.Lease, c.LeaseUntil = who, token, until
	e := c.entry(now, who, WhatLeased)
	e.From = from
	return append(out, e), nil
}

// lapse notes that a lease has run out. What state the case is in stays.
func (c *Case) lapse(now time.Time) []Entry {
	if c.Lease == uuid.Nil || c.LeasedAt(now) {
		return nil
	}
	e := c.entry(now, System, WhatLeaseEnded)
	e.Note = c.Assignee
	c.free()
	return []Entry{e}
}

func (c *Case) free() { c.Lease, c.LeaseUntil = uuid.Nil, time.Time{} }

// Holds is nil where who has the case by this token at this time, else ErrConflict.
func (c *Case) Holds(who string, token uuid.UUID, now time.Time) error {
	switch {
	case token == uuid.Nil || c.Lease != token || c.Assignee != who:
		return fmt.Errorf("%w: this lease of case %d is not the one in force", ErrConflict, c.Number)
	case !c.LeasedAt(now):
		return fmt.Errorf("%w: the lease of case %d ended at %s", ErrConflict, c.Number, c.LeaseUntil.UTC().Format(time.RFC3339))
	}
	return nil
}

// Extend makes the lease last until a time.
func (c *Case) Extend(until, now time.Time) []Entry {
	c.LeaseUntil = until
	return []Entry{c.entry(now, c.Assignee, WhatExtended)}
}

// Return gives the lease back. A case that was only taken is new again; any other state stays.
func (c *Case) Return(now time.Time) []Entry {
	from := c.State
	if c.State == Assigned {
		c.State = New
	}
	c.free()
	e := c.entry(now, c.Assignee, WhatReturned)
	e.From = from
	return []Entry{e}
}
