package https

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// registerAdmin adds what watches the gateway. It needs no key and stands in no document of the API.
func (s *Server) registerAdmin(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, health{OK: true}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		h := s.checks.run(r.Context())
		status := http.StatusOK
		if !h.OK {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, h)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{
		ErrorLog: promLog{s}, Registry: s.config.Registry, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
}

// promLog writes errors of gathering to the log.
type promLog struct{ s *Server }

func (l promLog) Println(v ...any) { l.s.log.Error("metrics", "error", fmt.Sprint(v...)) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a reader that is gone needs no answer
}

// health is what /readyz says.
type health struct {
	OK     bool          `json:"ok"`
	Checks []checkResult `json:"checks,omitempty"`
}

type checkResult struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Error  string `json:"error,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// A checker runs the checks of readiness, all at once, each for a bounded time, and not for every probe anew.
type checker struct {
	checks   []Check
	keep     time.Duration
	limit    time.Duration
	draining func() bool

	mu   sync.Mutex
	at   time.Time
	last []checkResult
}

func newChecker(checks []Check, keep, limit time.Duration, draining func() bool) *checker {
	return &checker{checks: checks, keep: keep, limit: limit, draining: draining}
}

// run gives the state of readiness. That of draining is never an old one.
func (c *checker) run(ctx context.Context) health {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) >= c.keep {
		// A probe that goes away must not leave its cancellation as the result for the next one.
		c.last, c.at = c.runAll(context.WithoutCancel(ctx)), time.Now()
	}
	h := health{OK: true, Checks: append([]checkResult{}, c.last...)}
	if c.draining() {
		h.Checks = append(h.Checks, checkResult{Name: "draining", Error: "the gateway is going down"})
	} else {
		h.Checks = append(h.Checks, checkResult{Name: "draining", OK: true})
	}
	for _, r := range h.Checks {
		h.OK = h.OK && r.OK
	}
	return h
}

func (c *checker) runAll(ctx context.Context) []checkResult {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	results := make([]chan checkResult, len(c.checks))
	for i, check := range c.checks {
		results[i] = make(chan checkResult, 1)
		go func() { results[i] <- runCheck(ctx, check) }()
	}
	out := make([]checkResult, len(c.checks))
	for i, check := range c.checks {
		select {
		case out[i] = <-results[i]:
		case <-ctx.Done():
			// A check that does not listen to its context must not hold up the answer.
			select {
			case out[i] = <-results[i]:
			case <-time.After(10 * time.Millisecond):
				out[i] = checkResult{Name: check.Name, Error: fmt.Sprintf("no answer in %s", c.limit)}
			}
		}
	}
	return out
}

func runCheck(ctx context.Context, check Check) (r checkResult) {
	r.Name = check.Name
	defer func() {
		if p := recover(); p != nil {
			r.OK, r.Error = false, fmt.Sprintf("panic: %v", p)
		}
	}()
	detail, err := check.Func(ctx)
	r.Detail, r.OK = detail, err == nil
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r.Error = "no answer in time: " + err.Error()
	case err != nil:
		r.Error = err.Error()
	}
	return r
}
