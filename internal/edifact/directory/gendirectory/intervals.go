package main

import "fmt"

// span is a run of releases, both ends included, by their index.
type span struct{ from, to int }

// spans finds the runs of consecutive releases in which a fact is the same. values
// holds one text a release, empty where the release does not have the fact.
func spans(values []string) []span {
	var out []span
	for i, v := range values {
		switch {
		case v == "":
		case len(out) > 0 && out[len(out)-1].to == i-1 && values[i-1] == v:
			out[len(out)-1].to = i
		default:
			out = append(out, span{i, i})
		}
	}
	return out
}

// table collects facts by key over the releases.
type table struct {
	releases []string
	facts    map[string][]string // key => one text a release
}

func newTable(releases []string) *table {
	return &table{releases, map[string][]string{}}
}

// put records a fact of release i under key. Two different facts of one release
// under one key are an error.
func (t *table) put(key string, i int, value string) error {
	if t.facts[key] == nil {
		t.facts[key] = make([]string, len(t.releases))
	}
	if old := t.facts[key][i]; old != "" && old != value {
		return fmt.Errorf("release %s: %s is both %q and %q", t.releases[i], key, old, value)
	}
	t.facts[key][i] = value
	return nil
}

// print writes a span as the data files have it: "95B-18A".
func (t *table) print(s span) string { return t.releases[s.from] + "-" + t.releases[s.to] }
