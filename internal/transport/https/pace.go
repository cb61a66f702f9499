package https

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// errSlow says that a sender brought less than the least rate.
var errSlow = errors.New("https: the body comes too slowly")

// lingering is how long the rest of a body that nobody wants may take before its connection is closed.
const lingering = 2 * time.Second

func slowProblem() *Problem {
	return newProblem(http.StatusRequestTimeout, codeSlow, "The body came too slowly.").with("Connection", "close")
}

// A pacedBody is a request's body that must not come too slowly: in each window of reading it brings the least number
// of bytes, or errSlow ends it. Only the time spent waiting for the sender counts, not that of whoever reads.
type pacedBody struct {
	io.ReadCloser
	ctl    *http.ResponseController
	window time.Duration
	least  int64 // bytes in a window

	spent    time.Duration // in this window
	got      int64         // in this window
	deadline time.Time     // as it is set; zero where none is
	bytes    int64         // in all
	ended    bool          // the body was read to its end
	err      error         // other than io.EOF; stays
}

func newPacedBody(r *http.Request, ctl *http.ResponseController, window time.Duration, rate int64) *pacedBody {
	return &pacedBody{ReadCloser: r.Body, ctl: ctl, window: window, least: int64(float64(rate) * window.Seconds()),
		ended: r.Body == nil || r.Body == http.NoBody}
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	start := time.Now()
	b.renew(start.Add(b.window - b.spent))
	n, err := b.ReadCloser.Read(p)
	b.spent += time.Since(start)
	b.got += int64(n)
	b.bytes += int64(n)
	switch {
	case err == io.EOF:
		b.ended = true
		// A handler may take its time from here on: the deadline must not end the request.
		if !b.deadline.IsZero() {
			_ = b.ctl.SetReadDeadline(time.Time{})
		}
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.err = errSlow
	case err != nil:
		b.err = err
	case b.got >= b.least:
		b.got, b.spent = 0, 0
	case b.spent >= b.window:
		b.err = errSlow
	}
	return n, b.err
}

// renew moves the deadline of reading where it has moved by much: it costs a message on HTTP/2.
func (b *pacedBody) renew(to time.Time) {
	if d := to.Sub(b.deadline); d > b.window/32 || d < -b.window/32 {
		_ = b.ctl.SetReadDeadline(to)
		b.deadline = to
	}
}

// finish bounds the time that net/http may spend on the rest of a body that was not read.
func (b *pacedBody) finish() {
	if !b.ended {
		_ = b.ctl.SetReadDeadline(time.Now().Add(lingering))
	}
}
