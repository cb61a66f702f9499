package directory

import (
	"fmt"
	"runtime"
	"testing"
)

// forget drops all that has been read, so that the next Lookup reads it again.
func forget() {
	madeMu.Lock()
	defer madeMu.Unlock()
	clear(made)
	for _, p := range []*pack{untdid(), servicePack()} {
		p.mu.Lock()
		clear(p.editions)
		p.mu.Unlock()
	}
}

// heapOf returns the bytes of heap that f leaves in use.
func heapOf(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// TestMemory keeps loaded tables small: a check of any file has 16 MB in all.
func TestMemory(t *testing.T) {
	for _, release := range []string{"95B", "16A"} {
		forget()
		var m *Message
		used := heapOf(func() { m = lookup(t, "CUSCAR", release, 3) })
		t.Logf("CUSCAR D.%s: %d bytes of heap", release, used)
		if used > 256<<10 {
			t.Errorf("CUSCAR D.%s takes %d bytes of heap", release, used)
		}
		more := heapOf(func() { lookup(t, "CUSCAR", release, 4) })
		t.Logf("CUSCAR D.%s in syntax 4 beside it: %d bytes", release, more)
		if more > used/2 {
			t.Errorf("a second layout takes %d bytes: it shares nothing with the first, of %d bytes", more, used)
		}
		runtime.KeepAlive(m)
	}
}

func BenchmarkLookupCold(b *testing.B) {
	for _, release := range []string{"95B", "16A"} {
		b.Run(release, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				forget()
				lookup(b, "CUSCAR", release, 3)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lookup("CUSCAR", "D", "95B", 3)
	}
}

func BenchmarkHas(b *testing.B) {
	l := list(b, "95B", "NAD/3035")
	for _, code := range []string{"CN", "ZZZ", "QQQ", "LONGER"} {
		b.Run(fmt.Sprintf("%s-%v", code, l.Has([]byte(code))), func(b *testing.B) {
			b.ReportAllocs()
			text := []byte(code)
			for b.Loop() {
				l.Has(text)
			}
		})
	}
}

func BenchmarkName(b *testing.B) {
	l := list(b, "95B", "NAD/3035")
	for b.Loop() {
		l.Name("CN")
	}
}
