package postgres

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/google/uuid"
)

// Kinds of tokens: one of another list is refused.
const (
	tokenConsignments = 'c'
	tokenReceipt      = 'r'
	tokenCalls        = 'v'
)

// A place is where a page ends.
type place struct {
	id      uuid.UUID
	ordinal int64
}

// writeToken makes the opaque token of a place.
func writeToken(kind byte, p place) string {
	b := append([]byte{kind}, p.id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.ordinal))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

// readToken reads one that writeToken made.
func readToken(kind byte, token string) (place, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	const n = 1 + 16 + 8
	if err != nil || len(b) != n+4 || b[0] != kind || binary.BigEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return place{}, inputError("%.60q is no token of this list", token)
	}
	return place{id: uuid.UUID(b[1:17]), ordinal: int64(binary.BigEndian.Uint64(b[17:n]))}, nil
}
