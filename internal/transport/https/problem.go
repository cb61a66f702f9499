package https

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A Problem is an error as RFC 9457 has it. Code is stable: scripts may rely on it.
type Problem struct {
	Type     string    `json:"type" doc:"Always about:blank: code says what it is."`
	Title    string    `json:"title" doc:"The status in words."`
	Status   int       `json:"status"`
	Detail   string    `json:"detail,omitempty" doc:"What went wrong this time, for people."`
	Code     string    `json:"code" doc:"What went wrong, for programs: a word that is kept."`
	Reason   string    `json:"reason,omitempty" doc:"With code busy: disk, spool, quota, backlog, database, draining, concurrency."`
	TraceID  string    `json:"trace_id,omitempty" doc:"To be quoted when asking for help."`
	Findings []rawJSON `json:"findings,omitempty" doc:"Findings, as in the check object, where the problem is one of the bytes that were sent."`

	headers http.Header
	cause   error // for the log
}

// Codes of problems. They are kept.
const (
	codeRequest         = "invalid_request"        // 400: not a request that can be understood
	codeDigest          = "digest_mismatch"        // 400: the bytes do not have the digest that was declared
	codeIncomplete      = "incomplete_body"        // 400: the body ended early
	codeEncoding        = "invalid_encoding"       // 400: the body is not what Content-Encoding says
	codeUnauthenticated = "unauthenticated"        // 401
	codeDenied          = "denied"                 // 403
	codeNotFound        = "not_found"              // 404: there is none, or it is another's
	codeMethod          = "method_not_allowed"     // 405
	codeNotAcceptable   = "not_acceptable"         // 406
	codeSlow            = "too_slow"               // 408: the body came too slowly
	codeHeld            = "held"                   // 409: under a hold
	codeConflict        = "conflict"               // 409: it has changed in between: a lease that is over, another revision
	codeTooLarge        = "too_large"              // 413: the body, or what it unpacks to
	codeMediaType       = "unsupported_media_type" // 415
	codeUnpack          = "unsupported_encoding"   // 415: Content-Encoding
	codeRange           = "range_not_satisfiable"  // 416
	codeInput           = "invalid_input"          // 422: understood, and not valid
	codeReused          = "idempotency_key_reused" // 422: the same key with other bytes
	codeBusy            = "busy"                   // 429: the partner's own doing; 503: the gateway's
	codeInternal        = "internal"               // 500
	codeUnavailable     = "unavailable"            // 503
	problemContentType  = "application/problem+json"
	unavailableRetry    = 5 * time.Second
)

// codeOf gives the code of a status where nothing more is known.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return codeUnauthenticated
	case http.StatusForbidden:
		return codeDenied
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusMethodNotAllowed:
		return codeMethod
	case http.StatusNotAcceptable:
		return codeNotAcceptable
	case http.StatusRequestTimeout:
		return codeSlow
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusUnprocessableEntity:
		return codeInput
	case http.StatusServiceUnavailable:
		return codeUnavailable
	}
	if status >= 500 {
		return codeInternal
	}
	return codeRequest
}

func newProblem(status int, code, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
}

func (p *Problem) with(header, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(header, value)
	return p
}

// retry says when it is worth trying again, in whole seconds, at least one.
func (p *Problem) retry(after time.Duration) *Problem {
	return p.with("Retry-After", strconv.FormatInt(max(1, int64(math.Ceil(after.Seconds()))), 10))
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives what is behind the problem.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemContentType }

// A findingsError is an error that findings belong to: JSON objects, as in the check object.
type findingsError interface {
	error
	FindingsJSON() []json.RawMessage
}

// problemOf puts an error of the Service into words. What is nobody's business outside stays in cause.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	p = wordsFor(err)
	p.cause = err
	var f findingsError
	if errors.As(err, &f) {
		p.Findings = f.FindingsJSON()
	}
	return p
}

func wordsFor(err error) *Problem {
	var busy *transport.BusyError
	switch {
	case errors.As(err, &busy):
		p := newProblem(http.StatusServiceUnavailable, codeBusy, "Nothing can be taken now (%s).", busy.Reason)
		if busy.Partner {
			p = newProblem(http.StatusTooManyRequests, codeBusy, "Nothing more can be taken from you now (%s).", busy.Reason)
		}
		p.Reason = busy.Reason
		return p.retry(busy.RetryAfter)
	case errors.Is(err, transport.ErrTransportID):
		return newProblem(http.StatusUnprocessableEntity, codeReused, "The Idempotency-Key was used before, with other bytes.")
	case errors.Is(err, transport.ErrDigest):
		return newProblem(http.StatusBadRequest, codeDigest, "The body does not have the digest that Content-Digest declares.")
	case errors.Is(err, transport.ErrTooLarge):
		return newProblem(http.StatusRequestEntityTooLarge, codeTooLarge, "The body is larger than is taken.")
	case errors.Is(err, transport.ErrSize):
		return newProblem(http.StatusBadRequest, codeIncomplete, "The body is not as long as was declared.")
	case errors.Is(err, partner.ErrUnauthenticated):
		return newProblem(http.StatusUnauthorized, codeUnauthenticated, "No valid key: send Authorization: Bearer KEY.").
			with("WWW-Authenticate", `Bearer realm="cargogate"`)
	case errors.Is(err, partner.ErrDenied):
		return newProblem(http.StatusForbidden, codeDenied, "This key may not do that.")
	// What is another's and what is not there read the same, to the letter.
	case errors.Is(err, partner.ErrHidden), errors.Is(err, partner.ErrNotFound), errors.Is(err, gateway.ErrNotFound):
		return notFound()
	case errors.Is(err, gateway.ErrHeld):
		return newProblem(http.StatusConflict, codeHeld, "It is under a hold.")
	case errors.Is(err, gateway.ErrConflict):
		return newProblem(http.StatusConflict, codeConflict, "%s", plain(err))
	case errors.Is(err, gateway.ErrInput), errors.Is(err, partner.ErrInvalid):
		return newProblem(http.StatusUnprocessableEntity, codeInput, "%s", plain(err))
	case errors.Is(err, gateway.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusServiceUnavailable, codeUnavailable, "The gateway cannot do this now; it tries to mend itself.").
			retry(unavailableRetry)
	}
	return newProblem(http.StatusInternalServerError, codeInternal, "Something went wrong here, not with your request.")
}

func notFound() *Problem {
	return newProblem(http.StatusNotFound, codeNotFound, "There is no such thing here.")
}

func methodNotAllowed(allow string) *Problem {
	return newProblem(http.StatusMethodNotAllowed, codeMethod, "What can be done here: %s.", allow).with("Allow", allow)
}

// plain gives the text of an error of bad input without the names of packages that it carries for the log.
func plain(err error) string {
	s := err.Error()
	for _, sentinel := range []error{gateway.ErrInput, partner.ErrInvalid, gateway.ErrConflict} {
		s = strings.TrimSuffix(s, ": "+sentinel.Error())
		s = strings.TrimPrefix(s, sentinel.Error()+": ")
	}
	if s == gateway.ErrInput.Error() || s == partner.ErrInvalid.Error() {
		return "Not valid."
	}
	return s
}

// writeProblem answers with p. It does nothing where an answer has begun.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	c := callOf(r.Context())
	c.code = p.Code
	p.TraceID = c.trace
	if c.w.status != 0 {
		return
	}
	for k, v := range p.headers {
		// On HTTP/2 it would end the connection under the other requests on it: there the stream ends alone.
		if k != "Connection" || r.ProtoMajor == 1 {
			w.Header()[k] = v
		}
	}
	var body bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&body, p); err != nil { // a finding that is no JSON
		p.Findings = nil
		body.Reset()
		_ = huma.DefaultJSONFormat.Marshal(&body, p)
	}
	w.Header().Set("Content-Type", problemContentType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes())
	}
}

// huma makes its errors by functions of the package, for all APIs of the process: this is the only one. Where it knows
// the request the problem names the trace.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return humaProblem(status, msg, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := humaProblem(status, msg, errs)
		c := callOf(ctx.Context())
		c.code, p.TraceID = p.Code, c.trace
		return p
	}
}

// humaProblem puts what huma found in a request into one detail.
func humaProblem(status int, msg string, errs []error) *Problem {
	if len(errs) == 1 && status >= 500 {
		var p *Problem
		if errors.As(errs[0], &p) {
			return p
		}
	}
	if msg == "cannot read request body" || msg == "request body read timeout" {
		for _, err := range errs {
			if errors.Is(err, errSlow) {
				return slowProblem()
			}
		}
		return newProblem(http.StatusBadRequest, codeIncomplete, "The body ended early.")
	}
	if status == http.StatusUnprocessableEntity || status == http.StatusBadRequest {
		for _, err := range errs {
			if errors.Is(err, huma.ErrUnknownContentType) || strings.Contains(err.Error(), huma.ErrUnknownContentType.Error()) {
				return newProblem(http.StatusUnsupportedMediaType, codeMediaType, "The body must be application/json.")
			}
		}
	}
	var text []string
	for _, err := range errs {
		if err == nil {
			continue
		}
		if d, ok := err.(huma.ErrorDetailer); ok {
			e := d.ErrorDetail()
			text = append(text, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
			continue
		}
		text = append(text, err.Error())
	}
	detail := msg
	if len(text) > 0 {
		detail = strings.Join(text, "; ")
	}
	return newProblem(status, codeOf(status), "%s", detail)
}
