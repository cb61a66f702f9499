package cargo

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cargogate/internal/refdata"

	"pgregory.net/rapid"
)

// schema is docs/consignment.schema.json and a validator for the keywords that it uses. Any other keyword is a failure,
// so that the schema cannot say more than is tested.
type schema struct {
	root     map[string]any
	patterns map[string]*regexp.Regexp
	seen     map[string]bool // "definition/member" that were met
}

func readSchema(t *testing.T) *schema {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "consignment.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{patterns: map[string]*regexp.Regexp{}, seen: map[string]bool{}}
	if err := json.Unmarshal(data, &s.root); err != nil {
		t.Fatal(err)
	}
	if s.root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Fatalf("$schema is %v", s.root["$schema"])
	}
	return s
}

func (s *schema) definition(ref string) (name string, def map[string]any) {
	name = strings.TrimPrefix(ref, "#/$defs/")
	def, _ = s.root["$defs"].(map[string]any)[name].(map[string]any)
	return name, def
}

// check reports the first fault of value. Members that the schema does not name are faults here, though a reader of
// canonical records must pass over them.
func (s *schema) check(rule map[string]any, name, at string, value any) error {
	for keyword, arg := range rule {
		if err := s.keyword(rule, keyword, arg, name, at, value); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) keyword(rule map[string]any, keyword string, arg any, name, at string, value any) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%s (%s): %s: %.40q", at, name, fmt.Sprintf(format, args...), fmt.Sprint(value))
	}
	object, _ := value.(map[string]any)
	text, _ := value.(string)
	number, isNumber := value.(float64)
	switch keyword {
	case "$schema", "$id", "$defs", "title", "description":
	case "$ref":
		name, def := s.definition(arg.(string))
		if def == nil {
			return bad("no definition %s", arg)
		}
		return s.check(def, name, at, value)
	case "oneOf":
		matched := []string{}
		var faults []string
		for _, option := range arg.([]any) {
			if err := s.check(option.(map[string]any), name, at, value); err != nil {
				faults = append(faults, err.Error())
			} else {
				matched = append(matched, option.(map[string]any)["$ref"].(string))
			}
		}
		if len(matched) != 1 {
			return bad("matches %q: %s", matched, strings.Join(faults, "; "))
		}
	case "type":
		_, isArray := value.([]any)
		_, isBool := value.(bool)
		_, isText := value.(string)
		is := map[string]bool{"object": object != nil, "array": isArray, "string": isText, "boolean": isBool,
			"integer": isNumber && number == math.Trunc(number)}
		if !is[arg.(string)] {
			return bad("is no %s", arg)
		}
	case "const":
		if value != arg {
			return bad("is not %v", arg)
		}
	case "enum":
		if !slices.Contains(arg.([]any), value) {
			return bad("is none of %v", arg)
		}
	case "minimum":
		if number < arg.(float64) {
			return bad("is under %v", arg)
		}
	case "pattern":
		p := s.patterns[arg.(string)]
		if p == nil {
			p = regexp.MustCompile(arg.(string))
			s.patterns[arg.(string)] = p
		}
		if !p.MatchString(text) {
			return bad("does not match %s", arg)
		}
	case "required":
		for _, member := range arg.([]any) {
			if _, ok := object[member.(string)]; !ok {
				return bad("lacks %s", member)
			}
		}
	case "properties":
		known := arg.(map[string]any)
		for _, member := range slices.Sorted(maps.Keys(object)) {
			next, ok := known[member].(map[string]any)
			if !ok {
				return bad("has the unknown member %s", member)
			}
			if err := s.check(next, name, at+"/"+member, object[member]); err != nil {
				return err
			}
			s.seen[name+"/"+member] = true
		}
	case "items":
		list, _ := value.([]any)
		for i, element := range list {
			if err := s.check(arg.(map[string]any), name, fmt.Sprintf("%s/%d", at, i), element); err != nil {
				return err
			}
		}
	default:
		return bad("the validator does not know %s", keyword)
	}
	return nil
}

func (s *schema) line(line []byte) error {
	var value any
	if err := json.Unmarshal(line, &value); err != nil {
		return err
	}
	return s.check(s.root, "root", "", value)
}

// TestSchema holds random and full records and the goldens to the schema, and the schema to the records: every member
// that it names is one that is written.
func TestSchema(t *testing.T) {
	s := readSchema(t)
	names, err := filepath.Glob(filepath.Join("testdata", "schema1", "*.ndjson"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		line, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.line(line); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What chance may leave out: each name of a normalised value, and one that was rounded.
	var item Item
	for _, m := range []struct{ value, unit string }{{"1", "MTQ"}, {"1", "MTR"}, {"123456789.123456", "OZA"}, {"1", "CEL"}} {
		measure, _, _ := MakeMeasure(m.value, m.unit, '.', refdata.AnyDimension)
		item.Measures = append(item.Measures, NamedMeasure{Measure: measure})
	}
	if err := s.line((&Consignment{Items: []Item{item}}).AppendJSON(nil)); err != nil {
		t.Error(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		line := drawRecord(t, rapid.Bool().Draw(t, "full")).AppendJSON(nil)
		if err := s.line(line); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
	})
	for name, def := range s.root["$defs"].(map[string]any) {
		properties, _ := def.(map[string]any)["properties"].(map[string]any)
		for member := range properties {
			if !s.seen[name+"/"+member] {
				t.Errorf("nothing writes %s of %s", member, name)
			}
		}
	}
}

// TestSchemaRefuses breaks records in ways that the schema must see.
func TestSchemaRefuses(t *testing.T) {
	s := readSchema(t)
	for _, tt := range []struct{ from, to string }{
		{`"record":"consignment"`, `"record":"voyage"`},
		{`"schema":1`, `"schema":2`},
		{`"level":"house"`, `"level":"flat"`},
		{`"interchange":1,`, ``},
		{`"interchange":1`, `"interchange":-1`},
		{`"kg":"22100"`, `"kg":22100`},
		{`"kg":"22100"`, `"kg":"22100.0"`},
		{`"valid":true`, `"valid":"yes"`},
		{`"role":"loading"`, `"role":"somewhere"`},
		{`"count":10`, `"count":10.5`},
		{`"seals":["ML-0091","CU77"]`, `"seals":"ML-0091"`},
		{`"source":{"offset":430,"length":720},`, ``},
		{`"instant":"2026-03-09T15:12:00Z"`, `"instant":"2026-03-09 15:12"`},
	} {
		line := string(sampleRecords(t)[0].AppendJSON(nil))
		broken := strings.Replace(line, tt.from, tt.to, 1)
		if broken == line {
			t.Errorf("%s is not in the sample", tt.from)
		}
		if err := s.line([]byte(broken)); err == nil {
			t.Errorf("%s for %s is taken", tt.to, tt.from)
		}
	}
}
