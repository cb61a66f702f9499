package gateway

import (
	"context"
	"io"
)

// A Played is what reading came to, for tests over a real store.
type Played struct{ out *outcome }

// Waits reports whether the receipt has to wait.
func (p Played) Waits() bool { return p.out.verdict == waitFor }

// ReadBytes reads a claimed receipt of which the test has the bytes.
func (g *Gateway) ReadBytes(ctx context.Context, r *Receipt, b io.ReaderAt) (Played, error) {
	out, err := g.read(ctx, r, Original{ReaderAt: b, Size: r.Size, SHA256: r.SHA256, Name: r.Name})
	return Played{out}, err
}

// SettleAll settles a batch, and gives the places in it of those that have to be read again.
func (g *Gateway) SettleAll(ctx context.Context, batch []Played) (again []int, err error) {
	outs := make([]*outcome, len(batch))
	for i := range batch {
		outs[i] = batch[i].out
	}
	redo, err := g.settle(ctx, outs)
	for i, o := range outs {
		for _, r := range redo {
			if r == o {
				again = append(again, i)
			}
		}
	}
	return again, err
}

// LinkAll numbers events and follows them until there are none.
func (g *Gateway) LinkAll(ctx context.Context) error {
	for {
		n, err := g.store.NumberEvents(ctx, 1000)
		if err != nil {
			return err
		}
		m, err := g.link(ctx)
		if err != nil || n+m == 0 {
			return err
		}
	}
}

// One is an invented interchange of NORDKAI with one filing.
func One(control, reference, function string, bills ...string) string {
	return one(control, reference, function, bills...)
}
