package scoring

import "strings"

// Words of the deadline table, in the order of the numbers that features use for them.
var (
	flowWords  = [...]string{"import", "export", "transit", "transhipment", "remaining_aboard"}
	modeWords  = [...]string{"maritime", "rail", "road", "air", "mail", "multimodal", "fixed", "inland_waterway"}
	levelWords = [...]string{"simple", "master", "house", "sub_house"}
)

const (
	eventArrival   = "arrival"
	eventDeparture = "departure"
)

// deadline is one line of the deadline table: a filing must be here so many minutes before the event.
type deadline struct {
	flow, mode, level int // index of its word, -1 for any
	departure         bool
	minutes           int64
}

// readDeadlines reads the table, whose keys have been checked.
func readDeadlines(l *List) []deadline {
	var out []deadline
	for i := range l.entries {
		w := strings.Fields(l.entries[i].key)
		out = append(out, deadline{
			flow: indexOf(flowWords[:], w[0]), mode: indexOf(modeWords[:], w[1]), level: indexOf(levelWords[:], w[2]),
			departure: w[3] == eventDeparture, minutes: 60 * l.entries[i].columns[0],
		})
	}
	return out
}

// deadlineFor gives the first line that fits.
func (ls *Lists) deadlineFor(flow, mode, level int) (deadline, bool) {
	for _, d := range ls.deadlines {
		if (d.flow < 0 || d.flow == flow) && (d.mode < 0 || d.mode == mode) && (d.level < 0 || d.level == level) {
			return d, true
		}
	}
	return deadline{}, false
}
