package scoring

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func site(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// TestBadLists gives a site's lists every kind of fault, and wants it named with its place.
func TestBadLists(t *testing.T) {
	t.Parallel()
	head := "list vague-words\nedition 1\n"
	for name, tt := range map[string]struct{ file, text, want string }{
		"unknown list": {"vagueness.txt", "list vagueness\nedition 1\n", `vagueness.txt:1:6: there is no list "vagueness"`},
		"other file":   {"vague.txt", head, `vague.txt:1:6: the list "vague-words" belongs into vague-words.txt`},
		"no header":    {"vague-words.txt", "parts\n", `vague-words.txt:1:1: a line "list …" should be here`},
		"no edition":   {"vague-words.txt", "list vague-words\nparts\n", `vague-words.txt:2:1: a line "edition …" should be here`},
		"empty":        {"vague-words.txt", "", `vague-words.txt:1:1: the file ends where the line "list …" should be`},
		"twice": {"vague-words.txt", head + "spare part\n\nSpare-Parts\n",
			`vague-words.txt:5:1: "Spare-Parts" stands here twice`},
		"no word":          {"vague-words.txt", head + "---\n", `vague-words.txt:3:1: "---" has neither letter nor digit`},
		"value":            {"vague-words.txt", head + "parts = 87\n", `vague-words.txt:3:7: an entry of this list has no value`},
		"blank at the end": {"vague-words.txt", head + "parts \n", `vague-words.txt:3:6: the line ends in a blank`},
		"indented":         {"vague-words.txt", head + "  parts\n", `vague-words.txt:3:3: the line is indented`},
		"tab":              {"vague-words.txt", head + "spare\tparts\n", `vague-words.txt:3:6: the line holds the control character`},
		"not UTF-8":        {"vague-words.txt", head + "caf\xe9\n", `vague-words.txt:3:1: the line is not UTF-8`},
		"long line":        {"vague-words.txt", head + strings.Repeat("a", 1001) + "\n", `vague-words.txt:3:1001: the line has 1001 bytes`},
		"long entry":       {"vague-words.txt", head + strings.Repeat("a", 61) + "\n", `vague-words.txt:3:1: the entry has 61 bytes`},
		"long file":        {"vague-words.txt", head + strings.Repeat("\n", maxDataBytes), `vague-words.txt:1:1: the file has`},
		"exclusion of codes": {"hub-places.txt", "list hub-places\nedition 1\n! AEJEA\n",
			`hub-places.txt:3:1: only word lists have exclusions`},
		"value of an exclusion": {"hs-words.txt", "list hs-words\nedition 1\n! tea set = 69\n",
			`hs-words.txt:3:11: an entry of this list has no value`},
		"no value": {"hs-words.txt", "list hs-words\nedition 1\ntea\n", `hs-words.txt:3:4: the entry has no value`},
		"no key":   {"hs-words.txt", "list hs-words\nedition 1\n = 09\n", `hs-words.txt:3:2: the line is indented`},
		"blanks round the key": {"hs-words.txt", "list hs-words\nedition 1\ntea  = 09\n",
			`hs-words.txt:3:1: the entry has no key, or blanks round it`},
		"chapter": {"hs-words.txt", "list hs-words\nedition 1\ntea = 09 77\n", `hs-words.txt:3:10: "77" is no HS chapter`},
		"country": {"landlocked-places.txt", "list landlocked-places\nedition 1\nXX\n",
			`landlocked-places.txt:3:1: "XX" is neither a country`},
		"code twice": {"landlocked-places.txt", "list landlocked-places\nedition 1\nNP\nBT\nNP\n",
			`landlocked-places.txt:5:1: "NP" is on line 3 already`},
		"domain": {"free-mail-domains.txt", "list free-mail-domains\nedition 1\nMail.com\n",
			`free-mail-domains.txt:3:1: "Mail.com" is no domain in small letters`},
		"CAS digit": {"cas-numbers.txt", "list cas-numbers\nedition 1\n108-24-8 = x\n",
			`cas-numbers.txt:3:1: "108-24-8" is no CAS Registry Number`},
		"UN number": {"dangerous-words.txt", "list dangerous-words\nedition 1\npaint = 1263 99\n",
			`dangerous-words.txt:3:14: "99" is no UN number`},
		"class": {"un-numbers.txt", "list un-numbers\nedition 1\n1263 = 3 IV\n",
			`un-numbers.txt:3:10: "IV" is neither a class nor a packing group`},
		"package": {"boxed-packages.txt", "list boxed-packages\nedition 1\nQ7\n",
			`boxed-packages.txt:3:1: "Q7" is no package type`},
		"calling code": {"phone-countries.txt", "list phone-countries\nedition 1\n031 = NL\n",
			`phone-countries.txt:3:1: "031" is no calling code`},
		"calling country": {"phone-countries.txt", "list phone-countries\nedition 1\n31 = NL ZZ\n",
			`phone-countries.txt:3:9: "ZZ" is no country`},
		"deadline flow": {"deadlines.txt", "list deadlines\nedition 1\nimports maritime * arrival = hours 24\n",
			`deadlines.txt:3:1: "imports maritime * arrival" names the flow imports`},
		"deadline words": {"deadlines.txt", "list deadlines\nedition 1\nimport arrival = hours 24\n",
			`deadlines.txt:3:1: "import arrival" is not flow, mode, level and event`},
		"deadline event": {"deadlines.txt", "list deadlines\nedition 1\nimport * * berthing = hours 24\n",
			`names neither arrival nor departure`},
		"deadline column": {"deadlines.txt", "list deadlines\nedition 1\n* * * arrival = days 1\n",
			`deadlines.txt:3:17: "days" is not wanted here`},
		"deadline number": {"deadlines.txt", "list deadlines\nedition 1\n* * * arrival = hours soon\n", `"soon" is not a whole number`},
		"size columns": {"container-sizes.txt", "list container-sizes\nedition 1\n22 = teu 1000\n",
			`container-sizes.txt:3:6: wanted are teu, payload, gross, tare, volume, each with a number`},
		"column twice": {"container-sizes.txt", "list container-sizes\nedition 1\n22 = teu 1 teu 1 gross 1 tare 1 volume 1\n",
			`"teu" is not wanted here, or stands twice`},
		"size key": {"container-sizes.txt", "list container-sizes\nedition 1\n22G1 = teu 1 payload 1 gross 1 tare 1 volume 1\n",
			`"22G1" is not the first two or three characters`},
		"other file kind": {"README.md", "hello", `README.md: only files NAME.txt may stand here`},
	} {
		_, err := LoadLists(site(map[string]string{tt.file: tt.text}))
		if !errors.Is(err, ErrData) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v\nwant %s", name, err, tt.want)
		}
		var de *DataError
		if name != "other file kind" && (!errors.As(err, &de) || de.Line < 1 || de.Col < 1) {
			t.Errorf("%s: no place in %v", name, err)
		}
	}
	if _, err := LoadLists(fstest.MapFS{"dir/x.txt": {}}); !errors.Is(err, ErrData) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := LoadLists(brokenFS{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that cannot be read: %v", err)
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

// TestSiteList replaces one list, written on another system, and looks that it and the version change, and nothing else.
func TestSiteList(t *testing.T) {
	t.Parallel()
	mine, err := LoadLists(site(map[string]string{"hub-places.txt": "\ufefflist hub-places\r\nedition ours\r\n# quay 7\r\nNLRTM\r\n"}))
	if err != nil {
		t.Fatal(err)
	}
	builtin := plainEngine(t).lists
	if mine.Version() == builtin.Version() {
		t.Error("the version is the same")
	}
	for i, l := range mine.All() {
		if (l.Digest == builtin.All()[i].Digest) != (l.Name != "hub-places") {
			t.Errorf("%s: %s", l.Name, l.Digest)
		}
	}
	e, err := NewEngine(Options{Lists: mine})
	if err != nil {
		t.Fatal(err)
	}
	if s := e.NewScorer().Score(change(placeAt("transhipment", "NLRTM"))); !fired(s, "hub@1") {
		t.Error("the site's list is not used")
	}
	if s := e.NewScorer().Score(change(placeAt("transhipment", "SGSIN"))); fired(s, "hub@1") {
		t.Error("the built-in list is still used")
	}
	if l := builtin.All()[listHub]; l.Size < 10 || l.Edition == "" || len(l.Digest) != 64 {
		t.Errorf("%+v", l)
	}
}

const goodRules = `rules mine
edition 1
threshold 10
band low 0
band high 10
family data_quality what is missing
need goods goods.description@1 | goods.hs@1
indicator hs-missing@1
  family data_quality
  points 3
  text There is no HS code.
indicator late-filing@1
  family data_quality
  points 9
  param min 60
  text {late} after the deadline.
`

func TestRules(t *testing.T) {
	t.Parallel()
	r, err := ParseRules("mine.txt", goodRules)
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "mine" || r.Threshold != 10 || len(r.Indicators) != 2 || r.Indicators[1].Params[0] != 60 || r.Band(9) != "low" || r.Band(10) != "high" {
		t.Errorf("%+v", r)
	}
	e, err := NewEngine(Options{Rules: r})
	if err != nil {
		t.Fatal(err)
	}
	in := change(describe("COTTON", ""), func(in *Input) { in.Received = At(arrival - 3600) })
	s := e.NewScorer().Score(in)
	if s.Points != 12 || s.Band != "high" || !s.Selected || s.Text(&s.Reasons[0]) != "23 h after the deadline." {
		t.Errorf("%s", s.AppendJSON(nil, in.Consignment))
	}
}

// TestBadRules takes the good rules and makes one fault in them.
func TestBadRules(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ old, fresh, want string }{
		"no name":             {"rules mine\n", "", `mine.txt:1:1: a line "rules …" should be here`},
		"no threshold":        {"threshold 10\n", "", `the file has no line "threshold N"`},
		"threshold twice":     {"threshold 10\n", "threshold 10\nthreshold 11\n", `mine.txt:4:1: the threshold stands here twice`},
		"threshold":           {"threshold 10\n", "threshold ten\n", `mine.txt:3:11: "ten" is not a whole number from 0 to 1000`},
		"no band":             {"band low 0\nband high 10\n", "", `the file has no line "band NAME N"`},
		"bands fall":          {"band high 10", "band high 0", `mine.txt:5:6: bands rise, and the first begins at 0`},
		"first band":          {"band low 0", "band low 1", `mine.txt:4:6: bands rise`},
		"band twice":          {"band high 10", "band low 10", `mine.txt:5:6: the band "low" is there already`},
		"reserved band":       {"band high 10", "band not_assessable 10", `the band "not_assessable" is there already`},
		"band without number": {"band high 10", "band high", `mine.txt:5:10: "" is not a whole number`},
		"family's meaning": {"family data_quality what is missing", "family data_quality",
			`mine.txt:6:8: a family needs a name in small letters and its meaning`},
		"family's name": {"family data_quality what", "family Quality what", `a family needs a name in small letters`},
		"family twice": {"need goods", "family data_quality again\nneed goods",
			`mine.txt:7:8: the family "data_quality" is there already`},
		"need's feature": {"goods.hs@1", "goods.hs@9", `there is no feature "goods.hs@9"`},
		"unknown indicator": {"indicator hs-missing@1", "indicator hs-missing@9",
			`mine.txt:8:11: there is no indicator "hs-missing@9" in this release`},
		"indicator twice": {"indicator late-filing@1\n  family data_quality\n  points 9\n  param min 60\n  text {late} after", "indicator hs-missing@1\n  family data_quality\n  points 9\n  text after",
			`mine.txt:12:11: the indicator "hs-missing" is there already, as hs-missing@1`},
		"no indicator": {goodRules[strings.Index(goodRules, "indicator hs"):], "", `the file has no indicator`},
		"unknown family": {"  family data_quality\n  points 3", "  family quality\n  points 3",
			`mine.txt:9:10: there is no family "quality" above`},
		"no family": {"  family data_quality\n  points 3", "  points 3",
			`mine.txt:8:11: the indicator hs-missing@1 has no line "family"`},
		"no points":        {"  points 3\n", "", `mine.txt:8:11: the indicator hs-missing@1 has no line "points"`},
		"no points for it": {"points 3", "points 0", `mine.txt:10:10: "0" is not a whole number from 1 to 1000`},
		"points twice":     {"  points 3\n", "  points 3\n  points 3\n", `mine.txt:11:3: "points" stands here twice`},
		"no text":          {"  text There is no HS code.\n", "", `the indicator hs-missing@1 has no line "text"`},
		"no param":         {"  param min 60\n", "", `the indicator late-filing@1 has no line "param min"`},
		"unknown param":    {"param min 60", "param max 60", `mine.txt:15:9: the indicator has no parameter "max"`},
		"param's number":   {"param min 60", "param min 1.5", `mine.txt:15:13: "1.5" is not a whole number`},
		"param twice":      {"  param min 60\n", "  param min 60\n  param min 61\n", `mine.txt:16:9: the parameter "min" stands here twice`},
		"unknown argument": {"{late}", "{later}", `the text asks for {later}, which the indicator does not give: late, min`},
		"open brace":       {"{late} after", "{late after", `the text asks for {late after`},
		"unknown member":   {"  points 3", "  weight 3", `mine.txt:10:3: "weight" is not family, points, param or text`},
		"member of nothing": {"threshold 10\n", "threshold 10\n  points 3\n",
			`mine.txt:4:3: an indented line belongs to an indicator, and none is open`},
		"member without value": {"  points 3", "  points", `mine.txt:10:3: "points" has no value`},
		"unknown statement":    {"threshold 10\n", "threshold 10\nlimit 3\n", `mine.txt:4:1: "limit" is no statement`},
		"statement alone":      {"threshold 10\n", "threshold\n", `mine.txt:3:1: "threshold" stands alone`},
	} {
		text := strings.Replace(goodRules, tt.old, tt.fresh, 1)
		if text == goodRules {
			t.Errorf("%s: the fault is not in the text", name)
		}
		_, err := ParseRules("mine.txt", text)
		if !errors.Is(err, ErrData) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v\nwant %s", name, err, tt.want)
		}
	}
}

// TestTables checks what the strict reading cannot: that the built-in data hang together.
func TestTables(t *testing.T) {
	t.Parallel()
	lists := plainEngine(t).lists
	for _, l := range lists.All() {
		if l.Size < 3 {
			t.Errorf("%s has %d entries", l.Name, l.Size)
		}
	}
	for i := range lists.lists[listUN].entries {
		if e := &lists.lists[listUN].entries[i]; e.codes[0][0] > '9' {
			t.Errorf("UN %s begins with a packing group", e.key)
		}
	}
	seen := map[string]bool{}
	for f := range NumFeatures {
		id := features[f].ID
		if seen[id] || !strings.Contains(id, "@") || features[f].Meaning == "" {
			t.Errorf("feature %d: %q", f, id)
		}
		seen[id] = true
	}
	for i := range indicators {
		ind := &indicators[i]
		if seen[ind.ID] || !strings.Contains(ind.ID, "@") || ind.Meaning == "" || len(ind.needs) == 0 {
			t.Errorf("indicator %q", ind.ID)
		}
		seen[ind.ID] = true
	}
}

func FuzzData(f *testing.F) {
	f.Add("hub-places.txt", "list hub-places\nedition 1\nAEJEA\n")
	f.Add("hs-words.txt", "list hs-words\nedition 1\ntea = 09 21\n! tea set\n")
	f.Add("rules", goodRules)
	f.Fuzz(func(t *testing.T, file, text string) {
		var err error
		if strings.HasSuffix(file, ".txt") {
			_, err = parseList(file, text)
		} else {
			_, err = ParseRules(file, text)
		}
		var de *DataError
		if err != nil && (!errors.As(err, &de) || de.Line < 1 || de.Col < 1) {
			t.Fatalf("no place in %v", err)
		}
	})
}
