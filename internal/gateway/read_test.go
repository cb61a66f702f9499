package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/synth"
)

func profile(change func(*partner.Profile)) func(*fakeStore) {
	return func(f *fakeStore) {
		p := partner.Profile{Name: partner.DefaultProfile}
		change(&p)
		f.profiles = []partner.Profile{p}
	}
}

// What a first filing comes to.
func TestReadOriginal(t *testing.T) {
	d := newDesk(t, nil)
	s := d.send("NORDKAI", one("1", "MAN1", "9", "MB:B-1", "BH:H1<B-1", "BM:B 2"))
	if s.State != StateAccepted || d.codes(s) != "" || s.Mode != cargo.TrafficLive {
		t.Fatalf("%s %s", s.State, d.codes(s))
	}
	rows := d.store.rows(s.Receipt)
	m := rows.Messages[0]
	if m.Type != "CUSCAR" || m.Version != "D.95B" || m.Reference != "1" || m.Function != "9" || m.Op != OpSet || !m.Original || !m.Took || !m.Accepted ||
		m.DocumentKey != DocumentKey("live", "NORDKAI", "CUSCAR", "MAN1") || m.DocReference != "MAN1" || m.Filer != "NORDKAI" || m.Partner != "NORDKAI" ||
		m.Carrier != "NRDK" || m.Consignments != 3 || m.Registration != RegistrationOf(d.store.receipts[0].ReceivedAt, "live", Order{1, 1}, 0) {
		t.Errorf("message %+v", m)
	}
	filed, err := unpackJSON(m.Filing)
	if r, err2 := cargo.DecodeRecord(filed); err != nil || err2 != nil || r.(*cargo.Filing).Reference != "MAN1" {
		t.Errorf("filing %s, %v", filed, err)
	}
	var got []string
	for _, c := range rows.Consignments {
		record, err := unpackJSON(c.Record)
		if err != nil {
			t.Fatal(err)
		}
		r, err := cargo.DecodeRecord(record)
		if err != nil || r.(*cargo.Consignment).Documents[0].Number != c.Number || r.(*cargo.Consignment).Status != cargo.StatusAccepted {
			t.Errorf("record %s, %v", record, err)
		}
		if !ValidRegistration(c.Registration) || c.LegalAt != d.store.receipts[0].ReceivedAt || c.Call != d.store.calls[0].ID || c.Port != "NLRTM" ||
			c.ETA.IsZero() || c.Packages != 10 || c.Mode != "live" || c.DocumentKey != m.DocumentKey || c.Order != (Order{1, 1}) {
			t.Errorf("row %+v", c)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s %s", c.Ordinal, c.Level, c.BillKey, c.ParentKey, c.State))
	}
	if want := "1 master B1  accepted|2 house H1 B1 accepted|3 simple B2  accepted"; strings.Join(got, "|") != want {
		t.Errorf("%s, want %s", strings.Join(got, "|"), want)
	}
	if c := d.store.calls; len(c) != 1 || c[0].Vessel != "imo:9732149" || c[0].Voyage != "047W" || c[0].Port != "NLRTM" || c[0].Carrier != "NRDK" {
		t.Errorf("calls %+v", c)
	}
	doc := d.store.documents[m.DocumentKey]
	if doc.State != DocumentCurrent || doc.Versions != 1 || doc.Reference != "MAN1" || doc.Filer != "NORDKAI" || doc.Mode != "live" || doc.Type != "CUSCAR" {
		t.Errorf("document %+v", doc)
	}
	e := d.store.events
	if len(e) != 1 || e[0].Type != outbox.TypeSettled || e[0].Partner != "NORDKAI" || e[0].Filer != "NORDKAI" || !strings.Contains(e[0].Data, `"state":"accepted"`) || e[0].At.IsZero() {
		t.Errorf("events %+v", e)
	}
	if a := d.store.audit; len(a) != 1 || a[0].Action != "message.settle" || !strings.Contains(a[0].Detail, "result_sha256") || strings.Contains(a[0].Detail, "B-1") {
		t.Errorf("audit %+v", a)
	}
}

// Reading again gives the same bytes of answer and result, the same references: everything but ids.
func TestReadAgainIsTheSame(t *testing.T) {
	d := newDesk(t, nil)
	r := d.accept("NORDKAI", one("1", "MAN1", "9", "BM:B1"))
	a, b := d.read(r), d.read(r)
	d.store.now = d.store.now.Add(time.Hour)
	c := d.read(r)
	for _, o := range []*outcome{b, c} {
		if !bytes.Equal(a.settlement.Result, o.settlement.Result) || !bytes.Equal(a.rows.Answers[0].Body, o.rows.Answers[0].Body) ||
			a.rows.Consignments[0].Registration != o.rows.Consignments[0].Registration || !bytes.Equal(a.rows.Consignments[0].Record, o.rows.Consignments[0].Record) {
			t.Error("it differs")
		}
	}
}

// The state of a receipt, of its messages and consignments; what is refused and readable is kept as unaccepted.
func TestReadStates(t *testing.T) {
	good := filing{reference: "M1", function: "9", bills: []string{"BM:A"}}
	bad := filing{reference: "M2", function: "9", bills: []string{"BM:B"}, mass: "900"}
	mixed := func() string {
		s := interchange("NORDKAI", "1", false, filing{reference: "M1", function: "9", bills: []string{"BM:A", "BM:B"}, mass: "100"})
		i := strings.LastIndex(s, "CNT+7:100")
		return s[:i] + "CNT+7:900" + s[i+len("CNT+7:900"):]
	}
	for _, c := range []struct {
		name, body string
		state      State
		bills      string
		took       string
	}{
		{"accepted", interchange("NORDKAI", "1", false, good), StateAccepted, "1:A accepted", "true"},
		{"all bills refused", interchange("NORDKAI", "1", false, bad), StateRejected, "1:B unaccepted", "false"},
		{"one message refused", interchange("NORDKAI", "1", false, good, bad), StatePartlyAccepted, "1:A accepted, 1:B unaccepted", "true false"},
		{"one bill refused", mixed(), StatePartlyAccepted, "1:A accepted, 1:B unaccepted", "true"},
		{"message refused", strings.Replace(interchange("NORDKAI", "1", false, good), "BGM+85", "BGM+QQQ", 1), StateRejected, "1:A unaccepted", "false"},
		{"interchange refused", strings.Replace(interchange("NORDKAI", "1", false, good), "UNZ+1", "UNZ+2", 1), StateRejected, "1:A unaccepted", "false"},
		{"no format", "hello, this is no manifest", StateRejected, "", ""},
		{"empty", "", StateRejected, "", ""},
		{"another type", "UNB+UNOC:3+NORDKAI+CUSTOMS+261123:0915+1'UNH+1+XYZABC:D:95B:UN'BGM+1+X+9'UNT+3+1'UNZ+1+1'", StateRejected, "", "false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			s := d.send("NORDKAI", c.body)
			var took []string
			for _, m := range d.store.rows(s.Receipt).Messages {
				took = append(took, fmt.Sprint(m.Took))
				if m.Took != (m.Registration != "") {
					t.Errorf("registration %q", m.Registration)
				}
			}
			if s.State != c.state || d.bills() != c.bills || strings.Join(took, " ") != c.took {
				t.Errorf("%s, bills %s, took %s; %s", s.State, d.bills(), strings.Join(took, " "), d.codes(s))
			}
			for _, b := range d.store.visible() {
				if len(b.Terms) == 0 || (b.State == ConsignmentAccepted) != (b.Registration != "") {
					t.Errorf("row %+v", b)
				}
			}
			if s.State == StateRejected && len(d.store.documents) > 0 {
				t.Errorf("documents %+v", d.store.documents)
			}
		})
	}
}

// A receipt is live or test as a whole: a test in a live file is refused, and so is what is meant live in a test file.
func TestReadMode(t *testing.T) {
	f := filing{reference: "M1", function: "9", bills: []string{"BM:A"}}
	live, test := interchange("NORDKAI", "1", false, f), interchange("NORDKAI", "2", true, f)
	for _, c := range []struct {
		name, body string
		mode       cargo.Traffic
		codes      string
		state      State
	}{
		{"live", live, "live", "", StateAccepted},
		{"test", test, "test", "", StateAccepted},
		{"a test in a live file", live + test, "live", "error GTW0008", StatePartlyAccepted},
		{"live in a test file", test + live, "test", "error GTW0008", StatePartlyAccepted},
		{"two tests", test + interchange("NORDKAI", "3", true, filing{reference: "M2", function: "9", bills: []string{"BM:B"}}), "test", "", StateAccepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			s := d.send("NORDKAI", c.body)
			if s.Mode != c.mode || d.codes(s) != c.codes || s.State != c.state {
				t.Errorf("%s %s %s", s.Mode, s.State, d.codes(s))
			}
			for _, b := range d.store.visible() {
				if b.Mode != c.mode {
					t.Errorf("%+v", b)
				}
			}
			for _, e := range d.store.events {
				if e.Mode != string(c.mode) {
					t.Errorf("%+v", e)
				}
			}
		})
	}
	// Live traffic by a channel for tests is a test, whatever its header says.
	d := newDesk(t, nil)
	r := d.accept("NORDKAI", live)
	r.Mode = cargo.TrafficTest
	if s := d.do(r); s.State != StateAccepted || s.Mode != "test" || d.codes(s) != "" {
		t.Errorf("%s %s", s.State, d.codes(s))
	}
	// A test and a live filing of one number are two documents.
	if s := d.send("NORDKAI", live); s.State != StateAccepted || len(d.store.documents) != 2 || d.codes(s) != "" {
		t.Errorf("%s %s, %d documents", s.State, d.codes(s), len(d.store.documents))
	}
}

// Who transmits, who files, and who may amend.
func TestReadFiler(t *testing.T) {
	for _, c := range []struct {
		name         string
		by           partner.ID
		sender, with string // UNB, NAD+MS
		codes        string
		filer        partner.ID
		amend        State // of a replacement by the same
	}{
		{"its own address", "NORDKAI", "NORDKAI", "", "", "NORDKAI", StateAccepted},
		{"its own code", "NORDKAI", "NORDKAI", "NRDK", "", "NORDKAI", StateAccepted},
		{"its ID as address", "STRANGER", "STRANGER", "", "", "STRANGER", StateAccepted},
		{"an unknown address", "STRANGER", "NOBODY", "", "warning GTW0001", "STRANGER", StateAccepted},
		{"an agent with a mandate", "VELOFRACHT", "VELO-EDI", "NRDK", "", "NORDKAI", StateAccepted},
		{"an agent with its filer's address", "VELOFRACHT", "NORDKAI", "", "", "NORDKAI", StateAccepted},
		{"another's address", "STRANGER", "NORDKAI", "", "warning GTW0001", "STRANGER", StateAccepted},
		{"another's code", "STRANGER", "STRANGER", "NRDK", "warning GTW0009", "STRANGER", StateAccepted},
		{"an unknown code", "NORDKAI", "NORDKAI", "ZZZZ", "", "NORDKAI", StateAccepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			file := func(control, function, bill string) Settlement {
				return d.send(c.by, interchange(c.sender, control, false, filing{reference: "M1", function: function, bills: []string{bill}, filer: c.with}))
			}
			s := file("1", "9", "BM:A")
			m := d.store.rows(s.Receipt).Messages[0]
			if s.State != StateAccepted || d.codes(s) != c.codes || m.Filer != c.filer || m.Partner != c.by || d.store.visible()[0].Filer != c.filer {
				t.Errorf("%s %q, filer %s", s.State, d.codes(s), m.Filer)
			}
			if s := file("2", "5", "BM:B"); s.State != c.amend {
				t.Errorf("amended: %s %s", s.State, d.codes(s))
			}
		})
	}
	// An agent amends what its filer filed while its mandate holds, and nobody else does.
	d := newDesk(t, nil)
	d.send("NORDKAI", one("1", "M1", "9", "BM:A", "BM:B"))
	amend := func(by partner.ID, sender, control string) string {
		s := d.send(by, interchange(sender, control, false, filing{reference: "M1", function: "4", bills: []string{"BM:B"}, filer: "NRDK"}))
		return string(s.State) + " " + d.codes(s)
	}
	if got := amend("VELOFRACHT", "VELO-EDI", "2"); got != "accepted " {
		t.Error("the agent:", got)
	}
	if got := amend("STRANGER", "STRANGER", "3"); got != "rejected warning GTW0009, error GTW0002" {
		t.Error("a stranger:", got)
	}
	if d.bills() != "1:A accepted, 1:B superseded, 2:B accepted, 3:B unaccepted" {
		t.Error(d.bills())
	}
	d.store.now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	if got := amend("VELOFRACHT", "VELO-EDI", "4"); got != "rejected warning GTW0009, error GTW0002" {
		t.Error("the agent after its mandate:", got)
	}
	// A cancellation by a stranger, who has a document of the same number itself, is of its own.
	d.send("STRANGER", interchange("STRANGER", "5", false, filing{reference: "M1", function: "9", bills: []string{"BM:S"}}))
	if s := d.send("STRANGER", interchange("STRANGER", "6", false, filing{reference: "M1", function: "1", filer: "NRDK"})); s.State != StateAccepted {
		t.Error(d.codes(s))
	}
	if got := d.store.documents[DocumentKey("live", "NORDKAI", "CUSCAR", "M1")]; got.State != DocumentCurrent {
		t.Errorf("%+v", got)
	}
}

// A filer who did not transmit is told of its own documents alone.
func TestReadEventsByFiler(t *testing.T) {
	d := newDesk(t, nil)
	d.send("VELOFRACHT", interchange("VELO-EDI", "1", false, filing{reference: "OWN", function: "9", bills: []string{"BM:A"}},
		filing{reference: "THEIRS", function: "9", bills: []string{"BM:B"}, filer: "NRDK"}))
	var got []string
	for _, e := range d.store.events {
		got = append(got, fmt.Sprintf("%s/%s own=%t theirs=%t", e.Partner, e.Filer, strings.Contains(e.Data, "OWN"), strings.Contains(e.Data, "THEIRS")))
	}
	if want := "VELOFRACHT/VELOFRACHT own=true theirs=true|NORDKAI/NORDKAI own=false theirs=true"; strings.Join(got, "|") != want {
		t.Errorf("%s", strings.Join(got, "|"))
	}
}

// What each function does to what is on file.
func TestReadFunctions(t *testing.T) {
	const a, b = "BM:A", "BM:B"
	for _, c := range []struct {
		name     string
		messages [][]string // function, then bills
		codes    string     // of the last
		bills    string
		state    string
	}{
		{"original", [][]string{{"9", a}}, "", "1:A accepted", DocumentCurrent},
		{"no function", [][]string{{"", a}}, "warning EDI0045", "1:A accepted", DocumentCurrent},
		{"duplicate", [][]string{{"7", a}}, "", "1:A accepted", DocumentCurrent},
		{"original over original", [][]string{{"9", a, b}, {"9", b}}, "note GTW0004", "1:A superseded, 1:B superseded, 2:B accepted", DocumentCurrent},
		{"replacement", [][]string{{"9", a, b}, {"5", b}}, "", "1:A superseded, 1:B superseded, 2:B accepted", DocumentCurrent},
		{"change", [][]string{{"9", a, b}, {"4", b}}, "", "1:A accepted, 1:B superseded, 2:B accepted", DocumentCurrent},
		{"addition", [][]string{{"9", a}, {"2", b}}, "", "1:A accepted, 2:B accepted", DocumentCurrent},
		{"deletion", [][]string{{"9", a, b}, {"3", b}}, "", "1:A accepted, 1:B cancelled, 2:B cancelled", DocumentCurrent},
		{"cancellation", [][]string{{"9", a, b}, {"1"}}, "", "1:A cancelled, 1:B cancelled", DocumentCancelled},
		{"original after cancellation", [][]string{{"9", a}, {"1"}, {"9", b}}, "", "1:A superseded, 3:B accepted", DocumentCurrent},
		{"replacement after cancellation", [][]string{{"9", a}, {"1"}, {"5", b}}, "error GTW0003", "1:A cancelled, 3:B unaccepted", DocumentCancelled},
		{"replacement of nothing", [][]string{{"5", a}}, "error GTW0003", "1:A unaccepted", ""},
		{"change of nothing", [][]string{{"4", a}}, "error GTW0003", "1:A unaccepted", ""},
		{"addition to nothing", [][]string{{"2", a}}, "error GTW0003", "1:A unaccepted", ""},
		{"deletion of nothing", [][]string{{"3", a}}, "error GTW0003", "1:A unaccepted", ""},
		{"cancellation of nothing", [][]string{{"1"}}, "error GTW0003", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Each message in a file of its own, and all in one file: within a file, what came before counts too.
			for _, together := range []bool{false, true} {
				d := newDesk(t, nil)
				var all []filing
				var s Settlement
				for i, m := range c.messages {
					f := filing{reference: "M1", function: m[0], bills: m[1:]}
					if all = append(all, f); !together {
						s = d.send("NORDKAI", interchange("NORDKAI", fmt.Sprint(i+1), false, f))
					}
				}
				if together {
					s = d.send("NORDKAI", interchange("NORDKAI", "1", false, all...))
				}
				bills := d.bills()
				if together {
					for i := range c.messages {
						for _, rows := range d.store.attempts {
							for _, row := range rows.Consignments {
								if row.Order.Message == i+1 {
									bills = strings.Replace(bills, "1:"+row.Number+" ", fmt.Sprintf("%d:%s ", i+1, row.Number), 1)
								}
							}
						}
					}
				}
				if codes := d.codes(s); codes != c.codes {
					t.Errorf("together %t: %s", together, codes)
				}
				if together && len(c.messages) > 1 {
					bills, c.bills = statesOnly(bills), statesOnly(c.bills)
				}
				if bills != c.bills {
					t.Errorf("together %t: %s, want %s", together, bills, c.bills)
				}
				if got := d.store.documents[DocumentKey("live", "NORDKAI", "CUSCAR", "M1")].State; got != c.state {
					t.Errorf("together %t: document %q", together, got)
				}
			}
		})
	}
}

// statesOnly drops the numbers of the receipts.
func statesOnly(bills string) string {
	var out []string
	for _, b := range strings.Split(bills, ", ") {
		_, rest, _ := strings.Cut(b, ":")
		out = append(out, rest)
	}
	return strings.Join(out, ", ")
}

// A replacement whose bills are all refused takes nothing away; a refused original is no original.
func TestReadRefusedIsNoStep(t *testing.T) {
	d := newDesk(t, nil)
	d.send("NORDKAI", one("1", "M1", "9", "BM:A"))
	s := d.send("NORDKAI", interchange("NORDKAI", "2", false, filing{reference: "M1", function: "5", bills: []string{"BM:B"}, mass: "900"}))
	if s.State != StateRejected || d.bills() != "1:A accepted, 2:B unaccepted" {
		t.Errorf("%s %s", s.State, d.bills())
	}
	d.send("NORDKAI", interchange("NORDKAI", "3", false, filing{reference: "M2", function: "9", bills: []string{"BM:C"}, mass: "900"}))
	if s := d.send("NORDKAI", one("4", "M2", "4", "BM:C")); s.State != StateRejected || !strings.Contains(d.codes(s), "error GTW0003") {
		t.Errorf("%s %s", s.State, d.codes(s))
	}
}

// A profile may take what is not on file more lightly, and bills twice.
func TestReadSoftened(t *testing.T) {
	d := newDesk(t, profile(func(p *partner.Profile) {
		p.Severities = map[diag.Code]diag.Severity{diag.DocumentNotOnFile: diag.Warning, diag.DuplicateBill: diag.Note}
	}))
	if s := d.send("NORDKAI", one("1", "M1", "4", "BM:A")); s.State != StateAccepted || d.codes(s) != "warning GTW0003" || d.bills() != "1:A accepted" {
		t.Errorf("%s %s %s", s.State, d.codes(s), d.bills())
	}
	if d.send("NORDKAI", one("2", "M2", "9", "BM:B", "BM:B")); d.bills() != "1:A accepted, 2:B superseded, 2:B accepted" {
		t.Error(d.bills())
	}
	// A deletion of a bill of no document deletes nothing, and is no cargo.
	if s := d.send("NORDKAI", interchange("NORDKAI", "3", false, filing{function: "3", bills: []string{"BM:C"}})); s.State != StateAccepted || !strings.HasSuffix(d.bills(), "3:C cancelled") {
		t.Errorf("%s %s %s", s.State, d.codes(s), d.bills())
	}
}

// A profile's tolerance is what sums of mass may differ by: the goods of each bill weigh 100.
func TestReadWithATolerance(t *testing.T) {
	for mass, want := range map[string]State{"100": StateAccepted, "101.5": StateAccepted, "98.5": StateAccepted, "101.6": StateRejected, "900": StateRejected} {
		d := newDesk(t, profile(func(p *partner.Profile) { p.MassTolerance = "1.5" }))
		s := d.send("NORDKAI", interchange("NORDKAI", "1", false, filing{reference: "M1", function: "9", bills: []string{"BM:A"}, mass: mass}))
		if s.State != want || strings.Contains(d.codes(s), string(diag.GrossMassTotal)) != (want == StateRejected) {
			t.Errorf("%s kg: %s %s", mass, s.State, d.codes(s))
		}
	}
	d := newDesk(t, nil)
	if s := d.send("NORDKAI", interchange("NORDKAI", "1", false, filing{reference: "M1", function: "9", bills: []string{"BM:A"}, mass: "101.5"})); s.State != StateRejected {
		t.Errorf("without a tolerance: %s %s", s.State, d.codes(s))
	}
}

// An amendment without a number of its own is of the report that it names.
func TestReadEarlierReference(t *testing.T) {
	f := cargo.Filing{Documents: []cargo.Document{{Kind: cargo.DocumentBooking, Number: "B"}, {Kind: cargo.DocumentPrevious, Number: " M1 "}}}
	if got := referenceOf(&f, false); got != "M1" {
		t.Errorf("%q", got)
	}
	if got := referenceOf(&f, true); got != "" {
		t.Errorf("an original: %q", got)
	}
	f.Reference = "M2"
	if got := referenceOf(&f, false); got != "M2" {
		t.Errorf("%q", got)
	}
}

// A replace, change or cancel whose original is not there waits while an earlier receipt of the partner is unfinished,
// for five minutes, and then gets its finding.
func TestReadWaits(t *testing.T) {
	for _, function := range []string{"5", "4", "2", "3", "1"} {
		d := newDesk(t, nil)
		original := d.accept("NORDKAI", one("1", "M1", "9", "BM:A"))
		bills := []string{"BM:A"}
		if function == "1" {
			bills = nil
		}
		r := d.accept("NORDKAI", one("2", "M1", function, bills...))
		out := d.read(r)
		if out.verdict != waitFor || out.delay < d.g.opts.WaitDelay {
			t.Fatalf("function %s does not wait: %+v", function, out)
		}
		r.WaitingFrom = d.store.now
		d.store.now = d.store.now.Add(5*time.Minute - time.Second)
		if d.read(r).verdict != waitFor {
			t.Errorf("function %s waits less than five minutes", function)
		}
		late := *r
		d.store.now = d.store.now.Add(time.Second)
		if out := d.read(&late); out.verdict != settleIt || out.settlement.State != StateRejected {
			t.Errorf("function %s waits longer: %+v", function, out.settlement)
		}
		d.store.now = r.ReceivedAt
		d.do(original)
		if s := d.do(r); s.State != StateAccepted {
			t.Errorf("function %s after its original: %s %s", function, s.State, d.codes(s))
		}
	}
	d := newDesk(t, nil)
	d.accept("STRANGER", one("1", "M9", "9", "BM:A"))
	if s := d.send("NORDKAI", one("2", "M1", "5", "BM:A")); s.State != StateRejected {
		t.Error("another partner's receipt is nothing to wait for")
	}
	own := d.accept("NORDKAI", one("3", "M1", "9", "BM:A"))
	if out := d.read(d.accept("VELOFRACHT", interchange("VELO-EDI", "1", false, filing{reference: "M1", function: "4", bills: []string{"BM:A"}, filer: "NRDK"}))); out.verdict != waitFor {
		t.Error("an agent waits for its filer's receipt")
	}
	d.do(own)
	// An original never waits.
	d.accept("NORDKAI", one("4", "M4", "9", "BM:A"))
	if out := d.read(d.accept("NORDKAI", one("5", "M5", "9", "BM:B"))); out.verdict != settleIt {
		t.Error("an original waits")
	}
}

// The parent of a house that was reported before by the same partner is known; what others reported is not told of.
func TestReadKnownParent(t *testing.T) {
	d := newDesk(t, nil)
	house := func(control string) string {
		return strings.Replace(one(control, "H"+control, "9", "BH:HOUSE<MAST-1"), "CNI+1+MAST-1", "CNI+1+MAST 1", 1)
	}
	if s := d.send("NORDKAI", house("1")); d.codes(s) != "warning CAR0028" {
		t.Error("nobody reported it:", d.codes(s))
	}
	d.send("STRANGER", interchange("STRANGER", "2", false, filing{reference: "M1", function: "9", bills: []string{"MB:MAST1"}}))
	if s := d.send("NORDKAI", house("3")); d.codes(s) != "warning CAR0028" {
		t.Error("a stranger reported it:", d.codes(s))
	}
	d.send("NORDKAI", one("4", "M1", "9", "MB:MAST 1"))
	if s := d.send("NORDKAI", house("5")); d.codes(s) != "" {
		t.Error("it was reported:", d.codes(s))
	}
}

// The lease that is lost ends the reading.
func TestReadInterrupted(t *testing.T) {
	d := newDesk(t, nil)
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprintf("BM:N%d", i))
	}
	r := d.accept("NORDKAI", one("1", "M1", "9", many...))
	ctx, cancel := context.WithCancelCause(t.Context())
	lost := errors.New("lost")
	cancel(lost)
	if _, err := d.g.read(ctx, r, Original{ReaderAt: bytes.NewReader(d.body[r.ID]), Size: r.Size}); !errors.Is(err, lost) {
		t.Errorf("error %v", err)
	}
}

// Large receipts are staged in chunks, and settle as small ones do.
func TestReadStages(t *testing.T) {
	d := newDesk(t, nil)
	var many []string
	for i := range 5600 {
		many = append(many, fmt.Sprintf("BM:N%d", i))
	}
	r := d.accept("NORDKAI", one("1", "M1", "9", many...))
	out := d.read(r)
	if !out.staged || d.store.staged < 6 || d.store.mostRows > stageChunk || len(out.rows.Consignments) > 0 || len(d.store.visible()) > 0 {
		t.Fatalf("staged %t, %d chunks, at most %d rows, %d left, %d visible", out.staged, d.store.staged, d.store.mostRows, len(out.rows.Consignments), len(d.store.visible()))
	}
	if len(d.store.indexed) != 1 || d.store.indexed[0] != out.settlement.Fence {
		t.Errorf("the end of staging was told of %v", d.store.indexed)
	}
	if again, err := d.g.settle(t.Context(), []*outcome{out}); err != nil || len(again) > 0 {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range d.store.visible() {
		if c.Call != d.store.calls[0].ID || c.Ordinal != int64(i+1) || c.State != ConsignmentAccepted {
			t.Fatalf("%+v", c)
		}
		seen[c.Registration] = true
	}
	if a := d.store.rows(r.ID).Answers; len(a) != 1 || a[0].CreatedAt.IsZero() || len(d.store.deliveries) != 1 {
		t.Errorf("answers %+v", a)
	}
	if len(seen) != 5600 || len(d.store.rows(r.ID).Messages) != 1 || len(d.store.rows(r.ID).Answers) != 1 {
		t.Errorf("%d registrations, %d messages", len(seen), len(d.store.rows(r.ID).Messages))
	}
	if s := d.send("NORDKAI", one("2", "M1", "4", "BM:N17")); s.State != StateAccepted {
		t.Error(d.codes(s))
	}
}

// Memory stays bounded, whatever a message holds.
func TestReadMemory(t *testing.T) {
	const size = LargeBody + 1<<20
	var body bytes.Buffer
	if _, err := synth.WriteCUSCAR(&body, synth.CUSCAROptions{Seed: 1, Size: size, Mode: synth.SingleMessage, Balanced: true}); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, nil)
	r := d.accept("NORDKAI", body.String())
	d.body = nil
	before, most := heap(), uint64(0)
	d.store.onStage = func() {
		if d.store.staged%4 == 1 {
			most = max(most, heap())
		}
	}
	if _, err := d.g.read(t.Context(), r, Original{ReaderAt: bytes.NewReader(body.Bytes()), Size: int64(body.Len())}); err != nil {
		t.Fatal(err)
	}
	if d.store.staged < 5 || most > before+24<<20 {
		t.Errorf("%d chunks, %d KiB over what there was", d.store.staged, (int64(most)-int64(before))>>10)
	}
}

// heap gives the bytes that are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Texts that a database would not take are cleaned in the columns; records keep what was sent.
func TestReadOddTexts(t *testing.T) {
	d := newDesk(t, nil)
	long := strings.Repeat("X", 300)
	s := d.send("NORDKAI", interchange("NORDKAI", "1\x00\x01", false, filing{reference: "M\x00\xff1", function: "9", bills: []string{"BM:\x00A\x02", "BM:" + long, "BM:"}}))
	for _, m := range d.store.rows(s.Receipt).Messages {
		for _, v := range []string{m.DocReference, m.Reference, m.Type, m.Carrier, string(m.DocumentKey)} {
			if plain(v, maxText) != v {
				t.Errorf("%q", v)
			}
		}
	}
	keys := map[string]bool{}
	for _, c := range d.store.visible() {
		for _, v := range append([]string{c.Number, c.BillKey, c.Port}, c.Terms...) {
			if plain(v, maxText+2) != v || len(v) > maxText+2 {
				t.Errorf("%q", v)
			}
		}
		keys[c.BillKey] = true
	}
	if len(keys) != 3 {
		t.Errorf("bill keys %v", keys)
	}
	if c := d.store.receipts[0].Control; !strings.HasPrefix(c, "sha256:") {
		t.Errorf("control key %q", c)
	}
}

func TestParked(t *testing.T) {
	d := newDesk(t, nil)
	r := d.accept("NORDKAI", one("1", "M1", "9", "BM:A"))
	s, events, rows := d.g.parked(*r, "no disk")
	if s.State != StateParked || s.Receipt != r.ID || s.Attempt != 1 || s.Reason != "no disk" || s.Mode != "live" || len(events) != 1 || events[0].Type != outbox.TypeParked ||
		events[0].Partner != "NORDKAI" || len(rows) != 1 || rows[0].Action != "message.park" || rows[0].Object != "message:"+r.ID.String() || events[0].At.IsZero() {
		t.Errorf("%+v %+v %+v", s, events, rows)
	}
}

// A house may have the number of its master.
func TestReadHouseWithItsMastersNumber(t *testing.T) {
	d := newDesk(t, nil)
	d.send("NORDKAI", one("1", "M1", "9", "MB:SAME", "BH:SAME<SAME"))
	d.send("NORDKAI", one("2", "M1", "4", "MB:SAME", "BH:SAME<SAME"))
	d.store.relink()
	var got []string
	for _, c := range d.store.visible() {
		got = append(got, c.BillKey+" "+c.State+" "+d.store.links[c.ID])
	}
	if want := "SAME superseded |SAME/H superseded |SAME accepted complete|SAME/H accepted matched"; strings.Join(got, "|") != want {
		t.Error(strings.Join(got, "|"))
	}
}
