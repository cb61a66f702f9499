package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
)

// manifestName is the file that lists what the data set was made from.
const manifestName = "manifest.txt"

// manifest lists the SHA-256 of every input, named by its release, and then of every
// data file. So a copy of the directories can be told from the one that was read, and
// a data file edited by hand is found without them.
func manifest(inputs, outputs []file) file {
	var b bytes.Buffer
	b.WriteString("# SHA-256 of the directory files that were read, and of the data files made from them.\n")
	for _, f := range append(inputs, outputs...) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(f.data), f.name)
	}
	return file{manifestName, b.Bytes()}
}

// verify compares the data files in fsys with the manifest beside them. The inputs,
// named with a slash, are not there to compare.
func verify(fsys fs.FS) error {
	text, err := fs.ReadFile(fsys, manifestName)
	if err != nil {
		return err
	}
	compared := 0
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || strings.Contains(name, "/") {
			continue
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != sum {
			return fmt.Errorf("%s is not what the generator wrote: SHA-256 %s, manifest %s", name, got, sum)
		}
		compared++
	}
	if compared == 0 {
		return fmt.Errorf("%s names no data file", manifestName)
	}
	return nil
}
