package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"cargogate/internal/gateway"
)

// What the child says, a line each.
const (
	saysBegan = "began" // all has come, and it begins to read
	saysDone  = "done"  // it has read to an end
)

// maxHead bounds the line before the bytes.
const maxHead = 1 << 20

// A head is the line before the bytes of a message.
type head struct {
	Trial  gateway.Trial `json:"trial"`
	Memory int64         `json:"memory"` // bound in bytes
}

// Serve is the child: it takes a trial from in, reads it, and says so on out. It bounds its own memory where the system
// allows, is the first to go where the machine has none left, and ends when its parent does. What the reading finds is of
// no matter here.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	// Signals to the whole group are the parent's: it ends the child when it is to end.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	lines := bufio.NewReaderSize(in, 64<<10)
	h, err := readHead(lines)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	body, err := spool(io.LimitReader(lines, h.Trial.Receipt.Size), h.Trial.Receipt.Size)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer body.Close() // it has no name
	go func() {
		if _, err := lines.ReadByte(); err != nil { // the parent keeps it open while it waits
			os.Exit(1)
		}
	}()
	if err := bound(h.Memory); err != nil {
		return fmt.Errorf("probe: memory cannot be bounded: %w", err)
	}
	if _, err := fmt.Fprintln(out, saysBegan); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if err := gateway.Try(ctx, h.Trial, h.Trial.Original(body)); err != nil {
		fmt.Fprintln(os.Stderr, err) // of a reading that ended
	}
	_, err = fmt.Fprintln(out, saysDone)
	return err
}

func readHead(r *bufio.Reader) (h head, err error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxHead {
			return h, fmt.Errorf("the line before the message has more than %d bytes", maxHead)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return h, fmt.Errorf("the line before the message: %w", err)
		}
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, fmt.Errorf("the line before the message: %w", err)
	}
	if h.Trial.Receipt.Size < 0 {
		return h, fmt.Errorf("a message of %d bytes", h.Trial.Receipt.Size)
	}
	return h, nil
}

// spool writes the message to a file that has no name any more, as it is read in any order.
func spool(r io.Reader, size int64) (*os.File, error) {
	f, err := os.CreateTemp("", "cargogate-probe-*")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	n, copying := io.Copy(f, r)
	if copying == nil && n != size {
		copying = fmt.Errorf("%d bytes of the message came, not %d", n, size)
	}
	if err := errors.Join(err, copying); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
