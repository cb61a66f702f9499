package https

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// These stand in the OpenAPI document for types of other packages that huma cannot see through.
type (
	uuidText    string
	trafficText string
	stateText   string
)

// Schema implements huma.SchemaProvider.
func (uuidText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

// Schema implements huma.SchemaProvider.
func (trafficText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{"live", "test"}}
}

// Schema implements huma.SchemaProvider.
func (stateText) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, state := range states {
		s.Enum = append(s.Enum, string(state))
	}
	return s
}

// tidy makes the document say what is so: lists are never null, and everything but the problem's members may grow.
func tidy(api huma.API) {
	for _, s := range api.OpenAPI().Components.Schemas.Map() {
		tidySchema(s)
	}
	for _, item := range api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				tidySchema(p.Schema)
			}
			// Parameters in the order of the code would do; that of their names is steadier.
			slices.SortStableFunc(op.Parameters, func(a, b *huma.Param) int { return placeOf(a) - placeOf(b) })
		}
	}
}

func placeOf(p *huma.Param) int { return slices.Index([]string{"path", "query", "header"}, p.In) }

func tidySchema(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	tidySchema(s.Items)
	for _, p := range s.Properties {
		tidySchema(p)
	}
	if extra, ok := s.AdditionalProperties.(*huma.Schema); ok {
		tidySchema(extra)
	}
}

type operationValue = huma.Operation

// schemaOf gives the schema of a type, by reference.
func schemaOf[T any](s *Server) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

// problems says with which statuses an operation may fail.
func (s *Server) problems(op *huma.Operation, statuses ...int) {
	problem := schemaOf[Problem](s)
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problemContentType: {Schema: problem}}}
	}
}
