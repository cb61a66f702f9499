package scoring

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"cargogate/internal/cargo"
)

// drawInput makes a consignment from the cases: a few changes on top of another.
func drawInput(t *rapid.T) *Input {
	ids := make([]string, 0, len(neutralCases))
	for id := range neutralCases {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	in := sample()
	for range rapid.IntRange(0, 5).Draw(t, "changes") {
		apply(neutralCases[rapid.SampledFrom(ids).Draw(t, "case")].fire, in)
	}
	for i := range in.Consignment.Parties {
		if rapid.Bool().Draw(t, "name") {
			in.Consignment.Parties[i].Name = rapid.String().Draw(t, "text")
		}
	}
	return in
}

// apply makes a change; one that does not go with those before it is left out.
func apply(e edit, in *Input) {
	defer func() { _ = recover() }() // a case reaches for a party or item that another took away
	e(in)
}

// TestPointsAreTheSum holds the total, the families and the reasons to each other.
func TestPointsAreTheSum(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		s := e.NewScorer().Score(drawInput(t))
		sum, families := 0, map[string]int{}
		for i, r := range s.Reasons {
			sum += r.Rule.Points
			families[r.Rule.Family] += r.Rule.Points
			if i > 0 && (s.Reasons[i-1].Rule.Points < r.Rule.Points || s.Reasons[i-1].Rule.Points == r.Rule.Points && s.Reasons[i-1].Rule.ID >= r.Rule.ID) {
				t.Fatalf("%s stands behind %s", r.Rule.ID, s.Reasons[i-1].Rule.ID)
			}
		}
		if sum != s.Points {
			t.Fatalf("points %d, reasons %d", s.Points, sum)
		}
		s.Families(func(name string, points int) bool {
			if families[name] != points {
				t.Fatalf("family %s: %d, reasons %d", name, points, families[name])
			}
			delete(families, name)
			return true
		})
		if len(families) > 0 {
			t.Fatalf("families %v are not in the score", families)
		}
		if s.Selected != (s.Points >= e.rules.Threshold) {
			t.Fatal("selected does not follow from the points")
		}
	})
}

// TestForgetting takes what one reason cites out of the vector. The reason goes, nothing new comes, and every indicator
// that does not read those features says what it said: so the total falls by exactly the points of those that went.
func TestForgetting(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		s := e.NewScorer()
		before := s.Score(drawInput(t))
		if len(before.Reasons) == 0 {
			return
		}
		r := before.Reasons[rapid.IntRange(0, len(before.Reasons)-1).Draw(t, "reason")]
		forgotten := before.Features(&r)
		v := *before.Vector()
		for _, f := range forgotten {
			v.Forget(f)
		}
		want := before.Points
		for _, other := range before.Reasons {
			if slices.ContainsFunc(other.Rule.indicator.needs, func(f FeatureNumber) bool { return slices.Contains(forgotten, f) }) {
				w := evaluation{v: &v, params: other.Rule.Params}
				if other.Rule.indicator.judge(&w) != Fired {
					want -= other.Rule.Points
				}
			}
		}
		after := e.NewScorer().ScoreVector(&v)
		if fired(after, r.Rule.ID) {
			t.Fatalf("%s fires without what it cites", r.Rule.ID)
		}
		for _, n := range after.Reasons {
			if !fired(before, n.Rule.ID) {
				t.Fatalf("%s fires since less is known", n.Rule.ID)
			}
		}
		if after.Points != want {
			t.Fatalf("points %d → %d, want %d", before.Points, after.Points, want)
		}
	})
}

// TestMonotone forgets any feature of any vector: a verdict may become unsure, and never turns round.
func TestMonotone(t *testing.T) {
	t.Parallel()
	rules := plainEngine(t).Rules()
	rapid.Check(t, func(t *rapid.T) {
		r := &rules.Indicators[rapid.IntRange(0, len(rules.Indicators)-1).Draw(t, "indicator")]
		var v Vector
		madeUp(&v, r.indicator, r.Params, rapid.Uint64().Draw(t, "seed"))
		was := verdict(r, &v)
		f := FeatureNumber(rapid.IntRange(0, int(NumFeatures)-1).Draw(t, "feature"))
		if rapid.Bool().Draw(t, "needed") {
			f = rapid.SampledFrom(r.indicator.needs).Draw(t, "need")
		}
		v.Forget(f)
		now := verdict(r, &v)
		if now != was && (now != Unsure || !slices.Contains(r.indicator.needs, f)) {
			t.Fatalf("%s: %s, and without %s %s", r.ID, was, features[f].ID, now)
		}
	})
}

// TestReadsOnlyItsNeeds gives every feature but an indicator's own another value, and looks that nothing changes.
func TestReadsOnlyItsNeeds(t *testing.T) {
	t.Parallel()
	rules := plainEngine(t).Rules()
	rapid.Check(t, func(t *rapid.T) {
		noise := drawVector(t)
		r := &rules.Indicators[rapid.IntRange(0, len(rules.Indicators)-1).Draw(t, "indicator")]
		var v Vector
		madeUp(&v, r.indicator, r.Params, rapid.Uint64().Draw(t, "seed"))
		was := verdict(r, &v)
		for f := range NumFeatures {
			if !slices.Contains(r.indicator.needs, f) {
				v.values[f] = noise.values[f]
			}
		}
		if now := verdict(r, &v); now != was {
			t.Fatalf("%s reads a feature that it does not name: %s, then %s", r.ID, was, now)
		}
	})
}

// TestRecord writes scores of hostile consignments, reads them, and replays them to the same bytes.
func TestRecord(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Consignment.Documents = nil
		in.Consignment.AddDocument(cargo.DocumentBill, rapid.String().Draw(t, "number"), rapid.String().Draw(t, "issuer"))
		line := e.NewScorer().Score(in).AppendJSON(nil, in.Consignment)
		if !json.Valid(line) || bytes.ContainsAny(line, "\n\r") {
			t.Fatalf("not a line of JSON: %s", line)
		}
		stored, err := DecodeStored(line)
		if err != nil {
			t.Fatal(err)
		}
		again, err := e.NewScorer().AppendReplay(nil, stored)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(line, again) {
			t.Fatalf("replayed:\n%s\nwas:\n%s", again, line)
		}
	})
}

// TestRecordShape holds the record to the contract's names.
func TestRecordShape(t *testing.T) {
	t.Parallel()
	in := change(neutralCases["rip-off-seal@1"].fire)
	e := plainEngine(t)
	line := e.NewScorer().Score(in).AppendJSON(nil, in.Consignment)
	var got struct {
		Record      string
		Schema      int
		Consignment struct {
			Documents []struct{ Kind, Number, Issuer string }
		}
		Points     *int
		Band       *string
		Selected   *bool
		Assessable *bool
		Families   map[string]int
		Reasons    []struct {
			Indicator, Family string
			Points            int
			Fields            []string
			Args              []struct{ Name, Value string }
			Text              string
		}
		Versions map[string]string
		Vector   []byte
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Record != "score" || got.Schema != 1 || got.Points == nil || got.Band == nil || got.Selected == nil || got.Assessable == nil {
		t.Errorf("%s", line)
	}
	if len(got.Consignment.Documents) != 1 || got.Consignment.Documents[0].Number != "ABCD118W0042" {
		t.Errorf("documents %v", got.Consignment.Documents)
	}
	for _, name := range []string{"rules", "lists", "model", "reference", "build"} {
		v, ok := got.Versions[name]
		if !ok || (v == "") != (name == "model") {
			t.Errorf("version %s is %q", name, v)
		}
	}
	if len(got.Versions) != 5 || got.Families["narcotics"] != 18 {
		t.Errorf("versions %v, families %v", got.Versions, got.Families)
	}
	r := got.Reasons[0]
	if r.Indicator != "rip-off-seal@1" || r.Family != "narcotics" || r.Text != "green coffee from or through CO, and something is wrong with a seal." {
		t.Errorf("%+v", r)
	}
	if !slices.Contains(r.Fields, "/equipment/0/seals/0") || !slices.Contains(r.Fields, "/items/0/description") || len(r.Args) == 0 {
		t.Errorf("%+v", r)
	}
}

func TestNotAssessable(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	in := change(describe("", ""))
	s := e.NewScorer().Score(in)
	if s.Assessable || s.Band != bandUnassessed || s.Selected || !slices.Equal(s.Missing, []string{"goods"}) {
		t.Errorf("%s", s.AppendJSON(nil, in.Consignment))
	}
	line := s.AppendJSON(nil, in.Consignment)
	if !strings.Contains(string(line), `"assessable":false,"missing":["goods"],`) {
		t.Errorf("%s", line)
	}
	// With enough points it is selected all the same, and its band says so.
	in = change(describe("", ""), without(cargo.RoleConsignor), without(cargo.RoleConsignee))
	s = e.NewScorer().Score(in)
	if s.Assessable || !s.Selected || s.Band != "high" && s.Band != "critical" {
		t.Errorf("%s", s.AppendJSON(nil, in.Consignment))
	}
}

// TestNeeds looks at what needs no goods of its own.
func TestNeeds(t *testing.T) {
	t.Parallel()
	e := plainEngine(t)
	bare := describe("", "")
	for name, tt := range map[string]struct {
		edit edit
		want bool
	}{
		"empty equipment":         {both(bare, unit(func(e *cargo.Equipment) { e.Fullness = cargo.FullnessEmpty })), true},
		"described by its houses": {both(bare, master(3)), true},
		"master without houses":   {both(bare, master(0)), false},
		"only an HS code":         {describe("", "630221"), true},
		"only an unread place":    {both(placeAt(cargo.PlaceLoading, "QQAAA"), noPlaces(cargo.PlaceDischarge, cargo.PlaceDelivery)), false},
	} {
		if s := e.NewScorer().Score(change(tt.edit)); s.Assessable != tt.want {
			t.Errorf("%s: assessable %v, missing %v", name, s.Assessable, s.Missing)
		}
	}
}

func TestStoredRefused(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"no JSON": "{", "another record": `{"record":"consignment","schema":1}`, "a later schema": `{"record":"score","schema":2}`,
		"no vector": `{"record":"score","schema":1,"consignment":{}}`, "no consignment": `{"record":"score","schema":1,"vector":"AQ=="}`,
		"vector of no base 64": `{"record":"score","schema":1,"consignment":{},"vector":"?"}`, "empty": "",
	} {
		if _, err := DecodeStored([]byte(line)); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := plainEngine(t)
	s := e.NewScorer()
	if _, err := s.AppendReplay(nil, &Stored{Vector: []byte{1}, Versions: Versions{Rules: "rules-000000000000"}, Consignment: []byte("{}")}); !errors.Is(err, ErrUnknownRules) {
		t.Errorf("unknown rules: %v", err)
	}
	if _, err := s.AppendReplay(nil, &Stored{Vector: []byte{9}, Versions: e.Versions(), Consignment: []byte("{}")}); !errors.Is(err, ErrVector) {
		t.Errorf("broken vector: %v", err)
	}
}

// TestEarlierRules replays a score under rules that are not in force any more.
func TestEarlierRules(t *testing.T) {
	t.Parallel()
	then := plainEngine(t)
	in := change(neutralCases["to-order-without-notify@1"].fire)
	line := then.NewScorer().Score(in).AppendJSON(nil, in.Consignment)
	rules, err := ParseRules("rules.txt", strings.Replace(builtinRules, "points 30\n", "points 31\n", -1))
	if err != nil {
		t.Fatal(err)
	}
	now, err := NewEngine(Options{Rules: rules, Earlier: []*Rules{then.Rules()}})
	if err != nil {
		t.Fatal(err)
	}
	if s := now.NewScorer().Score(in); s.Versions.Rules == then.Versions().Rules || s.Points == 0 {
		t.Errorf("the new rules have the version %s and give %d", s.Versions.Rules, s.Points)
	}
	stored, err := DecodeStored(line)
	if err != nil {
		t.Fatal(err)
	}
	again, err := now.NewScorer().AppendReplay(nil, stored)
	if err != nil || !bytes.Equal(line, again) {
		t.Errorf("%v: replayed\n%s\nwas\n%s", err, again, line)
	}
}

// everything scores all cases and gives a hash of the records.
func everything(t testing.TB) string {
	e := plainEngine(t)
	ids := make([]string, 0, len(neutralCases))
	for id := range neutralCases {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	lines := make([][]byte, len(ids))
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			s := e.NewScorer()
			for i := w; i < len(ids); i += runtime.GOMAXPROCS(0) {
				in := change(neutralCases[ids[i]].fire)
				lines[i] = s.Score(in).AppendJSON(nil, in.Consignment)
			}
		})
	}
	wg.Wait()
	sum := sha256.Sum256(bytes.Join(lines, []byte("\n")))
	return hex.EncodeToString(sum[:])
}

// TestSameEverywhere scores the same in other processes, with other numbers of processors and other map seeds.
func TestSameEverywhere(t *testing.T) {
	t.Parallel()
	if os.Getenv("SCORING_CHILD") == "1" {
		t.Log("records " + everything(t))
		return
	}
	want := "records " + everything(t)
	for _, n := range []string{"1", "2", "7"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSameEverywhere$", "-test.v")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+n, "SCORING_CHILD=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("GOMAXPROCS=%s: %v\nwant %s\n%s", n, err, want, out)
		}
	}
}

// TestSteadyState holds scoring, storing and writing to no allocation, once the room is there.
func TestSteadyState(t *testing.T) {
	e := plainEngine(t)
	var inputs []*Input
	for _, c := range neutralCases {
		inputs = append(inputs, change(c.fire))
	}
	inputs = append(inputs, sample())
	s := e.NewScorer()
	var line, vector []byte
	run := func() {
		for _, in := range inputs {
			score := s.Score(in)
			vector = score.Vector().AppendBinary(vector[:0])
			line = score.AppendJSON(line[:0], in.Consignment)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations for %d consignments", n, len(inputs))
	}
}

// FuzzScore puts hostile text everywhere: nothing panics, the record is JSON, and replay gives it again.
func FuzzScore(f *testing.F) {
	f.Add("COTTON BED LINEN", "630221", "TO ORDER", "P.O. BOX 1", "+31 10 5550100", "CSQU3054383", "45G1", "ML1")
	f.Add("\xff\xfe \x00\u202e\u0301", "77", strings.Repeat("A.", 300), "", "@", "\xc3", "L", "000")
	f.Add("108-24-7 ammonium nitrate", "999999999999", "İSTANBUL", "ß ſ ﬁ", "00", "", "22T", "N/A")
	f.Add(strings.Repeat("S.T.C. ", 500), "０１", "كود", "東京都", "+999999999999999", "ABCU1234567", "99ZZ", strings.Repeat("9", 99))
	e := plainEngine(f)
	s := e.NewScorer()
	f.Fuzz(func(t *testing.T, description, hs, name, address, contact, id, size, seal string) {
		in := sample()
		c := in.Consignment
		i := &c.Items[0]
		i.Description, i.HS, i.Origin, i.Packages[0].Type = description, hs, hs, size
		*i.AddDangerousGoods() = cargo.DangerousGoods{UN: hs, Class: size, PackingGroup: seal}
		for k := range c.Parties {
			c.Parties[k].Name, c.Parties[k].Address[0], c.Parties[k].Contacts[0].Value = name, address, contact
		}
		c.Equipment[0].SetID(id)
		c.Equipment[0].SizeType, c.Equipment[0].Seals = size, []string{seal, seal}
		c.Places[0].Locode, c.Places[0].Country = hs, size
		c.Call.Conveyance.SetIMO(id)
		line := s.Score(in).AppendJSON(nil, c)
		if !json.Valid(line) {
			t.Fatalf("not JSON: %q", line)
		}
		stored, err := DecodeStored(line)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.AppendReplay(nil, stored)
		if err != nil || !bytes.Equal(line, again) {
			t.Fatalf("%v:\n%s\n%s", err, line, again)
		}
	})
}
