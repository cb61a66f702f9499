package voyage

import (
	"container/heap"
	"strconv"
	"time"

	"cargogate/internal/synth"
)

// file makes the message of a job, and puts off what follows from it.
func (g *Generator) file(j *job) *File {
	c, p := j.call, &j.call.parts[j.part]
	r := stream(g.w.seed, forFile, uint64(c.number), uint64(p.id), uint64(j.kind))
	m := filing{w: g.w, c: c, p: p, f: g.w.flavourOf(p.filer), start: g.o.Start, created: j.at - r.in(1, 9)}
	m.document = g.document(p, c, j.generation)
	serial := g.w.scatter(uint64(g.files), numberPrime)
	g.files++
	m.control = strconv.Itoa(int(serial) + 100000000)[1:]
	m.function = map[jobKind]byte{replaceJob: '5', restoreJob: '5', cancelJob: '1', earlyJob: '4', lateJob: '4', additionJob: '2'}[j.kind]
	if m.function == 0 {
		m.function = '9'
	}
	var due due
	if j.kind != cancelJob {
		m.slots = g.slots(j, &r, &due)
	}
	f := &File{
		Filer: p.filer.code, Format: m.f.format(), Flavour: m.f.name, Function: string(m.function), Document: m.document,
		ReceivedAt: g.minute(j.at), ETA: g.minute(c.eta), Bytes: m.bytes(),
	}
	f.Name = f.ReceivedAt.Format("20060102T1504Z") + "-" + strconv.Itoa(10000000 + g.files)[1:] + "-" + p.filer.code + ".edi"
	for i := range m.slots {
		if p.nvocc < 0 {
			f.Consignments++
		} else {
			f.Consignments += len(m.slots[i].houses)
		}
	}
	if j.kind == originalJob || j.kind == additionJob {
		f.Truth = truths(&m, f)
	}
	if g.made != nil {
		g.made(&m, f)
	}
	if j.kind == originalJob {
		g.follow(j, &m, f, &due, &r)
	}
	return f
}

func (g *Generator) minute(m int) time.Time { return g.o.Start.Add(time.Duration(m) * time.Minute) }

// document gives the number of a list (DE 1004).
func (g *Generator) document(p *part, c *call, generation int) string {
	n := g.w.scatter(uint64((c.number*64+p.id)*2+generation), numberPrime)
	return p.filer.code + strconv.Itoa(int(n) + 100000000)[1:]
}

// due lists the slots of a part that ask for more messages.
type due struct{ early, late, added []int }

// note takes a slot into account.
func (d *due) note(i int, bills []*bill) {
	add := func(l *[]int) {
		if n := len(*l); n == 0 || (*l)[n-1] != i {
			*l = append(*l, i)
		}
	}
	for _, b := range bills {
		switch {
		case b.added:
			add(&d.added)
		case b.changes == early:
			add(&d.early)
		case b.changes == late:
			add(&d.late)
		}
	}
}

// slots makes what a job names, as it stands then, and notes what it asks for later.
func (g *Generator) slots(j *job, r *rng, due *due) []slot {
	c, p := j.call, &j.call.parts[j.part]
	n := len(p.slots) + len(p.refs)
	if j.slots != nil {
		n = len(j.slots)
	}
	l := make([]slot, 0, n)
	for k := range n {
		i := k
		if j.slots != nil {
			i = j.slots[k]
		}
		s := g.slot(c, p, i)
		bills := filed(p, &s)
		due.note(i, bills)
		if g.state(j, p, &s, bills, r) {
			l = append(l, s)
		}
	}
	return l
}

// slot makes the i-th slot of a part; of an NVOCC's part, the carrier's slot with its houses.
func (g *Generator) slot(c *call, p *part, i int) slot {
	if p.nvocc >= 0 {
		ref := p.refs[i]
		return g.w.make(c, &c.parts[ref.part], ref.slot)
	}
	return g.w.make(c, p, i)
}

// filed gives the bills of a slot that are the part's to file.
func filed(p *part, s *slot) []*bill {
	if p.nvocc < 0 {
		return []*bill{&s.bill}
	}
	l := make([]*bill, len(s.houses))
	for k := range s.houses {
		l[k] = &s.houses[k]
	}
	return l
}

// state brings a slot to the state that a message of this kind shows; false where there is nothing of it to show.
func (g *Generator) state(j *job, p *part, s *slot, bills []*bill, r *rng) bool {
	shown := func(b *bill) bool {
		switch j.kind {
		case earlyJob:
			return b.changes == early && !b.added
		case lateJob:
			return b.changes == late && !b.added
		case additionJob:
			return b.added
		}
		return !b.added
	}
	kept := 0
	for _, b := range bills {
		if !shown(b) {
			continue
		}
		switch {
		case j.kind == earlyJob || j.kind == lateJob:
			cr := stream(g.w.seed, forFile, uint64(j.call.number), uint64(j.kind), hash(b.number))
			g.w.change(&cr, p.filer, b, s.boxes)
		case j.kind == replaceJob && r.pct(3):
			b.change |= pick(r, []change{changeMass, changeText, changeAddress})
			g.w.change(r, p.filer, b, s.boxes)
		}
		*bills[kept] = *b
		kept++
	}
	if p.nvocc >= 0 {
		s.houses = s.houses[:kept]
	}
	return kept > 0
}

// hash mixes a text into a number.
func hash(s string) uint64 {
	h := uint64(len(s))
	for i := range len(s) {
		h = mix(h ^ uint64(s[i]))
	}
	return h
}

// follow decides what comes after an original: its repair where it is broken, its replacement or cancellation, and the
// changes and additions that its bills ask for.
func (g *Generator) follow(j *job, m *filing, f *File, due *due, r *rng) {
	again := func(kind jobKind, after int) { g.later(j, kind, j.at+after, j.generation, nil) }
	generation := j.generation
	switch {
	case r.ppm(g.o.BrokenRate):
		faulty, fault := synth.NewInjector(f.Bytes).Inject(r.u())
		if !m.f.equip && fault.Code == "CAR0010" || fault.Kind == "" { // nobody misses an EQD where there are none
			break
		}
		f.Bytes, f.Fault = faulty, fault.Kind
		if kind, refused := repair(fault.Code); refused {
			again(kind, r.in(25, 420))
		}
	case r.ppm(25000):
		again(replaceJob, r.in(90, 1000))
	case r.ppm(6000):
		after := r.in(90, 900)
		again(cancelJob, after)
		generation++
		g.later(j, anewJob, j.at+after+r.in(15, 90), generation, nil)
	}
	ends := m.c.eta
	if m.p.export {
		ends += stay
	}
	if due.early != nil {
		g.later(j, earlyJob, j.at+r.in(1100, 1700), generation, due.early)
	}
	if due.added != nil {
		g.later(j, additionJob, max(j.at+1100, ends-r.in(100, 2600)), generation, due.added)
	}
	if due.late != nil {
		g.later(j, lateJob, max(j.at+1750, ends-r.in(90, 1300)), generation, due.late)
	}
}

func (g *Generator) later(j *job, kind jobKind, at, generation int, slots []int) {
	heap.Push(&g.jobs, job{at: at, call: j.call, part: j.part, kind: kind, generation: generation, slots: slots})
}

// repair says what a filer sends after a fault with a code: the same list again where the message was refused, a
// replacement where bills of it were, and nothing where it was taken with a warning.
func repair(code string) (kind jobKind, refused bool) {
	switch code {
	case "CAR0006", "CAR0007", "CAR0010", "CAR0021", "CAR0022", "CAR0023":
		return restoreJob, true
	case "CAR0001", "CAR0002", "CAR0003", "CAR0008", "CAR0011", "CAR0012", "CAR0013", "CAR0016", "CAR0017", "CAR0024", "CAR0027", "CAR0029",
		"CAR0032", "EDI0019", "EDI0038", "EDI0045", "EDI1012", "EDI1013", "EDI1014", "EDI1015", "EDI1016":
		return 0, false
	}
	return repairedJob, true
}
