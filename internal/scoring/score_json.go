package scoring

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"cargogate/internal/cargo"
)

// AppendJSON appends the score of a consignment as one JSON object, without a line end: the score record of the
// contract, with two members more. "missing" names what could not be assessed, and is left out where nothing is missing;
// "vector" holds the features, so that the record can be replayed without anything else. It allocates nothing where dst
// has room.
func (s *Score) AppendJSON(dst []byte, c *cargo.Consignment) []byte {
	dst = append(dst, `{"record":"score","schema":1,"consignment":{"documents":[`...)
	for i := range c.Documents {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendDocument(dst, &c.Documents[i])
	}
	return s.appendRest(append(dst, `]}`...))
}

func appendDocument(dst []byte, d *cargo.Document) []byte {
	dst = appendText(append(dst, `{"kind":`...), string(d.Kind))
	if d.Number != "" {
		dst = appendText(append(dst, `,"number":`...), d.Number)
	}
	if d.Issuer != "" {
		dst = appendText(append(dst, `,"issuer":`...), d.Issuer)
	}
	return append(dst, '}')
}

// appendRest appends what follows the consignment.
func (s *Score) appendRest(dst []byte) []byte {
	dst = append(s.appendVerdict(dst), `,"vector":"`...)
	return append(s.appendVector(dst), '"', '}')
}

// appendVerdict appends the members that say what the score is, each with a comma before it.
func (s *Score) appendVerdict(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `,"points":`...), int64(s.Points), 10)
	dst = appendText(append(dst, `,"band":`...), s.Band)
	dst = strconv.AppendBool(append(dst, `,"selected":`...), s.Selected)
	dst = strconv.AppendBool(append(dst, `,"assessable":`...), s.Assessable)
	if len(s.Missing) > 0 {
		dst = append(dst, `,"missing":[`...)
		for i, m := range s.Missing {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, m)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, `,"families":{`...)
	first := true
	for i, p := range s.families {
		if p == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = strconv.AppendInt(append(appendText(dst, s.rules.names[i]), ':'), int64(p), 10)
	}
	dst = append(dst, `},"reasons":[`...)
	for i := range s.Reasons {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendReason(dst, &s.Reasons[i])
	}
	dst = s.Versions.AppendJSON(append(dst, `],"versions":`...))
	return dst
}

// AppendView appends the score as one JSON object for who looks at the consignment anyway: the members of the record
// without the consignment and the vector.
func (s *Score) AppendView(dst []byte) []byte {
	start := len(dst)
	dst = s.appendVerdict(dst)
	dst[start] = '{' // for the comma between members
	return append(dst, '}')
}

// AppendJSON appends the versions as a JSON object.
func (v *Versions) AppendJSON(dst []byte) []byte {
	dst = appendText(append(dst, `{"rules":`...), v.Rules)
	dst = appendText(append(dst, `,"lists":`...), v.Lists)
	dst = appendText(append(dst, `,"model":`...), v.Model)
	dst = appendText(append(dst, `,"reference":`...), v.Reference)
	return append(appendText(append(dst, `,"build":`...), v.Build), '}')
}

// appendVector appends the vector in base 64.
func (s *Score) appendVector(dst []byte) []byte {
	s.stored = s.vector.AppendBinary(s.stored[:0])
	return base64.StdEncoding.AppendEncode(dst, s.stored)
}

func (s *Score) appendReason(dst []byte, r *Reason) []byte {
	dst = appendText(append(dst, `{"indicator":`...), r.Rule.ID)
	dst = appendText(append(dst, `,"family":`...), r.Rule.Family)
	dst = strconv.AppendInt(append(dst, `,"points":`...), int64(r.Rule.Points), 10)
	dst = append(dst, `,"fields":[`...)
	start := len(dst)
	s.fields(r, func(p Path) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(p.appendTo(append(dst, '"')), '"')
	})
	dst = append(dst, `],"args":[`...)
	start = len(dst)
	s.arguments(r, func(name string, a argument) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = appendText(append(dst, `{"name":`...), name)
		dst = append(a.appendEscaped(append(dst, `,"value":"`...)), '"', '}')
	})
	dst = append(dst, `],"text":"`...)
	dst = s.appendMessage(dst, r)
	return append(dst, '"', '}')
}

// argument is one named piece of a reason's text: a text, or a number with its unit.
type argument struct {
	text   string
	number int64
	unit   Unit
	isText bool
}

// appendEscaped appends the argument as the inside of a JSON string.
func (a argument) appendEscaped(dst []byte) []byte {
	if a.isText {
		return appendEscaped(dst, a.text)
	}
	return appendNumber(dst, a.number, a.unit) // digits and units need no escaping
}

// arguments calls visit with each argument of a reason: of each feature that it cites the first observation's number
// and text, as far as they have names, then the parameters. A name counts once.
func (s *Score) arguments(r *Reason, visit func(string, argument)) {
	var seen [12]string
	n := 0
	fresh := func(name string) bool {
		if name == "" || n == len(seen) {
			return false
		}
		for _, other := range seen[:n] {
			if other == name {
				return false
			}
		}
		seen[n] = name
		n++
		return true
	}
	for _, c := range s.cited[r.first:r.end] {
		if s.vector.State(c.feature) != Known {
			continue // it says only where something is missing
		}
		f, o := &features[c.feature], &s.vector.values[c.feature].obs[c.index]
		if fresh(f.Number) {
			visit(f.Number, argument{number: o.Number, unit: f.Unit})
		}
		if fresh(f.Text) {
			visit(f.Text, argument{text: o.Text, isText: true})
		}
	}
	for i, p := range r.Rule.indicator.params {
		if fresh(p.Name) {
			visit(p.Name, argument{number: r.Rule.Params[i], unit: p.Unit})
		}
	}
}

// Text gives a reason in words.
func (s *Score) Text(r *Reason) string {
	b := s.appendMessage(nil, r)
	var out string
	if unquote(b, &out) {
		return out
	}
	return string(b)
}

// appendMessage appends the text of a reason as the inside of a JSON string.
func (s *Score) appendMessage(dst []byte, r *Reason) []byte {
	rest := r.Rule.Text
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return appendEscaped(dst, rest)
		}
		shut := open + strings.IndexByte(rest[open:], '}')
		dst = appendEscaped(dst, rest[:open])
		name := rest[open+1 : shut]
		s.arguments(r, func(known string, a argument) {
			if known == name {
				dst = a.appendEscaped(dst)
			}
		})
		rest = rest[shut+1:]
	}
}

// appendText appends a JSON string.
func appendText(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends the inside of a JSON string (RFC 8259). What is not UTF-8 becomes U+FFFD, a byte at a time.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c < ' ':
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			default:
				dst = append(dst, c)
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
