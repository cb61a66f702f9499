package downstream

import (
	"context"
	"fmt"
	"path/filepath"

	"cargogate/internal/durable"
)

// A Folder drops each event as a file of its own, "<position>-<type>.json", position with 20 digits, so that names are in
// the order of events. A file under such a name is whole and on disk: it is written under a name with a dot before it and
// renamed. Whoever reads takes files away; one that is sent again is there again under the same name.
type Folder struct {
	Dir string
	FS  durable.FS // durable.OS{}
}

// Send writes the file.
func (f Folder) Send(_ context.Context, e Event) error {
	name := filepath.Join(f.Dir, fmt.Sprintf("%020d-%s.json", e.Position, e.Type))
	if err := durable.WriteFile(f.FS, name, append(e.Body[:len(e.Body):len(e.Body)], '\n')); err != nil {
		return fmt.Errorf("downstream: %w", err)
	}
	return nil
}
