package transporttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cargogate/internal/cargo"
	"cargogate/internal/transport"
)

// Rules gives all rules.
func Rules() []Rule {
	return []Rule{
		{"bytes", checkBytes},
		{"mode", checkMode},
		{"partial", checkPartial},
		{"busy", checkBusy},
		{"receipt before yes", checkReceiptFirst},
		{"no without receipt", checkFailure},
		{"repeat", checkRepeat},
		{"large", checkLarge},
		{"names", checkNames},
	}
}

// bytesFile makes a file of these bytes.
func bytesFile(name, act string, body []byte) File {
	return File{Name: name, Mode: cargo.TrafficLive, Act: act, Size: int64(len(body)), Body: func() io.Reader { return bytes.NewReader(body) }}
}

// randomBytes gives bytes that are the same each time.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b) // never fails
	return b
}

// start runs a rule's play over a transport.
func start(h Harness, play func(r *recorder, p Partner) error) error {
	r := &recorder{}
	p, stop, err := h(r)
	if err != nil {
		return err
	}
	defer stop()
	return play(r, p)
}

// send sends a file that must come to this outcome.
func send(ctx context.Context, p Partner, f File, want Outcome) (Result, error) {
	res, err := p.Send(ctx, f)
	if err != nil {
		return res, fmt.Errorf("%s: %w", f.Name, err)
	}
	if res.Outcome != want {
		return res, fmt.Errorf("%s: outcome %d, want %d", f.Name, res.Outcome, want)
	}
	return res, nil
}

// one gives the only delivery since it was last asked.
func one(r *recorder, f File) (delivered, error) {
	got := r.taken()
	if len(got) != 1 {
		return delivered{}, fmt.Errorf("%s was delivered %d times", f.Name, len(got))
	}
	return got[0], nil
}

// checkBytes: every byte arrives, once, with what is known of the sender.
func checkBytes(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		for _, n := range []int{0, 1, 255, 4096, 64 << 10, 1<<20 + 7} {
			body := randomBytes(n)
			f := bytesFile(fmt.Sprintf("bytes-%d.edi", n), fmt.Sprintf("bytes-%d", n), body)
			if _, err := send(ctx, p, f, Yes); err != nil {
				return err
			}
			d, err := one(r, f)
			switch {
			case err != nil:
				return err
			case d.err != nil:
				return fmt.Errorf("%s: the body ends with %w", f.Name, d.err)
			case d.n != f.Size || d.sum != sha256.Sum256(body):
				return fmt.Errorf("%s: %d bytes arrived, or others", f.Name, d.n)
			case d.Size != f.Size && d.Size != -1:
				return fmt.Errorf("%s: declared as %d bytes", f.Name, d.Size)
			case len(d.admitted) != 1 || d.admitted[0] != d.Size:
				return fmt.Errorf("%s of %d bytes: Admit was asked before for %v", f.Name, d.Size, d.admitted)
			case d.Principal.Partner() == "" || d.Kind == "" || d.Channel == "" || len(d.TraceID) != 32 || len(d.Headers) == 0:
				return fmt.Errorf("%s: something is missing in %+v", f.Name, d.Delivery)
			case d.Name != f.Name:
				return fmt.Errorf("%s is called %q", f.Name, d.Name)
			}
		}
		return nil
	})
}

// checkMode: test traffic comes as such.
func checkMode(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		for _, mode := range []cargo.Traffic{cargo.TrafficLive, cargo.TrafficTest} {
			f := bytesFile("mode-"+string(mode)+".edi", "mode-"+string(mode), []byte(mode))
			f.Mode = mode
			if _, err := send(ctx, p, f, Yes); err != nil {
				return err
			}
			d, err := one(r, f)
			if err != nil {
				return err
			}
			if d.Mode != mode || d.Principal.Mode != mode {
				return fmt.Errorf("%s traffic came as %q, by a principal for %q", mode, d.Mode, d.Principal.Mode)
			}
		}
		return nil
	})
}

// checkPartial: half a file is never delivered as one.
func checkPartial(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		body := randomBytes(300 << 10)
		for _, n := range []int64{0, 1, 100 << 10, 300<<10 - 1} {
			f := bytesFile(fmt.Sprintf("partial-%d.edi", n), fmt.Sprintf("partial-%d", n), body)
			if err := p.Abort(ctx, f, n); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
		}
		// What comes behind shows that the transport has had its time.
		last := bytesFile("partial-last.edi", "partial-last", body)
		if _, err := send(ctx, p, last, Yes); err != nil {
			return err
		}
		for _, d := range r.taken() {
			if d.err == nil && d.n != last.Size {
				return fmt.Errorf("%s: %d of %d bytes were delivered as a whole", d.Name, d.n, last.Size)
			}
		}
		return nil
	})
}

// checkBusy: where there is no room the body is not taken, and it is when there is room again.
func checkBusy(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		for _, own := range []bool{false, true} {
			f := bytesFile(fmt.Sprintf("busy-%v.edi", own), fmt.Sprintf("busy-%v", own), randomBytes(200<<10))
			r.set(func() { r.busy = &transport.BusyError{Reason: "disk", RetryAfter: time.Millisecond, Partner: own} })
			res, err := send(ctx, p, f, Later)
			if err != nil {
				return err
			}
			if got := r.taken(); len(got) != 0 {
				return fmt.Errorf("%s was delivered while there was no room", f.Name)
			}
			if res.Sent > 0 {
				return fmt.Errorf("%s: %d bytes were read before there was asked for room", f.Name, res.Sent)
			}
			r.set(func() { r.busy = nil })
			if _, err := send(ctx, p, f, Yes); err != nil {
				return err
			}
			if _, err := one(r, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkReceiptFirst: nobody is told yes before the receipt is there.
func checkReceiptFirst(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		f := bytesFile("first.edi", "first", randomBytes(100))
		block, arrived := make(chan struct{}), make(chan struct{}, 8)
		r.set(func() { r.block, r.arrived = block, arrived })
		told := make(chan error, 1)
		go func() {
			_, err := send(ctx, p, f, Yes)
			told <- err
		}()
		release := func(err error) error {
			close(block)
			if sent := <-told; err == nil {
				return sent
			}
			return err
		}
		select {
		case <-arrived:
		case err := <-told:
			close(block)
			return fmt.Errorf("told before anything was delivered (%v)", err)
		case <-ctx.Done():
			return release(ctx.Err())
		}
		select {
		case err := <-told:
			close(block)
			return fmt.Errorf("told before the receipt was there (%v)", err)
		case <-time.After(50 * time.Millisecond):
		}
		return release(nil)
	})
}

// checkFailure: where there is no receipt there is no yes, and the sender may try again.
func checkFailure(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		for i, failure := range []error{errors.New("the disk is on fire"), &transport.BusyError{Reason: "spool", RetryAfter: time.Millisecond}} {
			f := bytesFile(fmt.Sprintf("fail-%d.edi", i), fmt.Sprintf("fail-%d", i), randomBytes(5000))
			r.set(func() { r.fail = failure })
			if _, err := send(ctx, p, f, Later); err != nil {
				return err
			}
			r.set(func() { r.fail = nil })
			if _, err := send(ctx, p, f, Yes); err != nil {
				return err
			}
			got := r.taken()
			if d := got[len(got)-1]; d.n != f.Size || d.err != nil {
				return fmt.Errorf("%s: the second try brought %d bytes (%v)", f.Name, d.n, d.err)
			}
		}
		return nil
	})
}

// checkRepeat: a retry is the same transport act, and another file is another.
func checkRepeat(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		acts := map[string]string{}
		for i := range 3 {
			f := bytesFile(fmt.Sprintf("repeat-%d.edi", i), fmt.Sprintf("repeat-%d", i), randomBytes(1000))
			r.set(func() { r.fail = errors.New("the answer is lost") })
			if _, err := send(ctx, p, f, Later); err != nil {
				return err
			}
			r.set(func() { r.fail = nil })
			if _, err := send(ctx, p, f, Yes); err != nil {
				return err
			}
			got := r.taken()
			if len(got) < 2 {
				return fmt.Errorf("%s was delivered %d times", f.Name, len(got))
			}
			for _, d := range got {
				if d.TransportID == "" || d.TransportID != got[0].TransportID {
					return fmt.Errorf("%s: the acts are called %q and %q", f.Name, got[0].TransportID, d.TransportID)
				}
			}
			if other, ok := acts[got[0].TransportID]; ok {
				return fmt.Errorf("%s and %s are the same act", other, f.Name)
			}
			acts[got[0].TransportID] = f.Name
		}
		return nil
	})
}

// largeHeap is by how much the heap may grow while a file of largeSize comes.
const largeHeap = 24 << 20

// checkLarge: a large file streams.
func checkLarge(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		f := File{Name: "large.edi", Mode: cargo.TrafficLive, Act: "large", Size: largeSize, Body: func() io.Reader { return io.LimitReader(&pattern{}, largeSize) }}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before, most, next := m.HeapInuse, uint64(0), int64(0)
		r.set(func() {
			r.onRead = func(n int64) {
				if n < next {
					return
				}
				next = n + largeSize/16
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		})
		if _, err := send(ctx, p, f, Yes); err != nil {
			return err
		}
		d, err := one(r, f)
		if err != nil {
			return err
		}
		want := sha256.New()
		_, _ = io.Copy(want, f.Body()) // a hash takes everything
		if d.n != largeSize || d.sum != [32]byte(want.Sum(nil)) {
			return fmt.Errorf("%d bytes arrived, or others", d.n)
		}
		if most > before+largeHeap {
			return fmt.Errorf("the heap grew by %d MiB while %d MiB came", (most-before)>>20, largeSize>>20)
		}
		return nil
	})
}

// A pattern is bytes without end that cost little: a block whose length is prime, so that a shifted piece is noticed.
type pattern struct{ at int }

var patternBlock = randomBytes(65521)

// Read implements io.Reader.
func (p *pattern) Read(b []byte) (int, error) {
	n := copy(b, patternBlock[p.at:])
	p.at = (p.at + n) % len(patternBlock)
	return n, nil
}

// checkNames: whatever a sender calls its file, it arrives under a name that can be shown, stored and used.
func checkNames(ctx context.Context, h Harness) error {
	return start(h, func(r *recorder, p Partner) error {
		for i, name := range []string{
			"manifest 1.edi", "señal.edi", "積荷目録.edi", "a.b..c.edi", "no-extension", "-rf.edi", "%2e%2e.edi", "semi;colon&.edi", `quo"te.edi`, // as they are
			"../../escape.edi", "/etc/passwd", `..\..\escape.edi`, "..", "tab\there.edi", "new\nline.edi", "bad\xff.edi", "\u202Eide.exe",
			strings.Repeat("long", 60) + ".edi", strings.Repeat("é", 120) + ".edi", strings.Repeat("x", 300) + ".edi",
		} {
			f := bytesFile(name, fmt.Sprintf("name-%d", i), []byte(fmt.Sprintf("name %d", i)))
			if _, err := send(ctx, p, f, Yes); errors.Is(err, ErrName) {
				continue
			} else if err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			d, err := one(r, f)
			if err != nil {
				return err
			}
			got := d.Name
			if i < 9 && got != name {
				return fmt.Errorf("%q is called %q", name, got)
			}
			if !utf8.ValidString(got) || len(got) > transport.MaxName || strings.ContainsAny(got, `/\`) || strings.Trim(got, ".") == "" && got != "" ||
				strings.ContainsFunc(got, func(c rune) bool { return !unicode.IsGraphic(c) }) {
				return fmt.Errorf("%q is called %q, which cannot be shown or stored", name, got)
			}
			if !utf8.ValidString(fmt.Sprint(d.Headers)) || !utf8.ValidString(d.TransportID) {
				return fmt.Errorf("%q: headers %q or act %q are not UTF-8", name, d.Headers, d.TransportID)
			}
			if d.n != f.Size {
				return fmt.Errorf("%q: %d bytes", name, d.n)
			}
		}
		return nil
	})
}
