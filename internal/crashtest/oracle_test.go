//go:build linux

package crashtest

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// maxFaults bounds what is told.
const maxFaults = 25

// plainID makes 32 hex digits of an id, or of an object such as message:ID.
func plainID(text string) string {
	_, id, ok := strings.Cut(text, ":")
	if !ok {
		id = text
	}
	return strings.ReplaceAll(id, "-", "")
}

// An oracle holds what is there against what senders were told.
type oracle struct {
	s      *site
	files  []*file
	faults []string
}

func (o *oracle) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

// judge runs the gateway once more, undisturbed, until all is at its end, and tells every fault that it finds. The load
// must be one that goes on: it is stopped here. sabotage is in force meanwhile too.
func judge(s *site, l *load, sabotage string, quiet time.Duration) []string {
	o := &oracle{s: s}
	if err := errors.Join(s.dropJobs(), s.expireDeliveries()); err != nil {
		l.stop(0)
		return append(l.faults, "nothing can be made of what is left: "+err.Error())
	}
	p, err := s.start("", sabotage)
	if err != nil {
		l.stop(0)
		return append(l.faults, err.Error())
	}
	l.stop(quiet)
	o.faults, o.files = append(o.faults, l.faults...), l.files
	o.settle(quiet)
	o.originals()
	if err := p.end(syscall.SIGTERM); err != nil {
		o.fault("%v", err)
	}
	s.forget(p)
	if p.state.ExitCode() != 0 {
		o.fault("after SIGTERM serve ended with %s:\n%s", p.state, p.log())
	}
	if err := s.view(o.look); err != nil {
		o.fault("%v", err)
	}
	if _, err := s.command("audit", "verify"); err != nil {
		o.fault("%v", err)
	}
	if n := len(o.faults) - maxFaults; n > 0 {
		o.faults = append(o.faults[:maxFaults], fmt.Sprintf("and %d more", n))
	}
	return o.faults
}

// settle waits until nothing is pending any more.
func (o *oracle) settle(within time.Duration) {
	q := factsOf[o.s.kind]
	end := time.Now().Add(within)
	for {
		var left string
		begun := time.Now()
		err := o.s.view(func(db *sql.DB, drop string) (err error) {
			if left, err = q.unfinished(db); err != nil || left != "" {
				return err
			}
			for _, p := range partners {
				in, err := os.ReadDir(filepath.Join(drop, folderOf(p), "in"))
				if err != nil {
					return err
				}
				for _, e := range in {
					if !strings.HasPrefix(e.Name(), ".") {
						left += "file " + e.Name() + " in its folder; "
					}
				}
			}
			return nil
		})
		switch {
		case err == nil && left == "":
			return
		case time.Now().After(end):
			o.fault("after %s of quiet there are %s%v", within, left, err)
			return
		}
		time.Sleep(max(200*time.Millisecond, 3*time.Since(begun))) // to look costs the gateway its disk
	}
}

// maxOriginals is how many small originals are fetched; of the others the digests in the database are compared.
const maxOriginals = 1500

// originals fetches originals over the API, as their senders: those that were not received in one piece, and as many of
// the others.
func (o *oracle) originals() {
	var (
		mu      sync.Mutex
		workers sync.WaitGroup
	)
	work := make(chan *file)
	for range 4 {
		workers.Go(func() {
			client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for f := range work {
				if err := o.original(client, f); err != nil {
					mu.Lock()
					o.fault("original of %s: %v", f.name, err)
					mu.Unlock()
				}
			}
		})
	}
	small := 0
	for _, i := range o.s.rng.Perm(len(o.files)) {
		f := o.files[i]
		if f.id == "" {
			continue
		}
		if f.size <= 256<<10 {
			if small++; small > maxOriginals {
				continue
			}
		}
		work <- f
	}
	close(work)
	workers.Wait()
}

func (o *oracle) original(client *http.Client, f *file) error {
	req, err := http.NewRequest(http.MethodGet, "http://"+o.s.address()+"/v1/messages/"+f.id+"/original", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+o.s.keys[f.partner])
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, resp.Body)
	if got := hex.EncodeToString(sum.Sum(nil)); err == nil && (resp.StatusCode != http.StatusOK || got != f.sum) {
		err = fmt.Errorf("%s, %d bytes with digest %s, want %d with %s", resp.Status, n, got, f.size, f.sum)
	}
	return err
}

// look holds the database and the folders against the log.
func (o *oracle) look(db *sql.DB, drop string) error {
	q := factsOf[o.s.kind]
	all, err := q.read(db)
	if err != nil {
		return err
	}
	o.faults = append(o.faults, all.faults...)
	byAct := map[string][]*receipt{} // of HTTPS by key, of folders by name
	for _, r := range all.receipts {
		act := r.act
		if r.kind != "https" {
			act = r.name
		}
		byAct[r.kind+" "+r.partner+" "+act] = append(byAct[r.kind+" "+r.partner+" "+act], r)
	}
	ids := map[*file]string{}
	slices.SortFunc(o.files, func(a, b *file) int { return int(a.order - b.order) })
	for _, f := range o.files {
		act := "https " + f.partner + " " + f.key
		if f.folder {
			act = "folder " + f.partner + " " + f.name
		}
		found := byAct[act]
		delete(byAct, act)
		switch {
		case len(found) == 0 && f.answered:
			o.fault("%s was answered and is lost", f.name)
		case len(found) == 0:
		case len(found) > 1:
			o.fault("%s is there %d times", f.name, len(found))
		default:
			ids[f] = found[0].id
			o.file(f, found[0], ids)
		}
	}
	for act, found := range byAct {
		o.fault("nobody sent %s, of which there are %d receipts", act, len(found))
	}
	return o.folders(drop)
}

// file holds one receipt against the log.
func (o *oracle) file(f *file, r *receipt, ids map[*file]string) {
	if f.id != "" && plainID(f.id) != r.id {
		o.fault("%s was answered with message %s and is receipt %s", f.name, f.id, r.id)
	}
	if r.sum != f.sum || r.size != int64(f.size) {
		o.fault("%s has %d bytes with digest %s, sent were %d with %s", f.name, r.size, r.sum, f.size, f.sum)
	}
	if r.state != "accepted" || r.cached != r.state {
		o.fault("%s is %s, as its receipt has it %s, want accepted", f.name, r.state, r.cached)
	}
	channel := "https available"
	if f.folder {
		channel = "folder delivered"
	}
	if r.answers != 1 || !slices.Equal(r.deliveries, []string{channel}) {
		o.fault("%s has %d answers and the deliveries %q, want one, %s", f.name, r.answers, r.deliveries, channel)
	}
	if r.accepts != 1 || r.settles != 1 {
		o.fault("%s was accepted %d times and settled %d times, as the audit log has it", f.name, r.accepts, r.settles)
	}
	if f.resendOf != nil {
		if first := ids[f.resendOf]; r.resendOf != first || r.visible != 0 {
			o.fault("%s has %d consignments as a resend of %q, want none, and of %s", f.name, r.visible, r.resendOf, first)
		}
		return
	}
	want := "accepted"
	if f.replaced != nil && ids[f] != "" {
		want = "superseded"
	}
	if r.resendOf != "" || r.visible != len(f.bills) {
		o.fault("%s has %d consignments, want %d; it is a resend of %q", f.name, r.visible, len(f.bills), r.resendOf)
		return
	}
	for _, bill := range f.bills {
		if got := r.bills[bill]; len(got) != 1 || got[0] != want {
			o.fault("consignment %s of %s is %q, want once, %s", bill, f.name, got, want)
			return
		}
	}
}

// folders looks at what partners find in theirs: of each file one answer that speaks of it, and the file put away.
func (o *oracle) folders(drop string) error {
	answers, archived := map[string][]string{}, map[string]int{}
	for _, p := range partners {
		dir := filepath.Join(drop, folderOf(p))
		acks, err := os.ReadDir(filepath.Join(dir, "acks"))
		if err != nil {
			return err
		}
		for _, e := range acks {
			if strings.HasPrefix(e.Name(), ".") {
				continue // half an answer, under a name that nobody fetches
			}
			body, err := os.ReadFile(filepath.Join(dir, "acks", e.Name()))
			if err != nil {
				return err
			}
			name, _, _ := strings.Cut(e.Name(), ".contrl.")
			answers[name] = append(answers[name], string(body))
		}
		days, err := filepath.Glob(filepath.Join(dir, "archive", "*", "*"))
		if err != nil {
			return err
		}
		for _, path := range days {
			base := filepath.Base(path)
			if len(base) > 37 { // a UUID and a dash before the name
				archived[base[37:]]++
			}
		}
	}
	for _, f := range o.files {
		if !f.folder {
			continue
		}
		got := answers[f.name]
		delete(answers, f.name)
		if len(got) != 1 || !strings.Contains(got[0], "UCI+"+f.control+"+") {
			o.fault("%d answers to %s are in its folder, want one that names %s: %.300q", len(got), f.name, f.control, got)
		}
		if archived[f.name] != 1 {
			o.fault("%s was put away %d times", f.name, archived[f.name])
		}
	}
	for name := range answers {
		o.fault("an answer to %s, which nobody sent", name)
	}
	return nil
}
