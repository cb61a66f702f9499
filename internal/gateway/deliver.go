package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/outbox"
	"cargogate/internal/transport"
)

// suspendedDelay is before a delivery to a suspended partner is looked at again.
const suspendedDelay = 5 * time.Minute

// errSuspended is why a delivery waits. It is no failure of the channel.
var errSuspended = errors.New("the partner is suspended")

// wakeDeliveries asks for deliveries to be made now. It does not wait, as they are due whether they are asked for or not.
func (g *Gateway) wakeDeliveries(ids []uuid.UUID) {
	if len(ids) == 0 {
		return
	}
	g.deliverWake.up()
	if g.opts.Jobs != nil {
		g.opts.Jobs.Wake(context.Background(), ids)
	}
}

// runDeliveries delivers what is due until ctx is done, where no Jobs do that.
func (g *Gateway) runDeliveries(ctx, hard context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		n, err := g.deliverDue(ctx, hard)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				g.log.Warn("deliveries cannot be claimed", "error", err)
			}
			sleep(ctx, pause)
			pause = min(2*pause, pauseMax)
		case n < g.opts.Deliverers:
			pause = pauseFirst
			g.deliverWake.sleep(ctx, g.opts.DeliverPoll)
		}
	}
}

// deliverDue delivers what is due, as many as can be brought at once, and gives how many it took. It claims no more than
// that: what a node that dies has claimed waits until its lease is over.
func (g *Gateway) deliverDue(ctx, hard context.Context) (int, error) {
	if paused, err := g.deliveriesPaused(ctx); paused || err != nil {
		return 0, err
	}
	due, err := g.store.ClaimDeliveries(ctx, g.opts.Node, g.opts.Deliverers, g.deliverLease())
	if err != nil {
		return 0, err
	}
	var sending sync.WaitGroup
	for _, d := range due {
		sending.Go(func() {
			if err := g.bring(hard, d); err != nil {
				g.log.Warn("a delivery is let go for now", "delivery", d.ID, "message_id", d.Receipt, "error", err)
			}
		})
	}
	sending.Wait()
	return len(due), nil
}

// deliverLease is how long one attempt may take, with the writing of its outcome.
func (g *Gateway) deliverLease() time.Duration { return g.opts.DeliverTimeout + deliverWrite }

// deliverWrite bounds the writing of an outcome.
const deliverWrite = 10 * time.Second

// Deliver brings one delivery if it is due; it does nothing where it is not, or another node has it. An error says that
// its outcome could not be written: it is tried again when its lease is over.
func (g *Gateway) Deliver(ctx context.Context, id uuid.UUID) error {
	if paused, err := g.deliveriesPaused(ctx); paused || err != nil {
		return err
	}
	d, ok, err := g.store.ClaimDelivery(ctx, id, g.opts.Node, g.deliverLease())
	if err != nil || !ok {
		return err
	}
	return g.bring(ctx, d)
}

// bring makes one attempt at a claimed delivery and writes its outcome.
func (g *Gateway) bring(ctx context.Context, d outbox.Delivery) error {
	err := g.send(ctx, d)
	if err == nil {
		failpoint.Hit(failpoint.MidDelivery)
	}
	if err != nil && (errors.Is(err, ErrUnavailable) || ctx.Err() != nil) {
		return err // nothing is known of the channel: the lease runs out
	}
	state, reason, delay := outbox.Delivered, "", time.Duration(0)
	switch {
	case err == nil:
	case errors.Is(err, errSuspended):
		state, reason, delay = outbox.Pending, err.Error(), suspendedDelay
	case errors.Is(err, transport.ErrUndeliverable), g.tried(d.Attempts-d.Resent) >= g.opts.DeliverGiveUp:
		state, reason = outbox.Parked, clipReason(err.Error())
	default:
		state, reason, delay = outbox.Pending, clipReason(err.Error()), jitter(g.deliverPause(d.Attempts-d.Resent))
	}
	events, err := deliveryEvents(d, state, g.opts.Now())
	if err != nil {
		return err
	}
	// What was sent is sent: its outcome is written even where the gateway is being stopped.
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverWrite)
	defer cancel()
	ok, err := g.store.FinishDelivery(writing, d.ID, d.Attempts, state, reason, delay, events)
	if err != nil {
		return fmt.Errorf("gateway: outcome of delivery %s: %w", d.ID, err)
	}
	attrs := []any{"delivery", d.ID, "message_id", d.Receipt, "partner", d.Partner, "channel", d.Channel, "attempt", d.Attempts, "state", state}
	if !ok {
		g.log.Info("an attempt at a delivery was overtaken", attrs...)
		return nil
	}
	g.metrics.deliveries.WithLabelValues(string(state)).Inc()
	switch state {
	case outbox.Delivered:
		g.log.Info("an answer was delivered", attrs...)
	default:
		g.log.Warn("an answer was not delivered", append(attrs, "reason", reason, "again_in", delay)...)
	}
	if len(events) > 0 {
		g.eventsWake.up()
	}
	return nil
}

// send brings the answer of a delivery over its channel. A panic of a Sender is an error of this delivery.
func (g *Gateway) send(ctx context.Context, d outbox.Delivery) (err error) {
	defer func() {
		if v := recover(); v != nil {
			g.log.Error("panic while an answer was sent", "delivery", d.ID, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	who, ok := g.partners.Partner(d.Partner)
	switch {
	case !ok:
		return fmt.Errorf("%w: there is no partner %s", transport.ErrUndeliverable, d.Partner)
	case who.Suspended:
		return errSuspended
	}
	channel, ok := g.partners.Channel(d.Partner, d.Channel)
	if !ok {
		return fmt.Errorf("%w: %s has no channel %q", transport.ErrUndeliverable, d.Partner, d.Channel)
	}
	sender := g.opts.Senders[channel.Kind]
	if sender == nil {
		return fmt.Errorf("nothing is sent over %q channels by this node", channel.Kind)
	}
	a, err := g.answerOf(ctx, d)
	if err != nil {
		return err
	}
	a.Channel = channel
	sending, cancel := context.WithTimeout(ctx, g.opts.DeliverTimeout)
	defer cancel()
	return sender.Send(sending, a)
}

// answerOf gathers what a delivery brings.
func (g *Gateway) answerOf(ctx context.Context, d outbox.Delivery) (*transport.Answer, error) {
	answer, err := g.store.Answer(ctx, d.Answer)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: its answer is gone: %w", transport.ErrUndeliverable, err)
	}
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", d.Answer, err)
	}
	r, err := g.store.Receipt(ctx, d.Receipt)
	if err != nil {
		return nil, fmt.Errorf("receipt %s: %w", d.Receipt, err)
	}
	state := r.State
	switch s, err := g.store.Settlement(ctx, d.Receipt); {
	case err == nil:
		state = s.State // the truth, of which the receipt's is a cache
	case !errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("settlement of %s: %w", d.Receipt, err)
	}
	return &transport.Answer{Delivery: d.ID, Receipt: d.Receipt, Partner: d.Partner, Name: r.Name, Kind: answer.Kind,
		Mode: cargo.Traffic(d.Mode), Rejected: state == StateRejected || state == StateParked, Body: answer.Body}, nil
}

// deliverPause is the time between attempt n and the next one, before jitter.
func (g *Gateway) deliverPause(n int) time.Duration {
	return backoff(g.opts.DeliverFirst, g.opts.DeliverMax, max(n-1, 0))
}

// tried is how long attempts have been made when attempt n has failed, counted from where it was last sent by hand. It goes
// by attempts, not by age: a delivery that was paused or is sent again by hand gets its full time.
func (g *Gateway) tried(n int) time.Duration {
	var sum time.Duration
	for i := 1; i < n && sum < g.opts.DeliverGiveUp; i++ {
		sum += g.deliverPause(i)
	}
	return sum
}

// jitter spreads d by a fifth either way, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// deliveryEvents tells of an outcome that is one.
func deliveryEvents(d outbox.Delivery, state outbox.DeliveryState, at time.Time) ([]outbox.Event, error) {
	e := outbox.Event{Subject: "message/" + d.Receipt.String(), Mode: d.Mode, Partner: d.Partner, At: at.UTC().Truncate(time.Microsecond)}
	switch state {
	case outbox.Delivered:
		e.Type = outbox.TypeDelivered
	case outbox.Parked:
		e.Type = outbox.TypeUndelivered
	default:
		return nil, nil
	}
	data, err := json.Marshal(struct {
		Message  uuid.UUID `json:"message"`
		Answer   uuid.UUID `json:"answer"`
		Delivery uuid.UUID `json:"delivery"`
		Kind     string    `json:"kind"`
		Channel  string    `json:"channel"`
		Attempts int       `json:"attempts"`
	}{d.Receipt, d.Answer, d.ID, d.Kind, d.Channel, d.Attempts})
	if err != nil {
		return nil, fmt.Errorf("gateway: event of delivery %s: %w", d.ID, err)
	}
	e.Data = string(data)
	if e.ID, err = uuid.NewV7(); err != nil {
		return nil, fmt.Errorf("gateway: id of an event: %w", err)
	}
	return []outbox.Event{e}, nil
}
