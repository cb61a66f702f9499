package diag

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestExplainGolden(t *testing.T) {
	var b strings.Builder
	for _, code := range []string{"EDI0045", "cargo", "grossmasstotal", "fil0001"} {
		b.WriteString("explain " + code + "\n")
		if err := Explain(&b, code, "", "text"); err != nil {
			b.WriteString(err.Error() + "\n")
		}
		b.WriteString("\n")
	}
	golden(t, "explain.golden", b.String())
}

func TestExplainJSON(t *testing.T) {
	for _, c := range AllCodes() {
		var b strings.Builder
		if err := Explain(&b, string(c), "en", "json"); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Schema                                               int
			Code, Name, Severity, Scope, Source, Text, Why, Hint string
			Standard                                             map[string]string
			Args                                                 []string
		}
		d := json.NewDecoder(strings.NewReader(b.String()))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Schema != 1 || got.Code != string(c) || got.Name != c.Name() || got.Severity != c.Severity().String() ||
			got.Scope != c.Scope().String() || got.Text == "" || got.Why == "" || got.Hint == "" || got.Args == nil ||
			got.Standard["syntax_3"] != c.Standard(3) || got.Standard["syntax_4"] != c.Standard(4) {
			t.Errorf("%+v", got)
		}
		if strings.Count(b.String(), "\n") != 1 {
			t.Errorf("%s is not one line", c)
		}
	}
}

func TestExplainErrors(t *testing.T) {
	for _, c := range []struct {
		code, lang, format string
		near               []Code
	}{
		{"EDI013", "", "text", []Code{MissingElement}},
		{"EDI0113", "", "text", []Code{MissingElement}},
		{"MisingElement", "", "text", []Code{MissingElement}},
		{"edi1o13", "", "text", []Code{LineBreakInSegment}},
		{"", "", "text", nil},
		{strings.Repeat("EDI0013", 1000), "", "text", nil},
	} {
		var b strings.Builder
		err := Explain(&b, c.code, c.lang, c.format)
		unknown, ok := errors.AsType[*UnknownCodeError](err)
		if !ok || b.Len() > 0 || len(unknown.Near) > 5 {
			t.Errorf("%.20q: %v, %q", c.code, err, b.String())
			continue
		}
		for _, n := range c.near {
			if !slices.Contains(unknown.Near, n) || !strings.Contains(err.Error(), string(n)+" ("+n.Name()+")") {
				t.Errorf("%q: near are %v", c.code, unknown.Near)
			}
		}
		if c.near == nil && unknown.Near != nil {
			t.Errorf("%.20q: near are %v", c.code, unknown.Near)
		}
	}
	var b strings.Builder
	if err := Explain(&b, "EDI0013", "xx", "text"); err == nil || b.Len() > 0 {
		t.Errorf("a language that is not held: %v", err)
	}
	if err := Explain(&b, "EDI0013", "", "yaml"); err == nil || b.Len() > 0 {
		t.Errorf("a format that does not exist: %v", err)
	}
}

func TestExplainList(t *testing.T) {
	var b strings.Builder
	if err := ExplainList(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	codes := AllCodes()
	if len(lines) != len(codes) {
		t.Fatalf("%d lines for %d codes", len(lines), len(codes))
	}
	for i, c := range codes {
		f := strings.Fields(lines[i])
		if f[0] != string(c) || f[1] != c.Severity().String() || f[2] != c.Scope().String() || !strings.HasSuffix(lines[i], English().Text(&Finding{Code: c})) {
			t.Errorf("%q for %s", lines[i], c)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "axc", 1}, {"abc", "ac", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
