package gateway

import (
	"bytes"
	_ "embed"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// recordCodec packs records and results. Its parts keep no state between them, so all goroutines share them.
var recordCodec = sync.OnceValue(func() (c struct {
	enc, records, vectors *zstd.Encoder // of results, of records, and of the vectors of scores
	dec                   *zstd.Decoder // of all
}) {
	var err error
	c.enc, err = zstd.NewWriter(nil, recordOptions(runtime.GOMAXPROCS(0))...)
	if err == nil {
		// What a record has in common with others is in the dictionary. Coding the rest bit by bit would take as long again
		// as all else, for a sixth of its size.
		c.records, err = zstd.NewWriter(nil, append(recordOptions(runtime.GOMAXPROCS(0)), zstd.WithNoEntropyCompression(true),
			zstd.WithEncoderDictRaw(recordDictionary, recordDictionaries[recordDictionary]))...)
	}
	if err == nil {
		c.vectors, err = zstd.NewWriter(nil, append(recordOptions(runtime.GOMAXPROCS(0)), zstd.WithNoEntropyCompression(true),
			zstd.WithEncoderDictRaw(vectorDictionary, recordDictionaries[vectorDictionary]))...)
	}
	options := []zstd.DOption{zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxUnpacked)}
	for id, content := range recordDictionaries {
		options = append(options, zstd.WithDecoderDictRaw(id, content))
	}
	if err == nil {
		c.dec, err = zstd.NewReader(nil, options...)
	}
	if err != nil {
		panic(fmt.Sprintf("gateway: zstd does not take our options: %v", err)) // constants: the first test would say so
	}
	return c
})

// recordDictionaries are what records were ever packed with, by the id in their frames. Records are kept for years, so
// none of these may change or go; a better one gets the next id. A frame without an id was packed with none.
var recordDictionaries = map[uint32][]byte{1: recordDictionary1, 2: vectorDictionary1}

// recordDictionary is the one that records are packed with, vectorDictionary that of vectors.
const (
	recordDictionary = 1
	vectorDictionary = 2
)

// Some vectors of synthetic traffic, one behind the other.
//
//go:embed dictionaries/vector-1.bin
var vectorDictionary1 []byte

//go:embed dictionaries/record-1.txt
var recordDictionary1 []byte

// maxUnpacked is the most that a stored record or result unpacks to, in bytes.
const maxUnpacked = 512 << 20

// recordOptions leave out the checksum: databases have their own, and a record is seldom over a kilobyte.
func recordOptions(concurrency int) []zstd.EOption {
	return []zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true),
		zstd.WithEncoderConcurrency(concurrency), zstd.WithWindowSize(256 << 10), zstd.WithLowerEncoderMem(true)}
}

// packJSON compresses a result into memory of its own.
func packJSON(b []byte) []byte {
	return recordCodec().enc.EncodeAll(b, make([]byte, 0, len(b)/2+32))
}

// unpackJSON gives the JSON of a packed record or result.
func unpackJSON(b []byte) ([]byte, error) {
	out, err := recordCodec().dec.DecodeAll(b, nil)
	if err != nil {
		return nil, fmt.Errorf("gateway: a stored record cannot be unpacked: %w", err)
	}
	return out, nil
}

// packAtOnce is how much a packer gathers before it begins to compress as a stream.
const packAtOnce = 128 << 10

// A packer compresses what is written to it, in bounded memory but for the compressed form.
type packer struct {
	plain  []byte
	stream *zstd.Encoder // nil while all is in plain
	packed bytes.Buffer
}

func (p *packer) Write(b []byte) (int, error) {
	p.plain = append(p.plain, b...)
	if len(p.plain) < packAtOnce {
		return len(b), nil
	}
	if p.stream == nil {
		enc, err := zstd.NewWriter(&p.packed, recordOptions(1)...)
		if err != nil {
			return 0, err
		}
		p.stream = enc
	}
	_, err := p.stream.Write(p.plain)
	p.plain = p.plain[:0]
	return len(b), err
}

// finish gives the compressed form.
func (p *packer) finish() ([]byte, error) {
	if p.stream == nil {
		return packJSON(p.plain), nil
	}
	if _, err := p.stream.Write(p.plain); err != nil {
		return nil, err
	}
	if err := p.stream.Close(); err != nil {
		return nil, err
	}
	return p.packed.Bytes(), nil
}

// An arena cuts small byte slices out of large ones, so that a thousand records are not a thousand objects.
type arena struct {
	free []byte
	size int // of the last block
}

// Its blocks double from firstBlock to arenaBlock bytes.
const (
	firstBlock = 4 << 10
	arenaBlock = 64 << 10
)

// pack compresses a record into the arena. scratch is used and given back.
func (a *arena) pack(record, scratch []byte) (packed, used []byte) {
	used = recordCodec().records.EncodeAll(record, scratch[:0])
	return a.keep(used), used
}

// keep copies bytes into the arena.
func (a *arena) keep(b []byte) []byte {
	n := len(b)
	if n > arenaBlock/4 {
		return bytes.Clone(b)
	}
	if len(a.free) < n {
		a.size = min(max(2*a.size, firstBlock, n), arenaBlock)
		a.free = make([]byte, a.size)
	}
	kept := a.free[:n:n]
	a.free = a.free[n:]
	copy(kept, b)
	return kept
}
