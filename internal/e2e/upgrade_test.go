package e2e_test

import (
	"archive/tar"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "cargogate/internal/store/postgres" // the driver "pgx"
	_ "cargogate/internal/store/sqlite"   // the driver "sqlite"
)

// recordSchema has TestUpgrade write down a database of this release's schema, for later releases to be upgraded from. It
// is done once for each schema that is released, and what is there stays for ever.
var recordSchema = flag.Bool("record-schema", false, "write testdata/schema/N for the schema of this release")

// local is one node with its originals in a folder, which a recorded database is kept with.
var local = []deployment{single, {name: "postgres", postgres: true, folder: true, roles: [][]string{nil}}}

// A recorded database, beside its files: who may ask, what was asked and answered, and what was acknowledged and not yet
// read when it was written down.
type recorded struct {
	Schema  int64             `json:"schema"`
	Keys    map[string]string `json:"keys"` // by name
	Asked   []asked           `json:"asked"`
	Events  []json.RawMessage `json:"events"`
	Pending []string          `json:"pending"` // messages
	Resend  string            `json:"resend"`  // the body of one that was accepted
}

// asked is a question and its answer.
type asked struct {
	Key, Path, Body string
}

// TestUpgrade brings databases that earlier releases wrote, with all that may be in them, to the schema of this one: what
// they answered they answer still, what was acknowledged and not read is read, and what is filed on top finds what it acts
// on. Before the upgrade, and on a schema newer than its own, the program says what to do and touches nothing.
func TestUpgrade(t *testing.T) {
	if *recordSchema {
		for _, dep := range local {
			record(t, dep)
		}
	}
	found, err := filepath.Glob(filepath.Join("testdata", "schema", "*", "*.tar.gz"))
	if err != nil || len(found) < 2 {
		t.Fatalf("recorded databases: %q, %v", found, err)
	}
	for _, file := range found {
		schema, store := filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".tar.gz")
		i := slices.IndexFunc(local, func(d deployment) bool { return d.name == store })
		if i < 0 {
			t.Fatalf("%s is of no store", file)
		}
		t.Run(store+" from "+schema, func(t *testing.T) {
			t.Parallel()
			upgrade(t, local[i], file)
		})
	}
}

func upgrade(t *testing.T, dep deployment, file string) {
	s := newSite(t, dep)
	s.configure("retention: {default: 0s, test: 0s}\n")
	unpack(t, file, s.dir)
	var was recorded
	s.load(&was)
	if plan := s.run("migrate", "plan"); plan == "" != (was.Schema == schemaOf(t, dep)) {
		t.Fatalf("planned for a database of schema %d: %q", was.Schema, plan)
	} else if plan != "" {
		for _, args := range [][]string{{"serve"}, {"partner", "list"}, {"backup", "--out", filepath.Join(s.dir, "none")}} {
			if r := s.try(args...); r.status == 0 || !strings.Contains(r.stderr, "cargogate migrate up") {
				t.Errorf("%s on an older schema: %d %s", args, r.status, r.stderr)
			}
		}
		if again := s.run("migrate", "plan"); again != plan {
			t.Errorf("after what was refused %q is planned, before it was %q", again, plan)
		}
	}
	s.run("migrate", "up")
	if left := s.run("migrate", "plan"); left != "" {
		t.Errorf("planned after migrate up: %s", left)
	}
	s.run("migrate", "up")
	s.serve()
	for _, q := range was.Asked {
		r := s.client.as(was.Keys[q.Key]).call(http.MethodGet, q.Path, nil)
		if r.status != http.StatusOK {
			t.Errorf("GET %s as %s: status %d %s", q.Path, q.Key, r.status, r.body)
		} else if fault := within([]byte(q.Body), r.body); fault != "" {
			t.Errorf("GET %s as %s: %s\nwas %s\nis  %s", q.Path, q.Key, fault, q.Body, r.body)
		}
	}
	live := s.client.as(was.Keys["live"])
	until(t, "what was not read is accepted", func() bool {
		return !slices.ContainsFunc(was.Pending, func(id string) bool { return live.message(id).State != "accepted" })
	})
	now := all[json.RawMessage](live, "/v1/events?limit=500")
	for i, e := range was.Events {
		if i >= len(now) {
			t.Fatalf("%d events are left of %d", len(now), len(was.Events))
		}
		if fault := within(e, now[i]); fault != "" {
			t.Errorf("event %d: %s\nwas %s\nis  %s", i, fault, e, now[i])
		}
	}
	// What is filed now finds what was on file.
	if m := live.post(was.Resend); m.DuplicateOf == "" {
		t.Errorf("a resend is taken as new: %+v", m)
	}
	next := live.post(furnished("UP0090", "5", "NRDKUPG9").String())
	if next.State != "accepted" {
		t.Errorf("a replacement of what was on file: %+v", next)
	}
	for _, c := range all[consignment](live, "/v1/consignments?document=NRDKUPG2") {
		if c.State != "superseded" {
			t.Errorf("what is replaced: %+v", c)
		}
	}
	s.run("partner", "update", "BALTFWD", "--name", "Baltic Forwarding and Sons")
	s.stop()
	s.run("audit", "verify")
	s.run("restore", "--verify")

	// A release to come was here.
	for _, set := range s.databases() {
		db, err := sql.Open(set[0], set[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"serve"}, {"migrate", "plan"}, {"migrate", "up"}, {"partner", "list"}} {
		if r := s.try(args...); r.status == 0 || !strings.Contains(r.stderr, "newer release") {
			t.Errorf("%s on a newer schema: %d %s", args, r.status, r.stderr)
		}
	}
}

// databases gives drivers and names of what has a schema.
func (s *site) databases() [][2]string {
	if s.dep.postgres {
		return [][2]string{{"pgx", s.dsn}}
	}
	return [][2]string{{"sqlite", filepath.Join(s.dir, "node1", "accept.db")}, {"sqlite", filepath.Join(s.dir, "node1", "main.db")}}
}

// schemaOf gives the schema of this release: the highest number among its migrations.
func schemaOf(t *testing.T, dep deployment) (last int64) {
	t.Helper()
	for _, name := range strings.Fields(newSite(t, dep).run("migrate", "plan")) {
		digits, _, _ := strings.Cut(filepath.Base(name), "_")
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			last = max(last, n)
		}
	}
	if last == 0 {
		t.Fatal("this release has no migrations")
	}
	return last
}

// within says where got lacks something of want, "" where it does not. Fields may have been added.
func within(want, got []byte) string {
	var w, g any
	if json.Unmarshal(want, &w) != nil || json.Unmarshal(got, &g) != nil {
		if string(want) != string(got) {
			return "the bytes are others"
		}
		return ""
	}
	return lacks("", w, g)
}

func lacks(at string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for name, v := range w {
			if fault := lacks(at+"/"+name, v, g[name]); fault != "" {
				return fault
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s has not %d items", at, len(w))
		}
		for i, v := range w {
			if fault := lacks(fmt.Sprintf("%s/%d", at, i), v, g[i]); fault != "" {
				return fault
			}
		}
	default:
		if want != got {
			return fmt.Sprintf("%s is %v, was %v", at, got, want)
		}
	}
	return ""
}

// furnished is a version of one document.
func furnished(control, function string, bills ...string) manifest {
	m := manifest{sender: "NORDKAI", control: control, reference: "UPGRADED", function: function}
	for _, b := range bills {
		m.bills = append(m.bills, bill{number: b, container: "HLXU8204173"})
	}
	return m
}

// record writes a database down that has a bit of everything.
func record(t *testing.T, dep deployment) {
	s := newSite(t, dep)
	s.configure("retention: {default: 0s, test: 0s}\n")
	s.run("migrate", "up")
	s.serve()
	s.trade()
	s.run("user", "add", "otto", "--name", "Otto Example", "--role", "operator,auditor,officer")
	was := recorded{Schema: schemaOf(t, dep), Keys: map[string]string{"live": s.keyOf("NORDKAI"), "test": s.keyOf("NORDKAI", "--test"),
		"forwarder": s.keyOf("BALTFWD"), "staff": s.keyOf("user:otto")}}
	live, trial, forwarder := s.client.as(was.Keys["live"]), s.client.as(was.Keys["test"]), s.client.as(was.Keys["forwarder"])
	was.Resend = furnished("UP0002", "5", "NRDKUPG2").String()
	ask := func(key, path string) {
		c := s.client.as(was.Keys[key])
		r := c.call(http.MethodGet, path, nil)
		if r.status != http.StatusOK {
			t.Fatalf("GET %s: status %d %s", path, r.status, r.body)
		}
		was.Asked = append(was.Asked, asked{key, path, string(r.body)})
	}
	large := manifest{sender: "NORDKAI", control: "UP0003", reference: "LARGE"}
	for i := range 60 {
		large.bills = append(large.bills, bill{number: fmt.Sprintf("NRDKUPL%02d", i)})
	}
	came := map[string][]message{
		"live": {live.post(furnished("UP0001", "9", "NRDKUPG0", "NRDKUPG1").String()), live.post(was.Resend), live.post(was.Resend), live.post(large.String()),
			live.post(manifest{sender: "NORDKAI", control: "UP0004", reference: "MASTERS",
				bills: []bill{{kind: "MB", number: "NRDKUPM1"}, {kind: "BH", number: "NRDKUPH1", parent: "NRDKUPM1"}}}.String())},
		"forwarder": {forwarder.post(manifest{sender: "BALTFWD", control: "UP0005", reference: "HOUSES",
			bills: []bill{{kind: "BH", number: "BALTUPH1", parent: "NRDKUPM1"}}}.String())},
		"test": {trial.post(furnished("UP0006", "9", "NRDKUPG0").String())},
	}
	torn := furnished("UP0007", "9", "NRDKUPG7").String()
	came["live"] = append(came["live"], live.post(torn[:len(torn)-12]))
	s.put("nordkai", "upgrade.edi", manifest{sender: "NORDKAI", control: "UP0008", reference: "FOLDER", bills: []bill{{number: "NRDKUPG8"}}}.String())
	s.read("nordkai/acks/upgrade.edi.contrl.*.edi")
	list := all[message](live, "/v1/messages")
	i := slices.IndexFunc(list, func(m message) bool { return m.Name == "upgrade.edi" })
	if i < 0 {
		t.Fatal("nothing came by folder")
	}
	came["live"] = append(came["live"], list[i])
	var kept []sent
	for _, l := range came {
		for _, m := range l {
			kept = append(kept, sent{id: m.ID})
		}
	}
	s.archived(kept)
	until(t, "links", func() bool {
		return slices.ContainsFunc(all[consignment](live, "/v1/consignments?document=NRDKUPH1"), func(c consignment) bool { return c.Status == "matched" })
	})
	if r := s.client.as(was.Keys["staff"]).call(http.MethodPost, "/v1/messages/"+came["live"][0].ID+":hold", []byte(`{"name":"case-1"}`), "Content-Type", "application/json"); r.status/100 != 2 {
		t.Fatalf("hold: %d %s", r.status, r.body)
	}
	for key, l := range came {
		for _, m := range l {
			ask(key, "/v1/messages/"+m.ID)
			ask(key, "/v1/messages/"+m.ID+"/original")
			ask(key, "/v1/messages/"+m.ID+"/consignments")
			ask(key, "/v1/messages/"+m.ID+"/findings")
			ask(key, "/v1/messages/"+m.ID+"/acknowledgements")
			for _, a := range all[answered](s.client.as(was.Keys[key]), "/v1/messages/"+m.ID+"/acknowledgements") {
				ask(key, "/v1/messages/"+m.ID+"/acknowledgements/"+a.ID)
			}
		}
	}
	for _, number := range []string{"NRDKUPG0", "NRDKUPM1", "NRDKUPH1", "BALTUPH1", "NRDKUPL59"} {
		for key := range came {
			ask(key, "/v1/consignments?document="+number)
		}
		ask("staff", "/v1/consignments?document="+number)
	}
	was.Events = all[json.RawMessage](live, "/v1/events?limit=500")
	s.stop()
	// What is acknowledged as the machine dies: a large one, which takes a moment to read, and what queues behind it.
	p := s.spawn(s.configs[0])
	c := s.pki.client(p.addr).as(was.Keys["live"])
	for i := range 3 {
		m := manifest{sender: "NORDKAI", control: fmt.Sprintf("UP002%d", i), reference: fmt.Sprintf("PENDING%d", i)}
		for j := range []int{400, 1, 1}[i] {
			m.bills = append(m.bills, bill{number: fmt.Sprintf("NRDKUPP%d-%d", i, j)})
		}
		r := c.call(http.MethodPost, "/v1/messages", []byte(m.String()))
		var got message
		c.decode(r.body, &got)
		if r.status != http.StatusAccepted || got.ID == "" {
			t.Fatalf("status %d %s", r.status, r.body)
		}
		was.Pending = append(was.Pending, got.ID)
	}
	p.signal(syscall.SIGKILL)
	_ = p.wait(c.http.Timeout) // killed is what it was
	for _, name := range []string{"jobs.db", "jobs.db-wal", "jobs.db-shm"} {
		if err := os.Remove(filepath.Join(s.dir, "node1", name)); err != nil && dep.name == "sqlite" && name == "jobs.db" {
			t.Fatal(err)
		}
	}
	text, err := json.MarshalIndent(was, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	s.write("recorded.json", text)
	if dep.postgres {
		tools, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		if err != nil || len(tools) == 0 {
			t.Fatalf("pg_dump: %v", err)
		}
		r := execute(t, exec.Command(tools[len(tools)-1], "--schema=public", "--inserts", "--no-owner", "--no-privileges", "--dbname", s.dsn))
		if r.status != 0 {
			t.Fatal(r.stderr)
		}
		s.write("dump.sql", []byte(r.stdout))
	}
	pack(t, s.dir, filepath.Join("testdata", "schema", strconv.FormatInt(was.Schema, 10), dep.name+".tar.gz"), "recorded.json", "dump.sql", "audit-key.pem", "node1")
}

// load reads what was recorded, and fills the database of PostgreSQL.
func (s *site) load(was *recorded) {
	t := s.t
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, was); err != nil {
		t.Fatal(err)
	}
	if !s.dep.postgres {
		return
	}
	dump, err := os.ReadFile(filepath.Join(s.dir, "dump.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(dump)) {
		switch {
		case strings.HasPrefix(line, `\`): // for psql alone
		case strings.HasPrefix(line, "CREATE SCHEMA public"): // is there
		default:
			b.WriteString(line)
		}
	}
	db, err := sql.Open("pgx", s.dsn+" default_query_exec_mode=simple_protocol")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), b.String()); err != nil {
		t.Fatalf("dump: %v", err)
	}
}

// pack writes files and folders of a folder into an archive; those that are not there are left out.
func pack(t *testing.T, dir, to string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(dir, name), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(rel), Mode: 0o600, Size: int64(len(text)), Format: tar.FormatPAX}); err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	for _, c := range []io.Closer{w, z, f} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
