package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"cargogate/internal/intake"
	"cargogate/internal/partner"
	"cargogate/internal/render"
	"cargogate/internal/transport"
)

// CheckBody reads a body as check does, with the principal's profile, and writes the check object. The body lies in a
// file without a name while it is read, and nothing of it stays. A body of more than max bytes is transport.ErrTooLarge.
// An error may come after the beginning of the object was written: then it has no end.
func (g *Gateway) CheckBody(ctx context.Context, p partner.Principal, name string, body io.Reader, max int64, w io.Writer) error {
	if err := g.allow(p, partner.CheckRun, partner.Object{}); err != nil {
		return err
	}
	f, size, err := spool(ctx, body, max)
	if err != nil {
		return err
	}
	defer f.Close()
	o := intake.Original{Name: name, ReaderAt: bounded{ctx, f}, Size: size}
	sink := render.NewCheckObject(w, nil)
	profile := g.partners.Profile(p.Partner())
	res, err := intake.Read(o, intake.Options{Severities: profile.Severities, Tolerance: profile.Tolerance(), Handler: sink.Begin(name)})
	if err != nil {
		return err
	}
	if err := sink.End(o, res, nil); err != nil {
		return err
	}
	return sink.Close()
}

// spool writes a body to a file that has no name any more; closing it is the end of it.
func spool(ctx context.Context, body io.Reader, max int64) (f *os.File, size int64, err error) {
	if f, err = os.CreateTemp("", "cargogate-check-*"); err != nil {
		return nil, 0, fmt.Errorf("%w: spool: %w", ErrUnavailable, err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%w: spool: %w", ErrUnavailable, err), f.Close())
	}
	w := &spoolWriter{f: f}
	size, err = io.Copy(w, io.LimitReader(stopping{ctx, body}, max+1))
	switch {
	case w.err != nil:
		err = fmt.Errorf("%w: spool: %w", ErrUnavailable, w.err)
	case err == nil && size > max:
		err = fmt.Errorf("%w: more than %d bytes", transport.ErrTooLarge, max)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, size, nil
}

// A spoolWriter keeps the error of the disk apart from that of the sender.
type spoolWriter struct {
	f   *os.File
	err error
}

// Write writes on.
func (s *spoolWriter) Write(b []byte) (int, error) {
	n, err := s.f.Write(b)
	s.err = err
	return n, err
}

// stopping reads until its context is done.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

// Read reads on.
func (s stopping) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// bounded reads at any place until its context is done, so that nobody's file is read on when nobody waits for it.
type bounded struct {
	ctx context.Context
	r   io.ReaderAt
}

// ReadAt reads.
func (b bounded) ReadAt(p []byte, off int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.ReadAt(p, off)
}
