package loadtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"cargogate/internal/synth"
)

// A traffic is interchanges of one message each, no two alike. They lie in a file and not in memory, so that the
// garbage collector of the gateway that they are sent to works as it would without them.
type traffic struct {
	file    *os.File
	ends    []int64
	senders []string // of each, as the envelope names it
	next    atomic.Int64
}

// newTraffic writes n messages of lo to hi consignments.
func newTraffic(dir string, n, lo, hi int, seed uint64) (t *traffic, err error) {
	t = &traffic{}
	if t.file, err = os.Create(filepath.Join(dir, fmt.Sprintf("traffic-%d.edi", seed))); err != nil {
		return nil, err
	}
	var one bytes.Buffer
	at := int64(0)
	for i := range n {
		one.Reset()
		if _, err := synth.WriteCUSCAR(&one, synth.CUSCAROptions{Seed: seed<<24 + uint64(i), MinBills: lo, MaxBills: hi, Balanced: true}); err != nil {
			return nil, errors.Join(err, t.close())
		}
		if _, err := t.file.Write(one.Bytes()); err != nil {
			return nil, errors.Join(err, t.close())
		}
		sender, err := senderOf(one.String())
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		at += int64(one.Len())
		t.ends, t.senders = append(t.ends, at), append(t.senders, sender)
	}
	return t, nil
}

// senderOf gives the sender in UNB.
func senderOf(text string) (string, error) {
	_, rest, ok := strings.Cut(text[:min(len(text), 200)], "UNB+UNOC:3+")
	sender, _, found := strings.Cut(rest, ":")
	if !ok || !found {
		return "", fmt.Errorf("a synthetic message without a sender: %.80q", text)
	}
	return sender, nil
}

// take gives the next message that was not sent; false where there is none.
func (t *traffic) take() (body *io.SectionReader, sender string, ok bool) {
	i := int(t.next.Add(1) - 1)
	if i >= len(t.ends) {
		return nil, "", false
	}
	from := int64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return io.NewSectionReader(t.file, from, t.ends[i]-from), t.senders[i], true
}

// again has all messages be sent once more, to another database.
func (t *traffic) again() { t.next.Store(0) }

// parties gives the senders of all messages, each once.
func (t *traffic) parties() []string { return slices.Compact(slices.Sorted(slices.Values(t.senders))) }

func (t *traffic) close() error { return errors.Join(t.file.Close(), os.Remove(t.file.Name())) }
