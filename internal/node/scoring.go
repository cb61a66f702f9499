package node

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cargogate/internal/config"
	"cargogate/internal/scoring"
)

// OpenScoring gives the engine that a configuration asks for; nil where nothing is scored.
func OpenScoring(c *config.Scoring) (*scoring.Engine, error) {
	if c.Off {
		return nil, nil
	}
	var o scoring.Options
	if c.Lists != "" {
		var folder fs.FS = os.DirFS(c.Lists)
		lists, err := scoring.LoadLists(folder)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Lists, err)
		}
		o.Lists = lists
	}
	if c.Rules != "" {
		text, err := os.ReadFile(c.Rules)
		if err != nil {
			return nil, fmt.Errorf("node: rules: %w", err)
		}
		rules, err := scoring.ParseRules(filepath.Base(c.Rules), string(text))
		if err != nil {
			return nil, fmt.Errorf("node: rules: %w", err)
		}
		o.Rules = rules
	}
	return scoring.NewEngine(o)
}
