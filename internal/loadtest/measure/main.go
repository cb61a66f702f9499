// Command measure runs cargogate bench on SQLite and on PostgreSQL, and writes what came of it into a section of
// docs/performance.md.
//
// PostgreSQL is a server of its own, made for the run and removed after it, with the settings of a new installation but
// for 256 MB of shared buffers and a log of 4 GB.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"cargogate/internal/loadtest"
	"cargogate/internal/store/pgtest"
)

func main() {
	write := flag.String("write", "", "Markdown file whose section on the gateway is replaced")
	dir := flag.String("dir", "", "folder on the disk that is to be measured; the system's for temporary files")
	stores := flag.String("stores", "sqlite,postgres", "stores that are measured")
	keep := flag.String("keep", "", "file with the figures of an earlier run, as JSON: rows that are measured now take the place of theirs")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: measure [flags] [arguments of cargogate bench]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *write, *dir, *keep, strings.Split(*stores, ","), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, write, dir, keep string, stores, args []string) (err error) {
	temp, err := os.MkdirTemp(dir, "cargogate-measure-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	program := filepath.Join(temp, "cargogate")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "./cmd/cargogate")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	var figures []loadtest.Figure
	for _, store := range stores {
		if store == "" { // only what was kept is written
			continue
		}
		before := load()
		some, err := bench(ctx, program, dir, temp, store, args)
		if err != nil {
			return err
		}
		for i := range some {
			some[i].Load = before
		}
		figures = append(figures, some...)
	}
	if keep != "" {
		if figures, err = merge(keep, figures); err != nil {
			return err
		}
	}
	text := section(figures)
	fmt.Print(text)
	if write == "" {
		return nil
	}
	return loadtest.ReplaceSection(write, text)
}

// bench runs the program on one store. The server's own user must be able to reach the folder of its data, which temp is
// not.
func bench(ctx context.Context, program, dir, temp, store string, args []string) (figures []loadtest.Figure, err error) {
	args = append([]string{"bench", "--store", store, "--dir", temp, "--json"}, args...)
	if store == "postgres" {
		c, err := pgtest.New(ctx, pgtest.Options{Dir: dir})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		args = append(args, "--dsn", c.DSN("postgres"))
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cargogate %s: %w", strings.Join(args, " "), err)
	}
	return decode(&out)
}

func decode(r io.Reader) (figures []loadtest.Figure, err error) {
	for d := json.NewDecoder(r); ; {
		var f loadtest.Figure
		switch err := d.Decode(&f); {
		case err == io.EOF:
			return figures, nil
		case err != nil:
			return nil, err
		}
		figures = append(figures, f)
	}
}

// merge puts figures in the place of those of the same row and store in a file, and writes it again.
func merge(file string, figures []loadtest.Figure) ([]loadtest.Figure, error) {
	var all []loadtest.Figure
	f, err := os.Open(file)
	switch {
	case err == nil:
		all, err = decode(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	all = slices.DeleteFunc(all, func(old loadtest.Figure) bool {
		return slices.ContainsFunc(figures, func(f loadtest.Figure) bool { return f.Row == old.Row && f.Store == old.Store })
	})
	all = append(all, figures...)
	slices.SortStableFunc(all, func(a, b loadtest.Figure) int {
		if d := slices.Index(loadtest.Rows(), a.Row) - slices.Index(loadtest.Rows(), b.Row); d != 0 {
			return d
		}
		return strings.Compare(b.Store, a.Store) // SQLite first
	})
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for i := range all {
		if err := e.Encode(&all[i]); err != nil {
			return nil, err
		}
	}
	return all, os.WriteFile(file, b.Bytes(), 0o644)
}

// section writes what stands between the marks.
func section(figures []loadtest.Figure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d processors. The load is how many processes wanted to run before the measurement began.\n\n", runtime.NumCPU())
	fmt.Fprintln(&b, "| what | store | figure: median (least to most) | limit | ratio | target | | load |\n|---|---|---|---|---|---|---|---|")
	for i := range figures {
		fmt.Fprintln(&b, figures[i].Markdown(), figures[i].Load, "|")
	}
	return b.String()
}

// load is what the kernel says of how many processes wanted to run in the last minute.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
