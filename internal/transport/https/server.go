package https

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cargogate/internal/transport"
)

// A Server serves the API. It is an http.Handler too, for tests and for other servers.
type Server struct {
	config  Config
	service Service
	auth    Authenticator
	log     *slog.Logger

	mux     *http.ServeMux
	api     huma.API
	bodies  *gate
	metrics *metrics
	checks  *checker

	draining atomic.Bool
	drain    context.Context // done when draining begins: who waits for a result waits no longer
	begin    context.CancelFunc
	serving  sync.WaitGroup
}

// New makes a server of what the service offers to those whom the authenticator knows.
func New(config Config, service Service, auth Authenticator) (*Server, error) {
	config.setDefaults()
	if config.TLS != nil && (config.TLS.Cert == "" || config.TLS.Key == "") {
		return nil, errors.New("https: TLS needs a certificate and a key")
	}
	s := &Server{config: config, service: service, auth: auth, log: config.Log, mux: http.NewServeMux(),
		bodies: newGate(config.MaxBodies, config.MaxPerPrincipal)}
	s.drain, s.begin = context.WithCancel(context.Background())
	s.checks = newChecker(config.Checks, config.CheckCache, config.CheckLimit, s.draining.Load)
	var err error
	if s.metrics, err = newMetrics(config.Registry); err != nil {
		return nil, err
	}
	s.api = newAPI(s, config.Version)
	s.registerMessages()
	s.registerConsignments()
	s.registerStaff()
	s.registerCases()
	tidy(s.api)
	if err := s.serveDocument(); err != nil {
		return nil, err
	}
	if !config.AdminOnly {
		s.registerAdmin(s.mux)
	}
	return s, nil
}

// OpenAPI gives the document that describes the API.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

// ServeHTTP answers one request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(s.mux, w, r) }

// serve answers by mux, and sees to what every request has: a trace, a paced body, a line in the log, numbers.
func (s *Server) serve(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{w: newResponse(w, s.config.WriteTimeout)}
	c.body = newPacedBody(r, c.w.ctl, s.config.RateWindow, s.config.MinRate)
	c.trace = traceOf(r.Header)
	span := transport.NewSpanID()
	r = r.WithContext(transport.WithTraceID(withCall(r.Context(), c), c.trace))
	if r.Body != nil {
		r.Body = c.body
	}
	h := c.w.Header()
	h.Set("Traceparent", transport.Traceparent(c.trace, span))
	if id := r.Header.Get("X-Request-Id"); visible(id, 128) {
		h.Set("X-Request-Id", id)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")

	s.metrics.inFlight.Inc()
	defer s.finish(r, c, start)
	s.route(mux, c.w, r)
}

// finish ends a request, a panic included: it is a problem where no answer has begun, and else ends the connection, so
// that a half answer cannot be taken for a whole one.
func (s *Server) finish(r *http.Request, c *call, start time.Time) {
	p := recover()
	if p != nil && p != http.ErrAbortHandler {
		s.log.Error("panic", "trace_id", c.trace, "route", c.route, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if c.w.status == 0 {
			writeProblem(c.w, r, newProblem(http.StatusInternalServerError, codeInternal, "Something went wrong here, not with your request."))
			p = nil
		} else {
			p = http.ErrAbortHandler
		}
	}
	c.body.finish()
	s.metrics.inFlight.Dec()
	s.metrics.observe(r, c, time.Since(start))
	s.logCall(r, c, time.Since(start), p != nil)
	if p != nil {
		panic(p)
	}
}

// PagesRoot is the path that the console has.
const PagesRoot = "/console/"

// pages serves the console, if the request is for it. Who asks is its own matter.
func (s *Server) pages(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) bool {
	if s.config.Pages == nil || mux != s.mux {
		return false
	}
	switch {
	case r.URL.Path == strings.TrimSuffix(PagesRoot, "/"):
		http.Redirect(w, r, PagesRoot, http.StatusMovedPermanently)
	case strings.HasPrefix(r.URL.Path, PagesRoot):
		callOf(r.Context()).route = r.Method + " " + PagesRoot
		s.config.Pages.ServeHTTP(w, r)
	default:
		return false
	}
	return true
}

// route finds the handler. What the mux would answer by itself, in plain text, becomes a problem.
func (s *Server) route(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	if s.pages(mux, w, r) {
		return
	}
	h, pattern := mux.Handler(r)
	if clean := path.Clean(r.URL.Path); pattern != "" && clean == r.URL.Path {
		mux.ServeHTTP(w, r) // and not h: the mux sets the values of the path
		return
	}
	answer := &refusal{header: http.Header{}}
	if pattern == "" && path.Clean(r.URL.Path) == r.URL.Path {
		h.ServeHTTP(answer, r)
	}
	if answer.status != http.StatusMethodNotAllowed {
		writeProblem(w, r, notFound())
		return
	}
	writeProblem(w, r, methodNotAllowed(answer.header.Get("Allow")))
}

// A refusal takes what the mux says of a request that it has no handler for.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (r *refusal) WriteHeader(status int)      { r.status = status }

// traceOf gives the trace that a request belongs to, or a new one.
func traceOf(h http.Header) string {
	if trace, ok := transport.ParseTraceparent(h.Get("Traceparent")); ok {
		return trace
	}
	return transport.NewTraceID()
}

// visible reports whether s is 1 to limit visible ASCII characters.
func visible(s string, limit int) bool {
	return s != "" && len(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// logCall writes the line of a request. Probes are heard only where somebody listens for them.
func (s *Server) logCall(r *http.Request, c *call, took time.Duration, aborted bool) {
	level := slog.LevelInfo
	if c.route == "" && c.w.status == http.StatusOK {
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("trace_id", c.trace), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.String("route", c.route), slog.Int("status", c.w.status), slog.Int64("bytes_in", c.body.bytes),
		slog.Int64("bytes_out", c.w.bytes), slog.Duration("duration", took), slog.String("remote", r.RemoteAddr),
	}
	if c.known {
		attrs = append(attrs, slog.String("principal", c.principal.String()))
	}
	if c.message != "" {
		attrs = append(attrs, slog.String("message_id", c.message))
	}
	if c.code != "" {
		attrs = append(attrs, slog.String("code", c.code))
	}
	if aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if c.failure != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", c.failure.Error()))
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// Serve serves the API on l until ctx is done. Then it is not ready for DrainWait while it still serves, so that a load
// balancer can turn away; then it takes no more connections and lets requests in progress end, for at most DrainMax.
// It returns nil after such an end, with the listener closed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.serving.Add(1)
	defer s.serving.Done()
	srv := s.newServer(ctx, s)
	srv.ConnState = s.metrics.connection()
	limited := newLimitListener(l, s.config.MaxConnections)
	serve := func() error { return srv.Serve(limited) }
	if s.config.TLS != nil {
		r, err := newReloader(*s.config.TLS, s.log)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		polling, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		go r.run(polling)
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: r.certificate, GetConfigForClient: r.config}
		serve = func() error { return srv.ServeTLS(limited, "", "") }
	}
	done := make(chan error, 1)
	go func() { done <- serve() }()
	select {
	case err := <-done:
		return fmt.Errorf("https: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("not ready: draining", "wait", s.config.DrainWait, "limit", s.config.DrainMax)
	select {
	case err := <-done:
		return fmt.Errorf("https: %w", err)
	case <-time.After(s.config.DrainWait):
	}
	s.begin()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.DrainMax)
	defer cancel()
	err := srv.Shutdown(end)
	if err != nil {
		s.log.Warn("requests were cut off", "error", err)
		err = srv.Close()
	}
	<-done
	return err
}

// newServer gives the settings that every listener has. Requests outlive ctx: they are drained, not cancelled.
func (s *Server) newServer(ctx context.Context, h http.Handler) *http.Server {
	base := context.WithoutCancel(ctx)
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.config.HeaderTimeout,
		IdleTimeout:       s.config.IdleTimeout,
		MaxHeaderBytes:    s.config.MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // handshakes of whoever knocks
		BaseContext:       func(net.Listener) context.Context { return base },
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 128},
	}
}

// ServeAdmin serves health and metrics on l, in plain HTTP, until ctx is done and no Serve runs any more: so that the
// end can be watched.
func (s *Server) ServeAdmin(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	s.registerAdmin(mux)
	srv := s.newServer(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(mux, w, r) }))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(newLimitListener(l, s.config.MaxConnections)) }()
	select {
	case err := <-done:
		return fmt.Errorf("https: %w", err)
	case <-ctx.Done():
	}
	s.serving.Wait()
	err := srv.Close()
	<-done
	return err
}
