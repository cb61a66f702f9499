//go:build linux

package crashtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startWithin bounds the time from the start to the line that says ready.
const startWithin = 20 * time.Second

// A process is one run of the program.
type process struct {
	cmd   *exec.Cmd
	ready chan string   // the address, once
	done  chan struct{} // closed when it has ended
	state *os.ProcessState

	mu   sync.Mutex
	last []string // lines of the log worth a look
}

// run starts the program with arguments and environment.
func run(binary string, env []string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(binary, args...), ready: make(chan string, 1), done: make(chan struct{})}
	p.cmd.Env = append(environment(), env...)
	// Should this process be killed, the kernel ends that one too. The signal comes with the end of the thread that
	// started it, so that thread stays with the goroutine that waits.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.read(out)
		_ = p.cmd.Wait() // the state tells
		p.state = p.cmd.ProcessState
		close(p.done)
	}()
	return p, <-started
}

// environment is ours without settings of the program.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CARGOGATE_") })
}

// read takes what it logs, to its end.
func (p *process) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		switch {
		case bytes.Contains(line, []byte(`"msg":"ready"`)):
			var v struct{ Addr string }
			if json.Unmarshal(line, &v) == nil && v.Addr != "" {
				p.ready <- v.Addr
			}
		case len(line) > 0 && !bytes.Contains(line, []byte(`"level":"INFO"`)):
			p.mu.Lock()
			p.last = append(p.last[max(0, len(p.last)-29):], strings.TrimSpace(string(line)))
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// log gives the last lines worth a look.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.last, "\n")
}

// await returns the address when the program is ready, and "" where it was killed before.
func (p *process) await() (addr string, err error) {
	select {
	case addr = <-p.ready:
		return addr, nil
	case <-p.done:
		if p.killed() {
			return "", nil
		}
		return "", fmt.Errorf("serve ended (%s):\n%s", p.state, p.log())
	case <-time.After(startWithin):
		return "", errors.Join(fmt.Errorf("serve was not ready within %s:\n%s", startWithin, p.log()), p.end(syscall.SIGKILL))
	}
}

// ended reports whether the process ended within a time.
func (p *process) ended(within time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(within):
		return false
	}
}

// killed reports whether a process that has ended was killed.
func (p *process) killed() bool {
	s, ok := p.state.Sys().(syscall.WaitStatus)
	return ok && s.Signaled() && s.Signal() == syscall.SIGKILL
}

// signal sends a signal to the process, by its id.
func (p *process) signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", sig, err)
	}
	return nil
}

// end sends a signal and waits for the end; harder where that does not help.
func (p *process) end(sig syscall.Signal) error {
	if err := p.signal(sig); err != nil {
		return err
	}
	if p.ended(40 * time.Second) {
		return nil
	}
	err := fmt.Errorf("serve did not end after %s:\n%s", sig, p.log())
	if e := p.signal(syscall.SIGKILL); e != nil {
		return errors.Join(err, e)
	}
	<-p.done
	return err
}
