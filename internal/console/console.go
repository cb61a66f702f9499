// Package console is the pages of the gateway for people: arrivals, messages with what is wrong in them, and the cases that
// officers work. It shows what the service gives to whoever has signed in, and knows no database.
//
// Pages are rendered here and need no script. Nothing is fetched from elsewhere.
package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

//go:generate go tool -modfile=../../tools/go.mod templ generate

// Root is the path under which the pages stand.
const Root = "/console/"

//go:embed console.css
var files embed.FS

// A Service is what the pages ask of the gateway; see package gateway. It authorises every call itself.
type Service interface {
	Messages(ctx context.Context, p partner.Principal, mode cargo.Traffic, states []gateway.State, limit int, after string) (gateway.Page[*gateway.MessageView], error)
	Message(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.MessageView, error)
	Findings(ctx context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[rawJSON], error)
	Original(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.Original, error)
	Acknowledgements(ctx context.Context, p partner.Principal, id uuid.UUID) (gateway.Page[gateway.AckView], error)
	Acknowledgement(ctx context.Context, p partner.Principal, id, ack uuid.UUID) (*outbox.Answer, error)
	MessageConsignments(ctx context.Context, p partner.Principal, id uuid.UUID, limit int, after string) (gateway.Page[*gateway.ConsignmentView], error)
	Cases(ctx context.Context, p partner.Principal, q gateway.CaseQuery) (gateway.Page[*gateway.CaseView], error)
	Case(ctx context.Context, p partner.Principal, id uuid.UUID) (*gateway.CaseView, error)
	LeaseCase(ctx context.Context, p partner.Principal, id uuid.UUID, d time.Duration) (*gateway.CaseView, error)
	ReturnCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string) (*gateway.CaseView, error)
	DecideCase(ctx context.Context, p partner.Principal, id uuid.UUID, a gateway.CaseAct) (*gateway.CaseView, error)
	NoteCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease, note string) (*gateway.CaseView, error)
	OutcomeCase(ctx context.Context, p partner.Principal, id uuid.UUID, lease string, f caseq.Finding) (*gateway.CaseView, error)
}

// An Authenticator turns a key into a principal; partner.ErrUnauthenticated where it is none.
type Authenticator interface {
	Authenticate(ctx context.Context, key string) (partner.Principal, error)
}

// Config says how the pages work.
type Config struct {
	Log *slog.Logger     // slog.Default
	Now func() time.Time // time.Now
	// Plain leaves out that cookies travel over TLS alone: only for a gateway without TLS.
	Plain bool
}

// A Console serves the pages.
type Console struct {
	service  Service
	config   Config
	sessions *sessions
	mux      *http.ServeMux
}

// New makes one.
func New(service Service, auth Authenticator, c Config) *Console {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	con := &Console{service: service, config: c, sessions: newSessions(auth, c.Now), mux: http.NewServeMux()}
	con.routes()
	return con
}

// leaseFor is how long a case is an officer's after a click.
const leaseFor = 15 * time.Minute

func (c *Console) routes() {
	c.mux.Handle("GET "+Root+"console.css", http.StripPrefix(Root, http.FileServerFS(files)))
	c.mux.HandleFunc("GET "+Root+"signin", c.showSignIn)
	c.mux.HandleFunc("POST "+Root+"signin", c.signIn)
	c.mux.HandleFunc("POST "+Root+"signout", c.signOut)
	get := func(path string, h func(*visit) error) { c.mux.HandleFunc("GET "+Root+path, c.visited(h, false)) }
	post := func(path string, h func(*visit) error) { c.mux.HandleFunc("POST "+Root+path, c.visited(h, true)) }
	get("{$}", func(v *visit) error {
		to := "messages"
		if v.staff() && !v.may(partner.MessageList) {
			to = "cases"
		}
		return v.redirect(to)
	})
	get("messages", c.arrivals)
	get("messages/{id}", c.message)
	get("messages/{id}/original", c.original)
	get("messages/{id}/acknowledgements/{ack}", c.acknowledgement)
	get("cases", c.cases)
	get("cases/{id}", c.oneCase)
	post("cases/{id}/lease", func(v *visit) error {
		return v.acted(c.service.LeaseCase(v.r.Context(), v.session.principal, v.id("id"), leaseFor))
	})
	post("cases/{id}/return", func(v *visit) error {
		return v.acted(c.service.ReturnCase(v.r.Context(), v.session.principal, v.id("id"), v.r.PostFormValue("lease")))
	})
	post("cases/{id}/decide", c.decide)
	post("cases/{id}/note", func(v *visit) error {
		return v.acted(c.service.NoteCase(v.r.Context(), v.session.principal, v.id("id"), v.r.PostFormValue("lease"), v.r.PostFormValue("note")))
	})
	post("cases/{id}/outcome", func(v *visit) error {
		f := v.r.PostFormValue
		return v.acted(c.service.OutcomeCase(v.r.Context(), v.session.principal, v.id("id"), f("lease"),
			caseq.Finding{Result: f("result"), Family: f("family"), On: f("on"), Note: f("note")}))
	})
	c.mux.HandleFunc("GET "+Root, c.visited(func(*visit) error { return gateway.ErrNotFound }, false))
}

// maxForm bounds what a form sends, in bytes.
const maxForm = 64 << 10

// ServeHTTP serves one page. Nothing of it may be kept, framed or made to run a script.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if !strings.HasSuffix(r.URL.Path, ".css") {
		h.Set("Cache-Control", "no-store")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	c.mux.ServeHTTP(w, r)
}

// A visit is one request of somebody who has signed in.
type visit struct {
	c       *Console
	w       http.ResponseWriter
	r       *http.Request
	session *session
}

// errForm says that a form did not come from a page of ours.
var errForm = errors.New("the form is not from this page; open it again")

// visited wraps a page: who asks, and for what changes something the token of the form.
func (c *Console) visited(h func(*visit) error, form bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := c.sessions.of(r.Context(), r)
		if s == nil {
			http.Redirect(w, r, Root+"signin", http.StatusSeeOther)
			return
		}
		v := &visit{c, w, r, s}
		if form && !s.owns(r.PostFormValue("csrf")) {
			v.fail(errForm)
			return
		}
		if err := h(v); err != nil {
			v.fail(err)
		}
	}
}

// id gives an id of the path; one that is none is the zero one, which nothing has.
func (v *visit) id(name string) uuid.UUID {
	id, err := uuid.Parse(v.r.PathValue(name))
	if err != nil || len(v.r.PathValue(name)) != 36 {
		return uuid.Nil
	}
	return id
}

func (v *visit) staff() bool { return v.session.principal.Kind == partner.KindStaff }

// may reports whether who visits may do something at all.
func (v *visit) may(a partner.Action) bool {
	return partner.Authorise(v.session.principal, a, partner.Object{Kind: "page", Partner: v.session.principal.Partner(), Mode: v.session.principal.Mode}) == nil
}

func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, Root+to, http.StatusSeeOther)
	return nil
}

// acted goes back to a case after something was done with it. What could not be done for a reason of the case is told there.
func (v *visit) acted(_ *gateway.CaseView, err error) error {
	if errors.Is(err, gateway.ErrInput) || errors.Is(err, gateway.ErrConflict) || errors.Is(err, partner.ErrDenied) {
		v.session.tell(plain(err))
		err = nil
	}
	if err != nil {
		return err
	}
	return v.redirect("cases/" + v.id("id").String())
}

// plain gives an error without the names of packages.
func plain(err error) string {
	s := err.Error()
	for _, prefix := range []string{gateway.ErrInput.Error(), gateway.ErrConflict.Error(), partner.ErrDenied.Error()} {
		s = strings.TrimPrefix(s, prefix+": ")
	}
	for _, prefix := range []string{"gateway: ", "caseq: ", "partner: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	if s == "" {
		return "It cannot be done."
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// fail shows an error as a page. What is another's and what is not there look the same.
func (v *visit) fail(err error) {
	status, text := http.StatusInternalServerError, "Something went wrong here, not with what you did."
	large, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		status, text = http.StatusRequestEntityTooLarge, fmt.Sprintf("The form is larger than %d bytes.", large.Limit)
	case errors.Is(err, partner.ErrHidden), errors.Is(err, partner.ErrNotFound), errors.Is(err, gateway.ErrNotFound):
		status, text = http.StatusNotFound, "There is no such thing here."
	case errors.Is(err, partner.ErrDenied):
		status, text = http.StatusForbidden, "Your role may not see that."
	case errors.Is(err, errForm):
		status, text = http.StatusForbidden, "The form is not from this page, or you have signed in anew. Open the page again."
	case errors.Is(err, gateway.ErrInput):
		status, text = http.StatusUnprocessableEntity, plain(err)
	case errors.Is(err, gateway.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		status, text = http.StatusServiceUnavailable, "The gateway cannot do this now; it tries to mend itself."
	default:
		v.c.config.Log.Error("a page failed", "path", v.r.URL.Path, "principal", v.session.principal.String(), "error", err)
	}
	v.w.WriteHeader(status)
	v.render(errorPage(v.frame(http.StatusText(status)), text))
}
