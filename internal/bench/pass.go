package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/cuscar"
	"cargogate/internal/edifact/directory"
	"cargogate/internal/synth"
)

// cpuSeconds is the CPU time of this process so far, user and system.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for an argument that the kernel does not know
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// lexRate tokenises text in memory, as the limit does, and gives MB per CPU second and allocations a segment.
func lexRate(text []byte) (rate, allocs float64) {
	const passes = 5
	d := edi.Delimiters{Component: ':', Element: '+', Release: '?', Segment: '\''}
	var rates []float64
	for range passes {
		lex := edi.NewBytesLexer(text, d)
		segments := 0
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpuSeconds()
		for {
			if _, err := lex.ReadSegment(); err != nil {
				break
			}
			segments++
		}
		rates = append(rates, float64(len(text))/1e6/(cpuSeconds()-start))
		runtime.ReadMemStats(&after)
		allocs = float64(after.Mallocs-before.Mallocs) / float64(segments)
	}
	return median(rates), allocs
}

// secondPass reads a file as the second pass does: every segment walked and checked against its directory, every
// consignment built and judged, every finding collected.
func secondPass(file string) (consignments int, counts diag.Counts, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, counts, err
	}
	defer f.Close()
	list := diag.NewList(diag.Limits{})
	d := edifact.NewDecoder(f, edifact.Report(list.Add), edifact.KeepWindows())
	mapper := cuscar.NewMapper(cuscar.Sink{Consignment: func(*cargo.Consignment) { consignments++ }, Overflow: func(cuscar.Overflow) {}}, list.Add)
	mapper.KeepsWindows()
	walker := directory.NewWalker(list.Add, d.PeekTag, mapper.Choose)
	for {
		s, err := d.ReadSegment()
		if err == io.EOF {
			return consignments, list.Counts(), nil
		}
		if err != nil {
			return 0, counts, err
		}
		switch d.Kind() {
		case edifact.MessageHeader:
			ic, m := d.Interchange(), d.Message()
			table, _ := directory.Lookup(m.Type, m.Version, m.Release, ic.Layout())
			walker.Begin(table, directory.Subject{Interchange: ic.Index, Message: m.Index, SyntaxVersion: ic.SyntaxVersion, Release: ic.Delimiters.Release, DecimalMark: ic.DecimalMark})
			place := walker.Step(s)
			mapper.Begin(file, ic, m, walker, false)
			mapper.Segment(s, place)
		case edifact.Body:
			mapper.Segment(s, walker.Step(s))
		case edifact.MessageTrailer:
			mapper.Segment(s, walker.Step(s))
			mapper.End()
		}
	}
}

// passRate gives the median rate of the second pass in MB per CPU second.
func passRate(file string, passes int) (float64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	var rates []float64
	for range passes {
		runtime.GC()
		start := cpuSeconds()
		if _, _, err := secondPass(file); err != nil {
			return 0, err
		}
		rates = append(rates, float64(info.Size())/1e6/(cpuSeconds()-start))
	}
	return median(rates), nil
}

// profilePass writes a CPU profile of the second pass.
func profilePass(file, out string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	_, err = passRate(file, 60)
	return err
}

// balancedFile writes 10 MB of CUSCAR without a fault.
func balancedFile(dir string) (string, error) {
	name := filepath.Join(dir, "balanced.edi")
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	if _, err := synth.WriteCUSCAR(f, synth.CUSCAROptions{Seed: 1, Size: 10_000_000, Mode: synth.ManyMessages, MinBills: 10, MaxBills: 120, Balanced: true}); err != nil {
		f.Close()
		return "", err
	}
	return name, f.Close()
}
