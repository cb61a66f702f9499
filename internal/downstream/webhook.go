package downstream

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Bounds of a call.
const (
	callTime    = 15 * time.Second
	dialTime    = 5 * time.Second
	maxResponse = 64 << 10
	maxHeader   = 64 << 10
	maxWait     = time.Hour // of Retry-After
	minSecret   = 24        // bytes, as Standard Webhooks has it
	maxSecret   = 64
)

// WebhookOptions say where events are posted.
type WebhookOptions struct {
	// URL is https; http only where Allow has the address, and then no other is called.
	URL string
	// Secrets sign, one or two of them while one takes the place of the other: "whsec_" and base64 of 24 to 64 bytes, or
	// the base64 alone.
	Secrets []string
	// Allow names networks that may be called although they are none of the internet: "10.1.2.0/24".
	Allow []string
	// CAFile has the certificates that the server's must come from, as PEM; empty is the system's list.
	CAFile string
}

// A Webhook posts events, signed as Standard Webhooks 1.0 has it: webhook-id, webhook-timestamp and webhook-signature with
// HMAC-SHA256 over "<id>.<timestamp>.<body>". A status of 2xx takes the event; redirects are not followed, proxies are not
// used, and what is read of an answer is bounded.
type Webhook struct {
	url    string
	keys   [][]byte
	client *http.Client
	now    func() time.Time
}

// NewWebhook makes a webhook.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("downstream: %q is no address for a webhook: https://host/path, without a user", o.URL)
	}
	w := &Webhook{url: u.String(), now: time.Now}
	if len(o.Secrets) < 1 || len(o.Secrets) > 2 {
		return nil, fmt.Errorf("downstream: a webhook has one secret, or two while one takes the place of the other, not %d", len(o.Secrets))
	}
	for i, s := range o.Secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) < minSecret || len(key) > maxSecret {
			return nil, fmt.Errorf("downstream: secret %d of %s is not whsec_ and base64 of %d to %d bytes", i+1, u.Redacted(), minSecret, maxSecret)
		}
		w.keys = append(w.keys, key)
	}
	g := guard{only: u.Scheme == "http"}
	for _, text := range o.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("downstream: %q is no network such as 10.1.2.0/24", text)
		}
		g.allow = append(g.allow, p.Masked())
	}
	if g.only && len(g.allow) == 0 {
		return nil, fmt.Errorf("downstream: %s has no TLS: name the network of the other side under allow, or use https", u.Redacted())
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("downstream: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("downstream: %s has no certificates", o.CAFile)
		}
	}
	dialer := &net.Dialer{Timeout: dialTime, Control: g.control}
	w.client = &http.Client{
		Timeout:       callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: conf, ForceAttemptHTTP2: true, TLSHandshakeTimeout: dialTime,
			MaxResponseHeaderBytes: maxHeader, DisableCompression: true, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
	}
	return w, nil
}

// Send posts the event.
func (w *Webhook) Send(ctx context.Context, e Event) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(e.Body))
	if err != nil {
		return fmt.Errorf("downstream: %w", err)
	}
	at := strconv.FormatInt(w.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/cloudevents+json")
	r.Header.Set("User-Agent", "cargogate")
	r.Header.Set("Webhook-Id", e.ID)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", w.sign(e.ID, at, e.Body))
	answer, err := w.client.Do(r)
	if err != nil {
		return fmt.Errorf("downstream: %w", err)
	}
	defer answer.Body.Close() // what it says does not count
	_, _ = io.CopyN(io.Discard, answer.Body, maxResponse)
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return nil
	case answer.StatusCode == http.StatusGone:
		return ErrGone
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return errors.New("downstream: the other side sends it elsewhere (" + answer.Status + "), which is not followed: correct the address")
	}
	err = errors.New("downstream: the other side says " + answer.Status)
	if s, aerr := strconv.Atoi(answer.Header.Get("Retry-After")); aerr == nil && s > 0 {
		return waitError{err, min(time.Duration(s)*time.Second, maxWait)}
	}
	return err
}

// sign gives the signatures, one for each secret.
func (w *Webhook) sign(id, at string, body []byte) string {
	var out []string
	for _, key := range w.keys {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + at + "."))
		h.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(out, " ")
}
