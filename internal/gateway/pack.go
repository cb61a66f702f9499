package gateway

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// bodyCodec packs inline bodies. Its two halves keep no state between bodies, so all goroutines share them.
var bodyCodec = sync.OnceValue(func() (c struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}) {
	var err error
	// A frame also for an empty body, as no bytes at all would say that it is not inline.
	c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithZeroFrames(true),
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithWindowSize(MaxInline))
	if err == nil {
		c.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(MaxInline))
	}
	if err != nil {
		panic(fmt.Sprintf("gateway: zstd does not take our options: %v", err)) // constants: the first test would say so
	}
	return c
})

// packFrom is the size, bytes, from which an inline body is compressed. To compress a message of usual size costs more
// than all else that an acceptance does, on both sides of a commit, and it is inline for minutes only. See
// docs/adr/0016-small-bodies-are-kept-as-they-came.md.
const packFrom = 32 << 10

// packBody gives the zstd frame (RFC 8878) of a body that is kept inline.
func packBody(body []byte) []byte {
	if 0 < len(body) && len(body) < packFrom {
		return frameBody(body)
	}
	return bodyCodec().enc.EncodeAll(body, make([]byte, 0, len(body)/4+64))
}

// frameBody gives a frame of one raw block, which holds the body as it is. body has 1 to packFrom bytes.
func frameBody(body []byte) []byte {
	n := uint32(len(body))
	out := make([]byte, 0, 12+len(body))
	// Magic number; a single segment with a content size of 4 bytes; the size. Then the block: last, raw, its size.
	out = append(out, 0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000)
	out = binary.LittleEndian.AppendUint32(out, n)
	block := n<<3 | 1
	out = append(out, byte(block), byte(block>>8), byte(block>>16))
	return append(out, body...)
}

var errBody = errors.New("gateway: the stored body is not the one that was received")

// unpackBody gives the body of a receipt that has it inline, verified.
func unpackBody(r *Receipt) ([]byte, error) {
	body, err := bodyCodec().dec.DecodeAll(r.Inline, make([]byte, 0, min(max(r.Size, 0), MaxInline)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", errBody, r.ID, err)
	case int64(len(body)) != r.Size || sha256.Sum256(body) != r.SHA256:
		return nil, fmt.Errorf("%w: %s has another digest", errBody, r.ID)
	}
	return body, nil
}
