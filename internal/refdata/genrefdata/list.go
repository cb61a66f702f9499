package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// A list holds the places of each country: "DE" to the set of "HAM" and its fellows.
type list map[string]map[string]bool

// add takes one code and reports whether it has the form of a UN/LOCODE.
func (l list) add(country, place string) bool {
	if len(country) != 2 || len(place) != 3 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" ||
		strings.Trim(place, "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789") != "" {
		return false
	}
	if l[country] == nil {
		l[country] = map[string]bool{}
	}
	l[country][place] = true
	return true
}

// Columns of the UNECE release (CSV without a heading): change indicator, country, location, name, name without
// diacritics, subdivision, status, function, date, IATA, coordinates, remarks.
const (
	columnChange   = 0
	columnCountry  = 1
	columnLocation = 2
	columnStatus   = 6
	columns        = 12
)

// readCSV takes a part of a UNECE release. Rows for a country (no location), references to another name (change "=")
// and entries to be removed (status XX) or removed (change "X") are not places.
func (l list) readCSV(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	// Releases are in Latin-1 or UTF-8 by turns; the columns that count are ASCII in both.
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	c.FieldsPerRecord = -1
	c.LazyQuotes = true
	places := 0
	for {
		row, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if len(row) < columns {
			return fmt.Errorf("line %d: %d columns, want %d", line, len(row), columns)
		}
		change := strings.TrimSpace(row[columnChange])
		if row[columnLocation] == "" || change == "=" || change == "X" || row[columnStatus] == "XX" {
			continue
		}
		if !l.add(row[columnCountry], row[columnLocation]) {
			if line == 1 {
				continue // some copies have a heading
			}
			return fmt.Errorf("line %d: %q %q is no UN/LOCODE", line, row[columnCountry], row[columnLocation])
		}
		places++
	}
	if places == 0 {
		return errors.New("no places found")
	}
	return nil
}

// readPorts takes ports.json of sea-ports: an object by code, each value with the list "unlocs".
func (l list) readPorts(r io.Reader) error {
	var ports map[string]struct {
		Unlocs []string `json:"unlocs"`
	}
	if err := json.NewDecoder(r).Decode(&ports); err != nil {
		return err
	}
	for code, p := range ports {
		for _, c := range append(p.Unlocs, code) {
			if len(c) != 5 || !l.add(c[:2], c[2:]) {
				return fmt.Errorf("%q is no UN/LOCODE", c)
			}
		}
	}
	return nil
}

// keepCountries drops the places of countries that the pack does not hold, such as the Netherlands Antilles (AN).
func (l list) keepCountries(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	known := map[string]bool{"XZ": true} // installations in international waters
	for _, line := range strings.Split(string(data), "\n")[2:] {
		for entry := range strings.FieldsSeq(line) {
			known[entry[:2]] = true
		}
	}
	maps.DeleteFunc(l, func(country string, _ map[string]bool) bool { return !known[country] })
	return nil
}

// write writes the pack; the same list gives the same bytes.
func (l list) write(w *bytes.Buffer, edition, source string, complete bool) {
	coverage := "partial"
	if complete {
		coverage = "complete"
	}
	fmt.Fprintf(w, "edition %s\nsource %s\ncoverage %s\n", edition, source, coverage)
	for _, country := range slices.Sorted(maps.Keys(l)) {
		fmt.Fprintf(w, "%s %s\n", country, strings.Join(slices.Sorted(maps.Keys(l[country])), ""))
	}
}
