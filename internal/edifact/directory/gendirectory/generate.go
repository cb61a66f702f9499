package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// file is a file of the data set.
type file struct {
	name string
	data []byte
}

// dataset is what is kept of all releases.
type dataset struct {
	releases                                                []string
	messages, segments, composites, elements, values, names *table
}

// generate reads every release in fsys and returns the data files, a manifest of
// what was read and written among them, and the counts as text.
func generate(fsys fs.FS, types []string) ([]file, string, error) {
	folders, err := releaseFolders(fsys)
	if err != nil {
		return nil, "", err
	}
	var d dataset
	for _, f := range folders {
		d.releases = append(d.releases, f[1:])
	}
	for _, t := range []**table{&d.messages, &d.segments, &d.composites, &d.elements, &d.values, &d.names} {
		*t = newTable(d.releases)
	}
	var inputs []file
	for i, f := range folders {
		r, err := readRelease(fsys, f, types)
		if err != nil {
			return nil, "", err
		}
		if err := d.add(i, r); err != nil {
			return nil, "", err
		}
		for _, name := range r.inputs {
			raw, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, "", err
			}
			inputs = append(inputs, file{name, raw})
		}
	}
	for _, typ := range types {
		if d.messages.facts[typ] == nil {
			return nil, "", fmt.Errorf("no release holds message %s", typ)
		}
	}
	files := d.files()
	var counts bytes.Buffer
	fmt.Fprintf(&counts, "%d releases, %d input files\n", len(folders), len(inputs))
	for _, f := range files {
		fmt.Fprintf(&counts, "%-15s %7d bytes\n", f.name, len(f.data))
	}
	d.count(&counts)
	return append(files, manifest(inputs, files)), counts.String(), nil
}

// add takes from a release its messages, the segments that they use, and all that
// those use.
func (d *dataset) add(i int, r *release) error {
	var errs []error
	put := func(t *table, key, value string) {
		if err := t.put(key, i, value); err != nil {
			errs = append(errs, err)
		}
	}
	simple := func(tag string) {
		e := r.elements[tag]
		put(d.elements, tag, e.repr+"\t"+e.name)
		l := r.lists[tag]
		if l == nil {
			return
		}
		for _, c := range l.codes {
			put(d.values, tag+" "+c.value, "held")
			put(d.names, tag+" "+c.value, c.name)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(r.messages)) {
		put(d.messages, typ, printTable(r.messages[typ]))
		for _, row := range r.messages[typ] {
			s := r.segments[row.tag]
			if s == nil {
				continue // the heading of a group, or a service segment
			}
			// The segment directory prints names in capitals, the messages do not.
			put(d.segments, s.tag, printElements(s)+"\t"+row.name)
			for _, e := range s.elements {
				if e.repr != "" {
					simple(e.tag)
					continue
				}
				c := r.composites[e.tag]
				put(d.composites, c.tag, printComponents(c)+"\t"+c.name)
				for _, part := range c.components {
					simple(part.tag)
				}
			}
		}
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}
