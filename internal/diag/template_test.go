package diag

import (
	"slices"
	"testing"
)

func TestTemplateRender(t *testing.T) {
	for _, c := range []struct {
		template string
		args     []Arg
		want     string
	}{
		{"plain", nil, "plain"},
		{"a[ {x}] b", nil, "a b"},
		{"a[ {x}] b", []Arg{A("x", "1")}, "a 1 b"},
		{"a[ {x}] b", []Arg{A("x", "")}, "a b"},
		{"a[: {x}, {y}]", []Arg{A("x", "1")}, "a"},
		{"a[: {x}, {y}]", []Arg{A("x", "1"), N("y", -2)}, "a: 1, -2"},
		{"{of|level} is empty", nil, "level is empty"},
		{"{of|level} is empty", []Arg{A("of", "group")}, "group is empty"},
		{"[{x} in {of|it}]", []Arg{A("x", "1")}, "1 in it"},
		{"[{x}]", []Arg{A("x", "\x1b[31m{y}[z]\u202e")}, `\x1b[31m{y}[z]\u{202e}`},
		{"[{x}]", []Arg{A("x", "first"), A("x", "second")}, "first"},
		{"a[ {x/y}]", []Arg{A("y", "2")}, "a 2"},
		{"a[ {x/y}]", []Arg{A("y", "2"), A("x", "1")}, "a 1"},
		{"a[ {x/value}]", nil, "a VALUE"},
		{"a[ {x/value}]", []Arg{A("x", "1")}, "a 1"},
		{"a[ {value}]", []Arg{A("value", "v")}, "a v"},
		{"{x/value|none}", nil, "VALUE"},
		{"", nil, ""},
	} {
		parsed, err := parseTemplate(c.template)
		if err != nil {
			t.Errorf("%q: %v", c.template, err)
			continue
		}
		if got := parsed.render(&Finding{Args: c.args, Value: "VALUE"}); got != c.want {
			t.Errorf("%q with %v: %q, want %q", c.template, c.args, got, c.want)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for _, s := range []string{
		"{x}", "a {x} b", "[a", "a]", "[a [{x}]]", "[no argument]", "[{x|y}]", "[{x]", "[x}]", "[{{x}]", "[{}]", "{|y}", "[{x/}]", "[{/x}]",
	} {
		if _, err := parseTemplate(s); err == nil {
			t.Errorf("%q: no error", s)
		}
	}
}

func TestTemplateNames(t *testing.T) {
	parsed, err := parseTemplate("{a|b}[ {c} {a}][ {d}]")
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.names(); !slices.Equal(got, []string{"a", "c", "d"}) {
		t.Errorf("names %v", got)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"NAD+CN":             "NAD+CN",
		"Zürich 東京":          "Zürich 東京",
		"a\tb\r\n":           `a\x09b\x0d\x0a`,
		"\x1b]0;x\x07":       `\x1b]0;x\x07`,
		"caf\xe9":            `caf\xe9`,
		"\u202egnp.exe":      `\u{202e}gnp.exe`,
		"a\u00a0b":           `a\u{00a0}b`,
		"e\u0301":            "e\u0301",
		"\ufffd":             "\ufffd",
		"\U000e0001":         `\u{e0001}`,
		"del\x7f":            `del\x7f`,
		"\u0085 is C1":       `\u{0085} is C1`,
		"10\u2009000 \u200b": `10\u{2009}000 \u{200b}`,
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
}
