package https

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// serveDocument writes the OpenAPI document once and serves it. huma's own way would write it with the first request,
// unguarded against a second one.
func (s *Server) serveDocument() error {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s.OpenAPI()); err != nil {
		return fmt.Errorf("https: OpenAPI document: %w", err)
	}
	yaml, err := s.OpenAPI().YAML()
	if err != nil {
		return fmt.Errorf("https: OpenAPI document: %w", err)
	}
	serve := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			callOf(r.Context()).route = r.Pattern
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		}
	}
	s.mux.HandleFunc("GET /openapi.json", serve("application/openapi+json", doc.Bytes()))
	s.mux.HandleFunc("GET /openapi.yaml", serve("application/openapi+yaml", yaml))
	return nil
}
