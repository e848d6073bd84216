package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/client"
	"carillon/models"
)

type listenCommand struct {
	Types  []string `placeholder:"TYPE" help:"Event types, or patterns such as contact.*; all when left out."`
	Entity string   `placeholder:"ID" help:"Events of this entity alone."`
	Tag    string   `placeholder:"TEXT" help:"Events with this tag alone."`
	Tests  bool     `help:"Test events too."`
	Since  string   `placeholder:"WHEN" help:"Begin with what was published since: a time such as 2026-11-20T12:00:00Z, or how long ago, such as 10m."`
	Tenant string   `placeholder:"ID" help:"Events of this tenant alone, for an administrator's key."`
	JSON   bool     `name:"json" help:"Print each event as one line of JSON."`

	ForwardTo string        `name:"forward-to" placeholder:"URL" help:"POST each event there, signed, as an HTTP channel without a template does."`
	Secret    models.Secret `placeholder:"WHSEC" help:"Signing secret to forward with; one is made and shown when it is left out."`
	Retries   int           `default:"2" placeholder:"N" help:"How often to try a forward again that failed; 2 when left out."`
	Timeout   time.Duration `default:"10s" placeholder:"DURATION" help:"How long a forward may take; 10s when left out."`

	serverFlag `embed:"" group:"connection"`
	keyFlag    `embed:"" group:"connection"`
}

// Run prints events, and forwards them, until ctx ends.
func (l *listenCommand) Run(ctx context.Context, to *screen) error {
	filter, patterns, err := l.filter()
	if err != nil {
		return &usageError{err}
	}
	since := time.Time{}
	if l.Since != "" {
		if since, err = parseWhen(l.Since, time.Now(), ago); err != nil {
			return &usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	forward, err := l.forwarder()
	if err != nil {
		return &usageError{err}
	}
	defer forward.close()
	c, err := connect(l.serverFlag, l.APIKey)
	if err != nil {
		return err
	}
	defer c.Close()
	after, err := c.NewestEvent(ctx, l.Tenant, since)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	to.note("Listening to %s; Ctrl-C ends it.", c.URL())
	if forward != nil {
		to.note("Forwarding to %s, signed with %s", forward.target(), forward.secret.Reveal())
	}
	return c.FollowEvents(ctx, filter, streamStart(after, to), func(e *client.Event) error {
		if len(patterns) > 0 && !slices.ContainsFunc(patterns, func(p models.Pattern) bool { return p.Match(e.Type) }) {
			return nil
		}
		return l.show(ctx, e, forward, to)
	})
}

// filter is what the server is asked for. It knows no patterns: with one of
// them it is asked for all types, and they are told apart here.
func (l *listenCommand) filter() (f client.EventFilter, patterns []models.Pattern, err error) {
	f = client.EventFilter{TenantID: l.Tenant, EntityID: l.Entity, Tag: l.Tag, IncludeTests: l.Tests}
	if l.Tenant != "" {
		if _, err := models.ParseIDOf(models.PrefixTenant, l.Tenant); err != nil {
			return f, nil, fmt.Errorf("--tenant: %w", err)
		}
	}
	exact := true
	for _, name := range l.Types {
		name = strings.TrimSpace(name)
		if err := models.CheckPattern("--types", name); err != nil {
			return f, nil, err
		}
		patterns = append(patterns, models.Pattern(name))
		exact = exact && models.Pattern(name).Exact()
		f.Types = append(f.Types, name)
	}
	if !exact {
		f.Types = nil
	}
	return f, patterns, nil
}

// show prints one event, and what became of its forward behind it.
func (l *listenCommand) show(ctx context.Context, e *client.Event, forward *forwarder, to *screen) error {
	if l.JSON {
		if err := to.printf("%s\n", plainJSON(e.JSON())); err != nil || forward == nil {
			return err
		}
		return forward.send(ctx, e, &screen{notes: to.notes}, func(try int, outcome string) error {
			to.note("%s, try %d: %s", e.ID, try, outcome)
			return nil
		})
	}
	line := to.paint(faint, shownTime(e.CreatedAt)) + " " + plain(e.Type) + " " + to.paint(faint, e.ID.String())
	if e.EntityID != nil {
		line += " " + plain(*e.EntityID)
	}
	if e.Test {
		line += " (test)"
	}
	if forward == nil {
		return to.printf("%s\n", line)
	}
	if err := to.printf("%s", line); err != nil {
		return err
	}
	return forward.send(ctx, e, to, func(try int, outcome string) error {
		if try > 1 {
			return to.printf("  %s, try %d: %s\n", e.ID, try, outcome)
		}
		return to.printf(" %s\n", outcome)
	})
}

// streamStart begins behind an item, and tells people when the stream breaks.
func streamStart(after string, to *screen) client.Start {
	return client.Start{
		After: after,
		Lost: func(err error, wait time.Duration) {
			to.note("Lost the server: %s. Trying again in %s.", oneLine(err), models.FormatDuration(wait.Round(100*time.Millisecond)))
		},
		Back: func() { to.note("Connected again, where it was.") },
		Gone: func(id string) {
			to.note("%s, the last one seen, is not kept any more; going on with what comes now.", id)
		},
	}
}
