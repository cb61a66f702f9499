package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

func testLog(t *testing.T) *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return slog.New(slog.DiscardHandler)
}

func from(id string) partner.Principal {
	return partner.Principal{Kind: partner.KindPartner, ID: id, Mode: cargo.TrafficLive, Key: "K1"}
}

func delivery(body []byte) *transport.Delivery {
	return &transport.Delivery{Principal: from("ACME"), Channel: "https", Kind: "https", Mode: cargo.TrafficLive, Name: "a.edi", TraceID: "t1",
		Body: bytes.NewReader(body), Size: -1}
}

const unb = "UNB+UNOA:2+ACMELINES+CUSTOMS+260101:0800+REF1'UNZ+0+REF1'"

func TestReceiveKeepsWhatCame(t *testing.T) {
	sizes := map[string]int{"empty": 0, "one byte": 1, "a class of buffers": 16 << 10, "past it": 16<<10 + 1, "two": 64 << 10,
		"largest inline": MaxInline, "smallest spooled": MaxInline + 1, "large lane": LargeBody}
	for name, size := range sizes {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, size known %v", name, known), func(t *testing.T) {
				b := newBench(t, nil)
				body := bytes.Repeat([]byte("abcdefg\n"), size/8+1)[:size]
				sum := sha256.Sum256(body)
				d := delivery(body)
				d.SHA256 = &sum
				d.Body = iotest.HalfReader(bytes.NewReader(body))
				if known {
					d.Size = int64(size)
				}
				got, err := b.Receive(t.Context(), d)
				if err != nil {
					t.Fatal(err)
				}
				r, err := b.store.Receipt(t.Context(), got.ID)
				if err != nil {
					t.Fatal(err)
				}
				if got.SHA256 != sum || got.Size != int64(size) || got.AcceptSeq != 1 || got.Mode != cargo.TrafficLive || got.ReceivedAt.IsZero() || got.Repeated {
					t.Errorf("the sender got %+v", got)
				}
				if r.Partner != "ACME" || r.Principal != "partner:ACME/key:K1" || r.Channel != "https" || r.Name != "a.edi" || r.TraceID != "t1" || r.ID.Version() != 7 {
					t.Errorf("stored %+v", r)
				}
				if (r.Inline != nil) != (size <= MaxInline) || (r.BlobKey != "") != (size > MaxInline) || (r.Lane == LaneLarge) != (size >= LargeBody) {
					t.Errorf("size %d: inline %v, key %q, lane %d", size, r.Inline != nil, r.BlobKey, r.Lane)
				}
				if row := b.store.rows[0]; row.Action != ActionAccept || row.Object != "message:"+r.ID.String() || !strings.Contains(row.Detail, fmt.Sprintf("%x", sum)) {
					t.Errorf("audit row %+v", row)
				}
				o, err := b.open(t.Context(), &r)
				if err != nil {
					t.Fatal(err)
				}
				back, err := io.ReadAll(io.NewSectionReader(o, 0, o.Size))
				if err != nil || !bytes.Equal(back, body) {
					t.Errorf("%d bytes came back of %d: %v", len(back), size, err)
				}
				if n := b.pressed.inFlight.Load(); n != 0 {
					t.Errorf("%d bytes still count as in memory", n)
				}
			})
		}
	}
}

func TestSpooledBodyIsDescribedBeforeTheCommit(t *testing.T) {
	b := newBench(t, nil)
	b.store.hook = func(call string, ids []uuid.UUID) error {
		if call == "accept" && !slices.Equal(b.blobs.keys(), []string{blobKey(ids[0]), sidecarKey(ids[0])}) {
			t.Errorf("at the commit there is %q", b.blobs.keys())
		}
		return nil
	}
	d := delivery(append([]byte(unb), make([]byte, MaxInline)...))
	d.Headers, d.TransportID, d.ContentType = map[string]string{"user-agent": "x"}, "act-1", "application/edifact"
	got, err := b.Receive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.readSidecar(t.Context(), got.ID)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := b.store.Receipt(t.Context(), got.ID)
	again := s.Receipt(time.Now())
	again.Seq, again.ReceivedAt = r.Seq, r.ReceivedAt
	if fmt.Sprint(again) != fmt.Sprint(r) {
		t.Errorf("described:\n%+v\nstored:\n%+v", again, r)
	}
	if r.Control == "" {
		t.Error("no control key was taken from the head of a large body")
	}
}

func TestReceiveRefuses(t *testing.T) {
	broken := errors.New("the line broke")
	small, large := []byte("small"), make([]byte, MaxInline+1)
	wrong := sha256.Sum256([]byte("other"))
	cases := map[string]struct {
		change func(*bench, *transport.Delivery)
		want   error
	}{
		"digest":             {func(_ *bench, d *transport.Delivery) { d.SHA256 = &wrong }, transport.ErrDigest},
		"size":               {func(_ *bench, d *transport.Delivery) { d.Size = 3 }, transport.ErrSize},
		"body that breaks":   {func(_ *bench, d *transport.Delivery) { d.Body = io.MultiReader(d.Body, iotest.ErrReader(broken)) }, broken},
		"no body":            {func(_ *bench, d *transport.Delivery) { d.Body = nil }, ErrInput},
		"staff":              {func(_ *bench, d *transport.Delivery) { d.Principal.Kind = partner.KindStaff }, partner.ErrDenied},
		"nobody":             {func(_ *bench, d *transport.Delivery) { d.Principal.ID = "" }, partner.ErrDenied},
		"an unknown partner": {func(_ *bench, d *transport.Delivery) { d.Principal.ID = "NOBODY" }, partner.ErrDenied},
		"a suspended one":    {func(_ *bench, d *transport.Delivery) { d.Principal.ID = "IDLE" }, partner.ErrDenied},
	}
	for name, c := range cases {
		for _, body := range [][]byte{small, large} {
			t.Run(fmt.Sprintf("%s, %d bytes", name, len(body)), func(t *testing.T) {
				b := newBench(t, nil)
				d := delivery(body)
				c.change(b, d)
				if _, err := b.Receive(t.Context(), d); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if len(b.store.all()) != 0 || len(b.blobs.keys()) != 0 || b.pressed.inFlight.Load() != 0 {
					t.Errorf("left behind: %d receipts, bodies %q, %d bytes", len(b.store.all()), b.blobs.keys(), b.pressed.inFlight.Load())
				}
			})
		}
	}
}

func TestReceiveTooLarge(t *testing.T) {
	b := newBench(t, func(o *Options) { o.MaxBody = 1 << 20 })
	if _, err := b.Receive(t.Context(), delivery(make([]byte, 1<<20))); err != nil {
		t.Errorf("the largest body that is taken: %v", err)
	}
	if _, err := b.Receive(t.Context(), delivery(make([]byte, 1<<20+1))); !errors.Is(err, transport.ErrTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	if n := len(b.store.all()); n != 1 {
		t.Errorf("%d receipts", n)
	}
}

func TestBlobStoreGone(t *testing.T) {
	for _, failing := range []string{"originals/", "receipts/"} {
		t.Run(failing, func(t *testing.T) {
			b := newBench(t, nil)
			gone := errors.New("no route")
			b.blobs.hook = func(call, key string) error {
				if call == "put" && strings.HasPrefix(key, failing) {
					return gone
				}
				return nil
			}
			_, err := b.Receive(t.Context(), delivery(make([]byte, MaxInline+1)))
			if busy, ok := asBusy(err); !ok || busy.Reason != "spool" || busy.RetryAfter <= 0 || !errors.Is(err, gone) {
				t.Errorf("got %v", err)
			}
			if len(b.blobs.keys()) != 0 || len(b.store.all()) != 0 {
				t.Errorf("left behind: %q", b.blobs.keys())
			}
			if _, err := b.Receive(t.Context(), delivery([]byte("small"))); err != nil {
				t.Errorf("a small body needs no blob store: %v", err)
			}
		})
	}
}

func TestMode(t *testing.T) {
	cases := []struct {
		channel, key cargo.Traffic
		body         string
		want         cargo.Traffic
	}{
		{cargo.TrafficLive, cargo.TrafficLive, unb, cargo.TrafficLive},
		{cargo.TrafficTest, cargo.TrafficLive, unb, cargo.TrafficTest},
		{cargo.TrafficLive, cargo.TrafficTest, unb, cargo.TrafficTest},
		{cargo.TrafficLive, cargo.TrafficLive, "UNB+UNOA:2+ACMELINES+CUSTOMS+260101:0800+REF1++++++1'UNZ+0+REF1'", cargo.TrafficTest},
	}
	for _, c := range cases {
		b := newBench(t, nil)
		d := delivery([]byte(c.body))
		d.Mode, d.Principal.Mode = c.channel, c.key
		got, err := b.Receive(t.Context(), d)
		r := b.store.all()[0]
		if err != nil || got.Mode != c.want || r.Mode != c.want || b.store.rows[0].Mode != string(c.want) {
			t.Errorf("channel %s, key %s, body %s: sender %s, stored %s (%v)", c.channel, c.key, c.body, got.Mode, r.Mode, err)
		}
		if (r.Retention == "test") != (c.want == cargo.TrafficTest) {
			t.Errorf("mode %s has retention class %q", c.want, r.Retention)
		}
	}
}

func TestRepeatedAct(t *testing.T) {
	for _, size := range []int{10, MaxInline + 1} {
		b := newBench(t, nil)
		send := func(fill byte) (transport.Receipt, error) {
			d := delivery(bytes.Repeat([]byte{fill}, size))
			d.TransportID = "act-1"
			return b.Receive(t.Context(), d)
		}
		first, err := send('a')
		if err != nil {
			t.Fatal(err)
		}
		bodies := len(b.blobs.keys())
		if again, err := send('a'); err != nil || !again.Repeated || again.ID != first.ID || again.AcceptSeq != first.AcceptSeq || again.ReceivedAt != first.ReceivedAt {
			t.Errorf("size %d: the same act got %+v, %v", size, again, err)
		}
		if _, err := send('b'); !errors.Is(err, transport.ErrTransportID) {
			t.Errorf("size %d: other bytes got %v", size, err)
		}
		if len(b.blobs.keys()) != bodies {
			t.Errorf("bodies of repeats stayed: %q", b.blobs.keys())
		}
	}
}

// arrivals starts n senders and gives their errors when all are answered.
func arrivals(t *testing.T, b *bench, n, size int) func() []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, errs[i] = b.Receive(t.Context(), delivery(noise(i, size)))
		})
	}
	return func() []error { wg.Wait(); return errs }
}

// noise is bytes that do not shrink.
func noise(seed, n int) []byte {
	out := make([]byte, 0, n+32)
	for sum := sha256.Sum256([]byte{byte(seed), byte(seed >> 8)}); len(out) < n; sum = sha256.Sum256(sum[:]) {
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		const commit = 10 * time.Millisecond
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "accept" {
				time.Sleep(commit)
			}
			return nil
		}
		begun := time.Now()
		if _, err := b.Receive(t.Context(), delivery([]byte("lone"))); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != commit {
			t.Errorf("a lone arrival took %s, its commit %s", took, commit)
		}
		begun = time.Now()
		for _, err := range arrivals(t, b, 64, 100)() {
			if err != nil {
				t.Fatal(err)
			}
		}
		// The first finds none in progress; all others gather until it is committed.
		if took, n := time.Since(begun), b.store.count("accept")-1; took > 2*commit || n > 2 {
			t.Errorf("64 arrivals took %s and %d commits", took, n)
		}
	})
}

func TestBatchIsBounded(t *testing.T) {
	for _, c := range []struct{ n, size, want int }{{200, 10, 64}, {30, 100 << 10, 10}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, nil)
			b.store.hook = func(call string, ids []uuid.UUID) error {
				if call == "accept" {
					time.Sleep(time.Millisecond)
					if len(ids) > c.want {
						t.Errorf("%d arrivals of %d bytes in one commit", len(ids), c.size)
					}
				}
				return nil
			}
			for _, err := range arrivals(t, b, c.n, c.size)() {
				if err != nil {
					t.Fatal(err)
				}
			}
			if most := (c.n-1+c.want-1)/c.want + 1; b.store.count("accept") > most {
				t.Errorf("%d commits, %d are enough", b.store.count("accept"), most)
			}
		})
	}
}

func TestOneBadArrivalFailsAlone(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("a value that the database does not take") },
		"panic": func() error { panic("in the driver") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil)
				var bad atomic.Pointer[uuid.UUID]
				b.store.hook = func(call string, ids []uuid.UUID) error {
					if call != "accept" {
						return nil
					}
					time.Sleep(time.Millisecond)
					if id := bad.Load(); id != nil && slices.Contains(ids, *id) {
						return fail()
					}
					return nil
				}
				first := arrivals(t, b, 1, 10)
				synctest.Wait() // it is being committed, and the rest gathers
				wait := arrivals(t, b, 20, 10)
				synctest.Wait()
				b.commits.mu.Lock()
				bad.Store(&b.commits.queue[7].arrival.ID)
				b.commits.mu.Unlock()
				failed := 0
				for _, err := range wait() {
					if err != nil {
						failed++
					}
				}
				if first()[0] != nil || failed != 1 || len(b.store.all()) != 20 {
					t.Errorf("%d failed, %d were taken", failed, len(b.store.all()))
				}
			})
		})
	}
}

func TestDatabaseGoneFailsTheBatchOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "accept" {
				time.Sleep(time.Second)
				return fmt.Errorf("%w: connection refused", ErrUnavailable)
			}
			return nil
		}
		first := arrivals(t, b, 1, 10)
		synctest.Wait() // it is being committed, and the rest gathers
		for _, err := range slices.Concat(arrivals(t, b, 20, 10)(), first()) {
			if busy, ok := asBusy(err); !ok || busy.Reason != "database" || busy.Partner {
				t.Errorf("got %v", err)
			}
		}
		if n := b.store.count("accept"); n != 2 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestSenderGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "accept" {
				time.Sleep(time.Second)
			}
			return nil
		}
		send := func(after time.Duration, size int) chan error {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			out := make(chan error, 1)
			go func() {
				defer cancel()
				_, err := b.Receive(ctx, delivery(make([]byte, size)))
				out <- err
			}()
			synctest.Wait()
			return out
		}
		during := send(500*time.Millisecond, 10)           // its commit begins at once: it is taken, and hears of it
		before := send(600*time.Millisecond, 20)           // waits for the next commit and goes first
		spooled := send(600*time.Millisecond, MaxInline*2) // the same with a spooled body
		if err := <-during; err != nil {
			t.Errorf("in the commit: %v", err)
		}
		for _, c := range []chan error{before, spooled} {
			if err := <-c; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
		pass(5 * time.Second)
		if all := b.store.all(); len(all) != 1 || all[0].Size != 10 {
			t.Errorf("taken: %+v", all)
		}
		if len(b.blobs.keys()) != 0 || b.pressed.inFlight.Load() != 0 {
			t.Errorf("left behind: %q, %d bytes", b.blobs.keys(), b.pressed.inFlight.Load())
		}
	})
}

func TestBodiesInMemoryAreBounded(t *testing.T) {
	b := newBench(t, func(o *Options) { o.MaxInFlight = 100 << 10 })
	for _, known := range []bool{true, false} {
		d := delivery(noise(1, 80<<10)) // needs the largest class of buffers: too much
		if known {
			d.Size = 80 << 10
		}
		_, err := b.Receive(t.Context(), d)
		if busy, ok := asBusy(err); !ok || busy.Reason != "spool" {
			t.Errorf("a body over the bound, size known %v: %v", known, err)
		}
		if _, err := b.Receive(t.Context(), delivery(noise(1, 10<<10))); err != nil {
			t.Errorf("a body within the bound: %v", err)
		}
		if n := b.pressed.inFlight.Load(); n != 0 {
			t.Errorf("%d bytes still count", n)
		}
	}
}

func TestAdmit(t *testing.T) {
	cases := map[string]struct {
		who    string
		size   int64
		change func(*bench)
		reason string // "" is admitted
		err    error
	}{
		"admitted":         {who: "ACME", size: 1000},
		"size unknown":     {who: "ACME", size: -1},
		"too large":        {who: "ACME", size: 3 << 30, err: transport.ErrTooLarge},
		"unknown":          {who: "NOBODY", err: partner.ErrDenied},
		"suspended":        {who: "IDLE", err: partner.ErrDenied},
		"draining":         {who: "ACME", reason: "draining", change: func(b *bench) { b.Drain() }},
		"disk of bodies":   {who: "ACME", reason: "disk", change: func(b *bench) { b.blobs.free = 1000 }},
		"disk unknown":     {who: "ACME", reason: "spool", change: func(b *bench) { b.blobs.hook = func(string, string) error { return errors.New("gone") } }},
		"data folder gone": {who: "ACME", reason: "spool", change: func(b *bench) { b.opts.DataFolder = "/nowhere/at/all" }},
		"data folder full": {who: "ACME", reason: "disk", change: func(b *bench) { b.opts.DataFolder = "."; b.opts.DiskFloor = 1 << 60; b.blobs.free = 1 << 61 }},
		"no floor":         {who: "ACME", change: func(b *bench) { b.blobs.free = 0; b.opts.DiskFloor = -1 }},
		"memory":           {who: "ACME", size: 1000, reason: "spool", change: func(b *bench) { b.pressed.inFlight.Store(64 << 20) }},
		"database":         {who: "ACME", reason: "database", change: func(b *bench) { b.store.hook = func(string, []uuid.UUID) error { return ErrUnavailable } }},
		"backlog":          {who: "ACME", reason: "backlog", change: func(b *bench) { b.opts.MaxBacklog = 1; backlog(b, 2) }},
		"backlog at bound": {who: "ACME", change: func(b *bench) { b.opts.MaxBacklog = 2; backlog(b, 2) }},
		"backlog age":      {who: "ACME", reason: "backlog", change: func(b *bench) { b.opts.MaxBacklogAge = time.Minute; backlog(b, 1) }},
		"files":            {who: "SMALL", reason: "quota", change: func(b *bench) { use(b, 1); use(b, 1) }},
		"under files":      {who: "SMALL", change: func(b *bench) { use(b, 1) }},
		"bytes":            {who: "SMALL", size: 400, reason: "quota", change: func(b *bench) { use(b, 700) }},
		"bytes just fit":   {who: "SMALL", size: 300, change: func(b *bench) { use(b, 700) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			if c.change != nil {
				c.change(b)
			}
			err := b.Admit(t.Context(), from(c.who), c.size)
			busy, ok := asBusy(err)
			switch {
			case c.err != nil:
				if !errors.Is(err, c.err) {
					t.Errorf("got %v, want %v", err, c.err)
				}
			case c.reason == "":
				if err != nil {
					t.Error(err)
				}
			case !ok || busy.Reason != c.reason || busy.RetryAfter <= 0 || busy.Partner != (c.reason == "quota"):
				t.Errorf("got %v", err)
			}
		})
	}
}

// backlog puts n old receipts that are not finished into the store.
func backlog(b *bench, n int) {
	for range n {
		b.store.receipts = append(b.store.receipts, &Receipt{Partner: "ACME", State: StateReceived, ReceivedAt: time.Now().Add(-time.Hour)})
	}
}

// use puts a receipt of the partner with a quota into the store.
func use(b *bench, size int64) {
	b.store.receipts = append(b.store.receipts, &Receipt{Partner: "SMALL", Mode: cargo.TrafficLive, Size: size, State: StateAccepted})
}

func TestAdmitLooksOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		for range 100 {
			if err := b.Admit(t.Context(), from("SMALL"), 1); err != nil {
				t.Fatal(err)
			}
		}
		if u, l := b.store.count("usage"), b.store.count("backlog"); u != 1 || l != 1 {
			t.Errorf("in one second usage was asked for %d times, the backlog %d times", u, l)
		}
		use(b, 1)
		use(b, 1)
		if err := b.Admit(t.Context(), from("SMALL"), 1); err != nil {
			t.Errorf("within the second: %v", err)
		}
		time.Sleep(time.Second)
		if err := b.Admit(t.Context(), from("SMALL"), 1); err == nil {
			t.Error("after the second the quota is not noticed")
		}
	})
}

func TestRetentionClasses(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.RetainFor, o.RetainClasses = time.Hour, map[string]time.Duration{"long": 0, "short": time.Minute}
	})
	for _, c := range []struct {
		class string
		mode  cargo.Traffic
		want  string
		keep  time.Duration
	}{
		{"", cargo.TrafficLive, "default", time.Hour}, {"long", cargo.TrafficLive, "long", 0}, {"short", cargo.TrafficLive, "short", time.Minute},
		{"unheard of", cargo.TrafficLive, "default", time.Hour}, {"long", cargo.TrafficTest, "test", 30 * 24 * time.Hour},
	} {
		if class, keep := b.retention(partner.Partner{Retention: c.class}, c.mode); class != c.want || keep != c.keep {
			t.Errorf("%q, %s: %q for %s", c.class, c.mode, class, keep)
		}
	}
}
