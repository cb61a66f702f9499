//go:build linux

package crashtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"cargogate/internal/crashtest/powerfs"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
)

// partners of every site.
var partners = []string{"ALFA", "BRAVO", "CHARLIE", "DELTA"}

func folderOf(partner string) string { return strings.ToLower(partner) }

// A site is one gateway with its data, which outlives its processes.
type site struct {
	t       *testing.T
	rng     *rand.Rand
	kind    string // sqlite, postgres
	dir     string // of everything; with a disk where it is mounted
	etc     string // of the configuration
	config  string
	dsn     string // of PostgreSQL
	keys    map[string]string
	disk    *powerfs.Disk // nil is the machine's own
	mount   *powerfs.Mount
	power   sync.RWMutex // held for writing while the power is off
	patient bool         // leases and the leader of jobs run out by themselves

	addr atomic.Pointer[string]
	mu   sync.Mutex
	runs []*process // all that may still run
}

// newSite makes a site of a kind: "sqlite", "postgres" or "power".
func newSite(t *testing.T, kind string) *site {
	t.Helper()
	h := fnv.New64a()
	h.Write([]byte(t.Name()))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &site{t: t, rng: rand.New(rand.NewPCG(seed, h.Sum64())), kind: kind, dir: t.TempDir(), etc: t.TempDir(), keys: map[string]string{}}
	t.Cleanup(s.close)
	text := "data: " + s.dir + "/data\n"
	switch kind {
	case "power":
		s.kind, s.disk = "sqlite", powerfs.New()
		s.switchOn()
	case "postgres":
		s.dsn = pgtest.Shared(t).Database(t, "gateway", postgres.Migrate)
		text += fmt.Sprintf("store: {kind: postgres, dsn: \"%s\", connections: 6}\n", s.dsn)
		text += "blobs: {kind: s3, s3: {endpoint: \"" + objectStore(t) + "\", bucket: originals, access_key: a, secret_key: b, path_style: true}}\n"
	}
	text += `https: {listen: "127.0.0.1:0", plain: true, drain_wait: 0s}
limits: {disk_free: 10MiB}
work: {lease: 1s}
delivery: {first: 100ms, max: 1s}
`
	text += "folder: {root: " + s.drop() + ", poll: 50ms, settle: 50ms}\n"
	s.config = filepath.Join(s.etc, "cargogate.yaml")
	s.must(os.WriteFile(s.config, []byte(text), 0o600))
	for _, p := range partners {
		_, err := s.command("partner", "add", p, "--name", "Company "+p, "--role", "carrier", "--unb", p+"LINE")
		s.must(err)
		key, err := s.command("key", "add", p)
		s.must(err)
		s.keys[p] = strings.TrimSpace(key)
	}
	return s
}

// objectStore starts an S3 store in this process, which outlives the program that is killed.
func objectStore(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("originals"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	return server.URL
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) drop() string { return filepath.Join(s.dir, "drop") }

// address gives where the API is now, "" where it is not.
func (s *site) address() string {
	if a := s.addr.Load(); a != nil {
		return *a
	}
	return ""
}

// command runs the program to its end and gives what it wrote.
func (s *site) command(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(s.t), append(args, "-c", s.config)...)
	cmd.Env = environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("cargogate %s: %w\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String(), nil
}

// start starts the gateway with a failpoint and a sabotage, "" for none, and returns when it serves or was killed.
func (s *site) start(failpoint, sabotage string) (*process, error) {
	p, err := run(binary(s.t), []string{"CARGOGATE_FAILPOINT=" + failpoint, "CARGOGATE_SABOTAGE=" + sabotage}, "serve", "-c", s.config)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.runs = append(s.runs, p)
	s.mu.Unlock()
	addr, err := p.await()
	if err != nil {
		return nil, err
	}
	s.addr.Store(&addr)
	return p, nil
}

// forget is called when a process has ended.
func (s *site) forget(p *process) {
	none := ""
	s.addr.Store(&none)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, q := range s.runs {
		if p == q {
			s.runs = append(s.runs[:i], s.runs[i+1:]...)
			return
		}
	}
}

// kill ends a process at once.
func (s *site) kill(p *process) error {
	defer s.forget(p)
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// close ends all processes and the mount, whatever became of the test.
func (s *site) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.runs {
		if err := p.signal(syscall.SIGKILL); err != nil {
			s.t.Error(err)
			continue
		}
		<-p.done
	}
	s.runs = nil
	if s.mount != nil {
		if err := s.mount.Close(); err != nil {
			s.t.Error(err)
		}
		s.mount = nil
	}
}

func (s *site) switchOn() {
	m, err := s.disk.Mount(s.dir)
	s.must(err)
	s.mount = m
}

// cutPower takes away what was not forced to disk. No process may run.
func (s *site) cutPower() {
	s.power.Lock()
	defer s.power.Unlock()
	s.must(s.mount.Close())
	s.mount = nil
	s.disk.Cut()
	s.switchOn()
}

// dropJobs forgets what River holds, which need not survive: a node that comes back at once would else wait for the
// leadership of its dead self to run out, as no node does that was down for longer. No process may run.
func (s *site) dropJobs() error {
	if s.patient {
		return nil
	}
	if s.kind == "postgres" {
		return s.exec(`DO $$ BEGIN IF to_regclass('cargogate_jobs.river_leader') IS NOT NULL THEN
			TRUNCATE cargogate_jobs.river_leader, cargogate_jobs.river_job; END IF; END $$`)
	}
	s.power.RLock()
	defer s.power.RUnlock()
	for _, name := range []string{"jobs.db", "jobs.db-wal", "jobs.db-shm"} {
		if err := os.Remove(filepath.Join(s.dir, "data", name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// expireDeliveries lets the leases of deliveries run out, which last a minute. No process may run.
func (s *site) expireDeliveries() error {
	if s.patient {
		return nil
	}
	if s.kind == "postgres" {
		return s.exec("UPDATE deliveries SET lease_until = '-infinity', next_at = now() WHERE state = 'pending'")
	}
	return s.exec("UPDATE deliveries SET due_at = 1, next_at = 1 WHERE state = 'pending'")
}

// exec changes the database while nobody has it.
func (s *site) exec(query string) error {
	db, err := s.open(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	_, err = db.Exec(query)
	return errors.Join(err, db.Close())
}

// open opens the database; the files of SQLite are in a folder. On a mount of ours nothing may be mapped.
func (s *site) open(dir string) (*sql.DB, error) {
	if s.kind == "postgres" {
		return sql.Open("pgx", s.dsn)
	}
	mode := "&_pragma=busy_timeout(5000)"
	if s.disk != nil && strings.HasPrefix(dir, s.dir) {
		mode += "&_pragma=locking_mode(EXCLUSIVE)"
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "main.db")+"?mode=rw"+mode)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // ATTACH is a matter of one connection
	if _, err := db.Exec("ATTACH 'file:" + filepath.Join(dir, "accept.db") + "?mode=rw' AS a"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// view calls f with the database and the folder of the partners as they are now. On a disk of ours it is a copy.
func (s *site) view(f func(db *sql.DB, drop string) error) error {
	dir := s.dir
	if s.disk != nil {
		copied, err := os.MkdirTemp(s.etc, "copy-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(copied)
		dir = filepath.Join(copied, "disk")
		if err := s.disk.Dump(dir, "originals", "jobs.db", "jobs.db-wal", "jobs.db-shm"); err != nil {
			return err
		}
	}
	db, err := s.open(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	return errors.Join(f(db, filepath.Join(dir, "drop")), db.Close())
}
