package partner

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cargogate/internal/cargo"
)

// scanner is the pattern that a secret scanner would be given.
var scanner = regexp.MustCompile(`^cgk_[0-9a-z]{12}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$`)

func TestKeyText(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		text := newKeyText()
		if !scanner.MatchString(text) {
			t.Fatalf("%q does not look like a key", text)
		}
		id, hash, err := ParseKeyText(text)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(text, "cgk_"+id+"_") || hash == [32]byte{} {
			t.Fatalf("%q: id %q, hash %x", text, id, hash)
		}
		if seen[id] {
			t.Fatalf("id %q came twice", id)
		}
		seen[id] = true
	}
}

// TestKeyMistyped changes one character or swaps two: CRC-32 finds every such change.
func TestKeyMistyped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(newKeyText())
		right := string(text)
		i := rapid.IntRange(0, len(text)-2).Draw(t, "at")
		if rapid.Bool().Draw(t, "swap") && text[i] != text[i+1] {
			text[i], text[i+1] = text[i+1], text[i]
		} else {
			text[i] ^= rapid.ByteRange(1, 255).Draw(t, "by")
		}
		_, hash, err := ParseKeyText(string(text))
		if !errors.Is(err, ErrInvalid) || hash != [32]byte{} {
			t.Fatalf("%q for %q: %v", text, right, err)
		}
		if strings.Contains(err.Error(), string(text[17:40])) {
			t.Fatalf("the error holds the secret: %v", err)
		}
	})
}

func TestKeyTextOfOtherKinds(t *testing.T) {
	t.Parallel()
	right := newKeyText()
	forged := "cgk_" + strings.Repeat("I", 12) + right[16:60]
	for _, text := range []string{"", "cgk_", "Bearer " + right, right + "A", right[1:], strings.ToUpper(right),
		forged + keyChecksum(forged), "cgk_abcdefghjkmn+" + strings.Repeat("A", 43) + keyChecksum("cgk_abcdefghjkmn+"+strings.Repeat("A", 43))} {
		if _, _, err := ParseKeyText(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeyKeepsItsHashToItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, _ := w.key(t, liveKey("ACME"))
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if hash := fmt.Sprintf("%x", k.Hash); strings.Contains(fmt.Sprint(k), hash) || strings.Contains(string(b), "ash") {
		t.Errorf("the hash is told: %v %s", k, b)
	}
}

func TestKeyLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, text := w.key(t, liveKey("ACME"))
	if life := k.Expires.Sub(k.NotBefore); life != 365*24*time.Hour {
		t.Errorf("a key lives %v", life)
	}
	w.add(365*24*time.Hour - time.Microsecond)
	if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
		t.Errorf("in its last microsecond: %v", err)
	}
	w.add(time.Microsecond)
	if _, err := w.dir.Authenticate(t.Context(), text); err != ErrUnauthenticated {
		t.Errorf("once expired: %v", err)
	}
	later, laterText, err := w.service.AddKey(t.Context(), admin, NewKey{OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficTest,
		NotBefore: w.now().Add(time.Hour), Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w.refresh(t)
	if _, err := w.dir.Authenticate(t.Context(), laterText); err != ErrUnauthenticated {
		t.Errorf("before its time: %v", err)
	}
	w.add(time.Hour)
	p, err := w.dir.Authenticate(t.Context(), laterText)
	if err != nil || p.Mode != cargo.TrafficTest || p.Partner() != "ACME" || p.Key != later.ID {
		t.Errorf("in its time: %+v, %v", p, err)
	}
}

func TestRotateKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, oldText := w.key(t, NewKey{OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficTest, Label: "edi server"})
	k, text, err := w.service.RotateKey(t.Context(), admin, old.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if k.ID == old.ID || k.Owner != "ACME" || k.Mode != cargo.TrafficTest || k.Label != "edi server" {
		t.Errorf("the new key is %+v", k)
	}
	w.refresh(t)
	for _, text := range []string{oldText, text} { // both, while they overlap
		if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
			t.Error(err)
		}
	}
	w.add(time.Hour)
	if _, err := w.dir.Authenticate(t.Context(), oldText); err != ErrUnauthenticated {
		t.Errorf("the old key after the overlap: %v", err)
	}
	if _, err := w.dir.Authenticate(t.Context(), text); err != nil {
		t.Errorf("the new key after the overlap: %v", err)
	}
	if _, _, err := w.service.RotateKey(t.Context(), admin, old.ID, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("a key that is over was rotated: %v", err)
	}
	if _, _, err := w.service.RotateKey(t.Context(), admin, k.ID, -time.Second); !errors.Is(err, ErrInvalid) {
		t.Errorf("overlap below 0: %v", err)
	}
	if _, _, err := w.service.RotateKey(t.Context(), admin, "nosuchkey000", 0); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such key: %v", err)
	}
}

// TestRotateShortKey: a key that ends sooner than the overlap is not made to live longer.
func TestRotateShortKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, _, err := w.service.AddKey(t.Context(), admin, NewKey{OwnerKind: OwnerPartner, Owner: "ACME", Mode: cargo.TrafficLive, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.service.RotateKey(t.Context(), admin, old.ID, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.store.keys[old.ID].Expires; !got.Equal(old.Expires) {
		t.Errorf("the old key ends %v, not %v", got, old.Expires)
	}
}

func TestRevokeKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, text := w.key(t, liveKey("ACME"))
	if err := w.service.RevokeKey(t.Context(), admin, k.ID); err != nil {
		t.Fatal(err)
	}
	w.add(time.Second) // the directory notices by itself
	if _, err := w.dir.Authenticate(t.Context(), text); err != ErrUnauthenticated {
		t.Errorf("revoked: %v", err)
	}
	at := *w.store.keys[k.ID].RevokedAt
	w.add(time.Hour)
	if err := w.service.RevokeKey(t.Context(), admin, k.ID); err != nil {
		t.Error(err)
	}
	if got := *w.store.keys[k.ID].RevokedAt; !got.Equal(at) {
		t.Errorf("revoked twice: %v, then %v", at, got)
	}
	if err := w.service.RevokeKey(t.Context(), admin, "nosuchkey000"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
