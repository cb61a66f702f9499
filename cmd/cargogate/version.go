package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"

	"cargogate/internal/edifact/directory"
	"cargogate/internal/refdata"
)

// A versionCommand says what the program is.
type versionCommand struct {
	JSON bool `help:"Write it as JSON."`
}

// A buildRecord is what is known of the program and of the data in it.
type buildRecord struct {
	Schema      int      `json:"schema"`             // 1
	Version     string   `json:"version"`            // of the module; "(devel)" where it has none
	Revision    string   `json:"revision,omitempty"` // of the source, where it was built from a repository
	Time        string   `json:"time,omitempty"`     // of the revision, RFC 3339
	Modified    bool     `json:"modified"`           // the source differed from the revision
	Go          string   `json:"go"`
	Directories []string `json:"directories"` // UN/EDIFACT releases held, oldest first
	Reference   string   `json:"reference"`   // lists of places, countries, units …
}

// build gives what the Go tool put into the program.
func build() buildRecord {
	b := buildRecord{Schema: 1, Version: "(devel)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// Run runs the command.
func (c *versionCommand) Run(a *app) error {
	b := build()
	b.Directories, b.Reference = directory.Releases(), refdata.Version()
	if c.JSON {
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(b)
	}
	_, err := fmt.Fprintf(a.stdout, "cargogate %s, built with %s\nUN/EDIFACT directories %s to %s; reference data %s\n",
		b.Version, b.Go, b.Directories[0], b.Directories[len(b.Directories)-1], b.Reference)
	return err
}
