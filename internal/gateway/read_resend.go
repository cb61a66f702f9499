package gateway

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"cargogate/internal/diag"
	"cargogate/internal/failpoint"
	"cargogate/internal/intake"
)

// repeat looks for what came before with the same bytes and control reference. It gives the outcome of a resend, nil
// where the receipt is to be read, and errWaits where that cannot be said yet.
//
// It is a resend, without effect, while what the earlier one filed is what is on file. Where another message has taken
// its place since, it is read anew, as a new version; where that was a cancellation, the partner's profile decides.
func (x *reader) repeat() (*outcome, error) {
	if x.r.Control == "" || failpoint.Sabotaged(failpoint.NoDedupe) {
		return nil, nil
	}
	priors, err := x.priors(x.r.Control)
	if err != nil || len(priors) == 0 {
		return nil, err
	}
	wait, err := x.mayWait("")
	if err != nil {
		return nil, err
	}
	if !wait { // what was in work at the first look may have come to its end before there was nothing to wait for
		if priors, err = x.priors(x.r.Control); err != nil {
			return nil, err
		}
	}
	x.firstPriors = priors
	var same *Prior
	for i := range priors {
		if p := &priors[i]; p.SHA256 == x.r.SHA256 && p.Control == x.r.Control {
			wait = wait || !p.State.Final() // it may be large: its own lease bounds it
			if same == nil {
				same = p
			}
		}
	}
	if wait {
		return nil, errWaits
	}
	if same == nil {
		return nil, nil
	}
	return x.resend(same)
}

// priors gives what came before with these bytes or this control key, and was not refused or parked.
func (x *reader) priors(control string) ([]Prior, error) {
	since := x.r.ReceivedAt.Add(-x.window)
	priors, err := x.g.store.Priors(x.ctx, x.r.Partner, x.r.Mode, x.r.SHA256, control, x.r.Seq, since)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(priors, func(p Prior) bool { return p.State == StateRejected || p.State == StateParked }), nil
}

// A basis is what a resend was judged by: the last version of a document that took effect.
type basis struct {
	key     string
	current Order
}

// resend decides what a repeat of an accepted receipt is.
func (x *reader) resend(p *Prior) (*outcome, error) {
	root := p.Receipt
	if p.DuplicateOf != uuid.Nil {
		root = p.DuplicateOf
	}
	messages, err := x.g.store.Messages(x.ctx, root)
	if err != nil {
		return nil, err
	}
	var keys []string
	var seq int64
	for i := range messages {
		m := &messages[i]
		if repeatable(intake.FormatEDIFACT, m.Type) {
			return nil, nil
		}
		if seq = m.Order.Seq; m.DocumentKey != "" && m.Took {
			keys = append(keys, m.DocumentKey)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var held []basis
	superseded, cancelled := "", ""
	for chunk := range slices.Chunk(keys, 500) {
		versions, err := x.g.store.Versions(x.ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, key := range chunk {
			f := foldBefore(versions[key], x.r.Seq)
			held = append(held, basis{key, f.current})
			switch {
			case f.current.Seq <= seq:
			case f.cancelled:
				cancelled = key
			default:
				superseded = key
			}
		}
	}
	first, err := x.g.store.Receipt(x.ctx, root)
	if err != nil {
		return nil, err
	}
	named := func(key string) []diag.Arg {
		args := receivedArgs(root, first.ReceivedAt)
		for i := range messages {
			if messages[i].DocumentKey == key && key != "" {
				return append(args, diag.A("document", messages[i].DocReference))
			}
		}
		return args
	}
	switch {
	case cancelled != "" && x.profile.RefileAfterCancel:
		x.repeatNote = note{diag.FiledAnew, append(named(cancelled), diag.A("because", "cancelled"))}
		return nil, nil
	case cancelled != "":
		return x.resent(p, root, held, note{diag.ResendAfterCancellation, named(cancelled)})
	case superseded != "":
		x.repeatNote = note{diag.FiledAnew, append(named(superseded), diag.A("because", "replaced or changed"))}
		return nil, nil
	}
	return x.resent(p, root, held, note{diag.ResendIgnored, named("")})
}

// resent makes the outcome of a resend: the earlier state and answers, and a note.
func (x *reader) resent(p *Prior, root uuid.UUID, held []basis, n note) (*outcome, error) {
	earlier, err := x.g.store.Settlement(x.ctx, root)
	if errors.Is(err, ErrNotFound) {
		earlier, err = Settlement{}, nil // purged since
	}
	if err != nil {
		return nil, err
	}
	out := x.out
	out.settlement.State, out.settlement.DuplicateOf = p.State, root
	out.settlement.Errors, out.settlement.Warnings, out.settlement.Notes = earlier.Errors, earlier.Warnings, earlier.Notes
	out.held = held
	f := diag.Finding{Code: n.code, Interchange: 1, Args: n.args, Pos: diag.Position{Line: 1, Col: 1}}
	if s, ok := x.profile.Severities[n.code]; ok {
		f.Severity = s
	}
	if f.Severity == diag.InvalidSeverity {
		f.Severity = n.code.Severity()
	}
	switch f.Severity {
	case diag.Error:
		out.settlement.Errors++
	case diag.Warning:
		out.settlement.Warnings++
	case diag.Note:
		out.settlement.Notes++
	}
	if out.settlement.Result, err = repeatResult(earlier.Result, x.r, &f); err != nil {
		return nil, fmt.Errorf("gateway: the result of %s: %w", root, err)
	}
	answers, err := x.g.store.Answers(x.ctx, root)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		full, err := x.g.store.Answer(x.ctx, a.ID)
		if err != nil {
			return nil, err
		}
		x.answered(full.Interchange, full.Kind, full.Body)
	}
	x.report()
	return out, nil
}

// controlUsed reports whether another file with this control reference was accepted or is in work.
func (x *reader) controlUsed(h *intake.Head) (bool, error) {
	if h.Control == "" || failpoint.Sabotaged(failpoint.NoDedupe) {
		return false, nil
	}
	priors := x.firstPriors
	if h.Index != 1 || h.Control != x.r.Control {
		var err error
		if priors, err = x.priors(h.Control); err != nil {
			return false, err
		}
		if slices.ContainsFunc(priors, func(p Prior) bool { return !p.State.Final() }) {
			wait, err := x.mayWait("")
			if err != nil {
				return false, err
			}
			if wait {
				return false, errWaits
			}
			if priors, err = x.priors(h.Control); err != nil { // as in repeat
				return false, err
			}
		}
	}
	for i := range priors {
		p := &priors[i]
		if p.SHA256 == x.r.SHA256 {
			continue
		}
		if !p.State.Final() {
			wait, err := x.mayWait("")
			if err != nil {
				return false, err
			}
			if wait {
				return false, errWaits
			}
			return true, nil
		}
		took := true
		if p.State == StatePartlyAccepted && p.Control == h.Control {
			var err error
			if took, err = x.firstTook(p.Receipt); err != nil {
				return false, err
			}
		}
		if took {
			return true, nil
		}
	}
	return false, nil
}

// firstTook reports whether anything of the first interchange of a receipt was accepted: only then its reference is
// used up.
func (x *reader) firstTook(receipt uuid.UUID) (bool, error) {
	messages, err := x.g.store.Messages(x.ctx, receipt)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(messages, func(m MessageRow) bool { return m.Interchange == 1 && m.Took }), nil
}
