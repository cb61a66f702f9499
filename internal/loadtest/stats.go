package loadtest

import (
	"fmt"
	"slices"
	"time"
)

// median gives the middle of some values, the upper one of two.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// percentile gives the value that so much of all are not above; 0 of none.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func perSecond(n int, d time.Duration) float64 {
	return float64(n) / max(d, time.Microsecond).Seconds()
}

// turns gathers both sides of a ratio.
type turns struct{ ours, limit []float64 }

func (t *turns) add(ours, limit float64) {
	t.ours, t.limit = append(t.ours, ours), append(t.limit, limit)
}

// figure fills in what the turns came to.
func (t *turns) figure(f Figure) Figure {
	f.Value, f.Least, f.Most = median(t.ours), slices.Min(t.ours), slices.Max(t.ours)
	f.Limit = median(t.limit)
	ratios := make([]float64, len(t.ours))
	for i := range ratios {
		ratios[i] = t.ours[i] / t.limit[i]
	}
	f.Ratio = median(ratios)
	return f
}

// quantity gives a value with its unit.
func quantity(v float64, unit string) string {
	if v == 0 {
		return "–"
	}
	return number(v) + " " + unit
}

// number gives a value to about three digits.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
