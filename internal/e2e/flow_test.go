package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// keyOf makes a key by command and waits until the first process takes it.
func (s *site) keyOf(owner string, flags ...string) string {
	s.t.Helper()
	key := strings.TrimSpace(s.run(append([]string{"key", "add", owner}, flags...)...))
	if s.client != nil {
		s.known(s.client.as(key))
	}
	return key
}

// known waits until a key is taken: a running process looks for changes once a second.
func (s *site) known(c *client) {
	s.t.Helper()
	until(s.t, "a new key is taken", func() bool {
		r, err := c.send(http.MethodGet, "/v1/calls", nil)
		return err == nil && r.status != http.StatusUnauthorized && r.status < http.StatusInternalServerError
	})
}

// trade makes the partners of the tests, while the gateway runs.
func (s *site) trade() {
	s.t.Helper()
	s.run("partner", "add", "NORDKAI", "--name", "Nordkai Lines", "--role", "carrier", "--unb", "NORDKAI", "--scac", "NRDK")
	s.run("partner", "add", "BALTFWD", "--name", "Baltic Forwarding", "--role", "forwarder", "--unb", "BALTFWD")
	s.run("partner", "channel", "add", "NORDKAI", "folder-test", "--kind", "folder", "--test")
}

// A flow is what the steps of the end-to-end test share.
type flow struct {
	*site
	carrier, tests, forwarder, officer *client
	first                              message // of the carrier, live
	firstBody                          string
}

// step runs a part of the test with everything bound to it. Where one failed the next have nothing to stand on.
func (f *flow) step(t *testing.T, name string, do func(t *testing.T, f *flow)) {
	t.Helper()
	ok := t.Run(name, func(t *testing.T) {
		in := *f
		site := *f.site
		site.t, in.site = t, &site
		in.carrier, in.tests, in.forwarder, in.officer = f.carrier.in(t), f.tests.in(t), f.forwarder.in(t), f.officer.in(t)
		do(t, &in)
		f.first, f.firstBody = in.first, in.firstBody
	})
	if !ok {
		t.FailNow()
	}
}

// TestFlow is one way of filings from end to end, on every deployment.
func TestFlow(t *testing.T) {
	for _, dep := range []deployment{single, twins, split} {
		t.Run(dep.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, dep)
			s.trade()
			s.run("user", "add", "olga", "--name", "Olga Example", "--role", "officer")
			f := &flow{site: s, carrier: s.client.as(s.keyOf("NORDKAI")), tests: s.client.as(s.keyOf("NORDKAI", "--test")),
				forwarder: s.client.as(s.keyOf("BALTFWD")), officer: s.client.as(s.keyOf("user:olga"))}
			f.step(t, "upload", upload)
			f.step(t, "answer", answer)
			f.step(t, "folder", folder)
			f.step(t, "search", search)
			f.step(t, "links", links)
			f.step(t, "findings", findings)
			f.step(t, "tests-apart", testsApart)
			f.step(t, "repeats", repeats)
			f.step(t, "packed", packed)
			f.step(t, "certificate", certificate)
			f.step(t, "nodes", nodes)
			f.step(t, "keys", keys)
			f.step(t, "audit", auditLog)
			s.stop()
		})
	}
}

// firstManifest is what most steps look for.
func firstManifest() manifest {
	return manifest{sender: "NORDKAI", control: "NK0001", reference: "NRDK047WRTM", bills: []bill{
		{number: "NRDKBOM100417", consignee: "MAASHAVEN LOGISTICS BV", goods: "COTTON BED LINEN", container: "HLXU8204173"},
		{number: "NRDKBOM100532", consignee: "FARBWERK MUELLER GMBH", goods: "PIGMENT PASTE", container: "TGHU6409185"},
	}}
}

// upload sends by curl and looks at the message: its state, its totals, its registrations, its original.
func upload(t *testing.T, f *flow) {
	body := firstManifest().String()
	file := f.write("first.edi", []byte(body))
	r := f.carrier.curl("/v1/messages?wait=30s", "--data-binary", "@"+file, "--header", "Content-Type: application/edifact",
		"--header", `Content-Disposition: attachment; filename="first.edi"`)
	if r.status != http.StatusOK {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	var m message
	f.carrier.decode(r.body, &m)
	sum := sha256.Sum256([]byte(body))
	if m.State != "accepted" || m.Mode != "live" || m.Partner != "NORDKAI" || m.Channel != "https" || m.Name != "first.edi" ||
		m.SHA256 != hex.EncodeToString(sum[:]) || m.DuplicateOf != "" || m.Findings.Error+m.Findings.Warning != 0 {
		t.Errorf("message %s", r.body)
	}
	if len(m.Messages) != 1 || m.Messages[0].Type != "CUSCAR" || m.Messages[0].Version != "D.95B" || !m.Messages[0].Accepted ||
		m.Messages[0].Totals.Consignments != 2 || m.Messages[0].Totals.Packages != 20 || m.Messages[0].Totals.Mass != "200" {
		t.Errorf("messages %+v", m.Messages)
	}
	registration := regexp.MustCompile(`^\d{2}L\d{10}-\d{4}(-\d{5})?-[0-9A-Z]$`)
	kinds := []string{}
	for _, g := range m.Registrations {
		kinds = append(kinds, g.Kind+" "+g.Document)
		if !registration.MatchString(g.Reference) {
			t.Errorf("registration %q", g.Reference)
		}
	}
	if want := []string{"filing NRDK047WRTM", "consignment NRDKBOM100417", "consignment NRDKBOM100532"}; !slices.Equal(kinds, want) {
		t.Errorf("registrations %q, want %q", kinds, want)
	}
	if got := f.carrier.curl("/v1/messages/" + m.ID + "/original"); got.status != http.StatusOK || string(got.body) != body {
		t.Errorf("original: status %d, %q", got.status, got.body)
	}
	r = f.carrier.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil)
	if want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"; r.header.Get("Repr-Digest") != want || string(r.body) != body {
		t.Errorf("original: digest %q, want %q", r.header.Get("Repr-Digest"), want)
	}
	f.first, f.firstBody = m, body

	// Without waiting: 202 and where to ask.
	later := manifest{sender: "NORDKAI", control: "NK0002", reference: "LATER", bills: []bill{{number: "NRDKLATER1"}}}.String()
	r = f.carrier.call(http.MethodPost, "/v1/messages", []byte(later))
	f.carrier.decode(r.body, &m)
	if r.status != http.StatusAccepted || r.header.Get("Location") != "/v1/messages/"+m.ID || m.State != "received" {
		t.Errorf("without wait: %d %v %s", r.status, r.header, r.body)
	}
	until(t, "its end state", func() bool { return f.carrier.message(m.ID).State == "accepted" })
	for _, wait := range []string{"soon", "-1s"} {
		if r := f.carrier.call(http.MethodPost, "/v1/messages?wait="+wait, []byte(later)); r.status != http.StatusUnprocessableEntity {
			t.Errorf("wait=%s: status %d", wait, r.status)
		}
	}
}

// An answered is an answer to a message, as in the list.
type answered struct{ ID, Kind, State, Delivery, Channel string }

// answer fetches CONTRL over HTTP, and has another's reader say what it says.
func answer(t *testing.T, f *flow) {
	acks := all[answered](f.carrier, "/v1/messages/"+f.first.ID+"/acknowledgements")
	if len(acks) != 1 || acks[0].Kind != "CONTRL" {
		t.Fatalf("answers %+v", acks)
	}
	r := f.carrier.curl("/v1/messages/" + f.first.ID + "/acknowledgements/" + acks[0].ID)
	if r.status != http.StatusOK {
		t.Fatalf("status %d", r.status)
	}
	taken(t, string(r.body), "NK0001", "NORDKAI", "7")
}

// taken reads an answer with the npm package edifact: whom it answers, and what it says of the interchange (DE 0083: 7
// acknowledged, 4 rejected).
func taken(t *testing.T, answer, control, partner, action string) {
	t.Helper()
	segments := independently(t, answer)
	one := func(tag string) []any {
		i := slices.IndexFunc(segments, func(s []any) bool { return s[0] == tag })
		if i < 0 {
			t.Fatalf("no %s in %s", tag, answer)
		}
		return segments[i]
	}
	at := func(s []any, element int) string {
		if element >= len(s) {
			return ""
		}
		parts, _ := s[element].([]any)
		if len(parts) == 0 {
			return ""
		}
		text, _ := parts[0].(string)
		return text
	}
	if unb := one("UNB"); at(unb, 3) != partner {
		t.Errorf("the answer goes to %q, want %s", at(unb, 3), partner)
	}
	uci := one("UCI")
	if at(uci, 1) != control || at(uci, 2) != partner || at(uci, 4) != action {
		t.Errorf("UCI %v, want reference %s, sender %s, action %s", uci, control, partner, action)
	}
}

// independently reads an answer with the npm package edifact, which checks counts and lengths too.
func independently(t *testing.T, answer string) [][]any {
	t.Helper()
	in, err := json.Marshal([]map[string]any{{"version": 3, "text": answer}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "node"), filepath.Join(npmDir, "read.js"))
	cmd.Stdin = bytes.NewReader(in)
	r := execute(t, cmd)
	if r.status != 0 {
		t.Fatalf("the independent reader does not run (make npm installs it): %s", r.stderr)
	}
	var read []json.RawMessage
	if err := json.Unmarshal([]byte(r.stdout), &read); err != nil || len(read) != 1 {
		t.Fatalf("the independent reader says %s (%v)", r.stdout, err)
	}
	var segments [][]any
	if err := json.Unmarshal(read[0], &segments); err != nil {
		t.Fatalf("the independent reader refuses the answer: %s\n%s", read[0], answer)
	}
	return segments
}

// put writes a file into a partner's folder as partners should: under a name in progress, then renamed.
func (s *site) put(dir, name, body string) {
	s.t.Helper()
	in := filepath.Join(s.drop, dir, "in")
	until(s.t, "the folder "+in, func() bool { _, err := os.Stat(in); return err == nil })
	part := filepath.Join(in, name+".part")
	if err := os.WriteFile(part, []byte(body), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(part, filepath.Join(in, name)); err != nil {
		s.t.Fatal(err)
	}
}

// files gives the files of a partner's folder that match.
func (s *site) files(pattern string) []string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.drop, pattern))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// read reads the one file that matches, once it is there.
func (s *site) read(pattern string) string {
	s.t.Helper()
	var found []string
	until(s.t, pattern, func() bool { found = s.files(pattern); return len(found) > 0 })
	if len(found) != 1 {
		s.t.Fatalf("%s: %d files, want one: %q", pattern, len(found), found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// folder brings a file by folder; the answer lies in acks/ and says the same over HTTP.
func folder(t *testing.T, f *flow) {
	body := manifest{sender: "NORDKAI", control: "NK0003", reference: "BYFOLDER", port: "BEANR", bills: []bill{{number: "NRDKFOLDER1", container: "HLBU1352063"}}}.String()
	f.put("nordkai", "by folder.edi", body)
	ack := f.read("nordkai/acks/by folder.edi.contrl.*.edi")
	taken(t, ack, "NK0003", "NORDKAI", "7")
	f.read("nordkai/archive/*/*-by folder.edi")
	if left := f.files("nordkai/in/*"); len(left) != 0 {
		t.Errorf("left in the folder: %q", left)
	}
	i := slices.IndexFunc(all[message](f.carrier, "/v1/messages"), func(m message) bool { return m.Name == "by folder.edi" })
	if i < 0 {
		t.Fatal("the message is in no list")
	}
	m := all[message](f.carrier, "/v1/messages")[i]
	if m.Channel != "folder" || m.State != "accepted" || m.Mode != "live" {
		t.Errorf("message %+v", m)
	}
	var acks []answered
	until(t, "delivered", func() bool {
		acks = all[answered](f.carrier, "/v1/messages/"+m.ID+"/acknowledgements")
		return len(acks) == 1 && acks[0].State == "delivered"
	})
	if r := f.carrier.call(http.MethodGet, "/v1/messages/"+m.ID+"/acknowledgements/"+acks[0].ID, nil); string(r.body) != ack {
		t.Errorf("the answer over HTTP is %q, that in the folder %q", r.body, ack)
	}
	if r := f.carrier.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil); string(r.body) != body {
		t.Errorf("original %q", r.body)
	}

	// However many processes look at a folder, each file is taken once and answered once.
	many := 12
	if long {
		many = 200
	}
	for i := range many {
		number := fmt.Sprintf("NKF%04d", i)
		f.put("nordkai", number+".edi", manifest{sender: "NORDKAI", control: number, reference: number, bills: []bill{{number: number}}}.String())
	}
	until(t, "answers to all files", func() bool { return len(f.files("nordkai/acks/NKF*.edi")) >= many })
	count := map[string]int{}
	for _, v := range all[message](f.carrier, "/v1/messages?limit=500") {
		count[v.Name]++
		if strings.HasPrefix(v.Name, "NKF") && (v.State != "accepted" || v.DuplicateOf != "") {
			t.Errorf("%s: %+v", v.Name, v)
		}
	}
	for i := range many {
		name := fmt.Sprintf("NKF%04d.edi", i)
		if n := len(f.files("nordkai/acks/" + name + ".*")); count[name] != 1 || n != 1 {
			t.Errorf("%s: %d messages, %d answers", name, count[name], n)
		}
	}
	if count["by folder.edi"] != 1 {
		t.Errorf("by folder.edi came %d times", count["by folder.edi"])
	}

	// What is refused as a whole lies in rejected/ too.
	f.put("nordkai", "torn.edi", body[:len(body)-12])
	f.read("nordkai/acks/torn.edi.contrl.*.edi")
	taken(t, f.read("nordkai/rejected/torn.edi.contrl.*.edi"), "NK0003", "NORDKAI", "4")
}

// numbers gives those of bills, sorted.
func numbers(all []consignment) []string {
	out := []string{}
	for _, c := range all {
		for _, d := range c.Documents {
			out = append(out, d.Number)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// search finds consignments by all that the API offers, each in a way that the others do not fit.
func search(t *testing.T, f *flow) {
	a, b := "NRDKBOM100417", "NRDKBOM100532"
	for query, want := range map[string][]string{
		"q=cotton+linen":                            {a},
		"q=pigment":                                 {b},
		"q=cotton+pigment":                          {},
		"q=maashaven+cotton":                        {a},
		"document=NRDKBOM100417":                    {a},
		"document=nrdkbom100532":                    {b},
		"document=NRDKBOM1004":                      {},
		"equipment=HLXU8204173":                     {a},
		"equipment=TGHU6409185":                     {b},
		"equipment=HLXU8204170":                     {},
		"party=farbwerk":                            {b},
		"party=kaveri&document=" + a:                {a},
		"party=cotton":                              {},
		"port=BEANR":                                {"NRDKFOLDER1"},
		"port=NLRTM&q=pigment":                      {b},
		"port=NLRTM&equipment=HLXU8204173":          {a},
		"port=DEHAM":                                {},
		"from=2026-11-23&to=2026-11-23&q=linen":     {a},
		"from=2026-11-24&q=linen":                   {},
		"to=2026-11-22&q=linen":                     {},
		"state=accepted&q=linen":                    {a},
		"state=cancelled&q=linen":                   {},
		"q=linen&limit=1":                           {a},
		"equipment=HLBU1352063":                     {"NRDKFOLDER1"},
		"from=2026-11-23T22:00:00Z&document=" + b:   {b},
		"from=2026-11-23T22:00:01Z&document=" + b:   {},
		"to=2026-11-23T22:00:00Z&document=" + b:     {},
		"to=2026-11-23T22:00:01Z&document=" + b:     {b},
		"mode=live&document=" + b:                   {b},
		"mode=test&document=" + b:                   {},
		"document=" + b + "&port=NLRTM&party=farbw": {},
	} {
		for who, c := range map[string]*client{"carrier": f.carrier, "officer": f.officer} {
			if got := numbers(all[consignment](c, "/v1/consignments?"+query)); !slices.Equal(got, want) {
				t.Errorf("%s searches %s: %q, want %q", who, query, got, want)
			}
		}
		if got := all[consignment](f.forwarder, "/v1/consignments?"+strings.ReplaceAll(query, "limit=1", "")); len(got) != 0 {
			t.Errorf("another partner searches %s: %q", query, numbers(got))
		}
	}
	own := all[consignment](f.carrier, "/v1/messages/"+f.first.ID+"/consignments")
	if got := numbers(own); !slices.Equal(got, []string{a, b}) {
		t.Fatalf("consignments of the message: %q", got)
	}
	for _, c := range own {
		if c.State != "accepted" || c.Status != "assessed" || c.Filer != "NORDKAI" || c.Transmitter != "NORDKAI" || c.MessageID != f.first.ID {
			t.Errorf("consignment %+v", c)
		}
		if !slices.ContainsFunc(f.first.Registrations, func(r struct{ Kind, Reference, Document, Status string }) bool {
			return r.Reference == c.Registration && r.Document == c.Documents[0].Number && r.Status == "assessed"
		}) {
			t.Errorf("registration %q of consignment %s is none of the message: %+v", c.Registration, c.Documents[0].Number, f.first.Registrations)
		}
	}
	for _, q := range []string{"limit=0", "limit=501", "port=X", "state=lost", "from=yesterday", "from=2026-11-24&to=2026-11-23", "after=abc", "mode=other"} {
		if r := f.carrier.call(http.MethodGet, "/v1/consignments?"+q, nil); r.status != http.StatusUnprocessableEntity || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("search %s: status %d\n%s", q, r.status, r.body)
		}
	}
}

// links sends a house before its master, and then the master: both statuses follow, and the event says so.
func links(t *testing.T, f *flow) {
	house := manifest{sender: "NORDKAI", control: "NK0010", reference: "HOUSES", bills: []bill{
		{kind: "MB", number: "NRDKMASTER1", packages: 20}, {kind: "BH", number: "KFF0001", parent: "NRDKMASTER1"}}}
	m := f.carrier.post(house.String())
	if m.State != "accepted" {
		t.Fatalf("message %+v", m)
	}
	status := func(number string) consignment {
		for _, c := range all[consignment](f.carrier, "/v1/consignments?document="+number) {
			if len(c.Documents) > 0 && c.Documents[0].Number == number && c.State == "accepted" {
				return c
			}
		}
		return consignment{}
	}
	until(t, "the master has houses missing", func() bool { return status("NRDKMASTER1").Status == "houses_missing" })
	until(t, "the house is matched", func() bool { return status("KFF0001").Status == "matched" })
	house.control, house.function = "NK0011", "5"
	house.bills = append(house.bills, bill{kind: "BH", number: "KFF0002", parent: "NRDKMASTER1"})
	if m = f.carrier.post(house.String()); m.State != "accepted" {
		t.Fatalf("message %+v", m)
	}
	until(t, "the master is complete", func() bool { return status("NRDKMASTER1").Status == "complete" })
	master, one, two := status("NRDKMASTER1"), status("KFF0001"), status("KFF0002")
	var got consignment
	f.carrier.get("/v1/consignments/"+master.ID, &got)
	want := []string{one.ID, two.ID}
	slices.Sort(want)
	slices.Sort(got.Links.Houses)
	if !slices.Equal(got.Links.Houses, want) || len(got.Links.Parents) != 0 {
		t.Errorf("links of the master %+v, want houses %q", got.Links, want)
	}
	f.carrier.get("/v1/consignments/"+one.ID, &got)
	if !slices.Equal(got.Links.Parents, []string{master.ID}) {
		t.Errorf("links of a house %+v, want parent %s", got.Links, master.ID)
	}
	type event struct {
		Type, Subject string
		Data          struct{ Status string }
	}
	until(t, "the event of the master", func() bool {
		return slices.ContainsFunc(all[event](f.carrier, "/v1/events?type=cargogate.consignment.status.v1"), func(e event) bool {
			return e.Subject == "consignment/"+master.ID && e.Data.Status == "complete"
		})
	})
}

// findings sends a broken file: what is found is what the program finds on anybody's desk.
func findings(t *testing.T, f *flow) {
	broken, err := os.ReadFile(filepath.Join("..", "..", "testdata", "example", "broken.edi"))
	if err != nil {
		t.Fatal(err)
	}
	file := f.write("broken.edi", broken)
	r := execute(t, exec.Command(program, "check", "--format", "json", file))
	if r.status != 1 {
		t.Fatalf("check: exit status %d\n%s", r.status, r.stderr)
	}
	var check struct {
		Files []struct {
			Findings []map[string]any
			Counts   struct{ Error, Warning, Note int }
		}
	}
	f.carrier.decode([]byte(r.stdout), &check)
	if len(check.Files) != 1 || len(check.Files[0].Findings) < 3 {
		t.Fatalf("check says %s", r.stdout)
	}
	want := check.Files[0]

	var over struct {
		Files []struct{ Findings []map[string]any }
	}
	p := f.carrier.call(http.MethodPost, "/v1/check", broken)
	f.carrier.decode(p.body, &over)
	if p.status != http.StatusOK || len(over.Files) != 1 || !reflect.DeepEqual(over.Files[0].Findings, want.Findings) {
		t.Errorf("POST /v1/check: status %d\n%s\nwant %v", p.status, p.body, want.Findings)
	}
	m := f.carrier.post(string(broken))
	got := all[map[string]any](f.carrier, "/v1/messages/"+m.ID+"/findings")
	// The gateway knows more than a desk: who sent it. What it adds is of its own codes.
	added := slices.DeleteFunc(slices.Clone(got), func(g map[string]any) bool { return !strings.HasPrefix(fmt.Sprint(g["code"]), "GTW") })
	got = slices.DeleteFunc(got, func(g map[string]any) bool { return strings.HasPrefix(fmt.Sprint(g["code"]), "GTW") })
	if !reflect.DeepEqual(got, want.Findings) {
		t.Errorf("findings\n%v\nwant\n%v", got, want.Findings)
	}
	if len(added) != 1 || added[0]["code"] != "GTW0001" {
		t.Errorf("the gateway adds %v, want that the sender in UNB is another", added)
	}
	if m.State != "rejected" && m.State != "partly_accepted" || m.Findings.Error != want.Counts.Error || m.Findings.Warning != want.Counts.Warning+1 {
		t.Errorf("message %+v, check counts %+v", m, want.Counts)
	}
	for _, c := range all[consignment](f.officer, "/v1/consignments?document=HLCUBOM261100611") {
		if c.State != "unaccepted" {
			t.Errorf("refused cargo is %s", c.State)
		}
	}
	if got := all[consignment](f.officer, "/v1/consignments?document=HLCUBOM261100611"); len(got) != 1 {
		t.Errorf("an officer sees %d consignments of what was refused, want 1", len(got))
	}
}

// testsApart sends test traffic in all three ways, and looks for it in every list and search.
func testsApart(t *testing.T, f *flow) {
	text := func(control, number string, flag bool) string {
		return manifest{sender: "NORDKAI", control: control, test: flag, reference: "T-" + number, voyage: "T" + control[2:], imo: "9074729",
			bills: []bill{{number: number, goods: "TRIAL SHIPMENT"}}}.String()
	}
	byKey := f.tests.post(text("NK0020", "TRIALKEY", false))
	byFlag := f.carrier.post(text("NK0021", "TRIALFLAG", true))
	f.put("nordkai-test", "trial.edi", text("NK0022", "TRIALCHANNEL", false))
	taken(t, f.read("nordkai-test/acks/trial.edi.contrl.*.edi"), "NK0022", "NORDKAI", "7")
	if n := len(f.files("nordkai/acks/trial*")); n != 0 {
		t.Error("the answer to a test is in the live folder")
	}
	want := []string{"TRIALCHANNEL", "TRIALFLAG", "TRIALKEY"}
	for _, m := range []message{byKey, byFlag} {
		if m.Mode != "test" || m.State != "accepted" || m.Findings.Error != 0 {
			t.Errorf("message %+v", m)
		}
	}
	for who, c := range map[string]*client{"by live key": f.carrier, "officer": f.officer} {
		if got := numbers(all[consignment](c, "/v1/consignments?mode=test&q=trial")); !slices.Equal(got, want) {
			t.Errorf("%s: tests %q, want %q", who, got, want)
		}
		for _, q := range []string{"q=trial", "document=TRIALKEY", "document=TRIALFLAG", "party=kaveri", "port=NLRTM", "", "mode=live"} {
			for _, n := range numbers(all[consignment](c, "/v1/consignments?"+q)) {
				if strings.HasPrefix(n, "TRIAL") {
					t.Errorf("%s: %s is among live traffic by %q", who, n, q)
				}
			}
		}
	}
	if got := numbers(all[consignment](f.tests, "/v1/consignments")); !slices.Equal(got, want) {
		t.Errorf("by test key: %q, want %q", got, want)
	}
	count := func(c *client, query string) (live, test int) {
		for _, m := range all[message](c, "/v1/messages?limit=3"+query) {
			switch m.Mode {
			case "live":
				live++
			case "test":
				test++
			}
		}
		return live, test
	}
	if live, test := count(f.carrier, ""); live == 0 || test != 0 {
		t.Errorf("live messages: %d live, %d test", live, test)
	}
	for who, l := range map[string]struct {
		c *client
		q string
	}{"live key": {f.carrier, "&mode=test"}, "test key": {f.tests, ""}} {
		if live, test := count(l.c, l.q); live != 0 || test != 3 {
			t.Errorf("%s, test messages: %d live, %d test, want 3 tests", who, live, test)
		}
	}
	type call struct{ Vessel, Mode string }
	isTest := func(c call) bool { return strings.Contains(c.Vessel, "9074729") }
	if calls := all[call](f.officer, "/v1/calls"); len(calls) == 0 || slices.ContainsFunc(calls, isTest) {
		t.Errorf("live calls: %+v", calls)
	}
	if calls := all[call](f.officer, "/v1/calls?mode=test"); len(calls) != 1 || !isTest(calls[0]) {
		t.Errorf("test calls: %+v", calls)
	}
	type event struct {
		Subject string
		Mode    string `json:"cargogatemode"`
	}
	of := func(path string) (subjects []string) {
		for _, e := range all[event](f.carrier, path) {
			subjects = append(subjects, e.Mode+" "+e.Subject)
		}
		return subjects
	}
	until(t, "the events of tests", func() bool {
		got := of("/v1/events?mode=test&type=cargogate.message.settled.v1")
		return len(got) == 3 && slices.Contains(got, "test message/"+byKey.ID) && slices.Contains(got, "test message/"+byFlag.ID)
	})
	for _, e := range of("/v1/events") {
		if !strings.HasPrefix(e, "live ") || strings.HasSuffix(e, byKey.ID) || strings.HasSuffix(e, byFlag.ID) {
			t.Errorf("among live events: %s", e)
		}
	}
	for _, path := range []string{"/v1/messages?mode=live", "/v1/consignments?mode=live", "/v1/calls?mode=live", "/v1/events?mode=live"} {
		if r := f.tests.call(http.MethodGet, path, nil); r.status != http.StatusForbidden {
			t.Errorf("GET %s with a test key: status %d", path, r.status)
		}
	}
	if r := f.tests.call(http.MethodGet, "/v1/messages/"+f.first.ID, nil); r.status != http.StatusNotFound {
		t.Errorf("a live message with a test key: status %d", r.status)
	}
	// The same document and control reference once more, live: a test of it is no version and no resend of it.
	live := manifest{sender: "NORDKAI", control: "NK0020", reference: "T-TRIALKEY", bills: []bill{{number: "TRIALKEY", goods: "REAL SHIPMENT"}}}.String()
	if m := f.carrier.post(live); m.Mode != "live" || m.State != "accepted" || m.DuplicateOf != "" || m.Findings != (message{}.Findings) {
		t.Errorf("live after its test: %+v", m)
	}
}

// repeats sends the same again, by transport and by reference.
func repeats(t *testing.T, f *flow) {
	body := manifest{sender: "NORDKAI", control: "NK0030", reference: "REPEATS", bills: []bill{{number: "NRDKREPEAT1"}}}.String()
	first := f.carrier.post(body, "Idempotency-Key", "k-1")
	if again := f.carrier.post(body, "Idempotency-Key", "k-1"); again.ID != first.ID || again.State != "accepted" || again.DuplicateOf != "" {
		t.Errorf("with the same key: %+v, want %s", again, first.ID)
	}
	r := f.carrier.call(http.MethodPost, "/v1/messages", []byte(body+"\n"), "Idempotency-Key", "k-1")
	var problem struct{ Code string }
	f.carrier.decode(r.body, &problem)
	if r.status != http.StatusUnprocessableEntity || problem.Code != "idempotency_key_reused" {
		t.Errorf("the same key with other bytes: %d %s", r.status, r.body)
	}
	again := f.carrier.post(body, "Idempotency-Key", "k-2")
	if again.ID == first.ID || again.DuplicateOf != first.ID || again.State != "accepted" {
		t.Errorf("resend by control reference: %+v, want one of %s", again, first.ID)
	}
	if got := all[consignment](f.carrier, "/v1/consignments?document=NRDKREPEAT1"); len(got) != 1 || got[0].MessageID != first.ID {
		t.Errorf("consignments after the resend: %+v", got)
	}
	one, two := all[answered](f.carrier, "/v1/messages/"+first.ID+"/acknowledgements"), all[answered](f.carrier, "/v1/messages/"+again.ID+"/acknowledgements")
	if len(one) != 1 || len(two) != 1 {
		t.Fatalf("answers %+v and %+v, want one each", one, two)
	}
	a := f.carrier.call(http.MethodGet, "/v1/messages/"+first.ID+"/acknowledgements/"+one[0].ID, nil)
	b := f.carrier.call(http.MethodGet, "/v1/messages/"+again.ID+"/acknowledgements/"+two[0].ID, nil)
	if string(a.body) != string(b.body) || a.status != http.StatusOK {
		t.Errorf("the resend is answered by %q, the first by %q", b.body, a.body)
	}
	other := strings.Replace(body, "GARDEN", "LEATHER", 1)
	if m := f.carrier.post(other); m.Findings.Error == 0 || m.State == "accepted" {
		t.Errorf("the same reference with other bytes: %+v", m)
	} else if got := all[struct{ Standard string }](f.carrier, "/v1/messages/"+m.ID+"/findings"); !slices.Contains(got, struct{ Standard string }{"0085:26"}) {
		t.Errorf("the same reference with other bytes: findings %+v, want 0085:26", got)
	}

	// A, B, A ends in A; original, cancel, the same original ends as the profile says.
	a1 := manifest{sender: "NORDKAI", control: "NK0040", reference: "ABA", bills: []bill{{number: "NRDKABA", goods: "FIRST KIND"}}}
	b1 := a1
	b1.control, b1.function, b1.bills = "NK0041", "5", []bill{{number: "NRDKABA", goods: "SECOND KIND"}}
	f.accept(a1)
	f.accept(b1)
	if m := f.carrier.post(a1.String()); m.State != "accepted" || m.DuplicateOf != "" {
		t.Errorf("A after B: %+v", m)
	}
	if got := numbers(all[consignment](f.carrier, "/v1/consignments?state=accepted&q=first+kind")); !slices.Equal(got, []string{"NRDKABA"}) {
		t.Errorf("after A, B, A: %q is current", got)
	}
	if got := all[consignment](f.carrier, "/v1/consignments?state=accepted&document=NRDKABA"); len(got) != 1 {
		t.Errorf("after A, B, A: %d are current", len(got))
	}
	cancel := a1
	cancel.control, cancel.function, cancel.bills = "NK0042", "1", nil
	f.accept(cancel)
	if m := f.carrier.post(a1.String()); m.DuplicateOf == "" {
		t.Errorf("the original after its cancellation: %+v, want a resend without effect", m)
	}
	if got := all[consignment](f.carrier, "/v1/consignments?state=accepted&document=NRDKABA"); len(got) != 0 {
		t.Errorf("after the cancellation: %+v", got)
	}
	f.run("profile", "put", "refile", f.write("refile.json", []byte(`{"refile_after_cancel": true}`)))
	f.run("partner", "update", "NORDKAI", "--profile", "refile")
	time.Sleep(1500 * time.Millisecond) // processes look for changes once a second, and say nothing when they have
	if m := f.carrier.post(a1.String()); m.DuplicateOf != "" || m.State != "accepted" {
		t.Errorf("the original after its cancellation, by a profile that files anew: %+v", m)
	}
	if got := all[consignment](f.carrier, "/v1/consignments?state=accepted&document=NRDKABA"); len(got) != 1 {
		t.Errorf("after filing anew: %+v", got)
	}
}

// accept sends a manifest of the carrier, which must be accepted.
func (f *flow) accept(m manifest) {
	f.t.Helper()
	if got := f.carrier.post(m.String()); got.State != "accepted" || got.DuplicateOf != "" {
		f.t.Errorf("%s %s is %+v\n%v", m.reference, m.control, got, all[map[string]any](f.carrier, "/v1/messages/"+got.ID+"/findings"))
	}
}

// packed sends bodies that are compressed, and one that is not what it says.
func packed(t *testing.T, f *flow) {
	for i, name := range []string{"gzip", "zstd"} {
		body := manifest{sender: "NORDKAI", control: fmt.Sprintf("NK005%d", i), reference: "PACKED" + name, bills: []bill{{number: "NRDKPACK" + name[:2]}}}.String()
		cmd := exec.Command(tool(t, name), "-c")
		cmd.Stdin = strings.NewReader(body)
		r := execute(t, cmd)
		if r.status != 0 {
			t.Fatal(r.stderr)
		}
		var m message
		got := f.carrier.curl("/v1/messages?wait=30s", "--data-binary", "@"+f.write("packed."+name, []byte(r.stdout)), "--header", "Content-Encoding: "+name)
		f.carrier.decode(got.body, &m)
		sum := sha256.Sum256([]byte(body))
		if got.status != http.StatusOK || m.State != "accepted" || m.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: status %d, %s", name, got.status, got.body)
		}
		if o := f.carrier.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil); string(o.body) != body {
			t.Errorf("%s: original %q", name, o.body)
		}
	}
	for coding, want := range map[string]int{"gzip": http.StatusBadRequest, "br": http.StatusUnsupportedMediaType} {
		if r := f.carrier.call(http.MethodPost, "/v1/messages", []byte("not packed"), "Content-Encoding", coding); r.status != want {
			t.Errorf("Content-Encoding %s: status %d, want %d", coding, r.status, want)
		}
	}
	if r := f.carrier.call(http.MethodPost, "/v1/messages", []byte("some bytes"), "Content-Digest", "sha-256=:"+strings.Repeat("A", 43)+"=:"); r.status != http.StatusBadRequest {
		t.Errorf("with another digest: status %d", r.status)
	}

	// A body beyond what is kept in the database goes to the store of originals as it comes.
	large := manifest{sender: "NORDKAI", control: "NK0055", reference: "LARGE"}
	for i := range 1200 {
		large.bills = append(large.bills, bill{number: fmt.Sprintf("NRDKLARGE%04d", i)})
	}
	body := large.String()
	m := f.carrier.post(body)
	if len(body) < 300<<10 || m.State != "accepted" || len(m.Messages) != 1 || m.Messages[0].Totals.Consignments != 1200 {
		t.Errorf("%d bytes: %+v", len(body), m)
	}
	if o := f.carrier.call(http.MethodGet, "/v1/messages/"+m.ID+"/original", nil); string(o.body) != body {
		t.Errorf("original of %d bytes has %d", len(body), len(o.body))
	}
	if n := len(all[consignment](f.carrier, "/v1/messages/"+m.ID+"/consignments?limit=500")); n != 1200 {
		t.Errorf("%d consignments, want 1200", n)
	}
}

// certificate is verified by openssl and the key that `audit key` gives; a changed one is not.
func certificate(t *testing.T, f *flow) {
	r := f.carrier.call(http.MethodGet, "/v1/messages/"+f.first.ID+"/certificate", nil)
	signature := regexp.MustCompile(`,"signature":"([^"]+)"`).FindSubmatch(r.body)
	if r.status != http.StatusOK || signature == nil {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	var c struct {
		ID, Partner, State string
		SHA256             string `json:"sha256"`
	}
	f.carrier.decode(r.body, &c)
	if c.ID != f.first.ID || c.Partner != "NORDKAI" || c.State != "accepted" || c.SHA256 != f.first.SHA256 {
		t.Errorf("certificate %s", r.body)
	}
	sig, err := base64.StdEncoding.DecodeString(string(signature[1]))
	if err != nil {
		t.Fatal(err)
	}
	signed := bytes.TrimSpace(bytes.Replace(r.body, signature[0], nil, 1)) // what jq -cj 'del(.signature)' gives
	key := f.write("audit.pub", []byte(f.run("audit", "key")))
	verify := func(signed []byte) int {
		return execute(t, exec.Command(tool(t, "openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin",
			"-in", f.write("certificate", signed), "-sigfile", f.write("signature", sig))).status
	}
	if verify(signed) != 0 {
		t.Errorf("openssl does not verify %s", r.body)
	}
	if verify(bytes.Replace(signed, []byte(`"accepted"`), []byte(`"rejected"`), 1)) == 0 {
		t.Error("openssl verifies a changed certificate")
	}
}

// nodes asks every process that listens for what the first received, and sends to the last.
func nodes(t *testing.T, f *flow) {
	for i, p := range f.procs {
		if ok, faults, err := p.ready(); err != nil || !ok {
			t.Errorf("a process is not ready: %v %v", faults, err)
		}
		if p.addr == "" {
			continue
		}
		c := f.pki.client(p.addr).as(f.carrier.key).in(t)
		if m := c.message(f.first.ID); m.State != "accepted" || m.SHA256 != f.first.SHA256 {
			t.Errorf("on %s: %+v", p.addr, m)
		}
		body := manifest{sender: "NORDKAI", control: fmt.Sprintf("NK007%d", i), reference: fmt.Sprintf("NODE%d", i), bills: []bill{{number: "NRDKNODE"}}}.String()
		m := c.post(body)
		if got := f.carrier.message(m.ID); got.State != "accepted" {
			t.Errorf("sent to %s: %+v", p.addr, got)
		}
	}
	want := map[string]int{"sqlite": 1, "postgres-twins": 2, "postgres-split": 1}[f.dep.name]
	if n := len(slices.DeleteFunc(slices.Clone(f.procs), func(p *process) bool { return p.addr == "" })); n != want {
		t.Errorf("%d processes serve the API, want %d", n, want)
	}
}

// keys ends, rotates and makes keys while it runs.
func keys(t *testing.T, f *flow) {
	var k struct{ Key, ID string }
	f.carrier.decode([]byte(f.run("key", "add", "BALTFWD", "--label", "short", "--json")), &k)
	c := f.client.as(k.Key).in(t)
	f.known(c)
	status := func(c *client) int { return c.call(http.MethodGet, "/v1/calls", nil).status }
	var next struct{ Key, ID string }
	f.carrier.decode([]byte(f.run("key", "rotate", k.ID, "--overlap", "1s", "--json")), &next)
	f.known(f.client.as(next.Key))
	until(t, "the old key ends", func() bool { return status(c) == http.StatusUnauthorized })
	f.run("key", "revoke", next.ID)
	until(t, "the revoked key ends", func() bool { return status(f.client.as(next.Key).in(t)) == http.StatusUnauthorized })
	f.run("partner", "suspend", "BALTFWD")
	until(t, "a suspended partner's key ends", func() bool { return status(f.forwarder) == http.StatusUnauthorized })
	f.run("partner", "resume", "BALTFWD")
	until(t, "and comes back", func() bool { return status(f.forwarder) == http.StatusOK })
	for _, args := range [][]string{{"key", "add", "NOBODY"}, {"partner", "add", "NORDKAI", "--name", "Again", "--role", "carrier"}, {"key", "revoke", "AAAAAAAAAAAA"},
		{"partner", "channel", "add", "NORDKAI", "x", "--kind", "folder", "--dir", "../out"}} {
		if r := f.try(args...); r.status == 0 || !strings.HasPrefix(r.stderr, "cargogate: ") {
			t.Errorf("%q: exit status %d, %s", args, r.status, r.stderr)
		}
	}
}

// auditLog proves the log, exports it, and proves the export with nothing but the public key.
func auditLog(t *testing.T, f *flow) {
	time.Sleep(1500 * time.Millisecond) // what was just done is sealed within a second
	var report struct{ Rows, Heads int }
	f.carrier.decode([]byte(f.run("audit", "verify", "--json")), &report)
	if report.Rows < 50 || report.Heads == 0 {
		t.Errorf("report %+v", report)
	}
	export := filepath.Join(f.dir, "audit.ndjson")
	f.run("audit", "export", "--out", export)
	key := f.write("audit.pub", []byte(f.run("audit", "key")))
	if r := execute(t, exec.Command(program, "audit", "verify", "--export", export, "--key", key)); r.status != 0 {
		t.Fatalf("offline: %d %s%s", r.status, r.stdout, r.stderr)
	}
	text, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []string{"partner.add", "key.add", "key.revoke", "message.accept", "message.original", "consignment.search", "consignment.read", "message.certificate"} {
		if !bytes.Contains(text, []byte(`"`+act+`"`)) {
			t.Errorf("no row of the log says %s", act)
		}
	}
	for _, person := range []string{"MAASHAVEN", "Olga", "COTTON"} {
		if bytes.Contains(text, []byte(person)) {
			t.Errorf("the log holds %s", person)
		}
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for what, changed := range map[string][]byte{
		"changed": bytes.Replace(text, []byte(`"consignment.search"`), []byte(`"consignment.seorch"`), 1),
		"cut":     bytes.Join(slices.Delete(slices.Clone(lines), len(lines)/3, len(lines)/3+1), nil),
		"swapped": bytes.Join(append(append(slices.Clone(lines[:20]), lines[21], lines[20]), lines[22:]...), nil),
	} {
		file := f.write("changed.ndjson", changed)
		if r := execute(t, exec.Command(program, "audit", "verify", "--export", file, "--key", key)); r.status != 1 && r.status != 2 && r.status != 3 {
			t.Errorf("a log that was %s: exit status %d, %s", what, r.status, r.stdout)
		}
	}
}

// TestDrain ends a process while an upload is in progress: it says so, finishes the upload, and nothing of it is lost.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := start(t, single)
	s.trade()
	c := s.client.as(s.keyOf("NORDKAI"))
	body := manifest{sender: "NORDKAI", control: "NK0060", reference: "DRAIN", bills: []bill{{number: "NRDKDRAIN"}}}.String()
	half, rest := body[:len(body)/2], body[len(body)/2:]
	slow, feed := pipe()
	type result struct {
		reply
		err error
	}
	done := make(chan result, 1)
	go func() {
		r, err := c.send(http.MethodPost, "/v1/messages", slow)
		done <- result{r, err}
	}()
	feed(half, false)
	until(t, "the upload is in progress", func() bool {
		r, err := http.Get("http://" + s.procs[0].admin + "/metrics")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		var b bytes.Buffer
		_, err = b.ReadFrom(r.Body)
		return err == nil && regexp.MustCompile(`(?m)^cargogate_\w*bodies\w* 1$`).Match(b.Bytes())
	})
	if ok, faults, err := s.procs[0].ready(); !ok || err != nil {
		t.Fatalf("not ready: %v %v", faults, err)
	}
	s.procs[0].signal(syscall.SIGTERM)
	until(t, "/readyz says draining", func() bool {
		ok, faults, err := s.procs[0].ready()
		return err == nil && !ok && faults["draining"] != "" && len(faults) == 1
	})
	time.Sleep(2 * time.Second) // past drain_wait: no more connections are taken, and the upload goes on
	if _, err := s.pki.client(s.procs[0].addr).send(http.MethodGet, "/v1/calls", nil); err == nil {
		t.Error("a new connection is taken after the wait")
	}
	feed(rest, true)
	r := <-done
	if r.err != nil || r.status != http.StatusAccepted {
		t.Fatalf("the upload: %v, status %d\n%s", r.err, r.status, r.body)
	}
	if err := s.procs[0].wait(20 * time.Second); err != nil {
		t.Fatalf("serve ended with %v\n%s", err, s.procs[0].tail())
	}
	var m message
	c.decode(r.body, &m)
	s.serve()
	c = s.client.as(c.key)
	until(t, "the message's end state, by the next process", func() bool { return c.message(m.ID).State == "accepted" })
	s.stop()
}

// pipe gives a body that comes as it is fed.
func pipe() (*pipeReader, func(text string, last bool)) {
	p := &pipeReader{parts: make(chan string, 8)}
	return p, func(text string, last bool) {
		p.parts <- text
		if last {
			close(p.parts)
		}
	}
}

// TestCertificateSwap puts a new certificate in the place of the old one: new connections get it, and nothing else happens.
func TestCertificateSwap(t *testing.T) {
	t.Parallel()
	s := start(t, single)
	serial := func() string {
		c := s.pki.client(s.procs[0].addr) // connections of its own
		defer c.http.CloseIdleConnections()
		q, err := http.NewRequest(http.MethodGet, c.base+"/openapi.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.http.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.TLS.PeerCertificates[0].SerialNumber.String()
	}
	if got := serial(); got != "101" {
		t.Fatalf("serial number %s", got)
	}
	s.pki.issue()
	until(t, "the new certificate", func() bool { return serial() == "102" })
	// A broken file does not take the good one's place.
	if err := os.WriteFile(s.pki.cert, []byte("-----BEGIN CERTIFICATE-----\nbroken"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // the files are looked at every two seconds
	if got := serial(); got != "102" {
		t.Errorf("serial number %s after a broken file", got)
	}
	r := s.pki.client(s.procs[0].addr)
	r.http.Transport.(*http.Transport).TLSClientConfig.RootCAs = nil
	if _, err := r.send(http.MethodGet, "/openapi.json", nil); err == nil {
		t.Error("a client that does not know the authority is content")
	}
	s.stop()
}

// TestConfigCheck tells faults of a configuration with line and column, and so does serve.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, single)
	if out := s.run("config", "check"); !strings.Contains(out, "in order") {
		t.Errorf("of a good one: %q", out)
	}
	bad := s.write("bad.yaml", []byte("data: x\nhttps:\n  listen: \"127.0.0.1:0\"\n  plain: true\n  lisen: \":1\"\nlimits: {body: lots}\nfolder:\n  poll: soon\n"))
	for _, args := range [][]string{{"config", "check"}, {"serve"}} {
		r := s.tryWith(bad, args...)
		if r.status != 2 {
			t.Errorf("%q: exit status %d", args, r.status)
		}
		for _, want := range []string{"bad.yaml:5:3: ", "lisen", "bad.yaml:6:", "lots", "bad.yaml:8:9: ", "soon"} {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%q does not say %q:\n%s", args, want, r.stderr)
			}
		}
	}
	several := s.write("several.yaml", []byte("nodes: 2\ndata: x\nstore:\n  kind: sqlite\nhttps: {listen: \"127.0.0.1:0\", plain: true}\n"))
	if r := s.tryWith(several, "config", "check"); r.status != 2 || !strings.Contains(r.stderr, "several.yaml:4:") {
		t.Errorf("several nodes on SQLite: %d %s", r.status, r.stderr)
	}
	cmd := exec.Command(program, "config", "check", "--config", s.configs[0])
	cmd.Env = append(environment(), "CARGOGATE_STORE_DNS=x")
	if r := execute(t, cmd); r.status != 2 || !strings.Contains(r.stderr, "CARGOGATE_STORE_DNS") {
		t.Errorf("a variable that belongs to no key: %d %s", r.status, r.stderr)
	}
}

// TestMigrate plans and does, and the program does not work on a database that is not there yet.
func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, dep := range []deployment{single, {name: "postgres", postgres: true, roles: [][]string{nil}}} {
		t.Run(dep.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, dep)
			if dep.postgres {
				if r := s.try("serve"); r.status == 0 || !strings.Contains(r.stderr, "migrate") {
					t.Errorf("serve before migrate: %d %s", r.status, r.stderr)
				}
			}
			plan := strings.Fields(s.run("migrate", "plan"))
			if len(plan) == 0 {
				t.Error("nothing is planned for an empty database")
			}
			s.run("migrate", "up")
			if left := s.run("migrate", "plan"); left != "" {
				t.Errorf("planned after migrate up: %s", left)
			}
			s.run("migrate", "up")
			s.serve()
			s.stop()
		})
	}
}

// serial gives eight characters that no other call gave.
func serial() string { return fmt.Sprintf("%08d", serials.Add(1)) }

var serials atomic.Int64
