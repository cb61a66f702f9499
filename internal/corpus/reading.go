package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
)

// A reading is what checking and converting one file came to.
type reading struct {
	result  *intake.Result // nil where fault is set
	bytes   int64
	records int64
	took    time.Duration // for both
	fault   string        // a crash, a hang, or another failure that must not be
}

// guard runs read, which may crash or hang. What hangs goes on hanging, and the program ends without it.
func guard(path string, limit time.Duration, read func(path string) reading) reading {
	began := time.Now()
	done := make(chan reading, 1)
	go func() {
		var r reading
		defer func() {
			if p := recover(); p != nil {
				r = reading{fault: fmt.Sprintf("crash: %v\n%s", p, debug.Stack())}
			}
			r.took = time.Since(began)
			done <- r
		}()
		r = read(path)
	}()
	select {
	case r := <-done:
		return r
	case <-time.After(limit):
		return reading{took: limit, fault: fmt.Sprintf("hangs: not done after %v", limit)}
	}
}

// read checks and converts a file as the commands of those names do.
func read(path string) (r reading) {
	f, err := os.Open(path)
	if err != nil {
		return reading{fault: err.Error()}
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return reading{fault: err.Error()}
	}
	r.bytes = info.Size()
	o := intake.Original{Name: path, ReaderAt: f, Size: info.Size()}
	if r.result, err = intake.Read(o, intake.Options{}); err != nil {
		r.fault = "check fails: " + err.Error()
		return r
	}
	converted, err := intake.Read(o, intake.Options{Handler: r.handler()})
	switch {
	case err != nil:
		r.fault = "convert fails: " + err.Error()
	case converted.Counts != r.result.Counts:
		r.fault = fmt.Sprintf("check finds %+v, convert %+v", r.result.Counts, converted.Counts)
	}
	return r
}

// errJSON is a record that is not JSON.
var errJSON = errors.New("record is not JSON")

// handler gives a handler that takes every record and looks whether its line is JSON.
func (r *reading) handler() intake.Handler {
	var line []byte
	take := func(record cargo.Record) error {
		r.records++
		if line = record.AppendJSON(line[:0]); !json.Valid(line) {
			return fmt.Errorf("%w: %.200q", errJSON, line)
		}
		return nil
	}
	return intake.Handler{
		Filing:         func(f *cargo.Filing) error { return take(f) },
		Call:           func(c *cargo.Call) error { return take(c) },
		Consignment:    func(c *cargo.Consignment) error { return take(c) },
		Equipment:      func(e *cargo.TransportEquipment) error { return take(e) },
		EquipmentEvent: func(e *cargo.EquipmentEvent) error { return take(e) },
		Unmapped:       func(u *cargo.Unmapped) error { return take(u) },
	}
}
