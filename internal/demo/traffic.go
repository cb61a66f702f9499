package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"cargogate/internal/synth/voyage"
)

// traffic files what carriers would, over HTTPS, as anybody does.
type traffic struct {
	d     *Demo
	files []*voyage.File
	pace  time.Duration
}

// newTraffic makes the traffic of the two days before the demo began.
func newTraffic(d *Demo, o *Options) (*traffic, error) {
	t := &traffic{d: d, pace: o.Pace}
	if t.pace == 0 {
		t.pace = 1500 * time.Millisecond
	}
	if d.state.Count < 0 {
		return t, nil
	}
	// Filings come days before their ships, and some after: where the traffic ends is seen once it is made.
	start := d.state.Began.AddDate(0, 0, -2)
	files, err := generate(d.state.Seed, d.state.Count, start)
	if err == nil && len(files) > 0 {
		start = start.Add(-files[len(files)-1].ReceivedAt.Sub(d.state.Began))
		files, err = generate(d.state.Seed, d.state.Count, start)
	}
	if err != nil {
		return nil, fmt.Errorf("demo: traffic: %w", err)
	}
	t.files = files
	return t, nil
}

// brokenRate is how many of a million filings are broken: more than in the world, so that a short look meets some.
const brokenRate = 80_000

// generate makes the traffic of ships that arrive within two days.
func generate(seed uint64, consignments int, start time.Time) (files []*voyage.File, err error) {
	g, err := voyage.New(voyage.Options{Seed: seed, Consignments: consignments, Days: 2, Start: start, BrokenRate: brokenRate})
	if err != nil {
		return nil, err
	}
	for {
		f, err := g.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
}

// filers gives who files, sorted.
func (t *traffic) filers() []string {
	var all []string
	for _, f := range t.files {
		all = append(all, f.Filer)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// run files what was not filed yet, until all is or ctx is done. A file that an earlier start had sent and not noted is the
// same act by its key, and is not filed twice.
func (t *traffic) run(ctx context.Context) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	for t.d.state.Next < len(t.files) {
		f := t.files[t.d.state.Next]
		wait, err := t.post(ctx, client, f)
		if ctx.Err() != nil {
			return t.d.save()
		}
		if err != nil {
			t.d.log.Warn("the traffic of the demo waits", "file", f.Name, "error", err)
		} else {
			t.d.state.Next++
			if t.d.state.Next >= First {
				wait = t.pace
			}
		}
		if wait > 0 || t.d.state.Next%20 == 0 {
			if err := t.d.save(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return t.d.save()
		case <-time.After(wait):
		}
	}
	return t.d.save()
}

// client trusts the demo's own authority alone.
func (t *traffic) client() (*http.Client, error) {
	text, err := os.ReadFile(t.d.path(caFile))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("demo: %s holds no certificate", t.d.path(caFile))
	}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

// post files one, and gives how long to wait before it is tried again where it could not.
func (t *traffic) post(ctx context.Context, client *http.Client, f *voyage.File) (time.Duration, error) {
	const again = 200 * time.Millisecond
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("https://127.0.0.1:%d/v1/messages?name=%s", t.d.state.Port, f.Name), bytes.NewReader(f.Bytes))
	if err != nil {
		return again, fmt.Errorf("demo: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+t.d.state.Carriers[f.Filer])
	req.Header.Set("Idempotency-Key", f.Name)
	res, err := client.Do(req)
	if err != nil {
		return again, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return again, err
	}
	if res.StatusCode >= 300 {
		wait := again
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			wait = time.Duration(s) * time.Second
		}
		return wait, fmt.Errorf("%s: %.300s", res.Status, body)
	}
	return 0, nil
}
