// Package config reads the file that says how a gateway runs: strictly, with the line and column of what is wrong, and
// with single values overridden from the environment.
//
// The file is YAML. Every key has its default in Default, and docs/config.md lists them. A value can be overridden by
// the environment variable CARGOGATE_ and the path of its key in capitals, joined by '_': store.dsn is
// CARGOGATE_STORE_DSN. A secret is its text, "file:PATH" for a file that holds it, or "cred:NAME" for one of systemd's
// credentials.
package config

import (
	"slices"
	"time"
)

// A Config says how a gateway runs.
type Config struct {
	Node     string   `yaml:"node"`  // name of this node in leases and logs; empty is the host's
	Nodes    int      `yaml:"nodes"` // how many nodes work on the same store
	Roles    []string `yaml:"roles"` // receive, process, deliver, all
	Data     string   `yaml:"data"`  // folder for everything that is on this machine
	Store    Store    `yaml:"store"`
	Blobs    Blobs    `yaml:"blobs"`
	HTTPS    HTTPS    `yaml:"https"`
	Folder   Folder   `yaml:"folder"`
	Limits   Limits   `yaml:"limits"`
	Work     Work     `yaml:"work"`
	Delivery Delivery `yaml:"delivery"`
	Scoring  Scoring  `yaml:"scoring"`
	Cases    Cases    `yaml:"cases"`
	// Downstream are systems that get events of cases.
	Downstream []Downstream `yaml:"downstream"`
	Retention  Retention    `yaml:"retention"`
	Audit      Audit        `yaml:"audit"`
	Log        Log          `yaml:"log"`
}

// Store is the database.
type Store struct {
	Kind        string `yaml:"kind"`        // sqlite or postgres
	DSN         Secret `yaml:"dsn"`         // postgres: connection string
	Connections int    `yaml:"connections"` // postgres: most connections of this node
}

// Blobs is where originals are kept.
type Blobs struct {
	Kind string `yaml:"kind"` // fs or s3
	Dir  string `yaml:"dir"`  // fs: folder; empty is originals under data
	S3   S3     `yaml:"s3"`
}

// S3 is an S3-compatible store.
type S3 struct {
	Endpoint  string `yaml:"endpoint"` // URL
	Region    string `yaml:"region"`
	Bucket    string `yaml:"bucket"`
	Prefix    string `yaml:"prefix"`
	AccessKey Secret `yaml:"access_key"`
	SecretKey Secret `yaml:"secret_key"`
	PathStyle bool   `yaml:"path_style"` // bucket in the path, not in the host name
	CAFile    string `yaml:"ca_file"`    // certificates that the endpoint's must come from; empty is the system's
	Spool     string `yaml:"spool"`      // folder for bodies on their way; empty is spool under data
}

// HTTPS is the API.
type HTTPS struct {
	Listen    string   `yaml:"listen"`     // host:port; empty is off
	Cert      string   `yaml:"cert"`       // PEM file; with key it is read again when it changes
	Key       string   `yaml:"key"`        // PEM file
	ClientCA  string   `yaml:"client_ca"`  // PEM file; client certificates are asked for
	Plain     bool     `yaml:"plain"`      // no TLS: only on loopback, or behind a proxy that ends it
	Admin     string   `yaml:"admin"`      // host:port for /livez, /readyz, /metrics as well; empty is only the API's
	DrainWait Duration `yaml:"drain_wait"` // not ready for so long before connections are ended
	DrainMax  Duration `yaml:"drain_max"`  // requests in progress get so long to end
}

// Folder is the transport by folders.
type Folder struct {
	Root   string   `yaml:"root"`   // folder above those of the partners; empty is off
	Poll   Duration `yaml:"poll"`   // how often it is looked at
	Settle Duration `yaml:"settle"` // how long a file must lie unchanged before it is taken
}

// Limits bound what is taken.
type Limits struct {
	Body        Size     `yaml:"body"`        // largest file
	DiskFree    Size     `yaml:"disk_free"`   // nothing is taken with less space left
	Backlog     int64    `yaml:"backlog"`     // nothing is taken with more unfinished; 0 is no limit
	BacklogAge  Duration `yaml:"backlog_age"` // nothing is taken while the oldest unfinished is older; 0 is no limit
	Connections int      `yaml:"connections"` // most connections to the API
}

// Work is how received files are worked on.
type Work struct {
	Workers  int      `yaml:"workers"`  // read at once; 0 is one a processor
	Lease    Duration `yaml:"lease"`    // after so long without a sign another node takes over
	Attempts int      `yaml:"attempts"` // failures that park a file
	WaitMax  Duration `yaml:"wait_max"` // how long an amendment waits for its original
}

// Delivery is how answers go out.
type Delivery struct {
	First  Duration `yaml:"first"`   // before the second attempt
	Max    Duration `yaml:"max"`     // most between two attempts
	GiveUp Duration `yaml:"give_up"` // parked after so long
}

// Scoring is what consignments are scored with.
type Scoring struct {
	Off   bool   `yaml:"off"`   // nothing is scored
	Lists string `yaml:"lists"` // folder with the lists that replace built-in ones; empty is the built-in ones
	Rules string `yaml:"rules"` // file with the indicators in force; empty is the built-in ones
}

// Cases is how cases are opened and worked.
type Cases struct {
	ReopenStep       int      `yaml:"reopen_step"`       // a closed case is opened again where its points rose by so many
	SkipUnassessable bool     `yaml:"skip_unassessable"` // what cannot be assessed gets no case for that alone
	Second           []string `yaml:"second"`            // steps that take two persons: "do_not_load", "released:critical"; "none" is none
}

// Downstream is a system that gets events of cases: as files in a folder, or as signed webhooks.
type Downstream struct {
	Name    string   `yaml:"name"`    // under which it is known how far it is
	Folder  string   `yaml:"folder"`  // a file an event; or
	URL     string   `yaml:"url"`     // where events are posted
	Secrets []Secret `yaml:"secrets"` // of url: what signs, one or two
	Allow   []string `yaml:"allow"`   // of url: networks that may be called although they are none of the internet
	CAFile  string   `yaml:"ca_file"` // of url: certificates that the server's must come from
	Types   []string `yaml:"types"`   // of events; none is all of cases
}

// Retention is how long originals and what came of them are kept.
type Retention struct {
	Default Duration            `yaml:"default"`
	Test    Duration            `yaml:"test"`    // test traffic
	Classes map[string]Duration `yaml:"classes"` // by name, for partners that name one; "0" is for ever
}

// Audit is the log of acts.
type Audit struct {
	Key string `yaml:"key"` // PEM file with the Ed25519 key; empty is audit-key.pem under data, made if it is not there
}

// Log is what is written about work.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // json or text
}

// Names of roles.
const (
	RoleReceive = "receive"
	RoleProcess = "process"
	RoleDeliver = "deliver"
	RoleAll     = "all"
)

// Default gives what holds where nothing is said.
func Default() Config {
	return Config{
		Nodes: 1, Roles: []string{RoleAll}, Data: "cargogate-data",
		Store:     Store{Kind: "sqlite", Connections: 8},
		Blobs:     Blobs{Kind: "fs", S3: S3{Region: "us-east-1"}},
		HTTPS:     HTTPS{Listen: "127.0.0.1:8443", DrainWait: Duration(2 * time.Second), DrainMax: Duration(30 * time.Second)},
		Folder:    Folder{Poll: Duration(time.Second), Settle: Duration(2 * time.Second)},
		Limits:    Limits{Body: 2 << 30, DiskFree: 1 << 30, Connections: 4096},
		Work:      Work{Lease: Duration(30 * time.Second), Attempts: 3, WaitMax: Duration(5 * time.Minute)},
		Delivery:  Delivery{First: Duration(5 * time.Second), Max: Duration(time.Hour), GiveUp: Duration(24 * time.Hour)},
		Cases:     Cases{ReopenStep: 15, Second: []string{"do_not_load", "released:critical"}},
		Retention: Retention{Default: Duration(5 * 365 * 24 * time.Hour), Test: Duration(30 * 24 * time.Hour)},
		Log:       Log{Level: "info", Format: "json"},
	}
}

// Has reports whether the node has a role.
func (c *Config) Has(role string) bool {
	return slices.Contains(c.Roles, RoleAll) || slices.Contains(c.Roles, role)
}
