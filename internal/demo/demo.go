// Package demo runs a whole gateway on one machine, with invented partners and two days of synthetic traffic, so that it can
// be tried without setting anything up.
//
// Everything stands in one folder: the database, a certificate of its own authority, the configuration, the keys. A second
// start goes on where the first one was.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cargogate/internal/config"
	"cargogate/internal/node"
	"cargogate/internal/partner"
	"cargogate/internal/store/sqlite"
)

// Errors of Open.
var (
	ErrNotDemo = errors.New("the folder holds something else than a demo; name another one, or remove it")
	ErrRunning = errors.New("a demo runs in this folder already")
)

// Options say how a demo runs.
type Options struct {
	Dir          string // made if it is not there
	Port         int    // wanted; another one is taken where it is busy. 0 is 8443, negative is any
	Seed         uint64 // of the traffic; 0 is 1
	Consignments int    // of the traffic; 0 is 2,000, negative is no traffic
	Version      string // of the program
	Now          func() time.Time
	// Pace is the time between two files of the traffic once the first ones are in; 0 is a second and a half.
	Pace time.Duration
}

// First is how many files of the traffic come at once.
const First = 60

// A Demo is a gateway that is ready to run.
type Demo struct {
	dir     string
	state   state
	node    *node.Node
	traffic *traffic
	log     *slog.Logger
	file    *os.File // of the log
	fresh   bool
}

// state is what a demo keeps between two starts, with its keys.
type state struct {
	Schema   int               `json:"schema"` // 1
	Began    time.Time         `json:"began"`
	Seed     uint64            `json:"seed"`
	Count    int               `json:"consignments"`
	Port     int               `json:"port"`
	Partner  string            `json:"partner_key"`
	Other    string            `json:"other_partner_key"`
	Officer  string            `json:"officer_key"`
	Second   string            `json:"second_officer_key"`
	Carriers map[string]string `json:"carriers"` // key by partner
	Next     int               `json:"next"`     // file of the traffic
}

// Names of files in the folder.
const (
	stateFile  = "demo.json"
	configFile = "gateway.yaml"
	caFile     = "ca.pem"
	caKeyFile  = "ca-key.pem"
	certFile   = "cert.pem"
	keyFile    = "key.pem"
	logFile    = "gateway.log"
	dataDir    = "data"
	dropDir    = "drop"
	filesDir   = "files"
)

// Partners of every demo, beside the carriers of its traffic.
const (
	partnerID = "DEMO"
	otherID   = "OTHER"
	officerID = "officer"
	secondID  = "second"
)

// Open makes or opens the demo of a folder, and takes its address. It is ErrNotDemo where the folder holds something else,
// and ErrRunning where another process has it.
func Open(ctx context.Context, o Options) (d *Demo, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d = &Demo{}
	opened := d // the name is nil when an error is given
	if d.dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if err := d.load(&o); err != nil {
		return nil, err
	}
	if d.file, err = os.OpenFile(d.path(logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer func() {
		if err != nil {
			_ = opened.close() // the first error counts
		}
	}()
	if err := d.prepare(&o); err != nil {
		return nil, err
	}
	c, err := config.Load(d.path(configFile), nil)
	if err != nil {
		return nil, err
	}
	d.log = node.NewLog(c, d.file)
	if d.node, err = node.Open(ctx, c, node.Options{Log: d.log, Version: o.Version, Probe: false}); err != nil {
		if errors.Is(err, sqlite.ErrLocked) {
			return nil, fmt.Errorf("%s: %w", d.dir, ErrRunning)
		}
		return nil, err
	}
	if d.traffic, err = newTraffic(d, &o); err != nil {
		return nil, err
	}
	if err := d.people(ctx); err != nil {
		return nil, err
	}
	return d, d.samples(o.Now())
}

func (d *Demo) path(names ...string) string {
	return filepath.Join(append([]string{d.dir}, names...)...)
}

// load reads the state of the folder, or begins one where there is nothing.
func (d *Demo) load(o *Options) error {
	entries, err := os.ReadDir(d.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(d.dir, 0o700); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	case err != nil:
		return fmt.Errorf("demo: %w", err)
	}
	text, err := os.ReadFile(d.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		if len(entries) > 0 {
			return fmt.Errorf("demo: %s: %w", d.dir, ErrNotDemo)
		}
		d.fresh = true
		d.state = state{Schema: 1, Began: o.Now().UTC().Truncate(time.Minute), Seed: max(o.Seed, 1), Count: o.Consignments, Carriers: map[string]string{}}
		if d.state.Count == 0 {
			d.state.Count = 2000
		}
		return d.save()
	}
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := json.Unmarshal(text, &d.state); err != nil || d.state.Schema != 1 {
		return fmt.Errorf("demo: %s cannot be read (%v): %w", d.path(stateFile), err, ErrNotDemo)
	}
	return nil
}

// save writes the state so that there is always a whole one.
func (d *Demo) save() error {
	text, err := json.MarshalIndent(&d.state, "", "\t")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return writeFile(d.path(stateFile), append(text, '\n'))
}

func writeFile(name string, text []byte) error {
	temp := name + ".tmp"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.Rename(temp, name); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// prepare writes certificates and configuration.
func (d *Demo) prepare(o *Options) error {
	if err := d.certificates(o.Now()); err != nil {
		return err
	}
	wanted := d.state.Port
	if o.Port != 0 {
		wanted = o.Port
	}
	switch {
	case wanted == 0:
		wanted = 8443
	case wanted < 0:
		wanted = 0
	}
	port, err := free(wanted)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.path(dropDir), 0o700); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if port != d.state.Port {
		d.state.Port = port
		if err := d.save(); err != nil {
			return err
		}
	}
	quote := strconv.Quote
	text := "# Written by `cargogate demo` at each start.\n" +
		"data: " + quote(d.path(dataDir)) + "\n" +
		"https:\n  listen: " + quote(fmt.Sprintf("127.0.0.1:%d", port)) + "\n  cert: " + quote(d.path(certFile)) + "\n  key: " + quote(d.path(keyFile)) + "\n  drain_wait: 0s\n  drain_max: 5s\n" +
		"folder: {root: " + quote(d.path(dropDir)) + ", poll: 500ms, settle: 500ms}\n" +
		"limits: {disk_free: 64MiB}\n"
	return writeFile(d.path(configFile), []byte(text))
}

// free gives a port of this machine that nobody has: the one that is wanted, if it can be.
func free(wanted int) (int, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", wanted))
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, fmt.Errorf("demo: no port of this machine can be had: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// people adds partners and staff with their keys, where they are not there yet.
func (d *Demo) people(ctx context.Context) error {
	service := partner.NewService(d.node.Store, nil)
	by := partner.By{Principal: partner.LocalOperator("demo")}
	key := func(kind partner.OwnerKind, owner string) (string, error) {
		_, text, err := service.AddKey(ctx, by, partner.NewKey{OwnerKind: kind, Owner: owner, Mode: "live", Label: "demo"})
		return text, err
	}
	file := func(id, name string, role partner.Role, text *string) error {
		if *text != "" {
			return nil
		}
		_, err := service.AddPartner(ctx, by, partner.Partner{ID: partner.ID(id), Name: name, Roles: []partner.Role{role},
			Identifiers: []partner.Identifier{{Scheme: partner.SchemeUNB, Value: id}}})
		if err != nil && !errors.Is(err, partner.ErrExists) { // a start that was ended half-way
			return err
		}
		*text, err = key(partner.OwnerPartner, id)
		return err
	}
	staff := func(id, name string, text *string, roles ...partner.StaffRole) error {
		if *text != "" {
			return nil
		}
		_, err := service.AddUser(ctx, by, partner.User{ID: id, Name: name, Roles: roles})
		if err != nil && !errors.Is(err, partner.ErrExists) {
			return err
		}
		*text, err = key(partner.OwnerUser, id)
		return err
	}
	err := errors.Join(
		file(partnerID, "Demo Shipping", partner.RoleCarrier, &d.state.Partner),
		file(otherID, "Other Lines", partner.RoleCarrier, &d.state.Other),
		staff(officerID, "Olga Officer", &d.state.Officer, partner.StaffOfficer, partner.StaffManager, partner.StaffData),
		staff(secondID, "Sam Second", &d.state.Second, partner.StaffOfficer),
	)
	for _, id := range d.traffic.filers() {
		text := d.state.Carriers[id]
		if err == nil {
			err = file(id, "Carrier "+id, partner.RoleCarrier, &text)
			d.state.Carriers[id] = text
		}
	}
	if err == nil { // the keys are shown next, so they must be known already
		err = d.node.Partners.Refresh(ctx)
	}
	if err != nil {
		return fmt.Errorf("demo: partners and staff: %w", err)
	}
	return d.save()
}

// Ready is what a demo says of itself, as the contract has it.
type Ready struct {
	HTTPS   string `json:"https"`
	CA      string `json:"ca"`
	Console string `json:"console"`
	Officer string `json:"officer_key"`
	Second  string `json:"second_officer_key"`
	Partner struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
		Folder string `json:"folder"`
	} `json:"partner"`
	Other struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
	} `json:"other_partner"`
	Config string `json:"config"`
	Files  string `json:"files"` // folder with a good and a broken message of the partner
}

// Ready gives addresses and keys.
func (d *Demo) Ready() Ready {
	base := fmt.Sprintf("https://127.0.0.1:%d", d.state.Port)
	r := Ready{HTTPS: base, CA: d.path(caFile), Console: base + "/console/", Officer: d.state.Officer, Second: d.state.Second,
		Config: d.path(configFile), Files: d.path(filesDir)}
	r.Partner.ID, r.Partner.APIKey, r.Partner.Folder = partnerID, d.state.Partner, d.path(dropDir, strings.ToLower(partnerID), "in")
	r.Other.ID, r.Other.APIKey = otherID, d.state.Other
	return r
}

// Fresh reports whether this is the first start in the folder.
func (d *Demo) Fresh() bool { return d.fresh }

// Run runs the gateway and its traffic until ctx is done, and ends both in order.
func (d *Demo) Run(ctx context.Context) error {
	defer d.file.Close() // what is lost of a log is lost
	ctx, end := context.WithCancel(ctx)
	defer end()
	fed := make(chan error, 1)
	go func() { fed <- d.traffic.run(ctx) }()
	err := d.node.Run(ctx)
	end()
	if failed := <-fed; failed != nil && err == nil {
		err = failed
	}
	return err
}

func (d *Demo) close() error {
	var err error
	if d.node != nil {
		err = d.node.Close()
	}
	return errors.Join(err, d.file.Close())
}

// Tell writes what to do for people.
func (d *Demo) Tell(w io.Writer) error {
	r := d.Ready()
	curl := "curl -s --cacert " + r.CA + " -H 'Authorization: Bearer %s' "
	file, officer := fmt.Sprintf(curl, r.Partner.APIKey), fmt.Sprintf(curl, r.Officer)
	again := ""
	if !d.fresh {
		again = ", as it was left"
	}
	_, err := fmt.Fprintf(w, `cargogate runs on this machine alone%s, with invented partners and traffic. All of it is in %s.

  API             %s   (what it can do: /openapi.json)
  console         %s   sign in with a key from below
  certificates    %s
  partner DEMO    key %s
                  folder %s
  partner OTHER   key %s
  officer         key %s
  second officer  key %s

Five things to try, in another terminal:

  1. File a manifest. It is answered at once.
     %s--data-binary @%s '%s/v1/messages?wait=5s'
  2. File one with faults, and see what is wrong.
     %s--data-binary @%s '%s/v1/check'
  3. The cases that the traffic made, the most urgent first.
     %s'%s/v1/cases?limit=3'
  4. Take the most urgent one for five minutes; the answer has the lease to decide it by.
     %s-H 'Content-Type: application/json' -d '{}' '%s/v1/cases:lease'
  5. Prove that the log of all this is whole.
     cargogate audit verify --config %s

Ctrl-C ends it. The next start goes on from here.
`, again, d.dir, r.HTTPS, r.Console, r.CA, r.Partner.APIKey, r.Partner.Folder, r.Other.APIKey, r.Officer, r.Second,
		file, filepath.Join(r.Files, "good.edi"), r.HTTPS, file, filepath.Join(r.Files, "broken.edi"), r.HTTPS, officer, r.HTTPS, officer, r.HTTPS, r.Config)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
