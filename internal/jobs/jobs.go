// Package jobs runs deliveries and maintenance of a gateway as River jobs: on PostgreSQL in a schema of the same
// database, on SQLite in a file of its own, as River's polling slows a file that others wait for.
//
// Jobs only say when. What has to be done stands in the gateway's own rows, so a job that is lost, or a whole jobs
// file, costs time and nothing else: the periodic jobs find what is due.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"cargogate/internal/gateway"
)

// Queues, one for each role.
const (
	queueDeliver = "deliver"
	queueUpkeep  = "upkeep"
)

const (
	deliverWorkers = 8
	upkeepWorkers  = 4
	// jobTimeout ends a run of maintenance that goes on and on; the next one continues.
	jobTimeout = 10 * time.Minute
	// keepCompleted is how long done jobs are kept for whoever looks into the tables.
	keepCompleted = time.Hour
	// wakeQueue is how many deliveries wait for their jobs to be inserted; what does not fit is found by the periodic job.
	wakeQueue   = 4096
	wakeTimeout = 10 * time.Second
)

// Options say how jobs run.
type Options struct {
	Log  *slog.Logger // slog.Default
	Node string       // name of this node, unique among those on the same database; "" is made by River

	quick bool // tests: maintenance of River itself begins at once
}

// client is what a river.Client of any database does.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	InsertManyFast(ctx context.Context, params []river.InsertManyParams) (int, error)
}

// A Runner runs jobs. It is a gateway.Jobs.
type Runner struct {
	open  func(*river.Config) (client, error)
	close func() error
	tune  func(*river.Config)
	opts  Options

	mu     sync.Mutex // of what Start and Stop change
	client client
	wakes  chan uuid.UUID
	end    context.CancelFunc
	ended  chan struct{}
}

var _ gateway.Jobs = (*Runner)(nil)

// deliverArgs are the arguments of a job that brings one delivery.
type deliverArgs struct {
	Delivery uuid.UUID `json:"delivery"`
}

// Kind names the job.
func (deliverArgs) Kind() string { return "cargogate_deliver" }

// InsertOpts says that River makes one attempt: the row of the delivery says when the next one is.
func (deliverArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueDeliver, MaxAttempts: 1}
}

type deliverWorker struct {
	river.WorkerDefaults[deliverArgs]
	deliver func(ctx context.Context, id uuid.UUID) error
}

// Work brings the delivery.
func (w *deliverWorker) Work(ctx context.Context, job *river.Job[deliverArgs]) error {
	return w.deliver(ctx, job.Args.Delivery)
}

// upkeepArgs are the arguments of one run of maintenance.
type upkeepArgs struct {
	Name string `json:"name"`
}

// Kind names the job.
func (upkeepArgs) Kind() string { return "cargogate_upkeep" }

type upkeepWorker struct {
	river.WorkerDefaults[upkeepArgs]
	jobs map[string]*upkeepJob
}

// An upkeepJob is one kind of maintenance. A run that lasts longer than its period is not joined by another here.
type upkeepJob struct {
	gateway.Periodic
	running sync.Mutex
}

// Work runs it.
func (w *upkeepWorker) Work(ctx context.Context, job *river.Job[upkeepArgs]) error {
	j := w.jobs[job.Args.Name]
	if j == nil {
		return river.JobCancel(fmt.Errorf("jobs: there is no maintenance %q in this version", job.Args.Name))
	}
	if !j.running.TryLock() {
		return nil
	}
	defer j.running.Unlock()
	return j.Run(ctx)
}

// Start begins to work the jobs of the roles. All nodes know all periodic jobs, as any of them may be the one that River
// elects to insert them; each is inserted once in its period.
func (r *Runner) Start(ctx context.Context, roles []string, deliver func(ctx context.Context, id uuid.UUID) error, periodic []gateway.Periodic) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client != nil {
		return errors.New("jobs: started already")
	}
	upkeep := &upkeepWorker{jobs: make(map[string]*upkeepJob, len(periodic))}
	workers := river.NewWorkers()
	if err := errors.Join(river.AddWorkerSafely(workers, &deliverWorker{deliver: deliver}), river.AddWorkerSafely(workers, upkeep)); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	config := &river.Config{
		ID: r.opts.Node, Logger: r.opts.Log, Workers: workers, Queues: map[string]river.QueueConfig{},
		JobTimeout: jobTimeout, RescueStuckJobsAfter: jobTimeout + time.Minute, CompletedJobRetentionPeriod: keepCompleted,
		DiscardedJobRetentionPeriod: 24 * keepCompleted, ErrorHandler: quiet{}, TestOnly: r.opts.quick,
	}
	has := func(role string) bool { return slices.Contains(roles, gateway.RoleAll) || slices.Contains(roles, role) }
	if has(gateway.RoleDeliver) {
		config.Queues[queueDeliver] = river.QueueConfig{MaxWorkers: deliverWorkers}
	}
	for _, p := range periodic {
		if upkeep.jobs[p.Name] != nil || p.Run == nil || p.Every <= 0 {
			return fmt.Errorf("jobs: maintenance %q comes twice, or has no period or nothing to run", p.Name)
		}
		upkeep.jobs[p.Name] = &upkeepJob{Periodic: p}
		queue := queueUpkeep + "_" + p.Role
		if has(p.Role) {
			config.Queues[queue] = river.QueueConfig{MaxWorkers: upkeepWorkers}
		}
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(river.PeriodicInterval(p.Every), periodicJob(p, queue),
			&river.PeriodicJobOpts{ID: p.Name, RunOnStart: true}))
	}
	r.tune(config)
	c, err := r.open(config)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if err := c.Start(ctx); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	inserting, end := context.WithCancel(context.WithoutCancel(ctx))
	r.client, r.end, r.ended = c, end, make(chan struct{})
	go r.insertWakes(inserting, c, r.ended)
	return nil
}

// periodicJob makes the job of one period. It is unique in its period and not while it runs: a node that dies in a run
// would hold up the others until River finds it dead.
func periodicJob(p gateway.Periodic, queue string) river.PeriodicJobConstructor {
	return func() (river.JobArgs, *river.InsertOpts) {
		return upkeepArgs{Name: p.Name}, &river.InsertOpts{Queue: queue, MaxAttempts: 1,
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: max(p.Every, time.Second)}}
	}
}

// quiet is River's handler of errors: the gateway has told of them with more than River knows.
type quiet struct{}

// HandleError does nothing more.
func (quiet) HandleError(context.Context, *rivertype.JobRow, error) *river.ErrorHandlerResult {
	return nil
}

// HandlePanic does nothing more.
func (quiet) HandlePanic(context.Context, *rivertype.JobRow, any, string) *river.ErrorHandlerResult {
	return nil
}

// Wake asks for deliveries to be made now. It never waits.
func (r *Runner) Wake(_ context.Context, deliveries []uuid.UUID) {
	for _, id := range deliveries {
		select {
		case r.wakes <- id:
		default:
			return
		}
	}
}

// insertWakes inserts the jobs of deliveries, those together that gather while some are inserted.
func (r *Runner) insertWakes(ctx context.Context, c client, ended chan<- struct{}) {
	defer close(ended)
	for {
		var params []river.InsertManyParams
		select {
		case id := <-r.wakes:
			params = append(params, river.InsertManyParams{Args: deliverArgs{id}})
		case <-ctx.Done():
			return
		}
	gather:
		for len(params) < 100 {
			select {
			case id := <-r.wakes:
				params = append(params, river.InsertManyParams{Args: deliverArgs{id}})
			default:
				break gather
			}
		}
		inserting, cancel := context.WithTimeout(ctx, wakeTimeout)
		if _, err := c.InsertManyFast(inserting, params); err != nil && ctx.Err() == nil {
			r.opts.Log.Warn("jobs of deliveries could not be inserted, they are found when they are looked for", "deliveries", len(params), "error", err)
		}
		cancel()
	}
}

// Stop lets jobs that run end. When ctx is done it cancels them.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client == nil {
		return nil
	}
	c := r.client
	r.client = nil
	r.end()
	<-r.ended
	err := c.Stop(ctx)
	if err != nil && ctx.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), wakeTimeout)
		defer cancel()
		err = c.StopAndCancel(last)
	}
	if err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// Close ends the connections. The Runner must be stopped.
func (r *Runner) Close() error { return r.close() }

// newRunner makes a Runner over an opened database.
func newRunner(o Options, open func(*river.Config) (client, error), closing func() error, tune func(*river.Config)) *Runner {
	return &Runner{open: open, close: closing, tune: tune, opts: o, wakes: make(chan uuid.UUID, wakeQueue)}
}

// defaults fills what is not set. River tells at Info what interests its developers: only warnings are passed on.
func (o Options) defaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = slog.New(warnings{o.Log.Handler()}).With("part", "jobs")
	return o
}

// warnings is a handler that lets warnings and errors through.
type warnings struct{ slog.Handler }

// Enabled says whether a level is let through.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the level.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

// WithGroup keeps the level.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
