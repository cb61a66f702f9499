package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestDocumented holds every package to a comment that says what it is, and every exported name to one of its own.
func TestDocumented(t *testing.T) {
	fset := token.NewFileSet()
	commented := map[string]bool{} // by folder, for packages that have a file beside tests
	for _, f := range goFiles(t, fset, parser.ParseComments|parser.SkipObjectResolution) {
		if f.test {
			continue
		}
		commented[f.dir] = commented[f.dir] || packageComment(f.ast)
		for _, u := range undocumented(f.ast) {
			t.Errorf("%s:%d: %s has no comment", f.path, fset.Position(u.pos).Line, u.name)
		}
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s has no comment that begins with \"Package\", or \"Command\" for a program", dir)
		}
	}
}

// packageComment says whether the file's package clause carries the comment that go doc looks for.
func packageComment(f *ast.File) bool {
	want := "Package " + f.Name.Name + " "
	if f.Name.Name == "main" {
		want = "Command "
	}
	return strings.HasPrefix(strings.ReplaceAll(f.Doc.Text(), "\n", " "), want)
}

// A bare name is an exported one without a comment.
type bare struct {
	pos  token.Pos
	name string
}

// undocumented lists the exported names of a file that no comment speaks of. Names in a group are documented by the
// group's comment, by one of their own or by one at the end of their line. Methods count where their type is exported;
// those of an interface are documented with it.
func undocumented(f *ast.File) []bare {
	var bad []bare
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if recv := receiver(d); d.Doc.Text() == "" && d.Name.IsExported() && (recv == "" || ast.IsExported(recv)) {
				bad = append(bad, bare{d.Pos(), strings.TrimPrefix(recv+"."+d.Name.Name, ".")})
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && !anyText(d.Doc, s.Doc, s.Comment) {
						bad = append(bad, bare{s.Pos(), s.Name.Name})
					}
				case *ast.ValueSpec:
					i := slices.IndexFunc(s.Names, (*ast.Ident).IsExported)
					if i >= 0 && !anyText(d.Doc, s.Doc, s.Comment) {
						bad = append(bad, bare{s.Pos(), s.Names[i].Name})
					}
				}
			}
		}
	}
	return bad
}

func anyText(groups ...*ast.CommentGroup) bool {
	return slices.ContainsFunc(groups, func(g *ast.CommentGroup) bool { return g.Text() != "" })
}

// receiver gives the name of a method's type, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// TestUndocumented tests the check itself.
func TestUndocumented(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want []string
	}{
		{"func F() {}", []string{"F"}},
		{"// F does.\nfunc F() {}", nil},
		{"//go:noinline\nfunc F() {}", []string{"F"}},
		{"func f() {}", nil},
		{"func (t *T) M() {}", []string{"T.M"}},
		{"func (t T[K]) M() {}", []string{"T.M"}},
		{"func (t *u) M() {}", nil},
		{"type T struct{}", []string{"T"}},
		{"type T struct{} // is one", nil},
		{"const A = 1", []string{"A"}},
		{"// Letters.\nconst (\n\tA = 1\n\tB = 2\n)", nil},
		{"const (\n\tA = 1 // one\n\tB = 2\n\tc = 3\n)", []string{"B"}},
		{"var x, Y int", []string{"Y"}},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n\n"+tt.src+"\n", parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range undocumented(f) {
			got = append(got, b.name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s\nundocumented: %v, want %v", tt.src, got, tt.want)
		}
	}
	for src, want := range map[string]bool{
		"// Package x is.\npackage x":            true,
		"// Package x\n// is.\npackage x":        true,
		"// Package y is.\npackage x":            false,
		"// Copyright somebody.\n\npackage x":    false,
		"package x":                              false,
		"// Command cargogate is.\npackage main": true,
		"// Package main is.\npackage main":      false,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := packageComment(f); got != want {
			t.Errorf("%q: packageComment = %v, want %v", src, got, want)
		}
	}
}
