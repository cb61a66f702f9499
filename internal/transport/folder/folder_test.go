package folder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// receiver takes everything, unless it is told otherwise.
type receiver struct {
	mu     sync.Mutex
	names  []string // partner/channel/name, in order
	acts   map[string]transport.Receipt
	admit  error
	fail   error
	during func(d *transport.Delivery) // called when half the body is read
	last   transport.Delivery
}

func (r *receiver) Admit(context.Context, partner.Principal, int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.admit
}

func (r *receiver) Receive(_ context.Context, d *transport.Delivery) (transport.Receipt, error) {
	h := sha256.New()
	n, err := io.CopyN(h, d.Body, d.Size/2)
	if r.during != nil {
		r.during(d)
	}
	if err == nil {
		var m int64
		m, err = io.Copy(h, d.Body)
		n += m
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		err = r.fail
	}
	if err != nil {
		return transport.Receipt{}, fmt.Errorf("receive: %w", err)
	}
	r.last = *d
	r.names = append(r.names, string(d.Principal.Partner())+"/"+d.Channel+"/"+d.Name)
	if got, ok := r.acts[d.TransportID]; ok {
		got.Repeated = true
		return got, nil
	}
	if r.acts == nil {
		r.acts = map[string]transport.Receipt{}
	}
	got := transport.Receipt{ID: uuid.Must(uuid.NewV7()), Mode: d.Mode, ReceivedAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600)),
		SHA256: [32]byte(h.Sum(nil)), Size: n}
	r.acts[d.TransportID] = got
	return got, nil
}

// taken gives what came since it was last asked.
func (r *receiver) taken() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := strings.Join(r.names, " ")
	r.names = nil
	return s
}

// A site is a transport over a folder of a test.
type site struct {
	t     *testing.T
	root  string
	r     *receiver
	clock *clock
	tr    *Transport
	log   *bytes.Buffer
}

func newSite(t *testing.T, change func(c *Config)) *site {
	t.Helper()
	s := &site{t: t, root: t.TempDir(), r: &receiver{}, clock: &clock{}, log: &bytes.Buffer{}}
	c := Config{Root: s.root, Channels: channels, Now: s.clock.now, Log: slog.New(slog.NewTextHandler(s.log, nil))}
	if change != nil {
		change(&c)
	}
	var err error
	if s.tr, err = New(c, s.r); err != nil {
		t.Fatal(err)
	}
	s.tr.Once(t.Context()) // makes the folders
	return s
}

func (s *site) path(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

func (s *site) write(text string, parts ...string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(parts...), []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) read(parts ...string) string {
	b, err := os.ReadFile(s.path(parts...))
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

// list gives all files below a folder, without the folder's own path, sorted.
func (s *site) list(parts ...string) string {
	s.t.Helper()
	var out []string
	root := s.path(parts...)
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// once looks at the folders, an hour later.
func (s *site) once() {
	s.clock.add(time.Hour)
	s.tr.Once(s.t.Context())
}

func TestTake(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("first", "acme", "in", "a.edi")
	s.write("", "acme", "in", "empty.edi")
	s.write("test", "acme-test", "in", "b.edi")
	s.once()
	if got := s.r.taken(); got != "ACME/folder/a.edi ACME/folder/empty.edi ACME/folder-test/b.edi" {
		t.Errorf("taken: %s", got)
	}
	if d := s.r.last; d.Mode != cargo.TrafficTest || d.Kind != transport.KindFolder || d.Size != 4 || d.Headers["file"] != `"b.edi"` || d.Headers["folder"] != "acme-test" {
		t.Errorf("delivery %+v", d)
	}
	archived := strings.Fields(s.list("acme", "archive"))
	// The day is that of the receipt in UTC.
	if len(archived) != 2 || !strings.HasPrefix(archived[0], "2026-03-02/") || !strings.HasSuffix(s.list("acme-test", "archive"), "-b.edi") {
		t.Fatalf("archived: %q", archived)
	}
	if s.list("acme", "in") != "" {
		t.Errorf("in: %s", s.list("acme", "in"))
	}
	for _, name := range archived {
		id, _, _ := strings.Cut(filepath.Base(name)[36:], "-")
		if _, err := uuid.Parse(filepath.Base(name)[:36]); err != nil || id != "" {
			t.Errorf("archived as %s: %v", name, err)
		}
	}
	s.once()
	if got := s.r.taken(); got != "" {
		t.Errorf("taken again: %s", got)
	}
}

// TestInProgress holds that files that are being written, and what is no file, are left alone.
func TestInProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	names := []string{"a.tmp", "a.edi.TMP", "a.part", "a.edi.filepart", ".hidden.edi", ".~lock", "a.edi.ocTransferId12345", "a.ocTransferId1.part"}
	for _, name := range names {
		s.write("half", "acme", "in", name)
	}
	if err := errors.Join(os.Mkdir(s.path("acme", "in", "folder.edi"), 0o777), os.Symlink(outside, s.path("acme", "in", "link.edi")),
		os.Symlink("a.part", s.path("acme", "in", "inner.edi")), syscall.Mkfifo(s.path("acme", "in", "pipe.edi"), 0o666)); err != nil {
		t.Fatal(err)
	}
	before := s.list("acme")
	s.once()
	s.once()
	if got := s.r.taken(); got != "" || s.list("acme") != before {
		t.Errorf("taken: %s; now there: %s", got, s.list("acme"))
	}
	if err := os.Rename(s.path("acme", "in", "a.part"), s.path("acme", "in", "a.edi")); err != nil {
		t.Fatal(err)
	}
	s.once()
	if got := s.r.taken(); got != "ACME/folder/a.edi" {
		t.Errorf("renamed: %s", got)
	}
}

// TestLinksOut holds that a partner cannot lead the gateway out of its folder.
func TestLinksOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("another's", "acme-test", "in", "x.part")
	for _, name := range []string{"in", "acks", "archive"} {
		if err := errors.Join(os.Remove(s.path("acme", name)), os.Symlink(s.path("acme-test", name), s.path("acme", name))); err != nil {
			t.Fatal(err)
		}
	}
	s.once()
	a := answer(s)
	if err := s.tr.Send(t.Context(), a); err == nil {
		t.Error("an answer went out of the folder")
	}
	if got := s.list("acme-test"); got != "in/x.part" {
		t.Errorf("there is %s", got)
	}
	if got := s.r.taken(); got != "" {
		t.Errorf("taken: %s", got)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.Settle = 2 * time.Second })
	look := func(after time.Duration) string {
		s.clock.add(after)
		s.tr.Once(t.Context())
		return s.r.taken()
	}
	old := time.Now().Add(-24 * time.Hour)
	touch := func(text string) {
		s.write(text, "acme", "in", "a.edi")
		// Programs that keep the times of files must not make them look settled.
		if err := os.Chtimes(s.path("acme", "in", "a.edi"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	touch("half")
	if got := look(0); got != "" {
		t.Errorf("at once: %s", got)
	}
	if got := look(1900 * time.Millisecond); got != "" {
		t.Errorf("too early: %s", got)
	}
	touch("half and more")
	if got := look(time.Second); got != "" {
		t.Errorf("although it grew: %s", got)
	}
	if got := look(1500 * time.Millisecond); got != "" {
		t.Errorf("too early after it grew: %s", got)
	}
	if got := look(600 * time.Millisecond); got != "ACME/folder/a.edi" {
		t.Errorf("settled: %q", got)
	}
}

// TestChanged writes into a file, and replaces it, while it is read.
func TestChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"grows": func(p string) error {
			f, err := os.OpenFile(p, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		},
		"shrinks": func(p string) error { return os.Truncate(p, 3) },
		"is written over": func(p string) error {
			time.Sleep(10 * time.Millisecond) // the clock of the file system ticks
			f, err := os.OpenFile(p, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("other")
			return errors.Join(err, f.Close())
		},
	} {
		s := newSite(t, nil)
		s.write(strings.Repeat("whole ", 10), "acme", "in", "a.edi")
		path := s.path("acme", "in", "a.edi")
		s.r.during = func(*transport.Delivery) {
			if err := change(path); err != nil {
				t.Error(err)
			}
		}
		s.once()
		if got := s.r.taken(); got != "" || s.list("acme") != "in/a.edi" {
			t.Errorf("a file that %s: taken %q, there is %s", name, got, s.list("acme"))
		}
		s.r.during = nil
		s.once()
		if got := s.r.taken(); got != "ACME/folder/a.edi" {
			t.Errorf("a file that %s, later: taken %q", name, got)
		}
	}
}

// TestReplaced puts another file in the place of one that is read: the first is received, the other comes next.
func TestReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("one", "acme", "in", "a.edi")
	s.r.during = func(*transport.Delivery) {
		s.r.during = nil
		s.write("other", "acme", "in", ".new")
		if err := os.Rename(s.path("acme", "in", ".new"), s.path("acme", "in", "a.edi")); err != nil {
			t.Error(err)
		}
	}
	s.once()
	if got := s.read("acme", "in", "a.edi"); s.r.taken() != "ACME/folder/a.edi" || got != "other" || len(s.r.acts) != 1 {
		t.Errorf("first: %d received, in %q", len(s.r.acts), got)
	}
	s.once()
	if got := s.r.taken(); got != "ACME/folder/a.edi" || len(s.r.acts) != 2 || s.list("acme", "in") != "" {
		t.Errorf("then: %s, %d received", got, len(s.r.acts))
	}
}

// TestPutBack replaces a file in the moments between the look and the second name, and between that and the move.
func TestPutBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ at, in, archive string }{
		{"link", "other", ""},          // what got the second name was not received, and loses it
		{"rename", "third", "x-a.edi"}, // what was received is put away, and the new one is back
	} {
		t.Run(tt.at, func(t *testing.T) { putBack(t, tt.at, tt.in, tt.archive) })
	}
}

func putBack(t *testing.T, at, left, archive string) {
	t.Helper()
	s := newSite(t, nil)
	d, err := openDisk(s.root, "acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s.write("other", "acme", "in", "a.edi")
	info, err := d.Lstat("in/a.edi")
	if err != nil {
		t.Fatal(err)
	}
	// The file that was seen had another inode: as if it were replaced just before the rename.
	f := candidate{"a.edi", sightingOf(info, time.Time{})}
	moved := &swap{disk: d, t: t, s: s, at: at}
	d.hook = moved.hook
	in := &inbox{t: s.tr, partner: "ACME"}
	moved.arm = true
	if err := in.putAway(d, f, "archive/x-a.edi"); err != nil {
		t.Fatal(err)
	}
	if got := s.read("acme", "in", "a.edi"); got != left || s.list("acme", "archive") != archive {
		t.Errorf("in: %q, archive: %s", got, s.list("acme", "archive"))
	}
}

// TestBothNames takes a file that a loss of power left under both names, in its folder and put away.
func TestBothNames(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	d, err := openDisk(s.root, "acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s.write("other", "acme", "in", "a.edi")
	if err := d.Link("in/a.edi", "archive/x-a.edi"); err != nil {
		t.Fatal(err)
	}
	info, err := d.Lstat("in/a.edi")
	if err != nil {
		t.Fatal(err)
	}
	in := &inbox{t: s.tr, partner: "ACME"}
	if err := in.putAway(d, candidate{"a.edi", sightingOf(info, time.Time{})}, "archive/x-a.edi"); err != nil {
		t.Fatal(err)
	}
	if in, kept := s.list("acme", "in"), s.read("acme", "archive", "x-a.edi"); in != "" || kept != "other" {
		t.Errorf("in: %s, archive: %q", in, kept)
	}
}

// swap replaces what was just moved, as if it had been another file.
type swap struct {
	disk *disk
	t    *testing.T
	s    *site
	at   string // the step
	arm  bool
}

func (w *swap) hook(op, name string) {
	if op != w.at || !w.arm {
		return
	}
	w.arm = false
	w.s.write("third", "acme", "archive", ".third")
	if err := os.Rename(w.s.path("acme", "archive", ".third"), w.s.path("acme", name)); err != nil {
		w.t.Error(err)
	}
}

// TestCrash holds that a file that was received and not yet moved is the same transport act when it comes again.
func TestCrash(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("one", "acme", "in", "a.edi")
	s.write("", "acme", "archive", "2026-03-02") // in the way of the day's folder
	s.tr.Once(t.Context())
	if len(s.r.acts) != 1 || s.list("acme", "in") != "a.edi" {
		t.Fatalf("%d received, in: %s", len(s.r.acts), s.list("acme", "in"))
	}
	if err := os.Remove(s.path("acme", "archive", "2026-03-02")); err != nil {
		t.Fatal(err)
	}
	s.once()
	if len(s.r.acts) != 1 || s.list("acme", "in") != "" || !strings.HasSuffix(s.list("acme", "archive"), "-a.edi") {
		t.Errorf("%d received, in: %s, archive: %s", len(s.r.acts), s.list("acme", "in"), s.list("acme", "archive"))
	}
}

// TestBusy leaves files, and the partner's folder, alone for as long as the gateway says.
func TestBusy(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("one", "acme", "in", "a.edi")
	s.r.admit = &transport.BusyError{Reason: "backlog", RetryAfter: 20 * time.Second}
	s.tr.Once(t.Context())
	s.r.admit = nil
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{0, ""}, {19 * time.Second, ""}, {2 * time.Second, "ACME/folder/a.edi"}} {
		s.clock.add(tt.after)
		s.tr.Once(t.Context())
		if got := s.r.taken(); got != tt.want {
			t.Errorf("after another %s: %q", tt.after, got)
		}
	}
	// An error of the gateway makes longer and longer pauses, and none of the other files is tried meanwhile.
	s.write("one", "acme", "in", "b.edi")
	s.write("one", "acme", "in", "c.edi")
	s.r.fail = errors.New("the database is gone")
	s.tr.Once(t.Context())
	if n := strings.Count(s.log.String(), "the database is gone"); n != 1 {
		t.Errorf("tried %d times", n)
	}
	s.r.fail = nil
	s.tr.Once(t.Context())
	if got := s.r.taken(); got != "" {
		t.Errorf("without a pause: %s", got)
	}
	s.clock.add(2 * time.Second)
	s.tr.Once(t.Context())
	if got := s.r.taken(); got != "ACME/folder/b.edi ACME/folder/c.edi" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestUnreadable holds that one bad file does not hold up the others.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.write("bad", "acme", "in", "a.edi")
	s.write("good", "acme", "in", "b.edi")
	bad := s.path("acme", "in", "a.edi")
	s.r.during = func(d *transport.Delivery) {
		if d.Name == "a.edi" {
			if err := os.Truncate(bad, 1); err != nil {
				t.Error(err)
			}
		}
	}
	s.tr.Once(t.Context())
	if got := s.r.taken(); got != "ACME/folder/b.edi" || s.list("acme", "in") != "a.edi" {
		t.Errorf("taken: %s, in: %s", got, s.list("acme", "in"))
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.MaxSize = 10 })
	s.write("0123456789", "acme", "in", "fits.edi")
	s.write("0123456789a", "acme", "in", "large.edi")
	s.once()
	if got := s.r.taken(); got != "ACME/folder/fits.edi" {
		t.Errorf("taken: %s", got)
	}
	if got := s.list("acme", "rejected"); got != "large.edi large.edi.txt" || s.list("acme", "in") != "" {
		t.Errorf("rejected: %s, in: %s", got, s.list("acme", "in"))
	}
	if got := s.read("acme", "rejected", "large.edi.txt"); got != "The file has 11 bytes; at most 10 are taken.\n" {
		t.Errorf("text: %q", got)
	}
	// Another of the same name does not replace the first.
	s.write("0123456789ab", "acme", "in", "large.edi")
	s.once()
	if got := strings.Fields(s.list("acme", "rejected")); len(got) != 4 || s.read("acme", "rejected", "large.edi") != "0123456789a" {
		t.Errorf("rejected: %s", got)
	}
	// What the gateway finds too large goes the same way.
	s.write("x", "acme", "in", "y.edi")
	s.r.fail = transport.ErrTooLarge
	s.once()
	if got := s.list("acme", "rejected"); !strings.Contains(got, "y.edi.txt") {
		t.Errorf("rejected: %s", got)
	}
}

// TestOrder takes files in the order of their times.
func TestOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.Batch = 2 })
	for i, name := range []string{"d", "b", "c", "a", "e"} {
		s.write(name, "acme", "in", name)
		at := time.Unix(1_700_000_000+int64(i/2), 0)
		if err := os.Chtimes(s.path("acme", "in", name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	s.once()
	if got := s.r.taken(); got != "ACME/folder/b ACME/folder/d ACME/folder/a ACME/folder/c ACME/folder/e" {
		t.Errorf("order: %s", got)
	}
}

// TestRotation holds that one partner's many files do not hold up another's one.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) {
		c.Parallel, c.Poll = 1, time.Millisecond
		c.Now = time.Now
		c.Channels = func() []partner.Channel {
			return []partner.Channel{{Partner: "ACME", Name: "folder", Kind: "folder"}, {Partner: "OTHER", Name: "folder", Kind: "folder", Dir: "elsewhere/other"},
				{Partner: "THIRD", Name: "https", Kind: "https"}, {Partner: "BAD", Name: "folder", Kind: "folder", Dir: "../out"}}
		}
	})
	for i := range 50 {
		s.write("x", "acme", "in", fmt.Sprintf("%02d", i))
	}
	second := make(chan struct{})
	n := 0
	s.r.during = func(d *transport.Delivery) {
		if n++; n == 5 {
			s.write("x", "elsewhere", "other", "in", "one")
			close(second)
		}
		time.Sleep(2 * time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wake := make(chan struct{})
	done := make(chan error)
	go func() { done <- s.tr.Run(ctx, wake) }()
	<-second
	deadline := time.Now().Add(10 * time.Second)
	at := -1
	for at < 0 && time.Now().Before(deadline) {
		select {
		case wake <- struct{}{}:
		case <-time.After(time.Millisecond):
		}
		s.r.mu.Lock()
		at = slices.Index(s.r.names, "OTHER/folder/one")
		s.r.mu.Unlock()
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if at < 0 || at > 30 {
		t.Errorf("the other partner's file came as number %d", at)
	}
	if _, err := os.Stat(filepath.Join(s.root, "..", "out")); err == nil {
		t.Error("a folder was made outside the root")
	}
}

// TestStop ends the transport in the middle of a file: it stays, and nothing is received.
func TestStop(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.Now = time.Now })
	s.write("one", "acme", "in", "a.edi")
	ctx, cancel := context.WithCancel(t.Context())
	s.r.during = func(*transport.Delivery) { cancel() }
	if err := s.tr.Run(ctx, nil); err != nil {
		t.Error(err)
	}
	if got := s.r.taken(); got != "" || s.list("acme", "in") != "a.edi" {
		t.Errorf("taken: %s, in: %s", got, s.list("acme", "in"))
	}
}

func TestNewAndDir(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {Root: "x"}, {Channels: channels}} {
		if _, err := New(c, &receiver{}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	for dir, want := range map[string]string{"": "acme", "a": "a", "a/b": "a/b", "a/../b": "b", "..": "", "../a": "", "/a": "", ".": "", ".a": "", "a/../..": ""} {
		got, err := Dir(&partner.Channel{Partner: "ACME", Dir: dir})
		if got != filepath.FromSlash(want) || (err == nil) != (want != "") {
			t.Errorf("Dir(%q) = %q, %v", dir, got, err)
		}
	}
	if got, err := Dir(&partner.Channel{Partner: "ACME", Mode: cargo.TrafficTest}); got != "acme-test" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
