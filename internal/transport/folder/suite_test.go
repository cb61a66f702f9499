package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
	"cargogate/internal/transport/transporttest"
)

// channels of the partner of most tests.
func channels() []partner.Channel {
	return []partner.Channel{
		{Partner: "ACME", Name: "folder", Kind: transport.KindFolder, Mode: cargo.TrafficLive},
		{Partner: "ACME", Name: "folder-test", Kind: transport.KindFolder, Mode: cargo.TrafficTest},
	}
}

// clock is time that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time      { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) add(d time.Duration) { c.at.Add(int64(d)) }

// owner is a partner with folders.
type owner struct {
	root  string
	t     *Transport
	clock *clock
}

// suiteHarness runs the transport for transporttest. dir is a folder of the test.
func suiteHarness(dir func() string) transporttest.Harness {
	return func(r transport.Receiver) (transporttest.Partner, func(), error) {
		o := &owner{root: dir(), clock: &clock{}}
		var err error
		o.t, err = New(Config{Root: o.root, Channels: channels, Now: o.clock.now, Log: slog.New(slog.DiscardHandler)}, r)
		return o, func() {}, err
	}
}

func (o *owner) in(f transporttest.File) string {
	dir := "acme"
	if f.Mode == cargo.TrafficTest {
		dir += "-test"
	}
	return filepath.Join(o.root, dir, inDir)
}

// put writes a file under a name in progress, and renames it.
func (o *owner) put(f transporttest.File, name string, body io.Reader) error {
	if err := os.MkdirAll(o.in(f), 0o777); err != nil {
		return err
	}
	temp := filepath.Join(o.in(f), ".uploading")
	w, err := os.Create(temp)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, body)
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(o.in(f), name))
}

// Send implements transporttest.Partner.
func (o *owner) Send(ctx context.Context, f transporttest.File) (transporttest.Result, error) {
	res := transporttest.Result{Outcome: transporttest.Later, Sent: -1}
	if strings.Contains(f.Name, "/") || strings.HasPrefix(f.Name, ".") || len(f.Name) > 255 {
		return res, transporttest.ErrName // no name of a file, or that of one in progress
	}
	name := filepath.Join(o.in(f), f.Name)
	if _, err := os.Lstat(name); err != nil {
		if err := o.put(f, f.Name, f.Body()); err != nil {
			return res, err
		}
	}
	o.clock.add(time.Hour) // whatever was left alone is looked at again
	o.t.Once(ctx)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		res.Outcome = transporttest.Yes
		if _, err := os.Lstat(filepath.Join(filepath.Dir(o.in(f)), rejectedDir, f.Name)); err == nil {
			res.Outcome = transporttest.No
		}
	}
	return res, nil
}

// Abort implements transporttest.Partner.
func (o *owner) Abort(ctx context.Context, f transporttest.File, n int64) error {
	if err := o.put(f, f.Name+".filepart", io.LimitReader(f.Body(), n)); err != nil {
		return err
	}
	o.clock.add(time.Hour)
	o.t.Once(ctx)
	if _, err := os.Lstat(filepath.Join(o.in(f), f.Name+".filepart")); err != nil {
		return fmt.Errorf("a file in progress was touched: %w", err)
	}
	return nil
}

func TestSuite(t *testing.T) { transporttest.Run(t, suiteHarness(t.TempDir)) }
