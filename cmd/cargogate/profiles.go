package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A profileCommand is about what was agreed with partners beyond the standard.
type profileCommand struct {
	Put    profilePut    `cmd:"" help:"Add a profile, or put it in the place of the one with its name."`
	List   profileList   `cmd:"" help:"List profiles as JSON, one a line."`
	Remove profileRemove `cmd:"" help:"Remove a profile that no partner has."`
}

type profilePut struct {
	settings
	Name string `arg:"" help:"Name; default is the profile of partners that have none."`
	File string `arg:"" type:"existingfile" help:"JSON file: severities, answers, answer_all, refile_after_cancel, resend_window, mass_tolerance; with revision, it is put in the place of that one only."`
}

// profileKeys are the keys of a profile's file: a misspelt one would be agreed with nobody.
var profileKeys = []string{"name", "severities", "answers", "answer_all", "refile_after_cancel", "resend_window", "mass_tolerance", "revision"}

// Run runs the command.
func (c *profilePut) Run(a *app) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return usage("%s: %v", c.File, err)
	}
	for key := range keys {
		if !slices.Contains(profileKeys, key) {
			return usage("%s: there is no key %q; there are %s", c.File, key, join(profileKeys))
		}
	}
	var p partner.Profile
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&p); err != nil {
		return usage("%s: %v", c.File, err)
	}
	if p.Name != "" && p.Name != c.Name {
		return usage("%s is the profile %q, not %q", c.File, p.Name, c.Name)
	}
	p.Name = c.Name
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		put, err := s.PutProfile(ctx, by, p)
		if err != nil {
			return err
		}
		return a.json(put)
	})
}

type profileList struct{ settings }

// Run runs the command.
func (c *profileList) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, _ *partner.Service, _ partner.By, store gateway.Store) error {
		all, err := store.Profiles(ctx)
		if err != nil {
			return err
		}
		return lines(a, all)
	})
}

type profileRemove struct {
	settings
	Name string `arg:"" help:"Name."`
}

// Run runs the command.
func (c *profileRemove) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		if err := s.RemoveProfile(ctx, by, c.Name); err != nil {
			return fmt.Errorf("profile %s: %w", c.Name, err)
		}
		return nil
	})
}
