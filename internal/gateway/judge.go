package gateway

import (
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edifact/cuscar"
	"cargogate/internal/intake"
	"cargogate/internal/partner"
)

// errWaits ends a reading of what must come after something that is not settled yet.
var errWaits = errors.New("gateway: it waits for an earlier receipt")

// Limits of what a reading asks the store and remembers.
const (
	maxMessages = 100_000 // messages of one file that can take effect; those behind are refused
	maxAsked    = 1_000   // parent bills of one file that are looked for on file
)

// A docState is one document that a file speaks of, as the reading knows it.
type docState struct {
	doc      Document  // Key, Mode, Type, Reference, Filer
	judged   string    // its state before this receipt
	folding  folding   // up to the last message read
	versions []Version // of this receipt, as far as they took
	refold   bool      // a profile takes bills with one number twice, so that they are not what they are inserted as
}

// A messageInfo is what the second pass finds out about a message, for the rows of the third.
type messageInfo struct {
	interchange, index, ordinal int
	op                          Op
	original, took, accepted    bool
	filer                       partner.ID
	doc                         *docState // nil where the message is of no document
}

// Interchange judges the header of an interchange: whether it may be here, and whether its reference was used before.
func (x *reader) Interchange(h *intake.Head) ([]diag.Finding, error) {
	var found []diag.Finding
	test := h.Test()
	if h.Index == 1 {
		x.firstTest = test
		if x.repeatNote.code != "" {
			found = append(found, h.Finding(x.repeatNote.code, intake.UNBReference, x.repeatNote.args...))
		}
	}
	if word := trafficWord(test); x.r.Mode == cargo.TrafficLive && test || x.r.Mode == cargo.TrafficTest && x.firstTest && !test {
		found = append(found, h.Finding(diag.ModeDiffers, intake.UNBTest, diag.A("found", word), diag.A("expected", string(x.r.Mode))))
	}
	x.sender = ""
	if h.HasHeader {
		if f, ok := x.judgeSender(h); ok {
			found = append(found, f)
		}
	}
	used, err := x.controlUsed(h)
	if err != nil {
		return nil, err
	}
	if used {
		found = append(found, h.Finding(diag.DuplicateReference, intake.UNBReference, diag.A("reference", h.ControlReference), diag.A("of", "interchange")))
	}
	x.control = h.Control
	return found, nil
}

func trafficWord(test bool) string {
	if test {
		return string(cargo.TrafficTest)
	}
	return string(cargo.TrafficLive)
}

// judgeSender compares the address in UNB with who transmits, and remembers which partner it is.
func (x *reader) judgeSender(h *intake.Head) (diag.Finding, bool) {
	p, known := x.g.partners.ByIdentifier(partner.SchemeUNB, h.Sender.ID)
	switch {
	case known:
		x.sender = p.ID
		if p.ID == x.r.Partner || x.g.partners.Mandated(p.ID, x.r.Partner, x.r.ReceivedAt) {
			return diag.Finding{}, false
		}
	case partner.ID(h.Sender.ID) == x.r.Partner:
		x.sender = x.r.Partner
		return diag.Finding{}, false
	}
	return h.Finding(diag.SenderNotTransmitter, intake.UNBSender, diag.A("sender", h.Sender.ID), diag.A("partner", string(x.r.Partner))), true
}

// Message judges a message by what is on file, and settles whose it is and what it does.
func (x *reader) Message(s *intake.Subject) ([]diag.Finding, error) {
	x.pending = messageInfo{interchange: s.Interchange, index: s.Index, ordinal: s.Ordinal, filer: x.r.Partner}
	if s.Ordinal > maxMessages {
		return []diag.Finding{s.Finding(diag.LimitExceeded, cuscar.AtReference, diag.A("limit", "messages in a file"), diag.N("max", maxMessages))}, nil
	}
	f := s.Filing
	if f == nil {
		return nil, nil
	}
	m := &x.pending
	m.op, m.original = opOf(f.Function)
	amends := !(m.op == OpSet && m.original)
	filer, claimed, named := x.filerOf(f)
	m.filer = filer
	var found []diag.Finding
	if named {
		found = append(found, s.Finding(diag.FilerNotRepresented, cuscar.AtReference, diag.A("filer", string(claimed)), diag.A("partner", string(filer))))
	}
	reference := referenceOf(f, m.original)
	args := []diag.Arg{diag.A("function", clip(f.FunctionCode, maxText))}
	key := DocumentKey(x.r.Mode, filer, f.Type, reference)
	if key == "" {
		if amends && s.Accepted {
			found = append(found, s.Finding(diag.DocumentNotOnFile, cuscar.AtFunction, args...))
		}
		return found, nil
	}
	d, err := x.document(key, f.Type, reference, filer)
	if err != nil {
		return nil, err
	}
	m.doc = d
	if !s.Accepted {
		return found, nil // it takes no effect, whatever is on file
	}
	shown := diag.A("document", diag.Clip([]byte(reference)))
	switch state := d.folding.state(); {
	case amends && state != DocumentCurrent:
		wait, err := x.mayWait(filer)
		if err != nil {
			return nil, err
		}
		if !wait {
			if err := x.lookAgain(d); err != nil {
				return nil, err
			}
		}
		switch {
		case wait:
			return nil, errWaits
		case d.folding.state() == DocumentCurrent: // it was settled between the two looks
		case claimed != "": // nothing is said of what the other party has on file
			found = append(found, s.Finding(diag.NoMandate, cuscar.AtFunction, append(args, diag.A("filer", string(claimed)))...))
		default:
			found = append(found, s.Finding(diag.DocumentNotOnFile, cuscar.AtFunction, append(args, shown)...))
		}
	case m.op == OpSet && m.original && state == DocumentCurrent:
		found = append(found, s.Finding(diag.DocumentReplaced, cuscar.AtReference, shown))
	}
	return found, nil
}

// filerOf gives the partner whose filing it is: the party that the message names as filer, else that of the envelope's
// sender, else who transmits. Who transmits must be that party or have a mandate from it: else the filing is its own,
// and claimed is the party that it acts for without one; named says that the message itself names it.
func (x *reader) filerOf(f *cargo.Filing) (filer, claimed partner.ID, named bool) {
	by := x.partnerOf(&f.Filer)
	if named = by != ""; !named {
		by = x.sender
	}
	switch {
	case by == "":
		return x.r.Partner, "", false
	case x.g.partners.Mandated(by, x.r.Partner, x.r.ReceivedAt):
		return by, "", false
	}
	return x.r.Partner, by, named
}

// partnerOf gives the partner that a party's identifiers name, "" where there is none. The list or agency of an
// identifier says in which scheme to look first.
func (x *reader) partnerOf(p *cargo.Party) partner.ID {
	for _, id := range p.Identifiers {
		schemes := [...]string{partner.SchemeTax, partner.SchemeSCAC, partner.SchemeIATA, partner.SchemeUNB}
		switch list, agency, _ := strings.Cut(id.Scheme, ":"); {
		case list == "172", agency == "182", agency == "20":
			schemes[0], schemes[1] = schemes[1], schemes[0]
		case agency == "3":
			schemes[0], schemes[2] = schemes[2], schemes[0]
		}
		for _, scheme := range schemes {
			if found, ok := x.g.partners.ByIdentifier(scheme, id.Value); ok {
				return found.ID
			}
		}
	}
	return ""
}

// document gives what is known of a document, asking the store the first time.
func (x *reader) document(key, kind, reference string, filer partner.ID) (*docState, error) {
	if d := x.docs[key]; d != nil {
		return d, nil
	}
	all, err := x.g.store.Versions(x.ctx, []string{key})
	if err != nil {
		return nil, err
	}
	d := &docState{doc: Document{Key: key, Mode: x.r.Mode, Type: plain(kind, maxText), Reference: plain(reference, maxText), Filer: filer}}
	d.folding = foldBefore(all[key], x.r.Seq)
	d.judged = d.folding.state()
	if severity, ok := x.profile.Severities[diag.DuplicateBill]; ok {
		d.refold = severity != diag.Error
	}
	if x.docs == nil {
		x.docs = make(map[string]*docState)
	}
	x.docs[key] = d
	return d, nil
}

// lookAgain reads the versions of a document anew: what was settled after the first look, and before nothing unfinished
// was left to wait for, is seen by neither.
func (x *reader) lookAgain(d *docState) error {
	all, err := x.g.store.Versions(x.ctx, []string{d.doc.Key})
	if err != nil {
		return err
	}
	d.folding = foldBefore(all[d.doc.Key], x.r.Seq)
	d.judged = d.folding.state()
	for i := range d.versions {
		d.folding.step(&d.versions[i])
	}
	return nil
}

// foldBefore folds the versions of earlier receipts, which must be in order.
func foldBefore(versions []Version, seq int64) folding {
	var f folding
	for i := range versions {
		if versions[i].Order.Seq < seq {
			f.step(&versions[i])
		}
	}
	return f
}

// verdict is the handler's turn behind Message: what became of the message counts for those behind it.
func (x *reader) verdict(m *intake.Message) {
	info := x.pending
	info.accepted = m.Accepted
	info.took = m.Accepted && (m.Totals.Consignments == 0 || m.Refused < m.Totals.Consignments)
	x.tally.add(m, info.took)
	if info.doc != nil && info.took {
		v := Version{Order: Order{x.r.Seq, info.ordinal}, Receipt: x.r.ID, Op: info.op, Original: info.original, Took: true, Filer: info.filer}
		info.doc.folding.step(&v)
		info.doc.versions = append(info.doc.versions, v)
	}
	if info.ordinal <= maxMessages {
		x.infos = append(x.infos, info)
	}
}

// mayWait reports whether it is worth waiting for an earlier receipt: one of the transmitter's or the filer's is
// unfinished, and this one has not waited too long.
func (x *reader) mayWait(filer partner.ID) (bool, error) {
	if x.waited == nil {
		over := false
		if from := x.r.WaitingFrom; !from.IsZero() {
			now, err := x.g.store.Now(x.ctx)
			if err != nil {
				return false, err
			}
			over = now.Sub(from) >= x.g.opts.WaitMax
		}
		x.waited = &over
	}
	if *x.waited {
		return false, nil
	}
	earlier, err := x.g.store.Earlier(x.ctx, x.r.Partner, x.r.Mode, x.r.Seq)
	if err != nil || earlier || filer == x.r.Partner || filer == "" {
		return earlier, err
	}
	return x.g.store.Earlier(x.ctx, filer, x.r.Mode, x.r.Seq)
}

// known reports whether a bill is on file that the transmitter may know of: one that it transmitted or filed. What
// others reported it is not told, not even by a finding that is not given.
func (x *reader) known(number string) (bool, error) {
	key := billKey(number)
	if known, asked := x.asked[key]; asked {
		return known, nil
	}
	if key == "" || len(x.asked) >= maxAsked {
		return false, nil
	}
	page, err := x.g.store.Consignments(x.ctx, ConsignmentQuery{Mode: x.r.Mode, Viewer: x.r.Partner, Terms: []string{documentTerm(number)},
		States: []string{ConsignmentAccepted}, Limit: 20})
	if err != nil {
		return false, err
	}
	known := false
	for i := range page.Items {
		known = known || page.Items[i].BillKey == key
	}
	if x.asked == nil {
		x.asked = make(map[string]bool)
	}
	x.asked[key] = known
	return known, nil
}

// A note is a finding that is given once its place is known.
type note struct {
	code diag.Code
	args []diag.Arg
}

// receivedArgs name an earlier receipt in a finding.
func receivedArgs(id uuid.UUID, at time.Time) []diag.Arg {
	args := []diag.Arg{diag.A("receipt", id.String())}
	if !at.IsZero() {
		args = append(args, diag.A("received", at.UTC().Format("2006-01-02 15:04:05 UTC")))
	}
	return args
}
