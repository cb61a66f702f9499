package scoring

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"cargogate/internal/cargo"
)

var update = flag.Bool("update", false, "pin what is new, and write the catalogue; what is pinned is never changed")

const (
	corpusFile = "testdata/corpus.ndjson"
	frozenFile = "testdata/lists.txt"
	pinsFile   = "data/behaviour.txt"
)

// corpusLine is an Input as the corpus holds it.
type corpusLine struct {
	Case        string
	Consignment json.RawMessage
	Received    Instant
	Arrived     Instant
	Amendments  Amendments
	Houses      Houses
	Peers       []cargo.Equipment
}

func (l *corpusLine) input(t testing.TB) *Input {
	t.Helper()
	r, err := cargo.DecodeRecord(l.Consignment)
	if err != nil {
		t.Fatalf("%s: %v", l.Case, err)
	}
	in := &Input{Consignment: r.(*cargo.Consignment), Received: l.Received, Arrived: l.Arrived, Amendments: l.Amendments, Houses: l.Houses}
	if l.Peers != nil {
		in.Peers = NewPeers()
		in.Peers.AddConsignment(in.Consignment)
		for i := range l.Peers {
			in.Peers.AddEquipment(&l.Peers[i])
		}
	}
	return in
}

// corpus reads the fixed corpus. With -update it is extended by the cases that are not in it; no line ever changes.
func corpus(t *testing.T) []*Input {
	t.Helper()
	text, err := os.ReadFile(corpusFile)
	if err != nil && !(*update && errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	var inputs []*Input
	known := map[string]bool{}
	for line := range bytes.Lines(text) {
		var l corpusLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		known[l.Case] = true
		inputs = append(inputs, l.input(t))
	}
	if !*update {
		return inputs
	}
	ids := []string{"plain"}
	for id := range neutralCases {
		ids = append(ids, id)
	}
	slices.Sort(ids[1:])
	for _, id := range ids {
		if known[id] {
			continue
		}
		in := sample()
		if id != "plain" {
			neutralCases[id].fire(in)
		}
		l := corpusLine{Case: id, Consignment: in.Consignment.AppendJSON(nil), Received: in.Received, Arrived: in.Arrived,
			Amendments: in.Amendments, Houses: in.Houses}
		if in.Peers != nil {
			l.Peers = []cargo.Equipment{{ID: "MSKU9070323", Seals: []string{"ML0091427"}}}
		}
		b, err := json.Marshal(&l)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, b...), '\n')
		inputs = append(inputs, l.input(t))
	}
	if err := os.WriteFile(corpusFile, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return inputs
}

// frozenLists are the lists as they were when the first features were pinned, so that a new word in a list is no new
// behaviour. A list that came later is added with -update.
func frozenLists(t *testing.T) *Lists {
	t.Helper()
	text, err := os.ReadFile(frozenFile)
	if err != nil && !(*update && errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for part := range strings.SplitSeq(string(text), "=== ") {
		if name, body, ok := strings.Cut(part, "\n"); ok {
			folder[name] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	if *update {
		for l := range numLists {
			name := listName(l) + ".txt"
			if folder[name] != nil {
				continue
			}
			b, err := builtinLists.ReadFile("data/lists/" + name)
			if err != nil {
				t.Fatal(err)
			}
			folder[name] = &fstest.MapFile{Data: b}
			text = append(append(append(text, "=== "+name+"\n"...), bytes.TrimRight(b, "\n")...), '\n')
		}
		if err := os.WriteFile(frozenFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(folder) != int(numLists) {
		t.Fatalf("%s has %d lists of %d; -update adds the new ones", frozenFile, len(folder), numLists)
	}
	lists, err := LoadLists(folder)
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

func short(h []byte) string { return hex.EncodeToString(h)[:16] }

// featureHash hashes what a feature is of the first n lines of the corpus.
func featureHash(f FeatureNumber, vectors []Vector, n int) string {
	h := sha256.New()
	for i := range vectors[:n] {
		var one Vector
		one.values[f] = vectors[i].values[f]
		_, _ = h.Write(one.AppendBinary(nil)) // a hash never fails to write
	}
	return short(h.Sum(nil))
}

// indicatorHash hashes what an indicator says, and cites, of the first n lines of the corpus and of made-up vectors.
func indicatorHash(ind *Indicator, params []int64, vectors []Vector, n int) string {
	h := sha256.New()
	say := func(v *Vector) {
		e := evaluation{v: v, params: params}
		got := ind.judge(&e)
		if got != Fired {
			e.cited = nil
		}
		_, _ = fmt.Fprintln(h, got, e.cited)
	}
	for i := range vectors[:n] {
		say(&vectors[i])
	}
	var v Vector
	for i := range 400 * len(ind.needs) * len(ind.needs) {
		madeUp(&v, ind, params, uint64(i))
		say(&v)
	}
	return short(h.Sum(nil))
}

// madeUp fills a vector with what an indicator reads, with numbers round its parameters.
func madeUp(v *Vector, ind *Indicator, params []int64, seed uint64) {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(ind.ID))
	r := rand.New(rand.NewPCG(sum.Sum64(), seed))
	for _, f := range ind.needs {
		v.Forget(f)
		x := &v.values[f]
		switch r.IntN(16) {
		case 0:
			continue
		case 1:
			x.state = Absent
		default:
			x.state = Known
		}
		x.n = uint8(r.IntN(3) * r.IntN(maxObservations/2+1))
		if x.state == Absent {
			x.n = 1
		}
		x.total = uint32(x.n)
		for i := range x.n {
			n := int64(r.IntN(4))
			switch r.IntN(4) {
			case 0:
				if len(params) > 0 {
					n = params[r.IntN(len(params))] + int64(r.IntN(3)) - 1
				}
			case 1:
				n = 1<<r.IntN(30) + int64(r.IntN(3)) - 1
			}
			x.obs[i] = Observation{Number: n, At: path(fieldItems)}
		}
	}
}

func joined(numbers []int64) string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.FormatInt(n, 10)
	}
	return "[" + strings.Join(out, " ") + "]"
}

// TestPinned holds every feature and every indicator to what it was when it was pinned: its number, what it does on the
// corpus, its parameters and points. A line, once there, stays: who wants another behaviour makes a new version. -update
// adds lines for what is new and cannot change one.
func TestPinned(t *testing.T) {
	inputs, lists := corpus(t), frozenLists(t)
	vectors := make([]Vector, len(inputs))
	x := extractor{lists: lists, seals: map[string]string{}}
	for i, in := range inputs {
		x.run(in, &vectors[i])
	}
	text, err := os.ReadFile(pinsFile)
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		w := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4) // kind, id, corpus lines, rest
		if len(w) != 4 {
			t.Fatalf("line %q", line)
		}
		pinned[w[1]] = true
		n, err := strconv.Atoi(w[2])
		if err != nil || n > len(inputs) {
			t.Fatalf("line %q: the corpus has %d lines, and none may go", line, len(inputs))
		}
		if got, ok := pinLine(w[0], w[1], w[3], vectors, n); !ok || got != w[3] {
			t.Errorf("%s %s was pinned as %q and is now %q: what changes gets a new version", w[0], w[1], w[3], got)
		}
	}
	var fresh []string
	for f := range NumFeatures {
		if id := features[f].ID; !pinned[id] {
			rest, _ := pinLine("feature", id, "", vectors, len(vectors))
			fresh = append(fresh, fmt.Sprintf("feature %s %d %s\n", id, len(vectors), rest))
		}
	}
	rules, err := BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	for i := range rules.Indicators {
		if r := &rules.Indicators[i]; !pinned[r.ID] {
			fresh = append(fresh, fmt.Sprintf("indicator %s %d points %d params %s %s\n", r.ID, len(vectors),
				r.Points, joined(r.Params), indicatorHash(r.indicator, r.Params, vectors, len(vectors))))
		}
	}
	if len(fresh) == 0 {
		return
	}
	if !*update {
		t.Fatalf("not pinned (-update does it): %s", strings.Join(fresh, ""))
	}
	if err := os.WriteFile(pinsFile, append(text, strings.Join(fresh, "")...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pinLine says what the rest of a pinned line should be. For an indicator in force, points and parameters are those of
// the rules; for an old one, those of the line.
func pinLine(kind, id, rest string, vectors []Vector, n int) (string, bool) {
	if kind == "feature" {
		f, ok := FeatureByID(id)
		if !ok {
			return "gone", false
		}
		return fmt.Sprintf("number %d %s", f, featureHash(f, vectors, n)), true
	}
	ind, ok := IndicatorByID(id)
	if !ok {
		return "gone", false
	}
	rules, err := BuiltinRules()
	if err != nil {
		return err.Error(), false
	}
	if r := ruleByID(rules, id); r != nil {
		return fmt.Sprintf("points %d params %s %s", r.Points, joined(r.Params), indicatorHash(ind, r.Params, vectors, n)), true
	}
	head, _, _ := strings.Cut(rest, "]")
	_, list, _ := strings.Cut(head, "[")
	var params []int64
	for _, w := range strings.Fields(list) {
		p, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return err.Error(), false
		}
		params = append(params, p)
	}
	return head + "] " + indicatorHash(ind, params, vectors, n), true
}

// TestPinsNotice replaces each function by others (its opposite, and itself with another parameter) and looks that the
// pin would not fit.
func TestPinsNotice(t *testing.T) {
	t.Parallel()
	rules := plainEngine(t).Rules()
	for i := range rules.Indicators {
		r := &rules.Indicators[i]
		was := indicatorHash(r.indicator, r.Params, nil, 0)
		other := *r.indicator
		other.judge = func(e *evaluation) Verdict { return Fired - r.indicator.judge(e) }
		if indicatorHash(&other, r.Params, nil, 0) == was {
			t.Errorf("%s: the opposite of it has the same hash", r.ID)
		}
		for k := range r.Params {
			params := slices.Clone(r.Params)
			params[k] = 2*params[k] + 1
			other.judge = func(e *evaluation) Verdict {
				e.params = params
				return r.indicator.judge(e)
			}
			if indicatorHash(&other, r.Params, nil, 0) == was {
				t.Errorf("%s: with another %s it has the same hash", r.ID, r.indicator.params[k].Name)
			}
		}
	}
}
