package caseq

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestUrgency(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		due  time.Duration
		want int64
	}{
		"a week": {168 * time.Hour, 0}, "the horizon": {Horizon, 0}, "a step before": {Horizon - 2*time.Minute, 1}, "less than a step": {Horizon - time.Minute, 0},
		"half of it": {36 * time.Hour, 18 * 60}, "an hour": {time.Hour, 36*60 - 30}, "now": {0, 36 * 60}, "just over": {-time.Microsecond, 36 * 60},
		"still there": {-Grace + time.Microsecond, 36 * 60}, "gone": {-Grace, 0}, "long gone": {-1000 * time.Hour, 0},
	} {
		if got := Urgency(10, noon.Add(try.due), noon) - 600; got != try.want {
			t.Errorf("%s: %d, want %d", name, got, try.want)
		}
	}
	if got := Urgency(10, time.Time{}, noon) - 600; got != 18*60 {
		t.Errorf("unknown: %d", got)
	}
	if Base(3, 40, false) != 40 || Base(50, 40, false) != 50 || Base(3, 40, true) != 3 {
		t.Error("what cannot be assessed is not ranked as what is just selected, or something else is")
	}
}

// Time makes up for points, and what cannot be assessed is not drowned.
func TestLess(t *testing.T) {
	t.Parallel()
	c := func(n int64, points int, due time.Duration) *Case {
		return &Case{Number: n, Points: points, Base: points, Due: noon.Add(due)}
	}
	unclear := &Case{Number: 9, Points: 4, Base: Base(4, 40, false), Due: noon.Add(time.Hour)}
	order := []*Case{c(1, 90, time.Hour), c(2, 50, time.Hour), c(3, 80, 168*time.Hour), unclear, c(4, 41, 71*time.Hour), c(5, 41, 100*time.Hour), c(6, 41, 100*time.Hour), c(7, 41, -100*time.Hour)}
	for i := range order {
		for j := range order {
			if got := Less(order[i], order[j], noon); got != (i < j) {
				t.Errorf("%d before %d: %v", i, j, got)
			}
		}
	}
}

// The order is total at every time, and a case that nears its time never falls behind one that is due later and was behind.
func TestLessIsTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []*Case
		for i := range rapid.IntRange(2, 8).Draw(t, "cases") {
			c := &Case{Number: int64(i + 1), Base: rapid.IntRange(0, 3).Draw(t, "base")}
			if h := rapid.IntRange(-60, 90).Draw(t, "due"); h != 0 {
				c.Due = noon.Add(time.Duration(h) * time.Hour)
			}
			all = append(all, c)
		}
		now := noon.Add(time.Duration(rapid.IntRange(-40, 40).Draw(t, "now")) * time.Hour)
		compare := func(a, b *Case) int {
			switch less, more := Less(a, b, now), Less(b, a, now); {
			case less && more, a != b && !less && !more, a == b && less:
				t.Fatalf("%+v and %+v: %v %v", a, b, less, more)
			case less:
				return -1
			case more:
				return 1
			}
			return 0
		}
		one, two := slices.Clone(all), slices.Clone(all)
		slices.Reverse(two)
		slices.SortFunc(one, compare)
		slices.SortFunc(two, compare)
		if !slices.Equal(one, two) {
			t.Fatal("the order depends on where it began")
		}
		for i, c := range one[1:] {
			if compare(one[i], c) >= 0 || cmp.Compare(Urgency(one[i].Base, one[i].Due, now), Urgency(c.Base, c.Due, now)) < 0 {
				t.Fatal("sorted, and not in order")
			}
		}
	})
}
