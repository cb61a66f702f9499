package node

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"cargogate/internal/config"
	"cargogate/internal/partner"
)

// reach is how long a database is waited for that is only asked what partners name.
const reach = 5 * time.Second

// UnretainedPartners gives the partners that name a retention class which the configuration does not have. there is false
// where there is no database yet that could name one.
func UnretainedPartners(ctx context.Context, c *config.Config) (gone []partner.Partner, there bool, err error) {
	if c.Store.Kind != "postgres" {
		if fresh, err := empty(c.Data); err != nil || fresh {
			return nil, false, err
		}
	}
	ctx, end := context.WithTimeout(ctx, reach)
	defer end()
	store, err := OpenStore(ctx, c, Beside)
	if err != nil {
		return nil, true, err
	}
	all, err := store.Partners(ctx)
	return unretained(all, c), true, errors.Join(err, store.Close())
}

func unretained(all []partner.Partner, c *config.Config) []partner.Partner {
	return partner.Unretained(all, slices.Collect(maps.Keys(c.Retention.Classes)))
}

// tellRetention says of which partners the agreed retention class has gone from the configuration, as their originals are
// kept for another time than was agreed.
func (n *Node) tellRetention(ctx context.Context) error {
	all, err := n.Store.Partners(ctx)
	if err != nil {
		return err
	}
	for _, p := range unretained(all, n.config) {
		n.log.Warn("a partner names a retention class that the configuration does not have: its originals are kept like those of partners without a class",
			"partner", p.ID, "class", p.Retention)
	}
	return nil
}
