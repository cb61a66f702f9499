package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"

	"cargogate/internal/config"
	"cargogate/internal/gateway"
	"cargogate/internal/node"
	"cargogate/internal/partner"
)

// settings are the flags of every command that works on a gateway's own data.
type settings struct {
	Config string `short:"c" type:"path" placeholder:"FILE" env:"CARGOGATE_CONFIG" help:"Configuration file; see docs/config.md. Without one the defaults hold."`
}

// load reads the configuration. What is wrong with it is a usage error: nothing was done.
func (s *settings) load() (*config.Config, error) {
	c, err := config.Load(s.Config, os.Environ())
	if err != nil {
		return nil, usageError{error: err}
	}
	return c, nil
}

// loadData is load for commands that only reach the database: it does not matter to them how the gateway listens.
func (s *settings) loadData() (*config.Config, error) {
	c, err := config.LoadData(s.Config, os.Environ())
	if err != nil {
		return nil, usageError{error: err}
	}
	return c, nil
}

// beside opens the database beside the gateway that may be running on it, and calls f.
func (s *settings) beside(ctx context.Context, f func(store gateway.Store, c *config.Config) error) (err error) {
	c, err := s.loadData()
	if err != nil {
		return err
	}
	store, err := node.OpenStore(ctx, c, node.Beside)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return f(store, c)
}

// administer is beside for changes to who may do what.
func (s *settings) administer(a *app, f func(ctx context.Context, service *partner.Service, by partner.By, store gateway.Store) error) error {
	return s.beside(a.context(), func(store gateway.Store, c *config.Config) error {
		service := partner.NewService(store, nil)
		service.Retain(slices.Collect(maps.Keys(c.Retention.Classes)))
		return f(a.context(), service, operator(), store)
	})
}

// operator is who runs this command, as the audit log names it.
func operator() partner.By {
	name := "uid-" + fmt.Sprint(os.Getuid())
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return partner.By{Principal: partner.LocalOperator(name)}
}
