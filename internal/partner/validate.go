package partner

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// Bounds of what is typed by hand.
const (
	MaxName       = 120 // characters of a partner's or a user's name
	MaxIdentifier = 35  // characters of an identifier's value (DE 0004, an..35)
	MaxDir        = 200 // bytes of a channel's folder
)

// invalid gives an ErrInvalid that says what is wrong.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// ValidID reports whether id is one: 1 to 35 of A-Z, 0-9, '-', '_' and '.', the first a letter or digit, so that it is
// safe as the name of a folder.
func ValidID(id ID) bool {
	return word(string(id), 35, func(c byte) bool { return c >= 'A' && c <= 'Z' || c == '_' || c == '.' })
}

// word reports whether s has 1 to most bytes that are digits, '-', or satisfy also, the first no punctuation.
func word(s string, most int, also func(c byte) bool) bool {
	if s == "" || len(s) > most || strings.IndexByte("-_.", s[0]) >= 0 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9') && c != '-' && !also(c) {
			return false
		}
	}
	return true
}

// lowerWord reports whether s is 1 to most of a-z, 0-9 and '-', and does not begin with '-'.
func lowerWord(s string, most int) bool {
	return word(s, most, func(c byte) bool { return c >= 'a' && c <= 'z' })
}

// line reports whether s is 1 to most printable characters in one line, without blanks around.
func line(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// distinct gives the first element that comes twice.
func distinct[T comparable](list []T) (twice T, ok bool) {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return v, false
		}
	}
	return twice, true
}

// Validate says what is wrong with a partner as it was typed; its identifiers may still be another's.
func (p *Partner) Validate() error {
	if !ValidID(p.ID) {
		return invalid("partner id %q is not 1 to 35 of A-Z, 0-9, '-', '_' and '.', beginning with a letter or digit", p.ID)
	}
	if !line(p.Name, MaxName) {
		return invalid("the name of partner %s is not 1 to %d printable characters", p.ID, MaxName)
	}
	if len(p.Roles) == 0 {
		return invalid("partner %s has no role", p.ID)
	}
	for _, r := range p.Roles {
		switch r {
		case RoleCarrier, RoleNVOCC, RoleForwarder, RoleAgent, RoleBureau:
		default:
			return invalid("role %q is not carrier, nvocc, forwarder, agent or bureau", r)
		}
	}
	if r, ok := distinct(p.Roles); !ok {
		return invalid("role %s is given twice", r)
	}
	for _, i := range p.Identifiers {
		if err := i.Validate(); err != nil {
			return err
		}
	}
	if i, ok := distinct(p.Identifiers); !ok {
		return invalid("identifier %s is given twice", i)
	}
	if p.Profile != "" && !lowerWord(p.Profile, 35) {
		return invalid("profile name %q is not 1 to 35 of a-z, 0-9 and '-'", p.Profile)
	}
	if p.Retention != "" && !lowerWord(p.Retention, 35) {
		return invalid("retention class %q is not 1 to 35 of a-z, 0-9 and '-'", p.Retention)
	}
	if p.DailyBytes < 0 || p.DailyFiles < 0 {
		return invalid("a quota of partner %s is below 0", p.ID)
	}
	return nil
}

// String gives scheme and value: "unb:ACMELINES".
func (i Identifier) String() string { return i.Scheme + ":" + i.Value }

// Validate says what is wrong with an identifier.
func (i Identifier) Validate() error {
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	switch i.Scheme {
	case SchemeUNB, SchemeTax:
		if !line(i.Value, MaxIdentifier) {
			return invalid("identifier %q is not 1 to %d printable characters without blanks around", i, MaxIdentifier)
		}
	case SchemeSCAC:
		if len(i.Value) < 2 || strings.ContainsRune(i.Value, '-') || !word(i.Value, 4, upper) {
			return invalid("SCAC %q is not 2 to 4 of A-Z and 0-9", i.Value)
		}
	case SchemeIATA:
		if len(i.Value) != 2 || strings.ContainsRune(i.Value, '-') || !word(i.Value, 2, upper) {
			return invalid("airline designator %q is not 2 of A-Z and 0-9", i.Value)
		}
	default:
		return invalid("identifier scheme %q is not unb, scac, iata or tax", i.Scheme)
	}
	return nil
}

// Validate says what is wrong with a mandate.
func (m *Mandate) Validate() error {
	switch {
	case !lowerWord(m.ID, 36):
		return invalid("mandate id %q is not 1 to 36 of a-z, 0-9 and '-'", m.ID)
	case !ValidID(m.Filer):
		return invalid("filer %q of a mandate is no partner id", m.Filer)
	case !ValidID(m.Agent):
		return invalid("agent %q of a mandate is no partner id", m.Agent)
	case m.Filer == m.Agent:
		return invalid("partner %s needs no mandate of its own", m.Filer)
	case m.From.IsZero():
		return invalid("the mandate has no first day")
	case m.Until != nil && !m.From.Before(*m.Until):
		return invalid("the mandate ends before it begins")
	}
	return nil
}

// Validate says what is wrong with a key.
func (k *Key) Validate() error {
	if !validKeyID(k.ID) {
		return invalid("key id %q is not %d of a-z and 0-9", k.ID, keyIDLen)
	}
	if err := validOwner(k.OwnerKind, k.Owner); err != nil {
		return err
	}
	switch {
	case k.Mode != cargo.TrafficLive && k.Mode != cargo.TrafficTest:
		return invalid("the mode %q of a key is not live or test", k.Mode)
	case k.Hash == [32]byte{}:
		return invalid("key %s has no hash", k.ID)
	case k.Label != "" && !line(k.Label, MaxName):
		return invalid("the label of key %s is not up to %d printable characters", k.ID, MaxName)
	case k.NotBefore.IsZero() || k.Expires.IsZero():
		return invalid("key %s has no first or no last day", k.ID)
	case !k.NotBefore.Before(k.Expires):
		return invalid("key %s ends before it begins", k.ID)
	}
	return nil
}

func validOwner(kind OwnerKind, owner string) error {
	switch kind {
	case OwnerPartner:
		if !ValidID(ID(owner)) {
			return invalid("key owner %q is no partner id", owner)
		}
	case OwnerUser:
		if !ValidUserID(owner) {
			return invalid("key owner %q is no user id", owner)
		}
	case OwnerService:
		if !lowerWord(owner, 35) {
			return invalid("service name %q is not 1 to 35 of a-z, 0-9 and '-'", owner)
		}
	default:
		return invalid("the owner of a key is partner, user or service, not %q", kind)
	}
	return nil
}

// Holds reports whether the key opens anything at t.
func (k *Key) Holds(t time.Time) bool {
	return !t.Before(k.NotBefore) && t.Before(k.Expires) && (k.RevokedAt == nil || t.Before(*k.RevokedAt))
}

// Validate says what is wrong with a channel. Whether its folder is another's, and whether the channel of its answers is
// there, only Service knows.
func (c *Channel) Validate() error {
	switch {
	case !ValidID(c.Partner):
		return invalid("%q is no partner id", c.Partner)
	case !lowerWord(c.Name, 35):
		return invalid("channel name %q is not 1 to 35 of a-z, 0-9 and '-'", c.Name)
	case !lowerWord(c.Kind, 35):
		return invalid("the kind %q of a channel is not 1 to 35 of a-z, 0-9 and '-'", c.Kind)
	case c.Mode != cargo.TrafficLive && c.Mode != cargo.TrafficTest:
		return invalid("the mode %q of a channel is not live or test", c.Mode)
	case c.Dir != "" && c.Kind != kindFolder:
		return invalid("channel %s is no folder and has no dir", c.Name)
	case c.Dir != "" && !validDir(c.Dir):
		return invalid("dir %q is not a relative path of parts of letters, digits, '-', '_' and '.' that do not begin with a dot", c.Dir)
	case c.Answers != "" && !lowerWord(c.Answers, 35):
		return invalid("%q is no channel name", c.Answers)
	}
	return nil
}

// validDir reports whether dir stays below the root of the transport, however it is joined to it.
func validDir(dir string) bool {
	if len(dir) > MaxDir || path.Clean(dir) != dir {
		return false
	}
	for _, part := range strings.Split(dir, "/") {
		if !word(part, MaxDir, func(c byte) bool {
			return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.'
		}) {
			return false
		}
	}
	return true
}

// kindFolder and kindHTTPS are the kinds of the channels that every partner begins with; package transport, which stands
// above this one, names them for transports.
const (
	kindFolder = "folder"
	kindHTTPS  = "https"
)

// Folder gives the partner's folder of a channel of kind folder, relative to the root of the transport.
func (c *Channel) Folder() string {
	switch {
	case c.Dir != "":
		return c.Dir
	case c.Mode == cargo.TrafficTest:
		return strings.ToLower(string(c.Partner)) + "-test"
	}
	return strings.ToLower(string(c.Partner))
}

// ValidUserID reports whether id is one: 1 to 64 of a-z, 0-9, '-', '_' and '.', the first a letter or digit.
func ValidUserID(id string) bool {
	return word(id, 64, func(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' || c == '.' })
}

// Validate says what is wrong with a user.
func (u *User) Validate() error {
	if !ValidUserID(u.ID) {
		return invalid("user id %q is not 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit", u.ID)
	}
	if !line(u.Name, MaxName) {
		return invalid("the name of user %s is not 1 to %d printable characters", u.ID, MaxName)
	}
	if len(u.Roles) == 0 {
		return invalid("user %s has no role", u.ID)
	}
	for _, r := range u.Roles {
		switch r {
		case StaffOfficer, StaffManager, StaffData, StaffOperator, StaffAuditor:
		default:
			return invalid("role %q is not officer, manager, data, operator or auditor", r)
		}
	}
	if r, ok := distinct(u.Roles); !ok {
		return invalid("role %s is given twice", r)
	}
	for _, o := range u.Offices {
		if !line(o, 35) {
			return invalid("office %q of user %s is not 1 to 35 printable characters", o, u.ID)
		}
	}
	if o, ok := distinct(u.Offices); !ok {
		return invalid("office %s is given twice", o)
	}
	return nil
}

// Validate says what is wrong with a profile.
func (p *Profile) Validate() error {
	if !lowerWord(p.Name, 35) {
		return invalid("profile name %q is not 1 to 35 of a-z, 0-9 and '-'", p.Name)
	}
	for code, severity := range p.Severities {
		if _, ok := diag.Lookup(code); !ok {
			return invalid("profile %s: there is no finding code %q", p.Name, code)
		}
		switch severity {
		case diag.Note, diag.Warning, diag.Error, diag.Off:
		default:
			return invalid("profile %s: the severity of %s is not error, warning, note or off", p.Name, code)
		}
	}
	for _, a := range p.Answers {
		if a != answerCONTRL {
			return invalid("profile %s: no answer of kind %q is written; there is %q", p.Name, a, answerCONTRL)
		}
	}
	if a, ok := distinct(p.Answers); !ok {
		return invalid("profile %s: answer %s is given twice", p.Name, a)
	}
	if p.ResendWindow < 0 {
		return invalid("profile %s: the resend window is below 0", p.Name)
	}
	if p.MassTolerance != "" {
		if _, fault := cargo.ParseDecimal(p.MassTolerance, '.'); fault != 0 || p.MassTolerance[0] == '-' {
			return invalid("profile %s: the mass tolerance %q is not a decimal of kg such as \"0.5\"", p.Name, p.MassTolerance)
		}
	}
	return nil
}

// answerCONTRL is the one kind of answer that is written now.
const answerCONTRL = "contrl"
