package scoring

import (
	"slices"
	"testing"

	"cargogate/internal/cargo"
)

// benchInputs are a mixed load: the plain sample and every case.
func benchInputs() []*Input {
	ids := make([]string, 0, len(neutralCases))
	for id := range neutralCases {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	inputs := []*Input{sample()}
	for _, id := range ids {
		inputs = append(inputs, change(neutralCases[id].fire))
	}
	return inputs
}

// BenchmarkScore measures one consignment: features and verdicts.
func BenchmarkScore(b *testing.B) {
	inputs := benchInputs()
	s := plainEngine(b).NewScorer()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Score(inputs[i%len(inputs)])
		i++
	}
}

// BenchmarkWordsOnce is the limit beside BenchmarkScore: the same consignments' texts taken apart into words, once.
func BenchmarkWordsOnce(b *testing.B) {
	inputs := benchInputs()
	var w words
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := inputs[i%len(inputs)].Consignment
		w.reset()
		eachText(c, w.add)
		i++
	}
}

// eachText gives every text that scoring looks at.
func eachText(c *cargo.Consignment, yield func(string)) {
	for i := range c.Items {
		yield(c.Items[i].Description)
	}
	for i := range c.Parties {
		p := &c.Parties[i]
		yield(p.Name)
		for _, line := range p.Address {
			yield(line)
		}
		for k := range p.Contacts {
			yield(p.Contacts[k].Value)
		}
	}
	for i := range c.Equipment {
		for _, seal := range c.Equipment[i].Seals {
			yield(seal)
		}
	}
}

// BenchmarkExtract and BenchmarkJudge are the two halves of BenchmarkScore.
func BenchmarkExtract(b *testing.B) {
	inputs := benchInputs()
	s := plainEngine(b).NewScorer()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.x.run(inputs[i%len(inputs)], &s.vector)
		i++
	}
}

// BenchmarkJudge asks all indicators about one vector.
func BenchmarkJudge(b *testing.B) {
	e := plainEngine(b)
	s := e.NewScorer()
	s.Score(sample())
	b.ReportAllocs()
	for b.Loop() {
		s.judge(e.rules, e.versions)
	}
}

// BenchmarkStore adds what storing costs: the vector's bytes and the record.
func BenchmarkStore(b *testing.B) {
	in := change(neutralCases["rip-off-seal@1"].fire)
	score := plainEngine(b).NewScorer().Score(in)
	var line, vector []byte
	b.ReportAllocs()
	for b.Loop() {
		vector = score.Vector().AppendBinary(vector[:0])
		line = score.AppendJSON(line[:0], in.Consignment)
	}
	b.ReportMetric(float64(len(vector)), "vector-bytes")
	b.ReportMetric(float64(len(line)), "record-bytes")
}

// BenchmarkReplay judges a stored vector.
func BenchmarkReplay(b *testing.B) {
	e := plainEngine(b)
	s := e.NewScorer()
	stored := s.Score(sample()).Vector().AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Replay(stored, e.Versions()); err != nil {
			b.Fatal(err)
		}
	}
}
