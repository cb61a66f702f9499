package partner

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"
)

// The text of a key is "cgk_", its ID, "_", the secret and a checksum, 66 characters in all:
//
//	cgk_7h3k9m2xq0zr_<43 characters: 32 random bytes, base64url><6 characters: CRC-32 of all before, base 62>
//
// The fixed beginning and the checksum let scanners find a key that was published by mistake, and tell a mistyped key
// from a revoked one. The secret is 256 random bits, so one SHA-256 is enough to keep it: there is nothing to guess.
const (
	keyPrefix   = "cgk_"
	keyIDLen    = 12 // 60 random bits
	keySecret   = 32 // random bytes
	keyTextLen  = len(keyPrefix) + keyIDLen + 1 + 43 + keyCheckLen
	keyCheckLen = 6

	keyIDAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // 32; without i, l, o and u, which are misread
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newKeyText makes the text of a new key.
func newKeyText() string {
	var id [keyIDLen]byte
	rand.Read(id[:]) // never fails: the program ends where the system has no randomness
	for i := range id {
		id[i] = keyIDAlphabet[id[i]&31]
	}
	var secret [keySecret]byte
	rand.Read(secret[:])
	text := keyPrefix + string(id[:]) + "_" + base64.RawURLEncoding.EncodeToString(secret[:])
	return text + keyChecksum(text)
}

// keyChecksum gives the CRC-32 (IEEE) of the text before it as six digits in base 62.
func keyChecksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	var out [keyCheckLen]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// ParseKeyText takes the text of a key apart: its ID, and the SHA-256 of the whole text, which is what is stored. It
// fails with ErrInvalid where the text is no key or was mistyped; the error never holds the text.
func ParseKeyText(text string) (id string, hash [32]byte, err error) {
	body := len(text) - keyCheckLen
	switch {
	case !strings.HasPrefix(text, keyPrefix):
		return "", hash, invalid("a key begins with %q", keyPrefix)
	case len(text) != keyTextLen:
		return "", hash, invalid("a key has %d characters, this one %d", keyTextLen, len(text))
	case subtle.ConstantTimeCompare([]byte(keyChecksum(text[:body])), []byte(text[body:])) != 1:
		return "", hash, invalid("the key is mistyped: its last %d characters do not fit the others", keyCheckLen)
	}
	id = text[len(keyPrefix) : len(keyPrefix)+keyIDLen]
	secret := text[len(keyPrefix)+keyIDLen:]
	if _, err := base64.RawURLEncoding.DecodeString(secret[1 : len(secret)-keyCheckLen]); err != nil || secret[0] != '_' || !validKeyID(id) {
		return "", [32]byte{}, invalid("this is no key")
	}
	return id, sha256.Sum256([]byte(text)), nil
}

func validKeyID(id string) bool {
	return len(id) == keyIDLen && strings.Trim(id, keyIDAlphabet) == ""
}

// String tells of a key without its hash, so that it cannot slip into a log.
func (k Key) String() string {
	return fmt.Sprintf("key %s of %s %s", k.ID, k.OwnerKind, k.Owner)
}
