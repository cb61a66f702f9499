package diag

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTextsComplete: every code has its texts, no text is for a code that does not exist, and the arguments that
// texts use are exactly those that codes.json declares.
func TestTextsComplete(t *testing.T) {
	texts := English()
	for _, c := range AllCodes() {
		ct, ok := texts.codes[c]
		if !ok || len(ct.text) == 0 || len(ct.why) == 0 || len(ct.hint) == 0 {
			t.Errorf("%s lacks a text, why or hint", c)
			continue
		}
		var used []string
		for _, part := range []template{ct.text, ct.why, ct.hint, ct.related} {
			used = append(used, part.names()...)
		}
		declared := c.entry().Args
		for _, name := range used {
			if name != valueName && !slices.Contains(declared, name) {
				t.Errorf("%s: a text uses {%s}, which codes.json does not declare", c, name)
			}
		}
		for _, name := range declared {
			if !slices.Contains(used, name) {
				t.Errorf("%s: codes.json declares %s, which no text uses", c, name)
			}
		}
	}
	for c := range texts.codes {
		if _, ok := Lookup(c); !ok {
			t.Errorf("texts for %s, which does not exist", c)
		}
	}
}

// badProse finds what a badly degraded text looks like.
var badProse = regexp.MustCompile(`  |^ | $|[{}\[\]|]| [,;:)]| \.( |$)|\(\)|\( |,,|::|[,;:(]$|: [;:,]`)

// TestTextsDegrade renders every text with every subset of its arguments: it must read well with any of them
// lacking.
func TestTextsDegrade(t *testing.T) {
	for _, c := range AllCodes() {
		args := c.entry().Args
		for set := range 2 << len(args) {
			f := Finding{Code: c}
			if set&(1<<len(args)) != 0 {
				f.Value = "XYZ"
			}
			for i, name := range args {
				if set&(1<<i) != 0 {
					f.Args = append(f.Args, A(name, "X"+name))
				}
			}
			text, why, hint := English().Text(&f), English().Why(&f), English().Hint(&f)
			for _, s := range []string{text, why, hint, English().Related(&f)} {
				if badProse.MatchString(s) {
					t.Errorf("%s with %v: %q", c, f.Args, s)
				}
			}
			if strings.HasSuffix(text, ".") || !strings.HasSuffix(why, ".") || !strings.HasSuffix(hint, ".") {
				t.Errorf("%s with %v: the text ends without a full stop, why and hint with one: %q %q %q", c, f.Args, text, why, hint)
			}
			if why[0] < 'A' || why[0] > 'Z' || hint[0] < 'A' || hint[0] > 'Z' {
				t.Errorf("%s: why and hint begin with a capital: %q %q", c, why, hint)
			}
		}
	}
}

// sampleArg gives a believable value for an argument, so that the golden file shows real sentences.
func sampleArg(name string) string {
	v := map[string]string{
		"element": "3039", "name": "Party identification", "segment": "NAD", "found": "XYZ", "expected": "ABC",
		"max": "35", "min": "6", "length": "41", "group": "7", "reference": "REF001", "of": "message",
		"declared": "1200", "computed": "1150", "unit": "KGM", "container": "MSCU1234565", "equipment": "MSCU1234565",
	}[name]
	if v == "" {
		v = "<" + name + ">"
	}
	return v
}

// TestTextsGolden shows all texts, without and with arguments, for reading and review.
func TestTextsGolden(t *testing.T) {
	var b strings.Builder
	for _, c := range AllCodes() {
		bare, full := Finding{Code: c}, Finding{Code: c}
		for _, name := range c.entry().Args {
			full.Args = append(full.Args, A(name, sampleArg(name)))
		}
		full.Value = "VALUE"
		fmt.Fprintf(&b, "%s\n  %s\n", c, English().Text(&bare))
		if English().Text(&full) != English().Text(&bare) {
			fmt.Fprintf(&b, "  %s\n", English().Text(&full))
		}
		fmt.Fprintf(&b, "  why:  %s\n  help: %s\n", English().Why(&full), English().Hint(&full))
	}
	golden(t, "texts.golden", b.String())
}

func TestTextsUnknownCode(t *testing.T) {
	f := &Finding{Code: "ZZZ0\x1b"}
	if got := English().Text(f); got != `finding ZZZ0\x1b` {
		t.Errorf("text %q", got)
	}
	if English().Why(f) != "" || English().Hint(f) != "" {
		t.Error("why or hint for a code that does not exist")
	}
}

func TestTextsFor(t *testing.T) {
	for _, lang := range []string{"", "en"} {
		if got, err := TextsFor(lang); err != nil || got.Lang() != "en" {
			t.Errorf("TextsFor(%q) = %v, %v", lang, got, err)
		}
	}
	for _, lang := range []string{"xx", "../codes", "EN"} {
		if _, err := TextsFor(lang); err == nil {
			t.Errorf("TextsFor(%q) found texts", lang)
		}
	}
}

// TestTextsFile: the file of texts is well formed and in the order of codes.json, so that neighbours are found.
func TestTextsFile(t *testing.T) {
	order := func(name string) (codes []Code) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct{ Code Code }
		if err := json.Unmarshal(src, &rows); err != nil {
			t.Fatal(name, err)
		}
		for _, r := range rows {
			codes = append(codes, r.Code)
		}
		return codes
	}
	if a, b := order("codes.json"), order("codes.en.json"); !slices.Equal(a, b) {
		t.Errorf("codes.json and codes.en.json list different codes or in another order:\n%v\n%v", a, b)
	}
	for name, src := range map[string]string{
		"twice":    `[{"code":"EDI0013","text":"a"},{"code":"EDI0013","text":"b"}]`,
		"template": `[{"code":"EDI0013","text":"{a}"}]`,
		"json":     `{`,
	} {
		if _, err := parseTexts("xx", []byte(src)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
