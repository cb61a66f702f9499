package partner

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cargogate/internal/cargo"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

const (
	live = cargo.TrafficLive
	test = cargo.TrafficTest
)

// actions are all of them, in the order of the constants.
var actions = []Action{MessageSubmit, MessageList, MessageRead, MessageFindings, MessageOriginal, MessageAcks, MessageConsignments,
	MessageCertificate, CheckRun, ConsignmentSearch, ConsignmentRead, CallList, EventList, MessageReplay, MessageHold, MessageUnhold,
	MessageErase, DeliveryResend, DeliveryResume, PurgeList, PartnerList, PartnerWrite, KeyWrite, UserWrite, AuditRead, CaseList, CaseRead, CaseLease, CaseDecide,
	CaseNote, CaseOutcome, CaseImport}

var staffRoles = []StaffRole{StaffOfficer, StaffManager, StaffData, StaffOperator, StaffAuditor}

// actors are one principal of each kind and role, without their mode.
func actors() (names []string, of map[string]Principal) {
	of = map[string]Principal{
		"partner":  {Kind: KindPartner, ID: "ACME"},
		"service":  {Kind: KindService, ID: "queue"},
		"no-role":  {Kind: KindStaff, ID: "ana"},
		"no-kind":  {ID: "ACME"},
		"no-name":  {Kind: KindPartner},
		"all-role": {Kind: KindStaff, ID: "eva", Roles: staffRoles},
	}
	names = []string{"partner", "service"}
	for _, r := range staffRoles {
		names = append(names, string(r))
		of[string(r)] = Principal{Kind: KindStaff, ID: "eva", Roles: []StaffRole{r}}
	}
	return append(names, "all-role", "no-role", "no-kind", "no-name"), of
}

// objects are those of an action: none, and by whose they are and their mode.
var objects = []struct {
	name string
	o    Object
}{
	{"none", Object{}},
	{"sent-live", Object{"message", "ACME", "BOLT", live}},
	{"filed-live", Object{"message", "BOLT", "ACME", live}},
	{"other-live", Object{"message", "BOLT", "BOLT", live}},
	{"nobody-live", Object{"message", "", "", live}},
	{"sent-test", Object{"message", "ACME", "BOLT", test}},
	{"filed-test", Object{"message", "BOLT", "ACME", test}},
	{"other-test", Object{"message", "BOLT", "BOLT", test}},
	{"no-mode", Object{"message", "ACME", "ACME", ""}},
}

func verdict(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, ErrDenied):
		return "-"
	case errors.Is(err, ErrHidden):
		return "hidden"
	}
	return err.Error()
}

// TestAuthorise spells out every action × role × object × mode in testdata/authorise.txt, so that a change is seen.
func TestAuthorise(t *testing.T) {
	t.Parallel()
	names, of := actors()
	var b strings.Builder
	b.WriteString("# Who may do what to what. yes: allowed; -: denied (403); hidden: told as not found (404). ACME is the partner that asks.\n")
	for _, a := range actions {
		for _, mode := range []cargo.Traffic{live, test} {
			fmt.Fprintf(&b, "\n%-24s", string(a)+" "+string(mode))
			for _, o := range objects {
				fmt.Fprintf(&b, " %-11s", o.name)
			}
			b.WriteString("\n")
			for _, name := range names {
				p := of[name]
				p.Mode = mode
				fmt.Fprintf(&b, "  %-22s", name)
				for _, o := range objects {
					fmt.Fprintf(&b, " %-11s", verdict(Authorise(p, a, o.o)))
				}
				b.WriteString("\n")
			}
		}
	}
	var lines []string
	for l := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(l, " \n"))
	}
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "authorise.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

// TestActionsAreAll holds the list of the test against the table.
func TestActionsAreAll(t *testing.T) {
	t.Parallel()
	for a := range grants {
		if !slices.Contains(actions, a) {
			t.Errorf("action %s is not tested", a)
		}
	}
	if len(actions) != len(grants) {
		t.Errorf("%d actions are tested, the table has %d", len(actions), len(grants))
	}
}

func TestUnknownActionIsDenied(t *testing.T) {
	t.Parallel()
	_, of := actors()
	for name, p := range of {
		p.Mode = live
		if err := Authorise(p, "message.burn", Object{}); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
		p.Mode = ""
		if err := Authorise(p, CheckRun, Object{}); !errors.Is(err, ErrDenied) {
			t.Errorf("%s without a mode: %v", name, err)
		}
	}
}

// TestAuthoriseBounds holds the table to what it must never say, whatever is written in it.
func TestAuthoriseBounds(t *testing.T) {
	t.Parallel()
	ids := rapid.SampledFrom([]ID{"ACME", "BOLT", "CARGO", ""})
	modes := rapid.SampledFrom([]cargo.Traffic{live, test, ""})
	rapid.Check(t, func(t *rapid.T) {
		p := Principal{Kind: rapid.SampledFrom([]PrincipalKind{KindPartner, KindStaff, KindService}).Draw(t, "kind"),
			ID: string(ids.Draw(t, "id")), Roles: rapid.SliceOf(rapid.SampledFrom(staffRoles)).Draw(t, "roles"), Mode: modes.Draw(t, "mode")}
		o := Object{Kind: "message", Partner: ids.Draw(t, "partner"), Filer: ids.Draw(t, "filer"), Mode: modes.Draw(t, "of")}
		if Authorise(p, rapid.SampledFrom(actions).Draw(t, "action"), o) != nil {
			return
		}
		if p.Kind == KindPartner && (p.ID == "" || o.Partner != p.Partner() && o.Filer != p.Partner()) {
			t.Fatalf("%+v may do it to %+v of others", p, o)
		}
		if o.Mode == "" || p.Mode == test && o.Mode != test {
			t.Fatalf("%+v may do it to %+v in another mode", p, o)
		}
	})
}

func TestPrincipalString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Principal{
		"partner:ACME/key:K1": {Kind: KindPartner, ID: "ACME", Key: "K1"},
		"staff:local/ops":     LocalOperator("ops"),
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
