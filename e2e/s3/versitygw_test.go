// Package s3_test holds blob/s3 against a real server, versitygw, which keeps its objects as files. It is a module of its
// own, so that the server's many dependencies are not ours; the server's version is pinned in go.mod.
package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/blob"
	"cargogate/internal/blob/blobtest"
	"cargogate/internal/blob/s3"
)

const (
	bucket = "originals"
	access = "test"
	secret = "testtesttest"
)

// A gateway is a running versitygw, or one that can run again on the same files and port.
type gateway struct {
	bin, dir, addr string
	cmd            *exec.Cmd
	log            bytes.Buffer
}

// newGateway builds the server if need be and starts it on a free port.
func newGateway(t *testing.T) *gateway {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "versitygw").Output()
	if err != nil {
		t.Fatalf("building versitygw: %v %s", err, stderr(err))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{bin: strings.TrimSpace(string(out)), dir: t.TempDir(), addr: l.Addr().String()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{filepath.Join("data", bucket), "meta"} {
		if err := os.MkdirAll(filepath.Join(g.dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { g.stop(t) })
	g.start(t)
	return g
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

// start starts the server and returns when it answers. Its metadata is in files beside the objects, so that it needs no
// extended attributes.
func (g *gateway) start(t *testing.T) {
	t.Helper()
	g.cmd = exec.Command(g.bin, "--port", g.addr, "--access", access, "--secret", secret, "--quiet",
		"posix", "--sidecar", filepath.Join(g.dir, "meta"), filepath.Join(g.dir, "data"))
	g.cmd.Stdout, g.cmd.Stderr = &g.log, &g.log
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		resp, err := http.Get("http://" + g.addr + "/")
		if err == nil {
			_ = resp.Body.Close() // that there is an answer is enough
			return
		}
		if time.Now().After(deadline) {
			g.stop(t)
			t.Fatalf("versitygw does not answer: %v\n%s", err, g.log.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// stop kills the server, as a power loss would.
func (g *gateway) stop(t *testing.T) {
	t.Helper()
	if g.cmd == nil {
		return
	}
	if err := g.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = g.cmd.Wait() // it was killed
	g.cmd = nil
}

// store gives a store in a prefix of its own. The suffix is for servers that keep objects as files.
func (g *gateway) store(t *testing.T, prefix string, change func(*s3.Config)) *s3.Store {
	t.Helper()
	cfg := s3.Config{
		Endpoint: "http://" + g.addr, Region: "us-east-1", Bucket: bucket, Prefix: prefix, AccessKey: access, SecretKey: secret,
		PathStyle: true, SpoolDir: t.TempDir(), Suffix: ",",
	}
	if change != nil {
		change(&cfg)
	}
	s, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	g := newGateway(t)
	var n atomic.Int64
	blobtest.Run(t, func(t *testing.T) blob.Store { return g.store(t, fmt.Sprintf("run%d", n.Add(1)), nil) })
}

// TestGoneAndBack: what was put outlives the server, and a Put that began while it was away succeeds as it is back.
func TestGoneAndBack(t *testing.T) {
	g := newGateway(t)
	s := g.store(t, "", func(c *s3.Config) { c.Attempts = 40 })
	body := strings.Repeat("UNB+UNOC:3'", 300_000)
	if _, err := s.Put(t.Context(), "before", strings.NewReader(body), 1<<30); err != nil {
		t.Fatal(err)
	}
	g.stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	_, err := s.Put(ctx, "given-up", strings.NewReader(body), 1<<30)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Put while the server is away: %v", err)
	}
	if err := g.store(t, "", func(c *s3.Config) { c.Attempts = 2 }).Check(t.Context()); err == nil {
		t.Error("Check while the server is away finds nothing wrong")
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.Put(t.Context(), "during", strings.NewReader(body), 1<<30)
		done <- err
	}()
	g.start(t)
	if err := <-done; err != nil {
		t.Errorf("Put that began while the server was away: %v", err)
	}
	for _, key := range []string{"before", "during"} {
		r, err := s.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if cerr := r.Close(); err != nil || cerr != nil || string(got) != body {
			t.Errorf("%s: %d bytes, %v", key, len(got), errors.Join(err, cerr))
		}
	}
}

// TestWrongSecret: what the server refuses is told at once, and names the bucket.
func TestWrongSecret(t *testing.T) {
	g := newGateway(t)
	err := g.store(t, "", func(c *s3.Config) { c.SecretKey = "wrong" }).Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), bucket) {
		t.Errorf("Check with a wrong secret: %v", err)
	}
}
