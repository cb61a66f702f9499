package gateway

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/scoring"
)

// Scored is what a consignment scored. The zero value is one that was not scored.
type Scored struct {
	Done       bool
	Selected   bool // the points reach the threshold
	Assessable bool
	Points     int
	Blob       []byte // what it is replayed from: see packScore
}

// Bits of Scored, as stores keep them beside the points.
const (
	scoredDone = 1 << iota
	scoredSelected
	scoredAssessable
)

// Flags gives what of a score is yes or no as bits.
func (s *Scored) Flags() int {
	f := 0
	if s.Done {
		f |= scoredDone
	}
	if s.Selected {
		f |= scoredSelected
	}
	if s.Assessable {
		f |= scoredAssessable
	}
	return f
}

// ScoredOf puts together what a store kept of a score.
func ScoredOf(flags, points int, blob []byte) Scored {
	return Scored{Done: flags&scoredDone != 0, Selected: flags&scoredSelected != 0, Assessable: flags&scoredAssessable != 0, Points: points, Blob: blob}
}

// An Artifact is something that a score depends on: rules, lists, the record that names them. Its ID follows from its
// content, and it is kept for ever.
type Artifact struct {
	ID   string // "rules-1a2b3c4d5e6f"
	Kind string // versions, rules, lists, list
	Body []byte
}

// versionsPrefix begins the ids of artifacts that name versions; six bytes in hexadecimal follow.
const (
	versionsPrefix = "versions-"
	versionsBytes  = 6
)

// An assessor scores the consignments of one message after the other, for one reading goroutine.
type assessor struct {
	scorer *scoring.Scorer
	prefix [versionsBytes]byte // of what it writes

	vector, packed []byte
	jobs           []assessJob
	peers          [2]*scoring.Peers // of consignments that stand for themselves or are masters, and of houses
}

// An assessJob is a consignment that is scored when its message is known to the end, or is too long to wait for that.
type assessJob struct {
	row int // in the rows that are not staged
	c   *cargo.Consignment
}

// maxJobs is how many consignments of a message are kept to be scored together. Beyond it, what containers and seals they
// share with those behind them is not seen.
const maxJobs = 2000

// assessors keeps them between readings: their tables are worth some hundred kilobytes.
type assessors struct {
	engine *scoring.Engine
	pool   sync.Pool
}

func newAssessors(e *scoring.Engine) *assessors {
	if e == nil {
		return nil
	}
	as := &assessors{engine: e}
	id := scoring.VersionsID(e.Versions())
	as.pool.New = func() any {
		a := &assessor{scorer: e.NewScorer()}
		if n, err := hex.Decode(a.prefix[:], []byte(strings.TrimPrefix(id, versionsPrefix))); n != versionsBytes || err != nil {
			panic("gateway: " + id + " is no id of versions") // scoring.VersionsID gives nothing else
		}
		return a
	}
	return as
}

// take gives one, nil where nothing is scored.
func (as *assessors) take() *assessor {
	if as == nil {
		return nil
	}
	a := as.pool.Get().(*assessor)
	a.begin()
	return a
}

func (as *assessors) give(a *assessor) {
	if a != nil {
		a.begin()
		as.pool.Put(a)
	}
}

// begin forgets the message before.
func (a *assessor) begin() {
	clear(a.jobs)
	a.jobs, a.peers = a.jobs[:0], [2]*scoring.Peers{scoring.NewPeers(), scoring.NewPeers()}
}

// peersOf gives those among which a consignment stands: a master and its houses name the same containers.
func (a *assessor) peersOf(c *cargo.Consignment) *scoring.Peers {
	if c.Level == cargo.LevelHouse || c.Level == cargo.LevelSubHouse {
		return a.peers[1]
	}
	return a.peers[0]
}

// score scores a consignment, and gives what is kept of it. The memory of the blob is the assessor's.
func (a *assessor) score(in *scoring.Input) Scored {
	s := a.scorer.Score(in)
	a.vector = s.Vector().AppendBinary(a.vector[:0])
	a.packed = packScore(a.packed[:0], a.prefix, a.vector)
	return Scored{Done: true, Selected: s.Selected, Assessable: s.Assessable, Points: s.Points, Blob: a.packed}
}

// packScore appends what a score is replayed from: the six bytes that name its versions, then its vector, packed.
func packScore(dst []byte, versions [versionsBytes]byte, vector []byte) []byte {
	return recordCodec().vectors.EncodeAll(vector, append(dst, versions[:]...))
}

// unpackScore takes that apart.
func unpackScore(blob []byte) (versions string, vector []byte, err error) {
	if len(blob) <= versionsBytes {
		return "", nil, fmt.Errorf("gateway: a stored score has %d bytes", len(blob))
	}
	vector, err = recordCodec().dec.DecodeAll(blob[versionsBytes:], nil)
	if err != nil {
		return "", nil, fmt.Errorf("gateway: a stored score cannot be unpacked: %w", err)
	}
	return versionsPrefix + hex.EncodeToString(blob[:versionsBytes]), vector, nil
}

// Artifacts gives what has to be kept with an engine's scores.
func Artifacts(e *scoring.Engine) []Artifact {
	all := e.Artifacts()
	out := make([]Artifact, len(all))
	for i, a := range all {
		out[i] = Artifact(a)
	}
	return out
}

// keepArtifacts stores what the scores of this node depend on, before the first one is.
func (g *Gateway) keepArtifacts(ctx context.Context) error {
	if g.assessors == nil {
		return nil
	}
	return g.store.PutArtifacts(ctx, Artifacts(g.assessors.engine))
}

// A replayer gives stored scores again, whatever rules they were made by.
type replayer struct {
	store Store
	now   *scoring.Engine // whose rules are tried first; nil knows none

	mu       sync.Mutex
	versions map[string]scoring.Versions
	engines  map[string]*scoring.Engine // by version of the rules
}

func newReplayer(store Store, e *scoring.Engine) *replayer {
	return &replayer{store: store, now: e, versions: map[string]scoring.Versions{}, engines: map[string]*scoring.Engine{}}
}

// replay gives the score that a blob stands for. It is good until the scorer is used again, which is the caller's alone.
func (r *replayer) replay(ctx context.Context, blob []byte) (*scoring.Score, error) {
	id, vector, err := unpackScore(blob)
	if err != nil {
		return nil, err
	}
	engine, versions, err := r.engine(ctx, id)
	if err != nil {
		return nil, err
	}
	return engine.NewScorer().Replay(vector, versions)
}

// engine gives one that knows the rules that these versions name.
func (r *replayer) engine(ctx context.Context, id string) (*scoring.Engine, scoring.Versions, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, known := r.versions[id]
	if !known && r.now != nil && scoring.VersionsID(r.now.Versions()) == id {
		v, known = r.now.Versions(), true
		r.versions[id], r.engines[v.Rules] = v, r.now
	}
	if !known {
		a, err := r.store.Artifact(ctx, id)
		if err != nil {
			return nil, v, fmt.Errorf("gateway: versions of a score: %w", err)
		}
		if err := json.Unmarshal(a.Body, &v); err != nil {
			return nil, v, fmt.Errorf("gateway: %s: %w", id, err)
		}
		r.versions[id] = v
	}
	if e := r.engines[v.Rules]; e != nil {
		return e, v, nil
	}
	a, err := r.store.Artifact(ctx, v.Rules)
	if err != nil {
		return nil, v, fmt.Errorf("gateway: rules of a score: %w", err)
	}
	rules, err := scoring.ParseRules(v.Rules+".txt", string(a.Body))
	if err != nil {
		return nil, v, fmt.Errorf("gateway: %s: %w", v.Rules, err)
	}
	e, err := scoring.NewEngine(scoring.Options{Rules: rules})
	if err != nil {
		return nil, v, err
	}
	r.engines[v.Rules] = e
	return e, v, nil
}

// scoreView gives the score of a consignment as the API shows it: to the administration and to systems downstream, never
// to those who file.
func (g *Gateway) scoreView(ctx context.Context, p partner.Principal, id uuid.UUID, s *Scored) (json.RawMessage, error) {
	if !s.Done || p.Kind != partner.KindStaff && p.Kind != partner.KindService {
		return nil, nil
	}
	score, err := g.replays.replay(ctx, s.Blob)
	if err != nil {
		return nil, fmt.Errorf("score of consignment %s: %w", id, err)
	}
	return score.AppendView(nil), nil
}

// assess takes a consignment whose row is made, to be scored with its message.
func (b *builder) assess(c *cargo.Consignment) {
	a := b.assessor
	if a == nil {
		return
	}
	c = c.Clone()
	a.peersOf(c).AddConsignment(c)
	a.jobs = append(a.jobs, assessJob{len(b.rows().Consignments) - 1, c})
	if len(a.jobs) >= maxJobs {
		b.scoreJobs(nil)
	}
}

// scoreJobs scores the consignments that were kept. filing is that of their message, nil where its end is not reached.
func (b *builder) scoreJobs(filing *cargo.Filing) {
	a := b.assessor
	if a == nil {
		return
	}
	rows := b.rows().Consignments
	for i := range a.jobs {
		j := &a.jobs[i]
		s := a.score(&scoring.Input{Consignment: j.c, Filing: filing, Received: scoring.At(b.x.r.ReceivedAt.Unix()), Peers: a.peersOf(j.c)})
		s.Blob = b.arena.keep(s.Blob)
		rows[j.row].Score = s
		j.c = nil
	}
	a.jobs = a.jobs[:0]
	if filing != nil {
		a.begin()
	}
}

// Replay gives a function that gives scores again as a store has them. It is for one goroutine, and what it gives is good
// until it is called again.
func Replay(store Store, e *scoring.Engine) func(ctx context.Context, s *Scored) (*scoring.Score, error) {
	r := newReplayer(store, e)
	return func(ctx context.Context, s *Scored) (*scoring.Score, error) { return r.replay(ctx, s.Blob) }
}
