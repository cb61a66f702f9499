package audit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// A fakeStore is a Store in memory. Tests that tamper change its slices.
type fakeStore struct {
	mu     sync.Mutex
	wait   []Row
	sealed []Sealed
	heads  []Head
	err    error  // of everything
	page   func() // called after each read of rows
}

func (f *fakeStore) AppendAudit(_ context.Context, rows []Row) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	f.wait = append(f.wait, rows...)
	return nil
}

func (f *fakeStore) SealAudit(_ context.Context, limit int, seal func(Sealed, []Row) ([]Sealed, Head, error)) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	if len(f.wait) == 0 {
		return 0, nil
	}
	slices.SortFunc(f.wait, func(a, b Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	rows := f.wait[:min(limit, len(f.wait))]
	var last Sealed
	if len(f.sealed) > 0 {
		last = f.sealed[len(f.sealed)-1]
	}
	sealed, head, err := seal(last, rows)
	if err != nil {
		return 0, err
	}
	f.sealed, f.heads, f.wait = append(f.sealed, sealed...), append(f.heads, head), f.wait[len(rows):]
	return len(sealed), nil
}

// after gives the elements whose number is greater, in order.
func after[T any](list []T, seq func(T) int64, than int64, limit int) []T {
	var out []T
	for _, v := range list {
		if seq(v) > than {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
	return out[:min(limit, len(out))]
}

func (f *fakeStore) SealedAudit(_ context.Context, than int64, limit int) ([]Sealed, error) {
	f.mu.Lock()
	out := after(f.sealed, func(s Sealed) int64 { return s.Seq }, than, limit)
	f.mu.Unlock()
	if f.page != nil {
		f.page()
	}
	return out, f.err
}

func (f *fakeStore) AuditHeads(_ context.Context, than int64, limit int) ([]Head, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return after(f.heads, func(h Head) int64 { return h.Seq }, than, limit), f.err
}

func (f *fakeStore) UnsealedAudit(context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.wait)), f.err
}

// testSigner makes a signer whose key depends on name alone.
func testSigner(name string) *Signer {
	seed := sha256.Sum256([]byte(name))
	return NewSigner(ed25519.NewKeyFromSeed(seed[:]))
}

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testRow makes the n-th row of a test.
func testRow(n int) Row {
	var id uuid.UUID
	id[0], id[6], id[8] = 1, 0x70, 0x80
	id[14], id[15] = byte(n>>8), byte(n)
	return Row{ID: id, At: epoch.Add(time.Duration(n) * time.Second), Principal: "partner:ACME/key:K1", Action: "message.accept",
		Object: fmt.Sprintf("message:%d", n), Mode: "live", Detail: fmt.Sprintf(`{"size":%d}`, n), TraceID: "0af7651916cd43dd8448eb211c80319c"}
}

// newLog makes a log of batches of rows of these lengths, each with its head.
func newLog(t testing.TB, batches ...int) (*fakeStore, *Signer) {
	t.Helper()
	f, signer := &fakeStore{}, testSigner("gateway")
	sealer := &Sealer{Store: f, Signer: signer, Now: func() time.Time { return epoch.Add(time.Hour) }}
	n := 0
	for _, size := range batches {
		for range size {
			n++
			f.wait = append(f.wait, testRow(n))
		}
		if got, err := sealer.Flush(context.Background()); err != nil || got != size {
			t.Fatalf("sealed %d, %v", got, err)
		}
	}
	return f, signer
}

// rechain gives rows from index i on hashes that fit, as one can who may write to the database and has no key.
func (f *fakeStore) rechain(i int) {
	var before [32]byte
	if i > 0 {
		before = f.sealed[i-1].Hash
	}
	for ; i < len(f.sealed); i++ {
		f.sealed[i].Seq = int64(i) + 1
		f.sealed[i].Hash = Chain(before, f.sealed[i].Seq, &f.sealed[i].Row)
		before = f.sealed[i].Hash
	}
}

// resign gives heads the hashes of their rows and the signatures of a key.
func (f *fakeStore) resign(s *Signer) {
	for i := range f.heads {
		f.heads[i].Hash = f.sealed[f.heads[i].Seq-1].Hash
		s.SignHead(&f.heads[i])
	}
}
