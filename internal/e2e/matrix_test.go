package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// An actor is one that calls: who the gateway takes it for, and its key.
type actor struct {
	name string
	partner.Principal
	key string
}

// A thing is what an operation is done to: by kind, the paths of one message and what belongs to it.
type thing struct {
	name string
	partner.Object
	message, consignment, ack, delivery string

	opened string  // its case
	body   string  // of the message
	sender *client // who transmitted it
}

// A shot says how one operation is called. What it is allowed to whom is not here: that comes from partner.Authorise.
type shot struct {
	on   string // "message", "consignment", "delivery", "case": the kind of the object; "" where it is on a list
	body string // JSON
	well []int  // statuses of a call that is allowed
	// live: only a key for live traffic may, as it concerns all traffic at once.
	live bool
	// fresh: what it is done to is gone afterwards, so that each call that is allowed gets a message of its own.
	fresh bool
}

// shots has an entry for every operation of the OpenAPI document, by its operationId. A new operation fails the test
// until it is said here what it is called with.
var shots = map[string]shot{
	"postMessage":             {body: "UNB+UNOC:3+A+B+261120:0930+1'UNZ+0+1'", well: []int{202}},
	"check":                   {body: "UNB+UNOC:3+A+B+261120:0930+1'UNZ+0+1'", well: []int{200}},
	"listMessages":            {well: []int{200}},
	"getMessage":              {on: "message", well: []int{200}},
	"getFindings":             {on: "message", well: []int{200}},
	"getOriginal":             {on: "message", well: []int{200}},
	"listAcknowledgements":    {on: "message", well: []int{200}},
	"getAcknowledgement":      {on: "message", well: []int{200}},
	"listMessageConsignments": {on: "message", well: []int{200}},
	"getCertificate":          {on: "message", well: []int{200}},
	"searchConsignments":      {well: []int{200}},
	"getConsignment":          {on: "consignment", well: []int{200}},
	"listCalls":               {well: []int{200}},
	"listEvents":              {well: []int{200}},
	"replayMessage":           {on: "message", well: []int{422}}, // none is parked
	"holdMessage":             {on: "message", body: `{"name":"case-1"}`, well: []int{204}},
	"unholdMessage":           {on: "message", body: `{"name":"case-1"}`, well: []int{204, 422}}, // 422: no hold of this name
	"eraseMessage":            {on: "message", body: `{"why":"asked for by the sender"}`, well: []int{200}, fresh: true},
	"resendDelivery":          {on: "delivery", well: []int{204, 422}}, // 422: the partner fetches it
	"resumeDeliveries":        {well: []int{200}, live: true},
	"listPurges":              {well: []int{200}, live: true},
	"listPartners":            {well: []int{200}},
	"listCases":               {well: []int{200}, live: true},
	"listCaseReasons":         {well: []int{200}},
	"getCase":                 {on: "case", well: []int{200}, live: true},
	"leaseCases":              {body: `{"max":1,"seconds":1}`, well: []int{200}, live: true},
	"leaseCase":               {on: "case", body: `{"seconds":1}`, well: []int{200, 409}, live: true}, // 409: another has it
	"extendCase":              {on: "case", body: `{"lease":"` + nobodyLease + `"}`, well: []int{409}, live: true},
	"returnCase":              {on: "case", body: `{"lease":"` + nobodyLease + `"}`, well: []int{409}, live: true},
	"decideCase":              {on: "case", body: `{"lease":"` + nobodyLease + `","to":"hold","reason":"documents"}`, well: []int{409}, live: true},
	"noteCase":                {on: "case", body: `{"lease":"` + nobodyLease + `","note":"seen"}`, well: []int{409}, live: true},
	"outcomeCase":             {on: "case", body: `{"lease":"` + nobodyLease + `","result":"nil"}`, well: []int{409}, live: true},
	"importOutcomes":          {body: "bill,on,result\nMXNOBODY,2026-11-20,nil\n", well: []int{200}, live: true},
}

// An operation is one of the OpenAPI document.
type operation struct {
	id, method, path string
	action           partner.Action
}

// operations reads the OpenAPI document of the running server.
func operations(c *client) []operation {
	c.t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	c.get("/openapi.json", &doc)
	var out []operation
	for path, verbs := range doc.Paths {
		for method, text := range verbs {
			if !slices.Contains([]string{"get", "put", "post", "delete", "patch", "head", "options", "trace"}, method) {
				continue // what all verbs of a path share
			}
			var o struct {
				OperationID string
				Action      partner.Action `json:"x-cargogate-action"`
			}
			c.decode(text, &o)
			out = append(out, operation{o.OperationID, strings.ToUpper(method), path, o.Action})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return out
}

// nobody's are well-formed ids that nothing has.
const nobody = "01890000-0000-7000-8000-000000000000"

// nobodyLease is a well-formed token of a lease that nobody has.
const nobodyLease = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"

// at fills in the path for a thing; nil is for nobody's.
func (o operation) at(s shot, th *thing) string {
	if th == nil {
		th = &thing{message: nobody, consignment: nobody, delivery: nobody, ack: nobody, opened: nobody}
	}
	id := map[string]string{"message": th.message, "consignment": th.consignment, "delivery": th.delivery, "case": th.opened}[s.on]
	return strings.NewReplacer("{id}", id, "{ack}", th.ack).Replace(o.path)
}

// trace is what differs between two equal problems.
var trace = regexp.MustCompile(`"trace_id":"[0-9a-f]{32}"`)

// A matrix is the site of the test with all that is in it.
type matrix struct {
	*site
	actors []actor
	things []*thing
	opened *thing            // one with a case
	bad    map[string]string // keys that are no keys any more, or never were
}

// TestMatrix calls every operation of the OpenAPI document as every kind of principal on own and others' objects.
func TestMatrix(t *testing.T) {
	for _, dep := range []deployment{single, {name: "postgres", postgres: true, roles: [][]string{nil}}} {
		t.Run(dep.name, func(t *testing.T) {
			t.Parallel()
			m := &matrix{site: start(t, dep), bad: map[string]string{}}
			m.people()
			m.cargo()
			ops := operations(m.client)
			m.complete(ops)
			for _, o := range ops {
				s, ok := shots[o.id]
				if !ok {
					continue
				}
				m.closed(o, s)
				for _, a := range m.actors {
					if s.on == "" {
						m.list(o, s, a)
					} else {
						m.objects(o, s, a)
					}
				}
			}
			m.brought()
			m.cut()
			m.duplicates()
			m.houses()
			m.mandates()
			m.stop()
		})
	}
}

// complete holds the table of the test and the document against one another.
func (m *matrix) complete(ops []operation) {
	m.t.Helper()
	for _, o := range ops {
		s, ok := shots[o.id]
		switch {
		case !ok:
			m.t.Errorf("%s %s (%s) has no entry in shots: say there how it is called", o.method, o.path, o.id)
		case o.action == "":
			m.t.Errorf("%s names no action", o.id)
		case (s.on != "") != strings.Contains(o.path, "{"):
			m.t.Errorf("%s: path %s, object %q", o.id, o.path, s.on)
		}
	}
	for id := range shots {
		if !slices.ContainsFunc(ops, func(o operation) bool { return o.id == id }) {
			m.t.Errorf("%s is no operation any more", id)
		}
	}
}

// people makes all kinds of principals.
func (m *matrix) people() {
	for _, p := range []string{"NORDKAI", "OTHERCO", "FILERCO", "BALTFWD"} {
		m.run("partner", "add", p, "--name", "Example "+p, "--role", "carrier,forwarder", "--unb", p)
	}
	m.run("partner", "mandate", "add", "FILERCO", "BALTFWD")
	add := func(name string, p partner.Principal, owner string, flags ...string) {
		m.actors = append(m.actors, actor{name, p, strings.TrimSpace(m.run(append([]string{"key", "add", owner}, flags...)...))})
	}
	for _, mode := range []cargo.Traffic{cargo.TrafficLive, cargo.TrafficTest} {
		flags, suffix := []string{}, ""
		if mode == cargo.TrafficTest {
			flags, suffix = []string{"--test"}, " by test key"
		}
		for _, p := range []string{"NORDKAI", "OTHERCO", "FILERCO", "BALTFWD"} {
			add(p+suffix, partner.Principal{Kind: partner.KindPartner, ID: p, Mode: mode}, p, flags...)
		}
		for _, r := range []partner.StaffRole{partner.StaffOfficer, partner.StaffManager, partner.StaffData, partner.StaffOperator, partner.StaffAuditor} {
			if mode == cargo.TrafficLive {
				m.run("user", "add", string(r), "--name", "Example Person", "--role", string(r))
			}
			add(string(r)+suffix, partner.Principal{Kind: partner.KindStaff, ID: string(r), Roles: []partner.StaffRole{r}, Mode: mode}, "user:"+string(r), flags...)
		}
		add("service"+suffix, partner.Principal{Kind: partner.KindService, ID: "queue", Mode: mode}, "service:queue", flags...)
	}

	// Keys that do not open. The old one of a rotation ends after a second.
	var k, next struct{ Key, ID string }
	m.client.decode([]byte(m.run("key", "add", "NORDKAI", "--json")), &k)
	m.bad["expired"] = k.Key
	m.run("key", "rotate", k.ID, "--overlap", "1s", "--json")
	m.client.decode([]byte(m.run("key", "add", "NORDKAI", "--json")), &next)
	m.bad["revoked"] = next.Key
	m.run("key", "revoke", next.ID)
	m.run("partner", "add", "GONECO", "--name", "Example Gone", "--role", "carrier")
	m.bad["suspended partner's"] = strings.TrimSpace(m.run("key", "add", "GONECO"))
	m.run("partner", "suspend", "GONECO")
	m.run("user", "add", "gone", "--name", "Example Person", "--role", "operator")
	m.bad["suspended user's"] = strings.TrimSpace(m.run("key", "add", "user:gone"))
	m.run("user", "suspend", "gone")
	right := m.actors[0].key
	m.bad["no"] = ""
	m.bad["wrong"] = right[:len(right)-1] + string("ab"[(right[len(right)-1]-'a'+1)&1])
	m.bad["shortened"] = right[:len(right)-4]
	m.bad["id alone"] = k.ID
	last := m.as(m.actors[len(m.actors)-1].name)
	m.known(last)
	until(m.t, "the rotated key ends", func() bool {
		return m.client.as(m.bad["expired"]).call(http.MethodGet, "/v1/messages", nil).status == http.StatusUnauthorized
	})
}

// as gives the client of an actor.
func (m *matrix) as(name string) *client {
	m.t.Helper()
	i := slices.IndexFunc(m.actors, func(a actor) bool { return a.name == name })
	if i < 0 {
		m.t.Fatalf("no actor %s", name)
	}
	return m.client.as(m.actors[i].key)
}

// cargo makes the objects: each way in which a message can be somebody's.
func (m *matrix) cargo() {
	for _, o := range []struct {
		name, by, filer string
		manifest
	}{
		{"NORDKAI's", "NORDKAI", "NORDKAI", manifest{sender: "NORDKAI", control: "M001", reference: "M1", bills: []bill{{number: "MXNORD1"}}}},
		{"NORDKAI's test", "NORDKAI by test key", "NORDKAI", manifest{sender: "NORDKAI", control: "M002", reference: "M2", bills: []bill{{number: "MXNORD2"}}}},
		{"OTHERCO's", "OTHERCO", "OTHERCO", manifest{sender: "OTHERCO", control: "M003", reference: "M3", imo: "9074729", bills: []bill{{number: "MXOTHER1"}}}},
		{"FILERCO's by BALTFWD", "BALTFWD", "FILERCO", manifest{sender: "FILERCO", control: "M004", reference: "M4", bills: []bill{{number: "MXFILER1"}}}},
		{"FILERCO's by BALTFWD, test", "BALTFWD by test key", "FILERCO", manifest{sender: "FILERCO", control: "M005", reference: "M5", bills: []bill{{number: "MXFILER2"}}}},
		{"FILERCO's own", "FILERCO", "FILERCO", manifest{sender: "FILERCO", control: "M006", reference: "M6", bills: []bill{{number: "MXFILER3"}}}},
	} {
		th := &thing{name: o.name, sender: m.as(o.by), body: o.manifest.String()}
		got := th.sender.post(th.body)
		if got.State != "accepted" || got.Findings != (message{}.Findings) {
			m.t.Fatalf("%s: %+v", o.name, got)
		}
		mode := cargo.TrafficLive
		if strings.Contains(o.by, "test") {
			mode = cargo.TrafficTest
		}
		m.adopt(th, got.ID, partner.Object{Kind: "message", Partner: partner.ID(got.Partner), Filer: partner.ID(o.filer), Mode: mode})
	}
	// One that becomes a case, as nobody can say what it is.
	vague := m.as("OTHERCO").post(manifest{sender: "OTHERCO", control: "M008", reference: "M8", imo: "9074729", bills: []bill{{number: "MXOTHER2", goods: "GENERAL CARGO", consignee: "TO ORDER"}}}.String())
	if vague.State != "accepted" {
		m.t.Fatalf("the message that becomes a case: %+v", vague)
	}
	m.opened = &thing{name: "the case", Object: partner.Object{Kind: "case", Mode: cargo.TrafficLive}}
	until(m.t, "a case is opened", func() bool {
		for _, c := range all[struct{ ID string }](m.as("officer"), "/v1/cases") {
			m.opened.opened = c.ID
		}
		return m.opened.opened != ""
	})
	// One whose answer is delivered to a folder.
	m.put("nordkai", "m.edi", manifest{sender: "NORDKAI", control: "M007", reference: "M7", bills: []bill{{number: "MXNORD3"}}}.String())
	m.read("nordkai/acks/m.edi.contrl.*.edi")
	th := &thing{name: "NORDKAI's by folder", sender: m.as("NORDKAI")}
	list := all[message](th.sender, "/v1/messages")
	i := slices.IndexFunc(list, func(v message) bool { return v.Name == "m.edi" })
	if i < 0 {
		m.t.Fatal("the message by folder is not listed")
	}
	m.adopt(th, list[i].ID, partner.Object{Kind: "message", Partner: "NORDKAI", Filer: "NORDKAI", Mode: cargo.TrafficLive})
}

// adopt looks up what belongs to a message.
func (m *matrix) adopt(th *thing, id string, o partner.Object) {
	m.t.Helper()
	th.message, th.Object = id, o
	acks := all[answered](th.sender, "/v1/messages/"+id+"/acknowledgements")
	cons := all[consignment](th.sender, "/v1/messages/"+id+"/consignments")
	if len(acks) != 1 || len(cons) != 1 {
		m.t.Fatalf("%s: answers %+v, consignments %+v", th.name, acks, cons)
	}
	if cons[0].Filer != string(o.Filer) || cons[0].Transmitter != string(o.Partner) {
		m.t.Fatalf("%s: consignment %+v", th.name, cons[0])
	}
	th.ack, th.consignment, th.delivery = acks[0].ID, cons[0].ID, acks[0].Delivery
	m.things = append(m.things, th)
}

// fire calls an operation.
func (m *matrix) fire(o operation, s shot, path, key string) reply {
	m.t.Helper()
	headers := []string{}
	if s.body != "" && s.on != "" {
		headers = []string{"Content-Type", "application/json"}
	}
	return m.client.as(key).call(o.method, path, []byte(s.body), headers...)
}

// closed calls without a key that opens: always 401, and always in the same words.
func (m *matrix) closed(o operation, s shot) {
	m.t.Helper()
	for name, key := range m.bad {
		own := m.things[0]
		if s.on == "case" {
			own = m.opened
		}
		for _, th := range []*thing{own, nil} {
			r := m.fire(o, s, o.at(s, th), key)
			if body := trace.ReplaceAllString(string(r.body), ""); r.status != http.StatusUnauthorized || r.header.Get("WWW-Authenticate") == "" ||
				!strings.Contains(body, `"code":"unauthenticated"`) || strings.Contains(body, "expired") || strings.Contains(body, "revoked") {
				m.t.Errorf("%s with %s key: status %d %s", o.id, name, r.status, r.body)
			}
		}
	}
}

// expect gives what partner.Authorise says of a call as a status; 0 is that it is allowed.
func expect(s shot, a actor, action partner.Action, o partner.Object) int {
	err := partner.Authorise(a.Principal, action, o)
	switch {
	case s.live && a.Mode != cargo.TrafficLive:
		return http.StatusForbidden
	case errors.Is(err, partner.ErrHidden):
		return http.StatusNotFound
	case err != nil:
		return http.StatusForbidden
	}
	return 0
}

func (m *matrix) judge(what string, s shot, want int, r reply) {
	m.t.Helper()
	if want == 0 && !slices.Contains(s.well, r.status) || want != 0 && r.status != want {
		if want == 0 {
			m.t.Errorf("%s: status %d, want one of %v\n%s", what, r.status, s.well, r.body)
		} else {
			m.t.Errorf("%s: status %d, want %d\n%s", what, r.status, want, r.body)
		}
	}
}

// list calls an operation that is on no object.
func (m *matrix) list(o operation, s shot, a actor) {
	m.t.Helper()
	want := expect(s, a, o.action, partner.Object{})
	m.judge(fmt.Sprintf("%s by %s", o.id, a.name), s, want, m.fire(o, s, o.path, a.key))
}

// objects calls an operation on every object, and on one that there is not.
func (m *matrix) objects(o operation, s shot, a actor) {
	m.t.Helper()
	random := m.fire(o, s, o.at(s, nil), a.key)
	// Who may not do it at all is told that; everybody else that there is no such thing.
	none := expect(s, a, o.action, partner.Object{Kind: "any", Partner: a.Partner(), Mode: a.Mode})
	if none == 0 {
		none = http.StatusNotFound
	}
	m.judge(fmt.Sprintf("%s by %s on nobody's", o.id, a.name), s, none, random)
	things := m.things
	if s.on == "case" {
		things = []*thing{m.opened}
	}
	for _, th := range things {
		on := th.Object
		if s.on == "delivery" {
			on.Filer = "" // it belongs to who transmitted
		}
		want := expect(s, a, o.action, on)
		what := fmt.Sprintf("%s by %s on %s", o.id, a.name, th.name)
		if s.fresh && want == 0 {
			if th.body == "" {
				continue
			}
			// Behind the last segment: other bytes, another control reference, the same parties.
			own := *th
			control := "F" + serial()
			body := regexp.MustCompile(`M00\d`).ReplaceAllString(th.body, control)
			own.message = th.sender.post(body).ID
			m.judge(what, s, want, m.fire(o, s, o.at(s, &own), a.key))
			continue
		}
		r := m.fire(o, s, o.at(s, th), a.key)
		m.judge(what, s, want, r)
		if want == http.StatusNotFound {
			m.same(what, random, r)
		}
	}
}

// same holds the answer about another's object against that about nobody's: to the letter, headers too.
func (m *matrix) same(what string, none, others reply) {
	m.t.Helper()
	if a, b := trace.ReplaceAllString(string(none.body), ""), trace.ReplaceAllString(string(others.body), ""); a != b {
		m.t.Errorf("%s is told as\n%s\nand nobody's as\n%s", what, b, a)
	}
	for _, h := range []http.Header{none.header, others.header} {
		for _, own := range []string{"Date", "Traceparent"} {
			h.Del(own)
		}
	}
	if a, b := fmt.Sprint(none.header), fmt.Sprint(others.header); a != b {
		m.t.Errorf("%s: headers\n%s\nand for nobody's\n%s", what, b, a)
	}
}

// brought looks at the answers that were resent: one that is fetched is there to be fetched, and the other is delivered.
func (m *matrix) brought() {
	m.t.Helper()
	for _, th := range m.things {
		want := "available"
		if th.body == "" {
			want = "delivered"
		}
		until(m.t, th.name+"'s answer is "+want, func() bool {
			acks := all[answered](th.sender, "/v1/messages/"+th.message+"/acknowledgements")
			return len(acks) == 1 && acks[0].State == want
		})
	}
	if n := len(m.files("nordkai/acks/*")); n != 1 {
		m.t.Errorf("an answer that was brought again is there %d times", n)
	}
}

// cut looks into every list for what is not of who asks.
func (m *matrix) cut() {
	m.t.Helper()
	for _, a := range m.actors {
		if a.Kind != partner.KindPartner {
			continue
		}
		c := m.client.as(a.key)
		own := map[string]bool{} // ids of what the partner may see
		for _, th := range m.things {
			if partner.Authorise(a.Principal, partner.MessageRead, th.Object) == nil && th.Mode == a.Mode {
				own[th.message], own[th.consignment] = true, true
			}
		}
		// Lists of messages are of those transmitted: what was filed by others in one's name is found by its cargo.
		listed := map[string]bool{}
		for _, v := range all[message](c, "/v1/messages?limit=7") {
			listed[v.ID] = true
			if v.Partner != a.ID || v.Mode != string(a.Mode) {
				m.t.Errorf("%s lists message %+v", a.name, v)
			}
		}
		cons := all[consignment](c, "/v1/consignments?limit=7")
		calls := map[string]bool{}
		for _, v := range cons {
			listed[v.ID] = true
			calls[v.Call] = true
			if v.Filer != a.ID && v.Transmitter != a.ID {
				m.t.Errorf("%s finds consignment %+v", a.name, v)
			}
		}
		for _, th := range m.things {
			if th.Partner == partner.ID(a.ID) && own[th.message] && !listed[th.message] {
				m.t.Errorf("%s does not list its message %s", a.name, th.name)
			}
			if own[th.consignment] != listed[th.consignment] {
				m.t.Errorf("%s finds %s: %v, want %v", a.name, th.name, listed[th.consignment], own[th.consignment])
			}
		}
		type call struct {
			ID      string
			Filings int
			Aliases []struct{ Partner string }
			Times   []struct{ Partner string }
		}
		for _, v := range all[call](c, "/v1/calls") {
			if !calls[v.ID] {
				m.t.Errorf("%s sees call %+v, on which it has nothing", a.name, v)
			}
			for _, by := range append(v.Aliases, v.Times...) {
				if by.Partner != a.ID {
					m.t.Errorf("%s sees what %s calls a call", a.name, by.Partner)
				}
			}
		}
		type event struct {
			Subject string
			Data    struct{ Partner string }
		}
		for _, e := range all[event](c, "/v1/events") {
			id := e.Subject[strings.IndexByte(e.Subject, '/')+1:]
			for _, th := range m.things {
				if (th.message == id || th.consignment == id) && !own[id] {
					m.t.Errorf("%s is told of %s: %+v", a.name, th.name, e)
				}
			}
		}
	}
}

// duplicates sends the bytes of another: it is told nothing that it would not be told of bytes that nobody sent.
func (m *matrix) duplicates() {
	m.t.Helper()
	first := m.things[0]
	other := m.as("OTHERCO")
	got := other.post(first.body, "Idempotency-Key", "shared")
	if mine := first.sender.post(first.body, "Idempotency-Key", "shared"); mine.DuplicateOf != first.message {
		m.t.Errorf("the partner's own resend: %+v", mine)
	}
	anew := strings.NewReplacer("M001", "M901", "+M1+", "+N1+", "MXNORD1", "MXNORD9")
	fresh := other.post(anew.Replace(first.body))
	if got.DuplicateOf != "" || got.State != fresh.State || got.Findings != fresh.Findings {
		m.t.Errorf("another's bytes: %+v\nbytes of nobody: %+v", got, fresh)
	}
	text := func(id string) string {
		r := other.call(http.MethodGet, "/v1/messages/"+id+"/findings", nil)
		return trace.ReplaceAllString(string(r.body), "")
	}
	if a, b := text(got.ID), text(fresh.ID); anew.Replace(a) != b || strings.Contains(a, first.message) {
		m.t.Errorf("findings of another's bytes\n%s\nof bytes of nobody\n%s", a, b)
	}
	for _, id := range []string{first.message, first.consignment} {
		for _, path := range []string{"/v1/messages/" + got.ID, "/v1/messages/" + got.ID + "/consignments", "/v1/messages/" + got.ID + "/acknowledgements", "/v1/events"} {
			if r := other.call(http.MethodGet, path, nil); strings.Contains(string(r.body), id) {
				m.t.Errorf("GET %s names the other's %s", path, id)
			}
		}
	}
	// Both speak of the same call now; neither sees that of the other.
	type call struct {
		ID      string
		Filings int
		Aliases []struct{ Partner string }
	}
	shared := func(c *client) call {
		for _, v := range all[call](c, "/v1/calls") {
			if slices.ContainsFunc(all[consignment](c, "/v1/messages/"+map[bool]string{true: got.ID, false: first.message}[c == other]+"/consignments"), func(k consignment) bool { return k.Call == v.ID }) {
				return v
			}
		}
		return call{}
	}
	a, b := shared(first.sender), shared(other)
	if a.ID == "" || a.ID != b.ID {
		m.t.Fatalf("not one call: %+v and %+v", a, b)
	}
	before := b.Filings
	first.sender.post(manifest{sender: "NORDKAI", control: "M801", reference: "M801", bills: []bill{{number: "MXNORD801"}}}.String())
	if after := shared(other); after.Filings != before {
		m.t.Errorf("another's filing is seen in a call: %d filings, then %d", before, after.Filings)
	}
}

// houses files houses below the master of another, and looks from both sides.
func (m *matrix) houses() {
	m.t.Helper()
	carrier, other := m.as("NORDKAI"), m.as("OTHERCO")
	of := func(c *client, body string) map[string]consignment {
		got := c.post(body)
		out := map[string]consignment{}
		for _, v := range all[consignment](c, "/v1/messages/"+got.ID+"/consignments") {
			out[v.Documents[0].Number] = v
		}
		return out
	}
	one := of(carrier, manifest{sender: "NORDKAI", control: "M701", reference: "M701", bills: []bill{
		{kind: "MB", number: "MXMASTER", packages: 30}, {kind: "BH", number: "MXHOUSE1", parent: "MXMASTER"}}}.String())
	two := of(other, manifest{sender: "OTHERCO", control: "M702", reference: "M702", bills: []bill{{kind: "BH", number: "MXHOUSE2", parent: "MXMASTER"}}}.String())
	master, own, theirs := one["MXMASTER"].ID, one["MXHOUSE1"].ID, two["MXHOUSE2"].ID
	if master == "" || own == "" || theirs == "" {
		m.t.Fatalf("consignments %+v and %+v", one, two)
	}
	links := func(c *client, id string) (parents, houses []string) {
		var v consignment
		c.get("/v1/consignments/"+id, &v)
		return v.Links.Parents, v.Links.Houses
	}
	officer := m.as("officer")
	until(m.t, "the officer sees both houses", func() bool {
		_, h := links(officer, master)
		return slices.Contains(h, theirs) && slices.Contains(h, own)
	})
	if p, h := links(carrier, master); len(p) != 0 || !slices.Equal(h, []string{own}) {
		m.t.Errorf("the carrier sees houses %q, want its own %s", h, own)
	}
	if p, _ := links(other, theirs); len(p) != 0 {
		m.t.Errorf("the house's filer sees the other's master %q", p)
	}
	for _, c := range []*client{carrier, other} {
		secret := theirs
		if c == other {
			secret = master
		}
		for _, path := range []string{"/v1/consignments?limit=500", "/v1/events?limit=500", "/v1/messages?limit=500"} {
			if r := c.call(http.MethodGet, path, nil); r.status != http.StatusOK || strings.Contains(string(r.body), secret) {
				m.t.Errorf("GET %s: status %d, or it names the other's consignment %s", path, r.status, secret)
			}
		}
	}
}

// mandates has others change what FILERCO filed: who has a mandate may, and everybody else changes nothing and is told
// nothing of what is on file.
func (m *matrix) mandates() {
	m.t.Helper()
	filer, agent, other := m.as("FILERCO"), m.as("BALTFWD"), m.as("OTHERCO")
	state := func(number string) (states []string) {
		for _, v := range all[consignment](filer, "/v1/consignments?document="+number) {
			states = append(states, v.State)
		}
		slices.Sort(states)
		return states
	}
	cancel := func(c *client, control, reference string) message {
		return c.post(manifest{sender: "FILERCO", control: control, reference: reference, function: "1"}.String())
	}
	for _, by := range []struct {
		*client
		control, reference, number string
	}{{agent, "MA", "MA", "MXFILER4"}, {filer, "MB", "MB", "MXFILER5"}} {
		by.post(manifest{sender: "FILERCO", control: by.control, reference: by.reference, bills: []bill{{number: by.number}}}.String())
		if got := state(by.number); !slices.Equal(got, []string{"accepted"}) {
			m.t.Fatalf("%s is %q", by.number, got)
		}
	}
	for reference, number := range map[string]string{"MA": "MXFILER4", "MB": "MXFILER5", "NEVER": "NEVER"} {
		before := state(number)
		got := cancel(other, "X"+reference, reference)
		if got.State != "rejected" || !slices.Equal(state(number), before) {
			m.t.Errorf("%s cancelled without a mandate: %+v, %q and before %q", reference, got, state(number), before)
		}
		text := string(other.call(http.MethodGet, "/v1/messages/"+got.ID+"/findings", nil).body)
		none := string(other.call(http.MethodGet, "/v1/messages/"+cancel(other, "Y"+reference, "NONE"+reference).ID+"/findings", nil).body)
		text = strings.NewReplacer("X"+reference, "-", "+"+reference, "+").Replace(text)
		none = strings.NewReplacer("Y"+reference, "-", "+NONE"+reference, "+").Replace(none)
		position := regexp.MustCompile(`"position":{[^}]*}`) // the names are not equally long
		if a, b := position.ReplaceAllString(text, ""), position.ReplaceAllString(none, ""); a != b {
			m.t.Errorf("of a document that is on file it is said\n%s\nand of one that is not\n%s", a, b)
		}
	}
	// The agent's mandate reaches what the filer sent itself too.
	if got := cancel(agent, "XAGENT", "MB"); got.State != "accepted" {
		m.t.Errorf("cancelled by the agent: %+v", got)
	}
	until(m.t, "it is cancelled", func() bool { return slices.Equal(state("MXFILER5"), []string{"cancelled"}) })
	var shown struct {
		Mandates []struct{ ID, Filer, Agent string }
	}
	m.client.decode([]byte(m.run("partner", "show", "FILERCO")), &shown)
	if len(shown.Mandates) != 1 || shown.Mandates[0].Agent != "BALTFWD" {
		m.t.Fatalf("mandates %+v", shown.Mandates)
	}
	m.run("partner", "mandate", "revoke", shown.Mandates[0].ID)
	time.Sleep(1500 * time.Millisecond) // a running process looks for changes once a second
	if got := cancel(agent, "XREVOKED", "MA"); got.State != "rejected" || !slices.Contains(state("MXFILER4"), "accepted") {
		m.t.Errorf("cancelled by an agent whose mandate was revoked: %+v, %q", got, state("MXFILER4"))
	}
}
