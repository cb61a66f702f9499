package diag

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

// textFiles are the texts of the codes by language.
//
//go:embed codes.*.json
var textFiles embed.FS

// Texts are the texts of the finding codes in one language. They are safe for several goroutines.
type Texts struct {
	lang  string
	codes map[Code]codeTexts
}

// codeTexts are the texts of one code.
type codeTexts struct{ text, why, hint, related template }

// English gives the texts in English, the language of the machine formats.
func English() *Texts { return english() }

var english = sync.OnceValue(func() *Texts {
	t, err := loadTexts("en")
	if err != nil {
		panic(err) // the file is part of the program and tests read it
	}
	return t
})

// TextsFor gives the texts in the language with the given two-letter code (ISO 639-1). It fails for a language that
// is not held; "" is English.
func TextsFor(lang string) (*Texts, error) {
	if lang == "" || lang == "en" {
		return English(), nil
	}
	return loadTexts(lang)
}

// loadTexts reads codes.<lang>.json.
func loadTexts(lang string) (*Texts, error) {
	src, err := textFiles.ReadFile("codes." + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("no texts in language %q", lang)
	}
	return parseTexts(lang, src)
}

// parseTexts reads the rows of a texts file.
func parseTexts(lang string, src []byte) (*Texts, error) {
	var rows []struct {
		Code                     Code
		Text, Why, Hint, Related string
	}
	if err := json.Unmarshal(src, &rows); err != nil {
		return nil, fmt.Errorf("texts in %q: %w", lang, err)
	}
	t := &Texts{lang: lang, codes: make(map[Code]codeTexts, len(rows))}
	for _, r := range rows {
		var c codeTexts
		for _, p := range []struct {
			to  *template
			src string
		}{{&c.text, r.Text}, {&c.why, r.Why}, {&c.hint, r.Hint}, {&c.related, r.Related}} {
			parsed, err := parseTemplate(p.src)
			if err != nil {
				return nil, fmt.Errorf("texts in %q, %s: %w", lang, r.Code, err)
			}
			*p.to = parsed
		}
		if _, twice := t.codes[r.Code]; twice {
			return nil, fmt.Errorf("texts in %q: %s occurs twice", lang, r.Code)
		}
		t.codes[r.Code] = c
	}
	return t, nil
}

// Lang gives the two-letter code of the language.
func (t *Texts) Lang() string { return t.lang }

// Text says in one line, without a full stop, what is wrong. It is never empty.
func (t *Texts) Text(f *Finding) string {
	if s := t.codes[f.Code].text.render(f); s != "" {
		return s
	}
	return "finding " + printable(string(f.Code))
}

// Why says in sentences what the rule is for. It is empty only for a code that does not exist.
func (t *Texts) Why(f *Finding) string { return t.codes[f.Code].why.render(f) }

// Hint says in sentences how to put it right. It is empty only for a code that does not exist.
func (t *Texts) Hint(f *Finding) string { return t.codes[f.Code].hint.render(f) }

// Related says in a few words what a finding's related place is.
func (t *Texts) Related(f *Finding) string {
	if s := t.codes[f.Code].related.render(f); s != "" {
		return s
	}
	return "related place"
}
