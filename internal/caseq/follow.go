package caseq

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/partner"
)

// A Version is the consignment that a case is about, as it is on file now.
type Version struct {
	Consignment uuid.UUID
	Receipt     uuid.UUID
	BillKey     string
	DocumentKey string
	Bill        string
	Partner     partner.ID
	Filer       partner.ID
	Call        uuid.UUID
	Port        string
	Cargo       string
	Due         time.Time

	Points     int
	Base       int
	Band       string
	Assessable bool
	Flagged    bool // this version itself is one that opens a case
	Reasons    []Reason
	Groups     []Group
}

// counts reports whether the goods are declared in this version, accepted or refused.
func (v *Version) counts() bool { return v.Cargo == "accepted" || v.Cargo == "unaccepted" }

// Open makes the case of a version. Its Number is the store's to give.
func Open(id uuid.UUID, v *Version, now time.Time) (*Case, []Entry) {
	c := &Case{ID: id, Revision: 1, State: New, BillKey: v.BillKey, Filer: v.Filer, OpenedAt: now, UpdatedAt: now}
	c.take(v)
	return c, []Entry{c.entry(now, System, WhatOpened)}
}

// take makes the case say what the version does.
func (c *Case) take(v *Version) {
	c.Consignment, c.Receipt, c.DocumentKey, c.Bill, c.Partner = v.Consignment, v.Receipt, v.DocumentKey, v.Bill, v.Partner
	c.Call, c.Port, c.Cargo, c.Due = v.Call, v.Port, v.Cargo, v.Due
	c.Points, c.Base, c.Band, c.Assessable = v.Points, v.Base, v.Band, v.Assessable
	c.Reasons, c.Groups = slices.Clone(v.Reasons), slices.Clone(v.Groups)
	if c.State == Closed {
		return // what it had when it was closed stays, for the next look
	}
	c.Peak = max(c.Peak, v.Points)
	for _, r := range v.Reasons {
		if i, found := slices.BinarySearch(c.Known, r.Indicator); !found {
			c.Known = slices.Insert(c.Known, i, r.Indicator)
		}
	}
}

// differs reports whether the version is another one than the case speaks of, or says something else.
func (c *Case) differs(v *Version) bool {
	return c.Consignment != v.Consignment || c.Receipt != v.Receipt || c.Points != v.Points || c.Band != v.Band || c.Assessable != v.Assessable ||
		c.Base != v.Base || c.Call != v.Call || c.Port != v.Port || !c.Due.Equal(v.Due) || c.Cargo != v.Cargo || c.DocumentKey != v.DocumentKey ||
		!slices.Equal(c.Reasons, v.Reasons) || !slices.Equal(c.Groups, v.Groups)
}

// Touched reports whether anybody ever had the case.
func (c *Case) Touched() bool { return c.Assignee != "" || c.Decision != nil || c.Proposal != nil }

// Follow brings a case in line with what is on file: v is the version that counts, wanted says that some version on file is
// one that opens a case. It gives the lines of the history; none where nothing changed. Nobody's work is undone by it:
//   - An open case says what the version does. What was cancelled or superseded stays open and says so.
//   - An open case that nobody has ever had, and that nothing on file would open now, is withdrawn: what was settled in
//     another order would not have opened it.
//   - A closed one is opened again where the goods are still declared, the version is one that opens a case, and its points
//     rose by step over the most that it had, or an indicator fires that had not; a withdrawn one where it is wanted again.
func (c *Case) Follow(v *Version, wanted bool, step int, now time.Time) []Entry {
	if !c.differs(v) && wanted == !c.Withdrawn {
		return nil
	}
	if c.State == Closed {
		return c.reopen(v, wanted, step, now)
	}
	changed, cargo := c.differs(v), c.Cargo
	c.take(v)
	var out []Entry
	switch {
	case !wanted && !c.Touched():
		from := c.State
		c.close(now)
		c.Withdrawn = true
		e := c.entry(now, System, WhatWithdrawn)
		e.From, e.Reason = from, ReasonWithdrawn
		return []Entry{e}
	case !changed:
		return nil
	case c.Cargo != cargo:
		e := c.entry(now, System, WhatCargo)
		e.Reason = c.Cargo
		out = append(out, e)
	default:
		out = append(out, c.entry(now, System, WhatUpdated))
	}
	return out
}

// reopen is Follow of a closed case.
func (c *Case) reopen(v *Version, wanted bool, step int, now time.Time) []Entry {
	rose := v.Points >= c.Peak+step || slices.ContainsFunc(v.Reasons, func(r Reason) bool { return !slices.Contains(c.Known, r.Indicator) })
	if !c.Withdrawn && (!v.Flagged || !v.counts() || !rose) || c.Withdrawn && !wanted {
		return nil
	}
	from := c.State
	c.State, c.ClosedAt, c.Withdrawn = New, time.Time{}, false
	c.Reopened++
	c.take(v)
	e := c.entry(now, System, WhatReopened)
	e.From = from
	return []Entry{e}
}

// Forget takes away what is of a person: its consignment was purged. Notes go from the decisions too.
func (c *Case) Forget() {
	c.Consignment = uuid.Nil
	c.Groups = slices.DeleteFunc(slices.Clone(c.Groups), func(g Group) bool { return g.Kind == GroupParty })
	for _, d := range []**Decision{&c.Decision, &c.Proposal} {
		if *d != nil {
			bare := **d
			bare.Note = ""
			*d = &bare
		}
	}
	if c.Outcome != nil {
		bare := *c.Outcome
		bare.Note = ""
		c.Outcome = &bare
	}
}

// Kinds of groups.
const (
	GroupEquipment = "equipment"
	GroupCall      = "call"
	GroupParty     = "party"
)

// Key gives the text by which cases of a group are found: "equipment:MSCU1234567".
func (g Group) Key() string { return g.Kind + ":" + g.Value }

// CompareGroups orders groups as cases list them: what will be opened together, then the call, then the party.
func CompareGroups(a, b Group) int {
	order := []string{GroupEquipment, GroupCall, GroupParty}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(a.Value, b.Value))
}
