package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
)

// Fail gives a claim back as failed, or parks it. A parking is a settlement: once that is committed in main.db, what is
// left to do here is repaired by the sweeper if need be.
func (s *Store) Fail(ctx context.Context, f gateway.Fence, reason string, delay time.Duration, maxFailures int,
	parked func(gateway.Receipt) (gateway.Settlement, []outbox.Event, []audit.Row)) (gateway.State, error) {
	if err := s.unsettled(ctx, f); err != nil {
		return "", err
	}
	r, err := s.Receipt(ctx, f.Receipt)
	if err != nil {
		return "", err
	}
	if r.State != gateway.StateReading || r.Attempt != f.Attempt {
		return "", fenced(f, "another attempt has it")
	}
	if r.Failures+1 < maxFailures {
		err := s.accept.writer.tx(ctx, "fail", func(t *tx) error {
			n, err := t.exec("UPDATE receipts SET state = 0, failures = failures + 1, reason = ?, due_at = ? WHERE "+isCurrent,
				reason, dueIn(s.clock.read(), delay), f.Receipt, f.Attempt)
			if err == nil && n == 0 {
				err = fenced(f, "another attempt has it")
			}
			return err
		})
		if err != nil {
			return "", err
		}
		if delay <= 0 {
			s.wakes.send()
		}
		return gateway.StateReceived, nil
	}
	r.State, r.Reason = gateway.StateParked, reason
	r.Failures++
	settlement, events, rows := parked(r)
	settlement.Fence, settlement.State = f, gateway.StateParked
	if settlement.Mode == "" {
		settlement.Mode = r.Mode
	}
	if settlement.Reason == "" {
		settlement.Reason = reason
	}
	err = s.Update(ctx, func(t gateway.Tx) error {
		if err := t.Settle(ctx, settlement); err != nil {
			return err
		}
		return t.Emit(ctx, events, nil, rows)
	})
	if err != nil {
		return "", err
	}
	// It is parked, whatever becomes of this: the sweeper writes the state where we do not.
	_ = s.accept.writer.tx(ctx, "fail", func(t *tx) error {
		_, err := t.exec("UPDATE receipts SET state = 6, failures = failures + 1, reason = ?, due_at = 0 WHERE "+isCurrent,
			reason, f.Receipt, f.Attempt)
		return err
	})
	return gateway.StateParked, nil
}

// Replay makes a parked receipt due again with no failures. main.db goes first: what is left to do in accept.db is noted
// there, so that the sweeper does it if we do not get to it.
func (s *Store) Replay(ctx context.Context, id uuid.UUID, row audit.Row) error {
	r, err := s.Receipt(ctx, id)
	if err != nil {
		return err
	}
	if r.Purged {
		return fmt.Errorf("receipt %s: %w: it is purged", id, gateway.ErrInput)
	}
	err = s.main.writer.tx(ctx, "replay", func(t *tx) error {
		ends := map[uuid.UUID]end{}
		if err := endsOf(t, []uuid.UUID{id}, ends); err != nil {
			return err
		}
		if e, ok := ends[id]; !ok || e.state != parked {
			return fmt.Errorf("receipt %s: %w: it is %s, not parked", id, gateway.ErrInput, r.State)
		}
		if _, err := removeDerived(t, id); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM settlements WHERE receipt = ?", id); err != nil {
			return err
		}
		if err := recheck(t, id); err != nil {
			return err
		}
		return insertAuditIfAny(t, "audit_new", row)
	})
	if err != nil {
		return err
	}
	if err := s.finishRecheck(ctx, id); err != nil {
		return err
	}
	s.wakes.send()
	return nil
}
