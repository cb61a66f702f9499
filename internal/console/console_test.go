package console_test

import (
	"net/http"
	"strings"
	"testing"
)

// Nobody sees anything before signing in, and a session is kept as sessions should be.
func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, -1)
	v := s.visitor()
	for _, path := range []string{"/console", "/console/", "/console/messages", "/console/cases", "/console/cases/x", "/console/nothing"} {
		if a := v.get(path); a.path != "/console/signin" || !strings.Contains(a.body, `type="password"`) {
			t.Errorf("%s without a session ends at %s: %d", path, a.path, a.status)
		}
	}
	if a := v.signIn("cgk_wrong"); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "not valid") {
		t.Errorf("a wrong key: %d %s", a.status, a.body)
	}
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := v.signIn(s.ready.Officer)
	c := a.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "Secure", "SameSite=Strict", "Path=/console/"} {
		if !strings.Contains(c, want) {
			t.Errorf("the cookie is not %s: %s", want, c)
		}
	}
	v.client.CheckRedirect = nil
	a = v.get("/console/messages")
	if a.status != http.StatusOK || !strings.Contains(a.body, "Nothing has come.") {
		t.Errorf("arrivals: %d %s", a.status, a.body)
	}
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := a.header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if css := v.get("/console/console.css"); css.status != http.StatusOK || !strings.Contains(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %v", css.status, css.header)
	}
	if a := v.get("/console/nothing"); a.status != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", a.status)
	}
	// Signing out takes the token of the page.
	if a := v.post("/console/signout", "csrf", "forged"); v.get("/console/messages").path != "/console/messages" {
		t.Errorf("a forged form signs out: %d", a.status)
	}
	v.post("/console/signout", "csrf", first(t, csrfField, a.body))
	if a := v.get("/console/messages"); a.path != "/console/signin" {
		t.Errorf("after signing out: %s", a.path)
	}
	// Attempts are bounded.
	status := 0
	for range 15 {
		status = v.signIn("cgk_wrong").status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("many attempts: %d", status)
	}
}

// A partner sees its own messages with what is wrong in them, and nothing of cases or of others.
func TestPartner(t *testing.T) {
	t.Parallel()
	s := newSite(t, -1)
	id := s.file(s.ready.Partner.APIKey, s.sample("broken.edi"))
	v := s.visitor()
	v.signIn(s.ready.Partner.APIKey)
	a := v.get("/console/messages/" + id)
	if a.status != http.StatusOK || !strings.Contains(a.body, "CAR0015") || !strings.Contains(a.body, "<mark>202613312200</mark>") || strings.Contains(a.body, "Cases</a>") {
		t.Errorf("its message: %d %s", a.status, a.body)
	}
	if a := v.get("/console/messages/" + id + "/original"); a.status != http.StatusOK || a.body != s.sample("broken.edi") || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("its original: %d, %d bytes, %v", a.status, len(a.body), a.header)
	}
	for _, path := range []string{"/console/cases", "/console/cases/" + id} {
		if a := v.get(path); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	other := s.visitor()
	other.signIn(s.ready.Other.APIKey)
	for _, path := range []string{"/console/messages/" + id, "/console/messages/" + id + "/original", "/console/messages/x", "/console/messages/" + id + "/acknowledgements/" + id} {
		if a := other.get(path); a.status != http.StatusNotFound || !strings.Contains(a.body, "There is no such thing here.") {
			t.Errorf("another's %s: %d", path, a.status)
		}
	}
	if a := other.get("/console/messages"); !strings.Contains(a.body, "Nothing has come.") {
		t.Errorf("another's arrivals: %s", a.body)
	}
}

// What senders write is shown as text, never as a page.
func TestEscapes(t *testing.T) {
	t.Parallel()
	s := newSite(t, -1)
	text := strings.Replace(s.sample("good.edi"), "J. VERMEER+", `<script>alert(1)</script><img src=x onerror=a>+`, 1)
	id := s.file(s.ready.Partner.APIKey, text)
	v := s.visitor()
	v.signIn(s.ready.Officer)
	v.until("/console/cases", "coconut shell charcoal")
	for _, path := range []string{"/console/messages/" + id, first(t, caseLink, v.get("/console/cases").body), "/console/cases"} {
		a := v.get(path)
		if a.status != http.StatusOK || strings.Contains(a.body, "<script") || strings.Contains(a.body, "<img") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := v.get("/console/messages/" + id); !strings.Contains(a.body, "&lt;script&gt;alert(1)") {
		t.Errorf("the original: %s", a.body)
	}
	for _, path := range []string{"/console/messages?state=%3Cscript%3E", "/console/cases?group=%22%3E%3Cscript%3E", "/console/messages?after=%3Cscript%3E", "/console/cases?state=burnt"} {
		if a := v.get(path); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "<script") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// A case is worked from the page: only with the token of the form, and only by who has it.
func TestWork(t *testing.T) {
	t.Parallel()
	s := newSite(t, -1)
	s.file(s.ready.Partner.APIKey, s.sample("good.edi"))
	v := s.visitor()
	v.signIn(s.ready.Officer)
	path := first(t, caseLink, v.until("/console/cases", "coconut shell charcoal").body)
	page := v.get(path)
	if !strings.Contains(page.body, "COCONUT SHELL CHARCOAL") || !strings.Contains(page.body, "Take this case") {
		t.Fatalf("the case: %s", page.body)
	}
	if a := v.post(path+"/lease", "csrf", "forged"); a.status != http.StatusForbidden {
		t.Errorf("a forged form: %d", a.status)
	}
	page = v.post(path+"/lease", "csrf", first(t, csrfField, page.body))
	lease, csrf := first(t, leaseField, page.body), first(t, csrfField, page.body)
	if a := v.post(path+"/decide", "csrf", csrf, "lease", lease, "to", "hold", "reason", "no_risk"); a.status != http.StatusOK || !strings.Contains(a.body, `role="alert"`) {
		t.Errorf("a reason that does not fit: %d %s", a.status, a.body)
	}
	page = v.post(path+"/decide", "csrf", csrf, "lease", lease, "to", "hold", "reason", "documents", "note", "ask for the classification")
	if page.status != http.StatusOK || !strings.Contains(page.body, "state-hold") || !strings.Contains(page.body, "ask for the classification") {
		t.Errorf("decided: %d %s", page.status, page.body)
	}
	second := s.visitor()
	second.signIn(s.ready.Second)
	other := second.get(path)
	if a := second.post(path+"/note", "csrf", first(t, csrfField, other.body), "lease", lease, "note", "mine"); strings.Contains(a.body, ">mine<") || !strings.Contains(a.body, `role="alert"`) {
		t.Errorf("another's lease: %s", a.body)
	}
	page = v.post(path+"/outcome", "csrf", csrf, "lease", lease, "result", "nil", "on", "2026-11-24", "note", "nothing in it")
	if !strings.Contains(page.body, "nothing in it") {
		t.Errorf("outcome: %s", page.body)
	}
	// The filer was told, and the message shows it.
	message := v.until(first(t, fileLink, page.body), ">CUSRES</a>")
	if a := v.get(first(t, fileLink, page.body)); !strings.Contains(a.body, "held") && !strings.Contains(message.body, "held") {
		t.Errorf("the message after the decision: %s", a.body)
	}
}
