package console_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// css keeps selectors from being searched for as plain text.
type css = chromedp.CSS

// browser starts Chromium with an empty profile. Certificates are the demo's own, which it does not know.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed: make needs")
		}
		t.Skip("chromium is not installed: make needs")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("no-first-run", true), chromedp.Flag("ignore-certificate-errors", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// An officer signs in, sees a message with its findings in place, takes a case, decides it, and reads it in the history.
func TestBrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	s := newSite(t, -1)
	good := s.file(s.ready.Partner.APIKey, s.sample("good.edi"))
	broken := s.file(s.ready.Partner.APIKey, s.sample("broken.edi"))
	path := s.caseOf("coconut shell charcoal")
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	see := func(what, selector, want string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Text(css(selector)))
		if err != nil || !strings.Contains(got, want) {
			t.Fatalf("%s: %v, %s shows %q, want %q", what, err, selector, got, want)
		}
	}
	do("sign in", chromedp.Navigate(s.ready.Console), chromedp.WaitVisible(css("#key")), chromedp.SendKeys(css("#key"), s.ready.Officer),
		chromedp.Click(css("main button")), chromedp.WaitVisible(css("table")))
	see("arrivals", "h1", "Arrivals")
	do("the broken message", chromedp.Click(css(`a[href="/console/messages/`+broken+`"]`)), chromedp.WaitVisible(css(".findings")))
	see("findings", ".findings", "CAR0015")
	see("in place", ".segment.marked mark", "202613312200")
	do("cases", chromedp.Click(css(`a[href="/console/cases"]`)), chromedp.WaitVisible(css(`tbody a[href^="/console/cases/"]`)))
	see("cases", "tbody", "coconut shell charcoal")
	do("the case", chromedp.Click(css(`tbody a[href="`+path+`"]`)), chromedp.WaitVisible(css(`form[action$="/lease"]`)),
		chromedp.Click(css(`form[action$="/lease"] button`)), chromedp.WaitVisible(css("#to")))
	see("reasons", "tfoot", "in all")
	do("decide", chromedp.SetValue(css("#to"), "inspect"), chromedp.SetValue(css("#reason"), "danger"),
		chromedp.SendKeys(css("#note"), "open the box"), chromedp.Click(css(`form[action$="/decide"] button`)),
		chromedp.WaitVisible(css(".state-inspect")))
	see("history", ".history", "open the box")
	do("the bytes", chromedp.Click(css(`.facts a[href*="/console/messages/`+good+`?at="]`)), chromedp.WaitVisible(css(".original")))
	see("the bytes", ".original", "COCONUT SHELL CHARCOAL")
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= document.documentElement.clientWidth`))
	if err != nil || !wide {
		t.Errorf("the page is wider than the screen: %v", err)
	}
	unlabelled, err := chromedp.Run(ctx, chromedp.Evaluate[int](`[...document.querySelectorAll("input:not([type=hidden]),select,textarea")].filter(e => !e.labels.length).length`))
	if err != nil || unlabelled > 0 {
		t.Errorf("%d fields without a label, %v", unlabelled, err)
	}
}

// caseOf waits until a case whose row holds the text is open, and gives its page.
func (s *site) caseOf(text string) string {
	s.t.Helper()
	v := s.visitor()
	v.signIn(s.ready.Officer)
	page := v.until("/console/cases", text).body
	for _, row := range strings.Split(page, "<tr>") {
		if strings.Contains(row, text) {
			return first(s.t, caseLink, row)
		}
	}
	s.t.Fatalf("no row holds %q: %s", text, page)
	return ""
}
