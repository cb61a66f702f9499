package main

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// release is all that is read of one directory release.
type release struct {
	name       string // "95B"
	messages   map[string][]tableRow
	segments   map[string]*segment
	composites map[string]*composite
	elements   map[string]dataElement
	lists      map[string]*codeList
	inputs     []string // names of the files read
}

// releaseFolders returns the folders of fsys that hold a release, oldest first.
func releaseFolders(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if n := e.Name(); e.IsDir() && len(n) == 4 && n[0] == 'D' {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no folder of a release")
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(century(a), century(b)) })
	return out, nil
}

// century puts the century before a release: "D95B" is 1995B, "D03A" is 2003A.
func century(folder string) string {
	if folder[1] >= '9' {
		return "19" + folder[1:]
	}
	return "20" + folder[1:]
}

// readRelease reads one release: its directories and the listed messages, or all
// messages in the folder if types is empty.
func readRelease(fsys fs.FS, folder string, types []string) (*release, error) {
	r := &release{name: folder[1:], messages: map[string][]tableRow{}, lists: map[string]*codeList{}}
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		base, ext, _ := strings.Cut(e.Name(), ".")
		typ, isMessage := strings.CutSuffix(base, "_D")
		if ext != r.name || isMessage && len(types) > 0 && !slices.Contains(types, typ) {
			continue // README, licence, a message that is not wanted
		}
		name := path.Join(folder, e.Name())
		s, err := readSource(fsys, name)
		if err != nil {
			return nil, err
		}
		r.inputs = append(r.inputs, name)
		switch {
		case isMessage:
			r.messages[typ], err = readMessage(s)
		case base == "TRSD" || base == "EDSD":
			r.segments, err = readSegments(s)
		case base == "TRCD" || base == "EDCD":
			r.composites, err = readComposites(s)
		case base == "TRED" || base == "EDED":
			r.elements, err = readDataElements(s)
		case strings.HasPrefix(base, "UNCL"):
			err = readCodes(s, r.lists)
		default:
			err = fmt.Errorf("%s: not a directory file that is known", name)
		}
		if err != nil {
			return nil, err
		}
	}
	if r.segments == nil || r.composites == nil || r.elements == nil || len(r.lists) == 0 || len(r.messages) == 0 {
		return nil, fmt.Errorf("%s: incomplete release", folder)
	}
	r.repeatArrays()
	return r, r.check()
}

// check compares what the release says in more than one place. It returns all
// disagreements together.
func (r *release) check() error {
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, "D."+r.name+": "+fmt.Sprintf(format, args...))
	}
	for _, tag := range slices.Sorted(maps.Keys(r.segments)) {
		for i, e := range r.segments[tag].elements {
			where := fmt.Sprintf("segment %s element %d %s", tag, i+1, e.tag)
			if e.repr != "" {
				r.checkSimple(where, e.row, fault)
				continue
			}
			c := r.composites[e.tag]
			if c == nil {
				fault("%s: not in the composite directory", where)
				continue
			}
			if !strings.EqualFold(c.name, e.name) {
				fault("%s: name %q, composite directory %q", where, e.name, c.name)
			}
			if !sameRows(c.components, e.components) {
				fault("%s: components %v, composite directory %v", where, e.components, c.components)
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(r.composites)) {
		for i, c := range r.composites[tag].components {
			r.checkSimple(fmt.Sprintf("composite %s component %d %s", tag, i+1, c.tag), c, fault)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(r.lists)) {
		l := r.lists[tag]
		// Some releases list codes of interactive elements that their element directory
		// leaves out; where a segment uses one, checkSimple has said so already.
		if e, ok := r.elements[tag]; ok && e != l.dataElement {
			fault("code list %s: %v, element directory %v", tag, l.dataElement, e)
		}
		for _, c := range l.codes {
			if !fits(c.value, l.repr) {
				fault("code list %s: value %q does not fit %s", tag, c.value, l.repr)
			}
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(r.messages)) {
		for _, row := range r.messages[typ] {
			if row.group > 0 || serviceSegment(row.tag) {
				continue
			}
			s := r.segments[row.tag]
			if s == nil {
				fault("message %s position %s: no segment %s", typ, row.position, row.tag)
			} else if !strings.EqualFold(s.name, row.name) {
				fault("message %s position %s: name %q, segment directory %q", typ, row.position, row.name, s.name)
			}
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "\n"))
	}
	return nil
}

// checkSimple compares a row of a segment or composite with the element directory.
func (r *release) checkSimple(where string, row row, fault func(string, ...any)) {
	e, ok := r.elements[row.tag]
	switch {
	case !ok:
		fault("%s: not in the element directory", where)
	case e.repr != row.repr:
		fault("%s: %s, element directory %s", where, row.repr, e.repr)
	case !strings.EqualFold(e.name, row.name):
		fault("%s: name %q, element directory %q", where, row.name, e.name)
	}
}

// sameRows compares tags, status and representations.
func sameRows(a, b []row) bool {
	return slices.EqualFunc(a, b, func(a, b row) bool {
		return a.tag == b.tag && a.mandatory == b.mandatory && a.repr == b.repr
	})
}

// fits tells whether a code value fits the representation of its element.
func fits(value, repr string) bool {
	class := strings.TrimRight(repr, ".0123456789")
	length, err := strconv.Atoi(strings.TrimLeft(repr, "an."))
	if err != nil || utf8.RuneCountInString(value) > length {
		return false
	}
	for _, c := range value {
		digit := c >= '0' && c <= '9'
		if c <= ' ' || c > '~' || class == "n" && !digit || class == "a" && digit {
			return false
		}
	}
	return true
}

// serviceSegment tells the segments that ISO 9735 defines and no directory holds.
func serviceSegment(tag string) bool {
	return tag == "UNH" || tag == "UNT" || tag == "UNS" || tag == "UGH" || tag == "UGT"
}
