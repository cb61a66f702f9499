package audit

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func export(t *testing.T, f *fakeStore) string {
	t.Helper()
	var b strings.Builder
	if _, err := Export(t.Context(), f, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExport(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 2, 1200)
	f.sealed[0].Detail = `{"<&>":"é\u2028"}`
	f.rechain(0)
	f.resign(s)
	var b strings.Builder
	last, err := Export(t.Context(), f, &b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(f.heads[len(f.heads)-1], last); d != "" {
		t.Error(d)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 1+1202+3 || lines[0] != `{"record":"audit","schema":1}` || !strings.HasPrefix(lines[1], `{"record":"row","seq":1,`) ||
		!strings.HasPrefix(lines[3], `{"record":"head","seq":2,`) {
		t.Errorf("%d lines: %s", len(lines), strings.Join(lines[:4], "\n"))
	}
	r, err := VerifyExport(strings.NewReader(b.String()), s.Keys(), last)
	if err != nil || r.Fault != nil || r.Rows != 1202 || r.Heads != 3 || r.Kept != 1 {
		t.Errorf("%+v %v", r, err)
	}
	// A page that was torn off its end is noticed only by a kept head.
	cut := strings.Join(lines[:4], "\n")
	if r, err := VerifyExport(strings.NewReader(cut), s.Keys(), last); err != nil || r.Fault == nil || r.Fault.Kind != FaultKept {
		t.Errorf("%+v %v", r, err)
	}
}

func TestExportOfBadText(t *testing.T) {
	t.Parallel()
	f, _ := newLog(t, 1)
	f.sealed[0].Object = "a\xff"
	if _, err := Export(t.Context(), f, io.Discard); err == nil || !strings.Contains(err.Error(), "row 1 is not UTF-8") {
		t.Error(err)
	}
	full := errors.New("disk full")
	f, _ = newLog(t, 1)
	if _, err := Export(t.Context(), f, failing{full}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

func TestVerifyExportForm(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 2)
	right := export(t, f)
	replace := func(old, by string) string {
		if !strings.Contains(right, old) {
			t.Fatalf("%q is not in %s", old, right)
		}
		return strings.Replace(right, old, by, 1)
	}
	for name, tt := range map[string]struct {
		text, say string
	}{
		"empty":          {"", "empty"},
		"no header":      {strings.SplitN(right, "\n", 2)[1], "no export"},
		"other schema":   {replace(`"schema":1`, `"schema":2`), "schema 1"},
		"no JSON":        {replace(`{"record":"row"`, `{record`), "cannot be read"},
		"a field more":   {replace(`"mode":"live"`, `"mode":"live","note":"x"`), "unknown field"},
		"two values":     {replace("}\n{\"record\":\"row\",\"seq\":2", "}{\"record\":\"row\",\"seq\":2"), "more than one value"},
		"other record":   {replace(`"record":"head"`, `"record":"tail"`), "not known"},
		"hash not hex":   {replace(`"hash":"`, `"hash":"z`), "64 hex digits"},
		"hash too long":  {replace(`"hash":"`, `"hash":"00`), "64 hex digits"},
		"id":             {replace(`"id":"`, `"id":"x`), "invalid UUID"},
		"time":           {replace(`.000000Z`, `Z`), "cannot parse"},
		"key in a row":   {replace(`"mode":"live"`, `"mode":"live","key_id":"x"`), "a row has no key"},
		"text in a head": {replace(`{"record":"head"`, `{"record":"head","detail":"x"`), "a head has no more"},
		"signature":      {replace(`"signature":"`, `"signature":"!`), "signature"},
		"long line":      {right + strings.Repeat("x", maxLine+1), "longer than"},
	} {
		r, err := VerifyExport(strings.NewReader(tt.text), s.Keys())
		if err != nil || r.Fault == nil || r.Fault.Kind != FaultForm || !strings.Contains(r.Fault.Text, tt.say) {
			t.Errorf("%s: %+v %v", name, r.Fault, err)
		}
	}
	if _, err := VerifyExport(iotest.ErrReader(io.ErrUnexpectedEOF), s.Keys()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestHeadJSON(t *testing.T) {
	t.Parallel()
	f, _ := newLog(t, 2)
	b, err := json.Marshal(f.heads[0])
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHead(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(f.heads[0], h); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "{}", "[]", `{"seq":1,"hash":"00"}`, strings.Replace(string(b), `"seq":2`, `"seq":0`, 1),
		strings.Replace(string(b), `"signature":"`, `"signature":"*`, 1)} {
		if h, err := ParseHead([]byte(bad)); err == nil {
			t.Errorf("%q is %+v", bad, h)
		}
	}
}
