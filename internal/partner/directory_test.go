package partner

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.service.AddUser(t.Context(), admin, User{ID: "ana", Name: "Ana Vidal", Roles: []StaffRole{StaffOfficer}, Offices: []string{"PORT"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key  NewKey
		want Principal
	}{
		{liveKey("ACME"), Principal{Kind: KindPartner, ID: "ACME", Mode: cargo.TrafficLive}},
		{NewKey{OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficTest}, Principal{Kind: KindPartner, ID: "ACME", Mode: cargo.TrafficTest}},
		{NewKey{OwnerKind: OwnerUser, Owner: "ana", Mode: cargo.TrafficLive},
			Principal{Kind: KindStaff, ID: "ana", Mode: cargo.TrafficLive, Roles: []StaffRole{StaffOfficer}, Offices: []string{"PORT"}}},
		{NewKey{OwnerKind: OwnerService, Owner: "queue", Mode: cargo.TrafficLive}, Principal{Kind: KindService, ID: "queue", Mode: cargo.TrafficLive}},
	} {
		k, text := w.key(t, tt.key)
		tt.want.Key = k.ID
		got, err := w.dir.Authenticate(t.Context(), text)
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Error(d)
		}
		// The same ID with another secret, rightly summed, is not the key.
		forged := text[:17] + newKeyText()[17:60]
		if _, err := w.dir.Authenticate(t.Context(), forged+keyChecksum(forged)); err != ErrUnauthenticated {
			t.Errorf("another secret: %v", err)
		}
	}
	for _, text := range []string{"", "x", newKeyText()} {
		if _, err := w.dir.Authenticate(t.Context(), text); err != ErrUnauthenticated {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAuthenticateSuspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.service.AddUser(t.Context(), admin, User{ID: "ana", Name: "Ana Vidal", Roles: []StaffRole{StaffOfficer}}); err != nil {
		t.Fatal(err)
	}
	_, partner := w.key(t, liveKey("ACME"))
	_, user := w.key(t, NewKey{OwnerKind: OwnerUser, Owner: "ana", Mode: cargo.TrafficLive})
	suspend := func(suspended bool) {
		t.Helper()
		f := w.service.SuspendPartner
		if !suspended {
			f = w.service.ResumePartner
		}
		if err := f(t.Context(), admin, "ACME"); err != nil {
			t.Fatal(err)
		}
		if err := w.service.SuspendUser(t.Context(), admin, "ana", suspended); err != nil {
			t.Fatal(err)
		}
		w.refresh(t)
	}
	for _, suspended := range []bool{true, false} {
		suspend(suspended)
		for _, text := range []string{partner, user} {
			if _, err := w.dir.Authenticate(t.Context(), text); (err == ErrUnauthenticated) != suspended {
				t.Errorf("suspended %v: %v", suspended, err)
			}
		}
		if folder := w.dir.Channels(kindFolder); slices.ContainsFunc(folder, func(c Channel) bool { return c.Partner == "ACME" }) == suspended {
			t.Errorf("suspended %v: channels %v", suspended, folder)
		}
		if p, ok := w.dir.Partner("ACME"); !ok || p.Suspended != suspended {
			t.Errorf("suspended %v: %+v %v", suspended, p, ok)
		}
	}
}

// TestDirectoryAsks: the generation is asked for at most every second, and rows are read only where it changed.
func TestDirectoryAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked, loaded := w.store.asked, w.store.loaded
	for range 100 {
		w.dir.Partner("ACME")
	}
	w.add(999 * time.Millisecond)
	w.dir.Partner("ACME")
	if w.store.asked != asked || w.store.loaded != loaded {
		t.Errorf("asked %d times and loaded %d within a second", w.store.asked-asked, w.store.loaded-loaded)
	}
	w.add(time.Millisecond)
	w.dir.Partner("ACME")
	if w.store.asked != asked+1 || w.store.loaded != loaded {
		t.Errorf("asked %d times and loaded %d after a second", w.store.asked-asked, w.store.loaded-loaded)
	}
	if err := w.service.SuspendPartner(t.Context(), admin, "ACME"); err != nil {
		t.Fatal(err)
	}
	if p, _ := w.dir.Partner("ACME"); p.Suspended {
		t.Error("noticed without asking")
	}
	w.add(time.Second)
	if p, _ := w.dir.Partner("ACME"); !p.Suspended {
		t.Error("not noticed after a second")
	}
}

func TestDirectoryWithoutDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, text := w.key(t, liveKey("ACME"))
	w.store.setGone(true)
	if err := w.dir.Refresh(t.Context()); !errors.Is(err, errGone) {
		t.Errorf("Refresh: %v", err)
	}
	for range 59 {
		w.add(time.Second)
		if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	w.add(time.Second)
	_, err := w.dir.Authenticate(t.Context(), text)
	if !errors.Is(err, ErrStale) || !errors.Is(err, errGone) || errors.Is(err, ErrUnauthenticated) {
		t.Errorf("after 60 s: %v", err)
	}
	w.add(24 * time.Hour)
	if _, ok := w.dir.Partner("ACME"); !ok {
		t.Error("what is no key is forgotten")
	}
	w.store.setGone(false)
	w.add(time.Second)
	if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
		t.Errorf("the database is back: %v", err)
	}
	w.store.setGone(true)
	if _, err := NewDirectory(t.Context(), w.store, w.now); !errors.Is(err, errGone) {
		t.Errorf("a directory was made of nothing: %v", err)
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p, ok := w.dir.ByIdentifier(SchemeSCAC, "ACML"); !ok || p.ID != "ACME" {
		t.Errorf("%+v %v", p, ok)
	}
	for _, i := range []Identifier{{SchemeUNB, "ACML"}, {SchemeSCAC, "acml"}, {"", ""}} {
		if p, ok := w.dir.ByIdentifier(i.Scheme, i.Value); ok {
			t.Errorf("%s is %+v", i, p)
		}
	}
	if _, ok := w.dir.Partner("NONE"); ok {
		t.Error("there is a partner NONE")
	}
	if _, ok := w.dir.Channel("ACME", "as2"); ok {
		t.Error("there is a channel as2")
	}
	if c, ok := w.dir.Channel("ACME", "folder"); !ok || c.Kind != kindFolder || c.Mode != cargo.TrafficLive || c.Folder() != "acme" {
		t.Errorf("%+v %v", c, ok)
	}
	var names []string
	for _, c := range w.dir.Channels(kindHTTPS) {
		names = append(names, string(c.Partner)+"/"+c.Name)
	}
	if d := cmp.Diff([]string{"ACME/https", "BOLT/https"}, names); d != "" {
		t.Error(d)
	}
}

// TestSharedIdentifier: a store may come to hold one identifier twice, by two who add at once; it is nobody's then.
func TestSharedIdentifier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bolt := w.store.partners["BOLT"]
	bolt.Identifiers = append(bolt.Identifiers, Identifier{SchemeUNB, "ACMELINES"})
	if err := w.store.Apply(t.Context(), []Change{{Partner: &bolt}}, Act{}); err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	if p, ok := w.dir.ByIdentifier(SchemeUNB, "ACMELINES"); ok {
		t.Errorf("an identifier of two partners is that of %s", p.ID)
	}
}

func TestAnswerChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []Channel{
		{Partner: "ACME", Name: "in", Kind: kindFolder, Mode: cargo.TrafficLive, Dir: "extra/in", Answers: "https"},
		{Partner: "ACME", Name: "folder-test", Kind: kindFolder, Mode: cargo.TrafficTest},
	} {
		if _, err := w.service.AddChannel(t.Context(), admin, c); err != nil {
			t.Fatal(err)
		}
	}
	w.refresh(t)
	for channel, want := range map[string]string{"in": "https", "https": "https", "folder-test": "folder-test"} {
		if c, ok := w.dir.AnswerChannel("ACME", channel); !ok || c.Name != want {
			t.Errorf("answers to %s go to %q, %v", channel, c.Name, ok)
		}
	}
	if _, ok := w.dir.AnswerChannel("BOLT", "in"); ok {
		t.Error("another partner's channel")
	}
	// A store may come to hold one whose other is gone, or of another mode: then answers stay where the message came.
	lost := Channel{Partner: "ACME", Name: "lost", Kind: kindHTTPS, Mode: cargo.TrafficLive, Answers: "gone"}
	crossed := Channel{Partner: "ACME", Name: "crossed", Kind: kindHTTPS, Mode: cargo.TrafficLive, Answers: "folder-test"}
	if err := w.store.Apply(t.Context(), []Change{{Insert: true, Channel: &lost}, {Insert: true, Channel: &crossed}}, Act{}); err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	for _, name := range []string{"lost", "crossed"} {
		if c, ok := w.dir.AnswerChannel("ACME", name); !ok || c.Name != name {
			t.Errorf("answers to %s go to %q, %v", name, c.Name, ok)
		}
	}
}

func TestMandated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := w.now()
	until := from.Add(24 * time.Hour)
	m, err := w.service.AddMandate(t.Context(), admin, "ACME", "BOLT", from, &until)
	if err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	check := func(filer, agent ID, at time.Time, want bool) {
		t.Helper()
		if got := w.dir.Mandated(filer, agent, at); got != want {
			t.Errorf("%s for %s at %v: %v", agent, filer, at, got)
		}
	}
	check("ACME", "BOLT", from, true)
	check("ACME", "BOLT", from.Add(-1), false)
	check("ACME", "BOLT", until.Add(-1), true)
	check("ACME", "BOLT", until, false)
	check("BOLT", "ACME", from, false) // it has one direction
	check("ACME", "ACME", from, true)
	check("", "", from, false)
	w.add(time.Hour)
	if err := w.service.RevokeMandate(t.Context(), admin, m.ID); err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	check("ACME", "BOLT", from, true) // what was done under it stays so
	check("ACME", "BOLT", w.now(), false)
	if err := w.service.RevokeMandate(t.Context(), admin, m.ID); err != nil {
		t.Errorf("revoked twice: %v", err)
	}
	if err := w.service.RevokeMandate(t.Context(), admin, "none"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestProfileOfPartner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := Profile{Name: "default", Answers: []string{"contrl"}, ResendWindow: Duration(30 * 24 * time.Hour)}
	for _, id := range []ID{"ACME", "", "NONE"} {
		if d := cmp.Diff(want, w.dir.Profile(id)); d != "" {
			t.Error(d)
		}
	}
	kind := Profile{Name: "kind", Severities: map[diag.Code]diag.Severity{diag.LimitExceeded: diag.Warning}, ResendWindow: Duration(time.Hour)}
	kind, err := w.service.PutProfile(t.Context(), admin, kind)
	if err != nil {
		t.Fatal(err)
	}
	acme, _ := w.dir.Partner("ACME")
	acme.Profile = "kind"
	if _, err := w.service.UpdatePartner(t.Context(), admin, acme); err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	kind.Answers = []string{"contrl"}
	if d := cmp.Diff(kind, w.dir.Profile("ACME")); d != "" {
		t.Error(d)
	}
	if _, err := w.service.PutProfile(t.Context(), admin, Profile{Name: DefaultProfile, AnswerAll: true}); err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	if !w.dir.Profile("BOLT").AnswerAll {
		t.Error("a stored default profile is not used")
	}
}

// TestDirectoryConcurrent has readers, changes and outages at once; the race detector judges.
func TestDirectoryConcurrent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, text := w.key(t, liveKey("ACME"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 300 {
				if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
					t.Error(err)
					return
				}
				if _, ok := w.dir.Partner("BOLT"); !ok {
					t.Error("BOLT is gone")
					return
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			w.add(300 * time.Millisecond)
			w.store.setGone(i%5 == 3)
			if i%5 != 3 {
				if _, err := w.service.PutProfile(t.Context(), admin, Profile{Name: "p"}); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Wait()
}
