package node

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cargogate/internal/gateway"
	"cargogate/internal/transport"
)

// TestRestoreWaitsForNobody: a backup is made while a node has messages in work. The node is gone when it is restored, so
// they are due at once; and answers are held back by the flag alone.
func TestRestoreWaitsForNobody(t *testing.T) {
	t.Parallel()
	c := settings(t)
	n, _ := open(t, c)
	key := partnerKey(t, n)
	who, err := n.Partners.Authenticate(t.Context(), key)
	must(t, err)
	sent, err := n.Gateway.Receive(t.Context(), &transport.Delivery{Principal: who, Channel: "https", Kind: "https", Mode: "live", Name: "a.edi", Size: -1,
		Body: strings.NewReader(body)})
	must(t, err)
	claim := gateway.ClaimRequest{Owner: "dead", Lane: gateway.LaneSmall, Max: 1, Lease: time.Hour}
	got, err := n.Store.Claim(t.Context(), claim)
	must(t, err)
	if len(got) != 1 {
		t.Fatalf("claimed %d", len(got))
	}
	dir := filepath.Join(t.TempDir(), "backup")
	_, err = Backup(t.Context(), c, dir, "test", "staff:test")
	must(t, err)
	must(t, n.Close())

	to := settings(t)
	r, err := Restore(t.Context(), to, dir, "staff:test", slog.New(slog.DiscardHandler))
	must(t, err)
	if r.Receipts != 1 || r.Unfinished != 1 || r.Deliveries != 0 || len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
	store, err := OpenStore(t.Context(), to, Alone)
	must(t, err)
	defer func() { must(t, store.Close()) }()
	if got, err = store.Claim(t.Context(), claim); err != nil || len(got) != 1 || got[0].ID != sent.ID || got[0].Silent != 0 {
		t.Errorf("claimed %+v, %v: the lease of a dead node is waited for", got, err)
	}
	if paused, err := store.Cursor(t.Context(), "deliveries.paused"); err != nil || paused != 1 {
		t.Errorf("the flag is at %d, %v", paused, err)
	}
}
