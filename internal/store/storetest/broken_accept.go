package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// An acceptor is a store whose Accept is another.
type acceptor struct {
	gateway.Store
	accept func(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error)
}

func (s acceptor) Accept(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
	return s.accept(ctx, arrivals)
}

// accepting wraps Accept.
func accepting(f func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error)) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		return acceptor{s, func(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			return f(s, ctx, arrivals)
		}}
	}
}

// changing accepts arrivals that were changed.
func changing(edit func(*gateway.Arrival)) func(gateway.Store) gateway.Store {
	return accepting(func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
		var changed []gateway.Arrival
		for _, a := range arrivals {
			edit(&a)
			changed = append(changed, a)
		}
		return s.Accept(ctx, changed)
	})
}

// telling changes what Accept tells.
func telling(edit func(*gateway.Accepted)) func(gateway.Store) gateway.Store {
	return accepting(func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
		got, err := s.Accept(ctx, arrivals)
		for i := range got {
			edit(&got[i])
		}
		return got, err
	})
}

// mixing takes the first receipt of a transport act by a key that leaves something out.
func mixing(key func(gateway.Arrival) string) func(gateway.Store) gateway.Store {
	return func(s gateway.Store) gateway.Store {
		var mu sync.Mutex
		first := map[string]gateway.Accepted{}
		return acceptor{s, func(ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			mu.Lock()
			defer mu.Unlock()
			var out []gateway.Accepted
			for _, a := range arrivals {
				if f, ok := first[key(a)]; ok && a.TransportID != "" {
					f.Repeated = true
					out = append(out, f)
					continue
				}
				got, err := s.Accept(ctx, []gateway.Arrival{a})
				if err != nil {
					return nil, err
				}
				first[key(a)] = got[0]
				out = append(out, got...)
			}
			return out, nil
		}}
	}
}

// usageOf counts another partner's or mode's too.
type usageOf struct {
	gateway.Store
	modes    []cargo.Traffic
	partners []partner.ID
}

func (s usageOf) Usage(ctx context.Context, p partner.ID, mode cargo.Traffic) (gateway.Usage, error) {
	var sum gateway.Usage
	var errs []error
	for _, m := range append(s.modes, mode) {
		for _, p := range append(s.partners, p) {
			u, err := s.Store.Usage(ctx, p, m)
			sum.Files, sum.Bytes, errs = sum.Files+u.Files, sum.Bytes+u.Bytes, append(errs, err)
		}
	}
	return sum, errors.Join(errs...)
}

// backlogOf counts what is final.
type backlogOf struct{ gateway.Store }

func (s backlogOf) Backlog(ctx context.Context) (gateway.Backlog, error) {
	all, err := s.Store.Receipts(ctx, gateway.ReceiptQuery{Mode: cargo.TrafficLive})
	return gateway.Backlog{Unfinished: int64(len(all)), Oldest: time.Hour}, err
}

var brokenAccept = []Breakage{
	{"accept answers before the commit", "accept/is there for all when it returns", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			var told []gateway.Accepted
			for i, a := range arrivals {
				told = append(told, gateway.Accepted{ID: a.ID, Seq: int64(i + 1), ReceivedAt: time.Now()})
			}
			go func() {
				time.Sleep(20 * time.Millisecond)
				_, _ = s.Accept(context.WithoutCancel(ctx), arrivals)
			}()
			return told, nil
		})},
	{"accept loses the last arrival of a batch", "accept/is there for all when it returns", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			got, err := s.Accept(ctx, arrivals[:len(arrivals)-1])
			return append(got, gateway.Accepted{ID: arrivals[len(arrivals)-1].ID, Seq: 1 << 40, ReceivedAt: time.Now()}), err
		})},
	{"accept answers in another order", "accept/new ones and repeats come in the order of the arrivals", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			got, err := s.Accept(ctx, arrivals)
			var fresh, repeats []gateway.Accepted
			for _, a := range got {
				if a.Repeated {
					repeats = append(repeats, a)
				} else {
					fresh = append(fresh, a)
				}
			}
			return append(fresh, repeats...), err
		})},
	{"accept forgets transport acts", "accept/a repeat of a transport act gives the first receipt", changing(func(a *gateway.Arrival) { a.TransportID = "" })},
	{"accept knows acts of other commits only", "accept/a repeat in the same commit gives the first receipt", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			var changed []gateway.Arrival
			seen := map[string]bool{}
			for _, a := range arrivals {
				if seen[a.TransportID] {
					a.TransportID = ""
				}
				seen[a.TransportID] = true
				changed = append(changed, a)
			}
			return s.Accept(ctx, changed)
		})},
	{"accept takes another partner's act for a repeat", "accept/transport acts of other partners are apart", mixing(
		func(a gateway.Arrival) string { return string(a.Mode) + a.Kind + a.TransportID })},
	{"accept takes a test's act for a repeat", "accept/transport acts of other modes and kinds are apart", mixing(
		func(a gateway.Arrival) string { return string(a.Partner) + a.Kind + a.TransportID })},
	{"accept takes an act of another kind for a repeat", "accept/transport acts of other modes and kinds are apart", mixing(
		func(a gateway.Arrival) string { return string(a.Partner) + string(a.Mode) + a.TransportID })},
	{"accept keeps transport acts for ever", "accept/a transport act runs out", changing(func(a *gateway.Arrival) { a.DedupeFor = 0 })},
	{"accept keeps transport acts for a moment", "accept/a transport act of no time is kept for ever", changing(
		func(a *gateway.Arrival) { a.DedupeFor = time.Microsecond })},
	{"accept takes equal bytes for a repeat", "accept/what has no transport act is never a repeat", changing(
		func(a *gateway.Arrival) { a.TransportID = string(a.Inline) })},
	{"accept says equal bytes of other bytes", "accept/a repeat with other bytes says so", telling(func(a *gateway.Accepted) { a.SameBytes = a.Repeated })},
	{"accept logs repeats", "accept/a repeat has no audit row", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			got, err := s.Accept(ctx, arrivals)
			for _, a := range got {
				if a.Repeated {
					err = errors.Join(err, s.AppendAudit(ctx, []audit.Row{AuditRow("message.accept")}))
				}
			}
			return got, err
		})},
	{"accept is half done", "accept/all or none", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) (all []gateway.Accepted, err error) {
			for i := range arrivals {
				got, err := s.Accept(ctx, arrivals[i:i+1])
				if all = append(all, got...); err != nil {
					return all, err
				}
			}
			return all, nil
		})},
	{"accept tells times in seconds", "accept/gives a receipt to each arrival in order", telling(func(a *gateway.Accepted) { a.ReceivedAt = a.ReceivedAt.Truncate(time.Second) })},
	{"accept tells local times", "accept/gives a receipt to each arrival in order", telling(
		func(a *gateway.Accepted) { a.ReceivedAt = a.ReceivedAt.In(time.FixedZone("CET", 3600)) })},
	{"accept gives one Seq twice", "accept/gives a receipt to each arrival in order", telling(func(a *gateway.Accepted) { a.Seq = (a.Seq + 1) / 2 })},
	{"accept keeps receipts for ever", "retention/final ones that are past their time expire, oldest first", changing(func(a *gateway.Arrival) { a.RetainFor = 0 })},
	{"accept changes text", "text/of a receipt comes back as it went in", changing(func(a *gateway.Arrival) { a.Name = strings.TrimSpace(a.Name) })},
	{"accept cuts bodies", "accept/keeps an inline body of the largest size", changing(
		func(a *gateway.Arrival) { a.Inline = a.Inline[:min(len(a.Inline), 64<<10)] })},
	{"accept goes on when the caller has gone", "accept/nothing where the caller has gone", accepting(
		func(s gateway.Store, ctx context.Context, arrivals []gateway.Arrival) ([]gateway.Accepted, error) {
			return s.Accept(context.WithoutCancel(ctx), arrivals)
		})},
	{"usage counts tests", "usage/counts files and bytes of a partner and mode", func(s gateway.Store) gateway.Store {
		return usageOf{s, []cargo.Traffic{cargo.TrafficTest}, nil}
	}},
	{"usage counts another's", "usage/counts files and bytes of a partner and mode", func(s gateway.Store) gateway.Store {
		return usageOf{s, nil, []partner.ID{Forwarder}}
	}},
	{"backlog counts what is final", "backlog/counts what is not final", func(s gateway.Store) gateway.Store { return backlogOf{s} }},
	{"accept drops headers and the lane", "accept/keeps all that it is given", changing(func(a *gateway.Arrival) { a.Headers, a.Lane = nil, 0 })},
}
