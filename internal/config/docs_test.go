package config

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocs holds that docs/config.md has a row for every key, with its default and its variable.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			rows[strings.Trim(cells[1], " `")] = strings.Trim(cells[2], " `")
		}
	}
	c := Default()
	seen := 0
	collect(reflect.ValueOf(&c).Elem(), "", func(key string, v reflect.Value) {
		seen++
		want := fmt.Sprint(v.Interface())
		if m, ok := v.Interface().(encoding.TextMarshaler); ok {
			b, err := m.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			want = string(b)
		}
		got, ok := rows[key]
		if !ok {
			t.Errorf("docs/config.md has no row for %s (default %s)", key, want)
		} else if got != want {
			t.Errorf("docs/config.md gives %s the default %q, it is %q", key, got, want)
		}
		delete(rows, key)
	})
	delete(rows, "retention.classes")
	sink := reflect.TypeFor[Downstream]()
	for i := range sink.NumField() {
		key := "downstream[]." + sink.Field(i).Tag.Get("yaml")
		if _, ok := rows[key]; !ok {
			t.Errorf("docs/config.md has no row for %s", key)
		}
		delete(rows, key)
	}
	for key := range rows {
		t.Errorf("docs/config.md has a row for %s, which is no key", key)
	}
	if seen < 40 {
		t.Errorf("only %d keys were looked at", seen)
	}
}
