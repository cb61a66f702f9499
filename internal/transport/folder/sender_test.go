package folder

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/transport"
)

func answer(s *site) *transport.Answer {
	return &transport.Answer{Delivery: uuid.MustParse("01958a3e-0000-7000-8000-0123456789ab"), Receipt: uuid.MustParse("01958a3e-0000-7000-8000-00000000beef"),
		Partner: "ACME", Channel: channels()[0], Name: "a.edi", Kind: "CONTRL", Mode: cargo.TrafficLive, Body: []byte("UNB+UNOA:1'")}
}

func TestSend(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	a := answer(s)
	for range 3 { // a retry leaves one file
		if err := s.tr.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if got := s.list("acme"); got != "acks/a.edi.contrl.0123456789ab.edi" || s.read("acme", got) != string(a.Body) {
			t.Errorf("there is %s", got)
		}
	}
	// Half a file of a crash is replaced.
	s.write("UNB", "acme", "acks", "a.edi.contrl.0123456789ab.edi")
	s.write("UNB", "acme", "acks", "."+a.Delivery.String()+".tmp")
	if err := s.tr.Send(t.Context(), a); err != nil || s.list("acme") != "acks/a.edi.contrl.0123456789ab.edi" || s.read("acme", s.list("acme")) != string(a.Body) {
		t.Errorf("after a crash: %v, %s", err, s.list("acme"))
	}
	other := answer(s)
	other.Delivery = uuid.MustParse("01958a3e-0000-7000-8000-0123456789ac")
	other.Rejected, other.Channel = true, channels()[1]
	if err := s.tr.Send(t.Context(), other); err != nil || s.list("acme-test") != "acks/a.edi.contrl.0123456789ac.edi rejected/a.edi.contrl.0123456789ac.edi" {
		t.Errorf("rejected: %v, %s", err, s.list("acme-test"))
	}
}

func TestSendNames(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for name, want := range map[string]string{
		"":                              "01958a3e-0000-7000-8000-00000000beef.contrl.0123456789ab.edi",
		"../../etc/passwd":              "passwd.contrl.0123456789ab.edi",
		"..":                            "01958a3e-0000-7000-8000-00000000beef.contrl.0123456789ab.edi",
		".hidden":                       "hidden.contrl.0123456789ab.edi",
		"señal 1.edi":                   "señal 1.edi.contrl.0123456789ab.edi",
		strings.Repeat("x", 300):        strings.Repeat("x", 231) + ".contrl.0123456789ab.edi",
		strings.Repeat("é", 200) + ".e": strings.Repeat("é", 114) + ".e.contrl.0123456789ab.edi",
	} {
		a := answer(s)
		a.Name = name
		if err := s.tr.Send(t.Context(), a); err != nil || s.list("acme", "acks") != want {
			t.Errorf("%q: %v, %s", name, err, s.list("acme", "acks"))
		}
		if err := os.RemoveAll(s.path("acme", "acks")); err != nil {
			t.Fatal(err)
		}
	}
	a := answer(s)
	a.Kind = "../x/"
	if err := s.tr.Send(t.Context(), a); err != nil || s.list("acme", "acks") != "a.edi.x.0123456789ab.edi" {
		t.Errorf("an odd kind: %v, %s", err, s.list("acme", "acks"))
	}
}

func TestSendErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	a := answer(s)
	a.Channel.Kind = transport.KindHTTPS
	if err := s.tr.Send(t.Context(), a); !errors.Is(err, transport.ErrUndeliverable) {
		t.Errorf("another kind of channel: %v", err)
	}
	a = answer(s)
	a.Channel.Dir = "../out"
	if err := s.tr.Send(t.Context(), a); !errors.Is(err, transport.ErrUndeliverable) {
		t.Errorf("a folder outside the root: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.tr.Send(ctx, answer(s)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// What may go away by itself is no end: a file in the place of the folder.
	if err := errors.Join(os.Remove(s.path("acme", "acks")), os.WriteFile(s.path("acme", "acks"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := s.tr.Send(t.Context(), answer(s)); err == nil || errors.Is(err, transport.ErrUndeliverable) {
		t.Errorf("acks is a file: %v", err)
	}
	if got := s.list("acme"); got != "acks" {
		t.Errorf("there is %s", got)
	}
}

// TestDurable holds the order of what is done to the disk: bytes, then name, then the folder's entries.
func TestDurable(t *testing.T) {
	t.Parallel()
	var ops []string
	s := newSite(t, func(c *Config) { c.hook = func(op, name string) { ops = append(ops, op+" "+name) } })
	ops = nil
	if err := s.tr.Send(t.Context(), answer(s)); err != nil {
		t.Fatal(err)
	}
	want := "sync acks/.01958a3e-0000-7000-8000-0123456789ab.tmp, rename acks/a.edi.contrl.0123456789ab.edi, syncdir acks"
	if got := strings.Join(ops, ", "); got != want {
		t.Errorf("an answer: %s\nwant %s", got, want)
	}
	ops = nil
	if err := s.tr.Send(t.Context(), answer(s)); err != nil || strings.Join(ops, ", ") != "syncdir acks" {
		t.Errorf("an answer that is there: %v, %s", err, ops)
	}
	ops = nil
	s.write("x", "acme", "in", "a.edi")
	s.once()
	for i, want := range []string{"mkdir archive/2026-03-02", "syncdir archive", "link archive/2026-03-02/", "syncdir archive/2026-03-02",
		"rename archive/2026-03-02/.", "syncdir archive/2026-03-02", "syncdir in"} {
		if i >= len(ops) || !strings.HasPrefix(ops[i], want) {
			t.Errorf("a file, step %d: %q, want %s", i, ops, want)
		}
	}
	if len(ops) != 7 {
		t.Errorf("a file: %q", ops)
	}
}
