package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"cargogate/internal/diag"
)

// A profile is one receiver's own severities by code.
type profile struct {
	severities map[diag.Code]diag.Severity
}

// UnmarshalText reads the profile from the file that the flag names. What is wrong with it is wrong usage.
func (p *profile) UnmarshalText(name []byte) error {
	text, err := os.ReadFile(string(name))
	if err != nil {
		return err
	}
	if p.severities, err = readProfile(text); err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return nil
}

// readProfile reads {"severities":{"CAR0006":"warning"}}: codes by number or name, severities error, warning, note, or
// off for a finding that is not wanted.
func readProfile(text []byte) (map[diag.Code]diag.Severity, error) {
	var file struct {
		Severities map[string]string `json:"severities"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	severities := map[diag.Code]diag.Severity{}
	for word, severity := range file.Severities {
		code, err := diag.FindCode(word)
		if err != nil {
			return nil, err
		}
		if severities[code], err = diag.ParseSeverity(severity); err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
	}
	return severities, nil
}
