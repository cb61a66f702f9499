package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/transport"
)

// sent is a Sender that keeps what it was given.
type sent struct {
	mu      sync.Mutex
	answers []transport.Answer
	times   []time.Time
	err     func() error
}

func (s *sent) Send(_ context.Context, a *transport.Answer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers, s.times = append(s.answers, *a), append(s.times, time.Now())
	if s.err != nil {
		return s.err()
	}
	return nil
}

// seen gives when it was sent to.
func (s *sent) seen() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.times)
}

// deliveryBench has one pending delivery, and a Sender for folders.
func deliveryBench(t *testing.T, change func(*Options)) (*bench, *sent, uuid.UUID) {
	s := &sent{}
	b := newBench(t, func(o *Options) {
		o.Senders = map[string]transport.Sender{"folder": s}
		if change != nil {
			change(o)
		}
	})
	receipt := uuid.Must(uuid.NewV7())
	b.store.receipts = append(b.store.receipts, &Receipt{ID: receipt, Seq: 1, Partner: "ACME", Name: "manifest.edi", State: StateReading, LeaseUntil: time.Now().Add(1000 * time.Hour)})
	b.store.settlements[receipt] = Settlement{Fence: Fence{receipt, 0}, State: StateRejected}
	answer := outbox.Answer{ID: uuid.Must(uuid.NewV7()), Receipt: receipt, Kind: "CONTRL", Body: []byte("UNB+…'")}
	b.store.answers[answer.ID] = answer
	d := &outbox.Delivery{ID: uuid.Must(uuid.NewV7()), Answer: answer.ID, Receipt: receipt, Partner: "ACME", Channel: "folder", Kind: "CONTRL", Mode: "live", State: outbox.Pending}
	b.store.deliveries[d.ID] = d
	return b, s, d.ID
}

func TestDeliver(t *testing.T) {
	b, s, id := deliveryBench(t, nil)
	for range 3 { // a second job for it does nothing
		if err := b.Deliver(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Deliver(t.Context(), uuid.New()); err != nil {
		t.Errorf("a job of a delivery that is gone: %v", err)
	}
	d := b.store.deliveries[id]
	if d.State != outbox.Delivered || d.Attempts != 1 || len(s.answers) != 1 {
		t.Fatalf("%+v, sent %d times", d, len(s.answers))
	}
	a := s.answers[0]
	if a.Delivery != id || a.Receipt != d.Receipt || a.Partner != "ACME" || a.Channel.Name != "folder" || a.Name != "manifest.edi" ||
		a.Kind != "CONTRL" || a.Mode != cargo.TrafficLive || !a.Rejected || string(a.Body) != "UNB+…'" {
		t.Errorf("sent %+v", a)
	}
	if e := b.store.events; len(e) != 1 || e[0].Type != outbox.TypeDelivered || e[0].Subject != "message/"+d.Receipt.String() || e[0].Partner != "ACME" {
		t.Errorf("events %+v", e)
	}
}

func TestDeliveryIsRetriedUntilItIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, id := deliveryBench(t, func(o *Options) {
			o.Roles, o.NumberEvery = []string{RoleDeliver}, time.Hour // so that 40 hours pass quickly
		})
		s.err = func() error { return errors.New("share not mounted") }
		stop := b.start(t)
		pass(40 * time.Hour)
		d, _ := b.store.Delivery(t.Context(), id)
		times := s.seen()
		if d.State != outbox.Parked || d.LastError != "share not mounted" {
			t.Fatalf("after 40 hours it is %s: %s", d.State, d.LastError)
		}
		if tried := times[len(times)-1].Sub(times[0]); tried < 18*time.Hour || tried > 30*time.Hour {
			t.Errorf("given up after %s", tried)
		}
		for i := 1; i < len(times); i++ {
			gap, want := times[i].Sub(times[i-1]), min(5*time.Second<<min(i-1, 20), time.Hour)
			if gap < want*8/10 || gap > want*12/10+b.opts.DeliverPoll {
				t.Errorf("gap %d is %s, about %s was meant", i, gap, want)
			}
		}
		if e := b.store.events; e[len(e)-1].Type != outbox.TypeUndelivered {
			t.Errorf("last event %+v", e[len(e)-1])
		}
		// Sent again by hand, it has its whole time once more.
		n := len(times)
		if err := b.store.ResendDelivery(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if d, _ := b.store.Delivery(t.Context(), id); d.State != outbox.Pending || len(s.seen()) < n+3 {
			t.Errorf("after it was sent again by hand: %s, %d attempts", d.State, len(s.seen())-n)
		}
		s.mu.Lock()
		s.err = nil
		s.mu.Unlock()
		pass(5 * time.Minute)
		stop()
		if d := b.store.deliveries[id]; d.State != outbox.Delivered {
			t.Errorf("at last it is %s", d.State)
		}
	})
}

func TestWhatCannotBeDelivered(t *testing.T) {
	cases := map[string]struct {
		change func(*bench, *sent, *outbox.Delivery)
		want   outbox.DeliveryState
		sends  int
	}{
		"undeliverable": {func(_ *bench, s *sent, _ *outbox.Delivery) {
			s.err = func() error { return fmt.Errorf("%w: no folder", transport.ErrUndeliverable) }
		}, outbox.Parked, 1},
		"panic":           {func(_ *bench, s *sent, _ *outbox.Delivery) { s.err = func() error { panic("nil") } }, outbox.Pending, 1},
		"no such channel": {func(_ *bench, _ *sent, d *outbox.Delivery) { d.Channel = "gone" }, outbox.Parked, 0},
		"no such partner": {func(_ *bench, _ *sent, d *outbox.Delivery) { d.Partner = "NOBODY" }, outbox.Parked, 0},
		"no answer":       {func(b *bench, _ *sent, d *outbox.Delivery) { delete(b.store.answers, d.Answer) }, outbox.Parked, 0},
		"suspended":       {func(_ *bench, _ *sent, d *outbox.Delivery) { d.Partner, d.Attempts = "IDLE", 500 }, outbox.Pending, 0},
		"no sender here":  {func(_ *bench, _ *sent, d *outbox.Delivery) { d.Channel = "odd" }, outbox.Pending, 0},
		"tried for long enough": {func(_ *bench, s *sent, d *outbox.Delivery) {
			d.Attempts = 50
			s.err = func() error { return errors.New("no") }
		}, outbox.Parked, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b, s, id := deliveryBench(t, nil)
			d := b.store.deliveries[id]
			c.change(b, s, d)
			if err := b.Deliver(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if d.State != c.want || d.LastError == "" || len(s.answers) != c.sends {
				t.Errorf("%s (%s), sent %d times", d.State, d.LastError, len(s.answers))
			}
			if d.State == outbox.Pending && !d.NextAt.After(time.Now()) {
				t.Error("it is due at once")
			}
		})
	}
}

func TestDeliveryWhoseOutcomeIsUnknown(t *testing.T) {
	for _, call := range []string{"answer", "receipt", "finishdelivery"} {
		b, s, id := deliveryBench(t, nil)
		b.store.hook = func(c string, _ []uuid.UUID) error {
			if c == call {
				return ErrUnavailable
			}
			return nil
		}
		if err := b.Deliver(t.Context(), id); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: got %v", call, err)
		}
		b.store.hook = nil
		b.store.leased = map[uuid.UUID]time.Time{} // over
		if err := b.Deliver(t.Context(), id); err != nil || b.store.deliveries[id].State != outbox.Delivered {
			t.Errorf("%s: then %v", call, err)
		}
		if len(s.answers) == 2 && s.answers[0].Delivery != s.answers[1].Delivery {
			t.Error("a repeat is not known as one")
		}
	}
}

func TestOvertakenDeliveryChangesNothing(t *testing.T) {
	b, s, id := deliveryBench(t, nil)
	s.err = func() error {
		b.store.deliveries[id].Attempts++ // its lease was over, another node has it
		return errors.New("slow")
	}
	if err := b.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if d := b.store.deliveries[id]; d.State != outbox.Pending || d.LastError != "" {
		t.Errorf("%+v", d)
	}
}

func TestManyDeliveriesAreMadeSomeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, id := deliveryBench(t, nil)
		first := b.store.deliveries[id]
		for range 99 {
			d := *first
			d.ID = uuid.Must(uuid.NewV7())
			b.store.deliveries[d.ID] = &d
		}
		slow := &slowSender{}
		b.opts.Senders["folder"] = slow
		stop := b.start(t)
		pass(30 * time.Second)
		stop()
		for _, d := range b.store.deliveries {
			if d.State != outbox.Delivered || d.Attempts != 1 {
				t.Errorf("%s after %d attempts", d.State, d.Attempts)
			}
		}
		if len(s.answers) != 0 {
			t.Error("the wrong sender")
		}
	})
}

type slowSender struct{}

func (*slowSender) Send(ctx context.Context, _ *transport.Answer) error {
	sleep(ctx, time.Second)
	return ctx.Err()
}
