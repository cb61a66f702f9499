package scoring

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed data/lists
var builtinLists embed.FS

// Lists are all lists of a site, ready for use. They never change; a site that changes a file loads them anew.
type Lists struct {
	lists     [numLists]*List
	matcher   *matcher
	deadlines []deadline
	version   string
	regionOf  map[string]string // country → region
}

// LoadLists reads the built-in lists, and from site those that replace them: files NAME.txt in its root, one for each
// list that it wants to be another. site may be nil. A file that is no list, or that does not follow the format, is an
// error that wraps ErrData, with line and column.
func LoadLists(site fs.FS) (*Lists, error) {
	builtin, err := fs.Sub(builtinLists, "data/lists")
	if err != nil {
		return nil, fmt.Errorf("scoring: built-in lists: %w", err)
	}
	ls := &Lists{}
	if err := ls.load(builtin); err != nil {
		return nil, err
	}
	if site != nil {
		if err := ls.load(site); err != nil {
			return nil, err
		}
	}
	return ls, ls.build()
}

// load reads the lists of a folder over those that are there.
func (ls *Lists) load(folder fs.FS) error {
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return fmt.Errorf("scoring: lists: %w", err)
	}
	for _, f := range files {
		name := f.Name()
		if f.IsDir() || !strings.HasSuffix(name, ".txt") {
			return fmt.Errorf("scoring: lists: %s: only files NAME.txt may stand here: %w", name, ErrData)
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return fmt.Errorf("scoring: lists: %w", err)
		}
		l, err := parseList(name, string(text))
		if err != nil {
			return fmt.Errorf("scoring: lists: %w", err)
		}
		ls.lists[l.number] = l
	}
	return nil
}

// build makes what look-ups need.
func (ls *Lists) build() error {
	ls.matcher = newMatcher()
	w, h := &words{}, sha256.New()
	for n, l := range ls.lists {
		if l == nil {
			return fmt.Errorf("scoring: the list %s is missing: %w", listSpecs[n].name, ErrData)
		}
		_, _ = h.Write([]byte(l.Name + " " + l.Digest + "\n")) // a hash never fails to write
		if listSpecs[n].kind != kindWords {
			continue
		}
		for i := range l.entries {
			ls.matcher.insert(w, l.entries[i].key, phraseEnd{ListNumber(n), uint32(i), l.entries[i].exclusion})
		}
	}
	ls.regionOf = map[string]string{}
	for i := range ls.lists[listRegions].entries {
		e := &ls.lists[listRegions].entries[i]
		for _, land := range e.codes {
			if first, twice := ls.regionOf[land]; twice {
				return fmt.Errorf("scoring: lists: regions.txt: %s is in %s and in %s: %w", land, first, e.key, ErrData)
			}
			ls.regionOf[land] = e.key
		}
	}
	ls.deadlines = readDeadlines(ls.lists[listDeadlines])
	ls.version = "lists-" + hex.EncodeToString(h.Sum(nil))[:12]
	return nil
}

// Version names the lists together by the hash of their contents: "lists-1a2b3c4d5e6f".
func (ls *Lists) Version() string { return ls.version }

// All gives the lists in a fixed order.
func (ls *Lists) All() []*List { return append([]*List(nil), ls.lists[:]...) }

// entry gives the entry that a hit names.
func (ls *Lists) entry(h hit) *entry { return &ls.lists[h.list].entries[h.entry] }

// place looks a place up by its code, else by its country.
func (ls *Lists) place(l ListNumber, locode, country string) (string, bool) {
	if locode != "" {
		if e, ok := lookup(ls.lists[l], locode); ok {
			return e.key, true
		}
	}
	if country != "" {
		if e, ok := lookup(ls.lists[l], country); ok {
			return e.key, true
		}
	}
	return "", false
}
