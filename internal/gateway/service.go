package gateway

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// The files service*.go are what an API asks of the gateway. Every method authorises the principal by partner.Authorise.
//
// What shows cargo or the bytes of a message leaves a row in the audit log before it is handed out, and is refused with
// ErrUnavailable where the row cannot be written: findings, originals, acknowledgements, certificates, consignments,
// searches and calls. Where a message stands, lists of messages and events show none of that and leave no row, as they
// are asked for again and again.

// Sizes of pages.
const (
	pageDefault = 50
	pageMax     = 500
)

// pageLimit gives the size of a page as it was asked for, within bounds.
func pageLimit(limit int) (int, error) {
	switch {
	case limit < 0:
		return 0, fmt.Errorf("%w: a limit of %d", ErrInput, limit)
	case limit == 0:
		return pageDefault, nil
	}
	return min(limit, pageMax), nil
}

// may says whether an action is the principal's at all, before it is said whether there is such an object: who may not
// do it is told that, whatever it names.
func (g *Gateway) may(p partner.Principal, a partner.Action) error {
	return g.allow(p, a, partner.Object{Kind: "any", Partner: p.Partner(), Mode: p.Mode})
}

// allow authorises and logs what it refuses.
func (g *Gateway) allow(p partner.Principal, a partner.Action, o partner.Object) error {
	err := partner.Authorise(p, a, o)
	if err != nil {
		g.log.Info("refused", "principal", p.String(), "action", string(a), "error", err)
	}
	return err
}

// traffic gives the mode of a list: as asked for, else the principal's own. A principal for tests is told that live
// traffic is not its.
func traffic(p partner.Principal, asked cargo.Traffic) (cargo.Traffic, error) {
	switch {
	case asked == "":
		return p.Mode, nil
	case asked != cargo.TrafficLive && asked != cargo.TrafficTest:
		return "", fmt.Errorf("%w: the mode %q is not live or test", ErrInput, asked)
	case p.Mode == cargo.TrafficTest && asked != cargo.TrafficTest:
		return "", fmt.Errorf("%w: the key is for test traffic", partner.ErrDenied)
	}
	return asked, nil
}

// row makes a row of the audit log for what a principal does or reads.
func (g *Gateway) row(ctx context.Context, p partner.Principal, a partner.Action, object string, mode cargo.Traffic, detail any) (audit.Row, error) {
	row, err := audit.NewRow(p.String(), string(a), object, string(mode), detail, transport.TraceID(ctx))
	row.At = g.opts.Now().UTC().Truncate(time.Microsecond)
	return row, err
}

// reads writes the row of what is about to be handed out.
func (g *Gateway) reads(ctx context.Context, p partner.Principal, a partner.Action, object string, mode cargo.Traffic, detail any) error {
	row, err := g.row(ctx, p, a, object, mode, detail)
	if err == nil {
		err = g.store.AppendAudit(ctx, []audit.Row{row})
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("%w: what is read could not be written to the audit log: %w", ErrUnavailable, err)
}

// object names a message, consignment or delivery in the audit log.
func object(kind string, id uuid.UUID) string { return kind + ":" + id.String() }

// receiptOf gives a receipt that a principal may do something to. It is the transmitter's; a filer for whom another
// transmitted has it where all of the file is its own.
func (g *Gateway) receiptOf(ctx context.Context, p partner.Principal, a partner.Action, id uuid.UUID) (*Receipt, error) {
	if err := g.may(p, a); err != nil {
		return nil, err
	}
	r, err := g.store.Receipt(ctx, id)
	if err != nil {
		return nil, err
	}
	o := partner.Object{Kind: "message", Partner: r.Partner, Mode: r.Mode}
	if p.Kind == partner.KindPartner && r.Partner != p.Partner() {
		if o.Filer, err = g.soleFiler(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := g.allow(p, a, o); err != nil {
		return nil, err
	}
	return &r, nil
}

// soleFiler gives the filer of all messages of a receipt, "" where there are several, none, or more messages than rows.
func (g *Gateway) soleFiler(ctx context.Context, id uuid.UUID) (partner.ID, error) {
	messages, err := g.store.Messages(ctx, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	if len(messages) == 0 || len(messages) >= maxMessages {
		return "", nil
	}
	for i := range messages {
		if messages[i].Filer != messages[0].Filer {
			return "", nil
		}
	}
	return messages[0].Filer, nil
}

// settlement gives that of a receipt, nil where it is not settled.
func (g *Gateway) settlement(ctx context.Context, id uuid.UUID) (*Settlement, error) {
	s, err := g.store.Settlement(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &s, nil
}

// A position in a list is handed out as a token: base64url of a checksum over what list it is and the position, and the
// position. The checksum is no secret: it only tells a token from what is none, or one of another list.

// newToken gives the token of a position.
func newToken(list string, position int64) string {
	b := make([]byte, 4, 12)
	b = binary.BigEndian.AppendUint64(b, uint64(position))
	binary.BigEndian.PutUint32(b, crc32.ChecksumIEEE(append([]byte(list), b[4:]...)))
	return base64.RawURLEncoding.EncodeToString(b)
}

// readToken gives the position of a token, 0 of the empty one, and ErrInput of what is none of this list.
func readToken(list, token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err == nil && len(b) == 12 {
		position := int64(binary.BigEndian.Uint64(b[4:]))
		if position >= 0 && newToken(list, position) == token {
			return position, nil
		}
	}
	return 0, fmt.Errorf("%w: %q is no token of this list", ErrInput, token)
}
