package https

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cargogate/internal/cargo"
	"cargogate/internal/failpoint"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// Channel is the name of the channel that a delivery over HTTP comes by. Partners have no other of this kind: whether
// it is for tests is a matter of the key.
const Channel = "https"

// maxKey is the most characters of an Idempotency-Key.
const maxKey = 255

// raw adds an operation whose body huma must not touch, since it would read it into memory.
func (s *Server) raw(op huma.Operation, h http.HandlerFunc) {
	s.api.OpenAPI().AddOperation(&op)
	s.api.Adapter().Handle(&op, func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		h(w, r)
	})
}

// registerPost adds the two operations that take a body of any size.
func (s *Server) registerPost() {
	post := operation("postMessage", "message.submit", http.MethodPost, "/v1/messages", "Send a message")
	post.Description = "The bytes of one file, as they are. The answer comes once they are durable. The same Idempotency-Key with " +
		"the same bytes gives the same message again. Whether there is room is said before the body is read: send " +
		"Expect: 100-continue to save sending it in vain."
	post.Tags = []string{"messages"}
	post.Parameters = append(bodyParameters(),
		&huma.Param{Name: "wait", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"5s"}},
			Description: "How long to wait for the result, as 5s or 5; at most " + s.config.MaxWait.String() + ". Without it, or where that is not enough, the answer is 202."},
		&huma.Param{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxKey), Pattern: "^[!-~]+$"},
			Description: "Names this sending. Use a new one for every new file, and the same one for a retry."},
	)
	post.RequestBody = anyBody()
	message := schemaOf[gateway.MessageView](s)
	location := map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}, Description: "Path of the message."}}
	post.Responses = map[string]*huma.Response{
		"200": {Description: "Received, and read within the time that was waited", Headers: location, Content: jsonContent(message)},
		"202": {Description: "Received", Headers: location, Content: jsonContent(message)},
	}
	s.problems(&post, 400, 401, 403, 408, 413, 415, 422, 429, 500, 503)
	s.raw(post, s.postMessage)

	check := operation("check", "check.run", http.MethodPost, "/v1/check", "Check a file")
	check.Description = "Reads a file as it would be read if it were sent, and says what is wrong with it. Nothing is stored."
	check.Tags = []string{"messages"}
	check.Parameters = bodyParameters()
	check.RequestBody = anyBody()
	check.Responses = map[string]*huma.Response{
		"200": {Description: "The check object", Content: jsonContent(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
			Properties: map[string]*huma.Schema{
				"schema": {Type: huma.TypeInteger},
				"files":  {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
			}, Required: []string{"schema", "files"}})},
	}
	s.problems(&check, 400, 401, 403, 408, 413, 415, 422, 429, 500, 503)
	s.raw(check, s.postCheck)
}

func bodyParameters() []*huma.Param {
	return []*huma.Param{
		{Name: "name", In: "query", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "Name of the file; else it is that of Content-Disposition."},
		{Name: "Content-Digest", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "Digest of the body as it is sent (RFC 9530): sha-256 and sha-512 are verified."},
		{Name: "Content-Encoding", In: "header", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"gzip", "zstd"}},
			Description: "How the body is packed. It is stored unpacked."},
		{Name: "Content-Disposition", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "Its filename is the name of the file."},
		{Name: "traceparent", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "W3C trace context."},
	}
}

func anyBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Description: "The file. Content-Type may be anything.",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{}}}}
}

func jsonContent(s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: s}}
}

// A submission is what a request with a body comes to before the body is read.
type submission struct {
	name   string
	coding string
	digest digests
	size   int64 // of the body unpacked; -1 where unknown
}

// readHeaders reads what both operations have in common, without touching the body.
func readHeaders(r *http.Request, limit int64) (sub submission, p *Problem) {
	if sub.coding, p = encodingOf(r.Header); p != nil {
		return sub, p
	}
	if sub.digest, p = parseDigests(r.Header); p != nil {
		return sub, p
	}
	if r.ContentLength > limit {
		return sub, newProblem(http.StatusRequestEntityTooLarge, codeTooLarge, "The body is larger than the %d bytes that are taken.", limit)
	}
	sub.size = r.ContentLength
	if sub.coding != "" {
		sub.size = -1
	}
	sub.name = fileName(r)
	return sub, nil
}

// fileName gives the name of the file as the sender calls it.
func fileName(r *http.Request) string {
	if name := transport.CleanName(r.URL.Query().Get("name")); name != "" {
		return name
	}
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
		return transport.CleanName(params["filename"])
	}
	return ""
}

// idempotencyKey reads the header, "" where there is none.
func idempotencyKey(h http.Header) (string, *Problem) {
	values := h.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || !visible(values[0], maxKey) {
		return "", newProblem(http.StatusBadRequest, codeRequest, "Idempotency-Key must be one word of 1 to %d visible ASCII characters.", maxKey)
	}
	return values[0], nil
}

// wait reads ?wait=: a duration, or seconds. More than the most is the most.
func (s *Server) wait(r *http.Request) (time.Duration, *Problem) {
	text := r.URL.Query().Get("wait")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = time.ParseDuration(text + "s")
	}
	if err != nil || d < 0 {
		return 0, newProblem(http.StatusUnprocessableEntity, codeInput, "wait must be a duration such as 5s.")
	}
	return min(d, s.config.MaxWait), nil
}

// postMessage takes a message: POST /v1/messages.
func (s *Server) postMessage(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	sub, p := readHeaders(r, s.config.MaxBody)
	if p != nil {
		writeProblem(w, r, p)
		return
	}
	key, p := idempotencyKey(r.Header)
	if p != nil {
		writeProblem(w, r, p)
		return
	}
	wait, p := s.wait(r)
	if p != nil {
		writeProblem(w, r, p)
		return
	}
	leave, err := s.enter(r.Context(), c.principal, sub.size)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	receipt, err := s.receive(r, c.principal, sub, key)
	leave()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c.message = receipt.ID.String()
	failpoint.Hit(failpoint.BeforeAnswer)
	if receipt.Repeated {
		s.metrics.repeated.Inc()
	}
	view := s.result(r.Context(), c.principal, receipt, wait)
	status := http.StatusAccepted
	switch {
	case view == nil:
		view = received(c, receipt, sub.name)
	case wait > 0 && view.State.Final():
		status = http.StatusOK
	}
	w.Header().Set("Location", "/v1/messages/"+receipt.ID.String())
	writeJSON(w, status, view)
}

// enter asks whether there is room, here and at the gateway, before the body is read. leave has to be called.
func (s *Server) enter(ctx context.Context, p partner.Principal, size int64) (leave func(), err error) {
	who := string(p.Kind) + ":" + p.ID
	if err := s.bodies.enter(who); err != nil {
		return nil, err
	}
	if err := s.service.Admit(ctx, p, size); err != nil {
		s.bodies.leave(who)
		return nil, err
	}
	s.metrics.bodies.Inc()
	return func() {
		s.metrics.bodies.Dec()
		s.bodies.leave(who)
	}, nil
}

// receive hands the body over.
func (s *Server) receive(r *http.Request, p partner.Principal, sub submission, key string) (transport.Receipt, error) {
	c := callOf(r.Context())
	b := newBody(r.Body, sub.coding, sub.digest, s.config.MaxBody, s.config.MaxRatio)
	defer b.close()
	mode := p.Mode
	if mode == "" {
		mode = cargo.TrafficLive
	}
	d := &transport.Delivery{
		Principal: p, Channel: Channel, Kind: transport.KindHTTPS, Mode: mode,
		Name: sub.name, ContentType: r.Header.Get("Content-Type"), TransportID: key,
		Headers: evidence(r), TraceID: c.trace, Body: b, Size: sub.size,
	}
	if sub.coding == "" {
		d.SHA256 = sub.digest.sha256
	}
	receipt, err := s.service.Receive(r.Context(), d)
	switch failed := b.failed(); {
	case err == nil && b.err != io.EOF:
		// The sender must not be told yes for bytes that it did not send.
		return receipt, fmt.Errorf("https: message %s was received although its body was not read to its end (%v)", receipt.ID, b.err)
	case failed != nil:
		return receipt, bodyProblem(failed)
	}
	return receipt, err
}

// evidence is what is kept of a request beside its body. The key is none of it.
func evidence(r *http.Request) map[string]string {
	e := map[string]string{"remote": r.RemoteAddr, "protocol": r.Proto}
	for _, name := range []string{"User-Agent", "Content-Type", "Content-Encoding", "Content-Digest", "Content-Disposition",
		"Idempotency-Key", "Traceparent", "X-Request-Id"} {
		if v := r.Header.Get(name); v != "" {
			e[name] = v
		}
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		cert := r.TLS.PeerCertificates[0]
		e["client-certificate-subject"] = cert.Subject.String()
		e["client-certificate-sha256"] = fingerprint(cert.Raw)
	}
	return e
}

// result gives the message as it is after the time that the sender waits, nil where nothing is known but the receipt.
// The message is durable: an error here is no reason to say no.
func (s *Server) result(ctx context.Context, p partner.Principal, receipt transport.Receipt, wait time.Duration) *gateway.MessageView {
	var view *gateway.MessageView
	var err error
	switch {
	case wait > 0:
		// Who drains the gateway must not wait for those who wait.
		waiting, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(s.drain, cancel)
		view, err = s.service.Await(waiting, p, receipt.ID, wait)
		stop()
		cancel()
	case receipt.Repeated:
		view, err = s.service.Message(ctx, p, receipt.ID)
	default:
		return nil
	}
	if err != nil {
		s.log.WarnContext(ctx, "the result is not told", "trace_id", transport.TraceID(ctx), "message_id", receipt.ID, "error", err)
		return nil
	}
	return view
}

// received is what is known of a message that was just received.
func received(c *call, r transport.Receipt, name string) *gateway.MessageView {
	return &gateway.MessageView{
		ID: r.ID, State: gateway.StateReceived, Mode: r.Mode, ReceivedAt: r.ReceivedAt.UTC(),
		Partner: c.principal.Partner(), Channel: Channel, Name: name, Size: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), TraceID: c.trace,
	}
}

// postCheck reads a file without storing it: POST /v1/check.
func (s *Server) postCheck(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	sub, p := readHeaders(r, s.config.MaxCheckBody)
	if p != nil {
		writeProblem(w, r, p)
		return
	}
	who := string(c.principal.Kind) + ":" + c.principal.ID
	if err := s.bodies.enter(who); err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.bodies.leave(who)
	b := newBody(r.Body, sub.coding, sub.digest, s.config.MaxCheckBody, s.config.MaxRatio)
	defer b.close()
	src := io.Reader(b)
	var sum *source
	if sub.coding == "" && sub.digest.sha256 != nil { // nobody makes these durable, so nobody digests them
		sum = &source{r: b, max: s.config.MaxCheckBody}
		sum.expect(newSHA256(), sub.digest.sha256[:])
		src = sum
	}
	out := &checkOutput{w: w}
	err := s.service.CheckBody(r.Context(), c.principal, sub.name, src, s.config.MaxCheckBody, out)
	failed := b.failed()
	if sum != nil && sum.err != nil && sum.err != io.EOF {
		failed = sum.err
	}
	if failed != nil {
		err = bodyProblem(failed)
	}
	if err == nil {
		err = out.finish()
	}
	if err != nil && c.w.status != 0 {
		c.failure = err
		panic(http.ErrAbortHandler) // half an object must not be taken for a whole one
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

// A checkOutput holds back the beginning of the check object, so that an error that shows early can still be told.
type checkOutput struct {
	w    http.ResponseWriter
	held []byte
	sent bool
}

// heldBack is how much that is: enough for most files.
const heldBack = 256 << 10

// Write implements io.Writer.
func (o *checkOutput) Write(p []byte) (int, error) {
	if !o.sent && len(o.held)+len(p) <= heldBack {
		o.held = append(o.held, p...)
		return len(p), nil
	}
	if err := o.send(); err != nil {
		return 0, err
	}
	return o.w.Write(p)
}

func (o *checkOutput) send() error {
	if o.sent {
		return nil
	}
	o.sent = true
	o.w.Header().Set("Content-Type", "application/json")
	_, err := o.w.Write(o.held)
	o.held = nil
	return err
}

// finish sends what is held. That is all of it where there is little, and its length is known.
func (o *checkOutput) finish() error {
	if !o.sent {
		o.w.Header().Set("Content-Length", strconv.Itoa(len(o.held)))
	}
	return o.send()
}
