// Package s3 keeps originals in an S3-compatible store, one object for each, written once.
//
// A body is first spooled to a local file without a name, so that it can be sent again with the same bytes and the same
// key after a lost answer, and is then put with If-None-Match: * and its SHA-256. The store must honour If-None-Match
// (Check tries it), and must be strongly consistent, as S3 is. In a bucket that keeps versions, Delete leaves them.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cargogate/internal/blob"
	"cargogate/internal/durable"
)

// Config says where the bucket is. Its zero times and counts are replaced by those named here.
type Config struct {
	Endpoint  string // http or https URL of the server; "" for Amazon's of the region
	Region    string // as the server names it; many take "us-east-1"
	Bucket    string
	Prefix    string // of all keys in the bucket, a key itself or ""; a slash follows it
	AccessKey string
	SecretKey string
	PathStyle bool   // the bucket is in the path and not in the host name, as most servers but Amazon's want it
	CAFile    string // PEM certificates that are trusted beside the system's
	SpoolDir  string // where bodies are spooled; made if need be

	// Suffix ends the names of all objects. A server that keeps objects as files cannot keep "a" and "a/b" at once; with
	// the suffix "," it can, and the order of the keys stays. It may hold of !"#$%&'()*+, only; "" for none.
	Suffix string

	HTTPClient *http.Client  // instead of the one made of CAFile and IdleTimeout
	Timeout    time.Duration // of one request without a large body; 30 s
	// IdleTimeout ends a connection on which nothing moves, so that a body takes as long as it takes; 60 s.
	IdleTimeout time.Duration
	Attempts    int           // of one request before it is given up; 6
	Backoff     time.Duration // before the second attempt, doubled for each more up to 5 s, less a random part; 100 ms
}

// Store is a blob.Store in a bucket.
type Store struct {
	cfg       Config
	client    *s3.Client
	prefix    string // with its slash
	maxObject int64
	honours   atomic.Bool // the server was seen to honour If-None-Match
}

var _ blob.Store = (*Store)(nil)

const (
	maxObject  = 5 << 30 // what one PutObject takes
	maxBackoff = 5 * time.Second
	metaDigest = "sha256" // x-amz-meta-sha256, in hex
)

// New gives the store of a bucket. It asks nothing of the server: Check does.
func New(cfg Config) (*Store, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("blob/s3: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = time.Minute
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 6
	}
	if cfg.Backoff == 0 {
		cfg.Backoff = 100 * time.Millisecond
	}
	if err := durable.MkdirAll(durable.OS{}, cfg.SpoolDir, 0o700); err != nil {
		return nil, fmt.Errorf("blob/s3: spool: %w", err)
	}
	client := cfg.HTTPClient
	if client == nil {
		var err error
		if client, err = newClient(cfg.CAFile, cfg.IdleTimeout); err != nil {
			return nil, fmt.Errorf("blob/s3: %w", err)
		}
	}
	opts := s3.Options{
		Region:       cfg.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, ""),
		UsePathStyle: cfg.PathStyle,
		HTTPClient:   client,
		Retryer:      aws.NopRetryer{}, // retry knows more: of bodies that break off and of conditions
		// We send and compare SHA-256; CRC in trailers is what many servers do not know.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if cfg.Endpoint != "" {
		opts.BaseEndpoint = &cfg.Endpoint
	}
	s := &Store{cfg: cfg, client: s3.New(opts), maxObject: maxObject}
	if cfg.Prefix != "" {
		s.prefix = cfg.Prefix + "/"
	}
	return s, nil
}

// check finds what is wrong with a configuration, all of it.
func (c *Config) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Endpoint != "" {
		if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			bad("endpoint %q is no http or https URL", c.Endpoint)
		}
	}
	for _, f := range []struct{ name, value string }{
		{"region", c.Region}, {"bucket", c.Bucket}, {"access key", c.AccessKey}, {"secret key", c.SecretKey}, {"spool folder", c.SpoolDir},
	} {
		if f.value == "" {
			bad("no %s is given", f.name)
		}
	}
	if strings.Contains(c.Bucket, "/") {
		bad("bucket %q holds a slash", c.Bucket)
	}
	if c.Prefix != "" && !blob.ValidKey(c.Prefix) {
		bad("prefix %q is not a key", c.Prefix)
	}
	if strings.Trim(c.Suffix, `!"#$%&'()*+,`) != "" {
		bad("suffix %q holds a character that keys may have, or that sorts behind one", c.Suffix)
	}
	if c.Timeout < 0 || c.IdleTimeout < 0 || c.Backoff < 0 || c.Attempts < 0 {
		bad("a timeout or a count is negative")
	}
	return errors.Join(errs...)
}

// newClient gives a client whose connections end if nothing moves on them.
func newClient(caFile string, idle time.Duration) (*http.Client, error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	tr := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       idle / 2,
		ForceAttemptHTTP2:     false,
		TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{}, // one body must not hold up another's
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &movingConn{conn, idle}, nil
		},
	}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certificates: %s holds none", caFile)
		}
		tr.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: tr}, nil
}

// movingConn is a connection that fails if nothing moves on it for a time, in either direction: while a body is sent, the
// answer may take its time.
type movingConn struct {
	net.Conn
	idle time.Duration
}

func (c *movingConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *movingConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// name gives an object's name in the bucket.
func (s *Store) name(key string) *string { return aws.String(s.prefix + key + s.cfg.Suffix) }

// enter is how every method on a key begins.
func (s *Store) enter(ctx context.Context, op, key string) error {
	if err := ctx.Err(); err != nil {
		return s.wrap(op, key, err)
	}
	if !blob.ValidKey(key) {
		return s.wrap(op, key, blob.ErrKey)
	}
	return nil
}

// wrap gives an error its operation, bucket and key.
func (s *Store) wrap(op, key string, err error) error {
	return fmt.Errorf("blob/s3: %s %q in bucket %q: %w", op, key, s.cfg.Bucket, err)
}

// Free implements blob.Store with the room for spooled bodies: the bucket's is not told.
func (s *Store) Free(ctx context.Context) (int64, bool, error) {
	if err := ctx.Err(); err != nil {
		return 0, false, fmt.Errorf("blob/s3: free: %w", err)
	}
	n, err := durable.OS{}.Free(s.cfg.SpoolDir)
	if errors.Is(err, errors.ErrUnsupported) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("blob/s3: free: %w", err)
	}
	return n, true, nil
}
