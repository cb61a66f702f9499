package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/outbox"
)

// put accepts n originals of a partner and gives their ids.
func (b *bench) put(t *testing.T, who string, n int) (ids []uuid.UUID) {
	t.Helper()
	for i := range n {
		d := delivery(fmt.Appendf(nil, "%s %d", who, i))
		d.Principal = from(who)
		r, err := b.Receive(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// start runs the gateway in the bubble of the test; the function that it gives ends it and waits.
func (b *bench) start(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// state gives the state of a receipt, and how many failures it counts.
func (b *bench) state(t *testing.T, id uuid.UUID) (State, int) {
	t.Helper()
	r, err := b.store.Receipt(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.State, r.Failures
}

func (b *bench) want(t *testing.T, id uuid.UUID, want State) {
	t.Helper()
	if got, _ := b.state(t, id); got != want {
		t.Errorf("receipt %s is %s, not %s", id, got, want)
	}
}

func TestWorksOffWhatIsThereAndWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		first := b.put(t, "ACME", 100)
		stop := b.start(t)
		synctest.Wait()
		for _, id := range first {
			b.want(t, id, StateAccepted)
		}
		begun := time.Now()
		hold := make(chan struct{})
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			<-hold
			return acceptAll(r), nil
		}
		later := b.put(t, "ACME", 1)[0]
		told, cancel := b.notify.subscribe(later)
		defer cancel()
		close(hold)
		synctest.Wait()
		b.want(t, later, StateAccepted)
		select {
		case <-told:
		default:
			t.Error("who waited for the receipt was not told")
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("a new arrival lay for %s", took)
		}
		stop()
	})
}

func TestPollingFindsWhatNothingWokeFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "subscribe" {
				return errors.New("no listener")
			}
			return nil
		}
		stop := b.start(t)
		synctest.Wait()
		id := uuid.Must(uuid.NewV7())
		b.store.mu.Lock() // accepted by another node
		body := []byte("x")
		b.store.receipts = append(b.store.receipts, &Receipt{ID: id, Inline: packBody(body), Size: 1, SHA256: sum(body), State: StateReceived})
		b.store.mu.Unlock()
		pass(b.opts.Poll)
		synctest.Wait()
		b.want(t, id, StateAccepted)
		stop()
	})
}

func TestSettlesInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		var sizes []int
		b.store.hook = func(call string, ids []uuid.UUID) error {
			if call == "settle" {
				sizes = append(sizes, len(ids))
				time.Sleep(time.Second)
			}
			return nil
		}
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			o := acceptAll(r)
			if r.Seq > 40 {
				o.rows.Consignments = make([]ConsignmentRow, 3000)
			}
			return o, nil
		}
		ids := b.put(t, "ACME", 50)
		stop := b.start(t)
		pass(time.Hour)
		stop()
		for _, id := range ids {
			b.want(t, id, StateAccepted)
		}
		if slices.Max(sizes) != 10 || len(sizes) > 2+4+11 {
			t.Errorf("batches of %v", sizes)
		}
		if n := sizes[len(sizes)-1]; n != 1 {
			t.Errorf("3,000 consignments each were settled %d messages at once", n)
		}
	})
}

func TestPoisonIsParkedAlone(t *testing.T) {
	poisons := map[string]struct {
		act  func() (*outcome, error)
		want string
	}{
		"panic": {func() (*outcome, error) { panic("index out of range\x00") }, "index out of range"},
		"error": {func() (*outcome, error) {
			return nil, errors.New("tables are " + strings.Repeat("very ", 200) + "wrong")
		}, "tables are"},
		"nothing": {func() (*outcome, error) { return nil, nil }, "nothing"},
	}
	for name, poison := range poisons {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil)
				ids := b.put(t, "ACME", 20)
				var times []time.Time
				b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
					if r.ID == ids[5] {
						times = append(times, time.Now())
						return poison.act()
					}
					return acceptAll(r), nil
				}
				stop := b.start(t)
				synctest.Wait()
				for i, id := range ids {
					if i != 5 {
						b.want(t, id, StateAccepted)
					}
				}
				told, cancel := b.notify.subscribe(ids[5])
				defer cancel()
				pass(time.Minute)
				synctest.Wait()
				b.want(t, ids[5], StateParked)
				s, err := b.store.Settlement(t.Context(), ids[5])
				if err != nil || !strings.Contains(s.Reason, poison.want) || strings.ContainsRune(s.Reason, 0) || len(s.Reason) > maxReason+10 {
					t.Errorf("parked with %q, %v", s.Reason, err)
				}
				if len(times) != 3 || times[1].Sub(times[0]) < b.opts.RetryDelay || times[2].Sub(times[1]) < 2*b.opts.RetryDelay {
					t.Errorf("attempts at %v", times)
				}
				select {
				case <-told:
				default:
					t.Error("who waited for the receipt was not told")
				}
				stop()
			})
		})
	}
}

func TestDamagedBodyIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		b.store.receipts[0].Inline = packBody([]byte("other"))
		stop := b.start(t)
		pass(time.Minute)
		stop()
		b.want(t, id, StateParked)
	})
}

func TestWaitIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		ids := b.put(t, "ACME", 2) // the first waits for the second
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			if r.ID == ids[0] && !b.final(ids[1]) {
				return &outcome{verdict: waitFor, delay: time.Hour}, nil
			}
			if r.ID == ids[1] {
				time.Sleep(10 * time.Second)
			}
			return acceptAll(r), nil
		}
		stop := b.start(t)
		pass(5 * time.Second)
		b.want(t, ids[0], StateWaiting)
		pass(6 * time.Second) // the second is settled, and its partner's are woken
		stop()
		if s, failures := b.state(t, ids[0]); s != StateAccepted || failures != 0 {
			t.Errorf("%s with %d failures", s, failures)
		}
	})
}

func (b *bench) final(id uuid.UUID) bool {
	_, err := b.store.Settlement(context.Background(), id)
	return err == nil
}

func TestUnavailableIsNoFailure(t *testing.T) {
	for _, where := range []string{"read", "open"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil)
				r, err := b.Receive(t.Context(), delivery(make([]byte, MaxInline+1)))
				if err != nil {
					t.Fatal(err)
				}
				back := time.Now().Add(10 * time.Minute)
				b.blobs.hook = func(call, _ string) error {
					if where == "open" && call == "open" && time.Now().Before(back) {
						return errors.New("no route to the store")
					}
					return nil
				}
				b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
					if where == "read" && time.Now().Before(back) {
						return nil, fmt.Errorf("priors: %w", ErrUnavailable)
					}
					return acceptAll(r), nil
				}
				stop := b.start(t)
				pass(11 * time.Minute)
				stop()
				if s, failures := b.state(t, r.ID); s != StateAccepted || failures != 0 {
					t.Errorf("%s with %d failures", s, failures)
				}
			})
		})
	}
}

func TestLeaseIsKeptWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		reads := 0
		b.steps.read = func(ctx context.Context, r *Receipt, _ Original) (*outcome, error) {
			reads++
			sleep(ctx, 10*b.opts.Lease)
			return acceptAll(r), ctx.Err()
		}
		stop := b.start(t)
		pass(11 * b.opts.Lease)
		stop()
		b.want(t, id, StateAccepted)
		if reads != 1 {
			t.Errorf("read %d times", reads)
		}
	})
}

func TestLostLeaseEndsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		var ended time.Duration
		b.steps.read = func(ctx context.Context, r *Receipt, _ Original) (*outcome, error) {
			if r.Attempt > 1 {
				return acceptAll(r), nil
			}
			b.store.mu.Lock() // another node has taken it
			b.store.receipts[0].Attempt = 7
			b.store.mu.Unlock()
			begun := time.Now()
			<-ctx.Done()
			ended = time.Since(begun)
			return acceptAll(r), nil // too late
		}
		stop := b.start(t)
		pass(b.opts.Lease * 9 / 10)
		if ended == 0 || ended > b.opts.Lease/3 {
			t.Errorf("the work on it went on for %s", ended)
		}
		if _, failures := b.state(t, id); failures != 0 || b.final(id) {
			t.Errorf("%d failures, settled %v", failures, b.final(id))
		}
		pass(b.opts.Lease) // the other node's lease is over too
		stop()
		b.want(t, id, StateAccepted)
	})
}

func TestExpiredLeaseIsTakenWithinThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		if _, err := b.store.Claim(t.Context(), ClaimRequest{Owner: "dead", Max: 1, Lease: b.opts.Lease}); err != nil {
			t.Fatal(err)
		}
		stop := b.start(t)
		pass(30*time.Second + b.opts.Poll)
		synctest.Wait()
		b.want(t, id, StateAccepted)
		stop()
	})
}

func TestFailingBatchIsRetriedOneByOne(t *testing.T) {
	for name, bad := range map[string]func() error{
		"error":  func() error { return errors.New("a row that does not fit") },
		"panic":  func() error { panic("nil map") },
		"fenced": func() error { return fmt.Errorf("settle: %w", ErrFenced) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil)
				ids := b.put(t, "ACME", 20)
				healed := time.Now().Add(time.Second)
				b.store.hook = func(call string, in []uuid.UUID) error {
					if call == "settle" {
						time.Sleep(time.Millisecond)
						if time.Now().Before(healed) && slices.Contains(in, ids[9]) {
							return bad()
						}
					}
					return nil
				}
				stop := b.start(t)
				pass(500 * time.Millisecond)
				for i, id := range ids {
					if i != 9 {
						b.want(t, id, StateAccepted)
					}
				}
				_, failures := b.state(t, ids[9])
				if want := map[string]int{"error": 1, "panic": 1, "fenced": 0}[name]; failures != want || b.final(ids[9]) {
					t.Errorf("%d failures, not %d; settled %v", failures, want, b.final(ids[9]))
				}
				pass(time.Minute)
				stop()
				b.want(t, ids[9], StateAccepted)
			})
		})
	}
}

func TestSettlingWaitsForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		ids := b.put(t, "ACME", 5)
		back := time.Now().Add(5 * time.Minute)
		var reads atomic.Int32
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call != "claim" && call != "receipt" && time.Now().Before(back) {
				return ErrUnavailable
			}
			return nil
		}
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			reads.Add(1)
			return acceptAll(r), nil
		}
		stop := b.start(t)
		pass(7 * time.Minute)
		stop()
		for _, id := range ids {
			if s, failures := b.state(t, id); s != StateAccepted || failures != 0 {
				t.Errorf("%s with %d failures", s, failures)
			}
		}
		if n := reads.Load(); n > 5*11 {
			t.Errorf("read %d times in 5 minutes", n)
		}
	})
}

func TestReadAgain(t *testing.T) {
	for _, staged := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, nil)
			ids := b.put(t, "ACME", 3)
			reads, settles := map[uuid.UUID]int{}, 0
			var mu sync.Mutex
			b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
				mu.Lock()
				defer mu.Unlock()
				reads[r.ID]++
				o := acceptAll(r)
				o.staged = staged
				return o, nil
			}
			b.steps.settle = func(_ context.Context, batch []*outcome) (again []*outcome, err error) {
				if settles++; settles <= 4 {
					again, batch = batch[:1], batch[1:]
				}
				return again, b.store.settle(batch)
			}
			stop := b.start(t)
			pass(10 * time.Second)
			stop()
			total := 0
			for _, id := range ids {
				total += reads[id]
				r, _ := b.store.Receipt(t.Context(), id)
				if r.State != StateAccepted || r.Failures != 0 {
					t.Errorf("%s with %d failures", r.State, r.Failures)
				}
				// What is staged under an attempt is not written twice under the same one.
				if want := map[bool]int{false: 1, true: reads[id]}[staged]; r.Attempt != want {
					t.Errorf("staged %v: %d reads in %d attempts", staged, reads[id], r.Attempt)
				}
			}
			if total != 3+4 {
				t.Errorf("staged %v: %d reads", staged, total)
			}
		})
	}
}

func TestLargeDoesNotHoldUpSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		var large []uuid.UUID
		for range 4 {
			d := delivery(nil)
			d.Body = &zeros{n: LargeBody}
			r, err := b.Receive(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			large = append(large, r.ID)
		}
		b.steps.read = func(ctx context.Context, r *Receipt, _ Original) (*outcome, error) {
			if r.Lane == LaneLarge {
				sleep(ctx, time.Minute)
			}
			return acceptAll(r), nil
		}
		stop := b.start(t)
		synctest.Wait()
		small := b.put(t, "ACME", 50)
		synctest.Wait()
		for _, id := range small {
			b.want(t, id, StateAccepted)
		}
		pass(5 * time.Minute)
		for _, id := range large {
			b.want(t, id, StateAccepted)
		}
		stop()
	})
}

// zeros is a body of n zeros.
type zeros struct{ n int }

func (z *zeros) Read(p []byte) (int, error) {
	n := min(len(p), z.n)
	clear(p[:n])
	if z.n -= n; z.n == 0 {
		return n, io.EOF
	}
	return n, nil
}

func TestStopEndsWhatIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		ids := b.put(t, "ACME", 6)
		b.steps.read = func(ctx context.Context, r *Receipt, _ Original) (*outcome, error) {
			sleep(ctx, 3*time.Second)
			return acceptAll(r), ctx.Err()
		}
		stop := b.start(t)
		synctest.Wait()
		stop()
		for _, id := range ids {
			b.want(t, id, StateAccepted)
		}
	})
}

func TestStopLetsGoOfWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		ids := b.put(t, "ACME", 6)
		b.steps.read = func(ctx context.Context, r *Receipt, _ Original) (*outcome, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		stop := b.start(t)
		synctest.Wait()
		begun := time.Now()
		stop()
		if took := time.Since(begun); took != b.opts.Grace {
			t.Errorf("stopping took %s", took)
		}
		for _, id := range ids {
			if _, failures := b.state(t, id); failures != 0 || b.final(id) {
				t.Errorf("%d failures, settled %v", failures, b.final(id))
			}
		}
	})
}

func TestRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.Roles = []string{RoleReceive} })
		id := b.put(t, "ACME", 1)[0]
		stop := b.start(t)
		pass(time.Minute)
		stop()
		b.want(t, id, StateReceived)
		for _, call := range []string{"claim", "number", "sweep", "unarchived", "claimdeliveries"} {
			if n := b.store.count(call); n != 0 {
				t.Errorf("a node that only receives called %s %d times", call, n)
			}
		}
	})
	if _, err := New(newMemStore(), newMemBlobs(), nil, nil, Options{}); err == nil {
		t.Error("a gateway without a directory")
	}
	b := newBench(t, nil)
	if _, err := New(b.store, b.blobs, b.partners, nil, Options{Roles: []string{"cook"}}); err == nil {
		t.Error("a role that there is not")
	}
}

func TestRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		stop := b.start(t)
		synctest.Wait()
		if err := b.Run(t.Context()); err == nil {
			t.Error("it ran twice at once")
		}
		stop()
	})
}

func TestParkingCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		back := time.Now().Add(5 * time.Minute)
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "fail" && time.Now().Before(back) {
				return ErrUnavailable
			}
			return nil
		}
		b.steps.read = func(context.Context, *Receipt, Original) (*outcome, error) { return nil, errors.New("no") }
		stop := b.start(t)
		pass(10 * time.Minute)
		stop()
		b.want(t, id, StateParked)
	})
}

func TestCachedStateIsLeftToTheSweeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		id := b.put(t, "ACME", 1)[0]
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			time.Sleep(time.Second / 2) // the first sweep is over
			return acceptAll(r), nil
		}
		b.store.hook = func(call string, _ []uuid.UUID) error {
			if call == "settled" || call == "wake" {
				return ErrUnavailable
			}
			return nil
		}
		stop := b.start(t)
		pass(time.Second)
		b.want(t, id, StateReading)
		pass(b.opts.SweepEvery)
		stop()
		b.want(t, id, StateAccepted)
	})
}

func TestSettledWakesDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := &fakeJobs{}
		b := newBench(t, func(o *Options) { o.Jobs = jobs })
		b.put(t, "ACME", 1)
		pending, there := outbox.Delivery{ID: uuid.New(), State: outbox.Pending}, outbox.Delivery{ID: uuid.New(), State: outbox.Available}
		b.steps.read = func(_ context.Context, r *Receipt, _ Original) (*outcome, error) {
			o := acceptAll(r)
			o.deliveries = []outbox.Delivery{pending, there}
			return o, nil
		}
		stop := b.start(t)
		synctest.Wait()
		stop()
		if !slices.Equal(jobs.woken, []uuid.UUID{pending.ID}) || jobs.started != 1 || jobs.stopped != 1 {
			t.Errorf("jobs: %+v", jobs)
		}
	})
}

type fakeJobs struct {
	woken            []uuid.UUID
	started, stopped int
	names            []string
	fail             error
}

func (j *fakeJobs) Start(_ context.Context, _ []string, _ func(context.Context, uuid.UUID) error, list []Periodic) error {
	j.started++
	for _, p := range list {
		j.names = append(j.names, p.Name)
	}
	return j.fail
}
func (j *fakeJobs) Stop(context.Context) error              { j.stopped++; return nil }
func (j *fakeJobs) Wake(_ context.Context, ids []uuid.UUID) { j.woken = append(j.woken, ids...) }

func TestJobsThatDoNotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.Jobs = &fakeJobs{fail: errors.New("no tables")} })
		if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no tables") {
			t.Errorf("got %v", err)
		}
		claims := b.store.count("claim")
		pass(time.Minute)
		if n := b.store.count("claim"); n != claims {
			t.Errorf("it works on: %d claims more", n-claims)
		}
	})
}

func TestNotifier(t *testing.T) {
	n := newNotifier()
	id := uuid.New()
	one, cancel := n.subscribe(id)
	two, cancelTwo := n.subscribe(id)
	n.settled(uuid.New())
	n.settled(id)
	n.settled(id) // nobody is waited for
	<-one
	<-two
	cancel()
	cancel()
	cancelTwo()
	n.settled(id)
	if len(one) != 0 || len(n.subs) != 0 {
		t.Errorf("%d told after the end, %d kept", len(one), len(n.subs))
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 3: 8 * time.Second, 4: 10 * time.Second, 1 << 40: 10 * time.Second} {
		if got := backoff(time.Second, 10*time.Second, n); got != want {
			t.Errorf("after %d: %s, not %s", n, got, want)
		}
	}
}

func TestPackBody(t *testing.T) {
	for _, body := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("a"), MaxInline), noise(3, MaxInline)} {
		r := &Receipt{Inline: packBody(body), Size: int64(len(body)), SHA256: sum(body)}
		if got, err := unpackBody(r); err != nil || !bytes.Equal(got, body) || r.Inline == nil {
			t.Errorf("%d bytes: %d came back, %v", len(body), len(got), err)
		}
		r.SHA256[0]++
		if _, err := unpackBody(r); !errors.Is(err, errBody) {
			t.Errorf("another digest: %v", err)
		}
		r.Inline = r.Inline[:len(r.Inline)/2]
		if _, err := unpackBody(r); !errors.Is(err, errBody) {
			t.Errorf("cut short: %v", err)
		}
	}
}
