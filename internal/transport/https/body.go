package https

import (
	"bufio"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"cargogate/internal/transport"
)

// unpackFree is how much may be unpacked before the ratio counts: small repetitive files pack very well.
const unpackFree = 8 << 20

// maxWindow is the window of zstd that is taken: the most that RFC 8878 asks every reader to support.
const maxWindow = 8 << 20

// errBomb says that a packed body grows beyond measure.
var errBomb = errors.New("https: the body unpacks to more than is taken")

// errEncoding says that a body is not what Content-Encoding says.
var errEncoding = errors.New("https: the body is not packed as Content-Encoding says")

// encodingOf gives the one coding of a body: "", "gzip" or "zstd".
func encodingOf(h http.Header) (string, *Problem) {
	coding := ""
	for _, line := range h.Values("Content-Encoding") {
		for word := range strings.SplitSeq(line, ",") {
			switch word = strings.ToLower(strings.TrimSpace(word)); word {
			case "", "identity":
				continue
			case "x-gzip":
				word = "gzip"
			}
			if coding != "" || word != "gzip" && word != "zstd" {
				return "", newProblem(http.StatusUnsupportedMediaType, codeUnpack, "Content-Encoding must be gzip or zstd, once, or not there.").
					with("Accept-Encoding", "gzip, zstd")
			}
			coding = word
		}
	}
	return coding, nil
}

// A body is what the Service reads: the request's body, verified, unpacked and bounded. An error stays, and failure
// gives what was behind it.
type body struct {
	src    *source
	plain  io.Reader
	closer func()
	max    int64
	ratio  int64
	n      int64 // bytes given
	coding string
	err    error // with which it ended, io.EOF included
}

// newBody reads r as bytes in a coding, at most limit of them before and after unpacking.
func newBody(r io.Reader, coding string, d digests, limit, ratio int64) *body {
	b := &body{src: &source{r: r, max: limit}, max: limit, ratio: ratio, coding: coding}
	// Plain bytes are digested by whoever makes them durable; packed ones are not seen there.
	if d.sha256 != nil && coding != "" {
		b.src.expect(sha256.New(), d.sha256[:])
	}
	if d.sha512 != nil {
		b.src.expect(sha512.New(), d.sha512[:])
	}
	b.plain = b.src
	return b
}

// open starts to unpack. It reads from the sender, so it waits for the first Read.
func (b *body) open() error {
	switch b.coding {
	case "gzip":
		z, err := gzip.NewReader(bufio.NewReaderSize(b.src, 32<<10))
		if err != nil {
			return err
		}
		b.plain = z
	case "zstd":
		z, err := zstd.NewReader(b.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		b.plain, b.closer = z, z.Close
	}
	return nil
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.coding != "" && b.plain == io.Reader(b.src) {
		if err := b.open(); err != nil {
			b.err = b.blame(err)
			return 0, b.err
		}
	}
	// One byte more than is left tells a body that is too large from one that just fits.
	if left := b.max - b.n; int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := b.plain.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.max:
		n, b.err = 0, fmt.Errorf("%w: more than %d bytes", transport.ErrTooLarge, b.max)
	case b.coding != "" && b.n > unpackFree && b.n/b.ratio > b.src.n:
		n, b.err = 0, fmt.Errorf("%w: %w", errBomb, transport.ErrTooLarge)
	case err == io.EOF:
		b.err = io.EOF
	case err != nil:
		b.err = b.blame(err)
	}
	return n, b.err
}

// blame tells an error of the sender's connection, which comes first, from one of the coding.
func (b *body) blame(err error) error {
	if b.src.err != nil && b.src.err != io.EOF {
		return b.src.err
	}
	if b.coding != "" {
		return fmt.Errorf("%w: %w", errEncoding, err)
	}
	return err
}

// failed gives the error with which the body ended, nil where it was read to its end or is not read yet.
func (b *body) failed() error {
	if b.err == io.EOF {
		return nil
	}
	return b.err
}

// close lets go of what unpacking took.
func (b *body) close() {
	if b.closer != nil {
		b.closer()
	}
}

// A source is the body as it is sent: counted, bounded and digested.
type source struct {
	r    io.Reader
	max  int64
	n    int64
	sums []expected
	err  error
}

type expected struct {
	hash.Hash
	want []byte
}

func (s *source) expect(h hash.Hash, want []byte) { s.sums = append(s.sums, expected{h, want}) }

// Read implements io.Reader. The end is given only where the digests are right.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	for _, h := range s.sums {
		h.Write(p[:n])
	}
	switch {
	case s.n > s.max:
		n, s.err = 0, fmt.Errorf("%w: more than %d bytes", transport.ErrTooLarge, s.max)
	case err == io.EOF:
		s.err = io.EOF
		for _, h := range s.sums {
			if string(h.Sum(nil)) != string(h.want) {
				s.err = transport.ErrDigest
			}
		}
	case err != nil:
		s.err = err
	}
	return n, s.err
}

// bodyProblem puts the failure of a body into words.
func bodyProblem(err error) *Problem {
	var p *Problem
	switch {
	case errors.Is(err, errSlow):
		p = slowProblem()
	case errors.Is(err, transport.ErrDigest), errors.Is(err, transport.ErrTooLarge):
		p = wordsFor(err)
		if errors.Is(err, errBomb) {
			p.Detail = "The body unpacks to more than is taken."
		}
	case errors.Is(err, errEncoding):
		p = newProblem(http.StatusBadRequest, codeEncoding, "The body is not packed as Content-Encoding says.")
	default:
		p = newProblem(http.StatusBadRequest, codeIncomplete, "The body ended early.")
	}
	p.cause = err
	return p.with("Connection", "close")
}
