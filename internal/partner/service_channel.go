package partner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// about says in an error what it is about; nil stays nil.
func about(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrExists) {
		return fmt.Errorf("%w: %s", err, fmt.Sprintf(format, args...))
	}
	return err
}

// AddChannel adds a channel to a partner.
func (s *Service) AddChannel(ctx context.Context, by By, c Channel) (Channel, error) {
	return decide(ctx, s, func(s *Service) (Channel, error) { return s.addChannel(ctx, by, c) })
}

func (s *Service) addChannel(ctx context.Context, by By, c Channel) (Channel, error) {
	if err := c.Validate(); err != nil {
		return Channel{}, err
	}
	if !slices.Contains(s.kinds, c.Kind) {
		return Channel{}, invalid("there is no kind of channel %q, there is %s", c.Kind, strings.Join(s.kinds, ", "))
	}
	if _, err := s.partner(ctx, c.Partner); err != nil {
		return Channel{}, err
	}
	channels, err := s.store.Channels(ctx)
	if err != nil {
		return Channel{}, err
	}
	for i := range channels {
		if channels[i].Partner == c.Partner && channels[i].Name == c.Name {
			return Channel{}, about(ErrExists, "channel %s of partner %s", c.Name, c.Partner)
		}
	}
	if c.Answers != "" && c.Answers != c.Name {
		to, err := find(channels, nil, func(x *Channel) bool { return x.Partner == c.Partner && x.Name == c.Answers })
		if err != nil {
			return Channel{}, about(err, "channel %s of partner %s, to which answers are to go", c.Answers, c.Partner)
		}
		if to.Mode != c.Mode {
			return Channel{}, invalid("channel %s is for %s traffic and cannot take the answers of channel %s for %s traffic", to.Name, to.Mode, c.Name, c.Mode)
		}
	}
	if err := freeFolder(channels, &c); err != nil {
		return Channel{}, err
	}
	return c, s.apply(ctx, by, PartnerWrite, "channel.add", channelObject(&c), channelDetail(&c), Change{Insert: true, Channel: &c})
}

// RemoveChannel removes a channel that takes no answers of another.
func (s *Service) RemoveChannel(ctx context.Context, by By, of ID, name string) error {
	return change(ctx, s, func(s *Service) error { return s.removeChannel(ctx, by, of, name) })
}

func (s *Service) removeChannel(ctx context.Context, by By, of ID, name string) error {
	channels, err := s.store.Channels(ctx)
	c, err := find(channels, err, func(x *Channel) bool { return x.Partner == of && x.Name == name })
	if err != nil {
		return about(err, "channel %s of partner %s", name, of)
	}
	for i := range channels {
		if x := &channels[i]; x.Partner == of && x.Name != name && x.Answers == name {
			return invalid("the answers of channel %s go to channel %s", x.Name, name)
		}
	}
	return s.apply(ctx, by, PartnerWrite, "channel.remove", channelObject(&c), channelDetail(&c), Change{Delete: true, Channel: &c})
}

// freeFolder fails where the folder of a channel is that of another, lies in it or holds it: files of one would be
// taken as the other's. Letter case is no difference, as some file systems know none.
func freeFolder(channels []Channel, c *Channel) error {
	if c.Kind != kindFolder {
		return nil
	}
	mine := strings.ToLower(c.Folder()) + "/"
	for i := range channels {
		x := &channels[i]
		if x.Kind != kindFolder {
			continue
		}
		if theirs := strings.ToLower(x.Folder()) + "/"; strings.HasPrefix(mine, theirs) || strings.HasPrefix(theirs, mine) {
			return about(ErrExists, "folder %q is in the way: it is that of channel %s of partner %s", x.Folder(), x.Name, x.Partner)
		}
	}
	return nil
}

func channelObject(c *Channel) string { return "channel:" + string(c.Partner) + "/" + c.Name }

func channelDetail(c *Channel) any {
	return struct {
		Kind    string `json:"kind"`
		Mode    string `json:"mode"`
		Dir     string `json:"dir,omitempty"`
		Answers string `json:"answers,omitempty"`
	}{c.Kind, string(c.Mode), c.Dir, c.Answers}
}
