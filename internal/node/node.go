package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"cargogate/internal/audit"
	"cargogate/internal/blob"
	"cargogate/internal/config"
	"cargogate/internal/console"
	"cargogate/internal/downstream"
	"cargogate/internal/durable"
	"cargogate/internal/gateway"
	"cargogate/internal/jobs"
	"cargogate/internal/partner"
	"cargogate/internal/probe"
	"cargogate/internal/transport"
	"cargogate/internal/transport/folder"
	"cargogate/internal/transport/https"
)

// Options are what a node is given beside its configuration.
type Options struct {
	Log     *slog.Logger // slog.Default
	Version string       // of the program
	// Probe tries a message whose earlier readings ended without a word in a child of this program, which has the command
	// for that; see package probe.
	Probe bool
	// Tune changes the gateway's options before it is made; for tests and measurements.
	Tune func(*gateway.Options)
}

// A Node is one process of a gateway. Open has opened everything and taken the addresses; Run does the work.
type Node struct {
	Store    gateway.Store
	Blobs    blob.Store
	Partners *partner.Directory
	Signer   *audit.Signer
	Gateway  *gateway.Gateway

	config   *config.Config
	log      *slog.Logger
	sinks    *downstream.Follower // nil where there are none
	jobs     *jobs.Runner
	server   *https.Server
	folder   *folder.Transport
	listener net.Listener
	admin    net.Listener
}

// Open opens what the configuration names. On an error nothing stays open.
func Open(ctx context.Context, c *config.Config, o Options) (n *Node, err error) {
	n = &Node{config: c, log: o.Log}
	if n.log == nil {
		n.log = slog.Default()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
			n = nil
		}
	}()
	if err := durable.MkdirAll(durable.OS{}, c.Data, 0o700); err != nil {
		return n, fmt.Errorf("node: data folder: %w", err)
	}
	if n.Store, err = OpenStore(ctx, c, Alone); err != nil {
		return n, err
	}
	if n.Blobs, err = OpenBlobs(c); err != nil {
		return n, err
	}
	if n.Signer, err = audit.LoadOrCreate(c.AuditKey()); err != nil {
		return n, err
	}
	if n.Partners, err = partner.NewDirectory(ctx, n.Store, nil); err != nil {
		return n, err
	}
	if err := n.tellRetention(ctx); err != nil {
		return n, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if n.jobs, err = n.openJobs(ctx); err != nil {
		return n, err
	}
	senders := map[string]transport.Sender{}
	receiver := &later{}
	if c.Folder.Root != "" {
		n.folder, err = folder.New(folder.Config{Root: c.Folder.Root, Channels: func() []partner.Channel { return n.Partners.Channels(transport.KindFolder) },
			Poll: c.Folder.Poll.Std(), Settle: c.Folder.Settle.Std(), MaxSize: int64(c.Limits.Body), Log: n.log}, receiver)
		if err != nil {
			return n, err
		}
		senders[transport.KindFolder] = n.folder
	}
	gopts := n.gatewayOptions(registry, senders)
	if gopts.Scoring, err = OpenScoring(&c.Scoring); err != nil {
		return n, err
	}
	if o.Probe {
		if gopts.Probe, err = probe.New(probe.Options{}); err != nil {
			return n, err
		}
	}
	if o.Tune != nil {
		o.Tune(&gopts)
	}
	if n.Gateway, err = gateway.New(n.Store, n.Blobs, n.Partners, n.Signer, gopts); err != nil {
		return n, err
	}
	receiver.Receiver = n.Gateway
	if n.sinks, err = openDownstream(c, n.Store, downstream.Options{Log: n.log, Registerer: registry}); err != nil {
		return n, err
	}
	return n, n.listen(registry, o.Version)
}

// A later is a receiver that is there before the gateway is: transports bring its answers, and are brought to it.
type later struct{ transport.Receiver }

// openJobs opens the queue of jobs: in the same PostgreSQL, or in a file of its own beside SQLite's.
func (n *Node) openJobs(ctx context.Context) (*jobs.Runner, error) {
	o := jobs.Options{Log: n.log, Node: n.config.Node}
	if n.config.Store.Kind == "postgres" {
		dsn, err := n.config.Store.DSN.Value()
		if err != nil {
			return nil, err
		}
		return jobs.OpenPostgres(ctx, dsn, o)
	}
	return jobs.OpenSQLite(ctx, filepath.Join(n.config.Data, "jobs.db"), o)
}

func (n *Node) gatewayOptions(registry *prometheus.Registry, senders map[string]transport.Sender) gateway.Options {
	c := n.config
	floor := int64(c.Limits.DiskFree)
	if floor == 0 {
		floor = -1 // none
	}
	o := keeping(c)
	o.Node, o.Roles, o.Log, o.Registerer = c.Node, c.Roles, n.log, registry
	o.MaxBody, o.DataFolder, o.DiskFloor = int64(c.Limits.Body), c.Data, floor
	o.MaxBacklog, o.MaxBacklogAge = c.Limits.Backlog, c.Limits.BacklogAge.Std()
	o.Workers, o.Lease, o.MaxFailures, o.WaitMax = c.Work.Workers, c.Work.Lease.Std(), c.Work.Attempts, c.Work.WaitMax.Std()
	o.Senders, o.Jobs, o.Settlers = senders, n.jobs, Settlers(&c.Store)
	o.DeliverFirst, o.DeliverMax, o.DeliverGiveUp = c.Delivery.First.Std(), c.Delivery.Max.Std(), c.Delivery.GiveUp.Std()
	o.CaseReopenStep, o.CaseSkipUnassessable, o.CaseSecond = c.Cases.ReopenStep, c.Cases.SkipUnassessable, c.Cases.Second
	if slices.Equal(c.Cases.Second, []string{"none"}) {
		o.CaseSecond = []string{}
	}
	return o
}

// Settlers gives how many transactions of a node settle at once. SQLite has one writer. On PostgreSQL the next ones work
// while one waits for its commit; they lock in one order, so none waits for another in a circle, and half of the
// connections are left to all else.
func Settlers(s *config.Store) int {
	if s.Kind != "postgres" {
		return 1
	}
	return max(1, min(4, s.Connections/2))
}

// keeping gives the options that say how long originals are kept.
func keeping(c *config.Config) gateway.Options {
	classes := map[string]time.Duration{}
	for name, d := range c.Retention.Classes {
		classes[name] = d.Std()
	}
	test := c.Retention.Test.Std()
	if test == 0 {
		test = -1 // for ever
	}
	return gateway.Options{RetainFor: c.Retention.Default.Std(), RetainTestFor: test, RetainClasses: classes}
}

// listen makes the server of the API and takes its addresses, so that what is wrong with them is known at once.
func (n *Node) listen(registry *prometheus.Registry, version string) (err error) {
	c := n.config
	if c.HTTPS.Listen == "" && c.HTTPS.Admin == "" {
		return nil
	}
	hc := https.Config{Version: version, MaxBody: int64(c.Limits.Body), MaxConnections: c.Limits.Connections,
		DrainWait: c.HTTPS.DrainWait.Std(), DrainMax: c.HTTPS.DrainMax.Std(), AdminOnly: c.HTTPS.Admin != "",
		Checks: n.checks(), Registry: registry, Log: n.log}
	if !c.HTTPS.Plain && c.HTTPS.Cert != "" {
		hc.TLS = &https.TLS{Cert: c.HTTPS.Cert, Key: c.HTTPS.Key, ClientCA: c.HTTPS.ClientCA, Poll: 2 * time.Second}
	}
	hc.Pages = console.New(n.Gateway, n.Partners, console.Config{Log: n.log, Plain: hc.TLS == nil})
	if n.server, err = https.New(hc, n.Gateway, n.Partners); err != nil {
		return err
	}
	if c.HTTPS.Listen != "" && c.Has(config.RoleReceive) {
		if n.listener, err = net.Listen("tcp", c.HTTPS.Listen); err != nil {
			return fmt.Errorf("node: https.listen: %w", err)
		}
	}
	if c.HTTPS.Admin != "" {
		if n.admin, err = net.Listen("tcp", c.HTTPS.Admin); err != nil {
			return fmt.Errorf("node: https.admin: %w", err)
		}
	}
	return nil
}

// Addr is where the API listens; nil where it does not.
func (n *Node) Addr() net.Addr { return addr(n.listener) }

// AdminAddr is where health and metrics are served apart from the API; nil where they are not.
func (n *Node) AdminAddr() net.Addr { return addr(n.admin) }

// text gives an address as a log line says it: "" where there is none.
func text(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func addr(l net.Listener) net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

// Run works until ctx is done, and then ends in order: not ready, no more files, requests in progress ended, work in
// hand ended. It closes what Open opened.
func (n *Node) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, n.Close()) }()
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // outlives the transports
	defer stop()
	receive, end := context.WithCancel(ctx)
	defer end()

	var mu sync.Mutex
	var errs []error
	var transports, rest sync.WaitGroup
	run := func(g *sync.WaitGroup, name string, f func() error) {
		g.Go(func() {
			if err := f(); err != nil {
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				mu.Unlock()
				end() // one that fails ends the others
			}
		})
	}
	run(&rest, "gateway", func() error { return n.Gateway.Run(work) })
	if n.sinks != nil && n.config.Has(config.RoleDeliver) {
		rest.Go(func() { n.sinks.Run(work) })
	}
	if n.admin != nil {
		run(&rest, "https.admin", func() error { return n.server.ServeAdmin(work, n.admin) })
	}
	if n.listener != nil {
		run(&transports, "https", func() error { return n.server.Serve(receive, n.listener) })
	}
	if n.folder != nil && n.config.Has(config.RoleReceive) {
		run(&transports, "folder", func() error { return n.folder.Run(receive, nil) })
	}
	n.log.Info("ready", "addr", text(n.Addr()), "admin", text(n.AdminAddr()), "folder", n.config.Folder.Root, "store", n.config.Store.Kind,
		"blobs", n.config.Blobs.Kind, "roles", n.config.Roles)
	<-receive.Done()
	transports.Wait()
	n.Gateway.Drain()
	stop()
	rest.Wait()
	return errors.Join(errs...)
}

// Close gives back what Open opened. Run has done so already.
func (n *Node) Close() error {
	var errs []error
	for _, l := range []net.Listener{n.listener, n.admin} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if n.jobs != nil {
		errs = append(errs, n.jobs.Close())
	}
	if n.Store != nil {
		errs = append(errs, n.Store.Close())
	}
	n.jobs, n.Store, n.listener, n.admin = nil, nil, nil, nil
	return errors.Join(errs...)
}
