// Package assess scores the consignments of files, with what the files say of one another: which containers and seals the
// consignments of a message share, what the houses of a master come to, what an amendment changes.
//
// The gateway does the same with what it has on file. Here nothing is on file: the files are read twice, in the order in
// which they came, first for what they say of others and then for the scores.
package assess

import (
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
	"cargogate/internal/scoring"
)

// maxTogether is how many consignments of a message are kept to be scored together; beyond it, what they share with those
// behind them is not seen.
const maxTogether = 2000

// A Context is what files say of one another.
type Context struct {
	houses    map[string]*house // by the number of the parent
	documents map[string]int    // messages of each document: only what has several is compared
}

// A house is the sum of the houses of one parent.
type house struct {
	count    int
	packages cargo.Count
	mass     cargo.Sum
}

// NewContext makes an empty one.
func NewContext() *Context {
	return &Context{houses: map[string]*house{}, documents: map[string]int{}}
}

// number is what two spellings of a document's number have in common.
func number(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// documentOf names the document that a filing is a version of; "" where it names none.
func documentOf(f *cargo.Filing) string {
	if f.Reference == "" {
		return ""
	}
	return f.Sender + "\x00" + f.Type + "\x00" + f.Reference
}

// totalOf gives a sum as declared, or else as computed.
func totalOf(c *cargo.Consignment) (packages cargo.Count, mass cargo.OptDecimal) {
	packages, mass = c.Totals.Declared.Packages, c.Totals.Declared.GrossMass
	if !packages.OK {
		packages = c.Totals.Computed.Packages
	}
	if mass.IsZero() {
		mass = c.Totals.Computed.GrossMass
	}
	return packages, mass
}

// Learn reads an original for what it says of others. The error is one of reading, as that of intake.Read.
func (x *Context) Learn(o intake.Original) error {
	_, err := intake.Read(o, intake.Options{Handler: intake.Handler{
		Consignment: func(c *cargo.Consignment) error {
			if c.Parent.Number == "" {
				return nil
			}
			key := number(c.Parent.Number)
			h := x.houses[key]
			if h == nil {
				h = &house{}
				x.houses[key] = h
			}
			h.count++
			packages, mass := totalOf(c)
			if packages.OK {
				h.packages = cargo.CountOf(h.packages.N + packages.N)
			}
			h.mass.Add(mass)
			return nil
		},
		Filing: func(f *cargo.Filing) error {
			if key := documentOf(f); key != "" {
				x.documents[key]++
			}
			return nil
		},
	}})
	return err
}

// A Reading scores the consignments of one file after the other. It is for one goroutine.
type Reading struct {
	scorer  *scoring.Scorer
	context *Context

	jobs  []*cargo.Consignment
	peers [2]*scoring.Peers // of what stands for itself or is a master, and of houses
	bills map[string]map[string]*version
}

// A version is the last version of a consignment of a document that has several, and how it came to it.
type version struct {
	last    *cargo.Consignment
	first   scoring.Instant // when the first one was received
	count   int
	changes []scoring.Change
}

// NewReading makes one. context may be nil: then nothing is known of houses and amendments.
func NewReading(e *scoring.Engine, context *Context) *Reading {
	r := &Reading{scorer: e.NewScorer(), context: context, bills: map[string]map[string]*version{}}
	r.begin()
	return r
}

func (r *Reading) begin() {
	clear(r.jobs)
	r.jobs, r.peers = r.jobs[:0], [2]*scoring.Peers{scoring.NewPeers(), scoring.NewPeers()}
}

func (r *Reading) peersOf(c *cargo.Consignment) *scoring.Peers {
	if c.Level == cargo.LevelHouse || c.Level == cargo.LevelSubHouse {
		return r.peers[1]
	}
	return r.peers[0]
}

// An Out is given each consignment with its score and the filing that it is of (nil where a message is so long that its end
// was not waited for). All is valid until it returns.
type Out func(c *cargo.Consignment, f *cargo.Filing, s *scoring.Score) error

// Handler puts the scoring of a file into a handler for its reading. received is when the file came, unknown where that is
// not known. Functions of h that are set are called as well, before.
func (r *Reading) Handler(h *intake.Handler, received scoring.Instant, out Out) {
	r.begin()
	consignment, filing := h.Consignment, h.Filing
	h.Consignment = func(c *cargo.Consignment) error {
		if consignment != nil {
			if err := consignment(c); err != nil {
				return err
			}
		}
		c = c.Clone()
		r.peersOf(c).AddConsignment(c)
		if r.jobs = append(r.jobs, c); len(r.jobs) >= maxTogether {
			return r.score(nil, received, out)
		}
		return nil
	}
	h.Filing = func(f *cargo.Filing) error {
		if filing != nil {
			if err := filing(f); err != nil {
				return err
			}
		}
		defer r.begin()
		return r.score(f, received, out)
	}
}

// score scores what was gathered.
func (r *Reading) score(f *cargo.Filing, received scoring.Instant, out Out) error {
	jobs := r.jobs
	r.jobs = r.jobs[:0]
	for _, c := range jobs {
		in := scoring.Input{Consignment: c, Filing: f, Received: received, Peers: r.peersOf(c)}
		r.know(&in, f)
		if err := out(c, f, r.scorer.Score(&in)); err != nil {
			return err
		}
	}
	return nil
}

// know adds what the context says.
func (r *Reading) know(in *scoring.Input, f *cargo.Filing) {
	if r.context == nil {
		return
	}
	c := in.Consignment
	if c.Level == cargo.LevelMaster && len(c.Documents) > 0 {
		in.Houses.Known = true
		if h := r.context.houses[number(c.Documents[0].Number)]; h != nil {
			mass, exact := h.mass.Value()
			in.Houses.Count, in.Houses.Complete = h.count, exact
			in.Houses.Total = cargo.Total{Packages: h.packages, GrossMass: mass}
		}
	}
	if f == nil || len(c.Documents) == 0 {
		return
	}
	key := documentOf(f)
	if r.context.documents[key] < 2 {
		return
	}
	bills := r.bills[key]
	if bills == nil {
		bills = map[string]*version{}
		r.bills[key] = bills
	}
	v := bills[number(c.Documents[0].Number)]
	switch {
	case v == nil:
		v = &version{first: in.Received}
		bills[number(c.Documents[0].Number)] = v
	case f.Function == cargo.FunctionOriginal && v.last.Status == cargo.StatusAccepted:
		*v = version{first: in.Received} // the document begins anew
	default:
		v.next(c, in.Received)
	}
	v.last = c
	in.Received = v.first
	in.Amendments = scoring.Amendments{Known: true, Count: v.count, Changes: v.changes}
}

// next takes a further version of the consignment.
func (v *version) next(c *cargo.Consignment, received scoring.Instant) {
	v.count++
	refused := v.last.Status != cargo.StatusAccepted
	for _, what := range scoring.AppendChanges(nil, v.last, c) {
		v.changes = append(v.changes, scoring.Change{What: what, AfterDeparture: scoring.Departed(received, c.Call), AfterRefusal: refused})
	}
}
