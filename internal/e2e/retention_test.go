package e2e_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/blob"
	"cargogate/internal/gateway"
)

// configure appends settings to the configuration of every process.
func (s *site) configure(text string) {
	s.t.Helper()
	for _, name := range s.configs {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			s.t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// forgetJobs takes away what River holds while nothing runs, so that periodic work begins with the next start and not
// with its next period. Nothing but time is lost by it.
func (s *site) forgetJobs() {
	s.t.Helper()
	if !s.dep.postgres {
		for _, name := range []string{"jobs.db", "jobs.db-wal", "jobs.db-shm"} {
			if err := os.Remove(filepath.Join(s.dir, "node1", name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				s.t.Fatal(err)
			}
		}
		return
	}
	db, err := sql.Open("pgx", s.dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(s.t.Context(), "TRUNCATE cargogate_jobs.river_leader, cargogate_jobs.river_job"); err != nil {
		s.t.Fatal(err)
	}
}

// A purge is a line of the purge report.
type purge struct {
	MessageID string `json:"message_id"`
	SHA256    string `json:"sha256"`
	Size      int64
	Why, Who  string
	At        time.Time
	Derived   int64
}

// TestRetention keeps some files for some seconds. When their time is over the program removes them by itself: the
// original and what was made of it are gone, what says so stays, and what is under a hold or kept for longer is as it was.
func TestRetention(t *testing.T) {
	for _, dep := range []deployment{single, twins} {
		t.Run(dep.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, dep)
			s.configure("retention: {classes: {brief: 2s}}\n")
			if dep.postgres {
				s.run("migrate", "up")
			}
			s.serve()
			s.trade()
			s.run("partner", "add", "KURZFRACHT", "--name", "Kurzfracht Line", "--role", "carrier", "--unb", "KURZFRACHT", "--retention", "brief")
			s.run("user", "add", "otto", "--name", "Otto Example", "--role", "operator,auditor")
			s.run("user", "add", "olga", "--name", "Olga Example", "--role", "officer")
			r := &retention{site: s, brief: s.client.as(s.keyOf("KURZFRACHT")), long: s.client.as(s.keyOf("NORDKAI")),
				operator: s.client.as(s.keyOf("user:otto")), officer: s.client.as(s.keyOf("user:olga"))}
			r.file()
			if got := r.purges(); len(got) != 0 {
				t.Errorf("purged before anything was old: %+v", got)
			}
			s.stop()
			time.Sleep(2 * time.Second) // the time of the class
			r.again()
			until(t, "the three that are old are purged", func() bool { return len(r.purges()) >= 3 })
			until(t, "their receipts say so", func() bool {
				return !slices.ContainsFunc([]message{r.small, r.large, r.byFolder}, func(m message) bool {
					return r.brief.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil).status != http.StatusNotFound
				})
			})
			r.gone()
			r.kept()
			r.audited()

			// A hold that ends lets go what is past its time.
			if a := r.operator.call(http.MethodPost, "/v1/messages/"+r.held.ID+":unhold", []byte(`{"name":"case-2026-117"}`), "Content-Type", "application/json"); a.status/100 != 2 {
				t.Fatalf("unhold: status %d %s", a.status, a.body)
			}
			s.stop()
			r.again()
			until(t, "what was held is purged", func() bool { return len(r.purges()) >= 4 })
			// The report has it from the moment of the tombstone; the receipt says so a moment later.
			until(t, "the original that was held is gone", func() bool {
				return r.brief.call(http.MethodGet, "/v1/messages/"+r.held.ID+"/original", nil).status == http.StatusNotFound
			})
			s.stop()
			if out := s.try("restore", "--verify"); out.status != 0 {
				t.Errorf("restore --verify after purges: %d %s%s", out.status, out.stdout, out.stderr)
			}
			if out := s.try("audit", "verify"); out.status != 0 {
				t.Errorf("audit verify: %d %s%s", out.status, out.stdout, out.stderr)
			}
		})
	}
}

// A retention is what the steps of the test share.
type retention struct {
	*site
	brief, long, operator, officer *client
	small, large, byFolder         message // to be purged
	held, other                    message // to be kept
	heldBody, otherBody            string
}

// file sends what is to be purged and what is to stay, and waits until bodies lie in the store of originals.
func (r *retention) file() {
	t := r.t
	post := func(c *client, from, control string, bills int) (message, string) {
		m := manifest{sender: from, control: control, reference: "R" + control}
		for i := range bills {
			m.bills = append(m.bills, bill{number: fmt.Sprintf("%sB%03d", control, i), consignee: "WISSENDAL ERBEN"})
		}
		got := c.post(m.String())
		if got.State != "accepted" {
			t.Fatalf("%s is %s", control, got.State)
		}
		return got, m.String()
	}
	r.small, _ = post(r.brief, "KURZFRACHT", "KF0001", 2)
	r.large, _ = post(r.brief, "KURZFRACHT", "KF0002", 900)
	r.held, r.heldBody = post(r.brief, "KURZFRACHT", "KF0003", 1)
	r.other, r.otherBody = post(r.long, "NORDKAI", "NK0001", 1)
	if a := r.operator.call(http.MethodPost, "/v1/messages/"+r.held.ID+":hold", []byte(`{"name":"case-2026-117"}`), "Content-Type", "application/json"); a.status/100 != 2 {
		t.Fatalf("hold: status %d %s", a.status, a.body)
	}
	r.put("kurzfracht", "folder.edi", manifest{sender: "KURZFRACHT", control: "KF0004", reference: "RKF0004", bills: []bill{{number: "KF0004B000"}}}.String())
	r.read("kurzfracht/acks/folder.edi.contrl.*.edi")
	list := all[message](r.brief, "/v1/messages")
	i := slices.IndexFunc(list, func(m message) bool { return m.Name == "folder.edi" })
	if i < 0 {
		t.Fatalf("no message came by folder: %+v", list)
	}
	r.byFolder = list[i]
	var log []sent
	for _, m := range []message{r.small, r.large, r.held, r.other, r.byFolder} {
		log = append(log, sent{id: m.ID})
		if a := r.operator.call(http.MethodGet, "/v1/messages/"+m.ID+"/certificate", nil); a.status != http.StatusOK {
			t.Errorf("certificate: status %d", a.status)
		}
	}
	r.archived(log)
}

// again starts the processes anew, with maintenance at once.
func (r *retention) again() {
	r.t.Helper()
	r.forgetJobs()
	r.serve()
	for _, c := range []**client{&r.brief, &r.long, &r.operator, &r.officer} {
		*c = r.client.as((*c).key)
	}
}

func (r *retention) purges() []purge {
	var l list[purge]
	r.operator.get("/v1/purges", &l)
	return l.Items
}

// gone looks for anything of the purged messages but that they were there.
func (r *retention) gone() {
	t := r.t
	t.Helper()
	report := map[string]purge{}
	for _, p := range r.purges() {
		report[p.MessageID] = p
	}
	if len(report) != 3 {
		t.Errorf("purge report: %+v", report)
	}
	for _, m := range []message{r.small, r.large, r.byFolder} {
		p := report[m.ID]
		if p.SHA256 != m.SHA256 || p.Why != "expired" || p.Who != "service:gateway" || p.Derived < 3 || p.Size == 0 || time.Since(p.At).Abs() > time.Hour {
			t.Errorf("purge report on %s: %+v", m.ID, p)
		}
		var now struct {
			message
			Purged bool
		}
		r.brief.get("/v1/messages/"+m.ID, &now)
		if !now.Purged || now.State != "accepted" || now.SHA256 != m.SHA256 {
			t.Errorf("%s after its purge: %+v", m.ID, now)
		}
		if a := r.brief.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil); a.status != http.StatusNotFound {
			t.Errorf("original of %s: status %d, %d bytes", m.ID, a.status, len(a.body))
		}
		if a := r.operator.call(http.MethodGet, "/v1/messages/"+m.ID+"/certificate", nil); a.status != http.StatusOK {
			t.Errorf("certificate of %s: status %d %s", m.ID, a.status, a.body)
		}
		for _, path := range []string{"/consignments", "/acknowledgements", "/findings"} {
			a := r.brief.call(http.MethodGet, "/v1/messages/"+m.ID+path, nil)
			var l list[any]
			if a.status == http.StatusOK {
				r.brief.decode(a.body, &l)
			}
			if a.status != http.StatusOK && a.status != http.StatusNotFound || len(l.Items) > 0 {
				t.Errorf("%s of %s: status %d, %d items", path, m.ID, a.status, len(l.Items))
			}
		}
		for after := ""; ; {
			objects, err := r.objects().List(t.Context(), after, 500)
			if err != nil {
				t.Fatal(err)
			}
			if len(objects) == 0 {
				break
			}
			for _, o := range objects {
				if after = o.Key; strings.Contains(o.Key, m.ID) {
					t.Errorf("the store of originals still has %s", o.Key)
				}
			}
		}
	}
	for _, number := range []string{"KF0001B000", "KF0002B899", "KF0004B000"} {
		for _, c := range []*client{r.brief, r.officer} {
			if found := all[consignment](c, "/v1/consignments?document="+number); len(found) != 0 {
				t.Errorf("a search for %s finds %+v", number, found)
			}
		}
	}
	if found := all[consignment](r.officer, "/v1/consignments?q=WISSENDAL"); len(found) != 2 {
		t.Errorf("%d consignments of a party are found, want those two that are kept", len(found))
	}
	for _, m := range []message{r.small, r.large, r.byFolder} {
		if _, err := r.objects().Open(t.Context(), gateway.BlobKey(uuid.MustParse(m.ID))); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("object of %s: %v", m.ID, err)
		}
	}
}

// kept sees that what was held, and what has another class, is whole.
func (r *retention) kept() {
	t := r.t
	t.Helper()
	for _, one := range []struct {
		c      *client
		m      message
		body   string
		number string
	}{{r.brief, r.held, r.heldBody, "KF0003B000"}, {r.long, r.other, r.otherBody, "NK0001B000"}} {
		if a := one.c.call(http.MethodGet, "/v1/messages/"+one.m.ID+"/original", nil); a.status != http.StatusOK || string(a.body) != one.body {
			t.Errorf("original of %s: status %d, %d bytes", one.m.ID, a.status, len(a.body))
		}
		if found := all[consignment](one.c, "/v1/consignments?document="+one.number); len(found) != 1 || found[0].MessageID != one.m.ID {
			t.Errorf("consignments %s: %+v", one.number, found)
		}
		if acks := all[answered](one.c, "/v1/messages/"+one.m.ID+"/acknowledgements"); len(acks) != 1 {
			t.Errorf("answers to %s: %+v", one.m.ID, acks)
		}
	}
	a := r.operator.call(http.MethodPost, "/v1/messages/"+r.held.ID+":erase", []byte(`{"why":"in spite of its hold"}`), "Content-Type", "application/json")
	if a.status != http.StatusConflict || !strings.Contains(string(a.body), `"held"`) {
		t.Errorf("a held message is erased: status %d %s", a.status, a.body)
	}
}

// audited reads who did what when in the exported log.
func (r *retention) audited() {
	t := r.t
	t.Helper()
	type row struct {
		At                        time.Time
		Principal, Action, Object string
	}
	var rows []row
	read := func() {
		rows = nil
		name := filepath.Join(r.dir, fmt.Sprintf("audit-%s.ndjson", serial()))
		r.run("audit", "export", "--out", name)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var one struct {
				row
				Row row // rows of an export may be wrapped
			}
			r.brief.decode([]byte(line), &one)
			rows = append(rows, one.row, one.Row)
		}
	}
	did := func(action, id string) []row {
		return slices.DeleteFunc(slices.Clone(rows), func(w row) bool { return w.Action != action || w.Object != "message:"+id })
	}
	until(t, "purges in the audit log", func() bool { read(); return len(did("message.purge", r.byFolder.ID)) > 0 })
	for _, m := range []message{r.small, r.large, r.byFolder} {
		if got := did("message.purge", m.ID); len(got) != 1 || got[0].Principal != "service:gateway" || time.Since(got[0].At).Abs() > time.Hour {
			t.Errorf("the purge of %s in the log: %+v", m.ID, got)
		}
	}
	if got := did("message.hold", r.held.ID); len(got) != 1 || !strings.HasPrefix(got[0].Principal, "staff:otto") {
		t.Errorf("the hold in the log: %+v", got)
	}
	for _, m := range []message{r.held, r.other} {
		if got := did("message.purge", m.ID); len(got) != 0 {
			t.Errorf("the log says that %s was purged: %+v", m.ID, got)
		}
	}
}
