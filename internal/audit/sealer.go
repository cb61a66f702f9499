package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// SealBatch is the most rows that are sealed in one transaction.
const SealBatch = 1000

// A Sealer gives committed rows their place in the chain and signs its end.
type Sealer struct {
	Store  Store
	Signer *Signer
	Every  time.Duration    // between looks for new rows; 0 is a second
	Now    func() time.Time // of heads; nil is time.Now
	Log    *slog.Logger     // nil is slog.Default
}

// Flush seals all rows that wait, in batches, and gives how many there were.
func (s *Sealer) Flush(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := s.Store.SealAudit(ctx, SealBatch, s.seal)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// seal chains rows behind the last one.
func (s *Sealer) seal(last Sealed, rows []Row) ([]Sealed, Head, error) {
	if len(rows) == 0 {
		return nil, Head{}, errors.New("audit: there is nothing to seal")
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	out := make([]Sealed, len(rows))
	seq, hash := last.Seq, last.Hash
	for i := range rows {
		seq++
		hash = Chain(hash, seq, &rows[i])
		out[i] = Sealed{Row: rows[i], Seq: seq, Hash: hash}
	}
	h := Head{Seq: seq, Hash: hash, At: now().UTC().Truncate(time.Microsecond)}
	s.Signer.SignHead(&h)
	return out, h, nil
}

// Run seals again and again until ctx is done, and once more then, for at most five seconds. An error is logged, and
// rows wait for the next time.
func (s *Sealer) Run(ctx context.Context) {
	log := s.Log
	if log == nil {
		log = slog.Default()
	}
	every := s.Every
	if every <= 0 {
		every = time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				log.Error("the audit log could not be sealed", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if _, err := s.Flush(last); err != nil {
				log.Warn("the end of the audit log waits for another sealer", "error", err)
			}
			return
		}
	}
}
