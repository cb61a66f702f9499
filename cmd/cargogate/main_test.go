package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect of the output")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cargogate": main})
}

// TestScripts runs the program as its users do. The shipped examples are in every script's folder. -update rewrites
// what a script compares with.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOURCE_DATE_EPOCH", "1795514400") // 2026-11-24, 10:00
			return os.CopyFS(e.WorkDir, os.DirFS(filepath.Join("..", "..", "testdata", "example")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "bytes": writeBytes, "shape": shape, "pipe": pipe,
		},
	})
}
