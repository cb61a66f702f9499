package https

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/openapi.json")

// TestOpenAPI freezes the document: a change of the API shows as a change of this file.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{Version: "0"}, newFake())
	res := h.do("GET", "/openapi.json", "", nil)
	if res.status != 200 || res.header.Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("%d %s", res.status, res.header)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(res.body), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the document changed (-golden +now); -update rewrites the golden file:\n%s", diff)
	}
	if yaml := h.do("GET", "/openapi.yaml", "", nil); yaml.status != 200 || !strings.Contains(yaml.body, "openapi: 3.1.0") {
		t.Errorf("yaml: %d %.100s", yaml.status, yaml.body)
	}
}

// document is what the tests need of OpenAPI.
type document struct {
	OpenAPI string                               `json:"openapi"`
	Paths   map[string]map[string]map[string]any `json:"paths"`
}

func (h *harness) document() document {
	h.t.Helper()
	var d document
	if err := json.Unmarshal([]byte(h.do("GET", "/openapi.json", "", nil).body), &d); err != nil {
		h.t.Fatal(err)
	}
	return d
}

// TestOperations asks for every operation of the document without a key and with a wrong one, and holds the actions to
// those that the rest of the house knows.
func TestOperations(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{}, newFake())
	want := map[string]string{
		"POST /v1/messages": "message.submit", "GET /v1/messages": "message.list", "GET /v1/messages/{id}": "message.read",
		"GET /v1/messages/{id}/findings": "message.findings", "GET /v1/messages/{id}/original": "message.original",
		"GET /v1/messages/{id}/acknowledgements":       "message.acks",
		"GET /v1/messages/{id}/acknowledgements/{ack}": "message.acks",
		"GET /v1/messages/{id}/consignments":           "message.consignments",
		"GET /v1/messages/{id}/certificate":            "message.certificate",
		"POST /v1/check":                               "check.run", "GET /v1/consignments": "consignment.search",
		"GET /v1/consignments/{id}": "consignment.read", "GET /v1/calls": "call.list", "GET /v1/events": "event.list",
		"POST /v1/messages/{id}:replay": "message.replay", "POST /v1/messages/{id}:hold": "message.hold",
		"POST /v1/messages/{id}:unhold": "message.unhold", "POST /v1/messages/{id}:erase": "message.erase",
		"GET /v1/cases":                   "case.list",
		"GET /v1/case-reasons":            "case.list",
		"GET /v1/cases/{id}":              "case.read",
		"POST /v1/cases:lease":            "case.lease",
		"POST /v1/cases/{id}:lease":       "case.lease",
		"POST /v1/cases/{id}:extend":      "case.lease",
		"POST /v1/cases/{id}:return":      "case.lease",
		"POST /v1/cases/{id}:decide":      "case.decide",
		"POST /v1/cases/{id}:note":        "case.note",
		"POST /v1/cases/{id}:outcome":     "case.outcome",
		"POST /v1/outcomes":               "case.import",
		"POST /v1/deliveries/{id}:resend": "delivery.resend", "POST /v1/deliveries:resume": "delivery.resume",
		"GET /v1/purges": "purge.list", "GET /v1/partners": "partner.list",
	}
	got := map[string]string{}
	doc := h.document()
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi: %s", doc.OpenAPI)
	}
	for path, item := range doc.Paths {
		for method, op := range item {
			name := strings.ToUpper(method) + " " + path
			got[name], _ = op["x-cargogate-action"].(string)
			url := strings.NewReplacer("{id}", ackID.String(), "{ack}", ackID.String()).Replace(path)
			for _, key := range []string{"", "wrong"} {
				res := h.do(strings.ToUpper(method), url, key, nil)
				if p := res.problem(t); res.status != http.StatusUnauthorized || p.Code != codeUnauthenticated {
					t.Errorf("%s with key %q: %d %s", name, key, res.status, res.body)
				}
			}
			// With a good key it is found, whatever it then says.
			if res := h.do(strings.ToUpper(method), url, "ana", []byte("{}")); res.status == 405 || res.status >= 500 {
				t.Errorf("%s: %d %s", name, res.status, res.body)
			}
			if _, ok := op["security"]; !ok {
				t.Errorf("%s has no security in the document", name)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}
