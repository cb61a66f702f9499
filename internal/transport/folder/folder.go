// Package folder takes what partners put into folders, and puts answers into folders of theirs.
//
// A channel has its folder below the root, which may be what an SFTP server or a file share gives the partner:
//
//	in/        the partner's files. One that is still being written is never taken.
//	acks/      the answers to them.
//	archive/   what was taken: archive/<day>/<receipt>-<name>.
//	rejected/  what was not, with a text beside it that says why, and the answers to files that were refused as a whole.
//
// A file is in progress while its name ends in .tmp, .part or .filepart, holds .ocTransferId or begins with a dot, and
// until its size and time have not changed for a while. Only regular files are taken; links are not followed, and no
// path leads out of the channel's folder. A file is moved only after its receipt is durable, so a crash between the two
// brings the same transport act again, which is told by the file's name, inode, time and size.
//
// What a partner writes into a file that it had left alone for longer than the settle time is not seen to be missing
// before it comes: partners should write under a name in progress and rename.
package folder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A Config says how a Transport runs. The zero value of a field means its default, if one is named.
type Config struct {
	Root     string                   // folder above those of the channels
	Channels func() []partner.Channel // those of kind folder, as they are now

	Poll     time.Duration // how often folders are looked at; 1 s
	Settle   time.Duration // how long a file must lie unchanged; 0 takes it when it is seen
	Parallel int           // partners that are taken from at once; 4
	Batch    int           // files of a partner that are taken before its folder is looked at again; 32
	MaxSize  int64         // most bytes of a file; 2 GiB
	MaxPause time.Duration // most that a failing partner's folder is left alone; 1 min

	Log *slog.Logger     // nil is slog.Default
	Now func() time.Time // nil is time.Now

	hook func(op, name string) // of tests: what is done to the disk, in order
}

// A Transport watches folders and hands files to a Receiver. It is the transport.Sender of the same folders.
type Transport struct {
	config   Config
	receiver transport.Receiver
	log      *slog.Logger
	turns    chan struct{} // places of the partners that are taken from
	onDisk   sync.Map      // folders that this process forced to disk: inodes by name

	mu       sync.Mutex
	partners map[partner.ID]*inbox
}

// New makes a transport.
func New(config Config, receiver transport.Receiver) (*Transport, error) {
	if config.Root == "" || config.Channels == nil {
		return nil, errors.New("folder: a root and channels are needed")
	}
	if config.Poll == 0 {
		config.Poll = time.Second
	}
	if config.Parallel == 0 {
		config.Parallel = 4
	}
	if config.Batch == 0 {
		config.Batch = 32
	}
	if config.MaxSize == 0 {
		config.MaxSize = 2 << 30
	}
	if config.MaxPause == 0 {
		config.MaxPause = time.Minute
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Transport{config: config, receiver: receiver, log: config.Log, turns: make(chan struct{}, config.Parallel),
		partners: map[partner.ID]*inbox{}}, nil
}

// Run takes files until ctx is done, and returns when nothing is in progress any more. What was being handed over then
// is not received, and stays in its folder. A value on wake, which may be nil, has all folders looked at now.
func (t *Transport) Run(ctx context.Context, wake <-chan struct{}) error {
	tick := time.NewTicker(t.config.Poll)
	defer tick.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		for _, in := range t.inboxes() {
			if !in.busy.TryLock() {
				continue // a large file, or a slow gateway: the others do not wait for it
			}
			running.Add(1)
			go func() {
				defer running.Done()
				defer in.busy.Unlock()
				for in.turn(ctx) {
				}
			}()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case _, ok := <-wake:
			if !ok {
				wake = nil
			}
		}
	}
}

// Once looks at all folders, one after the other, and takes what is there to be taken.
func (t *Transport) Once(ctx context.Context) {
	for _, in := range t.inboxes() {
		in.busy.Lock()
		for in.turn(ctx) {
		}
		in.busy.Unlock()
	}
}

// inboxes gives those of all partners that have a channel now.
func (t *Transport) inboxes() []*inbox {
	channels := t.config.Channels()
	t.mu.Lock()
	defer t.mu.Unlock()
	var order []*inbox
	byPartner := map[partner.ID][]partner.Channel{}
	for _, c := range channels {
		if c.Kind != transport.KindFolder {
			continue
		}
		if byPartner[c.Partner] == nil {
			in := t.partners[c.Partner]
			if in == nil {
				in = &inbox{t: t, partner: c.Partner, seen: map[string]map[string]sighting{}}
				t.partners[c.Partner] = in
			}
			order = append(order, in)
		}
		byPartner[c.Partner] = append(byPartner[c.Partner], c)
	}
	for id, in := range t.partners {
		if byPartner[id] == nil {
			delete(t.partners, id)
			continue
		}
		in.setChannels(byPartner[id])
	}
	return order
}

// Dir gives the folder of a channel, relative to the root.
func Dir(c *partner.Channel) (string, error) {
	dir := c.Dir
	if dir == "" {
		dir = strings.ToLower(string(c.Partner))
		if c.Mode == cargo.TrafficTest {
			dir += "-test"
		}
	}
	dir = filepath.Clean(filepath.FromSlash(dir))
	if !filepath.IsLocal(dir) || dir == "." || strings.HasPrefix(dir, ".") {
		return "", fmt.Errorf("folder: %q of partner %s is no folder below the root", dir, c.Partner)
	}
	return dir, nil
}
