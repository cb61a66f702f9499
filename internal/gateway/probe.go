package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// ErrFatal is why an attempt failed whose reading ended the process that it was tried in, or was not over in time.
var ErrFatal = errors.New("the reading ended its process")

// silentMost is how many attempts at a receipt may end without a word before the next is tried apart. Whoever is at work
// when a node is killed loses one; a message that ends its process loses all.
const silentMost = 2

// A Probe reads a message in a process of its own. It is nil where that came to an end, whatever it found; ErrFatal where
// the reading ended the process; and any other error where nothing could be tried.
type Probe func(ctx context.Context, t Trial, body Original) error

// A Trial is what a reading goes by, without what is on file.
type Trial struct {
	Receipt Receipt // without its body
	Partner partner.Partner
	Profile partner.Profile
}

// probe tries a message apart whose earlier attempts ended without a word. Only what ends there too is a failure of the
// message: others were at work when their node was killed, and are read as ever.
func (p *pump) probe(c *claimed, o Original) error {
	g := p.g
	if g.opts.Probe == nil || c.receipt.Silent < silentMost {
		return nil
	}
	r := c.receipt
	r.Inline = nil
	who, _ := g.partners.Partner(r.Partner)
	g.log.Warn("a message is tried apart, as attempts at it ended without a word", p.attrs(c, "silent", r.Silent)...)
	err := g.opts.Probe(c.ctx, Trial{Receipt: r, Partner: who, Profile: g.partners.Profile(r.Partner)}, o)
	switch {
	case err == nil, errors.Is(err, ErrFatal):
		return err
	case c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	}
	// It is not known what it would have come to, and to read it here may end this process.
	return fmt.Errorf("%w: it cannot be tried apart: %w", ErrUnavailable, err)
}

// Try reads an original as the gateway does, judges it and makes its rows, with nothing on file, and keeps nothing. The
// error is that of a reading that came to its end with one; it says nothing of the message.
func Try(ctx context.Context, t Trial, body Original) (err error) {
	defer func() {
		if v := recover(); v != nil { // of which the gateway makes an error as well
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	store := void{trial: &t}
	partners, err := partner.NewDirectory(ctx, store, nil)
	if err != nil {
		return err
	}
	g := &Gateway{store: store, partners: partners, log: slog.New(slog.DiscardHandler)}
	g.opts.setDefaults()
	_, err = g.read(ctx, &t.Receipt, body)
	return err
}

// A void has one partner and nothing on file, and keeps nothing. Methods that a reading does not call panic.
type void struct {
	Store
	trial *Trial
}

func (v void) Partners(context.Context) ([]partner.Partner, error) {
	return []partner.Partner{v.trial.Partner}, nil
}

func (v void) Profiles(context.Context) ([]partner.Profile, error) {
	p := v.trial.Profile
	if v.trial.Partner.Profile != "" { // by which name it is looked for
		p.Name = v.trial.Partner.Profile
	}
	return []partner.Profile{p}, nil
}

func (void) Mandates(context.Context) ([]partner.Mandate, error) { return nil, nil }
func (void) Keys(context.Context) ([]partner.Key, error)         { return nil, nil }
func (void) Channels(context.Context) ([]partner.Channel, error) { return nil, nil }
func (void) Users(context.Context) ([]partner.User, error)       { return nil, nil }
func (void) Generation(context.Context) (int64, error)           { return 0, nil }
func (void) Now(context.Context) (time.Time, error)              { return time.Now(), nil }

func (void) Earlier(context.Context, partner.ID, cargo.Traffic, int64) (bool, error) {
	return false, nil
}

func (void) Priors(context.Context, partner.ID, cargo.Traffic, [32]byte, string, int64, time.Time) ([]Prior, error) {
	return nil, nil
}

func (void) Receipt(context.Context, uuid.UUID) (Receipt, error) { return Receipt{}, ErrNotFound }
func (void) Settlement(context.Context, uuid.UUID) (Settlement, error) {
	return Settlement{}, ErrNotFound
}
func (void) Messages(context.Context, uuid.UUID) ([]MessageRow, error) { return nil, nil }
func (void) Answers(context.Context, uuid.UUID) ([]outbox.Answer, error) {
	return nil, nil
}

func (void) Answer(context.Context, uuid.UUID) (outbox.Answer, error) {
	return outbox.Answer{}, ErrNotFound
}

func (void) Versions(context.Context, []string) (map[string][]Version, error) { return nil, nil }

func (void) Consignments(context.Context, ConsignmentQuery) (ConsignmentPage, error) {
	return ConsignmentPage{}, nil
}

func (void) Stage(context.Context, Fence, *Rows) error        { return nil }
func (void) Staged(context.Context, Fence) error              { return nil }
func (void) Update(_ context.Context, f func(Tx) error) error { return f(voidTx{}) }

// A voidTx merges calls into nothing.
type voidTx struct{ Tx }

func (voidTx) MergeCalls(_ context.Context, calls []CallRow) ([]uuid.UUID, error) {
	return make([]uuid.UUID, len(calls)), nil
}

// Original gives the original of a trial, whose bytes are at hand.
func (t *Trial) Original(body io.ReaderAt) Original {
	return Original{ReaderAt: body, Closer: io.NopCloser(nil), Size: t.Receipt.Size, SHA256: t.Receipt.SHA256, Name: t.Receipt.Name, ContentType: t.Receipt.ContentType}
}
