package gateway

import (
	"context"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/partner"
)

// A CaseFile is what is on file of one bill of one filer, as far as its case goes by it.
type CaseFile struct {
	Filer   partner.ID
	BillKey string
	// Flagged says that some version is one that opens a case: it was selected, or could not be assessed where that counts.
	Flagged bool
	// Versions are the newest visible live consignment of each state; empty where all were purged.
	Versions []ConsignmentRow
	// Case is locked until the end of the transaction; nil where there is none.
	Case *caseq.Case
}

// A CaseList chooses cases: open ones the most urgent first as caseq.Less has them at Now, or closed ones newest first.
type CaseList struct {
	Now      time.Time
	Closed   bool          // closed ones
	States   []caseq.State // of open ones; none is all that are not closed
	Group    string        // caseq.Group.Key; "" is any
	Port     string
	Assignee string // only those that it has leased at Now; "" is any
	Limit    int
	After    string // token of the page before, which holds Now as well
}

// A CasePick chooses cases to be leased: open ones in one of States, not leased at Now, without a proposal of Who's own.
type CasePick struct {
	Now    time.Time
	Who    string
	States []caseq.State
	Group  string
	Port   string
	Limit  int
}

// A CaseMatch chooses the cases that an outcome may be about: of this bill and this equipment where these are named, and
// not opened after To nor due before From (one that is due at no time: nor opened before From).
type CaseMatch struct {
	BillKey   string
	Equipment string
	From, To  time.Time
	Limit     int
}

// CaseStore is what the gateway needs of a database for reading cases.
type CaseStore interface {
	// Cases gives a page of cases without their history.
	Cases(ctx context.Context, q CaseList) (items []caseq.Case, next string, err error)
	// CaseByID gives one.
	CaseByID(ctx context.Context, id uuid.UUID) (caseq.Case, error)
	// CaseHistory gives the history of a case in its order, at most the newest limit lines.
	CaseHistory(ctx context.Context, id uuid.UUID, limit int) ([]caseq.Entry, error)
	// ConsignmentsByID gives those of some visible consignments that are there, in any order.
	ConsignmentsByID(ctx context.Context, ids []uuid.UUID) ([]ConsignmentRow, error)
	// MatchCases gives the ids of cases, in the order of their numbers.
	MatchCases(ctx context.Context, m CaseMatch) ([]uuid.UUID, error)
}

// CaseTx is what a transaction does with cases.
type CaseTx interface {
	// CaseFiles gives what is on file of live bills that have a case, or of which some visible version is selected or, with
	// unassessable, cannot be assessed; sorted by filer and bill. Their cases are locked, and nobody else gets case files
	// until the transaction ends.
	CaseFiles(ctx context.Context, bills []string, unassessable bool) ([]CaseFile, error)
	// CallNumbers gives the numbers of calls, of those that are there.
	CallNumbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)
	// LockCase gives a case, locked until the transaction ends.
	LockCase(ctx context.Context, id uuid.UUID) (caseq.Case, error)
	// PickCases gives and locks the cases to be leased, the most urgent first. Those that another transaction has locked are
	// left out, not waited for.
	PickCases(ctx context.Context, p CasePick) ([]caseq.Case, error)
	// SaveCases writes cases: a new one, with Number 0, is inserted and given its number; another must be one revision behind,
	// else it is ErrFenced. A second case of one filer and bill is ErrFenced too.
	SaveCases(ctx context.Context, cases []*caseq.Case) error
	// AddCaseEntries adds to the histories of saved cases, numbering the lines of each.
	AddCaseEntries(ctx context.Context, entries []caseq.Entry) error
	// ForgetCases lets the cases of a receipt that is purged forget what is of persons (caseq.Case.Forget), with the notes of
	// their histories, and gives how many they were.
	ForgetCases(ctx context.Context, receipt uuid.UUID) (int, error)
}
