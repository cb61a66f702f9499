package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/partner"
)

// Bounds of a search and of what it shows.
const (
	maxSearchTerms = 20
	maxLinks       = 1000 // links that are looked at for a partner
)

// consignmentView gives a row as the API shows it.
func (g *Gateway) consignmentView(ctx context.Context, p partner.Principal, c *ConsignmentRow) (*ConsignmentView, error) {
	record, err := unpackJSON(c.Record)
	if err != nil {
		return nil, fmt.Errorf("consignment %s: %w", c.ID, err)
	}
	v := &ConsignmentView{ID: c.ID, MessageID: c.Receipt, Registration: c.Registration, State: c.State, Status: ConsignmentStatus(c),
		Filer: c.Filer, Transmitter: c.Partner, Record: record}
	if v.Score, err = g.scoreView(ctx, p, c.ID, &c.Score); err != nil {
		return nil, err
	}
	if c.Registration != "" {
		at := c.LegalAt.UTC()
		v.RegisteredAt = &at
	}
	if c.Call != uuid.Nil {
		v.Call = c.Call.String()
	}
	return v, nil
}

// consignmentPage gives the views of a page. What is not the viewer's would be a fault of the store, and is not shown.
func (g *Gateway) consignmentPage(ctx context.Context, p partner.Principal, a partner.Action, rows ConsignmentPage) (Page[*ConsignmentView], error) {
	page := Page[*ConsignmentView]{Items: make([]*ConsignmentView, 0, len(rows.Items)), Next: rows.Next}
	for i := range rows.Items {
		c := &rows.Items[i]
		if err := partner.Authorise(p, a, consignmentObject(c)); err != nil {
			g.log.Error("the store gave a consignment of another", "principal", p.String(), "consignment", c.ID)
			continue
		}
		v, err := g.consignmentView(ctx, p, c)
		if err != nil {
			return Page[*ConsignmentView]{}, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

func consignmentObject(c *ConsignmentRow) partner.Object {
	return partner.Object{Kind: "consignment", Partner: c.Partner, Filer: c.Filer, Mode: c.Mode}
}

// MessageConsignments gives those of a message, in their order; of a resend those of the earlier message.
func (g *Gateway) MessageConsignments(ctx context.Context, p partner.Principal, id uuid.UUID, limit int, after string) (Page[*ConsignmentView], error) {
	empty := Page[*ConsignmentView]{Items: []*ConsignmentView{}}
	r, err := g.receiptOf(ctx, p, partner.MessageConsignments, id)
	if err != nil {
		return empty, err
	}
	if limit, err = pageLimit(limit); err != nil {
		return empty, err
	}
	s, err := g.settlement(ctx, id)
	if err != nil {
		return empty, err
	}
	rows, err := g.store.Consignments(ctx, ConsignmentQuery{Mode: r.Mode, Viewer: p.Partner(), Receipt: sourceOf(r, s), Limit: limit, After: after})
	if err != nil {
		return empty, err
	}
	page, err := g.consignmentPage(ctx, p, partner.MessageConsignments, rows)
	if err != nil {
		return empty, err
	}
	if err := g.reads(ctx, p, partner.MessageConsignments, object("message", id), r.Mode, map[string]int{"count": len(page.Items)}); err != nil {
		return empty, err
	}
	return page, nil
}

// query turns a search into what the store is asked. Fields that cannot be met are ErrInput, not an empty page.
func (s *Search) query(p partner.Principal) (ConsignmentQuery, error) {
	var q ConsignmentQuery
	mode, err := traffic(p, s.Mode)
	if err != nil {
		return q, err
	}
	limit, err := pageLimit(s.Limit)
	if err != nil {
		return q, err
	}
	q = ConsignmentQuery{Mode: mode, Viewer: p.Partner(), From: s.From, To: s.To, Limit: limit, After: s.After}
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return q, fmt.Errorf("%w: the time ends before it begins", ErrInput)
	}
	if s.State != "" {
		if !slices.Contains([]string{ConsignmentAccepted, ConsignmentUnaccepted, ConsignmentSuperseded, ConsignmentCancelled}, s.State) {
			return q, fmt.Errorf("%w: there is no state %q", ErrInput, s.State)
		}
		q.States = []string{s.State}
	}
	if s.Port != "" {
		q.Port = strings.ToUpper(s.Port)
		if len(q.Port) != 5 || strings.Trim(q.Port, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return q, fmt.Errorf("%w: %q is no UN/LOCODE", ErrInput, s.Port)
		}
	}
	number := func(name, value string, term func(string) string) error {
		if value == "" {
			return nil
		}
		t := term(value)
		if len(t) <= len("d:") {
			return fmt.Errorf("%w: %s is blank", ErrInput, name)
		}
		q.Terms = append(q.Terms, t)
		return nil
	}
	words := func(name, value string, kind byte) error {
		if strings.TrimSpace(value) == "" {
			return nil
		}
		var found terms
		found.words(kind, value, maxSearchTerms+1)
		if len(found.ends) == 0 {
			return fmt.Errorf("%w: %s has no word of two letters or digits", ErrInput, name)
		}
		at := 0
		for _, end := range found.ends {
			q.Terms = append(q.Terms, string(found.text[at:end]))
			at = end
		}
		return nil
	}
	if err := errors.Join(number("document", s.Document, documentTerm),
		number("equipment", s.Equipment, func(v string) string { return "e:" + upperNumber(v, maxText) }),
		words("party", s.Party, 'p'), words("q", s.Q, 'w')); err != nil {
		return q, err
	}
	if len(q.Terms) > maxSearchTerms {
		return q, fmt.Errorf("%w: a search has at most %d words", ErrInput, maxSearchTerms)
	}
	return q, nil
}

// digest names a search in the audit log without what was searched for, which may be a name.
func (s *Search) digest() (string, error) {
	b, err := json.Marshal(s)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// Search finds consignments, newest first: a partner's own, or all.
func (g *Gateway) Search(ctx context.Context, p partner.Principal, s Search) (Page[*ConsignmentView], error) {
	empty := Page[*ConsignmentView]{Items: []*ConsignmentView{}}
	if err := g.allow(p, partner.ConsignmentSearch, partner.Object{}); err != nil {
		return empty, err
	}
	q, err := s.query(p)
	if err != nil {
		return empty, err
	}
	rows, err := g.store.Consignments(ctx, q)
	if err != nil {
		return empty, err
	}
	page, err := g.consignmentPage(ctx, p, partner.ConsignmentSearch, rows)
	if err != nil {
		return empty, err
	}
	digest, err := s.digest()
	if err != nil {
		return empty, fmt.Errorf("gateway: search: %w", err)
	}
	detail := struct {
		Query string `json:"query_sha256"`
		Count int    `json:"count"`
	}{digest, len(page.Items)}
	if err := g.reads(ctx, p, partner.ConsignmentSearch, "", q.Mode, detail); err != nil {
		return empty, err
	}
	return page, nil
}

// Consignment gives one, with its links as far as the principal may see them.
func (g *Gateway) Consignment(ctx context.Context, p partner.Principal, id uuid.UUID) (*ConsignmentView, error) {
	if err := g.may(p, partner.ConsignmentRead); err != nil {
		return nil, err
	}
	c, err := g.store.Consignment(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := g.allow(p, partner.ConsignmentRead, consignmentObject(&c)); err != nil {
		return nil, err
	}
	v, err := g.consignmentView(ctx, p, &c)
	if err != nil {
		return nil, err
	}
	parents, houses, err := g.store.Links(ctx, id)
	if err != nil {
		return nil, err
	}
	left := maxLinks
	var links LinksView
	if links.Parents, err = g.visible(ctx, p, parents, &left); err != nil {
		return nil, err
	}
	if links.Houses, err = g.visible(ctx, p, houses, &left); err != nil {
		return nil, err
	}
	if len(links.Parents)+len(links.Houses) > 0 {
		v.Links = &links
	}
	if err := g.reads(ctx, p, partner.ConsignmentRead, object("consignment", id), c.Mode, nil); err != nil {
		return nil, err
	}
	return v, nil
}

// visible gives those of some consignments that a principal may see. A partner's are looked at one by one, at most left
// of them; everybody else may see all that is linked, as links never leave a mode.
func (g *Gateway) visible(ctx context.Context, p partner.Principal, ids []uuid.UUID, left *int) ([]uuid.UUID, error) {
	if p.Kind != partner.KindPartner {
		return ids, nil
	}
	var out []uuid.UUID
	for _, id := range ids {
		if *left--; *left < 0 {
			break
		}
		c, err := g.store.Consignment(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if partner.Authorise(p, partner.ConsignmentRead, consignmentObject(&c)) == nil {
			out = append(out, id)
		}
	}
	return out, nil
}

// Calls lists calls, newest first: those that a partner filed for, with what it said of them, or all.
func (g *Gateway) Calls(ctx context.Context, p partner.Principal, q CallQuery) (Page[Call], error) {
	empty := Page[Call]{Items: []Call{}}
	err := g.allow(p, partner.CallList, partner.Object{})
	if err != nil {
		return empty, err
	}
	if q.Mode, err = traffic(p, q.Mode); err != nil {
		return empty, err
	}
	if q.Limit, err = pageLimit(q.Limit); err != nil {
		return empty, err
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return empty, fmt.Errorf("%w: the time ends before it begins", ErrInput)
	}
	q.Viewer, q.Port = p.Partner(), strings.ToUpper(q.Port)
	items, next, err := g.store.Calls(ctx, q)
	if err != nil {
		return empty, err
	}
	page := Page[Call]{Items: items, Next: next}
	if items == nil {
		page.Items = empty.Items
	}
	if q.Viewer != "" { // the store cuts them; twice does no harm
		for i := range page.Items {
			c := &page.Items[i]
			c.Aliases = slices.DeleteFunc(slices.Clone(c.Aliases), func(a CallAlias) bool { return a.Partner != q.Viewer })
			c.Times = slices.DeleteFunc(slices.Clone(c.Times), func(t CallTime) bool { return t.Partner != q.Viewer })
		}
	}
	if err := g.reads(ctx, p, partner.CallList, "", q.Mode, map[string]int{"count": len(page.Items)}); err != nil {
		return empty, err
	}
	return page, nil
}
