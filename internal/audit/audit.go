// Package audit is the log of every act, chained and signed so that a missing or changed row is noticed.
//
// A Row is inserted, unchained, in the transaction of the act itself. One sealer takes committed rows each second, gives
// each the next number and the hash over the one before (SHA-256), and signs the head of the chain (Ed25519). Rows hold
// ids and digests, never names or other personal values.
package audit

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// A Row is one act.
type Row struct {
	ID        uuid.UUID // v7, made by who acts
	At        time.Time // UTC, to the microsecond
	Principal string    // "partner:ACME/key:K1", "user:ana", "service:gateway"
	Action    string    // "message.accept", "message.settle", "consignment.read", "key.revoke" …
	Object    string    // "message:<id>", "consignment:<id>", "partner:ACME"; empty where there is none
	Mode      string    // live or test; empty where it does not apply
	Detail    string    // JSON object of ids, digests, counts and codes; empty or "{}" where there is nothing to say
	TraceID   string    // of the connection that led to it; may be empty
}

// A Sealed row has its place in the chain.
type Sealed struct {
	Row
	Seq  int64    // from 1, without gaps
	Hash [32]byte // SHA-256 over the hash before and the canonical form of the row; see Chain
}

// A Head is the signed end of the chain at one time.
type Head struct {
	Seq       int64
	Hash      [32]byte
	At        time.Time
	KeyID     string // of the Ed25519 key: first 16 hex digits of the SHA-256 of its public half
	Signature []byte // Ed25519 over Seq, Hash and At; see SignedHead
}

// Store is what the log needs of a database.
type Store interface {
	// AppendAudit inserts rows in a transaction of their own, for acts that change nothing else, such as reads.
	AppendAudit(ctx context.Context, rows []Row) error
	// SealAudit takes at most limit committed rows that are not sealed, oldest ID first, hands them with the last
	// sealed row (zero where there is none) to seal, and stores what it returns, in one transaction that no other
	// sealer can run at the same time. It returns how many were sealed.
	SealAudit(ctx context.Context, limit int, seal func(last Sealed, rows []Row) ([]Sealed, Head, error)) (int, error)
	// SealedAudit gives at most limit sealed rows with Seq greater than after, in order.
	SealedAudit(ctx context.Context, after int64, limit int) ([]Sealed, error)
	// AuditHeads gives at most limit heads with Seq greater than after, in order.
	AuditHeads(ctx context.Context, after int64, limit int) ([]Head, error)
	// UnsealedAudit gives the number of rows that wait for the sealer.
	UnsealedAudit(ctx context.Context) (int64, error)
}
