package gateway

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"cargogate/internal/blob"
	"cargogate/internal/cargo"
)

// finish makes receipts final.
func (b *bench) finish(ids ...uuid.UUID) {
	for _, id := range ids {
		b.store.find(id).State = StateAccepted
	}
}

func TestArchive(t *testing.T) {
	b := newBench(t, nil)
	ids := b.put(t, "ACME", 150)
	b.finish(ids[:149]...)
	if err := b.archive(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		r, _ := b.store.Receipt(t.Context(), id)
		if (r.BlobKey == "") != (i == 149) || (r.Inline == nil) != (i != 149) {
			t.Errorf("receipt %d: key %q, inline %v", i, r.BlobKey, r.Inline != nil)
		}
		o, err := b.open(t.Context(), &r)
		if err != nil {
			t.Fatal(err)
		}
		back := make([]byte, o.Size)
		if _, err := o.ReadAt(back, 0); err != nil || sum(back) != r.SHA256 {
			t.Errorf("receipt %d came back as %q, %v", i, back, err)
		}
	}
	s, err := b.readSidecar(t.Context(), ids[0])
	if r, _ := b.store.Receipt(t.Context(), ids[0]); err != nil || s.ReceivedAt == nil || !s.ReceivedAt.Equal(r.ReceivedAt) || s.Partner != "ACME" {
		t.Errorf("described as %+v, %v", s, err)
	}
}

func TestArchiveAfterACrashAndWithADamagedCopy(t *testing.T) {
	b := newBench(t, nil)
	ids := b.put(t, "ACME", 3)
	b.finish(ids...)
	crash := true
	b.store.hook = func(call string, in []uuid.UUID) error {
		if call == "archived" && in[0] == ids[0] && crash {
			return ErrUnavailable
		}
		return nil
	}
	b.blobs.objects[blobKey(ids[1])] = []byte("what should not be there")
	b.store.find(ids[2]).Inline = []byte("damaged")
	if err := b.archive(t.Context()); !errors.Is(err, ErrUnavailable) || !errors.Is(err, blob.ErrExists) || !errors.Is(err, errBody) {
		t.Errorf("got %v", err)
	}
	for _, id := range ids {
		if r := b.store.find(id); r.Inline == nil || r.BlobKey != "" {
			t.Error("a body was let go of that is not safe elsewhere")
		}
	}
	crash = false
	_ = b.archive(t.Context()) // the two others stay as they are
	if r := b.store.find(ids[0]); r.Inline != nil || r.BlobKey != blobKey(ids[0]) {
		t.Error("what the crash left was not archived")
	}
}

func TestArchiveReadsAgain(t *testing.T) {
	b := newBench(t, nil)
	id := b.put(t, "ACME", 1)[0]
	b.finish(id)
	b.blobs.hook = func(call, key string) error {
		if call == "open" {
			b.blobs.objects[key] = []byte("rotten") // a store that says yes and does not keep it
		}
		return nil
	}
	if err := b.archive(t.Context()); !errors.Is(err, blob.ErrDigest) || b.store.find(id).Inline == nil {
		t.Errorf("got %v, inline %v", err, b.store.find(id).Inline != nil)
	}
}

func TestArchiveOfWhatIsPurgedMeanwhile(t *testing.T) {
	b := newBench(t, nil)
	id := b.put(t, "ACME", 1)[0]
	b.finish(id)
	b.store.hook = func(call string, _ []uuid.UUID) error {
		if call == "archived" {
			b.store.find(id).Purged = true
		}
		return nil
	}
	if err := b.archive(t.Context()); err != nil || len(b.blobs.keys()) != 0 {
		t.Errorf("%v; what was purged is back: %q", err, b.blobs.keys())
	}
}

func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.RetainFor = 24 * time.Hour })
		ids := b.put(t, "ACME", 250)
		large, err := b.Receive(t.Context(), delivery(make([]byte, MaxInline+1)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, large.ID)
		b.finish(ids[1:]...) // the first is still worked on
		b.store.find(ids[1]).Holds = []string{"court"}
		if err := b.archive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.retire(t.Context()); err != nil || len(b.store.tombstones) != 0 {
			t.Errorf("before its time: %v, %d purged", err, len(b.store.tombstones))
		}
		time.Sleep(25 * time.Hour)
		if err := b.retire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(b.store.tombstones); n != 249 {
			t.Errorf("%d purged", n)
		}
		if want := []string{blobKey(ids[1]), sidecarKey(ids[1])}; !slices.Equal(b.blobs.keys(), want) {
			t.Errorf("bodies left: %q", b.blobs.keys())
		}
		tomb := b.store.tombstones[0]
		if tomb.Why != whyExpired || tomb.Who != purgedBy || tomb.SHA256 != b.store.find(tomb.Receipt).SHA256 || tomb.Derived == 0 {
			t.Errorf("tombstone %+v", tomb)
		}
		if row := b.store.rows[len(b.store.rows)-1]; row.Action != actionPurge || !strings.Contains(row.Detail, "sha256") {
			t.Errorf("audit row %+v", row)
		}
		b.store.find(ids[1]).Holds = nil
		if err := b.retire(t.Context()); err != nil || len(b.blobs.keys()) != 0 {
			t.Errorf("after the hold: %v, bodies left %q", err, b.blobs.keys())
		}
	})
}

func TestEraseRefuses(t *testing.T) {
	b := newBench(t, nil)
	ids := b.put(t, "ACME", 4)
	b.finish(ids[1:]...)
	if err := b.archive(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.store.find(ids[1]).Holds = []string{"court"}
	b.store.find(ids[2]).Purged = true
	bodies := len(b.blobs.keys())
	for _, c := range []struct {
		id   uuid.UUID
		want error
	}{{ids[0], ErrInput}, {ids[1], ErrHeld}, {ids[2], ErrInput}, {uuid.New(), ErrNotFound}} {
		row, _ := purgeRow(&Receipt{ID: c.id}, time.Now())
		if _, err := b.erase(t.Context(), c.id, "erased: request 7", "user:ana", row); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
	if len(b.blobs.keys()) != bodies {
		t.Errorf("bodies left: %q", b.blobs.keys())
	}
	b.blobs.hook = func(string, string) error { return errors.New("gone") }
	if _, err := b.erase(t.Context(), ids[3], "x", "y", b.store.rows[0]); err == nil || len(b.store.tombstones) != 0 {
		t.Errorf("without the blob store: %v, %d tombstones", err, len(b.store.tombstones))
	}
}

func TestOrphans(t *testing.T) {
	for _, age := range []time.Duration{0, time.Hour, 48 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, func(o *Options) { o.OrphanAge = age })
			live := b.put(t, "ACME", 3)
			b.finish(live...)
			if err := b.archive(t.Context()); err != nil {
				t.Fatal(err)
			}
			inline := b.put(t, "ACME", 1)[0]
			put := func(id uuid.UUID) {
				for _, key := range []string{blobKey(id), sidecarKey(id)} {
					if _, err := b.blobs.Put(t.Context(), key, bytes.NewReader([]byte("x")), 10); err != nil {
						t.Fatal(err)
					}
				}
			}
			put(inline) // its row has the body still
			orphan, purged := uuid.Must(uuid.NewV7()), live[2]
			put(orphan)
			p := b.store.find(purged)
			p.Purged, p.BlobKey = true, ""
			_, _ = b.blobs.Put(t.Context(), "elsewhere/thing", bytes.NewReader(nil), 1)
			check := func(orphanStays, purgedStays bool) {
				t.Helper()
				if err := b.checkOrphans(t.Context()); err != nil {
					t.Fatal(err)
				}
				keys := b.blobs.keys()
				for id, want := range map[uuid.UUID]bool{live[0]: true, inline: true, orphan: orphanStays, purged: purgedStays} {
					if slices.Contains(keys, blobKey(id)) != want || slices.Contains(keys, sidecarKey(id)) != want {
						t.Errorf("age %s: body of %s there: %v", age, id, !want)
					}
				}
				if !slices.Contains(keys, "elsewhere/thing") {
					t.Error("what is not ours was removed")
				}
			}
			check(true, false) // young
			time.Sleep(25 * time.Hour)
			check(age == 0 || age > 25*time.Hour, false)
			time.Sleep(25 * time.Hour)
			check(age == 0, false)
		})
	}
}

func TestAdoptBodies(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RetainFor = time.Hour })
	ids := b.put(t, "ACME", 3)
	d := delivery(append([]byte(unb), make([]byte, MaxInline)...))
	large, err := b.Receive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, large.ID)
	b.finish(ids...)
	if err := b.archive(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := b.store.all()
	b.store.receipts = b.store.receipts[:1] // restored to an older state
	b.blobs.objects[blobKey(ids[1])] = []byte("rotten")
	if _, err := b.blobs.Put(t.Context(), blobKey(uuid.New()), bytes.NewReader([]byte("undescribed")), 100); err != nil {
		t.Fatal(err)
	}
	n, err := b.AdoptBodies(t.Context(), "user:ops")
	if err != nil || n != 2 {
		t.Fatalf("%d taken in, %v", n, err)
	}
	for _, want := range before[2:] {
		got, err := b.store.Receipt(t.Context(), want.ID)
		if err != nil || got.SHA256 != want.SHA256 || got.Control != want.Control || got.State != StateReceived || got.BlobKey == "" ||
			got.Mode != cargo.TrafficLive || got.ReceivedAt.Sub(want.ReceivedAt).Abs() > time.Minute || got.ExpiresAt.IsZero() {
			t.Errorf("taken in as %+v, %v", got, err)
		}
	}
	if n, err := b.AdoptBodies(t.Context(), "user:ops"); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

func TestParseSidecarRefuses(t *testing.T) {
	good := `{"schema":1,"id":"019a0000-0000-7000-8000-000000000001","partner":"ACME","mode":"live","size":1,"sha256":"` + strings.Repeat("ab", 32) + `"}`
	if _, err := ParseSidecar([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"{", "["}, {`"schema":1`, `"schema":0`}, {"ACME", ""}, {"live", "lively"}, {"abab", "zzzz"}, {"abab", ""}, {"019a0000-0000-7000-8000-000000000001", "1"}} {
		if _, err := ParseSidecar([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%q for %q is taken", change[1], change[0])
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	b := newBench(t, nil)
	r := Receipt{ID: uuid.New(), Purged: true}
	if _, err := b.open(t.Context(), &r); !errors.Is(err, ErrNotFound) {
		t.Errorf("purged: %v", err)
	}
	r = Receipt{ID: uuid.New(), BlobKey: "originals/none", Size: 1}
	if _, err := b.open(t.Context(), &r); !errors.Is(err, blob.ErrNotFound) || errors.Is(err, ErrUnavailable) {
		t.Errorf("gone: %v", err)
	}
	b.blobs.objects["originals/none"] = []byte("longer")
	if _, err := b.open(t.Context(), &r); !errors.Is(err, errBody) {
		t.Errorf("another size: %v", err)
	}
	id := b.put(t, "ACME", 1)[0]
	o, err := b.open(t.Context(), &Receipt{ID: id, Size: 6}) // listed without its body
	if err != nil || o.Size == 0 {
		t.Errorf("listed without body: %v", err)
	}
}

func TestUpkeepGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		var sweeps int
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "sweep" {
				if sweeps++; sweeps == 1 {
					panic("once")
				} else if sweeps == 2 {
					return ErrUnavailable
				}
			}
			return nil
		}
		stop := b.start(t)
		pass(b.opts.SweepEvery*3 + time.Millisecond)
		stop()
		if sweeps != 4 || b.store.count("partitions") != 1 {
			t.Errorf("%d sweeps, partitions %d times", sweeps, b.store.count("partitions"))
		}
	})
}

func TestPeriodicsHaveARole(t *testing.T) {
	b := newBench(t, nil)
	seen := map[string]bool{}
	for _, p := range b.periodics() {
		if seen[p.Name] || p.Every <= 0 || p.Role != RoleProcess && p.Role != RoleDeliver {
			t.Errorf("%+v", p)
		}
		seen[p.Name] = true
		if err := p.Run(context.Background()); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	reg := prometheus.NewRegistry()
	b := newBench(t, func(o *Options) { o.Registerer = reg })
	if _, err := New(b.store, b.blobs, b.partners, nil, Options{Registerer: reg}); err == nil {
		t.Error("two gateways on one registry, and nothing tells their values apart")
	}
	b.put(t, "ACME", 3)
	b.setGauges(t.Context())
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "cargogate_backlog_messages" {
			if got := f.GetMetric()[0].GetGauge().GetValue(); got != 3 {
				t.Errorf("the backlog is shown as %v", got)
			}
			return
		}
	}
	t.Error("the backlog is not shown")
}
