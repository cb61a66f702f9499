package https

import (
	"context"
	"net/http"
	"time"

	"cargogate/internal/partner"
)

// A call is one request on its way: what the log line and the metrics tell of it at the end.
type call struct {
	w         *response
	route     string // as the OpenAPI document names it; "" where there is none
	trace     string
	principal partner.Principal
	known     bool // principal is authenticated
	message   string
	code      string // of the problem; "" where there is none
	body      *pacedBody
	failure   error // why it is a 500, for the log
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf gives the call of a context; every request has one.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil {
		return &call{w: &response{}}
	}
	return c
}

// A response counts what is written, and gives up readers that take nothing.
type response struct {
	http.ResponseWriter
	ctl     *http.ResponseController
	timeout time.Duration
	renewed time.Time

	status int // 0 until the header is written
	bytes  int64
}

func newResponse(w http.ResponseWriter, timeout time.Duration) *response {
	r := &response{ResponseWriter: w, ctl: http.NewResponseController(w), timeout: timeout}
	// A deadline of the request before, on the same connection, must not end this one.
	_ = r.ctl.SetWriteDeadline(time.Time{})
	return r
}

// Unwrap lets http.ResponseController find the connection.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader keeps the status.
func (r *response) WriteHeader(status int) {
	if r.status != 0 {
		return
	}
	if status >= 200 {
		r.status = status
		r.renew()
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts bytes, and gives the reader time to take them.
func (r *response) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.renew()
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// renew moves the deadline of writing, at most once a second: it costs a message on HTTP/2.
func (r *response) renew() {
	if r.ctl == nil {
		return
	}
	if now := time.Now(); now.Sub(r.renewed) > min(time.Second, r.timeout/4) {
		_ = r.ctl.SetWriteDeadline(now.Add(r.timeout))
		r.renewed = now
	}
}
