package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// anchor makes paths of files that were written in the configuration file relative to its folder.
func (c *Config) anchor(dir string, written map[string]ast.Node) {
	for key, p := range c.paths() {
		if _, ok := written[key]; ok && *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

func (c *Config) paths() map[string]*string {
	paths := map[string]*string{
		"data": &c.Data, "blobs.dir": &c.Blobs.Dir, "blobs.s3.spool": &c.Blobs.S3.Spool, "blobs.s3.ca_file": &c.Blobs.S3.CAFile,
		"https.cert": &c.HTTPS.Cert, "https.key": &c.HTTPS.Key, "https.client_ca": &c.HTTPS.ClientCA,
		"folder.root": &c.Folder.Root, "audit.key": &c.Audit.Key,
	}
	for i := range c.Downstream {
		d := &c.Downstream[i]
		paths[fmt.Sprintf("downstream[%d].folder", i)], paths[fmt.Sprintf("downstream[%d].ca_file", i)] = &d.Folder, &d.CAFile
	}
	return paths
}

// BlobDir is the folder of originals.
func (c *Config) BlobDir() string { return c.below(c.Blobs.Dir, "originals") }

// SpoolDir is the folder of bodies on their way to S3.
func (c *Config) SpoolDir() string { return c.below(c.Blobs.S3.Spool, "spool") }

// AuditKey is the file of the key that signs the audit log.
func (c *Config) AuditKey() string { return c.below(c.Audit.Key, "audit-key.pem") }

func (c *Config) below(path, name string) string {
	if path != "" {
		return path
	}
	return filepath.Join(c.Data, name)
}

type report func(key, format string, args ...any)

func (fault report) oneOf(key, v string, words ...string) {
	if !slices.Contains(words, v) {
		fault(key, "%q is none of %s", v, strings.Join(words, ", "))
	}
}

func (fault report) positive(key string, d Duration) {
	if d <= 0 {
		fault(key, "must be more than 0")
	}
}

// checkData says what is wrong with where the data are.
func (c *Config) checkData(fault report) {
	fault.oneOf("store.kind", c.Store.Kind, "sqlite", "postgres")
	fault.oneOf("blobs.kind", c.Blobs.Kind, "fs", "s3")
	if c.Data == "" {
		fault("data", "a folder is needed")
	}
	if c.Store.Kind == "sqlite" && c.Store.DSN != "" {
		fault("store.dsn", "is of postgres only; SQLite's files are under data")
	}
	if c.Store.Kind == "postgres" && c.Store.DSN == "" {
		fault("store.dsn", "postgres needs a connection string, such as postgres://cargogate@db.example/cargogate or file:PATH")
	}
	if c.Store.Connections < 4 {
		fault("store.connections", "fewer than 4 leave work waiting for itself")
	}
	if c.Blobs.Kind == "s3" {
		c.Blobs.S3.check(fault)
	}
	for key, s := range map[string]Secret{"store.dsn": c.Store.DSN, "blobs.s3.access_key": c.Blobs.S3.AccessKey, "blobs.s3.secret_key": c.Blobs.S3.SecretKey} {
		if _, err := s.Value(); err != nil {
			fault(key, "%v", err)
		}
	}
}

func (s *S3) check(fault report) {
	if s.Bucket == "" {
		fault("blobs.s3.bucket", "s3 needs a bucket")
	}
	if u, err := url.Parse(s.Endpoint); s.Endpoint != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		fault("blobs.s3.endpoint", "%q is not a URL such as https://s3.example:9000", s.Endpoint)
	}
	if (s.AccessKey == "") != (s.SecretKey == "") {
		fault("blobs.s3.access_key", "access_key and secret_key come together")
	}
}

// check says what does not go together for a gateway.
func (c *Config) check(fault report) {
	c.checkData(fault)
	c.checkNodes(fault)
	if c.Has(RoleReceive) && c.HTTPS.Listen == "" && c.Folder.Root == "" {
		fault("https.listen", "a node that receives needs https.listen or folder.root")
	}
	c.HTTPS.check(fault)
	fault.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	fault.oneOf("log.format", c.Log.Format, "json", "text")
	if c.Limits.Body < 1<<10 {
		fault("limits.body", "less than 1KiB takes no message")
	}
	if c.Limits.Connections < 1 {
		fault("limits.connections", "must be more than 0")
	}
	if c.Limits.Backlog < 0 {
		fault("limits.backlog", "must not be negative; 0 is no limit")
	}
	if c.Work.Workers < 0 {
		fault("work.workers", "must not be negative; 0 is one a processor")
	}
	if c.Work.Lease < Duration(time.Second) {
		fault("work.lease", "less than 1s is lost before it can be renewed")
	}
	if c.Work.Attempts < 1 {
		fault("work.attempts", "must be more than 0")
	}
	fault.positive("folder.poll", c.Folder.Poll)
	fault.positive("delivery.first", c.Delivery.First)
	fault.positive("delivery.give_up", c.Delivery.GiveUp)
	if c.Delivery.Max < c.Delivery.First {
		fault("delivery.max", "is less than delivery.first")
	}
	if c.Cases.ReopenStep < 1 {
		fault("cases.reopen_step", "must be more than 0")
	}
	c.checkDownstream(fault)
}

// checkDownstream says what is wrong with the systems that get events. What an address and a secret must look like the
// sinks say themselves when the gateway starts; that they can be read at all is said here.
func (c *Config) checkDownstream(fault report) {
	names := map[string]bool{}
	for i := range c.Downstream {
		d := &c.Downstream[i]
		key := fmt.Sprintf("downstream[%d]", i)
		switch {
		case d.Name == "":
			fault(key, "a sink needs a name: it is known by it how far it is")
		case names[d.Name]:
			fault(key+".name", "two sinks are called %s", d.Name)
		}
		names[d.Name] = true
		if (d.Folder == "") == (d.URL == "") {
			fault(key, "a sink has a folder or a url")
		}
		if d.URL == "" && (len(d.Secrets) > 0 || len(d.Allow) > 0 || d.CAFile != "") {
			fault(key, "secrets, allow and ca_file belong to a url")
		}
		if d.URL != "" && len(d.Secrets) == 0 {
			fault(key, "a webhook is signed: give it secrets, such as [file:PATH]")
		}
		for j, s := range d.Secrets {
			if _, err := s.Value(); err != nil {
				fault(fmt.Sprintf("%s.secrets[%d]", key, j), "%v", err)
			}
		}
	}
}

// checkNodes says what several nodes cannot share.
func (c *Config) checkNodes(fault report) {
	if c.Nodes < 1 {
		fault("nodes", "there is at least one node")
	}
	if len(c.Roles) == 0 {
		fault("roles", "a node needs a role: %s, %s, %s or %s", RoleReceive, RoleProcess, RoleDeliver, RoleAll)
	}
	for _, r := range c.Roles {
		fault.oneOf("roles", r, RoleReceive, RoleProcess, RoleDeliver, RoleAll)
	}
	if c.Nodes == 1 && c.Has(RoleReceive) && c.Has(RoleProcess) && c.Has(RoleDeliver) {
		return
	}
	if c.Store.Kind == "sqlite" {
		fault("store.kind", "several nodes, or a node with a part of the roles, cannot share a SQLite file; use postgres")
	}
	if c.Blobs.Kind == "fs" {
		fault("blobs.kind", "several nodes cannot share a local folder; use s3")
	}
}

func (h *HTTPS) check(fault report) {
	for key, a := range map[string]string{"https.listen": h.Listen, "https.admin": h.Admin} {
		if _, _, err := net.SplitHostPort(a); a != "" && err != nil {
			fault(key, "%q is not host:port", a)
		}
	}
	if h.Listen == "" {
		return
	}
	switch {
	case h.Plain && h.Cert != "":
		fault("https.plain", "is for no TLS, and https.cert names a certificate")
	case h.Plain && h.ClientCA != "":
		fault("https.client_ca", "client certificates need TLS")
	case !h.Plain && (h.Cert == "" || h.Key == ""):
		fault("https.cert", "https.cert and https.key name the files of the certificate and its key; or https.plain: true for loopback or a proxy that ends TLS")
	}
	for key, p := range map[string]string{"https.cert": h.Cert, "https.key": h.Key, "https.client_ca": h.ClientCA} {
		if p == "" {
			continue
		}
		if _, err := os.Stat(p); err != nil {
			fault(key, "%v", err)
		}
	}
}
