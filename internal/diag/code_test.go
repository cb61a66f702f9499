package diag

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const goldenCodes = "testdata/codes.golden"

// TestCodesGolden keeps every code ever issued: a code that is gone, has another name or an issued name under
// another number fails, and -update only ever appends.
func TestCodesGolden(t *testing.T) {
	issued, err := os.ReadFile(goldenCodes)
	if err != nil {
		t.Fatal(err)
	}
	missing, problems := compareIssued(string(issued), AllCodes())
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 || len(missing) == 0 {
		return
	}
	if !*update {
		t.Fatalf("new codes are not in %s, run go test ./internal/diag -update:\n%s", goldenCodes, strings.Join(missing, "\n"))
	}
	all := string(issued) + strings.Join(missing, "\n") + "\n"
	if err := os.WriteFile(goldenCodes, []byte(all), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compareIssued gives the lines that the issued list lacks, and what is wrong with those it has.
func compareIssued(issued string, codes []Code) (missing, problems []string) {
	names, numbers := map[Code]string{}, map[string]Code{}
	for line := range strings.Lines(issued) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[Code(code)], numbers[name] = name, Code(code)
		if got := Code(code).Name(); got == "" || !slices.Contains(codes, Code(code)) {
			problems = append(problems, fmt.Sprintf("%s (%s) was issued and is gone", code, name))
		} else if got != name {
			problems = append(problems, fmt.Sprintf("%s was issued as %s and is now %s", code, name, got))
		}
	}
	for _, c := range codes {
		if _, ok := names[c]; ok {
			continue
		}
		if old, ok := numbers[c.Name()]; ok {
			problems = append(problems, fmt.Sprintf("%s was issued as %s and is now %s", c.Name(), old, c))
		}
		missing = append(missing, string(c)+" "+c.Name())
	}
	return missing, problems
}

func TestCompareIssued(t *testing.T) {
	for _, c := range []struct {
		name, issued      string
		codes             []Code
		missing, problems int
	}{
		{"same", "EDI0013 MissingElement\n", []Code{MissingElement}, 0, 0},
		{"appended", "EDI0013 MissingElement\n", []Code{MissingElement, TrailingSeparator}, 1, 0},
		{"removed", "EDI0013 MissingElement\nEDI9999 Bygone\n", []Code{MissingElement}, 0, 1},
		{"renamed", "EDI0013 LackingElement\n", []Code{MissingElement}, 0, 1},
		{"renumbered", "EDI9998 MissingElement\n", []Code{MissingElement}, 1, 2},
	} {
		missing, problems := compareIssued(c.issued, c.codes)
		if len(missing) != c.missing || len(problems) != c.problems {
			t.Errorf("%s: missing %q, problems %q", c.name, missing, problems)
		}
	}
}

func TestCodeProperties(t *testing.T) {
	for _, c := range []struct {
		code           Code
		severity       Severity
		scope          Scope
		syntax3, syn4  string
		contrl3, ctrl4 int
	}{
		{MissingElement, Error, ScopeMessage, "0085:13", "0085:13", 13, 13},
		{SyntaxNotSupported, Error, ScopeInterchange, "0085:2", "0085:2", 2, 2},
		{TrailingSeparator, Warning, ScopeMessage, "0085:18", "0085:45", 18, 45},
		{SecondMessageTypeInGroup, Error, ScopeGroup, "0085:31", "0085:18", 31, 18},
		{ContainerCheckDigit, Warning, ScopeConsignment, "", "", 0, 0},
		{Code("EDI9999"), Error, ScopeInterchange, "", "", 0, 0},
	} {
		v3, ok3 := c.code.Contrl(3)
		v4, ok4 := c.code.Contrl(4)
		if c.code.Severity() != c.severity || c.code.Scope() != c.scope || v3 != c.contrl3 || v4 != c.ctrl4 ||
			ok3 != (v3 > 0) || ok4 != (v4 > 0) || c.code.Standard(3) != c.syntax3 || c.code.Standard(4) != c.syn4 {
			t.Errorf("%s: %v %v, CONTRL %d %d, %q %q", c.code, c.code.Severity(), c.code.Scope(), v3, v4, c.code.Standard(3), c.code.Standard(4))
		}
		if u, ok := c.code.Contrl(0); u != v3 || ok != ok3 {
			t.Errorf("%s: an unknown syntax version is not read by the list of versions 1 to 3: %d", c.code, u)
		}
	}
}

// TestCodeNumbers checks that the numbers that promise a DE 0085 value keep it: EDI0002 to EDI0048 carry the number
// of the value in the list that has it.
func TestCodeNumbers(t *testing.T) {
	for _, c := range AllCodes() {
		if c < "EDI0001" || c > "EDI0048" {
			continue
		}
		v3, _ := c.Contrl(3)
		v4, _ := c.Contrl(4)
		want := fmt.Sprintf("EDI%04d", v3)
		if v3 == 18 {
			want = fmt.Sprintf("EDI%04d", v4)
		}
		if string(c) != want {
			t.Errorf("%s stands for DE 0085 values %d and %d", c, v3, v4)
		}
	}
}

func TestLookup(t *testing.T) {
	codes := AllCodes()
	if !slices.IsSorted(codes) || len(codes) < 80 {
		t.Fatalf("%d codes, sorted %v", len(codes), slices.IsSorted(codes))
	}
	for _, c := range codes {
		e, ok := Lookup(c)
		if !ok || e.Code != c || e.Name == "" || e.Severity == InvalidSeverity || e.Scope == InvalidScope {
			t.Errorf("Lookup(%s) = %+v, %v", c, e, ok)
		}
	}
	for _, c := range []Code{"", "EDI", "EDI0000", "ZZZ0001", "EDI00130"} {
		if _, ok := Lookup(c); ok {
			t.Errorf("Lookup(%q) found something", c)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = MissingElement.Severity(); _ = MissingElement.Standard(4) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWords(t *testing.T) {
	for _, s := range []Severity{Note, Warning, Error, Off} {
		if got, err := ParseSeverity(s.String()); err != nil || got != s {
			t.Errorf("ParseSeverity(%q) = %v, %v", s, got, err)
		}
	}
	for _, w := range []string{"", "invalid", "Error", "fatal"} {
		if got, err := ParseSeverity(w); err == nil || got != InvalidSeverity {
			t.Errorf("ParseSeverity(%q) = %v, %v", w, got, err)
		}
	}
	words := []string{"invalid", "item", "consignment", "message", "group", "interchange"}
	for s := InvalidScope; s <= ScopeInterchange; s++ {
		if s.String() != words[s] {
			t.Errorf("scope %d is %q", s, s)
		}
	}
}
