package gateway

import (
	"crypto/sha256"
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

// packBody compresses a body that is kept inline.
func packBody(body []byte) []byte {
	return bodyCodec().enc.EncodeAll(body, make([]byte, 0, len(body)/4+64))
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
