package https

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
	"cargogate/internal/transport/transporttest"
)

// over is the fake with another Receiver.
type over struct {
	*fake
	r transport.Receiver
}

func (o over) Admit(ctx context.Context, p partner.Principal, n int64) error {
	return o.r.Admit(ctx, p, n)
}
func (o over) Receive(ctx context.Context, d *transport.Delivery) (transport.Receipt, error) {
	return o.r.Receive(ctx, d)
}

// sender is a partner with a client.
type sender struct {
	url    string
	client *http.Client
}

// suiteHarness runs the server for transporttest.
func suiteHarness(http2 bool) transporttest.Harness {
	return func(r transport.Receiver) (transporttest.Partner, func(), error) {
		f := newFake()
		s, err := New(Config{Log: slog.New(slog.DiscardHandler)}, over{f, r}, f)
		if err != nil {
			return nil, nil, err
		}
		ts := httptest.NewUnstartedServer(s)
		if http2 {
			ts.EnableHTTP2 = true
			ts.StartTLS()
		} else {
			ts.Start()
		}
		ts.Client().Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
		return &sender{ts.URL, ts.Client()}, ts.Close, nil
	}
}

func (s *sender) request(ctx context.Context, f transporttest.File, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", s.url+"/v1/messages?name="+url.QueryEscape(f.Name), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = f.Size
	if f.Size == 0 {
		req.Body = http.NoBody
	}
	key := "acme"
	if f.Mode == cargo.TrafficTest {
		key = "acme-test"
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Idempotency-Key", f.Act)
	req.Header.Set("Expect", "100-continue")
	return req, nil
}

// Send implements transporttest.Partner.
func (s *sender) Send(ctx context.Context, f transporttest.File) (transporttest.Result, error) {
	body := &atomicCounter{r: f.Body()}
	req, err := s.request(ctx, f, body)
	if err != nil {
		return transporttest.Result{}, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return transporttest.Result{}, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	out := transporttest.Result{Outcome: transporttest.No, Sent: body.n.Load()}
	switch {
	case res.StatusCode == http.StatusAccepted:
		out.Outcome = transporttest.Yes
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests:
		out.Outcome = transporttest.Later
	}
	return out, nil
}

// Abort implements transporttest.Partner.
func (s *sender) Abort(ctx context.Context, f transporttest.File, n int64) error {
	req, err := s.request(ctx, f, io.MultiReader(io.LimitReader(f.Body(), n), gone{}))
	if err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		if res.StatusCode < 300 {
			return fmt.Errorf("an aborted request was answered with %s", res.Status)
		}
	}
	return nil
}

type gone struct{}

func (gone) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type atomicCounter struct {
	r io.Reader
	n atomic.Int64
}

func (c *atomicCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func TestSuite(t *testing.T)      { transporttest.Run(t, suiteHarness(false)) }
func TestSuiteHTTP2(t *testing.T) { transporttest.Run(t, suiteHarness(true)) }
