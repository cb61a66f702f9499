package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// A reloader holds the TLS settings that are in use, and reads their files again when they change. Where the new ones
// are broken it says so and keeps the old.
type reloader struct {
	tls TLS
	log *slog.Logger
	now atomic.Pointer[tls.Config]

	seen [3]stamp // of cert, key and client CA, as last looked at
}

// A stamp tells whether a file is still the same.
type stamp struct {
	mod  time.Time
	size int64
}

func newReloader(t TLS, log *slog.Logger) (*reloader, error) {
	orDefault(&t.Poll, 10*time.Second)
	r := &reloader{tls: t, log: log}
	r.seen = r.stamps()
	c, err := r.load()
	if err != nil {
		return nil, err
	}
	r.now.Store(c)
	return r, nil
}

func (r *reloader) stamps() (s [3]stamp) {
	for i, name := range []string{r.tls.Cert, r.tls.Key, r.tls.ClientCA} {
		if name == "" {
			continue
		}
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

func (r *reloader) load() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(r.tls.Cert, r.tls.Key)
	if err != nil {
		return nil, fmt.Errorf("https: certificate: %w", err)
	}
	c := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{cert},
		NextProtos:   []string{"h2", "http/1.1"},
	}
	if r.tls.ClientCA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(r.tls.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("https: client certificates: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("https: client certificates: no certificate in " + r.tls.ClientCA)
	}
	c.ClientAuth = tls.VerifyClientCertIfGiven
	if r.tls.RequireClient {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// run looks at the files until ctx is done.
func (r *reloader) run(ctx context.Context) {
	tick := time.NewTicker(r.tls.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.look()
		}
	}
}

// look reads the files again if one has changed. Certificate and key are two files: between their two changes they do
// not fit each other, which the next look mends.
func (r *reloader) look() {
	seen := r.stamps()
	if seen == r.seen {
		return
	}
	r.seen = seen
	c, err := r.load()
	if err != nil {
		r.log.Error("the new certificate is not used, the old one stays", "error", err)
		return
	}
	r.now.Store(c)
	r.log.Info("the certificate was read again", "file", r.tls.Cert)
}

// config implements tls.Config.GetConfigForClient.
func (r *reloader) config(*tls.ClientHelloInfo) (*tls.Config, error) { return r.now.Load(), nil }

// certificate implements tls.Config.GetCertificate, which ServeTLS asks for.
func (r *reloader) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &r.now.Load().Certificates[0], nil
}
