package gateway

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// A Sidecar is what a receipt says about itself, kept as JSON beside its body in the blob store, so that a body whose
// row was lost with a database can be taken in again.
type Sidecar struct {
	Schema      int               `json:"schema"` // 1
	ID          uuid.UUID         `json:"id"`
	Partner     partner.ID        `json:"partner"`
	Principal   string            `json:"principal"`
	Channel     string            `json:"channel"`
	Kind        string            `json:"kind"`
	Mode        cargo.Traffic     `json:"mode"`
	Name        string            `json:"name,omitempty"`
	ContentType string            `json:"content_type,omitempty"`
	TransportID string            `json:"transport_id,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	TraceID     string            `json:"trace_id,omitempty"`
	Size        int64             `json:"size"`
	SHA256      string            `json:"sha256"` // hex
	Control     string            `json:"control,omitempty"`
	Retention   string            `json:"retention,omitempty"`
	ReceivedAt  *time.Time        `json:"received_at,omitempty"` // only of one that was committed when this was written
	ExpiresAt   *time.Time        `json:"expires_at,omitempty"`  // the same
}

// maxSidecar bounds what is read of one: headers are bounded by the transports.
const maxSidecar = 1 << 20

// sidecarOf describes a receipt.
func sidecarOf(r *Receipt) Sidecar {
	s := Sidecar{Schema: 1, ID: r.ID, Partner: r.Partner, Principal: r.Principal, Channel: r.Channel, Kind: r.Kind, Mode: r.Mode,
		Name: r.Name, ContentType: r.ContentType, TransportID: r.TransportID, Headers: r.Headers, TraceID: r.TraceID, Size: r.Size,
		SHA256: hex.EncodeToString(r.SHA256[:]), Control: r.Control, Retention: r.Retention}
	if !r.ReceivedAt.IsZero() {
		s.ReceivedAt = &r.ReceivedAt
	}
	if !r.ExpiresAt.IsZero() {
		s.ExpiresAt = &r.ExpiresAt
	}
	return s
}

// ParseSidecar reads one.
func ParseSidecar(text []byte) (Sidecar, error) {
	var s Sidecar
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("gateway: not the description of a receipt: %w", err)
	}
	switch d, err := hex.DecodeString(s.SHA256); {
	case s.Schema < 1:
		return s, fmt.Errorf("gateway: not the description of a receipt: schema %d", s.Schema)
	case s.ID == uuid.Nil || s.Partner == "" || s.Mode != cargo.TrafficLive && s.Mode != cargo.TrafficTest:
		return s, fmt.Errorf("gateway: the description of a receipt lacks its id, partner or mode")
	case err != nil || len(d) != 32:
		return s, fmt.Errorf("gateway: the description of receipt %s has no SHA-256", s.ID)
	}
	return s, nil
}

// Receipt gives the receipt that a sidecar describes, as Store.Adopt takes it. written is when its body was stored: the
// time of receipt where the sidecar does not know that.
func (s *Sidecar) Receipt(written time.Time) Receipt {
	r := Receipt{ID: s.ID, Partner: s.Partner, Principal: s.Principal, Channel: s.Channel, Kind: s.Kind, Mode: s.Mode, Name: s.Name,
		ContentType: s.ContentType, TransportID: s.TransportID, Headers: s.Headers, TraceID: s.TraceID, Size: s.Size, Control: s.Control,
		Lane: laneOf(s.Size), ReceivedAt: written.UTC().Truncate(time.Microsecond), BlobKey: blobKey(s.ID), State: StateReceived,
		Retention: s.Retention}
	_, _ = hex.Decode(r.SHA256[:], []byte(s.SHA256)) // as ParseSidecar saw
	if s.ReceivedAt != nil {
		r.ReceivedAt = *s.ReceivedAt
	}
	if s.ExpiresAt != nil {
		r.ExpiresAt = *s.ExpiresAt
	}
	return r
}

// putSidecar stores the description of a receipt. One that is there stays: a receipt's facts never change, only what was
// known of them when it was written.
func (g *Gateway) putSidecar(ctx context.Context, r *Receipt) error {
	text, err := json.Marshal(sidecarOf(r))
	if err != nil {
		return fmt.Errorf("gateway: description of receipt %s: %w", r.ID, err)
	}
	if _, err := g.blobs.Put(ctx, sidecarKey(r.ID), bytes.NewReader(text), maxSidecar); err != nil {
		return fmt.Errorf("gateway: description of receipt %s: %w", r.ID, err)
	}
	return nil
}

// laneOf gives the lane of an original by its size.
func laneOf(size int64) Lane {
	if size >= LargeBody {
		return LaneLarge
	}
	return LaneSmall
}
