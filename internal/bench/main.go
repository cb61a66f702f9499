// Command bench measures the readers of cargogate beside the limits of the machine, in one run, and prints the ratios
// that docs/performance.md holds.
//
// The limits are the programs of a folder of measuring tools, given by -perf: gencuscar, which writes the test files,
// and tok, which takes them apart as fast as plain Go can. Rates are per second of CPU time. The sides take turns,
// and a ratio is the median of the ratios of the turns.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	perf := flag.String("perf", "", "folder of the measuring tools (gencuscar, tok)")
	turns := flag.Int("turns", 9, "turns of the sides")
	large := flag.String("large", "1GB", "size of the large message")
	write := flag.String("write", "", "Markdown file whose measured part is replaced")
	profile := flag.String("profile", "", "write a CPU profile of the second pass to this file and stop")
	flag.Parse()
	if *perf == "" {
		fmt.Fprintln(os.Stderr, "bench: -perf DIR is needed: the folder of the measuring tools")
		os.Exit(2)
	}
	if err := run(*perf, *turns, *large, *write, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// tools are the built programs and the folder of the test files.
type tools struct{ dir, gencuscar, tok, cargogate string }

func run(perf string, turns int, large, write, profile string) error {
	dir, err := os.MkdirTemp("", "cargogate-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := tools{dir: dir, gencuscar: filepath.Join(dir, "gencuscar"), tok: filepath.Join(dir, "tok"), cargogate: filepath.Join(dir, "cargogate")}
	for _, b := range []struct{ in, out, pkg string }{{perf, t.gencuscar, "./cmd/gencuscar"}, {perf, t.tok, "./cmd/tok"}, {".", t.cargogate, "./cmd/cargogate"}} {
		c := exec.Command("go", "build", "-trimpath", "-o", b.out, b.pkg)
		c.Dir, c.Stderr = b.in, os.Stderr
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := c.Run(); err != nil {
			return fmt.Errorf("go build %s: %w", b.pkg, err)
		}
	}
	many, err := t.generate("10MB", "many")
	if err != nil {
		return err
	}
	balanced, err := balancedFile(dir)
	if err != nil {
		return err
	}
	if profile != "" {
		return profilePass(balanced, profile)
	}
	var out strings.Builder
	if err := t.rates(&out, many, balanced, turns); err != nil {
		return err
	}
	if err := t.memory(&out, large); err != nil {
		return err
	}
	fmt.Print(out.String())
	if write == "" {
		return nil
	}
	return replacePart(write, out.String())
}

// generate writes a test file of the given size with the tools' own generator.
func (t *tools) generate(size, mode string) (string, error) {
	out := filepath.Join(t.dir, mode+"-"+size+".edi")
	c := exec.Command(t.gencuscar, "-size", size, "-mode", mode, "-seed", "1", "-o", out)
	if b, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("gencuscar: %w: %s", err, b)
	}
	return out, nil
}

// rates compares the tokeniser with "SWAR 8B" and the second pass with "stream".
func (t *tools) rates(w io.Writer, many, balanced string, turns int) error {
	text, err := os.ReadFile(many)
	if err != nil {
		return err
	}
	var swar, stream, lexer, pass, clean []float64
	allocs := 0.0
	for range turns {
		s, err := t.limit("tok: SWAR 8B", many)
		if err != nil {
			return err
		}
		swar = append(swar, s)
		rate, n := lexRate(text)
		lexer, allocs = append(lexer, rate), n
		if s, err = t.limit("stream", many); err != nil {
			return err
		}
		stream = append(stream, s)
		if rate, err = passRate(many, 5); err != nil {
			return err
		}
		pass = append(pass, rate)
		if rate, err = passRate(balanced, 5); err != nil {
			return err
		}
		clean = append(clean, rate)
	}
	fmt.Fprintf(w, "| what | MB per CPU second: median (least to most) | the limit's | ratio | target |\n|---|---|---|---|---|\n")
	row := func(what string, a, b []float64, target string) {
		fmt.Fprintf(w, "| %s | %s | %s | **%.2f** | %s |\n", what, spread(a), spread(b), ratio(a, b), target)
	}
	row("EDIFACT tokeniser, beside `tok` \"SWAR 8B\"", lexer, swar, "≥ 0.8")
	row("stream + D.95B validation + model, 10 MB without a fault, beside `tok` \"stream\"", clean, stream, "≥ 0.45")
	row("the same on the generator's own 10 MB, which has some 40,000 findings", pass, stream, "")
	fmt.Fprintf(w, "| tokeniser, allocations a segment | %.6f | | | 0 |\n", allocs)
	return nil
}

var medianRate = regexp.MustCompile(`cpu: median +(\d+)`)

// limit runs one mode of tok on a file and gives its median rate in MB per CPU second.
func (t *tools) limit(mode, file string) (float64, error) {
	b, err := exec.Command(t.tok, "-reps", "3", "-only", mode, file).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("tok: %w: %s", err, b)
	}
	m := medianRate.FindSubmatch(b)
	if m == nil {
		return 0, fmt.Errorf("tok: no rate in %q", b)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// memory runs check and convert on a large message, and on a small one for the rate, as a user would.
func (t *tools) memory(w io.Writer, large string) error {
	big, err := t.generate(large, "single")
	if err != nil {
		return err
	}
	small, err := t.generate("10MB", "single")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n| one message of %s | resident set, at most | MB per CPU second | beside 10 MB in one message | target |\n|---|---|---|---|---|\n", large)
	for _, command := range []string{"check", "convert"} {
		var rates [2]float64
		var resident int64
		for i, file := range []string{small, big} {
			rate, rss, err := t.command(command, file)
			if err != nil {
				return err
			}
			rates[i], resident = rate, rss
		}
		fmt.Fprintf(w, "| `cargogate %s` | **%.1f MB** | %.0f | %.2f | ≤ 16 MB; ≥ 0.85 |\n", command, float64(resident)/1e6, rates[1], rates[1]/rates[0])
	}
	return nil
}

// command runs cargogate on a file, without looking at what it prints, and gives its rate and its largest resident
// set in bytes.
func (t *tools) command(name, file string) (rate float64, resident int64, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, 0, err
	}
	c := exec.Command(t.cargogate, name, file)
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	// The kernel's figure at the end counts this process too, which the child was forked from; its own is in /proc.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			high, ok := highWater(c.Process.Pid)
			if !ok {
				return
			}
			resident = max(resident, high)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	err = c.Wait()
	<-done
	if err != nil && c.ProcessState.ExitCode() != 1 {
		return 0, 0, fmt.Errorf("cargogate %s: %w", name, err)
	}
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return float64(info.Size()) / 1e6 / cpu.Seconds(), resident, nil
}

var highWaterLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// highWater gives the largest resident set of a process so far in bytes; false once it has ended.
func highWater(pid int) (int64, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	m := highWaterLine.FindSubmatch(b)
	if m == nil {
		return 0, false // ended, and not waited for yet
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	return n * 1024, err == nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// ratio gives the median of the turns' ratios: a neighbour's load hits both sides of a turn.
func ratio(a, b []float64) float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return median(r)
}

func spread(v []float64) string {
	return fmt.Sprintf("%.0f (%.0f to %.0f)", median(v), slices.Min(v), slices.Max(v))
}

const beginMark, endMark = "<!-- measured -->", "<!-- /measured -->"

// replacePart puts text between the marks of a Markdown file.
func replacePart(file, text string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(b), beginMark)
	_, tail, ok2 := strings.Cut(rest, endMark)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the marks %s and %s are missing", file, beginMark, endMark)
	}
	return os.WriteFile(file, []byte(head+beginMark+"\n"+text+endMark+tail), 0o644)
}
