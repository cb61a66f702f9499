// Package transport is where bytes come in and answers go out: what a transport hands to the gateway, and what it gets.
//
// A transport makes a Delivery and gets a Receipt; only when it has the Receipt may it tell the sender yes. The answer
// to what was sent comes separately: at once, later on the same channel, or on another. transport/folder and
// transport/https are transports; transport/transporttest is the suite that they pass.
package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// Kinds of channel.
const (
	KindFolder = "folder"
	KindHTTPS  = "https"
)

// A Delivery is one file as a transport has it from a sender.
type Delivery struct {
	Principal   partner.Principal // who sends, as authenticated
	Channel     string            // name of the partner's channel that it came by; see partner.Channel
	Kind        string            // KindFolder, KindHTTPS …
	Mode        cargo.Traffic     // test if the channel or the key is for tests; what the envelope says comes on top
	Name        string            // as the sender calls the file; may be empty
	ContentType string            // as declared; may be empty
	TransportID string            // the transport act: Idempotency-Key, AS2 Message-ID, name and stamp of a file; empty where there is none
	Headers     map[string]string // what the transport keeps as evidence: addresses, user agent, signatures
	TraceID     string            // 32 hex digits (W3C trace context); made here where the sender gave none
	Body        io.Reader         // read once, to its end
	Size        int64             // bytes, as declared; -1 where unknown
	SHA256      *[32]byte         // as declared by the sender (Content-Digest); nil where it was not
}

// A Receipt says that a delivery is durable.
type Receipt struct {
	ID         uuid.UUID // v7
	AcceptSeq  int64     // order of acceptance over all nodes
	Mode       cargo.Traffic
	ReceivedAt time.Time // UTC, by the database's clock: the legal time
	SHA256     [32]byte
	Size       int64 // bytes
	Repeated   bool  // the same transport act came before; the receipt is the one that it got then
}

// Errors of Receiver. A transport puts them into its own words.
var (
	ErrTransportID = errors.New("transport: the same transport act came before with other bytes")
	ErrDigest      = errors.New("transport: the bytes do not have the digest that was declared")
	ErrTooLarge    = errors.New("transport: the body is larger than is taken")
	ErrSize        = errors.New("transport: the body is not as long as was declared")
)

// A BusyError says that nothing can be taken now, before the body is read.
type BusyError struct {
	Reason     string        // "disk", "spool", "quota", "backlog", "database", "draining"
	RetryAfter time.Duration // when it is worth trying again
	Partner    bool          // it is this partner's own doing (429), not the gateway's (503)
}

// Error says why and for how long.
func (e *BusyError) Error() string {
	return fmt.Sprintf("transport: busy (%s), try again in %s", e.Reason, e.RetryAfter)
}

// A Receiver takes deliveries. The gateway is one.
type Receiver interface {
	// Admit says whether a delivery of about size bytes (-1 where unknown) by p would be taken now; a *BusyError where
	// not. It is called before the body is read.
	Admit(ctx context.Context, p partner.Principal, size int64) error
	// Receive makes a delivery durable and returns its receipt. It reads Body to its end. An error means that nothing
	// was acknowledged; the same delivery may be tried again.
	Receive(ctx context.Context, d *Delivery) (Receipt, error)
}

// An Answer is what goes back to a partner on one of its channels.
type Answer struct {
	Delivery uuid.UUID // the attempt to bring it; the same for every retry
	Receipt  uuid.UUID // what is answered
	Partner  partner.ID
	Channel  partner.Channel
	Name     string // of the file that is answered; may be empty
	Kind     string // CONTRL …
	Mode     cargo.Traffic
	Rejected bool // what is answered was refused as a whole or parked
	Body     []byte
}

// A Sender brings answers over one kind of channel. Bringing the same Answer twice must leave one of it.
type Sender interface {
	// Send brings an answer and returns when it is durable at the other end, or given up to a temporary error. An
	// error of ErrUndeliverable will not go away by trying again.
	Send(ctx context.Context, a *Answer) error
}

// ErrUndeliverable wraps errors of a Sender that retries do not mend.
var ErrUndeliverable = errors.New("transport: cannot be delivered")
