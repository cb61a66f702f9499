package caseq

import "slices"

// A ReasonCode is why somebody takes a step. The list is closed, so that steps can be counted by it; what it does not say
// the note does.
type ReasonCode struct {
	Code    string  `json:"code"`
	Meaning string  `json:"meaning"`
	For     []State `json:"for"`  // steps that it may be given for
	Note    bool    `json:"note"` // a note has to go with it
}

var (
	stopping = []State{Hold, Inspect, DoNotLoad}
	freeing  = []State{Released, Closed}
	every    = []State{Hold, Inspect, DoNotLoad, Released, Closed}
)

// reasons are a contract: a code is never taken away or given another meaning.
var reasons = []ReasonCode{
	{Code: "indicators", Meaning: "what the score names was borne out", For: stopping},
	{Code: "documents", Meaning: "documents are to be shown", For: []State{Hold}},
	{Code: "parties", Meaning: "who sends or receives the goods is not clear", For: stopping},
	{Code: "description", Meaning: "what the goods are is not clear", For: stopping},
	{Code: "prohibited", Meaning: "the goods are or may be prohibited or restricted", For: stopping},
	{Code: "danger", Meaning: "the goods are or may be dangerous in a way that was not declared", For: stopping},
	{Code: "intelligence", Meaning: "information that is not in the declaration", For: stopping, Note: true},
	{Code: "random", Meaning: "chosen by chance, to see what is missed", For: []State{Inspect}},
	{Code: "no_risk", Meaning: "nothing speaks for a risk", For: freeing},
	{Code: "explained", Meaning: "what had raised points was explained", For: freeing, Note: true},
	{Code: "corrected", Meaning: "the declaration was corrected", For: freeing},
	{Code: "examined", Meaning: "the goods were examined", For: freeing},
	{Code: "cancelled", Meaning: "the declaration was cancelled or the goods did not come", For: freeing},
	{Code: "too_late", Meaning: "the goods left before anything could be done", For: []State{Closed}},
	{Code: "duplicate", Meaning: "another case is about the same goods", For: []State{Closed}, Note: true},
	{Code: "other", Meaning: "something else", For: every, Note: true},
}

// ReasonWithdrawn is the reason in the history of a case that was closed untouched, as what had opened it is no longer so.
// Nobody can give it.
const ReasonWithdrawn = "withdrawn"

// Reasons gives the codes that a step may be given.
func Reasons() []ReasonCode {
	out := slices.Clone(reasons)
	for i := range out {
		out[i].For = slices.Clone(out[i].For)
	}
	return out
}

func reasonByCode(code string) (ReasonCode, bool) {
	i := slices.IndexFunc(reasons, func(r ReasonCode) bool { return r.Code == code })
	if i < 0 {
		return ReasonCode{}, false
	}
	return reasons[i], true
}
