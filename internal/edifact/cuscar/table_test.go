package cuscar

import (
	"strings"
	"testing"

	"cargogate/internal/edifact/directory"
)

// layouts says where the mapper looks for what, by segment: the data elements of each element that it reads, in order,
// "" for a component that it does not name. A row of several spellings lists them with a bar.
var layouts = map[string][]string{
	"BGM": {"1001 * * 1000", "1004", "1225"},
	"DTM": {"2005 2380 2379"},
	"LOC": {"3227", "3225 1131 3055 3224", "3223 1131 3055 3222"},
	"QTY": {"6063 6060 6411"},
	"RFF": {"1153 1154"},
	"NAD": {"3035", "3039 1131 3055", "3124 3124 3124 3124 3124", "3036 3036 3036 3036 3036", "3042 3042 3042", "3164", "3229", "3251", "3207"},
	"CTA": {"3139", "3413 3412"},
	"COM": {"3148 3155"},
	"FTX": {"4451", "4453", "4441 1131 3055", "4440 4440 4440 4440 4440"},
	"GIS": {"7365 1131 3055 7187"},
	"GEI": {"9649", "7365 1131 3055 7364", "7187"},
	"CNT": {"6069 6066 6411"},
	"TDT": {"8051", "8028", "8067", "8179", "3127 1131 3055 3128|3126", "8101", "8457", "8213 1131 3055 8212 8453"},
	"EQD": {"8053", "8260", "8155 1131 3055 8154", "8077", "8249", "8169"},
	"TSR": {"4065", "7273 1131 3055 7273", "4219", "7085"},
	"MEA": {"6311", "6313", "6411 6314"},
	"DIM": {"6145", "6411 6168 6140 6008"},
	"SEL": {"9308", "9303", "4517"},
	"TMP": {"6245", "6246 6411"},
	"RNG": {"6167", "6411 6162 6152"},
	"CNI": {"1490", "1004"},
	"MOA": {"5025 5004 6345"},
	"CPI": {"5237", "4215", "4237"},
	"GID": {"1496", "7224 7065 1131 3055 7064"},
	"PAC": {"7224", "7075", "7065 1131 3055 7064"},
	"HAN": {"4079 1131 3055 4078", "7419"},
	"SGP": {"8260", "7224"},
	"DGS": {"8273", "8351 8078", "7124 7088", "7106 6411", "8339", "8364", "8410", "8126", "8158", "8246 8246 8246"},
	"PCI": {"4233", "7102 7102 7102 7102 7102 7102 7102 7102 7102 7102"},
	"CST": {"1496", "7361 1131 3055", "7361 1131 3055", "7361 1131 3055", "7361 1131 3055", "7361 1131 3055"},
	"TMD": {"8335 8334", "8332", "8341"},
	"DOC": {"1001", "1004"},
	"AUT": {"9280", "9282"},
}

// In every release and in both layouts, what the mapper reads at a place is what it takes it for.
func TestElementsStandWhereTheyAreRead(t *testing.T) {
	for _, release := range directory.Releases() {
		for _, syntax := range []int{3, 4} {
			msg, match := directory.Lookup("CUSCAR", "D", strings.TrimPrefix(release, "D."), syntax)
			if match != directory.Exact {
				t.Fatalf("%s is not held", release)
			}
			for i := range msg.Nodes {
				n := &msg.Nodes[i]
				if n.Group > 0 {
					continue
				}
				for e, want := range layouts[n.Tag] {
					if e >= len(n.Segment.Elements) {
						continue // in syntax version 4 a repeat of the one before
					}
					for c, de := range strings.Fields(want) {
						parts := n.Segment.Elements[e].Components
						if c >= len(parts) {
							t.Errorf("%s %d %s element %d has %d components", release, syntax, n.Tag, e+1, len(parts))
							break
						}
						if de != "*" && !strings.Contains(de, parts[c].Tag) {
							t.Errorf("%s %d %s element %d component %d is %s, read as %s", release, syntax, n.Tag, e+1, c+1, parts[c].Tag, de)
						}
					}
				}
			}
		}
	}
}

// Every row of every release has a meaning, but for a handful that the model has no field for.
func TestEveryRowHasARole(t *testing.T) {
	without := map[string]bool{"CNI/RFF/CUX": true, "CNI/RFF/TDT/MEA": true, "CNI/RFF/TDT/RFF/TSR": true,
		"CNI/RFF/GID/GIS/DTM": true, "CNI/RFF/GID/GEI/DTM": true, "CNI/RFF/GID/GIS/PAC": true, "CNI/RFF/GID/GEI/PAC": true}
	met := map[role]bool{}
	for _, release := range directory.Releases() {
		msg, _ := directory.Lookup("CUSCAR", "D", strings.TrimPrefix(release, "D."), 3)
		table := tableOf(msg)
		for i := range msg.Nodes {
			if msg.Nodes[i].Group > 0 {
				continue
			}
			r := table.rows[i].role
			met[r] = true
			if path := msg.Path(i); (r == roleNone) != without[path] {
				t.Errorf("%s: %s has role %d", release, path, r)
			}
		}
		if tableOf(msg) != table {
			t.Errorf("%s: a second table", release)
		}
	}
	for _, r := range rolesByPath {
		if !met[r] {
			t.Errorf("role %d stands in no release", r)
		}
	}
}
