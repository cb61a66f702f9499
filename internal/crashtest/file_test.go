//go:build linux

package crashtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
)

// Sizes of files, in bills. Anything above 256 KiB is spooled, anything above 5,000 consignments is staged in chunks.
const (
	largeBills = 1700
	hugeBills  = 5200
)

// A file is one sending in the log of its sender. What never changes comes first.
type file struct {
	partner  string
	folder   bool
	name     string
	key      string // Idempotency-Key, of HTTPS
	control  string
	document string
	bills    []string
	body     []byte // nil once it is answered, where it can be made again
	size     int
	sum      string
	resendOf *file
	order    int64 // of sending, over all senders

	// What the sender knows. Written by one goroutine, read when it has ended.
	answered bool
	id       string // told over HTTPS
	replaced *file  // by which later one
	resent   bool   // it has a resend, and is replaced no more
}

// serial makes control references, documents and bills that come once.
var serial atomic.Int64

// newFile makes an original of n bills, or a replacement of an earlier file's document.
func newFile(partner, address string, n int, replaces *file) *file {
	s := serial.Add(1)
	f := &file{partner: partner, control: fmt.Sprintf("C%09d", s), document: fmt.Sprintf("DOC%09d", s), order: s}
	function := "9"
	if replaces != nil {
		function, f.document = "5", replaces.document
	}
	var b strings.Builder
	fmt.Fprintf(&b, "UNB+UNOC:3+%s+CUSTOMS+261123:0915+%s++++1'UNH+1+CUSCAR:D:95B:UN'BGM+85+%s+%s'", address, f.control, f.document, function)
	b.WriteString("TDT+20+047W+1++NRDK:172:20+++9732149:146:11:NORDIC HERON'LOC+60+NLRTM'DTM+132:202611252200:203'")
	segments := 6 // with UNT
	for i := range n {
		bill := fmt.Sprintf("B%09dX%d", s, i)
		f.bills = append(f.bills, bill)
		fmt.Fprintf(&b, "CNI+%d+%s'RFF+BM:%s'NAD+CN+++MAASHAVEN LOGISTICS BV:KADE %d'GID+1+10:CT'FTX+AAA+++GARDEN FURNITURE, FOLDED'"+
			"MEA+AAE+G+KGM:%d'PCI+24+MAASHAVEN:C/NO 1-10:ROTTERDAM'", i+1, bill, bill, i%90+1, i%900+100)
		segments += 7
	}
	fmt.Fprintf(&b, "UNT+%d+1'UNZ+1+%s'", segments, f.control)
	f.setBody([]byte(b.String()))
	f.name = fmt.Sprintf("%s-%09d.edi", strings.ToLower(partner), s)
	f.key = fmt.Sprintf("key-%09d", s)
	return f
}

func (f *file) setBody(body []byte) {
	sum := sha256.Sum256(body)
	f.body, f.size, f.sum = body, len(body), hex.EncodeToString(sum[:])
}

// resend makes another sending of the same bytes: a transport act of its own.
func (f *file) resend() *file {
	s := serial.Add(1)
	r := &file{partner: f.partner, folder: f.folder, control: f.control, document: f.document, resendOf: f, order: s,
		name: fmt.Sprintf("%s-%09d.edi", strings.ToLower(f.partner), s), key: fmt.Sprintf("key-%09d", s)}
	r.setBody(f.body)
	return r
}

// A mix chooses what a sender sends next.
type mix struct {
	partner, address string
	folder           bool
	rng              *rand.Rand
	past             []*file // small originals and replacements of its own that were answered
	plain            bool    // new small files alone
}

// next makes the next file. Tokens ask for a large or a huge one now.
func (m *mix) next(want *wanted) *file {
	var f *file
	roll := m.rng.IntN(100)
	switch {
	case want.huge.take():
		f = newFile(m.partner, m.address, hugeBills, nil)
	case want.large.take(), roll == 0 && !m.plain:
		f = newFile(m.partner, m.address, largeBills+m.rng.IntN(200), nil)
	case roll < 15 && len(m.past) > 0 && !m.plain:
		if old := m.past[m.rng.IntN(len(m.past))]; old.replaced == nil {
			old.resent = true
			f = old.resend()
			break
		}
		fallthrough
	case roll < 30 && len(m.past) > 0 && !m.plain:
		if old := m.past[m.rng.IntN(len(m.past))]; old.replaced == nil && !old.resent {
			f = newFile(m.partner, m.address, 1+m.rng.IntN(3), old)
			old.replaced = f
			break
		}
		fallthrough
	default:
		f = newFile(m.partner, m.address, 1+m.rng.IntN(4), nil)
	}
	f.folder = m.folder
	return f
}

// done keeps an answered file for a later resend or replacement, and lets go of the bytes of others.
func (m *mix) done(f *file) {
	f.answered = true
	if f.resendOf == nil && len(f.bills) < 100 && len(m.past) < 500 {
		m.past = append(m.past, f)
		return
	}
	f.body = nil
}

// wanted asks senders for files that a failpoint needs.
type wanted struct{ large, huge tokens }

type tokens struct{ n atomic.Int64 }

func (t *tokens) take() bool {
	for {
		n := t.n.Load()
		if n <= 0 {
			return false
		}
		if t.n.CompareAndSwap(n, n-1) {
			return true
		}
	}
}
