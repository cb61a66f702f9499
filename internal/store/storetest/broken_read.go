package storetest

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"cargogate/internal/gateway"
)

// A searcher is a store whose Consignments are others.
type searcher struct {
	gateway.Store
	search func(ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error)
}

func (s searcher) Consignments(ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
	return s.search(ctx, q)
}

func searching(f func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return searcher{s, func(ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			return f(s, ctx, q)
		}}
	}
}

// asking searches for something else.
func asking(edit func(*gateway.ConsignmentQuery)) func(gateway.Store) gateway.Store {
	return searching(func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
		edit(&q)
		return s.Consignments(ctx, q)
	})
}

// A lister is a store whose Calls are others.
type lister struct {
	gateway.Store
	calls func(ctx context.Context, q gateway.CallQuery) ([]gateway.Call, string, error)
}

func (s lister) Calls(ctx context.Context, q gateway.CallQuery) ([]gateway.Call, string, error) {
	return s.calls(ctx, q)
}

func listing(edit func(q *gateway.CallQuery), cut func([]gateway.Call)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return lister{s, func(ctx context.Context, q gateway.CallQuery) ([]gateway.Call, string, error) {
			edit(&q)
			items, next, err := s.Calls(ctx, q)
			cut(items)
			return items, next, err
		}}
	}
}

// A receiptLister is a store whose Receipts are others.
type receiptLister struct {
	gateway.Store
	edit func(*gateway.ReceiptQuery)
}

func (s receiptLister) Receipts(ctx context.Context, q gateway.ReceiptQuery) ([]gateway.Receipt, error) {
	s.edit(&q)
	return s.Store.Receipts(ctx, q)
}

type downwards struct{ gateway.Store }

func (s downwards) Links(ctx context.Context, id uuid.UUID) (parents, houses []uuid.UUID, err error) {
	_, houses, err = s.Store.Links(ctx, id)
	return nil, houses, err
}

type inventive struct{ gateway.Store }

func (s inventive) Consignment(ctx context.Context, id uuid.UUID) (gateway.ConsignmentRow, error) {
	got, err := s.Store.Consignment(ctx, id)
	if err != nil {
		return gateway.ConsignmentRow{}, nil
	}
	return got, nil
}

var brokenRead = []Breakage{
	{"search drops the viewer", "search/a viewer sees what it transmitted or filed", asking(func(q *gateway.ConsignmentQuery) { q.Viewer = "" })},
	{"search drops the viewer where terms are given", "search/a viewer sees what it transmitted or filed", asking(func(q *gateway.ConsignmentQuery) {
		if len(q.Terms) > 0 {
			q.Viewer = ""
		}
	})},
	{"search shows the viewer what it transmitted only", "search/a viewer sees what it transmitted or filed", inserting(func(c *gateway.ConsignmentRow) { c.Filer = c.Partner })},
	{"search drops the mode", "search/modes are apart", searching(func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
		live, err := s.Consignments(ctx, q)
		if q.Mode = "test"; err == nil && live.Next == "" {
			var test gateway.ConsignmentPage
			test, err = s.Consignments(ctx, q)
			live.Items = append(live.Items, test.Items...)
		}
		return live, err
	})},
	{"search takes any of the terms", "search/all terms must be there", asking(func(q *gateway.ConsignmentQuery) { q.Terms = q.Terms[:min(1, len(q.Terms))] })},
	{"search knows no case", "search/all terms must be there", inserting(func(c *gateway.ConsignmentRow) {
		c.Terms = slices.Clone(c.Terms)
		for i, term := range c.Terms {
			c.Terms[i] = strings.ReplaceAll(strings.ToLower(term), "a1", "A1")
		}
	})},
	{"search drops the port", "search/by port and states", asking(func(q *gateway.ConsignmentQuery) { q.Port = "" })},
	{"search drops the states", "search/by port and states", asking(func(q *gateway.ConsignmentQuery) { q.States = nil })},
	{"search leaves out the first instant", "search/from a time until another, by ETA or else the legal time", asking(func(q *gateway.ConsignmentQuery) {
		if !q.From.IsZero() {
			q.From = q.From.Add(1000)
		}
	})},
	{"search takes in the last instant", "search/from a time until another, by ETA or else the legal time", asking(func(q *gateway.ConsignmentQuery) {
		if !q.To.IsZero() {
			q.To = q.To.Add(1000)
		}
	})},
	{"search comes oldest first", "search/newest first", searching(func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
		page, err := s.Consignments(ctx, q)
		slices.Reverse(page.Items)
		return page, err
	})},
	{"a receipt's consignments come newest first", "search/of one receipt in the order of the file", searching(
		func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			if q.Receipt != uuid.Nil {
				slices.Reverse(page.Items)
			}
			return page, err
		})},
	{"a page repeats the last of the one before", "search/pages are complete and without repeats while rows are added", func(s gateway.Store) gateway.Store {
		last := map[string]gateway.ConsignmentRow{}
		return searcher{s, func(ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			if row, ok := last[q.After]; ok && q.After != "" {
				page.Items = slices.Insert(page.Items, 0, row)
			}
			if len(page.Items) > 0 {
				last[page.Next] = page.Items[len(page.Items)-1]
			}
			return page, err
		}}
	}},
	{"a page skips its first", "search/pages are complete and without repeats while rows are added", searching(
		func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			if q.After != "" && len(page.Items) > 0 {
				page.Items = page.Items[1:]
			}
			return page, err
		})},
	{"a page has no next where it ends exactly", "search/a page that ends exactly", searching(
		func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			if len(page.Items) == q.Limit && q.After == "" {
				page.Next = ""
			}
			return page, err
		})},
	{"a limit is taken as it is", "search/a limit is bounded", searching(
		func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			for want := q.Limit; err == nil && page.Next != "" && len(page.Items) < want; {
				var more gateway.ConsignmentPage
				q.After = page.Next
				more, err = s.Consignments(ctx, q)
				page.Items, page.Next = append(page.Items, more.Items...), more.Next
			}
			return page, err
		})},
	{"a wrong token begins anew", "search/a wrong token is refused", searching(
		func(s gateway.Store, ctx context.Context, q gateway.ConsignmentQuery) (gateway.ConsignmentPage, error) {
			page, err := s.Consignments(ctx, q)
			if err != nil {
				q.After = ""
				return s.Consignments(ctx, q)
			}
			return page, nil
		})},
	{"what is not there is found empty", "search/of what is not there", func(s gateway.Store) gateway.Store { return inventive{s} }},
	{"links go down only", "relink/a house that comes after its master", func(s gateway.Store) gateway.Store { return downwards{s} }},
	{"calls drop the viewer", "calls/a viewer sees those that it filed for, cut to its own", listing(func(q *gateway.CallQuery) { q.Viewer = "" }, func([]gateway.Call) {})},
	{"calls tell nothing of partners", "calls/a new one has the id that it came with", listing(func(*gateway.CallQuery) {}, func(calls []gateway.Call) {
		for i := range calls {
			calls[i].Aliases = nil
		}
	})},
	{"calls have one number", "calls/numbers are of their own", listing(func(*gateway.CallQuery) {}, func(calls []gateway.Call) {
		for i := range calls {
			calls[i].Number = "C1"
		}
	})},
	{"calls drop the port", "calls/by vessel and port", listing(func(q *gateway.CallQuery) { q.Port = "" }, func([]gateway.Call) {})},
	{"calls come oldest first", "calls/newest first, in pages", listing(func(*gateway.CallQuery) {}, func(calls []gateway.Call) { slices.Reverse(calls) })},
	{"receipts drop the partner", "receipts/by partner, mode and states", func(s gateway.Store) gateway.Store {
		return receiptLister{s, func(q *gateway.ReceiptQuery) { q.Partner = "" }}
	}},
	{"receipts drop the states", "receipts/by partner, mode and states", func(s gateway.Store) gateway.Store {
		return receiptLister{s, func(q *gateway.ReceiptQuery) { q.States = nil }}
	}},
	{"receipts repeat the last of the page before", "receipts/newest first, in pages, without bodies", func(s gateway.Store) gateway.Store {
		return receiptLister{s, func(q *gateway.ReceiptQuery) {
			if q.Before > 1 {
				q.Before++
			}
		}}
	}},
}
