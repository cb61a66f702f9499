package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/transport/https"
)

// http measures many senders over HTTP on loopback, each with a connection that it keeps. The same client sends to both
// sides.
func (b *bench) http(ctx context.Context) error {
	t, err := newTraffic(b.Dir, 1+int(12000*b.Span.Seconds()), smallest, largest, 2)
	if err != nil {
		return err
	}
	defer t.close()
	var rate turns
	var ours, bare []time.Duration
	for range b.Turns {
		if err := b.httpTurn(ctx, t, &rate, &ours, &bare); err != nil {
			return err
		}
	}
	b.add(rate.figure(Figure{Row: RowHTTP, What: fmt.Sprintf("accept, %d senders over HTTP, 5 to 20 KB", b.Senders), Unit: "msg/s", Target: "≥ 0.8",
		Note: latencies(ours) + "; limit: " + latencies(bare)}))
	return nil
}

func (b *bench) httpTurn(ctx context.Context, t *traffic, rate *turns, ours, bare *[]time.Duration) (err error) {
	p, err := b.newPlace(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	t.again()
	n, took, lat, err := b.httpGateway(ctx, p, t)
	if err != nil {
		return err
	}
	*ours = append(*ours, lat...)
	l, err := b.newLimit(ctx, p, n, acceptFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, s := range l.streams {
		s.workers = one(s.workers)
	}
	c := newBareCommitter(ctx, l)
	addr, stop, err := serve(func(ctx context.Context, l net.Listener) error {
		s := &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = s.Close() })
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.again()
	limited, limit, lat, err := b.post(ctx, t, addr, map[string]string{}, n)
	err = errors.Join(err, stop())
	close(c.queue)
	if err != nil {
		return err
	}
	*bare = append(*bare, lat...)
	rate.add(perSecond(n, took), perSecond(limited, limit))
	return nil
}

// httpGateway sends to a gateway that only receives, for as long as a turn is.
func (b *bench) httpGateway(ctx context.Context, p *place, t *traffic) (n int, took time.Duration, lat []time.Duration, err error) {
	r, err := b.openRig(ctx, p, gateway.RoleReceive, t.parties())
	if err != nil {
		return 0, 0, nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	keys, err := addKeys(ctx, r.store, t.parties())
	if err != nil {
		return 0, 0, nil, err
	}
	if err := r.partners.Refresh(ctx); err != nil {
		return 0, 0, nil, err
	}
	// Each request is a line in the log, as it is in service.
	file, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return 0, 0, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	server, err := https.New(https.Config{Log: slog.New(slog.NewJSONHandler(file, nil))}, r.gateway, r.partners)
	if err != nil {
		return 0, 0, nil, err
	}
	addr, stop, err := serve(server.Serve)
	if err != nil {
		return 0, 0, nil, err
	}
	n, took, lat, err = b.post(ctx, t, addr, keys, -1)
	return n, took, lat, errors.Join(err, stop())
}

// addKeys makes an API key for each sender.
func addKeys(ctx context.Context, store gateway.Store, parties []string) (map[string]string, error) {
	keys := map[string]string{}
	s := partner.NewService(store, nil)
	for _, p := range parties {
		_, text, err := s.AddKey(ctx, operator, partner.NewKey{OwnerKind: partner.OwnerPartner, Owner: p, Mode: "live", Life: 24 * time.Hour})
		if err != nil {
			return nil, err
		}
		keys[p] = text
	}
	return keys, nil
}

// serve listens on loopback and serves until stop is called.
func serve(run func(context.Context, net.Listener) error) (addr string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, l) }()
	return l.Addr().String(), func() error {
		cancel()
		return <-done
	}, nil
}

// post sends messages from all senders at once: most of them, or with -1 for as long as a turn is.
func (b *bench) post(ctx context.Context, t *traffic, addr string, keys map[string]string, most int) (n int, took time.Duration, lat []time.Duration, err error) {
	pool := &http.Transport{MaxIdleConnsPerHost: b.Senders, MaxConnsPerHost: b.Senders, DisableCompression: true}
	defer pool.CloseIdleConnections()
	client := &http.Client{Transport: pool}
	var sent atomic.Int64
	var mu sync.Mutex
	var errs []error
	var senders sync.WaitGroup
	begun := time.Now()
	for range b.Senders {
		senders.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && ctx.Err() == nil {
				if k := sent.Add(1); most >= 0 && k > int64(most) || most < 0 && time.Since(begun) >= b.Span {
					break
				}
				body, sender, ok := t.take()
				if !ok {
					break
				}
				start := time.Now()
				if err = postOne(ctx, client, "http://"+addr+"/v1/messages", keys[sender], body); err == nil {
					mine = append(mine, time.Since(start))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			lat = append(lat, mine...)
			if err != nil {
				errs = append(errs, err)
			}
		})
	}
	senders.Wait()
	return len(lat), time.Since(begun), lat, errors.Join(append(errs, ctx.Err())...)
}

func postOne(ctx context.Context, client *http.Client, url, key string, body *io.SectionReader) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return err
	}
	q.ContentLength = body.Size()
	q.Header.Set("Authorization", "Bearer "+key)
	q.Header.Set("Content-Type", "application/edifact")
	a, err := client.Do(q)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(a.Body, 1<<16))
	if err = errors.Join(err, a.Body.Close()); err != nil {
		return err
	}
	if a.StatusCode != http.StatusAccepted {
		return fmt.Errorf("%s: %s", a.Status, answer)
	}
	return nil
}

// A bareCommitter is the least that answers only when a body is durable: it reads the body, and commits the rows that
// the gateway wrote for one, together with those of all who came while the last commit was in progress.
type bareCommitter struct {
	ctx     context.Context
	streams []*stream
	queue   chan chan error
	next    int
}

func newBareCommitter(ctx context.Context, l *limit) *bareCommitter {
	c := &bareCommitter{ctx: ctx, streams: l.streams, queue: make(chan chan error, 4096)}
	go c.run()
	return c
}

// maxGroup is the most bodies in a commit.
const maxGroup = 64

func (c *bareCommitter) run() {
	for first := range c.queue {
		group := []chan error{first}
	gather:
		for len(group) < maxGroup {
			select {
			case w := <-c.queue:
				group = append(group, w)
			default:
				break gather
			}
		}
		var err error
		for _, s := range c.streams {
			if err == nil {
				err = s.workers[0].load(c.ctx, c.next, min(c.next+len(group), s.parts))
			}
		}
		c.next += len(group)
		for _, w := range group {
			w <- err
		}
	}
}

var bareAnswer = []byte(`{"id":"01a20a11-9196-7aeb-a319-7058d7bd53c9","state":"received","mode":"live","received_at":"2026-11-23T20:20:53.528531Z","size":10366}` + "\n")

// ServeHTTP takes one body.
func (c *bareCommitter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	done := make(chan error, 1)
	c.queue <- done
	if err := <-done; err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(bareAnswer) // who does not read it knows nothing
}
