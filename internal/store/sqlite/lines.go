package sqlite

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Lists of texts are stored as lines. Nothing that a sender gives is changed by it, whatever its bytes are, which JSON
// could not say.

var (
	escapeLine   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	unescapeLine = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// joinLines makes a list one text; "" is an empty list.
func joinLines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	for _, s := range list {
		if strings.ContainsAny(s, "\\\n") {
			s = escapeLine.Replace(s)
		}
		b.WriteString(s)
		b.WriteByte('\n')
	}
	return b.String()
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, s := range list {
		if strings.Contains(s, `\`) {
			list[i] = unescapeLine.Replace(s)
		}
	}
	return list
}

var errHeaders = errors.New("sqlite: stored headers are damaged")

// joinHeaders makes headers one text: a quoted name and a quoted value a line, sorted.
func joinHeaders(headers map[string]string) string {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		b = strconv.AppendQuote(b, name)
		b = append(b, ' ')
		b = strconv.AppendQuote(b, headers[name])
		b = append(b, '\n')
	}
	return string(b)
}

func splitHeaders(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	headers := map[string]string{}
	for text != "" {
		name, rest, err := quoted(text, ' ')
		if err != nil {
			return nil, err
		}
		if headers[name], text, err = quoted(rest, '\n'); err != nil {
			return nil, err
		}
	}
	return headers, nil
}

// quoted takes a quoted text and what ends it.
func quoted(text string, end byte) (value, rest string, err error) {
	prefix, err := strconv.QuotedPrefix(text)
	if err != nil || len(text) == len(prefix) || text[len(prefix)] != end {
		return "", "", errHeaders
	}
	value, err = strconv.Unquote(prefix)
	return value, text[len(prefix)+1:], err
}
