package fs

import (
	"path/filepath"
	"strings"
)

// Keys fan out by their own beginning, not by a hash, so that the folders stand in the order of the keys and List need
// not look at all of them. A key's parts ("a/b" has two) are cut after 5 and after 7 bytes and at their end:
//
//	0199a3b4-77c1-7000-8000-5f1d2c3b4a59   0199a/3b/0199a3b4-77c1-7000-8000-5f1d2c3b4a59
//	acme/in/0199a3b4                       acme+/in+/0199a/3b/0199a3b4
//
// For UUIDv7 keys that is a folder for each 17 minutes in one for each three days. A "+" stands for the slash, so that a
// folder never has the name of a file: files are named by their whole part, which is longer than a folder's piece of one.
var cuts = [...]int{5, 7}

// nextCut gives where the folder of a key goes on, 0 if the rest is its file. from is where the last one ended, and part
// where the part of the key begins that it ended in.
func nextCut(key string, part, from int) int {
	slash := strings.IndexByte(key[from:], '/')
	for _, cut := range cuts {
		at := part + cut
		if at <= from {
			continue
		}
		if slash >= 0 && from+slash < at {
			break
		}
		if at <= len(key) {
			return at
		}
	}
	if slash >= 0 {
		return from + slash + 1
	}
	return 0
}

// walk calls dir with the name of each folder of a key, and gives where the key's last part begins.
func walk(key string, dir func(name string)) (part int) {
	from := 0
	for {
		at := nextCut(key, part, from)
		if at == 0 {
			return part
		}
		dir(dirName(key[from:at]))
		if key[at-1] == '/' {
			part = at
		}
		from = at
	}
}

func dirName(piece string) string {
	if whole, ok := strings.CutSuffix(piece, "/"); ok {
		return whole + "+"
	}
	return piece
}

// dirOf gives the folder of a key, from the root.
func (s *Store) dirOf(key string) string {
	rel := ""
	walk(key, func(name string) { rel = filepath.Join(rel, name) })
	return rel
}

// path gives the file of a key.
func (s *Store) path(key string) string {
	rel := ""
	part := walk(key, func(name string) { rel = filepath.Join(rel, name) })
	return filepath.Join(s.root, rel, key[part:])
}
