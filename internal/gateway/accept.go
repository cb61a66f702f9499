package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// cleanUp bounds the removal of a body that was not accepted, which goes on when the sender is gone.
const cleanUp = 10 * time.Second

// ActionAccept is what the acceptance of a message is called in the audit log.
const ActionAccept = "message.accept"

func asBusy(err error) (*transport.BusyError, bool) { return errors.AsType[*transport.BusyError](err) }

// Receive makes a delivery durable and returns its receipt. See transport.Receiver. It returns after the commit; where
// ctx ends before, it is not known to the sender whether the delivery was taken, and it may come again.
func (g *Gateway) Receive(ctx context.Context, d *transport.Delivery) (transport.Receipt, error) {
	who, err := g.sender(d)
	if err != nil {
		return transport.Receipt{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return transport.Receipt{}, fmt.Errorf("gateway: id of a receipt: %w", err)
	}
	a := &Arrival{DedupeFor: g.opts.DedupeFor, Receipt: Receipt{ID: id, Partner: who.ID, Principal: d.Principal.String(), Channel: d.Channel,
		Kind: d.Kind, Mode: cargo.TrafficLive, Name: d.Name, ContentType: d.ContentType, TransportID: d.TransportID, Headers: d.Headers,
		TraceID: d.TraceID, State: StateReceived}}
	if d.Mode == cargo.TrafficTest || d.Principal.Mode == cargo.TrafficTest {
		a.Mode = cargo.TrafficTest
	}

	body := &intakeBody{p: &g.pressed}
	defer body.free()
	large, err := body.fill(d.Body, d.Size)
	if err != nil {
		return transport.Receipt{}, err
	}
	test, control := g.steps.sniff(body.bytes())
	if a.Control = control; test {
		a.Mode = cargo.TrafficTest
	}
	a.Retention, a.RetainFor = g.retention(who, a.Mode)

	if large {
		if err := g.spool(ctx, a, d, body.bytes()); err != nil {
			return transport.Receipt{}, err
		}
	} else {
		a.Size, a.SHA256 = int64(len(body.bytes())), sha256.Sum256(body.bytes())
		if err := declared(d, a.Size, a.SHA256); err != nil {
			return transport.Receipt{}, err
		}
		a.Inline = packBody(body.bytes())
	}
	a.Lane = laneOf(a.Size)
	if a.Audit, err = acceptRow(a, g.opts.Now()); err != nil {
		return transport.Receipt{}, err
	}
	return g.commit(ctx, a)
}

// sender gives the partner that a delivery is from, if it may send.
func (g *Gateway) sender(d *transport.Delivery) (partner.Partner, error) {
	if err := partner.Authorise(d.Principal, partner.MessageSubmit, partner.Object{}); err != nil {
		return partner.Partner{}, err
	}
	who, ok := g.partners.Partner(d.Principal.Partner())
	switch {
	case !ok:
		return partner.Partner{}, fmt.Errorf("%w: there is no partner %s", partner.ErrDenied, d.Principal.Partner())
	case who.Suspended:
		return partner.Partner{}, fmt.Errorf("%w: %s is suspended", partner.ErrDenied, who.ID)
	case d.Body == nil:
		return partner.Partner{}, fmt.Errorf("%w: a delivery without a body", ErrInput)
	}
	return who, nil
}

// retention gives the class of an original and how long it is kept; 0 is for ever.
func (g *Gateway) retention(who partner.Partner, mode cargo.Traffic) (class string, keep time.Duration) {
	if mode == cargo.TrafficTest {
		return "test", max(g.opts.RetainTestFor, 0)
	}
	if keep, ok := g.opts.RetainClasses[who.Retention]; ok && who.Retention != "" {
		return who.Retention, keep
	}
	return "default", g.opts.RetainFor
}

// declared compares a body with what its sender said of it.
func declared(d *transport.Delivery, size int64, sum [32]byte) error {
	if d.Size >= 0 && d.Size != size {
		return fmt.Errorf("%w: %d bytes came, %d were declared", transport.ErrSize, size, d.Size)
	}
	if d.SHA256 != nil && *d.SHA256 != sum {
		return fmt.Errorf("%w: SHA-256 %x", transport.ErrDigest, sum)
	}
	return nil
}

// spool streams a large body into the blob store, after its head that is in memory already. When it returns nil the body
// and the description of its receipt are durable; otherwise nothing of them is left, as far as that can be seen to.
func (g *Gateway) spool(ctx context.Context, a *Arrival, d *transport.Delivery, head []byte) error {
	src := &countedBody{r: io.MultiReader(bytes.NewReader(head), d.Body), sum: sha256.New()}
	a.BlobKey = blobKey(a.ID)
	o, err := g.blobs.Put(ctx, a.BlobKey, src, g.opts.MaxBody)
	if err == nil {
		src.sum.Sum(a.SHA256[:0])
		a.Size = src.n
		switch {
		case o.Size != a.Size || o.SHA256 != a.SHA256:
			err = fmt.Errorf("gateway: the blob store took %d bytes of %d: %w", o.Size, a.Size, blob.ErrDigest)
		default:
			err = declared(d, a.Size, a.SHA256)
		}
	}
	if err == nil {
		err = g.putSidecar(ctx, &a.Receipt)
	}
	if err == nil {
		failpoint.Hit(failpoint.AfterSpool)
		return nil
	}
	g.unspool(a)
	switch {
	case src.err != nil: // the sender's side broke, or its transport says what is wrong with it
		return src.err
	case errors.Is(err, blob.ErrTooLarge):
		return fmt.Errorf("%w: at most %d bytes are taken: %w", transport.ErrTooLarge, g.opts.MaxBody, err)
	case errors.Is(err, transport.ErrSize), errors.Is(err, transport.ErrDigest), ctx.Err() != nil:
		return err
	}
	return busy(&transport.BusyError{Reason: "spool", RetryAfter: retryDatabase}, err)
}

// unspool removes a body that no receipt will name. What cannot be removed now is found by the check for orphans.
func (g *Gateway) unspool(a *Arrival) {
	if a.BlobKey == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanUp)
	defer cancel()
	if err := errors.Join(g.blobs.Delete(ctx, sidecarKey(a.ID)), g.blobs.Delete(ctx, a.BlobKey)); err != nil {
		g.log.Warn("a body that was not accepted could not be removed", "message_id", a.ID, "trace_id", a.TraceID, "error", err)
	}
}

// acceptRow makes the audit row of an acceptance.
func acceptRow(a *Arrival, at time.Time) (audit.Row, error) {
	detail, err := json.Marshal(struct {
		SHA256  string `json:"sha256"`
		Size    int64  `json:"size"`
		Channel string `json:"channel"`
	}{fmt.Sprintf("%x", a.SHA256), a.Size, a.Channel})
	if err != nil {
		return audit.Row{}, fmt.Errorf("gateway: audit row: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return audit.Row{}, fmt.Errorf("gateway: id of an audit row: %w", err)
	}
	return audit.Row{ID: id, At: at.UTC().Truncate(time.Microsecond), Principal: a.Principal, Action: ActionAccept,
		Object: "message:" + a.ID.String(), Mode: string(a.Mode), Detail: string(detail), TraceID: a.TraceID}, nil
}

// commit hands an arrival to the next group commit and waits for it.
func (g *Gateway) commit(ctx context.Context, a *Arrival) (transport.Receipt, error) {
	p := &pending{arrival: a, done: make(chan struct{})}
	// The body in memory counts until it is in the database.
	held := int64(len(a.Inline))
	if !g.pressed.reserve(held) {
		g.unspool(a)
		return transport.Receipt{}, &transport.BusyError{Reason: "spool", RetryAfter: retrySpool}
	}
	p.release = func() { g.pressed.release(held) }
	g.commits.add(p)
	if failpoint.Sabotaged(failpoint.AnswerFirst) {
		return transport.Receipt{ID: a.ID, Mode: a.Mode, ReceivedAt: g.opts.Now().UTC(), SHA256: a.SHA256, Size: a.Size}, nil
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		if g.commits.withdraw(p) {
			p.release()
			g.unspool(a)
			return transport.Receipt{}, ctx.Err()
		}
		select { // in a commit: the receipt may be, or come to be, durable; the sender is not told
		case <-p.done:
		default:
			return transport.Receipt{}, ctx.Err()
		}
	}
	if p.err != nil {
		return transport.Receipt{}, p.err
	}
	failpoint.Hit(failpoint.BeforeAnswer)
	return transport.Receipt{ID: p.accepted.ID, AcceptSeq: p.accepted.Seq, Mode: a.Mode, ReceivedAt: p.accepted.ReceivedAt,
		SHA256: a.SHA256, Size: a.Size, Repeated: p.accepted.Repeated}, nil
}
