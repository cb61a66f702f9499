package audit

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestLoadOrCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.pem")
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			s, err := LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = s.KeyID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || len(id) != 16 {
			t.Fatalf("several keys: %v", ids)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.pem")
	if _, err := LoadOrCreate(good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		text []byte
		mode os.FileMode
		say  string
	}{
		"world":   {text, 0o604, "others can get at it"},
		"group":   {text, 0o620, "others can get at it"},
		"empty":   {nil, 0o600, "EOF"},
		"words":   {[]byte("not a key"), 0o600, "no PEM block"},
		"broken":  {pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: []byte{1}}), 0o600, "private key"},
		"ec":      {pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}), 0o600, "not Ed25519"},
		"public":  {testSigner("x").PublicPEM(), 0o600, "no PEM block"},
		"mounted": {text, 0o440, ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, tt.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadOrCreate(path)
		if (err == nil) != (tt.say == "") || err != nil && !strings.Contains(err.Error(), tt.say) {
			t.Errorf("%s: %v", name, err)
		}
		if now, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(now, tt.text) {
			t.Errorf("%s was changed: %v", name, readErr)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "none", "x.pem")} {
		if _, err := LoadOrCreate(path); err == nil {
			t.Errorf("%s gave a key", path)
		}
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	a, b := testSigner("a"), testSigner("b")
	keys, err := ParseKeys(append(a.PublicPEM(), b.PublicPEM()...))
	if err != nil || len(keys) != 2 || !keys.Verify(b.KeyID(), []byte("x"), b.Sign([]byte("x"))) {
		t.Errorf("%v %v", keys, err)
	}
	if keys.Verify(a.KeyID(), []byte("x"), b.Sign([]byte("x"))) || keys.Verify("none", []byte("x"), b.Sign([]byte("x"))) {
		t.Error("a signature of another key is taken")
	}
	path := filepath.Join(t.TempDir(), "k.pem")
	s, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	private, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := ParseKeys(private); err != nil || keys[s.KeyID()] == nil {
		t.Errorf("of a private key: %v %v", keys, err)
	}
	for _, bad := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if keys, err := ParseKeys([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, keys)
		}
	}
}

// TestHeadByOpenSSL has another tool verify the signature of a head, and refuse a changed one.
func TestHeadByOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl is not here")
	}
	dir := t.TempDir()
	f, s := newLog(t, 2)
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	head := SignedHead(&f.heads[0])
	key, signature := write("public.pem", s.PublicPEM()), write("signature", f.heads[0].Signature)
	for name, tt := range map[string]struct {
		message []byte
		good    bool
	}{"right": {head, true}, "wrong": {bytes.Replace(head, []byte("seq 2"), []byte("seq 3"), 1), false}} {
		out, err := exec.CommandContext(t.Context(), openssl, "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin",
			"-in", write(name, tt.message), "-sigfile", signature).CombinedOutput()
		if (err == nil) != tt.good {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
