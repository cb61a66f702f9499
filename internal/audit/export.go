package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// An export is NDJSON: a line {"record":"audit","schema":1}, then each row in order as {"record":"row", …}, behind it the
// head that names it, if there is one, as {"record":"head", …}. It is verified with the public key alone.

// maxLine bounds a line of an export, in bytes.
const maxLine = 8 << 20

// A jsonHead is a Head in JSON.
type jsonHead struct {
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	KeyID     string    `json:"key_id"`
	Signature string    `json:"signature"` // base64
}

// MarshalJSON writes the hash as hex and the signature as base64.
func (h Head) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonHead{h.Seq, hex.EncodeToString(h.Hash[:]), h.At.UTC(), h.KeyID, base64.StdEncoding.EncodeToString(h.Signature)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (h *Head) UnmarshalJSON(b []byte) error {
	var j jsonHead
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	return j.head(h)
}

func (j *jsonHead) head(h *Head) error {
	hash, err := parseHash(j.Hash)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(j.Signature)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	*h = Head{Seq: j.Seq, Hash: hash, At: j.At.UTC(), KeyID: j.KeyID, Signature: signature}
	return nil
}

func parseHash(s string) (hash [32]byte, err error) {
	b, err := hex.DecodeString(s)
	if err == nil && len(b) != len(hash) {
		err = fmt.Errorf("%d bytes", len(b))
	}
	if err != nil {
		return hash, fmt.Errorf("hash %q is not 64 hex digits: %w", s, err)
	}
	return [32]byte(b), nil
}

// ParseHead reads a head that was kept in a file: the JSON of a Head.
func ParseHead(b []byte) (Head, error) {
	var h Head
	if err := json.Unmarshal(b, &h); err != nil {
		return Head{}, fmt.Errorf("audit: this is no head: %w", err)
	}
	if h.Seq < 1 || len(h.Signature) == 0 {
		return Head{}, errors.New("audit: this is no head: it has no number or no signature")
	}
	return h, nil
}

// A jsonLine is a line of an export.
type jsonLine struct {
	Record    string `json:"record"`
	Schema    int    `json:"schema,omitempty"`
	Seq       int64  `json:"seq,omitempty"`
	Hash      string `json:"hash,omitempty"`
	ID        string `json:"id,omitempty"`
	At        string `json:"at,omitempty"`
	Principal string `json:"principal,omitempty"`
	Action    string `json:"action,omitempty"`
	Object    string `json:"object,omitempty"`
	Mode      string `json:"mode,omitempty"`
	Detail    string `json:"detail,omitempty"` // text, as it is what the hash is over
	TraceID   string `json:"trace_id,omitempty"`
	KeyID     string `json:"key_id,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// Export writes the whole log and gives its last head, the zero Head where there is none.
func Export(ctx context.Context, store Store, w io.Writer) (last Head, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	put := func(l *jsonLine) bool {
		if err == nil {
			err = enc.Encode(l)
		}
		return err == nil
	}
	put(&jsonLine{Record: "audit", Schema: 1})
	walked := walk(ctx, store, func(s *Sealed) bool {
		for _, text := range [...]string{s.Principal, s.Action, s.Object, s.Mode, s.Detail, s.TraceID} {
			if !utf8.ValidString(text) {
				err = fmt.Errorf("audit: row %d is not UTF-8 and cannot be written as it is", s.Seq)
				return false
			}
		}
		return put(&jsonLine{Record: "row", Seq: s.Seq, Hash: hex.EncodeToString(s.Hash[:]), ID: s.ID.String(),
			At: s.At.UTC().Format(headTime), Principal: s.Principal, Action: s.Action, Object: s.Object, Mode: s.Mode,
			Detail: s.Detail, TraceID: s.TraceID})
	}, func(h *Head) bool {
		last = *h
		return put(&jsonLine{Record: "head", Seq: h.Seq, Hash: hex.EncodeToString(h.Hash[:]), At: h.At.UTC().Format(headTime),
			KeyID: h.KeyID, Signature: base64.StdEncoding.EncodeToString(h.Signature)})
	})
	return last, errors.Join(walked, err, out.Flush())
}

// VerifyExport verifies an export with nothing but public keys, and heads that were kept elsewhere. An error is one of
// reading; what is wrong with the log is in the report.
func VerifyExport(r io.Reader, keys Keys, kept ...Head) (Report, error) {
	v := newVerifier(keys, kept)
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for in.Scan() {
		n++
		if !v.line(n, in.Bytes()) {
			return v.report, nil
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		v.fault(v.seq+1, FaultForm, "a line is longer than %d bytes", maxLine)
	} else if err != nil {
		return v.report, fmt.Errorf("audit: %w", err)
	} else if n == 0 {
		v.fault(1, FaultForm, "the export is empty")
	}
	return v.end(), nil
}

// line takes a line of an export; false ends the verifying. Fields that are not known are a fault: they stand under no
// hash.
func (v *verifier) line(n int, b []byte) bool {
	var l jsonLine
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return v.fault(v.seq+1, FaultForm, "line %d cannot be read: %v", n, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return v.fault(v.seq+1, FaultForm, "line %d holds more than one value", n)
	}
	if n == 1 {
		if l != (jsonLine{Record: "audit", Schema: 1}) {
			return v.fault(1, FaultForm, "this is no export of an audit log of schema 1")
		}
		return true
	}
	at, err := time.Parse(headTime, l.At)
	if err != nil {
		return v.fault(v.seq+1, FaultForm, "line %d: %v", n, err)
	}
	switch l.Record {
	case "row":
		s := Sealed{Seq: l.Seq, Row: Row{At: at, Principal: l.Principal, Action: l.Action, Object: l.Object, Mode: l.Mode, Detail: l.Detail, TraceID: l.TraceID}}
		if s.Hash, err = parseHash(l.Hash); err == nil {
			s.ID, err = uuid.Parse(l.ID)
		}
		if err == nil && (l.KeyID != "" || l.Signature != "" || l.Schema != 0) {
			err = errors.New("a row has no key, signature or schema")
		}
		if err != nil {
			return v.fault(v.seq+1, FaultForm, "line %d: %v", n, err)
		}
		return v.row(&s)
	case "head":
		var h Head
		err = (&jsonHead{l.Seq, l.Hash, at, l.KeyID, l.Signature}).head(&h)
		if err == nil && (l != jsonLine{Record: "head", Seq: l.Seq, Hash: l.Hash, At: l.At, KeyID: l.KeyID, Signature: l.Signature}) {
			err = errors.New("a head has no more than its number, hash, time, key and signature")
		}
		if err != nil {
			return v.fault(v.seq+1, FaultForm, "line %d: %v", n, err)
		}
		return v.head(&h)
	}
	return v.fault(v.seq+1, FaultForm, "line %d is a record of kind %q, which is not known", n, l.Record)
}
