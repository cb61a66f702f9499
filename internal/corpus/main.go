// Command corpus checks and converts every file below a folder and reports crashes, times and findings by code.
//
//	go run ./internal/corpus -dir DIR [-places]
//
// With -places it also lists every finding with its place, file by file.
//
// Whatever the files are, reading them must neither crash nor hang: then it exits with 1. Findings are no failure, for
// a folder of real messages is expected to have them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	dir := flag.String("dir", "", "folder of messages; the folders in it are searched too")
	places := flag.Bool("places", false, "list every finding with its place")
	limit := flag.Duration("limit", time.Minute, "how long a file may take before it counts as hanging")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := run(os.Stdout, *dir, *limit, *places)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run reads every regular file below dir and writes the report, with places the findings one by one. It says whether no file crashed or hung. The error is
// that of a folder that cannot be searched, or holds no file.
func run(w io.Writer, dir string, limit time.Duration, places bool) (ok bool, err error) {
	var files []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New("no files in " + dir)
	}
	if err != nil {
		return false, err
	}
	slices.Sort(files)
	t := newTally()
	t.places = places
	for _, path := range files {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return false, err
		}
		t.add(filepath.ToSlash(name), guard(path, limit, read))
	}
	return t.write(w)
}
