package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
	"cargogate/internal/partner"
)

// A profile is what one receiver has agreed beyond the standard. The commands that read files go by its severities and
// its tolerance, ack by answer_all too; the rest is for a gateway, which knows what came before.
type profile struct {
	partner.Profile
}

// UnmarshalText reads the profile from the file that the flag names. What is wrong with it is wrong usage.
func (p *profile) UnmarshalText(name []byte) error {
	text, err := os.ReadFile(string(name))
	if err != nil {
		return err
	}
	if p.Profile, err = readProfile(text); err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return nil
}

// options gives how files are read by the profile.
func (p *profile) options() intake.Options {
	return intake.Options{Severities: p.Severities, Tolerance: p.Tolerance()}
}

// readProfile reads {"severities":{"CAR0006":"warning"},"mass_tolerance":"1.5"}: codes by number or name, severities
// error, warning, note, or off for a finding that is not wanted. A profile as the gateway keeps it is one too.
func readProfile(text []byte) (partner.Profile, error) {
	var file struct {
		Name              string            `json:"name"`
		Severities        map[string]string `json:"severities"`
		Answers           []string          `json:"answers"`
		AnswerAll         bool              `json:"answer_all"`
		RefileAfterCancel bool              `json:"refile_after_cancel"`
		ResendWindow      partner.Duration  `json:"resend_window"`
		MassTolerance     string            `json:"mass_tolerance"`
		Revision          int64             `json:"revision"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return partner.Profile{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return partner.Profile{}, fmt.Errorf("more than one JSON value")
	}
	p := partner.Profile{Name: file.Name, Severities: map[diag.Code]diag.Severity{}, Answers: file.Answers, AnswerAll: file.AnswerAll,
		RefileAfterCancel: file.RefileAfterCancel, ResendWindow: file.ResendWindow, MassTolerance: file.MassTolerance, Revision: file.Revision}
	if p.Name == "" {
		p.Name = partner.DefaultProfile
	}
	for word, severity := range file.Severities {
		code, err := diag.FindCode(word)
		if err != nil {
			return partner.Profile{}, err
		}
		if p.Severities[code], err = diag.ParseSeverity(severity); err != nil {
			return partner.Profile{}, fmt.Errorf("%s: %w", word, err)
		}
	}
	return p, p.Validate()
}
