package evaluate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cargogate/internal/scoring"
	"cargogate/internal/synth/voyage"
)

// made is traffic whose numbers are known: 1,000 consignments, of which the points of number n are n; planted are 10 full
// cases with the most points, 10 partial ones with the least, and 10 look-alikes in the middle.
func made() *Traffic {
	t := &Traffic{Days: 4, Rows: map[Key]Row{}, Truth: map[Key]voyage.Truth{}}
	for n := range 1000 {
		k := Key{"bill", fmt.Sprintf("B%04d", n)}
		t.Rows[k] = Row{Points: n, Assessable: true}
		tr := voyage.Truth{Typology: "smuggling", Role: voyage.RoleTypology, Signs: []string{"a", "b", "c"}}
		switch {
		case n == 992: // the lowest but two of those with many points
			tr.Signs[2] = "consignee-new"
		case n >= 990:
		case n < 10:
			tr.Signs = tr.Signs[:1]
		case 500 <= n && n < 510:
			tr.Role, tr.Signs = voyage.RoleLookalike, nil
		default:
			continue
		}
		t.Truth[k] = tr
		r := t.Rows[k]
		r.Fired = []string{"always@1"}
		if n%2 == 0 {
			r.Fired = append(r.Fired, "even@1")
		}
		t.Rows[k] = r
	}
	return t
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	r := Evaluate(made())
	if r.Consignments != 1000 || r.Planted != 20 || r.Lookalikes != 10 || r.Missing != 0 {
		t.Errorf("%+v", r)
	}
	want := []struct{ flagged, full, plain, points int }{{5, 5, 5, 995}, {10, 10, 9, 990}, {20, 10, 9, 980}, {50, 10, 9, 950}}
	for i, w := range want {
		s := r.Shares[i]
		if s.Flagged != w.flagged || s.Full != (Part{w.full, 10}) || s.Plain != (Part{w.plain, 9}) ||
			s.All != (Part{w.full, 20}) || s.Lookalikes != (Part{0, 10}) || s.Points != w.points {
			t.Errorf("share %d: %+v", i, s)
		}
		if s.ADay != float64(w.flagged)/4 || s.Precision != float64(w.full)/float64(w.flagged) {
			t.Errorf("share %d: %.2f a day, precision %.2f", i, s.ADay, s.Precision)
		}
		if s.RandomExpected != float64(w.flagged)/1000 || s.RandomLow > s.RandomExpected || s.RandomHigh < s.RandomExpected || s.RandomHigh > 0.2 {
			t.Errorf("share %d: by lot %.3f (%.3f to %.3f)", i, s.RandomExpected, s.RandomLow, s.RandomHigh)
		}
	}
	if len(r.Typologies) != 1 || len(r.Typologies[0].Shares) != 4 {
		t.Fatalf("typologies %+v", r.Typologies)
	}
	ty := r.Typologies[0]
	if p := ty.Shares[0]; p.Full != (Part{5, 10}) || p.Partial != (Part{0, 10}) || p.Lookalikes != (Part{0, 10}) {
		t.Errorf("%+v", p)
	}
	if got := fmt.Sprint(ty.Indicators); got != "[{always@1 10 10} {even@1 5 5}]" {
		t.Errorf("indicators %s", got)
	}
}

// What is planted and was not scored is counted as not found.
func TestEvaluateMissing(t *testing.T) {
	t.Parallel()
	all := made()
	delete(all.Rows, Key{"bill", "B0999"})
	r := Evaluate(all)
	if r.Missing != 1 || r.Shares[3].Full != (Part{9, 10}) {
		t.Errorf("%d missing, %+v", r.Missing, r.Shares[3].Full)
	}
}

func TestEvaluateNothing(t *testing.T) {
	t.Parallel()
	r := Evaluate(&Traffic{})
	if r.Consignments != 0 || r.Shares[0].Flagged != 0 || r.Shares[0].Full.Rate() != 0 {
		t.Errorf("%+v", r)
	}
}

func TestReadTruth(t *testing.T) {
	t.Parallel()
	const good = `{"record":"truth","schema":1,"document":"A1","kind":"bill","filer":"X","file":"f","typology":"t","role":"typology"}`
	for _, tt := range []struct{ text, want string }{
		{good + "\n" + strings.Replace(good, "A1", "A2", 1), ""},
		{good + "\n{", ":2: "},
		{good + "\n" + strings.Replace(good, "truth", "lie", 1), `:2: evaluate: not a line of truth: record "lie"`},
		{strings.Replace(good, `"schema":1`, `"schema":2`, 1), ":1: "},
		{strings.Replace(good, "A1", "", 1), "document, kind and typology"},
		{strings.Replace(good, `"role":"typology"`, `"role":"victim"`, 1), `no role "victim"`},
		{strings.Repeat("x", maxLine+1), ":1: "},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, truthFile), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTruth(dir)
		if tt.want == "" {
			if err != nil || len(got) != 2 {
				t.Errorf("%d lines, %v", len(got), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.80s: %v, want %s", tt.text, err, tt.want)
		}
	}
	if _, err := ReadTruth(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no truth: %v", err)
	}
}

// Generated traffic is scored as a whole: each document once, with the score of its last version.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := voyage.WriteDir(dir, voyage.Options{Seed: 3, Consignments: 800}); err != nil {
		t.Fatal(err)
	}
	e, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Folder(dir, e)
	if err != nil {
		t.Fatal(err)
	}
	r := Evaluate(all)
	if r.Consignments != 800 || r.Missing != 0 || r.Days < 2 || len(all.Truth) == 0 {
		t.Errorf("%d consignments, %d of the truth missing, %.1f days", r.Consignments, r.Missing, r.Days)
	}
	if s := r.Shares[3]; s.All.Rate() <= s.RandomHigh {
		t.Errorf("of %d flagged cases, no more than by lot: %+v", s.All.Flagged, s)
	}
	if _, err := Folder(t.TempDir(), e); err == nil {
		t.Error("a folder without truth was evaluated")
	}
}
