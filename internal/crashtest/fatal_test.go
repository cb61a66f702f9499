//go:build linux

package crashtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cargogate/internal/failpoint"
)

const (
	fatalMark   = "ENDSTHEPROCESS"
	fatalWithin = 3 * time.Minute
)

// call asks the gateway, wherever it is just now, until it answers. alive is called before each try; act makes tries one.
func (s *site) call(alive func(), method, path, key, act, body string) (status int, v map[string]any, err error) {
	last := "it is down"
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		alive()
		addr := s.address()
		if addr == "" {
			continue
		}
		req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+addr+path, bytes.NewReader([]byte(body)))
		if err != nil {
			return 0, nil, err
		}
		req.Header.Set("Authorization", "Bearer "+key)
		if act != "" {
			req.Header.Set("Idempotency-Key", act)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			last = err.Error()
			continue
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode == http.StatusServiceUnavailable {
			last = fmt.Sprintf("%d %v: %s", res.StatusCode, err, text)
			continue
		}
		if len(text) > 0 && json.Unmarshal(text, &v) != nil {
			return res.StatusCode, nil, fmt.Errorf("%s: %s", path, text)
		}
		return res.StatusCode, v, nil
	}
	return 0, nil, fmt.Errorf("%s %s: no answer: %s", method, path, last)
}

func fatalManifest(by string, n int, name string) string {
	return fmt.Sprintf("UNB+UNOC:3+%sLINE+CUSTOMS+261123:0915+%d++++1'UNH+1+CUSCAR:D:95B:UN'BGM+85+%s+9'TDT+20+047W+1++NRDK:172:20+++9732149:146:11:NORDIC HERON'"+
		"LOC+60+NLRTM'DTM+132:202611252200:203'CNI+1+%s'RFF+BM:%s'NAD+CN+++MAASHAVEN LOGISTICS BV:KADE 7'GID+1+10:CT'FTX+AAA+++GARDEN FURNITURE'MEA+AAE+G+KGM:100'"+
		"UNT+12+1'UNZ+1+%d'", by, n, name, name, name, n)
}

// testFatal sends a message that ends the process that reads it, by an error that nothing recovers, among others. With
// nothing but restarts it is parked alone, and the others are settled; after a mend it is replayed.
func testFatal(t *testing.T, kind string) {
	s := newSite(t, kind)
	_, err := s.command("user", "add", "ola", "--name", "Ola Operator", "--role", "operator,data")
	s.must(err)
	operator, err := s.command("key", "add", "user:ola")
	s.must(err)
	operator = strings.TrimSpace(operator)
	env := []string{failpoint.MarkVariable + "=" + fatalMark}

	var p *process
	ends := 0
	// alive sees to it that a process runs: like whatever supervises the program, it starts the next when one has ended.
	alive := func() {
		t.Helper()
		for p == nil || p.ended(10*time.Millisecond) {
			if p != nil {
				if ends++; p.state.ExitCode() != 2 || !strings.Contains(p.log(), "goroutine ") {
					t.Fatalf("the process ended with %s:\n%s", p.state, p.log())
				}
				s.forget(p)
				s.must(s.dropJobs())
			}
			var err error
			p, err = run(binary(t), env, "serve", "-c", s.config)
			s.must(err)
			s.mu.Lock()
			s.runs = append(s.runs, p)
			s.mu.Unlock()
			addr, err := p.await()
			switch {
			case err == nil:
				s.addr.Store(&addr)
			case !p.ended(time.Second):
				t.Fatal(err)
			}
		}
	}
	send := func(by string, n int, name string) string {
		t.Helper()
		status, v, err := s.call(alive, http.MethodPost, "/v1/messages", s.keys[by], name, fatalManifest(by, n, name))
		if err != nil || status != http.StatusAccepted {
			t.Fatalf("%d %v %v", status, v, err)
		}
		return v["id"].(string)
	}
	state := func(id, key string) string {
		t.Helper()
		status, v, err := s.call(alive, http.MethodGet, "/v1/messages/"+id, key, "", "")
		if err != nil || status != http.StatusOK {
			t.Fatalf("%d %v %v\n%s", status, v, err, p.log())
		}
		return v["state"].(string)
	}
	fatal := send("BRAVO", 99, fatalMark)
	sent := map[string]string{} // id to sender
	for i := range 16 {
		by := partners[i%len(partners)]
		sent[send(by, i+1, fmt.Sprintf("FINE%d", i))] = by
	}
	for end := time.Now().Add(fatalWithin); state(fatal, operator) != "parked"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not parked in %s, after %d ends of the process; it is %s\n%s", fatalWithin, ends, state(fatal, operator), p.log())
		}
	}
	if ends < 2 || ends > 3 {
		t.Errorf("the message ended %d processes of the gateway, want two, or three where a claim was cut off", ends)
	}
	for id, by := range sent {
		for end := time.Now().Add(fatalWithin); state(id, s.keys[by]) != "accepted"; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("message %s of %s is %s", id, by, state(id, s.keys[by]))
			}
		}
	}
	db, err := s.open(s.dir + "/data")
	s.must(err)
	var reason string
	query := "SELECT reason FROM settlements WHERE state = 'parked'"
	if s.kind == "sqlite" {
		query = "SELECT reason FROM settlements WHERE state = 6"
	}
	if err := db.QueryRow(query).Scan(&reason); err != nil || !strings.Contains(reason, "the reading ended its process: exit status 2") {
		t.Errorf("it was parked for %q, %v", reason, err)
	}
	s.must(db.Close())

	// Mended.
	before := ends
	s.must(s.kill(p))
	env = nil
	s.must(s.dropJobs())
	p = nil
	status, v, err := s.call(alive, http.MethodPost, "/v1/messages/"+fatal+":replay", operator, "", "")
	if err != nil || status >= 300 {
		t.Fatalf("replay: %d %v %v", status, v, err)
	}
	for end := time.Now().Add(time.Minute); state(fatal, s.keys["BRAVO"]) != "accepted"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a replay it is %s\n%s", state(fatal, s.keys["BRAVO"]), p.log())
		}
	}
	if ends != before {
		t.Errorf("the mended program ended %d times", ends-before)
	}
}

func TestFatalMessageSQLite(t *testing.T) {
	t.Parallel()
	testFatal(t, "sqlite")
}

func TestFatalMessagePostgres(t *testing.T) {
	t.Parallel()
	testFatal(t, "postgres")
}
