package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// maxScan bounds the files of a folder that are looked at in one turn. The rest has its turn when these are gone.
const maxScan = 10_000

// An inbox is what one partner sends, by all its channels, one file at a time.
type inbox struct {
	t       *Transport
	partner partner.ID
	busy    sync.Mutex // held while a turn runs

	mu       sync.Mutex
	channels []partner.Channel

	// Of the turn alone.
	seen   map[string]map[string]sighting // by folder and name
	paused map[string]pause               // by folder and name: files that failed
	until  time.Time                      // nothing is taken before
	fails  int                            // turns that failed, one after the other
}

// A pause leaves a file alone that could not be read.
type pause struct {
	seen  sighting
	fails int
	until time.Time
}

func (in *inbox) setChannels(c []partner.Channel) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.channels = c
}

// turn takes at most a batch of files. more says that there may be others, and that it is worth going on.
func (in *inbox) turn(ctx context.Context) (more bool) {
	in.mu.Lock()
	channels := in.channels
	in.mu.Unlock()
	if in.t.config.Now().Before(in.until) || ctx.Err() != nil {
		return false
	}
	left := in.t.config.Batch
	for i := range channels {
		c := &channels[i]
		n, err := in.take(ctx, c, left)
		left -= n
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return false
		default:
			in.pause(c, err)
			return false
		}
		if left <= 0 {
			return true
		}
	}
	in.fails = 0
	return false
}

// pause leaves the partner's folders alone for as long as the gateway says, or for longer each time.
func (in *inbox) pause(c *partner.Channel, err error) {
	in.fails++
	d := min(in.t.config.MaxPause, time.Second<<min(in.fails-1, 10))
	var busy *transport.BusyError
	if errors.As(err, &busy) {
		d = min(in.t.config.MaxPause, max(busy.RetryAfter, time.Second))
		in.t.log.Info("files are left in their folder", "partner", in.partner, "channel", c.Name, "reason", busy.Reason, "pause", d)
	} else {
		in.t.log.Error("files are left in their folder", "partner", in.partner, "channel", c.Name, "error", err, "pause", d)
	}
	in.until = in.t.config.Now().Add(d)
}

// A candidate is a file that lies long enough.
type candidate struct {
	name string
	seen sighting
}

// take takes at most limit files of a channel, oldest first. An error concerns all of them.
func (in *inbox) take(ctx context.Context, c *partner.Channel, limit int) (n int, err error) {
	dir, err := Dir(c)
	if err != nil {
		return 0, err
	}
	d, err := in.t.open(dir)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	files, err := in.scan(d, dir)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if n == limit {
			break
		}
		select {
		case in.t.turns <- struct{}{}: // who waits longest comes first
		case <-ctx.Done():
			return n, ctx.Err()
		}
		err := in.deliver(ctx, d, dir, c, f)
		<-in.t.turns
		n++
		var own *fileError
		switch {
		case err == nil:
			delete(in.seen[dir], f.name)
			delete(in.paused, dir+"/"+f.name)
		case ctx.Err() != nil:
			return n, ctx.Err()
		case errors.As(err, &own):
			in.leave(c, dir, f, err)
		default:
			return n, err
		}
	}
	return n, nil
}

// A fileError concerns one file: the others go on.
type fileError struct{ err error }

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// leave lets a file alone for a while that could not be taken.
func (in *inbox) leave(c *partner.Channel, dir string, f candidate, err error) {
	if in.paused == nil {
		in.paused = map[string]pause{}
	}
	delete(in.seen[dir], f.name) // it has to settle anew
	p := in.paused[dir+"/"+f.name]
	if !p.seen.same(f.seen) {
		p = pause{seen: f.seen}
	}
	p.fails++
	p.until = in.t.config.Now().Add(min(in.t.config.MaxPause, time.Second<<min(p.fails-1, 10)))
	in.paused[dir+"/"+f.name] = p
	in.t.log.Warn("a file is left in its folder", "partner", in.partner, "channel", c.Name, "file", f.name, "error", err)
}

// scan gives the files that lie long enough, oldest first: the order in which a partner wrote them matters.
func (in *inbox) scan(d *disk, dir string) ([]candidate, error) {
	folder, err := d.Open(inDir)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	entries, err := folder.ReadDir(maxScan)
	if err = errors.Join(ignoreEOF(err), folder.Close()); err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	now := in.t.config.Now()
	before, seen := in.seen[dir], make(map[string]sighting, len(entries))
	var files []candidate
	for _, e := range entries {
		name := e.Name()
		if inProgress(name) || !e.Type().IsRegular() && e.Type() != 0 {
			continue
		}
		info, err := d.Lstat(path.Join(inDir, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		s := sightingOf(info, now)
		if b, ok := before[name]; ok && b.same(s) {
			s.since = b.since
		}
		seen[name] = s
		if p, ok := in.paused[dir+"/"+name]; ok && p.seen.same(s) && now.Before(p.until) {
			continue
		}
		if now.Sub(s.since) >= in.t.config.Settle {
			files = append(files, candidate{name, s})
		}
	}
	in.seen[dir] = seen
	for key, p := range in.paused { // of files that are gone
		if now.Sub(p.until) > 10*in.t.config.MaxPause {
			delete(in.paused, key)
		}
	}
	slices.SortFunc(files, func(a, b candidate) int {
		return cmp.Or(a.seen.mod.Compare(b.seen.mod), cmp.Compare(a.name, b.name))
	})
	return files, nil
}

// deliver hands one file over and puts it away.
func (in *inbox) deliver(ctx context.Context, d *disk, dir string, c *partner.Channel, f candidate) error {
	p := partner.Principal{Kind: partner.KindPartner, ID: string(in.partner), Mode: c.Mode}
	if p.Mode == "" {
		p.Mode = cargo.TrafficLive
	}
	if f.seen.size > in.t.config.MaxSize {
		return in.reject(d, f, fmt.Sprintf("The file has %d bytes; at most %d are taken.", f.seen.size, in.t.config.MaxSize))
	}
	if err := in.t.receiver.Admit(ctx, p, f.seen.size); err != nil {
		return err
	}
	name := path.Join(inDir, f.name)
	body, err := openFile(ctx, d, name, f.seen)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // taken back
	}
	if err != nil {
		return &fileError{err}
	}
	defer body.f.Close()
	trace := transport.NewTraceID()
	receipt, err := in.t.receiver.Receive(transport.WithTraceID(ctx, trace), &transport.Delivery{
		Principal: p, Channel: c.Name, Kind: transport.KindFolder, Mode: p.Mode,
		Name: transport.CleanName(f.name), TransportID: f.seen.act(f.name), TraceID: trace, Body: body, Size: f.seen.size,
		Headers: map[string]string{"folder": dir, "file": strconv.QuoteToGraphic(f.name), "inode": strconv.FormatUint(f.seen.inode, 10),
			"modified": f.seen.mod.UTC().Format(time.RFC3339Nano)},
	})
	switch {
	case body.err != nil && body.err != io.EOF && err == nil:
		return &fileError{fmt.Errorf("folder: receipt %s for a file that was not read to its end: %w", receipt.ID, body.err)}
	case body.err != nil && body.err != io.EOF:
		return &fileError{body.err}
	case errors.Is(err, transport.ErrTooLarge):
		return in.reject(d, f, "The file is larger than is taken.")
	case errors.Is(err, transport.ErrTransportID), errors.Is(err, transport.ErrSize), errors.Is(err, transport.ErrDigest):
		return &fileError{err}
	case err != nil:
		return err
	}
	// A receiver that stopped at the declared size has not seen whether the file is still the same.
	if body.err == nil && (body.n != f.seen.size || body.check() != nil) {
		return &fileError{fmt.Errorf("folder: receipt %s for a file that was not read as it is: %w", receipt.ID, errChanged)}
	}
	failpoint.Hit(failpoint.BeforeAnswer)
	in.t.log.Info("received", "partner", in.partner, "channel", c.Name, "file", f.name, "message_id", receipt.ID, "trace_id", trace,
		"bytes", receipt.Size, "repeated", receipt.Repeated)
	return in.archive(d, f, receipt)
}

// archive moves a file that was received. Where it cannot, the file comes again as the same transport act.
func (in *inbox) archive(d *disk, f candidate, r transport.Receipt) error {
	day := path.Join(archiveDir, r.ReceivedAt.UTC().Format(time.DateOnly))
	if err := d.mkdir(day); err != nil {
		return &fileError{err}
	}
	prefix := r.ID.String() + "-"
	return in.putAway(d, f, path.Join(day, prefix+transport.ClipName(f.name, transport.MaxName-len(prefix))))
}

// reject moves a file that is not taken, and says why beside it.
func (in *inbox) reject(d *disk, f candidate, why string) error {
	name := transport.ClipName(f.name, transport.MaxName-32)
	if info, err := d.Lstat(path.Join(rejectedDir, name)); err == nil && inodeOf(info) != f.seen.inode {
		// An earlier one of this name stays.
		name = strconv.FormatUint(f.seen.inode, 36) + "-" + name
	}
	if err := d.write(rejectedDir, name+".txt", "."+name+".tmp", []byte(why+"\n")); err != nil {
		return &fileError{err}
	}
	in.t.log.Warn("rejected", "partner", in.partner, "file", f.name, "why", why)
	return in.putAway(d, f, path.Join(rejectedDir, name))
}

// putAway moves a file out of in/, so that no loss of power leaves it without a name. If the partner has put another in its place meanwhile, that one is moved back.
func (in *inbox) putAway(d *disk, f candidate, to string) error {
	from := path.Join(inDir, f.name)
	info, err := d.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || err == nil && inodeOf(info) != f.seen.inode {
		return nil // the partner took it back, or replaced it: the next look finds what is there
	}
	if err != nil {
		return &fileError{err}
	}
	switch err := in.nameToo(d, f, from, to); {
	case errors.Is(err, errChanged):
		return nil
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrPermission):
		// A file system without second names: between the two folders, only its own journal keeps the file.
		if err := d.move(from, to); err != nil {
			return &fileError{err}
		}
		return in.giveBack(d, f, from, to)
	case err != nil:
		return &fileError{err}
	}
	// Not Remove: the partner may have put another file there just now.
	gone := path.Join(path.Dir(to), "."+strconv.FormatUint(f.seen.inode, 36)+".gone")
	if err := d.move(from, gone); err != nil {
		return &fileError{err}
	}
	if err := in.giveBack(d, f, from, gone); err != nil {
		return err
	}
	if err := d.Remove(gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &fileError{err}
	}
	return nil
}

// nameToo gives a file a second name durably, before it loses its first: a folder that is forced to disk on its own, by
// whoever writes into it, may else be without the file while the other has not got it yet. It gives errChanged where
// the file is not the one that was seen.
func (in *inbox) nameToo(d *disk, f candidate, from, to string) error {
	there, err := d.Lstat(to)
	if err == nil && inodeOf(there) != f.seen.inode { // of an earlier try whose file system lost the bytes, or somebody's
		if err := d.Remove(to); err != nil {
			return err
		}
	}
	if err != nil || inodeOf(there) != f.seen.inode {
		if err := d.Link(from, to); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return errChanged
			}
			return err
		}
		d.did("link", to)
		if there, err = d.Lstat(to); err != nil {
			return err
		}
		if inodeOf(there) != f.seen.inode {
			return errors.Join(d.Remove(to), errChanged)
		}
	}
	return d.syncDir(path.Dir(to))
}

// giveBack puts a file back that was moved in the place of the one that was received.
func (in *inbox) giveBack(d *disk, f candidate, from, moved string) error {
	info, err := d.Lstat(moved)
	if err != nil || inodeOf(info) == f.seen.inode {
		return nil
	}
	if err := d.Link(moved, from); err != nil { // not Rename: there may be a third one
		return &fileError{fmt.Errorf("folder: %s is in %s and was not received: %w", f.name, moved, err)}
	}
	if err := errors.Join(d.syncDir(inDir), d.Remove(moved)); err != nil {
		return &fileError{err}
	}
	return nil
}

// ignoreEOF makes nothing of the end of a folder.
func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
