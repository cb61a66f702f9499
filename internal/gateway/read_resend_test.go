package gateway

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/partner"
)

// check says what a settlement should be, in short.
func (d *desk) check(what string, s Settlement, state State, duplicateOf uuid.UUID, codes string) {
	d.t.Helper()
	if got := d.codes(s); s.State != state || s.DuplicateOf != duplicateOf || got != codes {
		d.t.Errorf("%s: %s %q, duplicate of %s; want %s %q, of %s", what, s.State, got, s.DuplicateOf, state, codes, duplicateOf)
	}
}

// The same control reference and equal bytes as one accepted: no effect, the earlier answer again.
func TestReadResend(t *testing.T) {
	d := newDesk(t, nil)
	body := one("1", "M1", "9", "BM:A")
	first := d.send("NORDKAI", body)
	second := d.send("NORDKAI", body)
	d.check("repeat", second, StateAccepted, first.Receipt, "note GTW0005")
	third := d.send("NORDKAI", body)
	d.check("repeat of a repeat", third, StateAccepted, first.Receipt, "note GTW0005")
	if d.bills() != "1:A accepted" || len(d.store.rows(second.Receipt).Messages) != 0 || d.store.documents[DocumentKey("live", "NORDKAI", "CUSCAR", "M1")].Versions != 1 {
		t.Error("it had an effect:", d.bills())
	}
	a, b := d.store.rows(first.Receipt).Answers, d.store.rows(second.Receipt).Answers
	if len(a) != 1 || len(b) != 1 || !bytes.Equal(a[0].Body, b[0].Body) || a[0].ID == b[0].ID || len(d.store.deliveries) != 3 || d.store.deliveries[1].Answer != b[0].ID {
		t.Errorf("answers %d and %d, deliveries %+v", len(a), len(b), d.store.deliveries)
	}
	if r, _ := unpackJSON(second.Result); !bytes.Contains(r, []byte(`"reference":"1","function":"9"`)) || !bytes.Contains(r, []byte(first.Receipt.String())) {
		t.Errorf("result %s", r)
	}
	if e := d.store.events[1]; !strings.Contains(e.Data, `"duplicate_of":"`+first.Receipt.String()) {
		t.Errorf("event %s", e.Data)
	}
	// Partly accepted stays partly accepted.
	body = interchange("NORDKAI", "2", false, filing{reference: "M2", function: "9", bills: []string{"BM:B"}}, filing{reference: "M3", function: "9", bills: []string{"BM:C"}, mass: "900"})
	first = d.send("NORDKAI", body)
	d.check("partly", d.send("NORDKAI", body), StatePartlyAccepted, first.Receipt, "note GTW0005, error CAR0006")
}

// Equal bytes as one in work: it waits until that is final.
func TestResendOfOneInWork(t *testing.T) {
	d := newDesk(t, nil)
	body := one("1", "M1", "9", "BM:A")
	first := d.accept("NORDKAI", body)
	second := d.accept("NORDKAI", body)
	if d.read(second).verdict != waitFor {
		t.Fatal("it does not wait")
	}
	// For as long as that takes: what is in work has a lease of its own.
	second.WaitingFrom = d.store.now
	d.store.now = d.store.now.Add(time.Hour)
	if d.read(second).verdict != waitFor {
		t.Fatal("it does not wait any more")
	}
	d.do(first)
	d.check("then", d.do(second), StateAccepted, first.ID, "note GTW0005")
}

// After a rejection or a parking it is read anew.
func TestResendAfterRejection(t *testing.T) {
	d := newDesk(t, nil)
	body := one("1", "M1", "4", "BM:A")
	d.check("first", d.send("NORDKAI", body), StateRejected, uuid.Nil, "error GTW0003")
	d.send("NORDKAI", one("2", "M1", "9", "BM:A"))
	d.check("anew", d.send("NORDKAI", body), StateAccepted, uuid.Nil, "")
	body = one("3", "M3", "9", "BM:A")
	r := d.accept("NORDKAI", body)
	s, _, _ := d.g.parked(*r, "x")
	d.store.settlements[r.ID] = s
	d.check("after parking", d.send("NORDKAI", body), StateAccepted, uuid.Nil, "")
}

// The same reference with other bytes is finding 26, which a profile may soften; a corrected file after a rejection is
// none.
func TestSameReferenceOtherBytes(t *testing.T) {
	d := newDesk(t, nil)
	d.send("NORDKAI", one("1", "M1", "9", "BM:A"))
	s := d.send("NORDKAI", one("1", "M2", "9", "BM:B"))
	d.check("other bytes", s, StateRejected, uuid.Nil, "error EDI0026")
	if a := d.store.rows(s.Receipt).Answers; len(a) != 1 || !bytes.Contains(a[0].Body, []byte("+4+26+UNB")) {
		t.Errorf("answers %+v", a)
	}
	d.check("the first again", d.send("NORDKAI", one("1", "M1", "9", "BM:A")), StateAccepted, d.store.receipts[0].ID, "note GTW0005")
	d.send("NORDKAI", interchange("NORDKAI", "2", false, filing{reference: "M3", function: "9", bills: []string{"BM:C"}, mass: "900"}))
	d.check("corrected", d.send("NORDKAI", one("2", "M3", "9", "BM:C")), StateAccepted, uuid.Nil, "")
	// One in work counts, once nothing can be waited for.
	d.accept("NORDKAI", one("3", "M4", "9", "BM:D"))
	r := d.accept("NORDKAI", one("3", "M5", "9", "BM:E"))
	if d.read(r).verdict != waitFor {
		t.Error("it does not wait for the one in work")
	}
	r.WaitingFrom = d.store.now
	d.store.now = d.store.now.Add(5 * time.Minute)
	d.check("in work", d.do(r), StateRejected, uuid.Nil, "error EDI0026")
	// Another partner's references are its own.
	d.check("a stranger's", d.send("STRANGER", one("1", "M1", "9", "BM:A")), StateAccepted, uuid.Nil, "warning GTW0001")

	d = newDesk(t, profile(func(p *partner.Profile) {
		p.Severities = map[diag.Code]diag.Severity{diag.DuplicateReference: diag.Warning}
	}))
	d.send("NORDKAI", one("1", "M1", "9", "BM:A"))
	d.check("softened", d.send("NORDKAI", one("1", "M2", "9", "BM:B")), StateAccepted, uuid.Nil, "warning EDI0026")
}

// References of later interchanges of a file count as well, if the interchange was accepted.
func TestSameReferenceInLaterInterchange(t *testing.T) {
	f := func(m string) filing { return filing{reference: m, function: "9", bills: []string{"BM:" + m}} }
	d := newDesk(t, nil)
	d.send("NORDKAI", interchange("NORDKAI", "1", false, f("M1"))+interchange("NORDKAI", "2", false, f("M2"))+
		strings.Replace(interchange("NORDKAI", "3", false, f("M3")), "UNZ+1", "UNZ+2", 1))
	if c := d.store.rows(d.store.receipts[0].ID).Controls; len(c) != 1 || !strings.HasSuffix(c[0].Control, "|2") {
		t.Errorf("controls %+v", c)
	}
	d.check("the second's", d.send("NORDKAI", one("2", "M9", "9", "BM:Z")), StateRejected, uuid.Nil, "error EDI0026")
	d.check("the refused one's", d.send("NORDKAI", one("3", "M3", "9", "BM:Z")), StateAccepted, uuid.Nil, "")
	d.check("as a later one", d.send("NORDKAI", interchange("NORDKAI", "5", false, f("M5"))+interchange("NORDKAI", "1", false, f("M6"))), StatePartlyAccepted, uuid.Nil, "error EDI0026")
	// The first interchange of a file was refused, its reference is free.
	d = newDesk(t, nil)
	d.send("NORDKAI", strings.Replace(interchange("NORDKAI", "1", false, f("M1")), "UNZ+1", "UNZ+2", 1)+interchange("NORDKAI", "2", false, f("M2")))
	d.check("mended", d.send("NORDKAI", one("1", "M1", "9", "BM:A")), StateAccepted, uuid.Nil, "")
}

// A, B, A ends in A.
func TestReadABA(t *testing.T) {
	d := newDesk(t, nil)
	a, b := one("1", "M1", "9", "BM:A"), one("2", "M1", "5", "BM:B")
	d.send("NORDKAI", a)
	d.send("NORDKAI", b)
	third := d.send("NORDKAI", a)
	d.check("A again", third, StateAccepted, uuid.Nil, "note GTW0007, note GTW0004")
	if d.bills() != "1:A superseded, 2:B superseded, 3:A accepted" {
		t.Error(d.bills())
	}
	d.check("and once more", d.send("NORDKAI", a), StateAccepted, third.Receipt, "note GTW0005, note GTW0007, note GTW0004")
	d.check("B again", d.send("NORDKAI", b), StateAccepted, uuid.Nil, "note GTW0007")
	if !strings.HasSuffix(d.bills(), "5:B accepted") {
		t.Error(d.bills())
	}
}

// A, B, A all unsettled: the repeat waits, so that it ends in A whichever is settled first.
func TestABAWaits(t *testing.T) {
	d := newDesk(t, nil)
	a := one("1", "M1", "9", "BM:A")
	d.send("NORDKAI", a)
	b := d.accept("NORDKAI", one("2", "M1", "5", "BM:B"))
	again := d.accept("NORDKAI", a)
	if d.read(again).verdict != waitFor {
		t.Fatal("the repeat does not wait")
	}
	d.do(b)
	d.check("A again", d.do(again), StateAccepted, uuid.Nil, "note GTW0007, note GTW0004")
}

// Original, cancel, the same original ends as the profile says, and the sender is told which.
func TestResendAfterCancellation(t *testing.T) {
	for _, refile := range []bool{false, true} {
		d := newDesk(t, profile(func(p *partner.Profile) { p.RefileAfterCancel = refile }))
		original, cancel := one("1", "M1", "9", "BM:A"), one("2", "M1", "1")
		first := d.send("NORDKAI", original)
		d.check("cancel", d.send("NORDKAI", cancel), StateAccepted, uuid.Nil, "")
		s := d.send("NORDKAI", original)
		if refile {
			d.check("refiled", s, StateAccepted, uuid.Nil, "note GTW0007")
			if d.bills() != "1:A superseded, 3:A accepted" {
				t.Error(d.bills())
			}
			d.check("cancel again", d.send("NORDKAI", cancel), StateAccepted, uuid.Nil, "note GTW0007")
			if d.bills() != "1:A superseded, 3:A cancelled" {
				t.Error(d.bills())
			}
			continue
		}
		d.check("resend", s, StateAccepted, first.Receipt, "note GTW0006")
		d.check("cancel again", d.send("NORDKAI", cancel), StateAccepted, d.store.receipts[1].ID, "note GTW0005")
		if d.bills() != "1:A cancelled" {
			t.Error(d.bills())
		}
		// With a new reference it is a new filing.
		d.check("new reference", d.send("NORDKAI", one("3", "M1", "9", "BM:A")), StateAccepted, uuid.Nil, "")
	}
}

// The window, the mode, and files without a reference.
func TestResendBounds(t *testing.T) {
	d := newDesk(t, profile(func(p *partner.Profile) { p.ResendWindow = partner.Duration(time.Hour) }))
	body := one("1", "M1", "9", "BM:A")
	first := d.send("NORDKAI", body)
	d.check("within", d.send("NORDKAI", body), StateAccepted, first.Receipt, "note GTW0005")
	d.store.now = d.store.now.Add(2 * time.Hour)
	d.check("after the window", d.send("NORDKAI", body), StateAccepted, uuid.Nil, "note GTW0004")
	r := d.accept("NORDKAI", body)
	r.Mode = cargo.TrafficTest
	d.check("in the other mode", d.do(r), StateAccepted, uuid.Nil, "")
	none := strings.Replace(one("", "M7", "9", "BM:A"), "UNZ+1+'", "UNZ+1'", 1)
	if s := d.send("NORDKAI", none); s.DuplicateOf != uuid.Nil {
		t.Error(d.codes(s))
	}
	if s := d.send("NORDKAI", none); s.DuplicateOf != uuid.Nil {
		t.Error("without a reference nothing is a resend")
	}
}

// Message types that are marked repeatable are never resends.
func TestReadRepeatable(t *testing.T) {
	if !repeatable("edifact", "IFTSTA") || repeatable("edifact", "CUSCAR") || repeatable("x12", "IFTSTA") {
		t.Error("the wrong types are repeatable")
	}
	d := newDesk(t, nil)
	body := one("1", "M1", "9", "BM:A")
	first := d.send("NORDKAI", body)
	d.store.rows(first.Receipt).Messages[0].Type = "IFTSTA"
	if s := d.send("NORDKAI", body); s.DuplicateOf != uuid.Nil {
		t.Error("a repeatable type is a resend")
	}
}

// What was purged is a resend all the same: its result then says only that.
func TestResendOfPurged(t *testing.T) {
	d := newDesk(t, nil)
	body := one("1", "M1", "9", "BM:A")
	first := d.send("NORDKAI", body)
	s := d.store.settlements[first.Receipt]
	s.Result, s.Errors, s.Warnings, s.Notes = nil, 0, 0, 0
	d.store.settlements[first.Receipt] = s
	d.store.attempts[s.Fence] = &Rows{}
	d.check("repeat", d.send("NORDKAI", body), StateAccepted, first.Receipt, "note GTW0005")
}

// What was judged by what is on file is judged again where that has changed before it was settled.
func TestResendIsJudgedAgain(t *testing.T) {
	d := newDesk(t, nil)
	body := one("1", "M1", "9", "BM:A")
	d.send("NORDKAI", body)
	agent := d.accept("VELOFRACHT", interchange("VELO-EDI", "1", false, filing{reference: "M1", function: "5", bills: []string{"BM:B"}, filer: "NRDK"}))
	repeat := d.accept("NORDKAI", body)
	out := d.read(repeat)
	if out.settlement.DuplicateOf == uuid.Nil {
		t.Fatal("no resend yet")
	}
	d.do(agent)
	again, err := d.g.settle(t.Context(), []*outcome{out})
	if err != nil || len(again) != 1 || again[0] != out {
		t.Fatalf("%v, %d again", err, len(again))
	}
	d.check("then", d.do(repeat), StateAccepted, uuid.Nil, "note GTW0007, note GTW0004")
}
