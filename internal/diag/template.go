package diag

import (
	"fmt"
	"slices"
	"strings"
)

// A template is a text of codes.<lang>.json with places for arguments:
//
//	{name}           the value of the argument
//	{name/other}     that of the first that the finding has
//	{name|fallback}  the same, or the fallback where the finding lacks the argument
//	[ … ]            left out whole where an argument without a fallback inside it is lacking
//
// The name value stands for Finding.Value where there is no argument of that name. A {name} outside brackets must
// have a fallback, so that a text reads well whatever a finding carries. Brackets do not nest; braces, bars and
// brackets have no escape, since no text needs them.
type template []section

// A section is a run of pieces that appears whole or not at all.
type section struct {
	pieces   []piece
	optional bool
}

// A piece is literal text or, with a name, an argument.
type piece struct {
	text        string   // the literal, or the fallback
	names       []string // of arguments, the preferred first; none for a literal
	hasFallback bool
}

// bare reports whether the piece is an argument that may be lacking.
func (p piece) bare() bool { return len(p.names) > 0 && !p.hasFallback }

// value gives the first of the piece's arguments that the finding has, "" where it has none.
func (p piece) value(f *Finding) string {
	for _, name := range p.names {
		if v := f.Arg(name); v != "" {
			return v
		}
		if name == valueName {
			return f.Value
		}
	}
	return ""
}

// valueName is the argument that every finding with a Value has.
const valueName = "value"

// parseTemplate reads a template. Its errors are those of whoever wrote the text.
func parseTemplate(s string) (template, error) {
	var t template
	for s != "" {
		var body string
		optional := false
		switch i := strings.IndexAny(s, "[]"); {
		case i < 0:
			body, s = s, ""
		case s[i] == ']':
			return nil, fmt.Errorf("']' without '[' before %q", s[i:])
		case i > 0:
			body, s = s[:i], s[i:]
		default:
			end := strings.IndexAny(s[1:], "[]")
			if end < 0 || s[1+end] == '[' {
				return nil, fmt.Errorf("'[' not closed in %q", s)
			}
			body, s, optional = s[1:1+end], s[2+end:], true
		}
		pieces, err := parsePieces(body)
		if err != nil {
			return nil, err
		}
		bare := slices.ContainsFunc(pieces, piece.bare)
		switch {
		case bare && !optional:
			return nil, fmt.Errorf("argument without fallback outside brackets in %q", body)
		case !bare && optional:
			return nil, fmt.Errorf("brackets without effect around %q", body)
		}
		t = append(t, section{pieces, optional})
	}
	return t, nil
}

// parsePieces reads the inside of a section.
func parsePieces(s string) ([]piece, error) {
	var out []piece
	for s != "" {
		open := strings.IndexAny(s, "{}")
		if open < 0 {
			return append(out, piece{text: s}), nil
		}
		end := strings.IndexAny(s[open+1:], "{}")
		if s[open] == '}' || end < 0 || s[open+1+end] == '{' {
			return nil, fmt.Errorf("braces do not match in %q", s)
		}
		if open > 0 {
			out = append(out, piece{text: s[:open]})
		}
		name, fallback, has := strings.Cut(s[open+1:open+1+end], "|")
		names := strings.Split(name, "/")
		if slices.Contains(names, "") {
			return nil, fmt.Errorf("argument without a name in %q", s)
		}
		out = append(out, piece{text: fallback, names: names, hasFallback: has})
		s = s[open+2+end:]
	}
	return out, nil
}

// names gives the arguments that the template uses.
func (t template) names() []string {
	var out []string
	for _, s := range t {
		for _, p := range s.pieces {
			for _, name := range p.names {
				if !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// render fills in a finding's arguments. An argument with an empty value counts as lacking. Values come from
// partners and are made printable.
func (t template) render(f *Finding) string {
	var b strings.Builder
	for _, s := range t {
		if s.optional && slices.ContainsFunc(s.pieces, func(p piece) bool {
			return p.bare() && p.value(f) == ""
		}) {
			continue
		}
		for _, p := range s.pieces {
			text := p.text
			if v := p.value(f); v != "" {
				text = printable(v)
			}
			b.WriteString(text)
		}
	}
	return b.String()
}
