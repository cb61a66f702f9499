package https

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Config says how a Server runs. The zero value of a field means its default.
type Config struct {
	Version string // of the build, for the OpenAPI document

	MaxBody         int64         // most bytes of a message, before and after unpacking; 2 GiB
	MaxCheckBody    int64         // the same for POST /v1/check; 256 MiB
	MaxRatio        int64         // most that a packed body may grow, as a factor, beyond its first 8 MiB; 100
	MaxBodies       int           // bodies that are read at once; 512
	MaxPerPrincipal int           // the same for one principal; 128
	MaxConnections  int           // 4096
	MaxHeader       int           // bytes of a request's header; 64 KiB
	MaxWait         time.Duration // longest ?wait=; 60 s

	HeaderTimeout time.Duration // until a request's header is there; 10 s
	IdleTimeout   time.Duration // until an idle connection is closed; 2 min
	RateWindow    time.Duration // a sender must bring MinRate over every such window; 30 s
	MinRate       int64         // bytes a second; 1024
	WriteTimeout  time.Duration // until a reader that takes nothing is given up; 30 s

	DrainWait time.Duration // after the end is asked for: not ready, but still serving; none
	DrainMax  time.Duration // requests in progress get so long to end; 1 min

	TLS       *TLS // nil is plain HTTP
	AdminOnly bool // health and metrics are served by ServeAdmin alone

	Pages http.Handler // the console, under PagesRoot; nil is none

	Checks     []Check       // of readiness
	CheckCache time.Duration // how long their results are given again; 1 s, less than 0 is never
	CheckLimit time.Duration // how long one may take; 5 s

	Registry *prometheus.Registry // metrics are registered here and served; nil is a new one
	Log      *slog.Logger         // nil is slog.Default
	Now      func() time.Time     // nil is time.Now
}

// TLS is the server's side of TLS 1.2 and 1.3. Files are read again when they change.
type TLS struct {
	Cert          string        // PEM file: the certificate and those above it
	Key           string        // PEM file
	ClientCA      string        // PEM file: client certificates are asked for, and must come from one of these; empty is not
	RequireClient bool          // a client without certificate is refused
	Poll          time.Duration // how often the files are looked at; 10 s
}

// A Check is one condition of readiness. It gives a detail for people, and an error where it is not met.
type Check struct {
	Name string // "database", "blob", "disk", "partitions", "clock"
	Func func(ctx context.Context) (detail string, err error)
}

func orDefault[T ~int | ~int64](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func (c *Config) setDefaults() {
	if c.Version == "" {
		c.Version = "0"
	}
	orDefault(&c.MaxBody, 2<<30)
	orDefault(&c.MaxCheckBody, 256<<20)
	orDefault(&c.MaxRatio, 100)
	orDefault(&c.MaxBodies, 512)
	orDefault(&c.MaxPerPrincipal, 128)
	orDefault(&c.MaxConnections, 4096)
	orDefault(&c.MaxHeader, 64<<10)
	orDefault(&c.MaxWait, time.Minute)
	orDefault(&c.HeaderTimeout, 10*time.Second)
	orDefault(&c.IdleTimeout, 2*time.Minute)
	orDefault(&c.RateWindow, 30*time.Second)
	orDefault(&c.MinRate, 1024)
	orDefault(&c.WriteTimeout, 30*time.Second)
	orDefault(&c.DrainMax, time.Minute)
	orDefault(&c.CheckCache, time.Second)
	orDefault(&c.CheckLimit, 5*time.Second)
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}
