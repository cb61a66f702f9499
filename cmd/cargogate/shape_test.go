package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/rogpeppe/go-internal/testscript"
)

// The shapes that the contract promises to scripts. A field that is renamed, or that comes without a word in the
// contract, fails here.

type checkShape struct {
	Schema int         `json:"schema"`
	Files  []fileShape `json:"files"`
}

type fileShape struct {
	File         string             `json:"file"`
	Format       string             `json:"format"`
	Bytes        int64              `json:"bytes"`
	Charset      string             `json:"charset"`
	Interchanges []interchangeShape `json:"interchanges"`
	Findings     []findingShape     `json:"findings"`
	Counts       struct {
		Error   int `json:"error"`
		Warning int `json:"warning"`
		Note    int `json:"note"`
		Omitted int `json:"omitted"`
	} `json:"counts"`
	Error string `json:"error"`
}

type interchangeShape struct {
	Sender           string         `json:"sender"`
	Recipient        string         `json:"recipient"`
	ControlReference string         `json:"control_reference"`
	Test             bool           `json:"test"`
	Accepted         bool           `json:"accepted"`
	Messages         []messageShape `json:"messages"`
}

type messageShape struct {
	Type      string `json:"type"`
	Version   string `json:"version"`
	Reference string `json:"reference"`
	Function  string `json:"function"`
	Segments  int    `json:"segments"`
	Accepted  bool   `json:"accepted"`
	Totals    struct {
		MasterBills  int64  `json:"master_bills"`
		Consignments int64  `json:"consignments"`
		GoodsItems   int64  `json:"goods_items"`
		Equipment    int64  `json:"equipment"`
		Packages     int64  `json:"packages"`
		GrossMassKg  string `json:"gross_mass_kg"`
	} `json:"totals"`
}

type findingShape struct {
	Code        string `json:"code"`
	Severity    string `json:"severity"`
	Standard    string `json:"standard"`
	Interchange int    `json:"interchange"`
	Message     int    `json:"message"`
	Text        string `json:"text"`
	Hint        string `json:"hint"`
	Args        []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"args"`
	Value    string          `json:"value"`
	Pointer  string          `json:"pointer"`
	Position positionShape   `json:"position"`
	Related  []positionShape `json:"related"`
}

type positionShape struct {
	Offset    int64 `json:"offset"`
	Length    int   `json:"length"`
	Line      int   `json:"line"`
	Column    int   `json:"column"`
	Segment   int   `json:"segment"`
	Element   int   `json:"element"`
	Component int   `json:"component"`
	Repeat    int   `json:"repeat"`
}

type segmentShape struct {
	Tag         string         `json:"tag"`
	Name        string         `json:"name"`
	Segment     int            `json:"segment"`
	Offset      int64          `json:"offset"`
	Interchange int            `json:"interchange"`
	Message     int            `json:"message"`
	Pointer     string         `json:"pointer"`
	Elements    []elementShape `json:"elements"`
}

type elementShape struct {
	Position  int    `json:"position"`
	Component int    `json:"component"`
	Repeat    int    `json:"repeat"`
	Composite string `json:"composite"`
	Tag       string `json:"tag"`
	Name      string `json:"name"`
	Value     string `json:"value"`
	Meaning   string `json:"meaning"`
}

// always are the fields of the contract that are written even where they hold nothing.
var always = map[string][]string{
	"check":       {"schema", "files"},
	"file":        {"file", "format", "bytes", "interchanges", "findings", "counts"},
	"interchange": {"sender", "recipient", "control_reference", "test", "accepted", "messages"},
	"message":     {"type", "version", "reference", "function", "segments", "accepted", "totals"},
	"totals":      {"master_bills", "consignments", "goods_items", "equipment", "packages", "gross_mass_kg"},
	"finding": {"code", "severity", "standard", "interchange", "message", "text", "hint", "args", "value", "pointer",
		"position", "related"},
	"position": {"offset", "length", "line", "column", "segment", "element", "component", "repeat"},
	"counts":   {"error", "warning", "note", "omitted"},
	"segment":  {"tag", "name", "segment", "offset", "elements"},
	"element":  {"position", "tag", "name", "value"},
}

// shape compares a JSON text with a shape: shape check stdout.
func shape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shape check|show FILE")
	}
	text := []byte(ts.ReadFile(args[1]))
	var into any = &checkShape{}
	if args[0] == "show" {
		into = &[]segmentShape{}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(into))
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("%s: more behind the JSON value", args[1])
	}
	var plain any
	ts.Check(json.Unmarshal(text, &plain))
	if args[0] == "show" {
		for _, s := range plain.([]any) {
			complete(ts, "segment", s, "elements", "element")
		}
		return
	}
	complete(ts, "check", plain, "", "")
	for _, f := range plain.(map[string]any)["files"].([]any) {
		complete(ts, "file", f, "interchanges", "interchange")
		complete(ts, "file", f, "findings", "finding")
		complete(ts, "counts", f.(map[string]any)["counts"], "", "")
		for _, ic := range f.(map[string]any)["interchanges"].([]any) {
			complete(ts, "interchange", ic, "messages", "message")
			for _, m := range ic.(map[string]any)["messages"].([]any) {
				complete(ts, "totals", m.(map[string]any)["totals"], "", "")
			}
		}
		for _, finding := range f.(map[string]any)["findings"].([]any) {
			complete(ts, "position", finding.(map[string]any)["position"], "", "")
			complete(ts, "finding", finding, "related", "position")
		}
	}
}

// complete looks for the fields that an object must have, and those that the objects in its list must.
func complete(ts *testscript.TestScript, kind string, object any, list, member string) {
	o, ok := object.(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object: %v", kind, object)
	}
	for _, field := range always[kind] {
		if v, ok := o[field]; !ok || v == nil {
			ts.Fatalf("%s lacks %s: %v", kind, field, o)
		}
	}
	if list == "" {
		return
	}
	for _, m := range o[list].([]any) {
		complete(ts, member, m, "", "")
	}
}
