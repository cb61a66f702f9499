package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// rawJSON is JSON that is handed through as it is.
type rawJSON = json.RawMessage

// A frame is what stands around a page.
type frame struct {
	Title    string
	Who      string // who has signed in
	CSRF     string
	Told     string
	At       string // the page of the navigation that this is
	Messages bool   // may see arrivals
	Cases    bool   // may see cases
	Refresh  int    // seconds after which the page is read again; 0 is never
}

func (f frame) refresh() string { return strconv.Itoa(f.Refresh) }

// current marks the page that this is.
func (f frame) current(page string) string {
	if f.At == page {
		return "page"
	}
	return "false"
}

// frame makes the frame of a page for who visits.
func (v *visit) frame(title string) frame {
	p := v.session.principal
	return frame{Title: title, Who: p.String(), CSRF: v.session.csrf, Told: v.session.hear(),
		Messages: v.may(partner.MessageList), Cases: v.may(partner.CaseList)}
}

// render writes a page.
func (v *visit) render(page templ.Component) { v.c.page(v.w, v.r, page) }

func (c *Console) page(w http.ResponseWriter, r *http.Request, page templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Render(r.Context(), w); err != nil {
		c.config.Log.Debug("a page was not written to its end", "path", r.URL.Path, "error", err)
	}
}

// moment shows a time to the second.
func moment(t time.Time) templ.Component {
	t = t.UTC()
	return templ.Raw(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04:05") + `</time>`)
}

// stamp is moment within a sentence.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// words shows a word of the API to people.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// link gives a path of ours with a query, without what is empty.
func link(path string, query ...string) templ.SafeURL {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" {
			q.Set(query[i], query[i+1])
		}
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return templ.SafeURL(Root + path)
}

var messageStates = []gateway.State{gateway.StateReceived, gateway.StateReading, gateway.StateWaiting, gateway.StateAccepted,
	gateway.StatePartlyAccepted, gateway.StateRejected, gateway.StateParked}

var caseStates = []caseq.State{caseq.New, caseq.Assigned, caseq.InReview, caseq.Hold, caseq.Inspect, caseq.DoNotLoad, caseq.Released, caseq.Outcome, caseq.Closed}

// steps are those that a decision may take.
var steps = []caseq.State{caseq.InReview, caseq.Hold, caseq.Inspect, caseq.DoNotLoad, caseq.Released, caseq.Closed}

var reasonCodes = caseq.Reasons()

// results are what an examination may come to.
var results = []string{"seizure", "infringement", "data_error", "nil", "not_examined"}

// refreshAfter is how often the page of arrivals is read again, in seconds.
const refreshAfter = 10

type arrivalsData struct {
	gateway.Page[*gateway.MessageView]
	State gateway.State
}

func (p arrivalsData) next() templ.SafeURL {
	return link("messages", "state", string(p.State), "after", p.Next)
}

// nameOf gives what a message is called in a list.
func nameOf(m *gateway.MessageView) string {
	if m.Name != "" {
		return m.Name
	}
	return m.ID.String()
}

// pageSize is how much a list shows.
const pageSize = 50

func (c *Console) arrivals(v *visit) error {
	q := v.r.URL.Query()
	data := arrivalsData{State: gateway.State(q.Get("state"))}
	var states []gateway.State
	if data.State != "" {
		states = []gateway.State{data.State}
	}
	var err error
	data.Page, err = c.service.Messages(v.r.Context(), v.session.principal, v.session.principal.Mode, states, pageSize, q.Get("after"))
	if err != nil {
		return err
	}
	f := v.frame("Arrivals")
	f.At = "messages"
	if q.Get("after") == "" {
		f.Refresh = refreshAfter
	}
	v.render(arrivalsPage(f, data))
	return nil
}
