// Command gencodes turns codes.json, the list of finding codes, into the Go constants and the table of package
// diag. It reads and writes in the folder it is started in; `go generate ./internal/diag` starts it there.
//
// A row that is malformed, out of its list's rules or given twice stops the generator, so that a mistake shows when
// a code is added and not when a carrier meets it.
package main

import (
	"fmt"
	"os"
)

// The files read and written, in the folder of package diag.
const (
	sourceFile = "codes.json"
	outputFile = "codes_gen.go"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gencodes:", err)
		os.Exit(1)
	}
}

func run() error {
	src, err := os.ReadFile(sourceFile)
	if err != nil {
		return err
	}
	rows, err := parse(src)
	if err != nil {
		return fmt.Errorf("%s: %w", sourceFile, err)
	}
	out, err := generate(rows)
	if err != nil {
		return err
	}
	return os.WriteFile(outputFile, out, 0o644)
}
