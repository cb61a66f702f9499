package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A keyCommand is about API keys.
type keyCommand struct {
	Add    keyAdd    `cmd:"" help:"Make a key and print it. It is shown once and not kept."`
	List   keyList   `cmd:"" help:"List keys, without their secrets."`
	Rotate keyRotate `cmd:"" help:"Make a new key like an old one, which ends after an overlap."`
	Revoke keyRevoke `cmd:"" help:"End a key now."`
}

// A life is a time that a key holds.
type life struct {
	Days int `default:"365" help:"How many days it holds."`
}

type keyAdd struct {
	settings
	Owner string `arg:"" help:"PARTNER, user:NAME or service:NAME."`
	Test  bool   `help:"All that comes by it is test traffic."`
	Label string `help:"What it is for."`
	life
	JSON bool `help:"Write the key and what is known of it as JSON."`
}

// Run runs the command.
func (c *keyAdd) Run(a *app) error {
	if c.Days < 1 {
		return usage("--days: a key holds for at least one day")
	}
	n := partner.NewKey{OwnerKind: partner.OwnerPartner, Owner: c.Owner, Mode: modeOf(c.Test), Label: c.Label, Life: time.Duration(c.Days) * 24 * time.Hour}
	if kind, name, ok := strings.Cut(c.Owner, ":"); ok {
		n.OwnerKind, n.Owner = partner.OwnerKind(kind), name
		if n.OwnerKind != partner.OwnerUser && n.OwnerKind != partner.OwnerService && n.OwnerKind != partner.OwnerPartner {
			return usage("%q is no owner: PARTNER, user:NAME or service:NAME", c.Owner)
		}
	}
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		k, text, err := s.AddKey(ctx, by, n)
		if err != nil {
			return err
		}
		return a.key(k, text, c.JSON)
	})
}

// key shows a new key, the only time that it is seen.
func (a *app) key(k partner.Key, text string, asJSON bool) error {
	if asJSON {
		return a.json(struct {
			Text string `json:"key"`
			partner.Key
		}{text, k})
	}
	ask(fmt.Sprintf("Key %s of %s %s, until %s. It is shown only now:", k.ID, k.OwnerKind, k.Owner, k.Expires.Format(time.DateOnly)))
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

type keyList struct {
	settings
	Owner string `arg:"" optional:"" help:"Only those of this partner, user or service."`
	JSON  bool   `help:"One JSON object a line."`
}

// Run runs the command.
func (c *keyList) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, _ *partner.Service, _ partner.By, store gateway.Store) error {
		all, err := store.Keys(ctx)
		if err != nil {
			return err
		}
		_, name, ok := strings.Cut(c.Owner, ":")
		if !ok {
			name = c.Owner
		}
		all = keep(all, func(k partner.Key) bool { return name == "" || k.Owner == name })
		if c.JSON {
			return lines(a, all)
		}
		now := time.Now()
		return a.table("ID\tOWNER\tMODE\tFROM\tUNTIL\tSTATE\tLABEL", len(all), func(i int) string {
			k := &all[i]
			state := "in force"
			switch {
			case k.RevokedAt != nil:
				state = "revoked"
			case now.Before(k.NotBefore):
				state = "not yet"
			case !now.Before(k.Expires):
				state = "ended"
			}
			return fmt.Sprintf("%s\t%s:%s\t%s\t%s\t%s\t%s\t%s", k.ID, k.OwnerKind, k.Owner, k.Mode,
				k.NotBefore.Format(time.DateOnly), k.Expires.Format(time.DateOnly), state, k.Label)
		})
	})
}

type keyRotate struct {
	settings
	ID      string        `arg:"" help:"Key; see key list."`
	Overlap time.Duration `default:"168h" help:"How long the old one still opens."`
	JSON    bool          `help:"Write the key and what is known of it as JSON."`
}

// Run runs the command.
func (c *keyRotate) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		k, text, err := s.RotateKey(ctx, by, c.ID, c.Overlap)
		if err != nil {
			return err
		}
		return a.key(k, text, c.JSON)
	})
}

type keyRevoke struct {
	settings
	ID string `arg:"" help:"Key; see key list."`
}

// Run runs the command.
func (c *keyRevoke) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.RevokeKey(ctx, by, c.ID)
	})
}
