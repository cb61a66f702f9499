package transport

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 200) + ".edi"
	for in, want := range map[string]string{
		"manifest.edi":           "manifest.edi",
		"  two words.edi ":       "two words.edi",
		"../../etc/passwd":       "passwd",
		`Q:\out\MSC 12.edi`:      "MSC 12.edi",
		"..":                     "",
		"...":                    "",
		".":                      "",
		"":                       "",
		"a/":                     "",
		"tab\there\r\n.edi":      "tabhere.edi",
		"bad\xffbyte.edi":        "bad\uFFFDbyte.edi",
		"manifiesto_señal.edi":   "manifiesto_señal.edi",
		"\u202Eide.tsefinam.edi": "ide.tsefinam.edi",
		".hidden":                ".hidden",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", in, got, want)
		}
	}
	got := CleanName(long)
	if len(got) > MaxName || !utf8.ValidString(got) || !strings.HasSuffix(got, ".edi") {
		t.Errorf("a long name becomes %d bytes, %q", len(got), got)
	}
	if got := ClipName(strings.Repeat("a", 300)+"."+strings.Repeat("b", 100), 50); got != strings.Repeat("a", 50) {
		t.Errorf("a long extension was kept: %q", got)
	}
}

func TestTraceparent(t *testing.T) {
	t.Parallel()
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, ok := range map[string]bool{
		"00-" + trace + "-" + span + "-01":                    true,
		Traceparent(trace, span):                              true,
		Traceparent(NewTraceID(), NewSpanID()):                true,
		"cc-" + trace + "-" + span + "-01-more":               true,
		"00-" + trace + "-" + span + "-01-more":               false,
		"cc-" + trace + "-" + span + "-01more":                false,
		"ff-" + trace + "-" + span + "-01":                    false,
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":   false,
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":  false,
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01": false,
		"00-" + trace + "-" + span:                            false,
		"00-" + trace + "-" + span + "-0g":                    false,
		"00_" + trace + "-" + span + "-01":                    false,
		"":                                                    false,
		strings.Repeat("-", 55):                               false,
		"00-" + trace[:31] + "\x00-" + span + "-01":           false,
	} {
		if _, got := ParseTraceparent(header); got != ok {
			t.Errorf("ParseTraceparent(%q): %v, want %v", header, got, ok)
		}
	}
	if got := TraceID(WithTraceID(context.Background(), trace)); got != trace {
		t.Errorf("TraceID = %q", got)
	}
	if got := TraceID(context.Background()); got != "" {
		t.Errorf("TraceID of an empty context = %q", got)
	}
}
