package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// Bounds of what staff types.
const (
	maxHoldName = 64
	maxWhy      = 500 // characters
)

// live refuses a principal for tests what is done to all traffic at once.
func live(p partner.Principal) error {
	if p.Mode != cargo.TrafficLive {
		return fmt.Errorf("%w: the key is for test traffic", partner.ErrDenied)
	}
	return nil
}

// Replay reads a parked message again.
func (g *Gateway) Replay(ctx context.Context, p partner.Principal, id uuid.UUID) error {
	r, err := g.receiptOf(ctx, p, partner.MessageReplay, id)
	if err != nil {
		return err
	}
	s, err := g.settlement(ctx, id)
	if err != nil {
		return err
	}
	switch v := viewOf(p, r, s); {
	case v.Purged:
		return fmt.Errorf("%w: message %s is purged", ErrInput, id)
	case v.State != StateParked:
		return fmt.Errorf("%w: message %s is %s, and only a parked one is read again", ErrInput, id, v.State)
	}
	row, err := g.row(ctx, p, partner.MessageReplay, object("message", id), r.Mode, nil)
	if err != nil {
		return err
	}
	if err := g.store.Replay(ctx, id, row); err != nil {
		return err
	}
	g.claimWake.up()
	g.largeWake.up()
	return nil
}

// Hold keeps a message from being purged until the hold of this name is taken away. One that is held by this name stays so.
func (g *Gateway) Hold(ctx context.Context, p partner.Principal, id uuid.UUID, name string) error {
	return g.hold(ctx, p, partner.MessageHold, id, name, g.store.Hold)
}

// Unhold takes a hold away.
func (g *Gateway) Unhold(ctx context.Context, p partner.Principal, id uuid.UUID, name string) error {
	return g.hold(ctx, p, partner.MessageUnhold, id, name, g.store.Unhold)
}

func (g *Gateway) hold(ctx context.Context, p partner.Principal, a partner.Action, id uuid.UUID, name string,
	do func(context.Context, uuid.UUID, string, audit.Row) error) error {
	r, err := g.receiptOf(ctx, p, a, id)
	if err != nil {
		return err
	}
	if name == "" || len(name) > maxHoldName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != "" {
		return fmt.Errorf("%w: the name %q of a hold is not 1 to %d of letters, digits, '-', '_', '.' and '/'", ErrInput, name, maxHoldName)
	}
	switch {
	case r.Purged:
		return fmt.Errorf("%w: message %s is purged", ErrInput, id)
	case a == partner.MessageUnhold && !slices.Contains(r.Holds, name):
		return fmt.Errorf("%w: message %s is not under hold %q", ErrInput, id, name)
	}
	row, err := g.row(ctx, p, a, object("message", id), r.Mode, map[string]string{"hold": name})
	if err != nil {
		return err
	}
	return do(ctx, id, name, row)
}

// Erase removes a message and all that was made of it before its time, and leaves a tombstone that says why. It is
// ErrHeld under a hold.
func (g *Gateway) Erase(ctx context.Context, p partner.Principal, id uuid.UUID, why string) (*Tombstone, error) {
	r, err := g.receiptOf(ctx, p, partner.MessageErase, id)
	if err != nil {
		return nil, err
	}
	if why = strings.TrimSpace(why); why == "" || utf8.RuneCountInString(why) > maxWhy || !utf8.ValidString(why) || strings.ContainsFunc(why, unicode.IsControl) {
		return nil, fmt.Errorf("%w: it has to be said why, in 1 to %d characters of one line", ErrInput, maxWhy)
	}
	row, err := g.row(ctx, p, partner.MessageErase, object("message", id), r.Mode, map[string]string{"sha256": fmt.Sprintf("%x", r.SHA256)})
	if err != nil {
		return nil, err
	}
	t, err := g.erase(ctx, id, "erased: "+why, p.String(), row)
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// ResendDelivery brings an answer again, whatever became of it before. One that the partner fetches is ErrInput.
func (g *Gateway) ResendDelivery(ctx context.Context, p partner.Principal, delivery uuid.UUID) error {
	if err := g.may(p, partner.DeliveryResend); err != nil {
		return err
	}
	d, err := g.store.Delivery(ctx, delivery)
	if err != nil {
		return err
	}
	mode := cargo.Traffic(d.Mode)
	if err := g.allow(p, partner.DeliveryResend, partner.Object{Kind: "delivery", Partner: d.Partner, Mode: mode}); err != nil {
		return err
	}
	if d.State == outbox.Available {
		return fmt.Errorf("%w: the partner fetches the answer of delivery %s itself, so there is no way to bring it", ErrInput, delivery)
	}
	detail := map[string]string{"message": d.Receipt.String(), "answer": d.Answer.String(), "was": string(d.State)}
	if err := g.reads(ctx, p, partner.DeliveryResend, object("delivery", delivery), mode, detail); err != nil {
		return err
	}
	if err := g.store.ResendDelivery(ctx, delivery); err != nil {
		return err
	}
	g.wakeDeliveries([]uuid.UUID{delivery})
	return nil
}

// ResumeDeliveries lets go out what was paused by a restore, and gives how many those are.
func (g *Gateway) ResumeDeliveries(ctx context.Context, p partner.Principal) (int64, error) {
	if err := g.allow(p, partner.DeliveryResume, partner.Object{}); err != nil {
		return 0, err
	}
	if err := live(p); err != nil {
		return 0, err
	}
	if err := g.reads(ctx, p, partner.DeliveryResume, "", "", nil); err != nil {
		return 0, err
	}
	paused, err := g.deliveriesPaused(ctx)
	if err != nil || !paused {
		return 0, err
	}
	n, err := g.store.PendingDeliveries(ctx)
	if err != nil {
		return 0, err
	}
	if err := setPaused(ctx, g.store, 0); err != nil {
		return 0, err
	}
	g.deliverWake.up()
	return n, nil
}

// PurgeReport lists what was purged, in the order of its time.
func (g *Gateway) PurgeReport(ctx context.Context, p partner.Principal, since time.Time, limit int) (Page[Tombstone], error) {
	page := Page[Tombstone]{Items: []Tombstone{}}
	if err := g.allow(p, partner.PurgeList, partner.Object{}); err != nil {
		return page, err
	}
	if err := live(p); err != nil {
		return page, err
	}
	limit, err := pageLimit(limit)
	if err != nil {
		return page, err
	}
	list, err := g.store.Tombstones(ctx, since, limit)
	if list != nil {
		page.Items = list
	}
	return page, err
}

// Partners lists all partners.
func (g *Gateway) Partners(ctx context.Context, p partner.Principal) (Page[partner.Partner], error) {
	page := Page[partner.Partner]{Items: []partner.Partner{}}
	if err := g.allow(p, partner.PartnerList, partner.Object{}); err != nil {
		return page, err
	}
	list, err := g.store.Partners(ctx)
	if list != nil {
		page.Items = list
	}
	return page, err
}
