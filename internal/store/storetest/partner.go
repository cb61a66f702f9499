package storetest

import (
	"crypto/sha256"
	"time"

	"cargogate/internal/audit"
	"cargogate/internal/diag"
	"cargogate/internal/partner"
)

// partnerChange adds or replaces a partner.
func partnerChange(id partner.ID, insert bool, edits ...func(*partner.Partner)) partner.Change {
	p := partner.Partner{
		ID: id, Name: "Nordkai Line", Roles: []partner.Role{partner.RoleCarrier, partner.RoleNVOCC},
		Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: string(id)}, {Scheme: partner.SchemeSCAC, Value: "NKAI"}},
		Profile:     "strict", DailyBytes: 1 << 40, DailyFiles: 1000, Retention: "long", CreatedAt: instant(0), UpdatedAt: instant(time.Hour),
	}
	for _, edit := range edits {
		edit(&p)
	}
	return partner.Change{Insert: insert, Partner: &p}
}

func keyChange(id string, insert bool, edits ...func(*partner.Key)) partner.Change {
	k := partner.Key{
		ID: id, OwnerKind: partner.OwnerPartner, Owner: string(Carrier), Mode: "test", Hash: sha256.Sum256([]byte(id)), Label: "the new one",
		NotBefore: instant(0), Expires: instant(1000 * time.Hour), CreatedAt: instant(-time.Hour),
	}
	for _, edit := range edits {
		edit(&k)
	}
	return partner.Change{Insert: insert, Key: &k}
}

func channelChange(p partner.ID, name string, insert bool) partner.Change {
	return partner.Change{Insert: insert, Channel: &partner.Channel{Partner: p, Name: name, Kind: "folder", Mode: "test", Dir: "in/" + name, Answers: "https"}}
}

func profileChange(name string, insert bool) partner.Change {
	return partner.Change{Insert: insert, Profile: &partner.Profile{
		Name: name, Severities: map[diag.Code]diag.Severity{"EDI0026": diag.Warning}, Answers: []string{"contrl"}, AnswerAll: true,
		RefileAfterCancel: true, ResendWindow: partner.Duration(720 * time.Hour), MassTolerance: "0.5",
	}}
}

func mandateChange(id string, insert bool, edits ...func(*partner.Mandate)) partner.Change {
	m := partner.Mandate{ID: id, Filer: Carrier, Agent: Forwarder, From: instant(0), CreatedAt: instant(-time.Hour)}
	for _, edit := range edits {
		edit(&m)
	}
	return partner.Change{Insert: insert, Mandate: &m}
}

func userChange(id string, insert bool) partner.Change {
	return partner.Change{Insert: insert, User: &partner.User{
		ID: id, Name: "Ana Invented", Roles: []partner.StaffRole{partner.StaffOfficer, partner.StaffData}, Offices: []string{"NL000510"},
		Suspended: true, CreatedAt: instant(0),
	}}
}

// table is all that is known of partners, for comparing.
type table struct {
	Partners []partner.Partner
	Mandates []partner.Mandate
	Keys     []partner.Key
	Channels []partner.Channel
	Users    []partner.User
	Profiles []partner.Profile
}

func (r *rig) table() (t table) {
	r.Helper()
	var err error
	t.Partners, err = r.store.Partners(r.ctx)
	r.ok(err, "partners")
	t.Mandates, err = r.store.Mandates(r.ctx)
	r.ok(err, "mandates")
	t.Keys, err = r.store.Keys(r.ctx)
	r.ok(err, "keys")
	t.Channels, err = r.store.Channels(r.ctx)
	r.ok(err, "channels")
	t.Users, err = r.store.Users(r.ctx)
	r.ok(err, "users")
	t.Profiles, err = r.store.Profiles(r.ctx)
	r.ok(err, "profiles")
	return t
}

func (r *rig) generation() int64 {
	r.Helper()
	got, err := r.store.Generation(r.ctx)
	r.ok(err, "generation")
	return got
}

// refusedChange fails where a change is made, or has an effect, or gives another error.
func (r *rig) refusedChange(want error, what string, changes ...partner.Change) {
	r.Helper()
	before, generation, rows := r.table(), r.generation(), r.unsealed()
	err := r.store.Apply(r.ctx, changes, Act())
	if err == nil {
		r.Fatalf("%s succeeded", what)
	}
	if want != nil {
		r.is(err, want, what)
	}
	r.equal(r.table(), before, what+" changed what is there")
	r.equal([]int64{r.generation(), r.unsealed()}, []int64{generation, rows}, what+": generation and audit rows")
}

var partnerRules = []Rule{
	{"partner/keeps all that it is given", func(r *rig) {
		r.equal(r.table(), table{}, "a new store")
		revoked := instant(time.Minute)
		until := instant(48 * time.Hour)
		changes := []partner.Change{
			partnerChange(Carrier, true), mandateChange("m1", true, func(m *partner.Mandate) { m.Until, m.RevokedAt = &until, &revoked }),
			keyChange("K1", true, func(k *partner.Key) { k.RevokedAt = &revoked }), channelChange(Carrier, "folder-test", true), userChange("ana", true),
			profileChange("strict", true),
		}
		r.apply(changes...)
		r.equal(r.table(), table{
			[]partner.Partner{*changes[0].Partner}, []partner.Mandate{*changes[1].Mandate}, []partner.Key{*changes[2].Key},
			[]partner.Channel{*changes[3].Channel}, []partner.User{*changes[4].User}, []partner.Profile{*changes[5].Profile},
		}, "what is there")
		r.utc(r.table().Keys[0].Expires)
	}},
	{"partner/keeps what is absent absent", func(r *rig) {
		bare := partner.Partner{ID: Carrier, Name: "N", CreatedAt: instant(0), UpdatedAt: instant(0)}
		user := partner.User{ID: "ana", Name: "A", CreatedAt: instant(0)}
		r.apply(partner.Change{Insert: true, Partner: &bare}, mandateChange("m1", true), keyChange("K1", true), partner.Change{Insert: true, User: &user},
			partner.Change{Insert: true, Profile: &partner.Profile{Name: "plain"}})
		got := r.table()
		r.equal([]any{got.Partners[0], got.Users[0], got.Profiles[0]}, []any{bare, user, partner.Profile{Name: "plain"}}, "partner, user, profile")
		if got.Mandates[0].Until != nil || got.Mandates[0].RevokedAt != nil || got.Keys[0].RevokedAt != nil {
			r.Errorf("times that were absent are there: %+v, %+v", got.Mandates[0], got.Keys[0])
		}
	}},
	{"partner/a row that is there is replaced", func(r *rig) {
		r.apply(partnerChange(Carrier, true), mandateChange("m1", true), keyChange("K1", true), channelChange(Carrier, "folder", true), userChange("ana", true),
			profileChange("strict", true))
		gone := partnerChange(Carrier, false, func(p *partner.Partner) { p.Name, p.Suspended, p.Identifiers = "Nordkai Two", true, nil })
		until := instant(time.Hour)
		mandate := mandateChange("m1", false, func(m *partner.Mandate) { m.Until = &until })
		key := keyChange("K1", false, func(k *partner.Key) { k.RevokedAt = &until })
		channel := partner.Change{Channel: &partner.Channel{Partner: Carrier, Name: "folder", Kind: "folder", Mode: "live"}}
		user := partner.Change{User: &partner.User{ID: "ana", Name: "Ana Else", Roles: []partner.StaffRole{partner.StaffAuditor}, CreatedAt: instant(0)}}
		profile := partner.Change{Profile: &partner.Profile{Name: "strict"}}
		r.apply(gone, mandate, key, channel, user, profile)
		r.equal(r.table(), table{
			[]partner.Partner{*gone.Partner}, []partner.Mandate{*mandate.Mandate}, []partner.Key{*key.Key}, []partner.Channel{*channel.Channel},
			[]partner.User{*user.User}, []partner.Profile{*profile.Profile},
		}, "what is there")
	}},
	{"partner/an insert does not replace", func(r *rig) {
		r.apply(partnerChange(Carrier, true), mandateChange("m1", true), keyChange("K1", true), channelChange(Carrier, "folder", true), userChange("ana", true),
			profileChange("strict", true))
		other := partnerChange(Carrier, true, func(p *partner.Partner) { p.Name = "Another" })
		for what, change := range map[string]partner.Change{
			"partner": other, "mandate": mandateChange("m1", true), "key": keyChange("K1", true), "channel": channelChange(Carrier, "folder", true),
			"user": userChange("ana", true), "profile": profileChange("strict", true),
		} {
			r.refusedChange(partner.ErrExists, "insert of a "+what+" that is there", change)
		}
		r.apply(channelChange(Forwarder, "folder", true))
		r.equal(len(r.table().Channels), 2, "channels of one name of two partners")
	}},
	{"partner/what is not there is not replaced", func(r *rig) {
		for what, change := range map[string]partner.Change{
			"partner": partnerChange(Carrier, false), "mandate": mandateChange("m1", false), "key": keyChange("K1", false),
			"channel": channelChange(Carrier, "folder", false), "user": userChange("ana", false), "profile": profileChange("strict", false),
		} {
			r.refusedChange(partner.ErrNotFound, "replacing a "+what+" that is not there", change)
			change.Delete = true
			r.refusedChange(nil, "deleting a "+what+" that is not there", change)
		}
	}},
	{"partner/channels and profiles are deleted, nothing else", func(r *rig) {
		r.apply(partnerChange(Carrier, true), mandateChange("m1", true), keyChange("K1", true), channelChange(Carrier, "folder", true),
			channelChange(Carrier, "https", true), userChange("ana", true), profileChange("strict", true))
		for what, change := range map[string]partner.Change{
			"partner": partnerChange(Carrier, false), "mandate": mandateChange("m1", false), "key": keyChange("K1", false), "user": userChange("ana", false),
		} {
			change.Delete = true
			r.refusedChange(nil, "deleting a "+what, change)
		}
		channel, profile := channelChange(Carrier, "folder", false), profileChange("strict", false)
		channel.Delete, profile.Delete = true, true
		r.apply(channel, profile)
		got := r.table()
		r.equal([]any{len(got.Channels), got.Channels[0].Name, len(got.Profiles)}, []any{1, "https", 0}, "what is left")
	}},
	{"partner/apply is all or none", func(r *rig) {
		r.apply(partnerChange(Carrier, true))
		r.refusedChange(partner.ErrExists, "the second of two changes", partnerChange(Forwarder, true), partnerChange(Carrier, true))
		r.refusedChange(partner.ErrNotFound, "the third of three changes", partnerChange(Forwarder, true), keyChange("K1", true), userChange("ana", false))
	}},
	{"partner/a change of nothing is refused", func(r *rig) {
		r.refusedChange(nil, "a change without a row", partner.Change{Insert: true})
		both := partnerChange(Carrier, true)
		both.User = userChange("ana", true).User
		r.refusedChange(nil, "a change of two rows", both)
	}},
	{"partner/the generation is raised by one", func(r *rig) {
		at := r.generation()
		r.apply(partnerChange(Carrier, true), partnerChange(Forwarder, true), keyChange("K1", true))
		r.equal(r.generation(), at+1, "generation after an insert of three")
		r.equal(r.generation(), at+1, "generation read again")
		r.apply(partnerChange(Carrier, false))
		r.equal(r.generation(), at+2, "generation after a replacement")
		if r.second != nil {
			got, err := r.second.Generation(r.ctx)
			r.ok(err, "generation")
			r.equal(got, at+2, "generation on the second node")
		}
	}},
	{"partner/what was decided by what is not so any more is not made", func(r *rig) {
		r.apply(partnerChange(Carrier, true))
		read := r.generation()
		act := Act()
		act.Read = &read
		r.ok(r.store.Apply(r.ctx, []partner.Change{partnerChange(Carrier, false, func(p *partner.Partner) { p.Name = "First" })}, act), "a change by what was read last")
		before, generation, rows := r.table(), r.generation(), r.unsealed()
		r.is(r.store.Apply(r.ctx, []partner.Change{partnerChange(Carrier, false, func(p *partner.Partner) { p.Name = "Second" })}, act), partner.ErrMoved,
			"a change by what was read before another was made")
		r.is(r.store.Apply(r.ctx, []partner.Change{partnerChange(Forwarder, true)}, act), partner.ErrMoved, "a change of something else")
		r.equal(r.table(), before, "what is there")
		r.equal([]int64{r.generation(), r.unsealed()}, []int64{generation, rows}, "generation and audit rows")
		read = r.generation()
		if r.second != nil {
			r.ok(r.second.Apply(r.ctx, []partner.Change{partnerChange(Forwarder, true)}, act), "a change on the second node")
			r.is(r.store.Apply(r.ctx, []partner.Change{keyChange("K1", true)}, act), partner.ErrMoved, "a change by what was read before the second node's")
		}
	}},
	{"partner/all by ID", func(r *rig) {
		r.apply(partnerChange(Forwarder, true), partnerChange(Bureau, true), partnerChange(Carrier, true))
		var got []partner.ID
		for _, p := range r.table().Partners {
			got = append(got, p.ID)
		}
		r.equal(got, []partner.ID{Bureau, Carrier, Forwarder}, "partners")
	}},
	{"partner/an act is in the audit log", func(r *rig) {
		before := r.now()
		r.apply(partnerChange(Carrier, true), keyChange("K1", true))
		r.sealAll()
		got := r.sealed()
		if len(got) != 1 {
			r.Fatalf("%d audit rows of one act", len(got))
		}
		row, act := got[0].Row, Act()
		r.equal(row, audit.Row{
			ID: row.ID, At: row.At, Principal: act.Principal, Action: act.Action, Object: act.Object, Mode: row.Mode, Detail: act.Detail, TraceID: act.TraceID,
		}, "audit row")
		if d := row.At.Sub(before); d < -patience || d > patience || row.ID.Version() != 7 {
			r.Errorf("audit row %s at %s, want an id of version 7 and a time about %s", row.ID, row.At, before)
		}
	}},
}
