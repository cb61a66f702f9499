// Command testlog reads what `go test -json` prints and writes what a person wants of it: a line for each package,
// the whole output of what failed, the name of every skipped test, and a count at the end.
//
// It exits 1 when a test or a build failed, and, where the environment says CI=true, when a test was skipped: a
// test that is skipped where it matters proves nothing. With -summary FILE the packages' lines and the count go to
// that file too.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	summary := flag.String("summary", "", "write the packages' lines and the count to `FILE` too")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *summary, os.Getenv("CI") == "true")
	if err != nil {
		fmt.Fprintln(os.Stderr, "testlog:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run filters in to out and says whether all is well; strict makes a skip a failure.
func run(in io.Reader, out io.Writer, summary string, strict bool) (bool, error) {
	l := newLog(out)
	if err := l.read(in); err != nil {
		return false, err
	}
	l.finish(strict)
	if summary != "" {
		if err := os.WriteFile(summary, []byte(l.summary()), 0o644); err != nil {
			return false, err
		}
	}
	return l.ok(strict), nil
}
