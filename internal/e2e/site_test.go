package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"cargogate/internal/store/pgtest"
)

// A deployment is one way to run the program.
type deployment struct {
	name     string
	postgres bool       // PostgreSQL and S3; else SQLite and a folder
	folder   bool       // PostgreSQL, and a folder all the same
	roles    [][]string // --role of each process; nil is all
}

var (
	single = deployment{name: "sqlite", roles: [][]string{nil}}
	twins  = deployment{name: "postgres-twins", postgres: true, roles: [][]string{nil, nil}}
	split  = deployment{name: "postgres-split", postgres: true, roles: [][]string{{"receive"}, {"process", "deliver"}}}
)

// A site is one gateway with its data: certificates, databases, folders, configuration files, and the processes that
// run on them. It goes with its test.
type site struct {
	t    *testing.T
	dep  deployment
	dir  string
	drop string // root of the partners' folders

	dsn, s3 string   // postgres only
	configs []string // of each process
	procs   []*process

	pki    *pki
	client *client // of the first process
}

const bucket = "originals"

// newSite makes the data of a site and migrates its database; nothing runs yet.
func newSite(t *testing.T, dep deployment) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, dep: dep, dir: dir, drop: filepath.Join(dir, "drop"), pki: newPKI(t, filepath.Join(dir, "pki"))}
	s.mkdir(s.drop)
	if dep.postgres {
		s.dsn = pgtest.Shared(t).Database(t, "", nil)
		s.s3 = fakeS3(t)
	}
	for i := range dep.roles {
		s.configs = append(s.configs, s.writeConfig(fmt.Sprintf("node%d", i+1)))
	}
	return s
}

// writeConfig writes a configuration; name is that of the node, and of its own data.
func (s *site) writeConfig(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "node: %s\nnodes: %d\ndata: %s\n", name, len(s.dep.roles), filepath.Join(s.dir, name))
	if s.dep.postgres {
		fmt.Fprintf(&b, "store: {kind: postgres, dsn: %q}\n", s.dsn)
	}
	if s.dep.postgres && !s.dep.folder {
		fmt.Fprintf(&b, "blobs: {kind: s3, s3: {endpoint: %q, bucket: %s, access_key: AKIDEXAMPLE, secret_key: \"file:%s\", path_style: true}}\n",
			s.s3, bucket, s.write("s3-secret", []byte("example-secret\n")))
	}
	fmt.Fprintf(&b, "https: {listen: \"127.0.0.1:0\", admin: \"127.0.0.1:0\", cert: %s, key: %s, drain_wait: 1500ms, drain_max: 20s}\n", s.pki.cert, s.pki.key)
	fmt.Fprintf(&b, "folder: {root: %s, poll: 100ms, settle: 200ms}\n", s.drop)
	fmt.Fprintf(&b, "limits: {disk_free: 10MiB}\naudit: {key: %s}\ndelivery: {first: 200ms}\nwork: {lease: 5s}\n", filepath.Join(s.dir, "audit-key.pem"))
	return s.write(name+".yaml", []byte(b.String()))
}

// start makes a site and runs its processes; the database is migrated by command, where the program does not do it.
func start(t *testing.T, dep deployment) *site {
	t.Helper()
	s := newSite(t, dep)
	if dep.postgres {
		s.run("migrate", "up")
	}
	s.serve()
	return s
}

// serve runs all processes, one after the other: the first makes the key of the audit log.
func (s *site) serve() {
	s.t.Helper()
	s.procs = nil
	for i, roles := range s.dep.roles {
		s.procs = append(s.procs, s.spawn(s.configs[i], roles...))
	}
	s.client = s.pki.client(s.procs[0].addr)
}

// stop ends all processes in order; they must end well.
func (s *site) stop() {
	s.t.Helper()
	for _, p := range s.procs {
		p.signal(syscall.SIGTERM)
	}
	for _, p := range s.procs {
		if err := p.wait(30 * time.Second); err != nil {
			s.t.Errorf("serve ended with %v\n%s", err, p.tail())
		}
	}
	s.procs = nil
}

// kill ends all processes at once, as a loss of the machine would.
func (s *site) kill() {
	for _, p := range s.procs {
		p.signal(syscall.SIGKILL)
		_ = p.wait(10 * time.Second) // killed is what it was
	}
	s.procs = nil
}

func (s *site) mkdir(dir string) {
	s.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// write writes a file of the site and gives its path.
func (s *site) write(name string, body []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// environment is ours without what would configure the program.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CARGOGATE_") })
}

// A ran is what a command came to.
type ran struct {
	status         int
	stdout, stderr string
}

// try runs the program with the first configuration.
func (s *site) try(args ...string) ran {
	s.t.Helper()
	return s.tryWith(s.configs[0], args...)
}

func (s *site) tryWith(config string, args ...string) ran {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "--config", config)...)
	cmd.Env, cmd.Dir = environment(), s.dir
	return execute(s.t, cmd)
}

// run is try for what must be well.
func (s *site) run(args ...string) string {
	s.t.Helper()
	r := s.try(args...)
	if r.status != 0 {
		s.t.Fatalf("cargogate %s: exit status %d\n%s%s", strings.Join(args, " "), r.status, r.stdout, r.stderr)
	}
	return r.stdout
}

func execute(t *testing.T, cmd *exec.Cmd) ran {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", cmd, err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// fakeS3 serves an object store with one bucket.
func fakeS3(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that killed processes leave
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// A process is one `cargogate serve`.
type process struct {
	t           *testing.T
	cmd         *exec.Cmd
	addr, admin string // host:port; "" where it does not listen

	done chan struct{}
	err  error

	mu   sync.Mutex
	logs []string
}

// spawn runs a process and returns when it is ready. It ends with the test at the latest.
func (s *site) spawn(config string, roles ...string) *process {
	s.t.Helper()
	args := []string{"serve", "--config", config}
	if len(roles) > 0 {
		args = append(args, "--role", strings.Join(roles, ","))
	}
	p := &process{t: s.t, cmd: exec.Command(program, args...), done: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir = environment(), s.dir
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		p.signal(syscall.SIGKILL) // where it has not ended
		<-p.done
		if s.t.Failed() {
			s.t.Logf("log of %s:\n%s", config, p.tail())
		}
	})
	ready := make(chan struct{})
	go func() {
		var once sync.Once
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if p.read(lines.Text()) {
				once.Do(func() { close(ready) })
			}
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	select {
	case <-ready:
	case <-p.done:
		s.t.Fatalf("serve ended before it was ready: %v\n%s", p.err, p.tail())
	case <-time.After(time.Minute):
		s.t.Fatalf("serve was not ready in time\n%s", p.tail())
	}
	return p
}

// read takes a line of the log, and reports whether it is the one that says ready.
func (p *process) read(line string) bool {
	var said struct{ Msg, Addr, Admin string }
	err := json.Unmarshal([]byte(line), &said)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logs = append(p.logs, line)
	if err != nil || said.Msg != "ready" {
		return false
	}
	p.addr, p.admin = said.Addr, said.Admin
	return true
}

// tail gives the end of the log.
func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.logs[max(0, len(p.logs)-60):], "\n")
}

func (p *process) signal(sig syscall.Signal) {
	select {
	case <-p.done: // its id may be another's by now
	default:
		_ = p.cmd.Process.Signal(sig)
	}
}

// wait waits for the end of the process.
func (p *process) wait(most time.Duration) error {
	select {
	case <-p.done:
		return p.err
	case <-time.After(most):
		return fmt.Errorf("it has not ended in %s", most)
	}
}

// ready asks /readyz, and gives what is not well by name.
func (p *process) ready() (ok bool, faults map[string]string, err error) {
	r, err := http.Get("http://" + p.admin + "/readyz")
	if err != nil {
		return false, nil, err
	}
	defer r.Body.Close()
	var h struct {
		OK     bool
		Checks []struct {
			Name, Error string
			OK          bool
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil {
		return false, nil, err
	}
	if h.OK != (r.StatusCode == http.StatusOK) {
		return false, nil, fmt.Errorf("/readyz says %v with status %d", h.OK, r.StatusCode)
	}
	faults = map[string]string{}
	for _, c := range h.Checks {
		if !c.OK {
			faults[c.Name] = c.Error
		}
	}
	return h.OK, faults, nil
}

// until waits for what comes in its own time.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	most := 40 * time.Second
	if long {
		most = 5 * time.Minute
	}
	for end := time.Now().Add(most); ; time.Sleep(30 * time.Millisecond) {
		if f() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}
