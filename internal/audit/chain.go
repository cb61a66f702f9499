package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// rowVersion begins the canonical form of a row, so that a later form can never be taken for this one.
const rowVersion = "cargogate audit row v1\n"

// AppendCanonical appends the canonical form of a row and its number, over which its hash is made:
//
//	"cargogate audit row v1" and a line feed
//	the number: 8 bytes, big endian
//	the id: 16 bytes
//	the time: microseconds since 1970 in UTC, 8 bytes, big endian, two's complement
//	principal, action, object, mode, detail, trace id: each the number of its bytes in 4 bytes, big endian, and the bytes
//
// Every field has its length before it, so two different rows never have the same form.
func AppendCanonical(dst []byte, seq int64, r *Row) []byte {
	dst = append(dst, rowVersion...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(seq))
	dst = append(dst, r.ID[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.At.UnixMicro()))
	for _, s := range [...]string{r.Principal, r.Action, r.Object, r.Mode, r.Detail, r.TraceID} {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// Chain gives the hash of a row in its place: the SHA-256 over the hash before (32 zero bytes for the first row) and the
// row's canonical form.
func Chain(before [32]byte, seq int64, r *Row) [32]byte {
	buf := make([]byte, 0, 256+len(r.Detail))
	return sha256.Sum256(AppendCanonical(append(buf, before[:]...), seq, r))
}

// headTime is how the time of a head is written where it is signed.
const headTime = "2006-01-02T15:04:05.000000Z"

// SignedHead gives the bytes that the signature of a head is made over: five lines of text, each with a line feed.
//
//	cargogate audit head v1
//	seq 1234
//	hash <64 hex digits>
//	at 2026-11-23T09:15:00.000000Z
//	key <16 hex digits>
func SignedHead(h *Head) []byte {
	b := []byte("cargogate audit head v1\nseq ")
	b = strconv.AppendInt(b, h.Seq, 10)
	b = append(b, "\nhash "...)
	b = hex.AppendEncode(b, h.Hash[:])
	b = append(b, "\nat "...)
	b = h.At.UTC().Truncate(time.Microsecond).AppendFormat(b, headTime)
	return append(append(append(b, "\nkey "...), h.KeyID...), '\n')
}
