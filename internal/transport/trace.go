package transport

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
)

type traceKey struct{}

// WithTraceID gives a context that carries a trace id, so that audit rows and log lines further in can name it.
func WithTraceID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

// TraceID gives the trace id of a context, "" where it has none.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// NewTraceID makes a trace id: 32 hex digits.
func NewTraceID() string { return randomHex(16) }

// NewSpanID makes the id of one step of a trace: 16 hex digits.
func NewSpanID() string { return randomHex(8) }

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: the program ends where the system has no randomness
	return hex.EncodeToString(b)
}

// ParseTraceparent gives the trace id of a W3C traceparent header, level 1 or a later one.
func ParseTraceparent(header string) (trace string, ok bool) {
	const version, traceEnd, spanEnd, length = 2, 35, 52, 55
	h := strings.TrimSpace(header)
	if len(h) < length || h[version] != '-' || h[traceEnd] != '-' || h[spanEnd] != '-' {
		return "", false
	}
	if !lowerHex(h[:version]) || h[:version] == "ff" || !lowerHex(h[spanEnd+1:length]) {
		return "", false
	}
	// Version 0 ends here; what a later one adds stands behind another dash.
	if len(h) > length && (h[:version] == "00" || h[length] != '-') {
		return "", false
	}
	trace, span := h[version+1:traceEnd], h[traceEnd+1:spanEnd]
	if !lowerHex(trace) || !lowerHex(span) || strings.Trim(trace, "0") == "" || strings.Trim(span, "0") == "" {
		return "", false
	}
	return trace, true
}

// Traceparent writes the W3C header for a step of a trace.
func Traceparent(trace, span string) string { return "00-" + trace + "-" + span + "-01" }

func lowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
