//go:build linux

package faulttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cargogate/internal/store/sqlite"
)

// diskSize leaves room for what is written in the second that the gateway goes by what it last saw of the disk.
const diskSize = 192 << 20

// fill makes a file that takes all the room but for so much.
func (s *site) fill(leave int64) {
	s.t.Helper()
	must(s.t, s.ns.do(func() error {
		f, err := os.Create(filepath.Join(s.data, "ballast"))
		if err != nil {
			return err
		}
		defer f.Close()
		block := make([]byte, 64<<10)
		for {
			var st syscall.Statfs_t
			if err := syscall.Statfs(s.data, &st); err != nil {
				return err
			}
			left := int64(st.Bavail)*st.Bsize - leave
			if left <= 0 {
				return nil
			}
			if _, err := f.Write(block[:min(left, int64(len(block)))]); err != nil && !errors.Is(err, syscall.ENOSPC) {
				return err
			}
		}
	}))
}

// free gives the room back.
func (s *site) free() {
	s.t.Helper()
	must(s.t, s.ns.do(func() error { return os.Remove(filepath.Join(s.data, "ballast")) }))
}

// readiness gives what /readyz says: the names of what is not well.
func (s *site) readiness() (status int, bad []string, err error) {
	status, body, err := s.get("", "/readyz")
	if err != nil {
		return 0, nil, err
	}
	var v struct {
		Checks []struct {
			Name string
			OK   bool
		}
	}
	err = json.Unmarshal(body, &v)
	for _, c := range v.Checks {
		if !c.OK {
			bad = append(bad, c.Name)
		}
	}
	return status, bad, err
}

// ready waits until the gateway says that it is, or that one part of it is not.
func (s *site) ready(not string) {
	s.t.Helper()
	wait(s.t, 20*time.Second, func(context.Context) error {
		status, bad, err := s.readiness()
		switch {
		case err != nil:
			return err
		case not == "" && status == http.StatusOK:
			return nil
		case not != "" && status == http.StatusServiceUnavailable:
			for _, name := range bad {
				if name == not {
					return nil
				}
			}
		}
		return fmt.Errorf("%w: /readyz is %d, not well is %q", errNotYet, status, bad)
	})
}

// A disk that runs full: below its floor, where the gateway turns senders away in time, and to the last byte, where
// writing fails in the middle of everything. When there is room again it goes on by itself.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, floor string
		leave       int64
		refused     string
		not         string // what is not ready
	}{
		{"below its floor", "96MiB", 80 << 20, "503 busy disk", "disk"},
		{"to the last byte", "0", 0, "503 busy database", "database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ns := newNamespace(t)
			s := newSite(t, ns, fmt.Sprintf("limits: {disk_free: %s}", tt.floor))
			ns.tmpfs(t, s.data, diskSize)
			s.start("LINEA", "LINEB")
			l := newLedger(t)
			c := l.sendAlways(s, 4, time.Minute, "LINEA", "LINEB")
			for range either(1, 4) {
				before := l.acknowledged()
				wait(t, 20*time.Second, func(context.Context) error {
					if n := l.acknowledged() - before; n < 20 {
						return fmt.Errorf("%w: %d acknowledged", errNotYet, n)
					}
					return nil
				})
				no := l.refused(tt.refused)
				s.fill(tt.leave)
				wait(t, 20*time.Second, func(context.Context) error {
					if l.refused(tt.refused) < no+8 {
						return fmt.Errorf("%w: refused %v", errNotYet, l.refusals)
					}
					return nil
				})
				s.ready(tt.not)
				s.free()
				s.ready("")
			}
			before := l.acknowledged()
			wait(t, 20*time.Second, func(context.Context) error {
				if n := l.acknowledged() - before; n < 20 {
					return fmt.Errorf("%w: %d acknowledged after there was room again", errNotYet, n)
				}
				return nil
			})
			c.end()
			if n := l.refusedAtAll() - l.refused(tt.refused); tt.leave > 0 && n > 0 {
				t.Errorf("%d were refused for other reasons: %v", n, l.refusals)
			}
			l.check(s, 20*time.Second)
			s.stop()
			copied := t.TempDir() // the memory disk is seen in its namespace alone
			must(t, ns.do(func() error {
				for _, name := range []string{"accept.db", "main.db"} {
					b, err := os.ReadFile(filepath.Join(s.data, name))
					if err != nil {
						return err
					}
					if _, err := os.Stat(filepath.Join(s.data, name+"-wal")); err == nil {
						return fmt.Errorf("%s has a log beside it: it was not closed in order", name)
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
			l.once(store, "LINEA", "LINEB")
		})
	}
}
