//go:build linux

package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A load is senders that send until they are told to stop, and then until their last file is answered.
type load struct {
	s     *site
	want  wanted
	pause time.Duration // mean, between two files of a sender
	plain bool          // new small files alone

	stopping chan struct{} // no new files
	held     atomic.Bool   // no new files for now
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	answers  atomic.Int64
	heard    chan struct{} // something whenever a sender was answered

	mu     sync.Mutex
	files  []*file
	faults []string
}

// A sender is who sends: a partner over HTTPS, or by its folder.
type sender struct {
	partner string
	folder  bool
}

// startLoad begins to send.
func startLoad(s *site, pause time.Duration, plain bool, senders ...sender) *load {
	l := &load{s: s, pause: pause, plain: plain, stopping: make(chan struct{}), heard: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	for _, who := range senders {
		m := &mix{partner: who.partner, address: who.partner + "LINE", folder: who.folder, plain: plain,
			rng: rand.New(rand.NewPCG(s.rng.Uint64(), s.rng.Uint64()))}
		l.running.Go(func() {
			if who.folder {
				l.byFolder(m)
			} else {
				l.byHTTPS(m)
			}
		})
	}
	return l
}

// stop ends the sending: the last files are still answered, or it is a fault that they are not. Within 0 nobody waits for
// that, as the gateway is not there.
func (l *load) stop(within time.Duration) {
	close(l.stopping)
	ended := make(chan struct{})
	go func() {
		l.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(within):
		if within > 0 {
			l.fault("senders got no answer within %s", within)
		}
	}
	l.cancel()
	<-ended
}

func (l *load) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

func (l *load) log(f *file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = append(l.files, f)
}

func (l *load) hear() {
	l.answers.Add(1)
	select {
	case l.heard <- struct{}{}:
	default:
	}
}

// sleep waits about d; false says that no more is to be sent.
func (l *load) sleep(d time.Duration) bool {
	if d > 0 {
		d = time.Duration(float64(d) * (0.2 + 1.6*rand.Float64()))
	}
	for {
		select {
		case <-l.stopping:
			return false
		case <-l.ctx.Done():
			return false
		case <-time.After(d):
		}
		if !l.held.Load() {
			return true
		}
		d = 20 * time.Millisecond
	}
}

// byHTTPS sends one file after the other, each until it is answered, always under the same Idempotency-Key.
func (l *load) byHTTPS(m *mix) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
	defer client.CloseIdleConnections()
	for l.sleep(l.pause) {
		f := m.next(&l.want)
		l.log(f)
		again := m.rng.IntN(10) == 0 // the answer is lost on its way: the sender asks once more
		for l.ctx.Err() == nil {
			id, err := l.post(client, f)
			switch {
			case err != nil:
				l.fault("%s: %v", f.key, err)
				return
			case id == "":
				time.Sleep(10 * time.Millisecond)
				continue
			case f.id != "" && f.id != id:
				l.fault("%s was answered with message %s, then with %s", f.key, f.id, id)
			}
			f.id = id
			l.hear()
			if !again {
				break
			}
			again = false
		}
		if f.id == "" {
			return
		}
		m.done(f)
	}
}

// post sends a file; "" is no answer. An error is an answer that a sender can do nothing about.
func (l *load) post(client *http.Client, f *file) (id string, err error) {
	addr, key := l.s.address(), l.s.keys[f.partner]
	if addr == "" {
		return "", nil
	}
	req, err := http.NewRequestWithContext(l.ctx, http.MethodPost, "http://"+addr+"/v1/messages?name="+f.name, bytes.NewReader(f.body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Idempotency-Key", f.key)
	resp, err := client.Do(req)
	if err != nil {
		return "", nil // the process is gone
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusTooManyRequests:
		return "", nil // come again
	case resp.StatusCode != http.StatusAccepted && resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("answered with %s: %.300s", resp.Status, text)
	case err != nil:
		return "", nil // half an answer is none
	}
	var v struct {
		ID     string `json:"id"`
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(text, &v); err != nil || v.ID == "" || v.SHA256 != f.sum {
		return "", fmt.Errorf("answered with %.300s, %v", text, err)
	}
	return v.ID, nil
}

// byFolder puts files into the partner's folder. One that is gone from there was taken.
func (l *load) byFolder(m *mix) {
	dir := filepath.Join(l.s.drop(), folderOf(m.partner), "in")
	var waiting []*file
	look := func() {
		left := waiting[:0]
		l.s.power.RLock()
		defer l.s.power.RUnlock()
		for _, f := range waiting {
			if _, err := os.Lstat(filepath.Join(dir, f.name)); errors.Is(err, fs.ErrNotExist) {
				m.done(f)
				l.hear()
			} else {
				left = append(left, f)
			}
		}
		waiting = left
	}
	for l.sleep(l.pause) {
		if look(); len(waiting) >= 20 {
			continue
		}
		f := m.next(&l.want)
		l.log(f)
		for {
			err := l.put(dir, f)
			if err == nil {
				waiting = append(waiting, f)
				break
			}
			if l.ctx.Err() != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for len(waiting) > 0 && l.ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		look()
	}
}

// put writes a file as a careful partner does: under a name in progress, forced to disk, then renamed.
func (l *load) put(dir string, f *file) error {
	l.s.power.RLock() // the power does not go in between: it is the gateway that is tested
	defer l.s.power.RUnlock()
	temp := filepath.Join(dir, "."+f.name)
	w, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(f.body)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, f.name)); err != nil {
		return err
	}
	d, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
