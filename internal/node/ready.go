package node

import (
	"context"
	"fmt"
	"time"

	"cargogate/internal/transport/https"
)

const (
	skewMost       = 5 * time.Second     // this clock against the database's
	partitionsFrom = 24 * time.Hour      // partitions must reach at least so far
	partitionsWant = 30 * 24 * time.Hour // said where they do not
)

// checks are the conditions of readiness.
func (n *Node) checks() []https.Check {
	return []https.Check{
		{Name: "database", Func: func(ctx context.Context) (string, error) { return n.config.Store.Kind, n.Store.Check(ctx) }},
		{Name: "blob", Func: func(ctx context.Context) (string, error) { return n.config.Blobs.Kind, n.Blobs.Check(ctx) }},
		{Name: "disk", Func: n.checkDisk},
		{Name: "partitions", Func: n.checkPartitions},
		{Name: "clock", Func: n.checkClock},
	}
}

func (n *Node) checkDisk(ctx context.Context) (string, error) {
	free, ok, err := n.Blobs.Free(ctx)
	if err != nil {
		return "", err
	}
	if !ok {
		return "the store of originals does not tell", nil
	}
	if free < int64(n.config.Limits.DiskFree) {
		return "", fmt.Errorf("%d bytes are free, and limits.disk_free is %d", free, int64(n.config.Limits.DiskFree))
	}
	return fmt.Sprintf("%d bytes free", free), nil
}

func (n *Node) checkPartitions(ctx context.Context) (string, error) {
	until, err := n.Store.PartitionsUntil(ctx)
	if err != nil {
		return "", err
	}
	if until.IsZero() {
		return "none needed", nil
	}
	if left := time.Until(until); left < partitionsFrom {
		return "", fmt.Errorf("partitions end at %s; they are made %s ahead by the node that processes", until.Format(time.RFC3339), partitionsWant)
	}
	return "until " + until.Format(time.RFC3339), nil
}

func (n *Node) checkClock(ctx context.Context) (string, error) {
	before := time.Now()
	at, err := n.Store.Now(ctx)
	if err != nil {
		return "", err
	}
	took := time.Since(before)
	skew := at.Sub(before.Add(took / 2)).Abs()
	if skew > skewMost+took {
		return "", fmt.Errorf("this clock and the database's are %s apart", skew.Round(time.Millisecond))
	}
	return fmt.Sprintf("%s apart", skew.Round(time.Millisecond)), nil
}
