package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// A partnerCommand is about those who file.
type partnerCommand struct {
	Add     partnerAdd     `cmd:"" help:"Add a partner, with its channels for HTTPS and a folder."`
	Update  partnerUpdate  `cmd:"" help:"Change what is known of a partner."`
	List    partnerList    `cmd:"" help:"List partners."`
	Show    partnerShow    `cmd:"" help:"Show a partner with its channels, keys and mandates."`
	Suspend partnerSuspend `cmd:"" help:"Refuse everything of a partner, and keep its answers, until it is resumed."`
	Resume  partnerResume  `cmd:"" help:"End a suspension."`
	Channel channelCommand `cmd:"" help:"Ways by which a partner sends and gets its answers."`
	Mandate mandateCommand `cmd:"" help:"Who may file, change and cancel for another."`
}

type partnerFacts struct {
	Name       string   `help:"Name of the company."`
	Role       []string `placeholder:"ROLE" help:"carrier, nvocc, forwarder, agent, bureau; several by commas."`
	UNB        []string `name:"unb" placeholder:"ADDRESS" help:"Address in the envelope of its messages (UNB)."`
	SCAC       []string `name:"scac" placeholder:"CODE" help:"Carrier code (NMFTA)."`
	IATA       []string `name:"iata" placeholder:"CODE" help:"Airline designator."`
	Tax        []string `placeholder:"NUMBER" help:"The administration's own number of an operator."`
	Profile    string   `placeholder:"NAME" help:"Profile of severities and answers."`
	Retention  string   `placeholder:"CLASS" help:"Retention class: one of retention.classes of the configuration, or default."`
	DailyBytes *int64   `placeholder:"BYTES" help:"Quota of bytes in 24 hours; 0 is none."`
	DailyFiles *int64   `placeholder:"N" help:"Quota of files in 24 hours; 0 is none."`
}

// apply puts what was given over p.
func (f *partnerFacts) apply(p *partner.Partner) {
	if f.Name != "" {
		p.Name = f.Name
	}
	if len(f.Role) > 0 {
		p.Roles = nil
		for _, r := range f.Role {
			p.Roles = append(p.Roles, partner.Role(r))
		}
	}
	for scheme, values := range map[string][]string{partner.SchemeUNB: f.UNB, partner.SchemeSCAC: f.SCAC, partner.SchemeIATA: f.IATA, partner.SchemeTax: f.Tax} {
		if len(values) == 0 {
			continue
		}
		p.Identifiers = slices.DeleteFunc(p.Identifiers, func(i partner.Identifier) bool { return i.Scheme == scheme })
		for _, v := range values {
			p.Identifiers = append(p.Identifiers, partner.Identifier{Scheme: scheme, Value: v})
		}
	}
	slices.SortFunc(p.Identifiers, func(a, b partner.Identifier) int { return strings.Compare(a.String(), b.String()) })
	if f.Profile != "" {
		p.Profile = f.Profile
	}
	switch f.Retention {
	case "":
	case "default":
		p.Retention = ""
	default:
		p.Retention = f.Retention
	}
	if f.DailyBytes != nil {
		p.DailyBytes = *f.DailyBytes
	}
	if f.DailyFiles != nil {
		p.DailyFiles = *f.DailyFiles
	}
}

type partnerAdd struct {
	settings
	ID string `arg:"" help:"Name of the partner in keys, folders and lists: A-Z, 0-9, '-', '_', '.'."`
	partnerFacts
}

// Run runs the command.
func (c *partnerAdd) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		p := partner.Partner{ID: partner.ID(c.ID)}
		c.apply(&p)
		p, err := s.AddPartner(ctx, by, p)
		if err != nil {
			return err
		}
		return a.json(p)
	})
}

type partnerUpdate struct {
	settings
	ID string `arg:"" help:"Partner."`
	partnerFacts
}

// Run runs the command.
func (c *partnerUpdate) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, store gateway.Store) error {
		p, err := c.update(ctx, s, by, store)
		if err != nil {
			return err
		}
		return a.json(p)
	})
}

// rereads is how often a partner that others change is read again.
const rereads = 3

// update puts what was given over what is known. Where another changes the partner in the same moment, that is read again,
// so that nobody's change is lost.
func (c *partnerUpdate) update(ctx context.Context, s *partner.Service, by partner.By, store gateway.Store) (partner.Partner, error) {
	for again := 0; ; again++ {
		p, err := partnerOf(ctx, store, c.ID)
		if err != nil {
			return partner.Partner{}, err
		}
		c.apply(&p)
		p, err = s.UpdatePartner(ctx, by, p)
		if !errors.Is(err, partner.ErrConflict) || again == rereads {
			return p, err
		}
		ask(fmt.Sprintf("partner %s was changed by another meanwhile and is read again", c.ID))
	}
}

func partnerOf(ctx context.Context, store gateway.Store, id string) (partner.Partner, error) {
	all, err := store.Partners(ctx)
	if err != nil {
		return partner.Partner{}, err
	}
	for _, p := range all {
		if p.ID == partner.ID(id) {
			return p, nil
		}
	}
	return partner.Partner{}, fmt.Errorf("partner %s: %w", id, partner.ErrNotFound)
}

type partnerList struct {
	settings
	JSON bool `help:"One JSON object a line."`
}

// Run runs the command.
func (c *partnerList) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, _ *partner.Service, _ partner.By, store gateway.Store) error {
		all, err := store.Partners(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return lines(a, all)
		}
		return a.table("ID\tNAME\tROLES\tIDENTIFIERS\tPROFILE\tSTATE", len(all), func(i int) string {
			p := &all[i]
			state := "active"
			if p.Suspended {
				state = "suspended"
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", p.ID, p.Name, join(p.Roles), join(p.Identifiers), p.Profile, state)
		})
	})
}

type partnerShow struct {
	settings
	ID string `arg:"" help:"Partner."`
}

// Run runs the command.
func (c *partnerShow) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, _ *partner.Service, _ partner.By, store gateway.Store) error {
		p, err := partnerOf(ctx, store, c.ID)
		if err != nil {
			return err
		}
		channels, err := store.Channels(ctx)
		if err != nil {
			return err
		}
		keys, err := store.Keys(ctx)
		if err != nil {
			return err
		}
		mandates, err := store.Mandates(ctx)
		if err != nil {
			return err
		}
		return a.json(struct {
			partner.Partner
			Channels []partner.Channel `json:"channels"`
			Keys     []partner.Key     `json:"keys"`
			Mandates []partner.Mandate `json:"mandates"`
		}{p,
			keep(channels, func(v partner.Channel) bool { return v.Partner == p.ID }),
			keep(keys, func(v partner.Key) bool { return v.OwnerKind == partner.OwnerPartner && v.Owner == c.ID }),
			keep(mandates, func(v partner.Mandate) bool { return v.Filer == p.ID || v.Agent == p.ID })})
	})
}

type partnerSuspend struct {
	settings
	ID string `arg:"" help:"Partner."`
}

// Run runs the command.
func (c *partnerSuspend) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.SuspendPartner(ctx, by, partner.ID(c.ID))
	})
}

type partnerResume struct {
	settings
	ID string `arg:"" help:"Partner."`
}

// Run runs the command.
func (c *partnerResume) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.ResumePartner(ctx, by, partner.ID(c.ID))
	})
}

type channelCommand struct {
	Add    channelAdd    `cmd:"" help:"Add a channel."`
	Remove channelRemove `cmd:"" help:"Remove a channel."`
}

type channelAdd struct {
	settings
	Partner string `arg:"" help:"Partner."`
	Name    string `arg:"" help:"Name of the channel, such as folder-test."`
	Kind    string `required:"" enum:"folder,https" help:"folder or https."`
	Test    bool   `help:"All that comes by it is test traffic."`
	Dir     string `help:"Folder below the root of the transport; by default the partner's name in lower case, with -test for tests."`
	Answers string `placeholder:"CHANNEL" help:"Channel that answers go to; by default this one."`
}

// Run runs the command.
func (c *channelAdd) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		ch, err := s.AddChannel(ctx, by, partner.Channel{Partner: partner.ID(c.Partner), Name: c.Name, Kind: c.Kind, Mode: modeOf(c.Test), Dir: c.Dir, Answers: c.Answers})
		if err != nil {
			return err
		}
		return a.json(ch)
	})
}

type channelRemove struct {
	settings
	Partner string `arg:"" help:"Partner."`
	Name    string `arg:"" help:"Name of the channel."`
}

// Run runs the command.
func (c *channelRemove) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.RemoveChannel(ctx, by, partner.ID(c.Partner), c.Name)
	})
}

type mandateCommand struct {
	Add    mandateAdd    `cmd:"" help:"Let AGENT file, change and cancel for FILER."`
	Revoke mandateRevoke `cmd:"" help:"End a mandate now."`
}

type mandateAdd struct {
	settings
	Filer string `arg:"" help:"Whose filings they are."`
	Agent string `arg:"" help:"Who may act."`
	From  string `placeholder:"DAY" help:"First day, YYYY-MM-DD (UTC); by default from now on."`
	Until string `placeholder:"DAY" help:"First day on which it does not hold any more; by default open."`
}

// Run runs the command.
func (c *mandateAdd) Run(a *app) error {
	from, err := day(c.From, "--from")
	if err != nil {
		return err
	}
	end, err := day(c.Until, "--until")
	if err != nil {
		return err
	}
	var until *time.Time
	if !end.IsZero() {
		until = &end
	}
	if from.IsZero() {
		from = time.Now().UTC()
	}
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		m, err := s.AddMandate(ctx, by, partner.ID(c.Filer), partner.ID(c.Agent), from, until)
		if err != nil {
			return err
		}
		return a.json(m)
	})
}

type mandateRevoke struct {
	settings
	ID string `arg:"" help:"Mandate; see partner show."`
}

// Run runs the command.
func (c *mandateRevoke) Run(a *app) error {
	return c.administer(a, func(ctx context.Context, s *partner.Service, by partner.By, _ gateway.Store) error {
		return s.RevokeMandate(ctx, by, c.ID)
	})
}

// day reads a day of the calendar, the zero time where there is none.
func day(text, flag string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, usage("%s: %q is not a day such as 2027-01-31", flag, text)
	}
	return t, nil
}

func modeOf(test bool) cargo.Traffic {
	if test {
		return cargo.TrafficTest
	}
	return cargo.TrafficLive
}

// json writes a value, indented.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// lines writes values, one a line.
func lines[T any](a *app, all []T) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	for i := range all {
		if err := e.Encode(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// table writes rows under a head.
func (a *app) table(head string, rows int, row func(i int) string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for i := range rows {
		fmt.Fprintln(w, row(i))
	}
	return w.Flush()
}

// keep gives those that f holds for; never nil, so that JSON has a list.
func keep[T any](all []T, f func(T) bool) []T {
	kept := []T{}
	for _, v := range all {
		if f(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func join[T any](all []T) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

// ask tells a person on the terminal what a secret needs.
func ask(text string) { fmt.Fprintln(os.Stderr, text) }
