package scoring

import (
	"crypto/sha256"
	"encoding/hex"
)

// Artifact is something that a score depends on and that must be kept while a score names it.
type Artifact struct {
	ID   string // the word and the hash of its content
	Kind string // "versions", "rules", "lists", "list"
	Body []byte // JSON of Versions; the rules file; "NAME list-HASH" a line; the list file
}

// Artifacts gives what the engine's scores depend on, the versions that name the rest first.
func (e *Engine) Artifacts() []Artifact {
	versions := e.versions.AppendJSON(nil)
	out := []Artifact{
		{VersionsID(e.versions), "versions", versions},
		{e.rules.version, "rules", []byte(e.rules.text)},
	}
	var names []byte
	for _, l := range e.lists.lists {
		id := "list-" + l.Digest[:12]
		names = append(names, l.Name+" "+id+"\n"...)
		out = append(out, Artifact{id, "list", []byte(l.text)})
	}
	return append(out, Artifact{e.lists.version, "lists", names})
}

// VersionsID names versions by content: "versions-1a2b3c4d5e6f".
func VersionsID(v Versions) string {
	sum := sha256.Sum256(v.AppendJSON(nil))
	return "versions-" + hex.EncodeToString(sum[:])[:12]
}
