package main

import (
	"context"
	"fmt"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A userCommand is about the staff of the administration.
type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add a member of the staff; a key for the API is made with key add user:NAME."`
	List    userList    `cmd:"" help:"List users."`
	Suspend userSuspend `cmd:"" help:"Refuse a user's keys until the user is resumed."`
	Resume  userResume  `cmd:"" help:"End a suspension."`
}

type userAdd struct {
	settings
	ID     string   `arg:"" help:"Name to act by."`
	Name   string   `required:"" help:"Name of the person."`
	Role   []string `required:"" placeholder:"ROLE" help:"officer, manager, data, operator, auditor; several by commas."`
	Office []string `placeholder:"CODE" help:"Customs offices; none is all."`
}

// Run runs the command.
func (c *userAdd) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		u := partner.User{ID: c.ID, Name: c.Name, Offices: c.Office}
		for _, r := range c.Role {
			u.Roles = append(u.Roles, partner.StaffRole(r))
		}
		u, err := s.AddUser(ctx, by, u)
		if err != nil {
			return err
		}
		return a.json(u)
	})
}

type userList struct {
	settings
	JSON bool `help:"One JSON object a line."`
}

// Run runs the command.
func (c *userList) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, _ *partner.Service, _ partner.By, store gateway.Store) error {
		all, err := store.Users(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return lines(a, all)
		}
		return a.table("ID\tNAME\tROLES\tOFFICES\tSTATE", len(all), func(i int) string {
			u := &all[i]
			state := "active"
			if u.Suspended {
				state = "suspended"
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", u.ID, u.Name, join(u.Roles), join(u.Offices), state)
		})
	})
}

type userSuspend struct {
	settings
	ID string `arg:"" help:"User."`
}

// Run runs the command.
func (c *userSuspend) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.SuspendUser(ctx, by, c.ID, true)
	})
}

type userResume struct {
	settings
	ID string `arg:"" help:"User."`
}

// Run runs the command.
func (c *userResume) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.SuspendUser(ctx, by, c.ID, false)
	})
}
