package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/partner"
)

// CertificateSchema is the schema of the certificates that are issued.
const CertificateSchema = 1

// Certificate gives signed evidence of a receipt: what came, when, and what became of it. It can be had of a message that
// was purged too.
func (g *Gateway) Certificate(ctx context.Context, p partner.Principal, id uuid.UUID) (*Certificate, error) {
	r, err := g.receiptOf(ctx, p, partner.MessageCertificate, id)
	if err != nil {
		return nil, err
	}
	if g.signer == nil {
		return nil, fmt.Errorf("%w: this node has no key to sign with", ErrUnavailable)
	}
	s, err := g.settlement(ctx, id)
	if err != nil {
		return nil, err
	}
	now, err := g.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	v := viewOf(p, r, s)
	c := &Certificate{Schema: CertificateSchema, ID: r.ID, Partner: r.Partner, Channel: r.Channel, Mode: r.Mode, Name: printable(r.Name), Size: r.Size,
		SHA256: v.SHA256, ReceivedAt: v.ReceivedAt.Truncate(time.Microsecond), State: v.State, SettledAt: v.SettledAt,
		IssuedAt: now.UTC().Truncate(time.Microsecond), KeyID: g.signer.KeyID()}
	signed, err := SignedCertificate(c)
	if err != nil {
		return nil, err
	}
	c.Signature = base64.StdEncoding.EncodeToString(g.signer.Sign(signed))
	sum := sha256.Sum256(signed)
	if err := g.reads(ctx, p, partner.MessageCertificate, object("message", id), r.Mode, map[string]string{"certificate_sha256": hex.EncodeToString(sum[:])}); err != nil {
		return nil, err
	}
	return c, nil
}

// printable gives a name with U+FFFD for what programs write in different ways: control characters, line ends of every
// kind, what is not UTF-8.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// SignedCertificate gives the bytes that the signature of a certificate is made over: the certificate as JSON, with its
// fields in the order of Certificate, without signature, spaces or line end, absent fields left out, text in UTF-8 with
// no more escapes than JSON asks for. So it is what is left of the certificate that was handed out by
//
//	jq -cj 'del(.signature)' certificate.json
func SignedCertificate(c *Certificate) ([]byte, error) {
	plain := *c
	plain.Signature = ""
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&plain); err != nil {
		return nil, fmt.Errorf("gateway: certificate: %w", err)
	}
	out, ok := bytes.CutSuffix(b.Bytes(), []byte(`,"signature":""}`+"\n"))
	if !ok {
		return nil, errors.New("gateway: certificate: the signature is not its last field")
	}
	return append(out, '}'), nil
}

// VerifyCertificate says what is wrong with a certificate; nil where it was signed by one of these keys and nothing of it
// was changed.
func VerifyCertificate(c *Certificate, keys audit.Keys) error {
	if c.Schema != CertificateSchema {
		return fmt.Errorf("gateway: certificate: schema %d is not known", c.Schema)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(c.Signature)
	if err != nil {
		return fmt.Errorf("gateway: certificate: signature: %w", err)
	}
	signed, err := SignedCertificate(c)
	if err != nil {
		return err
	}
	if _, ok := keys[c.KeyID]; !ok {
		return fmt.Errorf("gateway: certificate: key %q is not among those given", c.KeyID)
	}
	if !keys.Verify(c.KeyID, signed, signature) {
		return errors.New("gateway: certificate: the signature is not that of this certificate")
	}
	return nil
}
