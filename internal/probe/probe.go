package probe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"cargogate/internal/gateway"
)

// Options say how a child is run. What is zero has the default named.
type Options struct {
	Command []string      // the program and its arguments: this program with "probe"
	Env     []string      // beside this process's
	Memory  int64         // bound of the child's memory, bytes; 2 GiB
	Base    time.Duration // time for a small message; 1 min
	Rate    int64         // bytes a second that are allowed for on top; 2 MB
}

// Command names the hidden command of the program that is the child.
const Command = "probe"

// New gives what tries a message in a child. The child gets this program's environment, as what is set there may be what
// the reading goes by.
func New(o Options) (gateway.Probe, error) {
	if len(o.Command) == 0 {
		program, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("probe: %w", err)
		}
		o.Command = []string{program, Command}
	}
	if o.Memory == 0 {
		o.Memory = 2 << 30
	}
	if o.Base == 0 {
		o.Base = time.Minute
	}
	if o.Rate == 0 {
		o.Rate = 2 << 20
	}
	return o.try, nil
}

// try runs one child to its end.
func (o Options) try(ctx context.Context, t gateway.Trial, body gateway.Original) error {
	line, err := json.Marshal(head{Trial: t, Memory: o.Memory})
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	within := o.Base + time.Duration(body.Size/o.Rate)*time.Second
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c := exec.CommandContext(limited, o.Command[0], o.Command[1:]...)
	c.Env = append(os.Environ(), o.Env...)
	c.WaitDelay = 5 * time.Second
	told := &tail{}
	c.Stderr = told
	in, err := c.StdinPipe()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	var sent error
	sending := make(chan struct{})
	go func() { // the pipe stays open: its end is how the child knows that we are gone
		defer close(sending)
		if _, sent = in.Write(append(line, '\n')); sent == nil {
			_, sent = io.Copy(in, io.NewSectionReader(body, 0, body.Size))
		}
		if sent != nil {
			_ = in.Close() // so that the child does not wait for the rest
		}
	}()
	var began, done bool
	for lines := bufio.NewScanner(out); lines.Scan(); {
		began = began || lines.Text() == saysBegan
		done = done || lines.Text() == saysDone
	}
	ended := c.Wait() // closes in, and with it what still sends
	<-sending
	switch {
	case began && done:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case began && errors.Is(limited.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: it was not over within %s", gateway.ErrFatal, within)
	case began:
		return fmt.Errorf("%w: %s%s", gateway.ErrFatal, how(ended), told.why())
	case sent != nil && !errors.Is(sent, os.ErrClosed) && !broken(sent):
		return fmt.Errorf("probe: the original: %w", sent)
	}
	return fmt.Errorf("probe: the child did not begin: %s%s", how(ended), told.why())
}

// how says how a process ended.
func how(err error) string {
	if err == nil {
		return "it ended without a word"
	}
	return err.Error()
}

// A tail keeps the beginning of what a process says, where the runtime tells why it ended.
type tail struct{ bytes.Buffer }

const maxTold = 8 << 10

// Write keeps what there is room for.
func (t *tail) Write(p []byte) (int, error) {
	t.Buffer.Write(p[:min(len(p), maxTold-t.Len())])
	return len(p), nil
}

// why gives the line that tells why: the runtime's own, or else the first.
func (t *tail) why() string {
	first := ""
	for line := range strings.Lines(t.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "fatal error:") || strings.HasPrefix(line, "runtime: ") && strings.Contains(line, "exceeds") {
			return ": " + line
		}
		if first == "" && line != "" {
			first = ": " + line
		}
	}
	return first
}
