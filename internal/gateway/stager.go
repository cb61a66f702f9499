package gateway

import (
	"context"
	"fmt"
	"runtime/debug"

	"cargogate/internal/failpoint"
)

// A stager writes chunks of an attempt one after the other, each while the next is read: reading and the database take
// about the same time, and so a large message needs little more than one of them. One chunk at most is on its way, so
// memory stays bounded.
type stager struct {
	g       *Gateway
	ctx     context.Context
	fence   Fence
	writing chan error // one error for the chunk that is on its way; nil while there is none
}

// put takes a chunk once the one before it is in the store. An error is that of an earlier chunk.
func (s *stager) put(part *Rows) error {
	if err := s.wait(); err != nil {
		return err
	}
	done := make(chan error, 1)
	s.writing = done
	go func() { done <- s.write(part) }()
	return nil
}

// wait ends when no chunk is on its way any more. Who reads must come to it, however the reading ended: a claim is not
// let go while something is written under it.
func (s *stager) wait() error {
	if s.writing == nil {
		return nil
	}
	err := <-s.writing
	s.writing = nil
	return err
}

// write stores a chunk. A panic is an error of this message alone, as it is where the message is read.
func (s *stager) write(part *Rows) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.g.log.Error("panic while rows were staged", "message_id", s.fence.Receipt, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	if err := s.g.store.Stage(s.ctx, s.fence, part); err != nil {
		return err
	}
	failpoint.Hit(failpoint.MidChunk)
	return nil
}
