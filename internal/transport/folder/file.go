package folder

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// errChanged says that a file is not what it was when it was opened.
var errChanged = errors.New("folder: the file changed while it was read")

// inProgress reports whether a name says that its file is still being written: by the names that WinSCP, FileZilla,
// rsync, ownCloud and browsers give.
func inProgress(name string) bool {
	lower := strings.ToLower(name)
	for _, suffix := range []string{".tmp", ".part", ".filepart"} {
		if strings.HasSuffix(lower, suffix) {
			return true
		}
	}
	return strings.HasPrefix(name, ".") || strings.Contains(lower, ".octransferid")
}

// A sighting is a file as it was when it was last seen to be different.
type sighting struct {
	size  int64
	mod   time.Time
	inode uint64
	since time.Time // by our clock: that of the file may be anything
}

func (s sighting) same(o sighting) bool {
	return s.size == o.size && s.mod.Equal(o.mod) && s.inode == o.inode
}

func sightingOf(info fs.FileInfo, now time.Time) sighting {
	return sighting{size: info.Size(), mod: info.ModTime(), inode: inodeOf(info), since: now}
}

func inodeOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}

// act names the transport act: the same file under the same name, unchanged. The name goes in as a digest, since it may
// be any bytes.
func (s sighting) act(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x:%d:%d:%d", sum[:16], s.inode, s.mod.UnixNano(), s.size)
}

// A file is one of a partner's, opened. Reading it gives an error in place of the end if it is not the same any more.
// It has no other methods of *os.File: io.Copy would take those and pass by the checks.
type file struct {
	f    *os.File
	ctx  context.Context
	seen sighting
	n    int64
	err  error // stays
}

// openFile opens a file of in/, and makes sure that it is the one that was seen: neither replaced nor written to since,
// and no link, device or pipe.
func openFile(ctx context.Context, d *disk, name string, seen sighting) (*file, error) {
	// A pipe that has taken the place of the file must not block.
	f, err := d.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	o := &file{f: f, ctx: ctx, seen: seen}
	link, err := d.Lstat(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := o.check(); err != nil || !link.Mode().IsRegular() || inodeOf(link) != seen.inode {
		return nil, errors.Join(errChanged, f.Close())
	}
	return o, nil
}

// check reports whether the open file is still as it was seen.
func (f *file) check() error {
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || !f.seen.same(sightingOf(info, time.Time{})) {
		return errChanged
	}
	return nil
}

// Read implements io.Reader.
func (f *file) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.err = f.ctx.Err(); f.err != nil {
		return 0, f.err
	}
	n, err := f.f.Read(p)
	f.n += int64(n)
	switch {
	case f.n > f.seen.size, err == io.EOF && f.n != f.seen.size:
		f.err = errChanged
	case err == io.EOF:
		if f.err = f.check(); f.err == nil {
			f.err = io.EOF
		}
	case err != nil:
		f.err = err
	}
	if f.err != nil && f.err != io.EOF {
		n = 0
	}
	return n, f.err
}
