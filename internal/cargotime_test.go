package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestCargoTime keeps the bare time.Time out of the canonical model. A declared time has a precision and often no
// zone; cargo.Time keeps what was said, and time.Time would make up the rest.
func TestCargoTime(t *testing.T) {
	fset := token.NewFileSet()
	found := false
	for _, f := range goFiles(t, fset, parser.SkipObjectResolution) {
		if f.dir != "internal/cargo" || f.test {
			continue
		}
		found = true
		for _, pos := range bareTimes(f.ast) {
			t.Errorf("%s:%d: time.Time in the canonical model; use cargo.Time", f.path, fset.Position(pos).Line)
		}
	}
	if !found {
		t.Error("internal/cargo has no Go file")
	}
}

// bareTimes finds time.Time wherever it is part of a declared type: a field, however deep in pointers, slices, maps
// and structs, or a type made of it. Parameters and variables of functions may have it: calendar arithmetic needs it.
func bareTimes(f *ast.File) []token.Pos {
	local := ""
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == "time" {
			local = "time"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var found []token.Pos
	inType := func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncType:
			return false
		case *ast.Ident:
			if local == "." && x.Name == "Time" {
				found = append(found, x.Pos())
			}
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok && id.Name == local && x.Sel.Name == "Time" {
				found = append(found, x.Pos())
			}
			return false
		}
		return true
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.TypeSpec:
			ast.Inspect(x.Type, inType)
			return false
		case *ast.StructType:
			ast.Inspect(x, inType)
			return false
		}
		return true
	})
	return found
}

// TestBareTimes tests the check itself.
func TestBareTimes(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want int
	}{
		{`import "time"; type T struct{ At time.Time }`, 1},
		{`import "time"; type T struct{ time.Time }`, 1},
		{`import "time"; type T struct{ At *time.Time; All []map[string]time.Time }`, 2},
		{`import "time"; type T time.Time`, 1},
		{`import clock "time"; type T struct{ At clock.Time }`, 1},
		{`import . "time"; type T struct{ At Time }`, 1},
		{`import "time"; func f() { type t struct{ at time.Time } }`, 1},
		{`import "time"; var v struct{ at time.Time }`, 1},
		{`import "time"; type T struct{ For time.Duration }`, 0},
		{`import "time"; func F(at time.Time) string { return at.String() }`, 0},
		{`type Time struct{ Value string }; type T struct{ At Time }`, 0},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; "+tt.src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(bareTimes(f)); got != tt.want {
			t.Errorf("%s: %d found, want %d", tt.src, got, tt.want)
		}
	}
}
