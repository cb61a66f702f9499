// Command gendirectory makes the data files of package directory from the text
// of the United Nations directories (UNTDID): tags, positions, status, repeats,
// representations, code values and short names of the listed messages and of all
// that they use. It takes no definition, description or note.
//
// The directories are not part of the repository. With -src naming a folder that
// holds one folder a release (D95B, D96A, …) with the files as UNECE publishes
// them, it writes the same bytes on every run:
//
//	go run ./internal/edifact/directory/gendirectory -src FOLDER
//
// Every line inside a table must be understood, and what a release says twice
// must agree: otherwise nothing is written. Without -src the command only compares
// the data files with the manifest that was written with them.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// committed names the messages whose tables are in the repository.
const committed = "APERAK,BAPLIE,COARRI,COPRAR,CUSCAR,CUSREP,CUSRES,IFCSUM"

// sourceVariable is the environment variable that stands for -src, in go generate
// and in the tests.
const sourceVariable = "CARGOGATE_UNECE"

func main() {
	src := flag.String("src", os.Getenv(sourceVariable), "folder that holds one folder a directory release; "+
		"without it the data files are only compared with their manifest")
	out := flag.String("out", filepath.Join("internal", "edifact", "directory", "data"), "folder of the data files")
	messages := flag.String("messages", committed, "message types, separated by commas; ALL for every message of the folders")
	check := flag.Bool("check", false, "read and check only, write nothing")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*src, *out, *messages, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gendirectory:", err)
		os.Exit(1)
	}
}

// run reads all releases under src and writes the data files into out.
func run(src, out, messages string, check bool) error {
	if src == "" {
		return verify(os.DirFS(out))
	}
	var types []string
	if messages != "ALL" {
		types = strings.Split(messages, ",")
	}
	files, counts, err := generate(os.DirFS(src), types)
	if err != nil {
		return err
	}
	fmt.Print(counts)
	if check {
		return nil
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.name), f.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
