package node

import (
	"fmt"
	"os"

	"cargogate/internal/config"
	"cargogate/internal/downstream"
	"cargogate/internal/durable"
)

// openDownstream gives what brings events to the systems that a configuration names; nil where it names none.
func openDownstream(c *config.Config, store downstream.Store, o downstream.Options) (*downstream.Follower, error) {
	if len(c.Downstream) == 0 {
		return nil, nil
	}
	var routes []downstream.Route
	for i := range c.Downstream {
		d := &c.Downstream[i]
		r := downstream.Route{Name: d.Name, Types: d.Types}
		if d.Folder != "" {
			if info, err := os.Stat(d.Folder); err != nil {
				return nil, fmt.Errorf("node: downstream %s: %w", d.Name, err)
			} else if !info.IsDir() {
				return nil, fmt.Errorf("node: downstream %s: %s is no folder", d.Name, d.Folder)
			}
			r.Sink = downstream.Folder{Dir: d.Folder, FS: durable.OS{}}
		} else {
			w := downstream.WebhookOptions{URL: d.URL, Allow: d.Allow, CAFile: d.CAFile}
			for _, s := range d.Secrets {
				v, err := s.Value()
				if err != nil {
					return nil, fmt.Errorf("node: downstream %s: %w", d.Name, err)
				}
				w.Secrets = append(w.Secrets, v)
			}
			hook, err := downstream.NewWebhook(w)
			if err != nil {
				return nil, fmt.Errorf("node: downstream %s: %w", d.Name, err)
			}
			r.Sink = hook
		}
		routes = append(routes, r)
	}
	return downstream.New(store, routes, o)
}
