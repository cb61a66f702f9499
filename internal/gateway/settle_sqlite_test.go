package gateway_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/gateway"
	"cargogate/internal/intake"
	"cargogate/internal/partner"
	"cargogate/internal/store/sqlite"
)

// noBlobs is never asked.
type noBlobs struct{ blob.Store }

// emptyFolder is a migrated folder: migrating is slower than copying.
var emptyFolder = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "cargogate-gateway-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := sqlite.Migrate(context.Background(), dir); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{"accept.db", "main.db"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

func openSQLite(t *testing.T) *sqlite.Store {
	t.Helper()
	files, err := emptyFolder()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// playOn accepts bodies on a real store, and reads and settles them in the order given on two gateways; what waits or has
// to be read again comes later. It gives the heads, the states and the links.
func playOn(t *testing.T, store gateway.Store, bodies []string, order []int, ahead bool) string {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(store.Apply(ctx, []partner.Change{{Insert: true, Partner: &partner.Partner{ID: "NORDKAI", Name: "Nordkai Lines", Roles: []partner.Role{partner.RoleCarrier},
		Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: "NORDKAI"}}}}}, partner.Act{Principal: "user:test", Action: "partner.add", Object: "partner:NORDKAI"}))
	directory, err := partner.NewDirectory(ctx, store, nil)
	ok(err)
	var nodes [2]*gateway.Gateway
	for i := range nodes {
		nodes[i], err = gateway.New(store, noBlobs{}, directory, nil, gateway.Options{})
		ok(err)
	}
	ids := make([]uuid.UUID, len(bodies))
	for i, body := range bodies {
		id := uuid.Must(uuid.NewV7())
		ids[i] = id
		_, err := store.Accept(ctx, []gateway.Arrival{{
			Receipt: gateway.Receipt{ID: id, Partner: "NORDKAI", Principal: "partner:NORDKAI", Channel: "https", Kind: "https", Mode: "live", Name: "in.edi",
				Size: int64(len(body)), SHA256: sha256.Sum256([]byte(body)), Control: intake.SniffHead([]byte(body)).Control, Inline: []byte(body), Retention: "default",
				TraceID: strings.ReplaceAll(id.String(), "-", "")},
			Audit: audit.Row{ID: uuid.Must(uuid.NewV7()), At: time.Now().UTC(), Principal: "partner:NORDKAI", Action: "message.accept", Object: "message:" + id.String(), Mode: "live"},
		}})
		ok(err)
	}
	claim := func() map[uuid.UUID]gateway.Receipt {
		got, err := store.Claim(ctx, gateway.ClaimRequest{Owner: "n", Max: 100, Lease: time.Minute})
		ok(err)
		out := map[uuid.UUID]gateway.Receipt{}
		for _, r := range got {
			out[r.ID] = r
		}
		return out
	}
	open := len(bodies)
	for round := 0; open > 0; round++ {
		if round > 50 {
			t.Fatal("it never ends")
		}
		claimed := claim()
		read := map[uuid.UUID]gateway.Played{}
		look := func(n int, r gateway.Receipt) gateway.Played {
			p, err := nodes[n%2].ReadBytes(ctx, &r, strings.NewReader(bodies[slices.Index(ids, r.ID)]))
			ok(err)
			return p
		}
		for n, i := range order {
			if r, is := claimed[ids[i]]; is && ahead {
				read[r.ID] = look(n, r)
			}
		}
		for n, i := range order {
			r, is := claimed[ids[i]]
			if !is {
				continue
			}
			p, is := read[r.ID]
			if !is {
				p = look(n, r)
			}
			if !p.Waits() {
				again, err := nodes[n%2].SettleAll(ctx, []gateway.Played{p})
				ok(err)
				if len(again) == 0 {
					open--
					continue
				}
			}
			ok(store.Wait(ctx, gateway.Fence{Receipt: r.ID, Attempt: r.Attempt}, 0))
		}
		ok(store.Wake(ctx, "NORDKAI", "live"))
	}
	ok(nodes[0].LinkAll(ctx))
	var out []string
	keys := map[string]bool{}
	for i, id := range ids {
		s, err := store.Settlement(ctx, id)
		ok(err)
		out = append(out, fmt.Sprintf("%d %s", i+1, s.State))
		messages, err := store.Messages(ctx, id)
		ok(err)
		for _, m := range messages {
			keys[m.DocumentKey] = true
		}
		page, err := store.Consignments(ctx, gateway.ConsignmentQuery{Mode: "live", Receipt: id, Limit: 100})
		ok(err)
		for _, c := range page.Items {
			parents, houses, err := store.Links(ctx, c.ID)
			ok(err)
			out = append(out, fmt.Sprintf("  %s %s %s, %d up, %d down", c.Number, c.State, c.Link, len(parents), len(houses)))
		}
	}
	for _, key := range slices.Sorted(func(yield func(string) bool) {
		for key := range keys {
			if !yield(key) {
				return
			}
		}
	}) {
		d, err := store.Document(ctx, key)
		ok(err)
		out = append(out, fmt.Sprintf("%s %s %d@%v", d.Reference, d.State, d.Versions, d.Current))
	}
	return strings.Join(out, "\n")
}

// Whatever the order of settling on SQLite, the heads, states and links are the same.
func TestSettleOrderSQLite(t *testing.T) {
	original, replace, change, cancel := gateway.One("1", "M1", "9", "BM:A", "BM:B"), gateway.One("2", "M1", "5", "BM:B", "BM:C"), gateway.One("3", "M1", "4", "BM:C", "BM:D"), gateway.One("4", "M1", "1")
	master, house := gateway.One("5", "M5", "9", "MB:MAST"), gateway.One("6", "M6", "9", "BH:HOUSE<MAST")
	for name, bodies := range map[string][]string{
		"cancelled": {original, replace, change, cancel, master, house},
		"current":   {house, original, change, replace, gateway.One("7", "M1", "3", "BM:C"), master, original},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order := make([]int, len(bodies))
			for i := range order {
				order[i] = i
			}
			want := playOn(t, openSQLite(t), bodies, order, false)
			rng := rand.New(rand.NewPCG(7, 7))
			for n := range 8 {
				rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				if got := playOn(t, openSQLite(t), bodies, order, n%2 == 0); got != want {
					t.Fatalf("order %v:\n%s\nwant\n%s", order, got, want)
				}
			}
			t.Log(want)
		})
	}
}
