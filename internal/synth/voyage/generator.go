package voyage

import (
	"container/heap"
	"io"
	"iter"
	"time"
)

// A File is one interchange as it comes from a filer.
type File struct {
	Name         string    // of the file: when it was received, its number and who filed it
	Filer        string    // code of the carrier or NVOCC, as in UNB and NAD+MS
	Format       string    // FormatD95B or FormatD16A
	Flavour      string    // whose national practice it follows
	ReceivedAt   time.Time // UTC, to the minute
	ETA          time.Time // of the ship at the port of call
	Function     string    // DE 1225: 9, 5, 4, 2, 1
	Document     string    // DE 1004
	Consignments int       // bills in the message
	Fault        string    // what was broken in it, a kind of package synth; empty where it is as it should be
	Bytes        []byte    // the interchange
	Truth        []Truth   // of the planted consignments that are filed here first
}

// WriteTo writes the interchange.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(f.Bytes)
	return int64(n), err
}

// A Generator makes traffic. It is for one goroutine; several of them share nothing.
type Generator struct {
	o        Options
	w        *world
	size     int // consignments of a call, about
	interval int // minutes between two calls
	calls    int // planned so far
	count    int // consignments planned so far
	files    int // given so far
	jobs     jobs

	made func(*filing, *File) // told of each message by tests; mostly nil
}

// New gives a generator. The error says which option is out of range.
func New(o Options) (*Generator, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	which, err := chosen(o.Typologies)
	if err != nil {
		return nil, err
	}
	g := &Generator{o: o, w: newWorld(o.Seed, o.Consignments)}
	g.size = min(max(o.Consignments/12, 12), 140)
	if more := o.Consignments / 10000; more > g.size {
		g.size = more
	}
	expected := o.Consignments*10/(g.size*11) + 1 // a call has an export list now and then
	g.interval = max(1, o.Days*24*60/expected)
	g.w.flavours = o.flavoursFor()
	g.w.menu = newMenu(which)
	g.w.level(o.TypologyRate, o.LookalikeRate)
	return g, nil
}

// Next gives the next file in the order of receipt, and io.EOF after the last. The file is the caller's.
func (g *Generator) Next() (*File, error) {
	g.plan()
	if len(g.jobs) == 0 {
		return nil, io.EOF
	}
	j := heap.Pop(&g.jobs).(job)
	return g.file(&j), nil
}

// Files gives all files in the order of receipt.
func (g *Generator) Files() iter.Seq[*File] {
	return func(yield func(*File) bool) {
		for {
			f, err := g.Next()
			if err != nil || !yield(f) { // io.EOF: nothing else can happen
				return
			}
		}
	}
}

// A job is a message to be made when its time comes.
type job struct {
	at         int // minutes from the start
	call       *call
	part       int // index in the call's parts
	kind       jobKind
	generation int   // of the document: 1 after a cancellation
	slots      []int // that are named; nil for all
}

type jobKind uint8

const (
	originalJob jobKind = iota
	repairedJob         // an original again, after a fault that refused it
	replaceJob          // the whole list, corrected
	restoreJob          // the whole list, after a fault that refused some of its bills
	cancelJob
	anewJob // after a cancellation
	earlyJob
	additionJob
	lateJob
)

// jobs is a heap by time; at one time by call, part and kind, so that the order does not depend on the heap.
type jobs []job

// Len is for package heap, like all methods of jobs.
func (j jobs) Len() int      { return len(j) }
func (j jobs) Swap(a, b int) { j[a], j[b] = j[b], j[a] }
func (j *jobs) Push(x any)   { *j = append(*j, x.(job)) }
func (j *jobs) Pop() any {
	old := *j
	x := old[len(old)-1]
	old[len(old)-1] = job{}
	*j = old[:len(old)-1]
	return x
}

// Less orders by time.
func (j jobs) Less(a, b int) bool {
	x, y := &j[a], &j[b]
	switch {
	case x.at != y.at:
		return x.at < y.at
	case x.call.number != y.call.number:
		return x.call.number < y.call.number
	case x.part != y.part:
		return x.part < y.part
	}
	return x.kind < y.kind
}

// mostLead is how many minutes before a ship's arrival the first filing comes.
const mostLead = 6 * 24 * 60

// plan plans calls as long as one of their filings could come before those that are planned.
func (g *Generator) plan() {
	for g.count < g.o.Consignments {
		eta := mostLead + g.calls*g.interval
		if len(g.jobs) > 0 && g.jobs[0].at < eta-mostLead {
			return
		}
		r := stream(g.w.seed, forCall, uint64(g.calls), 1)
		c := g.w.planCall(g.calls, g.size, g.o.Consignments-g.count, eta+r.n(g.interval+1))
		g.calls++
		g.count += c.count
		for i := range c.parts {
			heap.Push(&g.jobs, job{at: g.filedAt(c, &c.parts[i]), call: c, part: i})
		}
	}
}

// filedAt draws when a list is filed: days to hours before what it is due by, or late.
func (g *Generator) filedAt(c *call, p *part) int {
	r := stream(g.w.seed, forPart, uint64(c.number), uint64(p.id))
	isLate := r.ppm(g.o.LateRate)
	if p.export { // due two hours before the ship leaves
		leaves := c.eta + stay
		if isLate {
			return leaves - r.in(-300, 110)
		}
		return leaves - r.in(130, 1500)
	}
	switch { // due a day before it arrives
	case isLate && r.pct(20):
		return c.eta + r.in(5, 600)
	case isLate:
		return c.eta - r.in(60, 1430)
	case r.pct(15): // at the last moment
		return c.eta - r.in(1445, 1620)
	}
	return c.eta - r.in(1620, 6600)
}
