package https

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// states are the words of a message's state.
var states = []gateway.State{gateway.StateReceived, gateway.StateReading, gateway.StateWaiting, gateway.StateAccepted,
	gateway.StatePartlyAccepted, gateway.StateRejected, gateway.StateParked}

func (s *Server) registerMessages() {
	s.registerPost()

	list1 := operation("listMessages", "message.list", http.MethodGet, "/v1/messages", "List messages, newest first")
	list1.Tags = []string{"messages"}
	register(s.api, list1, s.listMessages)

	get := operation("getMessage", "message.read", http.MethodGet, "/v1/messages/{id}", "What became of a message")
	get.Tags = []string{"messages"}
	register(s.api, get, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[*gateway.MessageView], error) {
		id, err := messageID(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := s.service.Message(ctx, p, id)
		return &output[*gateway.MessageView]{v}, err
	})

	findings := operation("getFindings", "message.findings", http.MethodGet, "/v1/messages/{id}/findings", "Findings of a message")
	findings.Description = "As in the check object."
	findings.Tags = []string{"messages"}
	register(s.api, findings, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[list[finding]], error) {
		id, err := messageID(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := s.service.Findings(ctx, p, id)
		return &output[list[finding]]{listOf(v, func(j rawJSON) finding { return finding{j} })}, err
	})

	original := operation("getOriginal", "message.original", http.MethodGet, "/v1/messages/{id}/original", "The bytes of a message as they came")
	original.Description = "Ranges can be asked for. Repr-Digest is that of the whole."
	original.Tags = []string{"messages"}
	original.Parameters = []*huma.Param{pathID()}
	original.Responses = map[string]*huma.Response{"200": octets("The bytes"), "206": octets("A part of them"),
		"304": {Description: "Not modified"}}
	s.problems(&original, 401, 403, 404, 416, 500, 503)
	s.raw(original, s.getOriginal)

	acks := operation("listAcknowledgements", "message.acks", http.MethodGet, "/v1/messages/{id}/acknowledgements", "Answers to a message")
	acks.Tags = []string{"messages"}
	register(s.api, acks, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[list[gateway.AckView]], error) {
		id, err := messageID(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := s.service.Acknowledgements(ctx, p, id)
		return &output[list[gateway.AckView]]{listOf(v, same)}, err
	})

	ack := operation("getAcknowledgement", "message.acks", http.MethodGet, "/v1/messages/{id}/acknowledgements/{ack}", "The bytes of an answer")
	ack.Tags = []string{"messages"}
	ack.Responses = map[string]*huma.Response{"200": {Description: "The bytes", Content: map[string]*huma.MediaType{
		ediType: {Schema: &huma.Schema{}}, octetType: {Schema: &huma.Schema{}}}}}
	register(s.api, ack, s.getAcknowledgement)

	consignments := operation("listMessageConsignments", "message.consignments", http.MethodGet, "/v1/messages/{id}/consignments", "Consignments of a message")
	consignments.Tags = []string{"messages"}
	register(s.api, consignments, s.listMessageConsignments)

	certificate := operation("getCertificate", "message.certificate", http.MethodGet, "/v1/messages/{id}/certificate", "Signed evidence of a message")
	certificate.Tags = []string{"messages"}
	register(s.api, certificate, func(ctx context.Context, p partner.Principal, in *IDInput) (*output[*gateway.Certificate], error) {
		id, err := messageID(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := s.service.Certificate(ctx, p, id)
		return &output[*gateway.Certificate]{v}, err
	})
}

const (
	octetType = "application/octet-stream"
	ediType   = "application/edifact" // RFC 1767
)

func pathID() *huma.Param {
	return &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "The object's id, a UUID."}
}

func octets(description string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{octetType: {Schema: &huma.Schema{}}},
		Headers: map[string]*huma.Param{
			"Repr-Digest":         {Schema: &huma.Schema{Type: huma.TypeString}, Description: "Of the whole, as it came (RFC 9530)."},
			"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}},
			"ETag":                {Schema: &huma.Schema{Type: huma.TypeString}},
		}}
}

// messageID reads the id of a message, for the log too.
func messageID(ctx context.Context, text string) (id uuidValue, err error) {
	if id, err = parseID(text); err == nil {
		callOf(ctx).message = id.String()
	}
	return id, err
}

type listMessagesInput struct {
	State string `query:"state" doc:"States, separated by commas."`
	ModeInput
	PageInput
}

func (s *Server) listMessages(ctx context.Context, p partner.Principal, in *listMessagesInput) (*output[list[*gateway.MessageView]], error) {
	chosen, err := parseStates(in.State)
	if err != nil {
		return nil, err
	}
	v, err := s.service.Messages(ctx, p, in.traffic(p), chosen, in.Limit, in.After)
	return &output[list[*gateway.MessageView]]{listOf(v, same)}, err
}

// parseStates reads states separated by commas.
func parseStates(text string) (chosen []gateway.State, err error) {
	for word := range strings.SplitSeq(text, ",") {
		state := gateway.State(strings.TrimSpace(word))
		switch {
		case state == "":
		case !slices.Contains(states, state):
			return nil, newProblem(http.StatusUnprocessableEntity, codeInput, "state: %q is none of %s.", state, joinWords(states))
		case !slices.Contains(chosen, state):
			chosen = append(chosen, state)
		}
	}
	return chosen, nil
}

func joinWords[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

type messageConsignmentsInput struct {
	IDInput
	PageInput
}

func (s *Server) listMessageConsignments(ctx context.Context, p partner.Principal, in *messageConsignmentsInput) (*output[list[consignment]], error) {
	id, err := messageID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.service.MessageConsignments(ctx, p, id, in.Limit, in.After)
	return &output[list[consignment]]{listOf(v, consignmentOf)}, err
}

// getOriginal gives the bytes. Whatever they claim to be, a browser must not show them as ours.
func (s *Server) getOriginal(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	id, err := messageID(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	o, err := s.service.Original(r.Context(), c.principal, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer o.Close()
	h := w.Header()
	h.Set("Content-Type", octetType)
	h.Set("Content-Disposition", attachment(o.Name, id.String()))
	h.Set("ETag", `"`+hex.EncodeToString(o.SHA256[:])+`"`)
	h.Set("Repr-Digest", formatDigest(o.SHA256))
	src := &watchedReaderAt{ReaderAt: o}
	http.ServeContent(&rangeWriter{ResponseWriter: w, r: r}, r, "", noTime, io.NewSectionReader(src, 0, o.Size))
	if src.err != nil {
		c.failure = src.err
		panic(http.ErrAbortHandler) // the length was promised: what is missing must be noticed
	}
}

// A watchedReaderAt keeps an error that http.ServeContent would swallow.
type watchedReaderAt struct {
	io.ReaderAt
	err error
}

func (w *watchedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// A rangeWriter makes a problem of net/http's text about a range that is not there.
type rangeWriter struct {
	http.ResponseWriter
	r       *http.Request
	refused bool
}

// Unwrap lets http.ResponseController find the connection.
func (w *rangeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *rangeWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	for _, name := range []string{"Content-Disposition", "Repr-Digest", "ETag"} {
		w.Header().Del(name)
	}
	writeProblem(w.ResponseWriter, w.r, newProblem(status, codeRange, "The range is not within the bytes."))
}

// Write implements http.ResponseWriter.
func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// attachment writes Content-Disposition with a name, in the way of RFC 6266 where it is not ASCII.
func attachment(name, otherwise string) string {
	if name == "" {
		name = otherwise
	}
	if v := mime.FormatMediaType("attachment", map[string]string{"filename": name}); v != "" {
		return v
	}
	return "attachment"
}

type ackInput struct {
	IDInput
	Ack string `path:"ack" doc:"The answer's id, a UUID."`
}

func (s *Server) getAcknowledgement(ctx context.Context, p partner.Principal, in *ackInput) (*huma.StreamResponse, error) {
	id, err := messageID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ack, err := parseID(in.Ack)
	if err != nil {
		return nil, err
	}
	a, err := s.service.Acknowledgement(ctx, p, id, ack)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) { writeAnswer(ctx, a) }}, nil
}

func writeAnswer(ctx huma.Context, a *outbox.Answer) {
	_, w := humago.Unwrap(ctx)
	contentType := octetType
	switch a.Kind {
	case "CONTRL", "APERAK", "CUSRES":
		contentType = ediType
	}
	kind := strings.ToLower(a.Kind)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", attachment(kind+"-"+a.ID.String()+".edi", a.ID.String()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.Body)
}
