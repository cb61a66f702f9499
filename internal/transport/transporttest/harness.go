package transporttest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/transport"
)

// A File is what a partner sends.
type File struct {
	Name string        // as the partner calls it
	Mode cargo.Traffic // by a channel or key for this
	Act  string        // names the act of sending: the same file, name and act is a retry
	Size int64
	Body func() io.Reader // gives the bytes from their beginning, each time
}

// An Outcome is what the partner learns.
type Outcome int

// Outcomes. Later means that it may try again: it is told so, or its file stays where it is.
const (
	Yes Outcome = iota + 1
	Later
	No
)

// A Result is what came of sending.
type Result struct {
	Outcome Outcome
	// Sent is how many bytes the transport had from the partner before it decided; -1 where a partner puts a file
	// somewhere without the transport.
	Sent int64
}

// ErrName says that a partner cannot even send a file of that name.
var ErrName = errors.New("transporttest: no file can have that name")

// A Partner sends files over the transport.
type Partner interface {
	// Send sends a file and returns when the transport has decided. Sending the same File again is the same act.
	Send(ctx context.Context, f File) (Result, error)
	// Abort begins to send a file, and goes away for good after n bytes.
	Abort(ctx context.Context, f File, n int64) error
}

// A Harness starts the transport over a receiver, for one partner with a way for live and one for test traffic, and gives
// that partner and what ends it all.
type Harness func(r transport.Receiver) (p Partner, stop func(), err error)

// A Rule is one thing that a transport must do.
type Rule struct {
	Name  string
	Check func(ctx context.Context, h Harness) error
}

// Run holds a transport to all rules.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := rule.Check(ctx, h); err != nil {
				t.Error(err)
			}
		})
	}
}
