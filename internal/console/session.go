package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"sync"
	"time"

	"cargogate/internal/partner"
)

// Bounds of sessions and of attempts to sign in.
const (
	idle        = 30 * time.Minute
	longest     = 12 * time.Hour
	maxSessions = 10_000
	cookie      = "cargogate-session"

	tries    = 10 // from one address within triesFor
	triesFor = time.Minute
)

// A session is somebody who has signed in with a key. It ends with the key: each request asks whether it still holds.
type session struct {
	key       string
	csrf      string
	principal partner.Principal // as of the request at hand
	began     time.Time
	seen      time.Time

	kept *session // what is kept, for the copy that a request has

	mu   sync.Mutex
	told string // to be shown once
}

// tell leaves a sentence for the next page.
func (s *session) tell(text string) {
	k := s.kept
	k.mu.Lock()
	k.told = text
	k.mu.Unlock()
}

// hear gives what was left, once.
func (s *session) hear() (text string) {
	s = s.kept
	s.mu.Lock()
	defer s.mu.Unlock()
	text, s.told = s.told, ""
	return text
}

// owns reports whether a form has the token of this session.
func (s *session) owns(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.csrf)) == 1
}

// sessions are kept in memory: they end with the process, and each node has its own.
type sessions struct {
	auth Authenticator
	now  func() time.Time

	mu    sync.Mutex
	all   map[[32]byte]*session // by digest of the cookie
	tried map[string][]time.Time
}

func newSessions(auth Authenticator, now func() time.Time) *sessions {
	return &sessions{auth: auth, now: now, all: map[[32]byte]*session{}, tried: map[string][]time.Time{}}
}

// token makes 256 random bits as text.
func token() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// allowed counts an attempt to sign in from an address, and says whether there were too many.
func (ss *sessions) allowed(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	now := ss.now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	var recent []time.Time
	for _, t := range ss.tried[host] {
		if now.Sub(t) < triesFor {
			recent = append(recent, t)
		}
	}
	if len(ss.tried) > maxSessions {
		clear(ss.tried)
	}
	if len(recent) >= tries {
		ss.tried[host] = recent
		return false
	}
	ss.tried[host] = append(recent, now)
	return true
}

// begin opens a session for a key, and gives the text of its cookie.
func (ss *sessions) begin(ctx context.Context, key string) (string, error) {
	p, err := ss.auth.Authenticate(ctx, key)
	if err != nil {
		return "", err
	}
	text := token()
	now := ss.now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for id, s := range ss.all {
		if now.Sub(s.seen) > idle || now.Sub(s.began) > longest {
			delete(ss.all, id)
		}
	}
	if len(ss.all) >= maxSessions {
		clear(ss.all) // everybody signs in anew: better than nobody
	}
	ss.all[sha256.Sum256([]byte(text))] = &session{key: key, csrf: token(), principal: p, began: now, seen: now}
	return text, nil
}

// of gives the session of a request with its principal as it is now; nil where there is none.
func (ss *sessions) of(ctx context.Context, r *http.Request) *session {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil
	}
	id := sha256.Sum256([]byte(c.Value))
	now := ss.now()
	ss.mu.Lock()
	s := ss.all[id]
	if s == nil || now.Sub(s.seen) > idle || now.Sub(s.began) > longest {
		delete(ss.all, id)
		ss.mu.Unlock()
		return nil
	}
	s.seen = now
	key := s.key
	ss.mu.Unlock()
	p, err := ss.auth.Authenticate(ctx, key)
	if err != nil {
		ss.end(r)
		return nil
	}
	return &session{key: key, csrf: s.csrf, principal: p, kept: s}
}

// end forgets the session of a request.
func (ss *sessions) end(r *http.Request) {
	if c, err := r.Cookie(cookie); err == nil {
		ss.mu.Lock()
		delete(ss.all, sha256.Sum256([]byte(c.Value)))
		ss.mu.Unlock()
	}
}

func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request) {
	c.page(w, r, signInPage(""))
}

// signIn opens a session. Whatever is wrong with a key is told alike.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, text string) {
		w.WriteHeader(status)
		c.page(w, r, signInPage(text))
	}
	// There is no session yet that a token could be of: what tells a form of ours is where the browser says that it comes from.
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		refuse(http.StatusForbidden, "The form is not from this page.")
		return
	}
	if !c.sessions.allowed(r) {
		w.Header().Set("Retry-After", "60")
		refuse(http.StatusTooManyRequests, "Too many attempts. Wait a minute.")
		return
	}
	c.sessions.end(r) // whoever was signed in here
	text, err := c.sessions.begin(r.Context(), r.PostFormValue("key"))
	if err != nil {
		refuse(http.StatusUnauthorized, "This key is not valid. Copy the whole of it.")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: text, Path: Root, HttpOnly: true, Secure: !c.config.Plain, SameSite: http.SameSiteStrictMode, MaxAge: int(longest.Seconds())})
	http.Redirect(w, r, Root, http.StatusSeeOther)
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	if s := c.sessions.of(r.Context(), r); s != nil && s.owns(r.PostFormValue("csrf")) {
		c.sessions.end(r)
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: Root, HttpOnly: true, Secure: !c.config.Plain, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	}
	http.Redirect(w, r, Root+"signin", http.StatusSeeOther)
}
