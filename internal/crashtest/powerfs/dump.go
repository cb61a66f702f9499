//go:build linux

package powerfs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Dump copies all files as programs see them, at one moment, into an empty folder of the machine's own. A program that
// serves a mount must not map files of it; it can look at the copy. Files and folders named in without are left out.
func (d *Disk) Dump(dir string, without ...string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.root.dump(dir, without); err != nil {
		return fmt.Errorf("powerfs: dump: %w", err)
	}
	return nil
}

func (n *node) dump(to string, without []string) error {
	if !n.isDir() {
		return os.WriteFile(to, n.data, 0o600)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for name, c := range n.entries {
		if slices.Contains(without, name) {
			continue
		}
		if err := c.dump(filepath.Join(to, name), without); err != nil {
			return err
		}
	}
	return nil
}
