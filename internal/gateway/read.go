package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/diag"
	"cargogate/internal/failpoint"
	"cargogate/internal/intake"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/render"
	"cargogate/internal/transport"
)

// A verdict says what is to be done with a receipt that was read.
type verdict int

// Verdicts.
const (
	settleIt verdict = iota // it has come to an end that can be settled
	waitFor                 // it must come after something that is not settled yet
)

// An outcome is what reading a receipt came to.
type outcome struct {
	verdict    verdict
	delay      time.Duration // of waitFor: when it is worth looking again
	order      int64         // Seq of the receipt
	settlement Settlement
	rows       Rows
	calls      []CallRow // that rows.Consignments point to, see callOf
	callOf     []int32   // by index in rows.Consignments: index in calls, -1 for none; empty where the rows hold ids
	staged     bool      // some rows of the attempt are in the store already
	documents  []*docState
	held       []basis // of a resend
	events     []outbox.Event
	deliveries []outbox.Delivery
	audit      []audit.Row
}

// A reader reads one receipt.
type reader struct {
	g       *Gateway
	ctx     context.Context
	r       *Receipt
	profile partner.Profile
	window  time.Duration // in which repeats are looked for
	out     *outcome

	// What came before.
	waited      *bool // whether it has waited long enough; nil until it was asked
	firstPriors []Prior
	repeatNote  note
	asked       map[string]bool // parent bills, by key
	docs        map[string]*docState

	// The second pass.
	firstTest bool       // the first interchange is marked as a test
	sender    partner.ID // of the interchange at hand, "" where it is nobody known
	control   string     // of the interchange at hand
	pending   messageInfo
	infos     []messageInfo
	tally     tally

	build builder
}

// read reads a receipt to the end and says what is to be settled. Nothing that it does shows before settle, but for calls
// of a receipt that is staged. It goes by what is on file now; settle looks whether that still holds.
func (g *Gateway) read(ctx context.Context, r *Receipt, o Original) (*outcome, error) {
	failpoint.FatalRead(o)
	began := g.opts.Now()
	x := &reader{g: g, ctx: ctx, r: r, profile: g.partners.Profile(r.Partner)}
	x.window = time.Duration(x.profile.ResendWindow)
	if x.window <= 0 {
		x.window = partner.DefaultResendWindow
	}
	x.out = &outcome{order: r.Seq, settlement: Settlement{Fence: Fence{r.ID, r.Attempt}, Mode: r.Mode}}
	x.build.assessor = g.assessors.take()
	defer g.assessors.give(x.build.assessor)
	x.build.x, x.build.stager = x, stager{g: g, ctx: ctx, fence: x.out.settlement.Fence}
	defer func() { _ = x.build.stager.wait() }() // where the reading failed or panicked, which is what is told
	out, err := x.repeat()
	if out == nil && err == nil {
		out, err = x.out, x.readAll(o)
	}
	if errors.Is(err, errWaits) {
		// What took long to read is not read again every second.
		return &outcome{verdict: waitFor, delay: max(g.opts.WaitDelay, 2*g.opts.Now().Sub(began))}, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readAll reads the original, which is no resend.
func (x *reader) readAll(o Original) error {
	var result packer
	file := render.NewFileObject(&result, nil)
	h := file.Begin(x.r.Name)
	tellInterchange, tellMessage := h.Interchange, h.Message
	h.Interchange = func(ic *intake.Interchange) error {
		x.interchange(ic)
		return tellInterchange(ic)
	}
	h.Message = func(m *intake.Message) error {
		if x.tally.messages == 0 {
			failpoint.Hit(failpoint.MidRead)
		}
		x.verdict(m)
		if err := x.build.unmapped(m); err != nil {
			return err
		}
		return tellMessage(m)
	}
	h.Call, h.Consignment, h.Equipment, h.Filing = x.build.call, x.build.consignment, x.build.equipment, x.build.filing
	original := intake.Original{Name: x.r.Name, ReaderAt: o.ReaderAt, Size: o.Size}
	res, err := intake.Read(original, intake.Options{
		Severities: x.severities(), Tolerance: x.profile.Tolerance(), Handler: h, Judge: x, Known: x.known, Interrupted: x.interrupted, Answers: x.answers(),
	})
	if err != nil {
		return err
	}
	if err := errors.Join(file.End(original, res, nil), file.Close()); err != nil {
		return err
	}
	s := &x.out.settlement
	if s.Result, err = result.finish(); err != nil {
		return err
	}
	s.State = x.tally.state()
	s.Errors, s.Warnings, s.Notes = int64(res.Counts.Error), int64(res.Counts.Warning), int64(res.Counts.Note)
	if err := x.build.finish(); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(x.docs)) {
		if d := x.docs[key]; len(d.versions) > 0 {
			x.out.documents = append(x.out.documents, d)
		}
	}
	x.report()
	return nil
}

// interrupted ends the reading when the lease is lost.
func (x *reader) interrupted() error { return context.Cause(x.ctx) }

// severities are the profile's. That an amendment names no earlier document (CAR0019) the gateway says itself, better.
func (x *reader) severities() map[diag.Code]diag.Severity {
	all := maps.Clone(x.profile.Severities)
	if all == nil {
		all = make(map[diag.Code]diag.Severity, 1)
	}
	all[diag.FunctionWithoutOriginal] = diag.Off
	return all
}

// interchange takes the verdict on an interchange. The control key of the first one is on the receipt, if it was found
// at accept.
func (x *reader) interchange(ic *intake.Interchange) {
	x.tally.refused = x.tally.refused || !ic.Accepted
	if ic.Accepted && x.control != "" && x.control != x.r.Control {
		x.build.rows().Controls = append(x.build.rows().Controls, ControlRow{Receipt: x.r.ID, Attempt: x.r.Attempt, Partner: x.r.Partner, Mode: x.r.Mode, Control: x.control})
	}
}

// A tally counts what a file holds, for its state and its event.
type tally struct {
	messages, took, consignments int64
	refused                      bool // something was
}

func (t *tally) add(m *intake.Message, took bool) {
	t.messages++
	t.consignments += m.Totals.Consignments
	if took {
		t.took++
	}
	t.refused = t.refused || !m.Accepted || m.Refused > 0
}

// state is that of the receipt: accepted where everything is, rejected where nothing is.
func (t *tally) state() State {
	switch {
	case t.took == 0:
		return StateRejected
	case t.refused:
		return StatePartlyAccepted
	}
	return StateAccepted
}

// answers says which answers are wanted: the first of the profile's that is written here. They are the same bytes
// whenever the receipt is read.
func (x *reader) answers() *intake.Answers {
	wanted := len(x.profile.Answers) == 0
	for _, kind := range x.profile.Answers {
		wanted = wanted || strings.EqualFold(kind, intake.KindCONTRL)
	}
	if !wanted {
		return nil
	}
	return &intake.Answers{
		Kind: intake.KindCONTRL, Always: x.profile.AnswerAll, Now: func() time.Time { return x.r.ReceivedAt },
		Reference: func(i int) string { return answerReference(x.r.Seq, i) },
		Out: func(i int, kind string) (io.WriteCloser, error) {
			return &answerBody{x: x, interchange: i, kind: strings.ToUpper(kind)}, nil
		},
	}
}

// answerReference gives the control reference of an answer (DE 0020, an..14): the number of the receipt and that of the
// interchange, both to the base 36.
func answerReference(seq int64, interchange int) string {
	return fmt.Sprintf("%010s%04s", strings.ToUpper(strconv.FormatInt(seq, 36)), strings.ToUpper(strconv.FormatInt(int64(interchange), 36)))
}

// An answerBody takes the bytes of one answer.
type answerBody struct {
	bytes.Buffer
	x           *reader
	interchange int
	kind        string
}

// Close ends the answer and makes its delivery.
func (b *answerBody) Close() error {
	b.x.answered(b.interchange, b.kind, b.Bytes())
	return nil
}

// answered keeps an answer, to be delivered on the channel that the partner wants its answers on.
func (x *reader) answered(interchange int, kind string, body []byte) {
	r := x.r
	a := outbox.Answer{ID: newID(), Receipt: r.ID, Attempt: r.Attempt, Interchange: interchange, Kind: kind, Mode: string(r.Mode), Body: body,
		CreatedAt: r.ReceivedAt} // if it is staged; else settle says when
	channel, ok := x.g.partners.AnswerChannel(r.Partner, r.Channel)
	if !ok {
		channel = partner.Channel{Partner: r.Partner, Name: r.Channel, Kind: r.Kind, Mode: r.Mode}
	}
	d := outbox.Delivery{ID: newID(), Answer: a.ID, Receipt: r.ID, Partner: r.Partner, Channel: channel.Name, Kind: kind, Mode: string(r.Mode), State: outbox.Pending}
	if channel.Kind == transport.KindHTTPS {
		d.State = outbox.Available // the partner fetches it
	}
	x.out.rows.Answers = append(x.out.rows.Answers, a)
	x.out.deliveries = append(x.out.deliveries, d)
}

// newID makes a UUIDv7.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
