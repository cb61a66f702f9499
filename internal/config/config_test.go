package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// write puts text into a file of a new folder.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cargogate.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const plain = "https: {listen: '127.0.0.1:0', plain: true}\n"

func TestLoad(t *testing.T) {
	path := write(t, `
# a small gateway
data: var
https:
  listen: 127.0.0.1:9443
  plain: true
folder: {root: drop, settle: 500ms}
limits:
  body: 512MiB
retention:
  default: 90d
  classes: {short: 12h, long: "0"}
work: {workers: 3}
roles: [all]
`)
	c, err := Load(path, []string{"CARGOGATE_LIMITS_BODY=1GiB", "CARGOGATE_LOG_LEVEL=debug", "HOME=/root", "CARGOGATE_FAILPOINT=x"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	dir := filepath.Dir(path)
	want.Data, want.Folder.Root = filepath.Join(dir, "var"), filepath.Join(dir, "drop")
	want.HTTPS.Listen, want.HTTPS.Plain = "127.0.0.1:9443", true
	want.Folder.Settle = Duration(500 * time.Millisecond)
	want.Limits.Body = 1 << 30
	want.Log.Level = "debug"
	want.Retention.Default = Duration(90 * 24 * time.Hour)
	want.Retention.Classes = map[string]Duration{"short": Duration(12 * time.Hour), "long": 0}
	want.Work.Workers = 3
	if d := cmp.Diff(&want, c); d != "" {
		t.Error(d)
	}
	if got := c.BlobDir(); got != filepath.Join(dir, "var", "originals") {
		t.Errorf("BlobDir = %q", got)
	}
}

// TestFaults holds that each kind of fault is told with the place, the line, and what to do.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		env        []string
		want       []string // parts of the error, in order
	}{
		{"unknown key", "datta: x\n" + plain, nil, []string{":1:1: datta: there is no such key; is data meant?", "1 | datta: x", "| ^"}},
		{"unknown key below", "store:\n  kind: sqlite\n  path: x\n" + plain, nil, []string{":3:3: store.path: there is no such key; there are kind, dsn, connections"}},
		{"not a duration", "work:\n  lease: soon\n" + plain, nil, []string{":2:10: work.lease: \"soon\" is not a duration such as 30s"}},
		{"not a size", "limits: {body: much}\n" + plain, nil, []string{":1:16: limits.body: \"much\" is not a size"}},
		{"negative size", "limits: {body: -1}\n" + plain, nil, []string{"limits.body: \"-1\" is not a size"}},
		{"not a number", "nodes: two\n" + plain, nil, []string{":1:8: nodes: \"two\" is not a whole number"}},
		{"not a boolean", "https: {plain: perhaps}\n", nil, []string{"https.plain: \"perhaps\" is neither true nor false"}},
		{"list for a value", "data: [a, b]\n" + plain, nil, []string{"data: a list is not expected here, but one value"}},
		{"value for keys", "store: sqlite\n" + plain, nil, []string{":1:8: store: \"sqlite\" is not expected here, but keys below it"}},
		{"keys for a value", "data: {a: b}\n" + plain, nil, []string{"data: keys are not expected here, but one value"}},
		{"keys for a duration", "work: {lease: {a: b}}\n" + plain, nil, []string{"work.lease: keys are not expected here, but one value"}},
		{"value for a list", "roles: all\n" + plain, nil, []string{"roles: \"all\" is not expected here, but a list"}},
		{"duplicate key", "data: a\ndata: b\n" + plain, nil, []string{":2:1:", "data"}},
		{"syntax", "data: 'a\n", nil, []string{":1:"}},
		{"tabs", "store:\n\tkind: sqlite\n", nil, []string{":2:"}},
		{"two documents", plain + "---\ndata: x\n", nil, []string{"only one document is read"}},
		{"alias", "data: &a x\n" + plain, nil, []string{"anchors, aliases and tags are not read"}},
		{"several faults at once", "nodes: 0\nstore: {kind: oracle}\nblobs: {kind: tape}\n" + plain, nil,
			[]string{":1:8: nodes: there is at least one", `:2:15: store.kind: "oracle" is none of sqlite, postgres`, `:3:15: blobs.kind: "tape" is none of fs, s3`}},
		{"nodes on SQLite", "nodes: 2\n" + plain, nil, []string{"store.kind: several nodes", "blobs.kind: several nodes cannot share a local folder"}},
		{"part of the roles on a folder", "roles: [process]\nstore: {kind: postgres, dsn: x}\n" + plain, nil, []string{"blobs.kind: several nodes cannot share a local folder; use s3"}},
		{"no role", "roles: []\n" + plain, nil, []string{"roles: a node needs a role"}},
		{"unknown role", "roles: [all, bake]\n" + plain, nil, []string{`roles: "bake" is none of`}},
		{"postgres without dsn", "store: {kind: postgres}\n" + plain, nil, []string{"store.dsn: postgres needs a connection string"}},
		{"secret file missing", "store: {kind: postgres, dsn: 'file:/nowhere/dsn'}\n" + plain, nil, []string{"store.dsn: secret: open /nowhere/dsn: no such file"}},
		{"credential outside systemd", "store: {kind: postgres, dsn: 'cred:dsn'}\n" + plain, nil, []string{"CREDENTIALS_DIRECTORY is not set"}},
		{"no certificate", "https: {listen: ':8443'}\n", nil, []string{"https.cert: https.cert and https.key name the files"}},
		{"certificate missing", "https: {listen: ':8443', cert: a.pem, key: b.pem}\n", nil, []string{"https.cert: stat", "a.pem: no such file"}},
		{"bad address", "https: {listen: here, plain: true}\n", nil, []string{`https.listen: "here" is not host:port`}},
		{"nothing to receive by", "https: {listen: ''}\n", nil, []string{"needs https.listen or folder.root"}},
		{"s3 without bucket", "blobs: {kind: s3}\n" + plain, nil, []string{"blobs.s3.bucket: s3 needs a bucket"}},
		{"s3 half a key", "blobs: {kind: s3, s3: {bucket: b, access_key: a}}\n" + plain, nil, []string{"access_key and secret_key come together"}},
		{"s3 endpoint", "blobs: {kind: s3, s3: {bucket: b, endpoint: 'host:9000'}}\n" + plain, nil, []string{"is not a URL such as"}},
		{"environment names nothing", plain, []string{"CARGOGATE_STORE_DSNN=x"}, []string{"CARGOGATE_STORE_DSNN: no key of the configuration has this variable"}},
		{"environment is no number", plain, []string{"CARGOGATE_NODES=x"}, []string{`CARGOGATE_NODES: nodes: "x" is not a whole number`}},
		{"short lease", "work: {lease: 10ms}\n" + plain, nil, []string{"work.lease: less than 1s"}},
		{"delivery", "delivery: {first: 5m, max: 1m}\n" + plain, nil, []string{"delivery.max: is less than delivery.first"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(write(t, tt.text), tt.env)
			if err == nil {
				t.Fatal("no error")
			}
			rest := err.Error()
			for _, w := range tt.want {
				_, after, ok := strings.Cut(rest, w)
				if !ok {
					t.Fatalf("want %q in:\n%s", w, err)
				}
				rest = after
			}
		})
	}
}

func TestLoadMissing(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil || !strings.Contains(err.Error(), "configuration: open") {
		t.Errorf("error is %v", err)
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "word\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for _, tt := range []struct {
		secret Secret
		want   string
		ok     bool
	}{
		{"plain text", "plain text", true}, {"", "", true}, {Secret("file:" + dir + "/a"), "word", true}, {"cred:a", "word", true},
		{Secret("file:" + dir + "/empty"), "", false}, {"cred:../a", "", false}, {"cred:", "", false}, {"cred:none", "", false},
	} {
		got, err := tt.secret.Value()
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q = %q, %v", string(tt.secret), got, err)
		}
	}
	text, err := yaml.Marshal(Store{Kind: "postgres", DSN: "postgres://u:hidden@h/d"})
	if err != nil || strings.Contains(string(text), "hidden") {
		t.Errorf("written out: %s %v", text, err)
	}
	if s := Secret("hidden"); s.String() == "hidden" || s.GoString() == "hidden" {
		t.Error("a secret shows itself")
	}
}

// TestValues holds that what is written is read as the same.
func TestValues(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "1": 1, "1KiB": 1024, "3GiB": 3 << 30, "10MB": 10_000_000, "7B": 7} {
		var z Size
		if err := z.UnmarshalText([]byte(text)); err != nil || z != want {
			t.Errorf("%q = %d, %v", text, z, err)
		}
		again, _ := z.MarshalText()
		var y Size
		if err := y.UnmarshalText(again); err != nil || y != z {
			t.Errorf("%q is written %q, read as %d, %v", text, again, y, err)
		}
	}
	for _, text := range []string{"", "x", "1 parsec", "9999999999TiB", "-1", "1.5GiB"} {
		var z Size
		if err := z.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a size: %d", text, z)
		}
	}
	for text, want := range map[string]time.Duration{"0": 0, "1500ms": 1500 * time.Millisecond, "90d": 90 * 24 * time.Hour, "0.5d": 12 * time.Hour,
		"10m": 10 * time.Minute, "1h10s": time.Hour + 10*time.Second, "20h10m": 20*time.Hour + 10*time.Minute, "100ms": 100 * time.Millisecond} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Std() != want {
			t.Errorf("%q = %s, %v", text, d.Std(), err)
		}
		again, _ := d.MarshalText()
		var e Duration
		if err := e.UnmarshalText(again); err != nil || e != d {
			t.Errorf("%q is written %q, read as %s, %v", text, again, e.Std(), err)
		}
	}
	for _, text := range []string{"", "x", "-1s", "1e9d", "d"} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a duration: %s", text, d.Std())
		}
	}
}

// TestDefaultNeedsOnlyTLS holds that the default works but for what only a site can know.
func TestDefaultNeedsOnlyTLS(t *testing.T) {
	c, err := Load("", []string{"CARGOGATE_HTTPS_PLAIN=true"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{RoleReceive, RoleProcess, RoleDeliver} {
		if !c.Has(r) {
			t.Errorf("no role %s", r)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(plain)
	f.Add("a: [b, {c: d}]\n---\n'")
	f.Add("store: &x {kind: *x}")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, nil)
		if (c == nil) == (err == nil) {
			t.Errorf("%v, %v", c, err)
		}
	})
}

func TestDownstream(t *testing.T) {
	path := write(t, plain+`
cases: {reopen_step: 20, second: [none]}
downstream:
  - {name: yard, folder: out/yard}
  - name: hook
    url: https://exam.example/events
    secrets: [file:`+write(t, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")+`]
    allow: [10.1.2.0/24]
    ca_file: ca.pem
    types: [cargogate.case.decided.v1]
`)
	c, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	want := []Downstream{{Name: "yard", Folder: filepath.Join(dir, "out/yard")},
		{Name: "hook", URL: "https://exam.example/events", Secrets: c.Downstream[1].Secrets, Allow: []string{"10.1.2.0/24"}, CAFile: filepath.Join(dir, "ca.pem"),
			Types: []string{"cargogate.case.decided.v1"}}}
	if d := cmp.Diff(want, c.Downstream); d != "" {
		t.Error(d)
	}
	if v, err := c.Downstream[1].Secrets[0].Value(); err != nil || v != "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" {
		t.Errorf("secret %q, %v", v, err)
	}
	if d := cmp.Diff(Cases{ReopenStep: 20, Second: []string{"none"}}, c.Cases); d != "" {
		t.Error(d)
	}
	for text, want := range map[string]string{
		"downstream: [{folder: x}]":                                                            "needs a name",
		"downstream: [{name: a, folder: x}, {name: a, folder: y}]":                             "two sinks are called a",
		"downstream: [{name: a}]":                                                              "a folder or a url",
		"downstream: [{name: a, folder: x, url: 'https://x.example', secrets: [abc]}]":         "a folder or a url",
		"downstream: [{name: a, folder: x, allow: [10.0.0.0/8]}]":                              "belong to a url",
		"downstream: [{name: a, url: 'https://x.example'}]":                                    "give it secrets",
		"downstream: [{name: a, url: 'https://x.example', secrets: ['file:/nowhere/at/all']}]": "nowhere",
		"downstream: [{name: a, colour: red}]":                                                 "there is no such key",
		"downstream: {name: a}":                                                                "",
		"cases: {reopen_step: 0}":                                                              "must be more than 0",
	} {
		_, err := Load(write(t, plain+text+"\n"), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
