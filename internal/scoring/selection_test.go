package scoring

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	set := []Candidate{
		{ID: "a", Points: 10, Assessable: true}, {ID: "b", Points: 90, Assessable: true, Due: At(200)},
		{ID: "c", Points: 90, Assessable: true, Due: At(100)}, {ID: "d", Points: 90, Assessable: true},
		{ID: "e", Points: 5}, {ID: "f", Points: 20}, {ID: "g", Points: 10, Assessable: true},
	}
	for name, tt := range map[string]struct {
		budget Budget
		want   string
	}{
		"no limit":               {Budget{}, "c b d f a g e"},
		"at most":                {Budget{Max: 2}, "c b"},
		"of a thousand":          {Budget{Permille: 500}, "c b d"},
		"of a thousand, one":     {Budget{Permille: 1}, "c"},
		"the lesser limit":       {Budget{Max: 1, Permille: 900}, "c"},
		"least points":           {Budget{Points: 20}, "c b d f"},
		"unassessed beside":      {Budget{Max: 1, Unassessed: 1}, "c f"},
		"all unassessed beside":  {Budget{Points: 50, Unassessed: 9}, "c b d f e"},
		"nothing has the points": {Budget{Points: 1000}, ""},
	} {
		if got := ids(set, Select(set, tt.budget)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if got := Select(nil, Budget{Permille: 5}); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func ids(set []Candidate, chosen []int) string {
	out := ""
	for i, k := range chosen {
		if i > 0 {
			out += " "
		}
		out += set[k].ID
	}
	return out
}

// TestSelectOrder shuffles a set with many equals: the same are chosen, in the same order.
func TestSelectOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 7))
	var set []Candidate
	for i := range 300 {
		set = append(set, Candidate{ID: fmt.Sprint("c", i), Points: r.IntN(4) * 10, Assessable: r.IntN(5) > 0, Due: Instant{Unix: r.Int64N(3), OK: r.IntN(2) == 0}})
	}
	b := Budget{Permille: 200, Points: 10, Unassessed: 7}
	want := ids(set, Select(set, b))
	for range 20 {
		shuffled := slices.Clone(set)
		r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		if got := ids(shuffled, Select(shuffled, b)); got != want {
			t.Fatalf("the order of the set makes a difference:\n%s\n%s", got, want)
		}
	}
}
