package internal_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A session is a part of the README that is one shell session: steps between markers like those of the tour. A command
// begins with "$ ", its further lines with "> ", and what it prints follows.
type session struct {
	kind  string
	steps string // that have to be there
	dir   string // below bin, which it makes and removes
	port  string // that it listens on in the README
}

var sessions = []session{
	{"gateway", "config partner serve file findings folder search audit", "trial", "8080"},
	{"demo", "start good broken case decide outcome", "tour", "8443"},
}

func (s *session) part() *regexp.Regexp {
	return regexp.MustCompile("(?s)<!-- " + s.kind + ":([a-z-]+) -->\n```console\n(.*?)```\n<!-- /" + s.kind + " -->")
}

// changing is what differs from run to run, with what stands for it where outputs are compared.
var changing = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d`), "DAY"},
	{regexp.MustCompile(`Key [a-z0-9]{12} of`), "Key ID of"},
	{regexp.MustCompile(`"\d\d([LT])\d{10}(-[0-9-]*-)[0-9A-Z]"`), `"YY${1}N${2}C"`}, // the year, and the check over it
	{regexp.MustCompile(`\+\d{6}:\d{4}\+`), "+DATE:HOUR+"},
	{regexp.MustCompile(`([+:])\d\d([LT])\d{10}(-[0-9-]*-)[0-9A-Z]`), `${1}YY${2}N${3}C`},
	{regexp.MustCompile(`\+0{5}[0-9A-Z]{9}'`), "+CONTROL'"},
	{regexp.MustCompile(`\+K[0-9A-Z]{13}\b`), "+CONTROL"}, // of a CUSRES, from the place of the act among all
	{regexp.MustCompile(`:\d{12}:203`), ":MINUTE:203"},
	{regexp.MustCompile(`:\d{14}:204`), ":SECOND:204"},
	{regexp.MustCompile(`DEMO\d{6}`), "DEMODAY"},
	{regexp.MustCompile(`DEMO\d{4}`), "DEMODAY"},
	{regexp.MustCompile(`contrl\.[0-9a-f]{12}\.edi`), "contrl.ID.edi"},
	{regexp.MustCompile(`\d+ rows, \d+ signed heads`), "N rows, N signed heads"},
}

// steady gives output without what changes from run to run.
func steady(text string) string {
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.as)
	}
	return text
}

// A shellStep is one command of a part with what it prints.
type shellStep struct {
	part, shown, command, want string
}

// read reads the commands of all parts, in order.
func (s *session) read(readme []byte) (steps []shellStep) {
	for _, m := range s.part().FindAllSubmatch(readme, -1) {
		first := len(steps)
		for line := range strings.Lines(string(m[2])) {
			switch last := len(steps) - 1; {
			case strings.HasPrefix(line, "$ "):
				steps = append(steps, shellStep{part: string(m[1]), shown: line, command: line[2:]})
			case last < first: // output of no command: given to none, so that it is missed
			case strings.HasPrefix(line, "> ") && steps[last].want == "":
				steps[last].shown += line
				steps[last].command += line[2:]
			default:
				steps[last].want += line
			}
		}
	}
	return steps
}

// TestReadmeSessions does what "Run the gateway" and "The whole way" say, each as one shell session on a free port, and
// compares what is printed but for ids, times and keys. go test ./internal -run ReadmeSessions -update rewrites them.
func TestReadmeSessions(t *testing.T) {
	for i := range sessions {
		t.Run(sessions[i].kind, func(t *testing.T) { sessions[i].test(t) })
	}
}

func (ses *session) test(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "true" {
			t.Fatal(err)
		} else if err != nil {
			t.Skipf("NOT TESTED: %v; CI=true makes this a failure", err)
		}
	}
	root := repoRoot(t)
	file := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	steps := ses.read(readme)
	var names []string
	for _, s := range steps {
		if len(names) == 0 || names[len(names)-1] != s.part {
			names = append(names, s.part)
		}
	}
	if strings.Join(names, " ") != ses.steps {
		t.Fatalf("the README's steps are %q, want %q", names, ses.steps)
	}
	got := ses.run(t, gatewayFolder(t, root), steps)
	i := 0
	updated := ses.part().ReplaceAllFunc(readme, func(part []byte) []byte {
		m := ses.part().FindSubmatch(part)
		var text strings.Builder
		for ; i < len(steps) && steps[i].part == string(m[1]); i++ {
			s, printed := &steps[i], got[i]
			text.WriteString(s.shown)
			if steady(printed) == steady(s.want) {
				printed = s.want
			} else if !*update {
				t.Errorf("step %s: %sprints\n%s\nbut the README says\n%s", s.part, s.command, printed, s.want)
			}
			text.WriteString(printed)
		}
		return []byte("<!-- " + ses.kind + ":" + string(m[1]) + " -->\n```console\n" + text.String() + "```\n<!-- /" + ses.kind + " -->")
	})
	if *update && !t.Failed() && !bytes.Equal(readme, updated) {
		if err := os.WriteFile(file, updated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// gatewayFolder makes a folder that looks like the repository to the commands: what make build leaves, and the examples.
func gatewayFolder(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(buildProgram(t, root), filepath.Join(dir, "bin", "cargogate")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "testdata", "example"), os.DirFS(filepath.Join(root, "testdata", "example"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs the commands in one shell and gives what each printed. Nothing that they started is left.
func (ses *session) run(t *testing.T, dir string, steps []shellStep) []string {
	t.Helper()
	// Both as an address and as the port alone.
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&script, "echo '@@@ %d'\n%s", i, strings.ReplaceAll(s.command, ses.port, port))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	// make has been done: the program that is there was built for this test.
	cmd := exec.CommandContext(ctx, "bash", "-c", "make() { :; }\n"+script.String())
	cmd.Dir = dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CARGOGATE_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "COLUMNS=100", "NO_COLOR=1", "no_proxy=127.0.0.1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a group of its own, to be ended as a whole
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever of it is still there
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "bin", ses.dir, "gateway.log")) // there only where it got so far
		t.Fatalf("the session ends with %v\n%s\n%s", err, out, log)
	}
	text := strings.ReplaceAll(string(out), address, "127.0.0.1:"+ses.port)
	printed := make([]string, len(steps))
	for i := range steps {
		_, rest, found := strings.Cut(text, fmt.Sprintf("@@@ %d\n", i))
		if !found {
			t.Fatalf("the session does not come to %q:\n%s", steps[i].command, out)
		}
		printed[i], _, _ = strings.Cut(rest, "@@@ ")
		if p := printed[i]; p != "" && !strings.HasSuffix(p, "\n") {
			printed[i] += "\n"
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", ses.dir)); err == nil {
		t.Error("the last step leaves its folder")
	}
	return printed
}

// freeAddress gives an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
