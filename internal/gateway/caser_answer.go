package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/caseq"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/cusres"
	"cargogate/internal/intake"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A caseAnswer is what a filer is told with what became of its consignment: all that is read before the transaction of the
// decision.
type caseAnswer struct {
	row     ConsignmentRow
	receipt Receipt
	message MessageRow           // zero where there is none
	header  *edifact.Interchange // of the interchange that it came in; nil where it came as something else, or cannot be read
	names   recordNames
}

// A decisionResponse is what an answer to a decision says.
type decisionResponse struct {
	Interchange      *edifact.Interchange // that is answered
	Message          MessageRow           // the message that is answered
	ControlReference string               // of the answer: DE 0020
	Stamp            time.Time
	Consignment      ConsignmentRow
	DocumentKind     string // as in a record
	Status           caseq.State
	Reason           string // code
	ReasonText       string
	Equipment        []string
}

// readCaseAnswer reads what an answer is made of, nil where none is wanted or the consignment is purged.
func (g *Gateway) readCaseAnswer(ctx context.Context, id uuid.UUID, wanted bool) (*caseAnswer, error) {
	if !wanted {
		return nil, nil
	}
	c, err := g.store.CaseByID(ctx, id)
	if err != nil || c.Consignment == uuid.Nil {
		return nil, err
	}
	var a caseAnswer
	if a.row, err = g.store.Consignment(ctx, c.Consignment); err == nil {
		a.receipt, err = g.store.Receipt(ctx, a.row.Receipt)
	}
	if errors.Is(err, ErrNotFound) {
		return nil, nil // purged in between
	}
	if err != nil {
		return nil, err
	}
	if a.names, err = readNames(a.row.Record); err != nil {
		return nil, fmt.Errorf("gateway: record of consignment %s: %w", a.row.ID, err)
	}
	messages, err := g.store.Messages(ctx, a.row.Receipt)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	for i := range messages {
		if messages[i].Order == a.row.Order {
			a.message = messages[i]
		}
	}
	if a.header, err = g.headerOf(ctx, &a); errors.Is(err, ErrUnavailable) {
		return nil, err
	} else if err != nil {
		// The decision is worth more than its answer, and an original that is damaged stays so.
		g.log.Error("a decision cannot be answered", "message_id", a.receipt.ID, "case", caseNumber(&c), "error", err)
	}
	return &a, nil
}

// headerOf gives the header of the interchange that a consignment came in, nil where it came in none. All that stands before
// it in the file is read over.
func (g *Gateway) headerOf(ctx context.Context, a *caseAnswer) (*edifact.Interchange, error) {
	if a.message.Type == "" || a.receipt.Purged {
		return nil, nil
	}
	o, err := g.open(ctx, &a.receipt)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	head := make([]byte, min(o.Size, intake.HeadSize))
	if _, err := o.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if h := intake.SniffHead(head); !h.OK {
		return nil, nil
	}
	dec := edifact.NewDecoder(io.NewSectionReader(o, 0, o.Size))
	for {
		if _, err := dec.ReadSegment(); err != nil {
			return nil, fmt.Errorf("gateway: interchange %d of %s: %w", a.message.Interchange, a.receipt.ID, err)
		}
		if ic := dec.Interchange(); ic != nil && ic.Index == a.message.Interchange && ic.HasHeader {
			header := *ic
			return &header, nil
		}
	}
}

// tellFiler makes what follows from a decision for who filed: the event of its status, and the answer with its delivery.
func (g *Gateway) tellFiler(ctx context.Context, tx Tx, a *caseAction) ([]outbox.Event, []outbox.Delivery, error) {
	from := a.answer
	if from.row.ID != a.c.Consignment {
		return nil, nil, fmt.Errorf("%w: case %s is about another version now", ErrConflict, caseNumber(a.c))
	}
	trace := transport.TraceID(ctx)
	row := from.row
	row.Verdict = a.before
	was := ConsignmentStatus(&row)
	row.Verdict = a.c.Verdict()
	var events []outbox.Event
	if is := ConsignmentStatus(&row); is != was {
		e, err := statusEvent(&row, was, is, a.now, trace)
		if err != nil {
			return nil, nil, err
		}
		events = append(events, e)
	}
	if from.header == nil || g.cusres == nil {
		return events, nil, nil
	}
	body, err := g.cusres(nil, from.response(a))
	if err != nil { // what the sender's character set has no room for, for one: the decision stands all the same
		g.log.Error("a decision cannot be answered", "message_id", row.Receipt, "case", caseNumber(a.c), "error", err)
		a.detail["unanswered"] = "yes"
		return events, nil, nil
	}
	answer := outbox.Answer{ID: newID(), Receipt: row.Receipt, Attempt: row.Attempt, Interchange: from.message.Interchange, Kind: answerCUSRES,
		Mode: string(row.Mode), Body: body, CreatedAt: a.now}
	if err := tx.Insert(ctx, &Rows{Answers: []outbox.Answer{answer}}); err != nil {
		return nil, nil, err
	}
	channel, ok := g.partners.AnswerChannel(from.receipt.Partner, from.receipt.Channel)
	if !ok {
		channel = partner.Channel{Partner: from.receipt.Partner, Name: from.receipt.Channel, Kind: from.receipt.Kind, Mode: from.receipt.Mode}
	}
	d := outbox.Delivery{ID: newID(), Answer: answer.ID, Receipt: row.Receipt, Partner: from.receipt.Partner, Channel: channel.Name, Kind: answerCUSRES,
		Mode: string(row.Mode), State: outbox.Pending, NextAt: a.now, CreatedAt: a.now, UpdatedAt: a.now}
	if channel.Kind == transport.KindHTTPS {
		d.State = outbox.Available // the partner fetches it
	}
	a.detail["answer_id"] = answer.ID.String()
	return events, []outbox.Delivery{d}, nil
}

// answerCUSRES is the kind of an answer to a decision.
const answerCUSRES = "CUSRES"

// response gives what the answer to a decision says. Notes are the officers' own and go to nobody.
func (from *caseAnswer) response(a *caseAction) decisionResponse {
	d := a.c.Decision
	r := decisionResponse{Interchange: from.header, Message: from.message, ControlReference: caseReference(a.c), Stamp: a.now, Consignment: from.row,
		Status: d.To, Reason: d.Reason}
	for _, code := range caseq.Reasons() {
		if code.Code == d.Reason {
			r.ReasonText = code.Meaning
		}
	}
	if len(from.names.Documents) > 0 {
		r.DocumentKind = from.names.Documents[0].Kind
	}
	for _, e := range from.names.Equipment {
		if id := upperNumber(e.ID, maxText); id != "" && len(r.Equipment) < maxCaseEquipment {
			r.Equipment = append(r.Equipment, id)
		}
	}
	return r
}

// writeCUSRES writes the answer to a decision as EDIFACT.
func writeCUSRES(dst []byte, r decisionResponse) ([]byte, error) {
	_, release, ok := strings.Cut(r.Message.Version, ".")
	if !ok {
		return dst, fmt.Errorf("gateway: a message of version %q is not answered", r.Message.Version)
	}
	status := cusres.Status(r.Status)
	if r.Status == caseq.Hold {
		status = cusres.Held
	}
	return cusres.Append(dst, cusres.Response{Interchange: r.Interchange, ControlReference: r.ControlReference, Stamp: r.Stamp, Release: release,
		Filing: r.Message.DocReference, Document: r.Consignment.Number, DocumentKind: r.DocumentKind, Registration: r.Consignment.Registration,
		Status: status, Reason: r.Reason, ReasonText: r.ReasonText, Equipment: r.Equipment})
}

// caseReference gives the control reference of an answer to a decision (DE 0020, an..14): K, the number of the case and its
// revision, both to the base 36.
func caseReference(c *caseq.Case) string {
	return fmt.Sprintf("K%08s%05s", strings.ToUpper(strconv.FormatInt(c.Number, 36)), strings.ToUpper(strconv.FormatInt(c.Revision, 36)))
}
