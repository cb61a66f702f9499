package folder

import (
	"context"
	"fmt"
	"path"
	"strings"

	"cargogate/internal/transport"
)

// Send implements transport.Sender: it writes the answer into acks/, as <name>.<kind>.<delivery>.edi, and into rejected/
// too if what is answered was refused as a whole. The name is the same for every try, so that one answer is one file;
// <delivery> is the random end of its id.
func (t *Transport) Send(ctx context.Context, a *transport.Answer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.Channel.Kind != transport.KindFolder {
		return fmt.Errorf("folder: channel %s of partner %s is of kind %q: %w", a.Channel.Name, a.Partner, a.Channel.Kind, transport.ErrUndeliverable)
	}
	channel := a.Channel
	if channel.Partner == "" {
		channel.Partner = a.Partner
	}
	dir, err := Dir(&channel)
	if err != nil {
		return fmt.Errorf("%w: %w", err, transport.ErrUndeliverable)
	}
	d, err := t.open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	name := answerName(a)
	dirs := []string{acksDir}
	if a.Rejected {
		// acks/ last: it is what says that the answer was brought.
		dirs = []string{rejectedDir, acksDir}
	}
	for _, dir := range dirs {
		if d.holds(path.Join(dir, name), a.Body) {
			// It may be there and not on disk: a crash came between the two.
			if err := d.syncDir(dir); err != nil {
				return err
			}
			continue
		}
		if err := d.write(dir, name, "."+a.Delivery.String()+".tmp", a.Body); err != nil {
			return err
		}
	}
	return nil
}

// answerName names the file of an answer.
func answerName(a *transport.Answer) string {
	kind := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(a.Kind))
	if kind == "" {
		kind = "answer"
	}
	id := a.Delivery.String()
	end := "." + kind + "." + id[len(id)-12:] + ".edi"
	name := strings.TrimLeft(transport.CleanName(a.Name), ".") // a name in progress would never be fetched
	if name == "" {
		name = a.Receipt.String()
	}
	return transport.ClipName(name, transport.MaxName-len(end)) + end
}
