// Package downstream brings events of cases to other systems: as files in a folder, and as signed webhooks.
//
// Events come in the order of their positions, each at least once, and never past one that was not taken: a sink that is
// down delays itself and no other. How far a sink is stands in the database under its name, so that it goes on after a
// restart and on another node. Of several nodes one at a time has a sink, by a lease in the same place.
package downstream

import (
	"context"
	"errors"
	"time"
)

// An Event is one event as it goes out.
type Event struct {
	ID       string // the same whenever it is sent again
	Type     string // "cargogate.case.opened.v1"
	Position int64  // counts from 1
	Body     []byte // a CloudEvent 1.0 as JSON, structured
}

// A Sink takes events. Send returns when the event is safe on the other side; it may be given the same event again.
type Sink interface {
	Send(ctx context.Context, e Event) error
}

// ErrGone says that the other side wants nothing any more (HTTP 410).
var ErrGone = errors.New("downstream: the other side wants no more events")

// A waitError says how long the other side wants to be left alone.
type waitError struct {
	error
	wait time.Duration
}

func (e waitError) Unwrap() error { return e.error }
