// Package pgtest gives tests a PostgreSQL server of their own: a cluster in a temporary folder, started once for a test
// process and ended with it, and in it a database for each test.
//
// It needs the server's programs (Debian's postgresql package, or on PATH). Without them a test is skipped, loudly; with
// CI=true in the environment it fails, so that nothing is left out unnoticed.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options are for a new cluster.
type Options struct {
	NoFsync  bool              // nothing is forced to disk: quicker, and wrong for tests of crashes and of speed
	Dir      string            // folder for its data; the system's for temporary files
	Settings map[string]string // more settings of the server, by name
}

// A Cluster is a PostgreSQL server with a data folder of its own. Its methods may not be called by two goroutines at once.
type Cluster struct {
	bin     string
	root    string // of everything that is removed in the end
	dir     string // data folder
	port    int
	settled bool // the port was taken once, and stays: it is part of what DSN gave
	options Options
	cred    *syscall.Credential // nil where this process is not root

	mu     sync.Mutex
	server *server
	admin  *pgx.Conn           // makes and drops databases, one at a time
	made   map[string]string   // templates by name
	free   map[string][]string // recycled databases by name
	serial int
}

// A server is one run of the postgres program.
type server struct {
	process *os.Process
	done    chan struct{} // closed when it has ended
	state   *os.ProcessState
}

// ErrNoPostgres says that the server's programs were not found.
var ErrNoPostgres = errors.New("pgtest: no PostgreSQL server programs (initdb, postgres) in /usr/lib/postgresql/*/bin or on PATH")

// New makes a cluster and starts it. Close ends it and removes it.
func New(ctx context.Context, o Options) (*Cluster, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp(o.Dir, "pgtest-")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	c := &Cluster{bin: bin, root: root, dir: filepath.Join(root, "data"), options: o, made: map[string]string{}, free: map[string][]string{}}
	if err := c.create(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	if err := c.Start(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// findBin gives the folder of the server's programs, those of the newest version that Debian has installed.
func findBin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, version := "", -1.0
	for _, f := range found {
		dir := filepath.Dir(f)
		v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		if err == nil && v > version {
			best, version = dir, v
		}
	}
	if best != "" {
		return best, nil
	}
	f, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrNoPostgres
	}
	if f, err = filepath.EvalSymlinks(f); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoPostgres, err)
	}
	return filepath.Dir(f), nil
}

// create runs initdb, as the user postgres where this process is root: the server refuses to run as root.
func (c *Cluster) create(ctx context.Context) error {
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("pgtest: the server does not run as root, and there is no other user for it: %w", err)
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("pgtest: user postgres: %w", err)
		}
		c.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(c.root, int(uid), int(gid)); err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), "-D", c.dir, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync", "--no-instructions")
	cmd.Dir, cmd.Env = c.root, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w\n%s", err, out)
	}
	return nil
}

// environment is ours without what would lead the server's programs elsewhere.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "PG") && !strings.HasPrefix(e, "LC_") && !strings.HasPrefix(e, "LANG") {
			env = append(env, e)
		}
	}
	return append(env, "LC_ALL=C")
}

// Start starts the server and returns when it takes connections. It does nothing where it runs.
func (c *Cluster) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running() {
		return nil
	}
	var err error
	// A server that was killed leaves processes that end soon, and memory that a new one waits for; and another process
	// may take a port between our finding it free and the server's taking it.
	for range 50 {
		if err = c.start(ctx); err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

func (c *Cluster) running() bool {
	if c.server == nil {
		return false
	}
	select {
	case <-c.server.done:
		return false
	default:
		return true
	}
}

func (c *Cluster) start(ctx context.Context) error {
	if c.port == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		c.port = port
	}
	args := []string{"-D", c.dir, "-k", c.root, "-h", "127.0.0.1", "-p", strconv.Itoa(c.port)}
	settings := map[string]string{
		"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB", "log_min_messages": "warning",
		"deadlock_timeout": "200ms", "unix_socket_permissions": "0700",
	}
	if c.options.NoFsync {
		settings["fsync"], settings["full_page_writes"], settings["synchronous_commit"] = "off", "off", "off"
	}
	for k, v := range c.options.Settings {
		settings[k] = v
	}
	for k, v := range settings {
		args = append(args, "-c", k+"="+v)
	}
	logs, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer logs.Close()
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.root, environment(), logs, logs
	// Should this process be killed, the kernel ends the server too. The signal comes with the end of the thread that
	// started it, so that thread stays with the goroutine that waits.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Pdeathsig: syscall.SIGQUIT}
	s := &server{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			s.process = cmd.Process
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // the state tells
			s.state = cmd.ProcessState
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("pgtest: postgres: %w", err)
	}
	c.server = s
	if err := c.await(ctx); err != nil {
		stopErr := c.end(syscall.SIGQUIT)
		if !c.settled {
			c.port = 0
		}
		return errors.Join(err, stopErr)
	}
	c.settled = true
	return nil
}

// await returns when the server takes connections.
func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.DSN("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.server.done:
			return fmt.Errorf("pgtest: postgres ended (%s):\n%s", c.server.state, c.lastLog())
		case <-ctx.Done():
			return fmt.Errorf("pgtest: postgres does not take connections: %w\n%s", err, c.lastLog())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *Cluster) logFile() string { return filepath.Join(c.root, "log") }

func (c *Cluster) lastLog() []byte {
	b, err := os.ReadFile(c.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	lines := bytes.SplitAfter(b, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-20):], nil)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("pgtest: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// DSN tells how to reach a database of the cluster, by its unix socket.
func (c *Cluster) DSN(database string) string {
	return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s sslmode=disable", c.root, c.port, database)
}

// URL tells how to reach a database of the cluster by TCP on the loopback address.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// Stop ends the server in good order: connections are ended, what is in memory is written.
func (c *Cluster) Stop() error { return c.stop(syscall.SIGINT) }

// StopImmediate ends the server at once, as a loss of power would end it but for what the disk had not yet taken: the
// next start recovers from the log.
func (c *Cluster) StopImmediate() error { return c.stop(syscall.SIGQUIT) }

// Kill ends the server's first process with SIGKILL, and returns when the others have noticed and ended: until then they
// go on serving those who are connected.
func (c *Cluster) Kill() error {
	var others []int
	if c.server != nil {
		others = children(c.server.process.Pid)
	}
	if err := c.stop(syscall.SIGKILL); err != nil {
		return err
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		others = slices.DeleteFunc(others, func(pid int) bool { return commandOf(pid) != "postgres" })
		if len(others) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("pgtest: processes %v of a killed server do not end", others)
		}
	}
}

// children gives the processes that one has started.
func children(parent int) []int {
	var pids []int
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "pid (command) state parent …", where the command may hold anything
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// commandOf gives the name of a process, "" where it has ended.
func commandOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if err != nil || open < 0 || end < open || bytes.HasPrefix(b[end+1:], []byte(" Z")) {
		return ""
	}
	return string(b[open+1 : end])
}

func (c *Cluster) stop(sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeAdmin()
	return c.end(sig)
}

// end signals the server, by its id, and waits for its end; harder where that does not help.
func (c *Cluster) end(sig syscall.Signal) error {
	if !c.running() {
		return nil
	}
	for _, s := range []syscall.Signal{sig, syscall.SIGQUIT, syscall.SIGKILL} {
		if err := c.server.process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("pgtest: ending postgres: %w", err)
		}
		select {
		case <-c.server.done:
			return nil
		case <-time.After(20 * time.Second):
		}
	}
	return errors.New("pgtest: postgres does not end")
}

// Close ends the server and removes all that it had.
func (c *Cluster) Close() error {
	return errors.Join(c.stop(syscall.SIGQUIT), os.RemoveAll(c.root))
}
