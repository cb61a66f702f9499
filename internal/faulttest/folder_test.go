//go:build linux

package faulttest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/store/sqlite"
)

// A dropper puts files into a partner's folder as a careful partner does, and looks into the folder alone for what became
// of them: a file that is gone was taken.
type dropper struct {
	t    *testing.T
	dir  string // the partner's
	from string

	stop    chan struct{}
	running sync.WaitGroup
	dropped atomic.Int64
	bodies  map[string][]byte // by name; for who waited for the end
}

// drop begins to put files there, one after the other; one of fifty is too large for a row.
func drop(t *testing.T, root, from string) *dropper {
	t.Helper()
	d := &dropper{t: t, dir: filepath.Join(root, strings.ToLower(from)), from: from, stop: make(chan struct{}), bodies: map[string][]byte{}}
	wait(t, 10*time.Second, func(context.Context) error {
		_, err := os.Stat(filepath.Join(d.dir, "in"))
		return err
	})
	d.running.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-d.stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			control := fmt.Sprintf("F%05d", n)
			body := cuscar(from, control, "M"+control, "9", bill{"BM", "B" + control, ""})
			if n%50 == 9 {
				body = padded(from, control, largeBody)
			}
			name := control + ".edi"
			part := filepath.Join(d.dir, "in", name+".part")
			if err := os.WriteFile(part, body, 0o600); err != nil {
				t.Error(err)
				return
			}
			if err := os.Rename(part, filepath.Join(d.dir, "in", name)); err != nil {
				t.Error(err)
				return
			}
			d.bodies[name] = body
			d.dropped.Add(1)
		}
	})
	return d
}

// names gives the files of a folder of the partner that are whole.
func (d *dropper) names(pattern string) []string {
	found, err := filepath.Glob(filepath.Join(d.dir, pattern))
	must(d.t, err)
	out := found[:0]
	for _, f := range found {
		if name := filepath.Base(f); !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".part") {
			out = append(out, f)
		}
	}
	return out
}

// taken counts the files that are gone from the folder.
func (d *dropper) taken() int64 {
	n := d.dropped.Load() // before those that lie there are counted
	return n - int64(len(d.names("in/*.edi")))
}

func (d *dropper) more(n int64) {
	d.t.Helper()
	before := d.taken()
	wait(d.t, 30*time.Second, func(context.Context) error {
		if now := d.taken() - before; now < n {
			return fmt.Errorf("%w: %d more were taken", errNotYet, now)
		}
		return nil
	})
}

// end stops putting files there, and waits until none lies there any more and each has its answer.
func (d *dropper) end() {
	d.t.Helper()
	close(d.stop)
	d.running.Wait()
	wait(d.t, 60*time.Second, func(context.Context) error {
		in, acks := len(d.names("in/*.edi")), len(d.names("acks/*"))
		if in > 0 || acks < len(d.bodies) {
			return fmt.Errorf("%w: %d files lie in the folder, there are %d answers to %d", errNotYet, in, acks, len(d.bodies))
		}
		return nil
	})
}

// check holds folder and database against what was put there: each file was taken once, as it was, has one answer that
// names it, lies in the archive once, and came to its end.
func (d *dropper) check(store gateway.Store) {
	t := d.t
	t.Helper()
	receipts := map[string][]gateway.Receipt{}
	for before := int64(0); ; {
		page, err := store.Receipts(t.Context(), gateway.ReceiptQuery{Mode: "live", Partner: partner.ID(d.from), Before: before, Limit: 500})
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			before = r.Seq
			receipts[r.Name] = append(receipts[r.Name], r)
		}
	}
	archived := map[string][]string{}
	for _, f := range d.names("archive/*/*") {
		if name := filepath.Base(f); len(name) > 37 { // a UUID and a dash before it
			archived[name[37:]] = append(archived[name[37:]], f)
		}
	}
	for name, body := range d.bodies {
		if got := receipts[name]; len(got) != 1 || got[0].State != gateway.StateAccepted || got[0].Size != int64(len(body)) {
			t.Errorf("%s has the receipts %+v", name, got)
		}
		control := strings.TrimSuffix(name, ".edi")
		acks := d.names("acks/" + name + ".contrl.*")
		if len(acks) != 1 {
			t.Errorf("%s has the answers %q", name, acks)
		} else if text, err := os.ReadFile(acks[0]); err != nil || !bytes.Contains(text, []byte("UCI+"+control+"+")) {
			t.Errorf("the answer to %s, %v: %.300s", name, err, text)
		}
		if files := archived[name]; len(files) != 1 {
			t.Errorf("%s lies in the archive as %q", name, files)
		} else if text, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(text, body) {
			t.Errorf("%s in the archive has %d bytes, %v; %d were put there", name, len(text), err, len(body))
		}
		delete(receipts, name)
	}
	for name, got := range receipts {
		t.Errorf("nobody put %s there: %+v", name, got)
	}
}

// Files come by folder while the disk of the gateway's data runs full, below its floor and to the last byte, and while the
// program is killed again and again: they stay where they are until there is room and somebody, and then each is taken
// once.
func TestFolderUnderFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, floor string
		leave       int64
		not         string // what is not ready
	}{
		{"below its floor", "96MiB", 80 << 20, "disk"},
		{"to the last byte", "0", 0, "database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ns := newNamespace(t)
			root := t.TempDir() // on the machine's own disk: partners have theirs
			s := newSite(t, ns, fmt.Sprintf("limits: {disk_free: %s}\nfolder: {root: %s, poll: 50ms, settle: 50ms}\nwork: {lease: 3s}\ndelivery: {first: 100ms, max: 1s}", tt.floor, root))
			ns.tmpfs(t, s.data, diskSize)
			s.start("LINEA")
			d := drop(t, root, "LINEA")
			d.more(10)
			for range either(1, 4) {
				s.fill(tt.leave)
				s.ready(tt.not)
				// Now nothing is taken: what is put there lies there.
				var lying int64
				wait(t, 20*time.Second, func(context.Context) error {
					before := d.taken()
					from := d.dropped.Load()
					time.Sleep(500 * time.Millisecond)
					if lying = d.dropped.Load() - from; d.taken() > before || lying == 0 {
						return fmt.Errorf("%w: files are taken without room for them", errNotYet)
					}
					return nil
				})
				s.crash()
				s.free()
				s.start()
				s.ready("")
				d.more(10)
				for range either(2, 10) { // and killed where it has room
					time.Sleep(300 * time.Millisecond)
					s.crash()
					s.start()
					d.more(5)
				}
			}
			d.end()
			if status, _, err := s.get(s.keys["LINEA"], "/v1/messages"); err != nil || status != http.StatusOK {
				t.Errorf("afterwards: status %d, %v", status, err)
			}
			s.stop()
			copied := t.TempDir() // the memory disk is seen in its namespace alone
			must(t, ns.do(func() error {
				for _, name := range []string{"accept.db", "main.db"} {
					if _, err := os.Stat(filepath.Join(s.data, name+"-wal")); !errors.Is(err, fs.ErrNotExist) {
						return fmt.Errorf("%s has a log beside it: %w", name, err)
					}
					b, err := os.ReadFile(filepath.Join(s.data, name))
					if err != nil {
						return err
					}
					if err := os.WriteFile(filepath.Join(copied, name), b, 0o600); err != nil {
						return err
					}
				}
				return nil
			}))
			store, err := sqlite.Open(t.Context(), sqlite.Options{Dir: copied})
			must(t, err)
			defer store.Close()
			d.check(store)
			t.Logf("%d files by folder", len(d.bodies))
		})
	}
}
