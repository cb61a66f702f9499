package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsNameAll holds docs/operations.md to every metric that the program has, and docs/api.md to every code of a
// problem, every state and every operation, as the sources spell them.
func TestDocumentsNameAll(t *testing.T) {
	for _, tt := range []struct {
		source, pattern, before string // before stands before what the pattern finds
		document                string
		least                   int // so many are there at least: a pattern that finds nothing holds nothing
	}{
		{"internal/gateway/metrics.go", `(?:counters?|gauge|histogram)\("([a-z_]+)"`, "cargogate_", "docs/operations.md", 20},
		{"internal/transport/https/metrics.go", `Name: "([a-z_]+)"`, "", "docs/operations.md", 8},
		{"internal/gateway/upkeep.go", `Name: "([a-z-]+)"`, "", "docs/operations.md", 6},
		{"internal/transport/https/problem.go", `code[A-Za-z]+ += "([a-z_]+)"`, "`", "docs/api.md", 18},
		{"internal/gateway/store.go", `State[A-Za-z]+ +State = "([a-z_]+)"`, "`", "docs/api.md", 7},
		{"internal/gateway/service_status.go", `Status(?:NotMatched|Matched|HousesMissing|Complete) += "([a-z_]+)"`, "`", "docs/api.md", 4},
		{"internal/outbox/outbox.go", `= "(cargogate\.[a-z.0-9]+)"`, "", "docs/api.md", 5},
		{"internal/diag/codes.json", `"(GTW\d{4})"`, "", "docs/api.md", 9},
	} {
		root := repoRoot(t)
		source, err := os.ReadFile(filepath.Join(root, tt.source))
		if err != nil {
			t.Fatal(err)
		}
		document, err := os.ReadFile(filepath.Join(root, tt.document))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(tt.pattern).FindAllSubmatch(source, -1)
		if len(found) < tt.least {
			t.Errorf("%s: %d names found in it, at least %d are there", tt.source, len(found), tt.least)
		}
		for _, m := range found {
			if name := tt.before + string(m[1]); !strings.Contains(string(document), name) {
				t.Errorf("%s does not name %s of %s", tt.document, name, tt.source)
			}
		}
	}
}
