package partner

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

func TestAddPartner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, ok := w.store.partners["ACME"]
	if !ok || !p.CreatedAt.Equal(w.now()) || !p.UpdatedAt.Equal(w.now()) {
		t.Errorf("stored: %+v", p)
	}
	for _, name := range []string{"https", "folder"} {
		want := Channel{Partner: "ACME", Name: name, Kind: name, Mode: cargo.TrafficLive}
		if d := cmp.Diff(want, w.store.channels[channelKey{"ACME", name}]); d != "" {
			t.Error(d)
		}
	}
	for _, tt := range []struct {
		p    Partner
		want error
		say  string
	}{
		{Partner{ID: "ACME", Name: "x", Roles: []Role{RoleAgent}}, ErrExists, ""},
		{Partner{ID: "CARGO", Name: "x", Roles: []Role{RoleAgent}, Identifiers: []Identifier{{SchemeSCAC, "ACML"}}}, ErrExists, "scac:ACML is that of partner ACME"},
		{Partner{ID: "CARGO", Name: "x", Roles: []Role{RoleAgent}, Profile: "none"}, ErrNotFound, "profile none"},
		{Partner{ID: "CARGO", Name: "", Roles: []Role{RoleAgent}}, ErrInvalid, "name"},
	} {
		before := w.store.generation
		if _, err := w.service.AddPartner(t.Context(), admin, tt.p); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.say) {
			t.Errorf("%+v: %v", tt.p, err)
		}
		if w.store.generation != before {
			t.Errorf("%+v changed something", tt.p)
		}
	}
}

func TestUpdatePartner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.now()
	w.add(1e9)
	p := w.store.partners["ACME"]
	p.Name, p.DailyFiles = "Acme Ocean", 7
	if _, err := w.service.UpdatePartner(t.Context(), admin, p); err != nil {
		t.Fatal(err)
	}
	if got := w.store.partners["ACME"]; got.Name != "Acme Ocean" || got.DailyFiles != 7 || !got.CreatedAt.Equal(made) || !got.UpdatedAt.Equal(w.now()) {
		t.Errorf("%+v", got)
	}
	if _, err := w.service.UpdatePartner(t.Context(), admin, Partner{ID: "NONE"}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	p = w.store.partners["ACME"]
	p.Identifiers = []Identifier{{SchemeUNB, "BOLTFWD"}}
	if _, err := w.service.UpdatePartner(t.Context(), admin, p); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if err := w.service.SuspendPartner(t.Context(), admin, "NONE"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestActs: every change writes what was done by whom, and no name of a person or company.
func TestActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.store.acts = nil
	steps := []struct {
		want string
		do   func() error
	}{
		{"partner.add partner:CARGO", func() error {
			_, err := w.service.AddPartner(ctx, admin, Partner{ID: "CARGO", Name: "Secret Name", Roles: []Role{RoleBureau}})
			return err
		}},
		{"partner.suspend partner:CARGO", func() error { return w.service.SuspendPartner(ctx, admin, "CARGO") }},
		{"partner.resume partner:CARGO", func() error { return w.service.ResumePartner(ctx, admin, "CARGO") }},
		{"user.add user:ana", func() error {
			_, err := w.service.AddUser(ctx, admin, User{ID: "ana", Name: "Secret Name", Roles: []StaffRole{StaffData}})
			return err
		}},
		{"user.update user:ana", func() error {
			_, err := w.service.UpdateUser(ctx, admin, User{ID: "ana", Name: "Secret Name", Roles: []StaffRole{StaffAuditor}})
			return err
		}},
		{"user.suspend user:ana", func() error { return w.service.SuspendUser(ctx, admin, "ana", true) }},
		{"user.resume user:ana", func() error { return w.service.SuspendUser(ctx, admin, "ana", false) }},
		{"channel.add channel:CARGO/folder-test", func() error {
			_, err := w.service.AddChannel(ctx, admin, Channel{Partner: "CARGO", Name: "folder-test", Kind: kindFolder, Mode: cargo.TrafficTest})
			return err
		}},
		{"channel.remove channel:CARGO/folder-test", func() error { return w.service.RemoveChannel(ctx, admin, "CARGO", "folder-test") }},
		{"profile.put profile:p", func() error { _, err := w.service.PutProfile(ctx, admin, Profile{Name: "p"}); return err }},
		{"profile.put profile:p", func() error {
			_, err := w.service.PutProfile(ctx, admin, Profile{Name: "p", AnswerAll: true})
			return err
		}},
		{"profile.remove profile:p", func() error { return w.service.RemoveProfile(ctx, admin, "p") }},
		{"key.add key:", func() error { _, _, err := w.service.AddKey(ctx, admin, liveKey("CARGO")); return err }},
		{"mandate.add mandate:", func() error {
			_, err := w.service.AddMandate(ctx, admin, "ACME", "CARGO", w.now(), nil)
			return err
		}},
	}
	for i, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.want, err)
		}
		if len(w.store.acts) != i+1 {
			t.Fatalf("%s: %d acts", s.want, len(w.store.acts))
		}
		a := w.store.acts[i]
		if got := a.Action + " " + a.Object; !strings.HasPrefix(got, s.want) {
			t.Errorf("act %q, want %q", got, s.want)
		}
		if a.Principal != "staff:local/ops" || a.TraceID != admin.TraceID {
			t.Errorf("%s by %q in %q", s.want, a.Principal, a.TraceID)
		}
		if !json.Valid([]byte(a.Detail)) || strings.Contains(a.Detail, "Secret") {
			t.Errorf("%s: detail %s", s.want, a.Detail)
		}
	}
}

// TestChangesAreAuthorised: nobody changes what is not theirs, and who gives out keys of partners cannot make staff.
func TestChangesAreAuthorised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	if _, err := w.service.AddUser(ctx, admin, User{ID: "ana", Name: "Ana", Roles: []StaffRole{StaffOperator}}); err != nil {
		t.Fatal(err)
	}
	k, _ := w.key(t, NewKey{OwnerKind: OwnerUser, Owner: "ana", Mode: cargo.TrafficLive})
	m, err := w.service.AddMandate(ctx, admin, "ACME", "BOLT", w.now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]func(By) error{
		"AddPartner": func(by By) error {
			_, err := w.service.AddPartner(ctx, by, Partner{ID: "CARGO", Name: "x", Roles: []Role{RoleAgent}})
			return err
		},
		"UpdatePartner":  func(by By) error { _, err := w.service.UpdatePartner(ctx, by, w.store.partners["ACME"]); return err },
		"SuspendPartner": func(by By) error { return w.service.SuspendPartner(ctx, by, "ACME") },
		"AddKey":         func(by By) error { _, _, err := w.service.AddKey(ctx, by, liveKey("ACME")); return err },
		"AddUser": func(by By) error {
			_, err := w.service.AddUser(ctx, by, User{ID: "bo", Name: "Bo", Roles: []StaffRole{StaffData}})
			return err
		},
		"AddUserKey": func(by By) error {
			_, _, err := w.service.AddKey(ctx, by, NewKey{OwnerKind: OwnerUser, Owner: "ana", Mode: cargo.TrafficLive})
			return err
		},
		"AddServiceKey": func(by By) error {
			_, _, err := w.service.AddKey(ctx, by, NewKey{OwnerKind: OwnerService, Owner: "queue", Mode: cargo.TrafficLive})
			return err
		},
		"RotateUserKey": func(by By) error { _, _, err := w.service.RotateKey(ctx, by, k.ID, 0); return err },
		"RevokeUserKey": func(by By) error { return w.service.RevokeKey(ctx, by, k.ID) },
		"AddMandate": func(by By) error {
			_, err := w.service.AddMandate(ctx, by, "BOLT", "ACME", w.now(), nil)
			return err
		},
		"RevokeMandate": func(by By) error { return w.service.RevokeMandate(ctx, by, m.ID) },
		"PutProfile":    func(by By) error { _, err := w.service.PutProfile(ctx, by, Profile{Name: "p"}); return err },
		"RemoveChannel": func(by By) error { return w.service.RemoveChannel(ctx, by, "ACME", "folder") },
	}
	staffOnly := []string{"AddUser", "AddUserKey", "AddServiceKey", "RotateUserKey", "RevokeUserKey"}
	for name, do := range ops {
		for _, p := range []Principal{
			{Kind: KindPartner, ID: "ACME", Mode: cargo.TrafficLive},
			{Kind: KindService, ID: "queue", Mode: cargo.TrafficLive},
			{Kind: KindStaff, ID: "eva", Roles: []StaffRole{StaffOfficer, StaffManager, StaffAuditor}, Mode: cargo.TrafficLive},
			{},
		} {
			if err := do(By{Principal: p}); !errors.Is(err, ErrDenied) {
				t.Errorf("%s by %s: %v", name, p, err)
			}
		}
		data := Principal{Kind: KindStaff, ID: "eva", Roles: []StaffRole{StaffData}, Mode: cargo.TrafficLive}
		if err := do(By{Principal: data}); errors.Is(err, ErrDenied) != slices.Contains(staffOnly, name) {
			t.Errorf("%s by data assistance: %v", name, err)
		}
	}
}

func TestAddKeyOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		n    NewKey
		want error
	}{
		{liveKey("NONE"), ErrNotFound},
		{NewKey{OwnerKind: OwnerUser, Owner: "nobody", Mode: cargo.TrafficLive}, ErrNotFound},
		{NewKey{OwnerKind: "group", Owner: "ACME", Mode: cargo.TrafficLive}, ErrInvalid},
		{NewKey{OwnerKind: OwnerPartner, Owner: "ACME"}, ErrInvalid},
		{NewKey{OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficLive, Life: -1}, ErrInvalid},
	} {
		if k, text, err := w.service.AddKey(t.Context(), admin, tt.n); !errors.Is(err, tt.want) || text != "" || k.ID != "" {
			t.Errorf("%+v: %q, %v", tt.n, text, err)
		}
	}
	w.store.setGone(true)
	if _, text, err := w.service.AddKey(t.Context(), admin, NewKey{OwnerKind: OwnerService, Owner: "queue", Mode: cargo.TrafficLive}); !errors.Is(err, errGone) || text != "" {
		t.Errorf("a key that is not stored was given out: %q, %v", text, err)
	}
}

func TestAddChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	folder := func(of ID, name, dir string, mode cargo.Traffic) Channel {
		return Channel{Partner: of, Name: name, Kind: kindFolder, Mode: mode, Dir: dir}
	}
	for _, tt := range []struct {
		c    Channel
		want error
		say  string
	}{
		{folder("ACME", "second", "", live), ErrExists, "folder \"acme\" is in the way"},
		{folder("ACME", "second", "acme/in", live), ErrExists, "in the way"}, // within its own
		{folder("ACME", "second", "bolt", test), ErrExists, "partner BOLT"},
		{folder("ACME", "second", "Bolt", test), ErrExists, "partner BOLT"},
		{folder("ACME", "folder", "x", live), ErrExists, "channel folder of partner ACME"},
		{folder("NONE", "folder", "x", live), ErrNotFound, "partner NONE"},
		{folder("ACME", "second", "../bolt", live), ErrInvalid, "relative path"},
		{Channel{Partner: "ACME", Name: "mail", Kind: "smtp", Mode: live}, ErrInvalid, "no kind of channel"},
		{Channel{Partner: "ACME", Name: "b", Kind: kindHTTPS, Mode: live, Answers: "gone"}, ErrNotFound, "to which answers are to go"},
		{Channel{Partner: "ACME", Name: "b", Kind: kindHTTPS, Mode: test, Answers: "https"}, ErrInvalid, "for live traffic"},
		{folder("ACME", "second", "acm", live), nil, ""}, // no part of "acme"
		{folder("ACME", "test", "", test), nil, ""},
		{folder("BOLT", "deep", "sea/in", live), nil, ""},
		{folder("ACME", "above", "sea", live), ErrExists, "partner BOLT"}, // it would hold another's
		{Channel{Partner: "ACME", Name: "b", Kind: kindHTTPS, Mode: live, Answers: "folder"}, nil, ""},
	} {
		_, err := w.service.AddChannel(t.Context(), admin, tt.c)
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.say) {
			t.Errorf("%+v: %v", tt.c, err)
		}
	}
	// A partner whose ID is another's with -TEST behind cannot come to share its folder for tests.
	if _, err := w.service.AddPartner(t.Context(), admin, Partner{ID: "ACME-TEST", Name: "x", Roles: []Role{RoleAgent}}); !errors.Is(err, ErrExists) {
		t.Errorf("two partners in one folder: %v", err)
	}
	if err := w.service.RemoveChannel(t.Context(), admin, "ACME", "folder"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a channel that takes answers was removed: %v", err)
	}
	for _, name := range []string{"b", "folder"} {
		if err := w.service.RemoveChannel(t.Context(), admin, "ACME", name); err != nil {
			t.Error(err)
		}
	}
	if err := w.service.RemoveChannel(t.Context(), admin, "ACME", "folder"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestMandateOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, pair := range [][2]ID{{"ACME", "NONE"}, {"NONE", "BOLT"}} {
		if _, err := w.service.AddMandate(t.Context(), admin, pair[0], pair[1], w.now(), nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if _, err := w.service.AddMandate(t.Context(), admin, "ACME", "ACME", w.now(), nil); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.service.PutProfile(t.Context(), admin, Profile{Name: "p", Severities: map[diag.Code]diag.Severity{"X": diag.Note}}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := w.service.PutProfile(t.Context(), admin, Profile{Name: "p"}); err != nil {
		t.Fatal(err)
	}
	p := w.store.partners["ACME"]
	p.Profile = "p"
	if _, err := w.service.UpdatePartner(t.Context(), admin, p); err != nil {
		t.Fatal(err)
	}
	if err := w.service.RemoveProfile(t.Context(), admin, "p"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a profile in use was removed: %v", err)
	}
	if err := w.service.RemoveProfile(t.Context(), admin, "none"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := User{ID: "ana", Name: "Ana", Roles: []StaffRole{StaffOfficer}}
	if _, err := w.service.AddUser(t.Context(), admin, u); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.AddUser(t.Context(), admin, u); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if _, err := w.service.AddUser(t.Context(), admin, User{ID: "bo"}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := w.service.UpdateUser(t.Context(), admin, User{ID: "ana"}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := w.service.UpdateUser(t.Context(), admin, User{ID: "bo"}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := w.service.SuspendUser(t.Context(), admin, "bo", true); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestRetentionClasses: once the classes are known a partner gets no other, and one that has gone stands in the way of no
// other change.
func TestRetentionClasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	classy := func(id ID, class string) Partner {
		return Partner{ID: id, Name: "x", Roles: []Role{RoleAgent}, Retention: class}
	}
	if _, err := w.service.AddPartner(t.Context(), admin, classy("EARLY", "gone")); err != nil {
		t.Fatal(err) // nobody has said which there are
	}
	w.service.Retain([]string{"short", "long"})
	for class, say := range map[string]string{"": "", "default": "", "long": "", "lnog": `no retention class "lnog": there is long, short`} {
		_, err := w.service.AddPartner(t.Context(), admin, classy(ID("P-"+strings.ToUpper(class)), class))
		if (err == nil) != (say == "") || err != nil && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), say)) {
			t.Errorf("adding with %q: %v", class, err)
		}
	}
	p := w.store.partners["EARLY"]
	p.Name = "Another Name"
	p, err := w.service.UpdatePartner(t.Context(), admin, p)
	if err != nil {
		t.Errorf("another change of a partner whose class has gone: %v", err)
	}
	p.Retention = "gone-too"
	if _, err := w.service.UpdatePartner(t.Context(), admin, p); !errors.Is(err, ErrInvalid) {
		t.Errorf("changing to a class that is not there: %v", err)
	}
	p.Retention = "short"
	if _, err := w.service.UpdatePartner(t.Context(), admin, p); err != nil {
		t.Error(err)
	}
	w.service.Retain(nil)
	if _, err := w.service.AddPartner(t.Context(), admin, classy("LATE", "short")); err == nil || !strings.Contains(err.Error(), "retention.classes has none") {
		t.Errorf("where there are no classes: %v", err)
	}
}

func TestUnretained(t *testing.T) {
	t.Parallel()
	all := []Partner{{ID: "A"}, {ID: "B", Retention: "default"}, {ID: "C", Retention: "long"}, {ID: "D", Retention: "gone"}}
	if got := Unretained(all, []string{"long"}); len(got) != 1 || got[0].ID != "D" {
		t.Errorf("%+v", got)
	}
	if got := Unretained(all, nil); len(got) != 2 || len(all) != 4 || all[0].ID != "A" {
		t.Errorf("%+v of %+v", got, all)
	}
}

// TestConflict: of two who have read the same and change it, the second is told, and nothing of the first is lost.
func TestConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	mine, theirs := w.store.partners["ACME"], w.store.partners["ACME"]
	theirs.DailyFiles = 7
	theirs, err := w.service.UpdatePartner(ctx, admin, theirs)
	if err != nil || theirs.Revision != mine.Revision+1 {
		t.Fatalf("%+v, %v", theirs, err)
	}
	mine.Name = "Acme Ocean"
	if _, err := w.service.UpdatePartner(ctx, admin, mine); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "partner ACME is at revision 2") {
		t.Errorf("a change of what is not so any more: %v", err)
	}
	if got := w.store.partners["ACME"]; got.Name != "Acme Lines" || got.DailyFiles != 7 {
		t.Errorf("%+v", got)
	}
	if err := w.service.SuspendPartner(ctx, admin, "ACME"); err != nil { // of whatever there is
		t.Fatal(err)
	}
	if _, err := w.service.UpdatePartner(ctx, admin, theirs); !errors.Is(err, ErrConflict) {
		t.Errorf("a change that would end a suspension unread: %v", err)
	}

	first, err := w.service.PutProfile(ctx, admin, Profile{Name: "p"})
	if err != nil || first.Revision != 1 {
		t.Fatal(first, err)
	}
	if _, err := w.service.PutProfile(ctx, admin, first); err != nil {
		t.Error(err)
	}
	if _, err := w.service.PutProfile(ctx, admin, first); !errors.Is(err, ErrConflict) {
		t.Errorf("a profile of an earlier revision: %v", err)
	}
	if err := w.service.RemoveProfile(ctx, admin, "p"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.PutProfile(ctx, admin, first); !errors.Is(err, ErrConflict) {
		t.Errorf("a profile that was removed: %v", err)
	}

	ana, err := w.service.AddUser(ctx, admin, User{ID: "ana", Name: "Ana", Roles: []StaffRole{StaffData}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.service.SuspendUser(ctx, admin, "ana", true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.UpdateUser(ctx, admin, ana); !errors.Is(err, ErrConflict) {
		t.Errorf("a change that would end a user's suspension unread: %v", err)
	}
}

// TestChangesInTheSameMoment: what another changes between reading and writing is read again, and judged again.
func TestChangesInTheSameMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	meanwhile := func(times int, f func()) {
		w.store.before = func() {
			if times--; times >= 0 {
				f()
				w.store.generation++
			}
		}
	}
	// The change of another partner costs a second reading, and no more.
	meanwhile(2, func() { w.store.partners["BOLT"] = Partner{ID: "BOLT", Name: "Other", Revision: 9} })
	p := w.store.partners["ACME"]
	p.DailyFiles = 3
	if got, err := w.service.UpdatePartner(ctx, admin, p); err != nil || got.DailyFiles != 3 || w.store.partners["ACME"].DailyFiles != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	// Two may not give one identifier to two partners, nor take a profile from under a partner.
	meanwhile(1, func() {
		w.store.partners["CARGO"] = Partner{ID: "CARGO", Identifiers: []Identifier{{SchemeSCAC, "CRGO"}}}
	})
	p = w.store.partners["ACME"]
	p.Identifiers = []Identifier{{SchemeSCAC, "CRGO"}}
	if _, err := w.service.UpdatePartner(ctx, admin, p); !errors.Is(err, ErrExists) {
		t.Errorf("an identifier that another took: %v", err)
	}
	w.store.before = nil
	if _, err := w.service.PutProfile(ctx, admin, Profile{Name: "p"}); err != nil {
		t.Fatal(err)
	}
	meanwhile(1, func() { w.store.partners["BOLT"] = Partner{ID: "BOLT", Profile: "p"} })
	if err := w.service.RemoveProfile(ctx, admin, "p"); !errors.Is(err, ErrInvalid) || len(w.store.profiles) != 1 {
		t.Errorf("removing a profile that was given to a partner: %v", err)
	}
	// The row itself: the revision that was read is not there any more.
	meanwhile(1, func() {
		x := w.store.partners["ACME"]
		x.Name, x.Revision = "Third", x.Revision+1
		w.store.partners["ACME"] = x
	})
	p = w.store.partners["ACME"]
	p.DailyFiles = 4
	if _, err := w.service.UpdatePartner(ctx, admin, p); !errors.Is(err, ErrConflict) || w.store.partners["ACME"].Name != "Third" {
		t.Errorf("%v", err)
	}
	// A suspension holds whatever happens beside it.
	meanwhile(1, func() {
		x := w.store.partners["ACME"]
		x.Name, x.Revision = "Fourth", x.Revision+1
		w.store.partners["ACME"] = x
	})
	if err := w.service.SuspendPartner(ctx, admin, "ACME"); err != nil || w.store.partners["ACME"].Name != "Fourth" || !w.store.partners["ACME"].Suspended {
		t.Errorf("%v, %+v", err, w.store.partners["ACME"])
	}
	// Who changes without end stops others, and they are told.
	meanwhile(1000, func() {})
	if err := w.service.ResumePartner(ctx, admin, "ACME"); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
}
