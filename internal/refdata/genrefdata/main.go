// Command genrefdata writes a pack of UN/LOCODE members, as internal/refdata reads it.
//
// From a release of the UNECE secretariat (CSV, the files named "… UNLOCODE CodeListPart1.csv" and so on), complete:
//
//	genrefdata -edition 2024-2 -source "UNECE, UN/LOCODE" -out locodes.txt Part1.csv Part2.csv Part3.csv
//
// From the file ports.json of the npm package sea-ports (MIT licence), which has sea ports only:
//
//	genrefdata -ports ports.json -edition "sea-ports 0.0.9" -source "…" -countries data/countries.txt -out locodes.txt
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "genrefdata:", err)
		os.Exit(1)
	}
}

// run does the command: it reads every input before it writes anything, so that a fault leaves the old pack in place.
func run(args []string, stdout io.Writer) error {
	fs := flag.NewFlagSet("genrefdata", flag.ContinueOnError)
	fs.SetOutput(stdout)
	edition := fs.String("edition", "", "edition of the release, as its publisher calls it")
	source := fs.String("source", "", "who published it")
	ports := fs.String("ports", "", "ports.json of the npm package sea-ports, instead of CSV files")
	countries := fs.String("countries", "", "pack of countries: leave out places of countries that are not in it")
	out := fs.String("out", "", "file to write; standard output without it")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *edition == "" || *source == "" {
		return fmt.Errorf("-edition and -source are needed: a pack names where it comes from")
	}
	if (*ports == "") == (fs.NArg() == 0) {
		return fmt.Errorf("give either -ports or the CSV files of a release")
	}
	l := list{}
	if *ports != "" {
		if err := withFile(*ports, l.readPorts); err != nil {
			return err
		}
	}
	for _, name := range fs.Args() {
		if err := withFile(name, l.readCSV); err != nil {
			return err
		}
	}
	if *countries != "" {
		if err := withFile(*countries, l.keepCountries); err != nil {
			return err
		}
	}
	var buf bytes.Buffer
	l.write(&buf, *edition, *source, *ports == "")
	if *out == "" {
		_, err := stdout.Write(buf.Bytes())
		return err
	}
	return os.WriteFile(*out, buf.Bytes(), 0o644)
}

func withFile(name string, read func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
