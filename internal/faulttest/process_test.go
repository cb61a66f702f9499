//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A site is one gateway: the real program with its configuration and data.
type site struct {
	t      *testing.T
	ns     *namespace // nil where it needs none
	dir    string
	data   string
	config string
	url    string
	client *http.Client
	keys   map[string]string // by partner

	cmd  *exec.Cmd
	done chan struct{}
	err  error
	log  logFile
}

// newSite makes a site; settings are what its configuration has beside the data folder and the address.
func newSite(t *testing.T, ns *namespace, settings string) *site {
	t.Helper()
	s := &site{t: t, ns: ns, dir: t.TempDir(), keys: map[string]string{}}
	s.data, s.config = filepath.Join(s.dir, "data"), filepath.Join(s.dir, "config.yaml")
	must(t, os.Mkdir(s.data, 0o700))
	must(t, os.WriteFile(s.config, fmt.Appendf(nil, "data: %s\nhttps: {listen: \"127.0.0.1:0\", plain: true, drain_wait: 1ms, drain_max: 10s}\n%s\n", s.data, settings), 0o600))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = 4000, 4000
	s.client = &http.Client{Transport: transport, Timeout: time.Minute}
	t.Cleanup(transport.CloseIdleConnections)
	return s
}

// command runs the program to its end and gives what it writes.
func (s *site) command(args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program.path(s.t), append(args, "--config", s.config)...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environment(), s.dir, &out, &errs
	if err := s.ns.do(cmd.Run); err != nil {
		s.t.Fatalf("cargogate %s: %v\n%s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out.String()
}

// environment is ours without what would configure the program.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CARGOGATE_") })
}

// start runs the gateway, and returns when it is ready. It is ended with the test.
func (s *site) start(partners ...string) {
	s.t.Helper()
	path := program.path(s.t)
	s.cmd, s.done = exec.Command(path, "serve", "--config", s.config), make(chan struct{})
	s.cmd.Env, s.cmd.Dir, s.cmd.Stderr = environment(), s.dir, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd, done := s.cmd, s.done
	started := make(chan error)
	if s.ns != nil { // its thread lives as long as the test
		go func() { started <- s.ns.do(s.cmd.Start) }()
	} else {
		go func() {
			runtime.LockOSThread() // Pdeathsig comes with the end of the thread
			started <- cmd.Start()
			<-done
		}()
	}
	if err := <-started; err != nil {
		close(s.done)
		s.t.Fatal(err)
	}
	go func() { s.err = cmd.Wait(); close(done) }()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // where it has not ended
		<-done
		if s.t.Failed() || os.Getenv("CARGOGATE_FAULTTEST_LOG") != "" {
			s.t.Logf("the end of its log:\n%s", s.log.tail(40))
		}
	})
	wait(s.t, 30*time.Second, func(context.Context) error {
		select {
		case <-s.done:
			s.t.Fatalf("serve ended: %v\n%s", s.err, s.log.tail(40))
		default:
		}
		if addr := s.log.ready(); addr != "" {
			s.url = "http://" + addr
			return nil
		}
		return errNotYet
	})
	for _, p := range partners {
		s.command("partner", "add", p, "--name", "Line "+p, "--role", "carrier", "--unb", p)
		s.keys[p] = strings.TrimSpace(s.command("key", "add", p))
	}
	for p, key := range s.keys { // until the gateway knows them
		wait(s.t, 10*time.Second, func(context.Context) error {
			status, _, err := s.get(key, "/v1/messages")
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%w: %s has status %d", errNotYet, p, status)
			}
			return err
		})
	}
}

// crash kills the gateway. It can be started again.
func (s *site) crash() {
	s.t.Helper()
	must(s.t, s.cmd.Process.Kill())
	<-s.done
	s.log.forget()
}

// stop ends the gateway in order; that must go well.
func (s *site) stop() {
	s.t.Helper()
	must(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.t.Fatal("it does not end")
	}
	if s.err != nil {
		s.t.Errorf("serve ended with %v", s.err)
	}
}

// A logFile keeps what a program writes.
type logFile struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// forget leaves out what an earlier run wrote.
func (l *logFile) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// ready gives the address, once it is told.
func (l *logFile) ready() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.text.Bytes()) {
		var v struct{ Msg, Addr string }
		if json.Unmarshal(line, &v) == nil && v.Msg == "ready" {
			return v.Addr
		}
	}
	return ""
}

func (l *logFile) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(l.text.String()), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.Contains(s, `"level":"INFO"`) })
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
