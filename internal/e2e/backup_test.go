package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"cargogate/internal/blob"
	blobfs "cargogate/internal/blob/fs"
	"cargogate/internal/blob/s3"
	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
)

// A sent is a line of the sender's own log: what the gateway said yes to.
type sent struct{ id, number, body string }

// sender posts a number of messages at once without waiting for their results, and gives the log of answers.
func sender(t *testing.T, c *client, name string, n int) []sent {
	t.Helper()
	var mu sync.Mutex
	var log []sent
	var posting sync.WaitGroup
	turns := make(chan struct{}, 4)
	for i := range n {
		turns <- struct{}{}
		posting.Go(func() {
			defer func() { <-turns }()
			number := fmt.Sprintf("BK%s%04d", name, i)
			m := manifest{sender: "NORDKAI", control: number, reference: "R" + number, bills: []bill{{number: number}}}
			if i%5 == 4 { // one in five is too large to be kept in the database
				for j := range 700 {
					m.bills = append(m.bills, bill{number: fmt.Sprintf("%s-%03d", number, j)})
				}
			}
			body := m.String()
			r, err := c.send(http.MethodPost, "/v1/messages", strings.NewReader(body), "Idempotency-Key", number)
			if err != nil || r.status != http.StatusAccepted {
				t.Errorf("%s: %v, status %d\n%s", number, err, r.status, r.body)
				return
			}
			var got message
			if err := json.Unmarshal(r.body, &got); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			log = append(log, sent{got.ID, number, body})
		})
	}
	posting.Wait()
	return log
}

// objects opens the store of originals.
func (s *site) objects() blob.Store {
	s.t.Helper()
	var store blob.Store
	var err error
	if s.dep.postgres && !s.dep.folder {
		store, err = s3.New(s3.Config{Endpoint: s.s3, Bucket: bucket, Region: "us-east-1", AccessKey: "AKIDEXAMPLE", SecretKey: "example-secret", PathStyle: true,
			SpoolDir: filepath.Join(s.dir, "spool")})
	} else {
		store, err = blobfs.Open(filepath.Join(s.dir, "node1", "originals"), blobfs.Options{})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return store
}

// archived waits until the bodies of all are in the store of originals, and what describes them too.
func (s *site) archived(log []sent) {
	s.t.Helper()
	store := s.objects()
	until(s.t, "all is archived", func() bool {
		bodies, descriptions := map[string]bool{}, map[string]bool{}
		for after := ""; ; {
			list, err := store.List(s.t.Context(), after, 500)
			if err != nil {
				s.t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, o := range list {
				after = o.Key
				if rest, ok := strings.CutPrefix(o.Key, gateway.SidecarPrefix); ok {
					descriptions[rest[:36]] = true
				}
				bodies[o.Key] = true
			}
		}
		return !slices.ContainsFunc(log, func(l sent) bool { return !bodies[gateway.BlobKey(uuid.MustParse(l.id))] || !descriptions[l.id] })
	})
}

// ruin destroys the database, and leaves the store of originals and the partners' folders.
func (s *site) ruin() {
	s.t.Helper()
	if s.dep.postgres {
		s.dsn = pgtest.Shared(s.t).Database(s.t, "", nil)
		for i := range s.configs {
			s.configs[i] = s.writeConfig(fmt.Sprintf("node%d", i+1))
		}
		return
	}
	found, err := filepath.Glob(filepath.Join(s.dir, "node1", "*.db*"))
	if err != nil || len(found) < 3 {
		s.t.Fatalf("files of the database: %q %v", found, err)
	}
	for _, f := range found {
		if err := os.Remove(f); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestBackup accepts, takes a backup while it runs, accepts more, loses the database, and restores: everything that the
// gateway said yes to reaches its end state, and has its effect once.
func TestBackup(t *testing.T) {
	for _, dep := range []deployment{single, twins} {
		t.Run(dep.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, dep)
			s.trade()
			s.run("user", "add", "otto", "--name", "Otto Example", "--role", "operator,auditor")
			c, operator := s.client.as(s.keyOf("NORDKAI")), s.client.as(s.keyOf("user:otto"))
			test := s.client.as(s.keyOf("NORDKAI", "--test"))
			n := 10
			if long {
				n = 300
			}
			log := sender(t, c, "A", n)
			s.put("nordkai", "before.edi", manifest{sender: "NORDKAI", control: "BKBEFORE", reference: "BKBEFORE", bills: []bill{{number: "BKBEFORE"}}}.String())
			s.read("nordkai/acks/before.edi.contrl.*.edi")

			// The backup is taken while messages come in, when some bodies lie in the store of originals and some do not.
			s.archived(log)
			var meanwhile []sent
			var wait sync.WaitGroup
			wait.Go(func() { meanwhile = sender(t, c, "B", n) })
			dir := filepath.Join(s.dir, "backup")
			s.run("backup", "--out", dir)
			wait.Wait()
			if t.Failed() {
				t.FailNow()
			}
			log = append(log, meanwhile...)
			log = append(log, sender(t, c, "C", n)...)
			s.put("nordkai", "after.edi", manifest{sender: "NORDKAI", control: "BKAFTER", reference: "BKAFTER", bills: []bill{{number: "BKAFTER"}}}.String())
			s.read("nordkai/acks/after.edi.contrl.*.edi")
			for _, m := range all[message](c, "/v1/messages") {
				if m.Channel == "folder" {
					log = append(log, sent{id: m.ID, number: strings.ToUpper("BK" + strings.TrimSuffix(m.Name, ".edi"))})
				}
			}
			if want := 3*n + 2; len(log) != want {
				t.Fatalf("%d were acknowledged, want %d", len(log), want)
			}
			trial := test.post(manifest{sender: "NORDKAI", control: "BKTRIAL", reference: "BKTRIAL", bills: []bill{{number: "BKTRIAL"}}}.String())
			s.archived(append(log[:len(log):len(log)], sent{id: trial.ID}))
			refused(s, dir)
			s.kill()
			if !dep.postgres {
				if r := s.try("restore", "--from", dir); r.status == 0 || !strings.Contains(r.stderr, "nothing is written over") {
					t.Errorf("restore over a database: %d %s", r.status, r.stderr)
				}
			}
			s.ruin()

			s.run("restore", "--from", dir, "--verify")
			var restored struct {
				Receipts, Adopted, Paused int64
				Faults                    []string
			}
			c.decode([]byte(s.run("restore", "--from", dir)), &restored)
			if restored.Receipts != int64(len(log))+1 || restored.Adopted < int64(n+1) || len(restored.Faults) > 0 {
				t.Errorf("restored: %+v, want %d receipts, at least %d of them adopted", restored, len(log)+1, n+1)
			}
			if r := s.try("restore", "--from", dir); r.status == 0 {
				t.Errorf("a second restore: %s", r.stdout)
			}
			s.run("restore", "--verify")

			s.serve()
			key, staff := c.key, operator.key
			c, operator = s.client.as(key), s.client.as(staff)
			once(s, c, log)
			paused(s, c, operator, log)
			// Who did not hear the answer sends again: the same id, and no second effect.
			for _, l := range log[:3] {
				if m := c.post(l.body, "Idempotency-Key", l.number); m.ID != l.id {
					t.Errorf("%s was %s, and is %s after the restore", l.number, l.id, m.ID)
				}
			}
			if r := s.try("audit", "verify"); r.status != 0 {
				t.Errorf("audit verify: %d %s%s", r.status, r.stdout, r.stderr)
			}
			if m := s.client.as(test.key).message(trial.ID); m.State != "accepted" || m.Mode != "test" {
				t.Errorf("the test: %+v", m)
			}
			s.stop()
			s.run("restore", "--verify")
			for _, id := range []string{log[0].id, trial.ID} {
				if err := s.objects().Delete(t.Context(), gateway.BlobKey(uuid.MustParse(id))); err != nil {
					t.Fatal(err)
				}
				if r := s.try("restore", "--verify"); r.status != 1 || !strings.Contains(r.stdout, id) {
					t.Errorf("without an original: exit status %d, %s", r.status, r.stdout)
				}
			}
		})
	}
}

// once holds the gateway against the sender's log: each has its end state, its original and its cargo, once.
func once(s *site, c *client, log []sent) {
	t := s.t
	t.Helper()
	states := map[string]string{}
	until(t, "all have reached their end states", func() bool {
		clear(states)
		for _, m := range all[message](c, "/v1/messages?limit=500") {
			states[m.ID] = m.State
			if m.DuplicateOf != "" {
				states[m.ID] = "duplicate"
			}
		}
		return !slices.ContainsFunc(log, func(l sent) bool { return !final(states[l.id]) && states[l.id] != "duplicate" })
	})
	if len(states) != len(log) {
		t.Errorf("%d messages are there, and %d were acknowledged", len(states), len(log))
	}
	settled := map[string]int{}
	type event struct{ Subject string }
	until(t, "the events of all", func() bool {
		clear(settled)
		for _, e := range all[event](c, "/v1/events?limit=500&type=cargogate.message.settled.v1") {
			settled[e.Subject]++
		}
		return len(settled) >= len(log)
	})
	for _, l := range log {
		if states[l.id] != "accepted" {
			t.Errorf("%s is %s", l.number, states[l.id])
		}
		if settled["message/"+l.id] != 1 {
			t.Errorf("%s was told to be settled %d times", l.number, settled["message/"+l.id])
		}
		found := slices.DeleteFunc(all[consignment](c, "/v1/consignments?document="+l.number), func(v consignment) bool { return v.State != "accepted" })
		if len(found) != 1 || found[0].MessageID != l.id {
			t.Errorf("%s: consignments %+v", l.number, found)
		}
		if r := c.call(http.MethodGet, "/v1/messages/"+l.id+"/original", nil); r.status != http.StatusOK || l.body != "" && string(r.body) != l.body {
			t.Errorf("%s: original of %d bytes: status %d", l.number, len(r.body), r.status)
		}
		if acks := all[answered](c, "/v1/messages/"+l.id+"/acknowledgements"); len(acks) != 1 {
			t.Errorf("%s: answers %+v", l.number, acks)
		}
	}
}

// paused sees that no answer goes out until an operator says so, and that then all do.
func paused(s *site, c, operator *client, log []sent) {
	t := s.t
	t.Helper()
	before := s.files("nordkai/acks/*")
	after := log[slices.IndexFunc(log, func(l sent) bool { return l.number == "BKAFTER" })]
	state := func() string {
		acks := all[answered](c, "/v1/messages/"+after.id+"/acknowledgements")
		if len(acks) != 1 {
			t.Fatalf("answers %+v", acks)
		}
		return acks[0].State
	}
	if got := state(); got != "paused" && got != "pending" {
		t.Errorf("the answer to what was read anew is %s", got)
	}
	s.put("nordkai", "later.edi", manifest{sender: "NORDKAI", control: "BKLATER", reference: "BKLATER", bills: []bill{{number: "BKLATER"}}}.String())
	until(t, "a new message by folder", func() bool {
		return slices.ContainsFunc(all[message](c, "/v1/messages"), func(m message) bool { return m.Name == "later.edi" && m.State == "accepted" })
	})
	if now := s.files("nordkai/acks/*"); !slices.Equal(now, before) {
		t.Errorf("answers went out while deliveries are paused: %q, before %q", now, before)
	}
	if r := c.call(http.MethodPost, "/v1/deliveries:resume", nil); r.status != http.StatusForbidden {
		t.Errorf("a partner resumes deliveries: status %d", r.status)
	}
	if r := operator.call(http.MethodPost, "/v1/deliveries:resume", nil); r.status != http.StatusOK {
		t.Errorf("resume: status %d %s", r.status, r.body)
	}
	s.read("nordkai/acks/later.edi.contrl.*.edi")
	until(t, "the answer that waited", func() bool { return state() == "delivered" })
}

// refused verifies backups that are not whole.
func refused(s *site, dir string) {
	t := s.t
	t.Helper()
	broken := filepath.Join(s.dir, "broken")
	if err := os.CopyFS(broken, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(broken, "objects", "originals", "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("objects of the backup: %q %v", found, err)
	}
	one := found[0]
	for {
		info, err := os.Stat(one)
		if err != nil {
			t.Fatal(err)
		}
		if !info.IsDir() {
			break
		}
		inner, err := os.ReadDir(one)
		if err != nil || len(inner) == 0 {
			t.Fatalf("%s: %v", one, err)
		}
		one = filepath.Join(one, inner[0].Name())
	}
	text, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(one, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.try("restore", "--from", broken, "--verify"); r.status != 1 || !strings.Contains(r.stderr, filepath.Base(one)) {
		t.Errorf("a changed original: exit status %d, %s", r.status, r.stderr)
	}
	if err := os.Remove(filepath.Join(broken, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	if r := s.try("restore", "--from", broken, "--verify"); r.status != 1 {
		t.Errorf("without its manifest: exit status %d, %s", r.status, r.stderr)
	}
	if r := s.try("backup", "--out", dir); r.status == 0 {
		t.Error("a backup is written over another")
	}
}
