package partner

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, want := range map[ID]bool{
		"A": true, "ACME": true, "9": true, "A-B_C.D": true, ID(strings.Repeat("A", 35)): true,
		"": false, ".": false, "..": false, ".A": false, "-A": false, "_A": false, "acme": false, "A B": false, "A/B": false, "Ä": false,
		"A\n": false, ID(strings.Repeat("A", 36)): false,
	} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) = %v", id, !want)
		}
	}
}

// validPartner is what every test of a fault begins with.
func validPartner() Partner {
	return Partner{ID: "ACME", Name: "Acme Lines", Roles: []Role{RoleCarrier}}
}

// fails checks that a value is refused, with a text that says what of it is wrong.
func fails(t *testing.T, validate func() error, say string) {
	t.Helper()
	err := validate()
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("%s: %v", say, err)
	} else if !strings.Contains(err.Error(), say) {
		t.Errorf("%q does not say %q", err, say)
	}
}

func TestValidatePartner(t *testing.T) {
	t.Parallel()
	full := Partner{ID: "ACME", Name: "Acme Línea, S.A.", Roles: []Role{RoleCarrier, RoleNVOCC, RoleForwarder, RoleAgent, RoleBureau},
		Identifiers: []Identifier{{SchemeUNB, "ACME LINES"}, {SchemeSCAC, "AC"}, {SchemeIATA, "9X"}, {SchemeTax, "B-12.345"}},
		Profile:     "strict", DailyBytes: 1, DailyFiles: 1, Retention: "long-7y"}
	for _, p := range []Partner{validPartner(), full} {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	}
	for say, spoil := range map[string]func(*Partner){
		"partner id \"acme\"":                  func(p *Partner) { p.ID = "acme" },
		"the name of partner":                  func(p *Partner) { p.Name = "" },
		"is not 1 to 120 printable characters": func(p *Partner) { p.Name = "a\nb" },
		"of partner ACME is not 1 to 120":      func(p *Partner) { p.Name = " a" },
		"the name of partner ACME":             func(p *Partner) { p.Name = strings.Repeat("a", 121) },
		"name of partner ACME is not":          func(p *Partner) { p.Name = "a\xff" },
		"has no role":                          func(p *Partner) { p.Roles = nil },
		"role \"boss\"":                        func(p *Partner) { p.Roles = []Role{"boss"} },
		"role agent is given twice":            func(p *Partner) { p.Roles = []Role{RoleAgent, RoleAgent} },
		"identifier scheme \"x\"":              func(p *Partner) { p.Identifiers = []Identifier{{"x", "1"}} },
		"identifier \"unb: A\"":                func(p *Partner) { p.Identifiers = []Identifier{{SchemeUNB, " A"}} },
		"identifier \"tax:\"":                  func(p *Partner) { p.Identifiers = []Identifier{{SchemeTax, ""}} },
		"SCAC \"ABCDE\"":                       func(p *Partner) { p.Identifiers = []Identifier{{SchemeSCAC, "ABCDE"}} },
		"SCAC \"A-B\"":                         func(p *Partner) { p.Identifiers = []Identifier{{SchemeSCAC, "A-B"}} },
		"SCAC \"A\"":                           func(p *Partner) { p.Identifiers = []Identifier{{SchemeSCAC, "A"}} },
		"airline designator \"ABC\"":           func(p *Partner) { p.Identifiers = []Identifier{{SchemeIATA, "ABC"}} },
		"airline designator \"1-\"":            func(p *Partner) { p.Identifiers = []Identifier{{SchemeIATA, "1-"}} },
		"identifier unb:A is given twice":      func(p *Partner) { p.Identifiers = []Identifier{{SchemeUNB, "A"}, {SchemeUNB, "A"}} },
		"profile name \"Strict\"":              func(p *Partner) { p.Profile = "Strict" },
		"retention class \"7 years\"":          func(p *Partner) { p.Retention = "7 years" },
		"a quota of partner ACME is below 0":   func(p *Partner) { p.DailyBytes = -1 },
		"quota of partner ACME is below 0":     func(p *Partner) { p.DailyFiles = -1 },
	} {
		p := validPartner()
		spoil(&p)
		fails(t, p.Validate, say)
	}
}

func TestValidateMandate(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	right := Mandate{ID: "m-1", Filer: "ACME", Agent: "BOLT", From: day}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for say, spoil := range map[string]func(*Mandate){
		"mandate id":              func(m *Mandate) { m.ID = "" },
		"filer \"a\"":             func(m *Mandate) { m.Filer = "a" },
		"agent \"\"":              func(m *Mandate) { m.Agent = "" },
		"no mandate of its own":   func(m *Mandate) { m.Agent = "ACME" },
		"no first day":            func(m *Mandate) { m.From = time.Time{} },
		"ends before it begins":   func(m *Mandate) { m.Until = &day },
		"mandate ends before it ": func(m *Mandate) { u := day.Add(-1); m.Until = &u },
	} {
		m := right
		spoil(&m)
		fails(t, m.Validate, say)
	}
}

func TestValidateKey(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	right := Key{ID: "0123456789ab", OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficLive, Hash: [32]byte{1}, NotBefore: day, Expires: day.Add(1)}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for say, spoil := range map[string]func(*Key){
		"key id \"K1\"":            func(k *Key) { k.ID = "K1" },
		"key id \"0123456789aB\"":  func(k *Key) { k.ID = "0123456789aB" },
		"no partner id":            func(k *Key) { k.Owner = "ana" },
		"no user id":               func(k *Key) { k.OwnerKind, k.Owner = OwnerUser, "Ana Vidal" },
		"service name":             func(k *Key) { k.OwnerKind, k.Owner = OwnerService, "" },
		"not \"group\"":            func(k *Key) { k.OwnerKind = "group" },
		"the mode \"\"":            func(k *Key) { k.Mode = "" },
		"has no hash":              func(k *Key) { k.Hash = [32]byte{} },
		"the label of key":         func(k *Key) { k.Label = "a\tb" },
		"no first or no last day":  func(k *Key) { k.Expires = time.Time{} },
		"no first or no last day ": func(k *Key) { k.NotBefore = time.Time{} },
		"ends before it begins":    func(k *Key) { k.Expires = day },
	} {
		k := right
		spoil(&k)
		fails(t, k.Validate, strings.TrimSpace(say))
	}
}

func TestValidateChannel(t *testing.T) {
	t.Parallel()
	right := Channel{Partner: "ACME", Name: "folder", Kind: "folder", Mode: cargo.TrafficLive}
	for _, dir := range []string{"", "acme", "sea/Acme_1.x/in"} {
		c := right
		c.Dir = dir
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
	for say, spoil := range map[string]func(*Channel){
		"no partner id":           func(c *Channel) { c.Partner = "" },
		"channel name \"Folder\"": func(c *Channel) { c.Name = "Folder" },
		"the kind \"\"":           func(c *Channel) { c.Kind = "" },
		"the mode \"both\"":       func(c *Channel) { c.Mode = "both" },
		"is no folder and has no": func(c *Channel) { c.Kind, c.Dir = "https", "acme" },
		"is no channel name":      func(c *Channel) { c.Answers = "../x" },
	} {
		c := right
		spoil(&c)
		fails(t, c.Validate, say)
	}
	for _, dir := range []string{".", "..", "/", "/etc", "a/../..", "../a", "a/..", "a//b", "a/", "./a", "a/.b", "a\\b", "a b", "a\x00", "ä", strings.Repeat("a", 201)} {
		c := right
		c.Dir = dir
		fails(t, c.Validate, "is not a relative path")
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Channel{
		"acme.1":      {Partner: "ACME.1", Mode: cargo.TrafficLive},
		"acme.1-test": {Partner: "ACME.1", Mode: cargo.TrafficTest},
		"sea/acme":    {Partner: "ACME", Mode: cargo.TrafficTest, Dir: "sea/acme"},
	} {
		if got := c.Folder(); got != want {
			t.Errorf("%+v is in %q", c, got)
		}
	}
}

func TestValidateUser(t *testing.T) {
	t.Parallel()
	right := User{ID: "ana.v", Name: "Ana Vidal", Roles: []StaffRole{StaffOfficer, StaffManager, StaffData, StaffOperator, StaffAuditor}, Offices: []string{"PORT"}}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for say, spoil := range map[string]func(*User){
		"user id \"Ana\"":             func(u *User) { u.ID = "Ana" },
		"user id \"\"":                func(u *User) { u.ID = "" },
		"the name of user":            func(u *User) { u.Name = "" },
		"has no role":                 func(u *User) { u.Roles = nil },
		"role \"root\"":               func(u *User) { u.Roles = []StaffRole{"root"} },
		"role data is given twice":    func(u *User) { u.Roles = []StaffRole{StaffData, StaffData} },
		"office \"\"":                 func(u *User) { u.Offices = []string{""} },
		"office PORT is given twice":  func(u *User) { u.Offices = []string{"PORT", "PORT"} },
		"office \"a\\tb\" of user an": func(u *User) { u.Offices = []string{"a\tb"} },
	} {
		u := right
		spoil(&u)
		fails(t, u.Validate, say)
	}
}

func TestValidateProfile(t *testing.T) {
	t.Parallel()
	right := Profile{Name: "strict", Severities: map[diag.Code]diag.Severity{diag.LimitExceeded: diag.Off}, Answers: []string{"contrl"}, MassTolerance: "0.5"}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for say, spoil := range map[string]func(*Profile){
		"profile name \"\"":                  func(p *Profile) { p.Name = "" },
		"no finding code \"XYZ0001\"":        func(p *Profile) { p.Severities = map[diag.Code]diag.Severity{"XYZ0001": diag.Note} },
		"is not error, warning, note":        func(p *Profile) { p.Severities = map[diag.Code]diag.Severity{diag.LimitExceeded: 0} },
		"no answer of kind \"aperak\"":       func(p *Profile) { p.Answers = []string{"aperak"} },
		"answer contrl is given twice":       func(p *Profile) { p.Answers = []string{"contrl", "contrl"} },
		"the resend window is below 0":       func(p *Profile) { p.ResendWindow = -1 },
		"the mass tolerance \"-1\"":          func(p *Profile) { p.MassTolerance = "-1" },
		"the mass tolerance \"1,5\"":         func(p *Profile) { p.MassTolerance = "1,5" },
		"the mass tolerance \"1e3\"":         func(p *Profile) { p.MassTolerance = "1e3" },
		"the mass tolerance \".5\"":          func(p *Profile) { p.MassTolerance = ".5" },
		"mass tolerance \"12345678901234567": func(p *Profile) { p.MassTolerance = "1234567890123456789" },
	} {
		p := right
		spoil(&p)
		fails(t, p.Validate, say)
	}
}

func TestProfileJSON(t *testing.T) {
	t.Parallel()
	p := Profile{Name: "kind", Severities: map[diag.Code]diag.Severity{"EDI0029": diag.Warning, "EDI0013": diag.Off}, Answers: []string{"contrl"},
		AnswerAll: true, RefileAfterCancel: true, ResendWindow: Duration(90 * time.Minute), MassTolerance: "1.5"}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"kind","answers":["contrl"],"answer_all":true,"refile_after_cancel":true,"resend_window":"1h30m0s","mass_tolerance":"1.5",` +
		`"severities":{"EDI0013":"off","EDI0029":"warning"}}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	var back Profile
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, back); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{`{"severities":{"EDI0029":"fatal"}}`, `{"severities":{"EDI0029":2}}`, `{"resend_window":"soon"}`, `{"resend_window":5}`, `[]`} {
		was := back
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was read", bad)
		}
		if d := cmp.Diff(was, back); d != "" {
			t.Errorf("%s left half of itself: %s", bad, d)
		}
	}
}

func TestToleranceOfAProfile(t *testing.T) {
	for text, want := range map[string]string{"": "0", "1.5": "1.5", "0": "0", "-1": "0", "1,5": "0"} {
		if got := (&Profile{MassTolerance: text}).Tolerance().String(); got != want {
			t.Errorf("%q is %s kg", text, got)
		}
	}
}
