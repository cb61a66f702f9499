package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// childVariable says that this binary is a child, and what it does.
const childVariable = "PROBE_TEST_CHILD"

func TestMain(m *testing.M) {
	if what := os.Getenv(childVariable); what != "" {
		os.Exit(child(what))
	}
	os.Exit(m.Run())
}

// child is a child that does what its reading would have brought about.
func child(what string) int {
	if what == "serve" {
		if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	if what == "refuse" {
		fmt.Fprintln(os.Stderr, "nothing of this kind is read here")
		return 2
	}
	lines := bufio.NewReader(os.Stdin)
	h, err := readHead(lines)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := io.CopyN(io.Discard, lines, h.Trial.Receipt.Size); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := bound(h.Memory); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(saysBegan)
	switch what {
	case "overflow":
		debug.SetMaxStack(1 << 20)
		return deeper(0)
	case "memory":
		var all [][]byte
		for range 1 << 20 {
			b := make([]byte, 1<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			all = append(all, b)
		}
		return len(all)
	case "hang":
		time.Sleep(time.Hour)
	}
	return 0
}

func deeper(n int) int {
	if n < 0 {
		return n
	}
	return deeper(n+1) + n
}

const manifest = "UNB+UNOC:3+NORDKAI+CUSTOMS+261123:0915+1++++1'UNH+1+CUSCAR:D:95B:UN'BGM+85+M1+9'TDT+20+047W+1++NRDK:172:20+++9732149:146:11:NORDIC HERON'" +
	"LOC+60+NLRTM'DTM+132:202611252200:203'CNI+1+A'RFF+BM:A'NAD+CN+++MAASHAVEN LOGISTICS BV:KADE 7'GID+1+10:CT'FTX+AAA+++GARDEN FURNITURE'MEA+AAE+G+KGM:100'UNT+12+1'UNZ+1+1'"

func trial(body string) (gateway.Trial, gateway.Original) {
	t := gateway.Trial{
		Receipt: gateway.Receipt{ID: uuid.Must(uuid.NewV7()), Seq: 7, Partner: "NORDKAI", Mode: cargo.TrafficLive, Size: int64(len(body)), Attempt: 3,
			ReceivedAt: time.Date(2026, 11, 23, 9, 15, 0, 0, time.UTC), Headers: map[string]string{"X": "y"}},
		Partner: partner.Partner{ID: "NORDKAI", Profile: "strict"}, Profile: partner.Profile{Name: "strict", MassTolerance: "1.5"},
	}
	return t, t.Original(strings.NewReader(body))
}

func prober(t *testing.T, what string, change func(*Options)) gateway.Probe {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Command: []string{program}, Env: []string{childVariable + "=" + what}, Memory: 512 << 20}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestReadsToItsEnd: whatever a reading finds, it has come to an end.
func TestReadsToItsEnd(t *testing.T) {
	t.Parallel()
	p := prober(t, "serve", nil)
	for name, body := range map[string]string{"a manifest": manifest, "nothing": "", "no message": "\x00\xff" + strings.Repeat("x", 300_000)} {
		head, original := trial(body)
		if err := p(t.Context(), head, original); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFatal: what ends the child is told, with the runtime's reason.
func TestFatal(t *testing.T) {
	t.Parallel()
	for what, say := range map[string]string{"overflow": "stack", "quiet": "ended without a word"} {
		head, original := trial(manifest)
		if err := prober(t, what, nil)(t.Context(), head, original); !errors.Is(err, gateway.ErrFatal) || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", what, err)
		}
	}
	head, original := trial(manifest)
	slow := prober(t, "hang", func(o *Options) { o.Base = 300 * time.Millisecond })
	if err := slow(t.Context(), head, original); !errors.Is(err, gateway.ErrFatal) || !strings.Contains(err.Error(), "not over within 300ms") {
		t.Errorf("a reading without end: %v", err)
	}
}

// TestNothingWasTried: where no child reads, nothing is said of the message.
func TestNothingWasTried(t *testing.T) {
	t.Parallel()
	head, original := trial(manifest)
	none := prober(t, "serve", func(o *Options) { o.Command = []string{"/nonexistent/cargogate"} })
	for what, p := range map[string]gateway.Probe{"no program": none, "another program": prober(t, "refuse", nil)} {
		if err := p(t.Context(), head, original); err == nil || errors.Is(err, gateway.ErrFatal) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := prober(t, "refuse", nil)(t.Context(), head, original); !strings.Contains(err.Error(), "nothing of this kind") {
		t.Errorf("what the child said is lost: %v", err)
	}
	// The body cannot be read.
	away := errors.New("the store is away")
	broken := head.Original(failing{away})
	if err := prober(t, "serve", nil)(t.Context(), head, broken); !errors.Is(err, away) || errors.Is(err, gateway.ErrFatal) {
		t.Errorf("an original that cannot be read: %v", err)
	}
	// The lease was lost, or the gateway is being stopped.
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(gateway.ErrFenced) })
	if err := prober(t, "hang", nil)(ctx, head, original); !errors.Is(err, gateway.ErrFenced) || errors.Is(err, gateway.ErrFatal) {
		t.Errorf("cut short: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// TestHead: what is no trial is refused before anything is read.
func TestHead(t *testing.T) {
	t.Parallel()
	for in, say := range map[string]string{"": "EOF", "{}": "EOF", "x\n": "invalid character", `{"trial":{"Receipt":{"Size":-1}}}` + "\n": "-1 bytes",
		strings.Repeat("x", maxHead+10) + "\n": "more than"} {
		if _, err := readHead(bufio.NewReader(strings.NewReader(in))); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%.40q: %v, want %q", in, err, say)
		}
	}
}
