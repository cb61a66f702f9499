package console

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"cargogate/internal/caseq"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

func isUTF8(b []byte) bool { return utf8.Valid(b) }

type casesData struct {
	gateway.Page[*gateway.CaseView]
	State caseq.State
	Group string
	now   time.Time
}

func (p casesData) next() templ.SafeURL {
	return link("cases", "state", string(p.State), "group", p.Group, "after", p.Next)
}

func (p casesData) left(c *gateway.CaseView) string { return left(c.Due, p.now) }

// left says how much time there is until something is due.
func left(due *time.Time, now time.Time) string {
	if due == nil {
		return "not known"
	}
	d := due.Sub(now)
	word := ""
	if d < 0 {
		d, word = -d, " ago"
	}
	switch h := int(d.Hours()); {
	case h >= 48:
		return fmt.Sprintf("%d days%s", h/24, word)
	case h >= 1:
		return fmt.Sprintf("%d h %d min%s", h, int(d.Minutes())%60, word)
	}
	return fmt.Sprintf("%d min%s", int(d.Minutes()), word)
}

func groupLink(g caseq.Group) templ.SafeURL { return link("cases", "group", g.Kind+":"+g.Value) }

// A reason is one of a score record.
type reason struct {
	Indicator string   `json:"indicator"`
	Family    string   `json:"family"`
	Points    int      `json:"points"`
	Fields    []string `json:"fields"`
	Text      string   `json:"text"`
	Values    []value  `json:"-"`
}

// A value is a declared value that something rests on.
type value struct {
	Name, Value, Link string
}

func reasonsOf(c *gateway.CaseView) []reason {
	var all []reason
	_ = json.Unmarshal(c.Reasons, &all) // what cannot be read is not shown
	return all
}

// firstReasons gives the weightiest reasons of a case in a line.
func firstReasons(c *gateway.CaseView) string {
	const most = 3
	var out []string
	all := reasonsOf(c)
	for i, r := range all {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(all)-most))
			break
		}
		out = append(out, r.Text)
	}
	return strings.Join(out, " ")
}

func (c *Console) cases(v *visit) error {
	q := v.r.URL.Query()
	data := casesData{State: caseq.State(q.Get("state")), Group: q.Get("group"), now: c.config.Now()}
	query := gateway.CaseQuery{Group: data.Group, Limit: pageSize, After: q.Get("after")}
	if data.State != "" {
		query.States = []caseq.State{data.State}
	}
	var err error
	if data.Page, err = c.service.Cases(v.r.Context(), v.session.principal, query); err != nil {
		return err
	}
	f := v.frame("Cases")
	f.At = "cases"
	v.render(casesPage(f, data))
	return nil
}

type caseData struct {
	C        *gateway.CaseView
	Document string
	Left     string
	Mine     bool // the visitor has its lease
	CanWork  bool
	Reasons  []reason
	Facts    []value
}

func (p caseData) action(what string) templ.SafeURL {
	return link("cases/" + p.C.ID.String() + "/" + what)
}

func (p caseData) until() string {
	if p.C.LeaseUntil == nil {
		return ""
	}
	return ", until " + p.C.LeaseUntil.UTC().Format("15:04:05")
}

// step says from where to where a line of a history went.
func step(h caseq.Entry) string {
	if h.From == h.To || h.To == "" {
		return ""
	}
	return words(string(h.From)) + " → " + words(string(h.To))
}

func (c *Console) oneCase(v *visit) error {
	got, err := c.service.Case(v.r.Context(), v.session.principal, v.id("id"))
	if err != nil {
		return err
	}
	data := caseData{C: got, Left: left(got.Due, c.config.Now()), Mine: got.Lease != "", CanWork: v.may(partner.CaseLease), Reasons: reasonsOf(got), Document: "message"}
	if got.Consignment != nil {
		var record any
		if err := json.Unmarshal(got.Consignment.Record, &record); err != nil {
			return fmt.Errorf("console: record of case %s: %w", got.ID, err)
		}
		base := Root + "messages/" + got.Message.String()
		data.Facts = facts(record, base)
		if number := text(at(record, "/documents/0/number")); number != "" {
			data.Document = number
		}
		for i := range data.Reasons {
			r := &data.Reasons[i]
			for _, pointer := range r.Fields {
				r.Values = append(r.Values, valueAt(record, pointer, base))
			}
		}
	}
	f := v.frame("Case " + got.Number)
	f.At = "cases"
	v.render(casePage(f, data))
	return nil
}

func (c *Console) decide(v *visit) error {
	form := v.r.PostFormValue
	revision, _ := strconv.ParseInt(form("revision"), 10, 64)
	act := gateway.CaseAct{Lease: form("lease"), Revision: revision, To: caseq.State(form("to")), Reason: form("reason"), Note: form("note")}
	switch form("answer") {
	case "agree":
		act.Agree = true
	case "refuse":
		act.Refuse = true
	}
	return v.acted(c.service.DecideCase(v.r.Context(), v.session.principal, v.id("id"), act))
}

// at gives what a JSON pointer (RFC 6901) points to in a record, nil where there is nothing.
func at(record any, pointer string) any {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch x := record.(type) {
		case map[string]any:
			record = x[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			record = x[i]
		default:
			return nil
		}
	}
	return record
}

// text gives a value of a record in a line.
func text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	case []any:
		var out []string
		for _, e := range x {
			if s := text(e); s != "" {
				out = append(out, s)
			}
		}
		return strings.Join(out, ", ")
	case map[string]any:
		for _, key := range []string{"name", "locode", "kg", "m3", "value", "id", "number", "description"} {
			if s := text(x[key]); s != "" {
				return s
			}
		}
	}
	return ""
}

// source gives the bytes that a pointer's value came from: those of the nearest part of the record that knows its own.
func source(record any, pointer string) (offset int64, ok bool) {
	for {
		if x, is := at(record, pointer).(map[string]any); is || pointer == "" {
			if pointer == "" {
				x, _ = record.(map[string]any)
			}
			if s, is := x["source"].(map[string]any); is {
				if o, is := s["offset"].(float64); is {
					return int64(o), true
				}
			}
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return 0, false
		}
		pointer = pointer[:i]
	}
}

// names of what stands beside a consignment, below /context.
var contextNames = map[string]string{"/context": "what is known beside it"}

// valueAt shows what a reason rests on.
func valueAt(record any, pointer, base string) value {
	if strings.HasPrefix(pointer, "/context") {
		return value{Name: words(strings.ReplaceAll(strings.Trim(strings.TrimPrefix(pointer, "/context"), "/"), "/", " ")), Value: contextNames["/context"]}
	}
	v := value{Name: words(strings.ReplaceAll(strings.Trim(pointer, "/"), "/", " ")), Value: text(at(record, pointer))}
	if v.Value == "" {
		v.Value = "not declared"
	}
	if offset, ok := source(record, pointer); ok {
		v.Link = bytesLink(base, offset)
	}
	return v
}

func bytesLink(base string, offset int64) string {
	return fmt.Sprintf("%s?at=%d#b%d", base, offset, offset)
}

// facts lays a record out for people.
func facts(record any, base string) (out []value) {
	add := func(name, pointer string, v string) {
		if v == "" {
			return
		}
		x := value{Name: name, Value: v}
		if offset, ok := source(record, pointer); ok {
			x.Link = bytesLink(base, offset)
		}
		out = append(out, x)
	}
	list := func(pointer string) []any { l, _ := at(record, pointer).([]any); return l }
	line := func(parts ...string) string {
		var some []string
		for _, p := range parts {
			if p != "" {
				some = append(some, p)
			}
		}
		return strings.Join(some, ", ")
	}
	get := func(v any, key string) string { return text(at(v, key)) }
	with := func(before, value, after string) string {
		if value == "" {
			return ""
		}
		return before + value + after
	}
	for i, d := range list("/documents") {
		add(words(get(d, "/kind")), fmt.Sprintf("/documents/%d", i), get(d, "/number"))
	}
	add("level", "", line(get(record, "/level"), get(record, "/flow")))
	add("parent", "/parent", get(record, "/parent/number"))
	add("ship", "/call", line(get(record, "/call/conveyance/name"), get(record, "/call/conveyance/imo"), get(record, "/call/conveyance/voyage"), get(record, "/call/port")))
	add("expected", "/call", line(get(record, "/call/eta/local"), get(record, "/call/eta/zone")))
	for i, p := range list("/parties") {
		add(words(get(p, "/role")), fmt.Sprintf("/parties/%d", i), strings.Join(strings.FieldsFunc(line(get(p, "/name"), get(p, "/address"), get(p, "/city"), get(p, "/postcode"), get(p, "/country"), get(p, "/contacts")),
			func(r rune) bool { return r == '\n' }), ", "))
	}
	for i, p := range list("/places") {
		add(words(get(p, "/role")), fmt.Sprintf("/places/%d", i), line(get(p, "/locode"), get(p, "/name")))
	}
	for i, g := range list("/items") {
		add("goods "+strconv.Itoa(i+1), fmt.Sprintf("/items/%d", i), line(get(g, "/description"), with("HS ", get(g, "/hs"), ""),
			strings.TrimSpace(get(g, "/packages/0/count")+" "+get(g, "/packages/0/type")), with("", get(g, "/gross_mass/kg"), " kg")))
	}
	for i, e := range list("/equipment") {
		add(words(get(e, "/kind")), fmt.Sprintf("/equipment/%d", i), line(get(e, "/id"), get(e, "/size_type"), get(e, "/fullness"), with("seals ", get(e, "/seals"), "")))
	}
	return out
}
