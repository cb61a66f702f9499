package sqlite

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"

	"cargogate/internal/gateway"
)

// tokenKind stands for a query: a token of one is not taken by another.
func tokenKind(parts ...string) uint32 {
	return crc32.ChecksumIEEE([]byte(strings.Join(parts, "\x00")))
}

// makeToken names the place of the last item of a page: its key, and a checksum over it and the query.
func makeToken(kind uint32, key []byte) string {
	sum := tokenSum(kind, key)
	return base64.RawURLEncoding.EncodeToString(append([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, key...))
}

func tokenSum(kind uint32, key []byte) uint32 { return crc32.Update(kind, crc32.IEEETable, key) }

// readToken gives the key of a token of this kind of query.
func readToken(kind uint32, token string, size int) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 4+size {
		return nil, fmt.Errorf("sqlite: %w: page token %q", gateway.ErrInput, token)
	}
	key, sum := b[4:], uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])
	if sum != tokenSum(kind, key) {
		return nil, fmt.Errorf("sqlite: %w: page token %q is not of this query", gateway.ErrInput, token)
	}
	return key, nil
}
