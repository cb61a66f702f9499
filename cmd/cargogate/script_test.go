package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// exitStatus gives the status that a program ended with.
func exitStatus(err error) (int, bool) {
	if err == nil {
		return 0, true
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, false
	}
	return exit.ExitCode(), true
}

// status runs cargogate and compares its exit status: status 1 check broken.edi.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [arguments]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, ok := exitStatus(ts.Exec("cargogate", args[1:]...))
	if !ok || got != want {
		ts.Fatalf("cargogate %s: exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// writeBytes writes a file from a Go string: bytes a.bin '"\x00\x01"'.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE STRING")
	}
	text, err := strconv.Unquote(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// pipe runs cargogate with a standard output whose reader leaves after the first line, and compares the exit status and
// that nothing stands on standard error. The last argument is a file, which is named so often that no pipe holds all
// of the output.
func pipe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pipe N command [arguments]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	program, err := lookPath(ts.Getenv("PATH"), "cargogate")
	ts.Check(err)
	r, w, err := os.Pipe()
	ts.Check(err)
	var stderr strings.Builder
	for range 500 {
		args = append(args, args[len(args)-1])
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), w, &stderr
	ts.Check(cmd.Start())
	ts.Check(w.Close())
	_, err = bufio.NewReaderSize(r, 16).ReadString('\n')
	ts.Check(err)
	ts.Check(r.Close())
	got, ok := exitStatus(cmd.Wait())
	if !ok || got != want || stderr.Len() > 0 {
		ts.Fatalf("cargogate %s: exit status %d, want %d; stderr %q", args[1], got, want, stderr.String())
	}
}

// lookPath finds a program in a list of folders.
func lookPath(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s", name, path)
}
