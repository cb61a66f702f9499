package https

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// actionExtension names the action of an operation in the OpenAPI document, so that who may do what can be enumerated.
const actionExtension = "x-cargogate-action"

// newAPI makes the API on a mux. Nothing of what huma adds by itself is there: no $schema fields, no pages, no formats
// but JSON.
func newAPI(s *Server, version string) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registry.RegisterTypeAlias(reflect.TypeFor[uuid.UUID](), reflect.TypeFor[uuidText]())
	registry.RegisterTypeAlias(reflect.TypeFor[cargo.Traffic](), reflect.TypeFor[trafficText]())
	registry.RegisterTypeAlias(reflect.TypeFor[gateway.State](), reflect.TypeFor[stateText]())
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "cargogate",
				Version: version,
				Description: "The front door of a customs administration for cargo data. JSON is UTF-8; decimals are strings; " +
					"times are RFC 3339 in UTC; absent fields are left out; fields may be added.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key": {Type: "http", Scheme: "bearer", Description: "An API key."},
				},
			},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
	}
	config.AllowAdditionalPropertiesByDefault = true // fields may be added
	return huma.NewAPI(config, &adapter{s: s, verbs: map[string]map[string]http.HandlerFunc{}})
}

// schemaName calls schemas as the documents do: Message, not MessageView.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if strings.HasPrefix(name, "List") {
		return "List" + strings.TrimSuffix(strings.TrimPrefix(name, "List"), "View")
	}
	return strings.TrimSuffix(strings.TrimSuffix(name, "View"), "Body")
}

// An adapter puts huma's operations on the mux, behind authentication.
type adapter struct {
	s     *Server
	verbs map[string]map[string]http.HandlerFunc // by pattern without ":verb", then by verb
}

// Handle implements huma.Adapter. The mux knows no "{id}:verb", so that these share one pattern and are told apart here.
func (a *adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	h := a.s.authenticated(op, func(w http.ResponseWriter, r *http.Request) { handler(humago.NewContext(op, r, w)) })
	base, verb, found := strings.Cut(op.Path, "}:")
	if !found {
		a.s.mux.HandleFunc(op.Method+" "+op.Path, h)
		return
	}
	pattern := op.Method + " " + base + "}"
	if a.verbs[pattern] == nil {
		verbs := map[string]http.HandlerFunc{}
		a.verbs[pattern] = verbs
		a.s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { a.dispatch(verbs, w, r) })
	}
	a.verbs[pattern][verb] = h
}

// dispatch finds the verb behind an id.
func (a *adapter) dispatch(verbs map[string]http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	i := strings.LastIndexByte(id, ':')
	if i >= 0 {
		if h := verbs[id[i+1:]]; h != nil {
			r.SetPathValue("id", id[:i])
			h(w, r)
			return
		}
	}
	get := r.Clone(r.Context())
	get.Method = http.MethodGet
	if _, pattern := a.s.mux.Handler(get); i < 0 && pattern != "" {
		writeProblem(w, r, methodNotAllowed("GET, HEAD"))
		return
	}
	writeProblem(w, r, notFound())
}

// ServeHTTP implements huma.Adapter.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.s.ServeHTTP(w, r) }

// operation describes one for the OpenAPI document.
func operation(id, action, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary,
		Security:        []map[string][]string{{"key": {}}},
		Extensions:      map[string]any{actionExtension: action},
		BodyReadTimeout: -1, // every body is paced already
	}
}

// register adds an operation whose errors are put into words here, so that no handler can forget it.
func register[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, p partner.Principal, in *I) (*O, error)) {
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := h(ctx, c.principal, in)
		if err != nil {
			p := problemOf(err)
			c.code, p.TraceID = p.Code, c.trace
			if p.Status == http.StatusInternalServerError {
				c.failure = err
			}
			return nil, p
		}
		return out, nil
	})
}

// authenticated wraps the handler of an operation: the key first, then all the rest.
func (s *Server) authenticated(op *huma.Operation, next http.HandlerFunc) http.HandlerFunc {
	route := op.Method + " " + op.Path
	return func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		c.route = route
		p, err := s.authenticate(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		c.principal, c.known = p, true
		next(w, r)
	}
}

// authenticate finds who asks. Only a key in Authorization counts: what is in a URL ends up in logs.
func (s *Server) authenticate(r *http.Request) (partner.Principal, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return partner.Principal{}, partner.ErrUnauthenticated
	}
	scheme, key, _ := strings.Cut(headers[0], " ")
	key = strings.TrimSpace(key)
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return partner.Principal{}, partner.ErrUnauthenticated
	}
	return s.auth.Authenticate(r.Context(), key)
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		callOf(r.Context()).failure = err
	}
	writeProblem(w, r, p)
}

// parseID reads an id of a path. What is no id names nothing.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 { // Parse takes braces and urn: too
		return uuid.UUID{}, notFound()
	}
	return id, nil
}

// A List is one page of a list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"To be given as after for the next page; not there on the last one."`
}

// listOf makes a page into what is written: no items are [], not null.
func listOf[T, U any](p gateway.Page[T], f func(T) U) list[U] {
	l := list[U]{Items: make([]U, 0, len(p.Items)), Next: p.Next}
	for _, v := range p.Items {
		l.Items = append(l.Items, f(v))
	}
	return l
}

func same[T any](v T) T { return v }

// output is a response with a JSON body.
type output[T any] struct{ Body T }

// IDInput is the path of an object.
type IDInput struct {
	ID string `path:"id" doc:"The object's id, a UUID."`
}

// PageInput is the query of a list. It and the others like it are exported because huma sees no other embedded fields.
type PageInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Most items of a page."`
	After string `query:"after" maxLength:"1024" doc:"The next of the page before."`
}

// ModeInput chooses traffic.
type ModeInput struct {
	Mode string `query:"mode" enum:"live,test" doc:"Traffic; without it that of the key."`
}

// traffic gives what is asked for, or that of the principal's key.
func (m ModeInput) traffic(p partner.Principal) cargo.Traffic {
	switch {
	case m.Mode != "":
		return cargo.Traffic(m.Mode)
	case p.Mode != "":
		return p.Mode
	}
	return cargo.TrafficLive
}
