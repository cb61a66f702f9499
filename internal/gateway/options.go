package gateway

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"cargogate/internal/scoring"
	"cargogate/internal/transport"
)

// Roles of a node. A node that only receives runs no loops of its own: Admit and Receive are called by transports.
const (
	RoleReceive = "receive"
	RoleProcess = "process"
	RoleDeliver = "deliver"
	RoleAll     = "all"
)

// A Periodic is maintenance that runs again and again, on one node at a time where Jobs can see to that; it does no
// harm on two.
type Periodic struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
	Role  string // of the nodes that run it
}

// Jobs runs deliveries and maintenance in the place of the gateway's own loops. Rows of deliveries are the truth: a job
// that is lost costs time only, as the periodic job "due-deliveries" finds what is due.
type Jobs interface {
	// Start begins work for the roles given and returns; it goes on until Stop.
	Start(ctx context.Context, roles []string, deliver func(ctx context.Context, id uuid.UUID) error, periodic []Periodic) error
	// Stop lets jobs that run end, or cancels them when ctx is done.
	Stop(ctx context.Context) error
	// Wake asks for deliveries to be made now, as well as it can.
	Wake(ctx context.Context, deliveries []uuid.UUID)
}

// Options say how a gateway works. What is zero has the default named.
type Options struct {
	Node       string                // name of this node in leases; the host's name and a random part
	Roles      []string              // what Run does; all
	Log        *slog.Logger          // slog.Default
	Registerer prometheus.Registerer // where metrics are registered; nowhere
	Now        func() time.Time      // this node's clock, for caches and measures; leases go by the database's. time.Now
	Scoring    *scoring.Engine       // what consignments are scored with; nil scores nothing

	// What is accepted.
	MaxBody         int64         // largest original, bytes; 2 GiB
	MaxInFlight     int64         // bodies in memory that are not committed, bytes; 64 MiB
	DataFolder      string        // folder of the database, whose free space is watched; "" is none
	DiskFloor       int64         // nothing is taken with less free space, bytes; 1 GiB, -1 is no floor
	MaxBacklog      int64         // nothing is taken with more receipts unfinished; 0 is no limit
	MaxBacklogAge   time.Duration // nothing is taken while the oldest unfinished is older; 0 is no limit
	CommitArrivals  int           // most arrivals in one commit; 64
	CommitBytes     int           // most inline bytes in one commit, but for a lone arrival; 1 MB
	DedupeFor       time.Duration // how long a transport act is remembered; 30 days
	RetainFor       time.Duration // how long originals are kept; 0 is for ever
	RetainTestFor   time.Duration // the same of test traffic; 30 days, -1 is for ever
	RetainClasses   map[string]time.Duration
	CommitTimeout   time.Duration // of a commit of receipts; 30 s
	PressureRefresh time.Duration // how old what Admit goes by may be; 1 s

	// How it is worked on.
	Workers            int           // originals read at once in the small lane; one a processor
	Claim              int           // most receipts claimed at a time; 32
	Lease              time.Duration // of a claim; 30 s
	Poll               time.Duration // how often work is looked for that nothing woke for; 1 s
	Probe              Probe         // tries a message apart that may end the process; nil tries none
	MaxFailures        int           // failed attempts that park a receipt; 3
	RetryDelay         time.Duration // before the second attempt, then doubled; 1 s
	WaitMax            time.Duration // how long an amendment waits for its original; 5 min
	WaitDelay          time.Duration // before a receipt that waits is looked at again; 1 s
	Settlers           int           // settling transactions at once; 1
	SettleMessages     int           // most receipts in one of them; 10
	SettleConsignments int           // most consignments in one of them, but for a lone receipt; 5,000
	Grace              time.Duration // what is in hand gets so long to end when Run ends; 20 s

	// Cases, where consignments are scored.
	CaseEvery            time.Duration // idle poll of the consumer that opens cases; 1 s
	CaseReopenStep       int           // a closed case is opened again where its points rose by so many; 15
	CaseSkipUnassessable bool          // what could not be assessed gets no case for that alone
	CaseSecond           []string      // steps that take two persons, as caseq.ParsePair reads them; nil is caseq.DefaultPairs, empty none

	// How answers go out.
	Senders        map[string]transport.Sender // by kind of channel; none delivers nothing
	Deliverers     int                         // deliveries at once; 8
	DeliverFirst   time.Duration               // before the second attempt, then doubled; 5 s
	DeliverMax     time.Duration               // most between two attempts; 1 h
	DeliverGiveUp  time.Duration               // parked after so long of trying; 24 h
	DeliverTimeout time.Duration               // of one attempt; 20 s
	DeliverPoll    time.Duration               // how often due deliveries are looked for that nothing woke for; 2 s
	Jobs           Jobs                        // runs deliveries and maintenance; nil is the gateway's own loops

	// Maintenance.
	SweepEvery     time.Duration // 5 s
	StagedIdle     time.Duration // staged rows of attempts that cannot settle are removed after so long; 15 min
	ArchiveEvery   time.Duration // 5 s
	RetentionEvery time.Duration // 10 min
	PartitionEvery time.Duration // 1 h
	PartitionAhead time.Duration // 30 days
	OrphanEvery    time.Duration // 6 h
	OrphanAge      time.Duration // bodies without a receipt are removed at this age, never below 24 h; 0 only reports them
	SealEvery      time.Duration // 1 s
	NumberEvery    time.Duration // idle poll of the numbering of events; 50 ms
	LinkEvery      time.Duration // idle poll of the linker; 1 s
}

// def sets *v to d where it is zero.
func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// setDefaults fills what is zero.
func (o *Options) setDefaults() {
	if o.Node == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "node"
		}
		o.Node = host + "-" + uuid.NewString()[:8]
	}
	if len(o.Roles) == 0 {
		o.Roles = []string{RoleAll}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	def(&o.MaxBody, 2<<30)
	def(&o.MaxInFlight, 64<<20)
	def(&o.DiskFloor, 1<<30)
	def(&o.CommitArrivals, 64)
	def(&o.CommitBytes, 1<<20)
	def(&o.DedupeFor, 30*24*time.Hour)
	def(&o.RetainTestFor, 30*24*time.Hour)
	def(&o.CommitTimeout, 30*time.Second)
	def(&o.PressureRefresh, time.Second)
	def(&o.Workers, runtime.GOMAXPROCS(0))
	def(&o.Claim, 32)
	def(&o.Lease, 30*time.Second)
	def(&o.Poll, time.Second)
	def(&o.MaxFailures, 3)
	def(&o.RetryDelay, time.Second)
	def(&o.WaitMax, 5*time.Minute)
	def(&o.WaitDelay, time.Second)
	def(&o.Settlers, 1)
	def(&o.SettleMessages, 10)
	def(&o.SettleConsignments, 5000)
	def(&o.Grace, 20*time.Second)
	def(&o.Deliverers, 8)
	def(&o.DeliverFirst, 5*time.Second)
	def(&o.DeliverMax, time.Hour)
	def(&o.DeliverGiveUp, 24*time.Hour)
	def(&o.DeliverTimeout, 20*time.Second)
	def(&o.DeliverPoll, 2*time.Second)
	def(&o.SweepEvery, 5*time.Second)
	def(&o.StagedIdle, 15*time.Minute)
	def(&o.ArchiveEvery, 5*time.Second)
	def(&o.RetentionEvery, 10*time.Minute)
	def(&o.PartitionEvery, time.Hour)
	def(&o.PartitionAhead, 30*24*time.Hour)
	def(&o.OrphanEvery, 6*time.Hour)
	def(&o.SealEvery, time.Second)
	def(&o.NumberEvery, 50*time.Millisecond)
	def(&o.LinkEvery, time.Second)
	def(&o.CaseEvery, time.Second)
	def(&o.CaseReopenStep, 15)
}
