package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// PEM types of the two halves of a key.
const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
)

// A Signer signs heads and certificates with one Ed25519 key.
type Signer struct {
	key ed25519.PrivateKey
	id  string
}

// NewSigner makes a Signer of a key.
func NewSigner(key ed25519.PrivateKey) *Signer {
	return &Signer{key: key, id: KeyID(key.Public().(ed25519.PublicKey))}
}

// KeyID gives the name of a key: the first 16 hex digits of the SHA-256 of the 32 bytes of its public half.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// KeyID gives the name of the signer's key.
func (s *Signer) KeyID() string { return s.id }

// Public gives the public half.
func (s *Signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// PublicPEM gives the public half as a PEM block (PKIX), as openssl reads it.
func (s *Signer) PublicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		panic(err) // an Ed25519 key always has the form
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der})
}

// Sign signs a message as it is (Ed25519, not prehashed). What is signed must say by its beginning what it is: a head
// begins with "cargogate audit head", a certificate with "{".
func (s *Signer) Sign(message []byte) []byte { return ed25519.Sign(s.key, message) }

// SignHead fills in the key and the signature of a head.
func (s *Signer) SignHead(h *Head) {
	h.KeyID = s.id
	h.Signature = s.Sign(SignedHead(h))
}

// Keys are public keys by their KeyID. A key that was replaced stays among them for what it signed.
type Keys map[string]ed25519.PublicKey

// Keys gives the signer's own public key as Keys.
func (s *Signer) Keys() Keys { return Keys{s.id: s.Public()} }

// Verify reports whether signature is that of the key named over message.
func (k Keys) Verify(keyID string, message, signature []byte) bool {
	public, ok := k[keyID]
	return ok && ed25519.Verify(public, message, signature)
}

// ParseKeys reads the Ed25519 public keys (PKIX) of a PEM file. Private keys count with their public half. It is an
// error if there is none, or anything else.
func ParseKeys(text []byte) (Keys, error) {
	keys := Keys{}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		switch block.Type {
		case pemPublic:
			any, err := x509.ParsePKIXPublicKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("audit: public key: %w", err)
			}
			public, ok := any.(ed25519.PublicKey)
			if !ok {
				return nil, fmt.Errorf("audit: the public key is %T, not Ed25519", any)
			}
			keys[KeyID(public)] = public
		case pemPrivate:
			private, err := parsePrivate(block.Bytes)
			if err != nil {
				return nil, err
			}
			public := private.Public().(ed25519.PublicKey)
			keys[KeyID(public)] = public
		default:
			return nil, fmt.Errorf("audit: a PEM block of type %q is no key", block.Type)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("audit: there is no PEM block with a key")
	}
	return keys, nil
}

func parsePrivate(der []byte) (ed25519.PrivateKey, error) {
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("audit: private key: %w", err)
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("audit: the private key is %T, not Ed25519", any)
	}
	return key, nil
}

// LoadOrCreate reads a Signer's key from a PEM file (PKCS#8). Where there is none it makes one, durable and readable to
// its owner alone. Two processes that make one at once get the same. A file that others may read or change is refused.
func LoadOrCreate(path string) (*Signer, error) {
	s, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("audit: signing key: %w", err)
	}
	return load(path)
}

func load(path string) (*Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("audit: signing key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("audit: signing key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("audit: signing key %s is no file", path)
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 { // a group may be let read it: that is how secrets are mounted
		return nil, fmt.Errorf("audit: signing key %s has mode %04o: others can get at it; make it 0600", path, mode)
	}
	text := make([]byte, 16<<10)
	n, err := f.Read(text)
	if err != nil {
		return nil, fmt.Errorf("audit: signing key %s: %w", path, err)
	}
	block, _ := pem.Decode(text[:n])
	if block == nil || block.Type != pemPrivate {
		return nil, fmt.Errorf("audit: signing key %s holds no PEM block of type %q", path, pemPrivate)
	}
	key, err := parsePrivate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("audit: signing key %s: %w", path, err)
	}
	return NewSigner(key), nil
}

// create makes a key under another name and gives it its own in one step, which fails where the name is taken.
func create(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".signing-key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = pem.Encode(f, &pem.Block{Type: pemPrivate, Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
