package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/client"
	"carillon/models"
)

type attemptsCommand struct {
	Follow   bool     `short:"f" help:"Go on with each attempt as it is made."`
	Status   string   `placeholder:"STATUS" help:"succeeded or failed."`
	Channel  string   `placeholder:"CHANNEL" help:"The channel, by id or by name."`
	Webhook  string   `placeholder:"WEBHOOK" help:"The webhook, by id or by name."`
	Kind     string   `placeholder:"KIND" help:"http, slack, email or sms."`
	Type     []string `placeholder:"TYPE" help:"An event type; may be given several times."`
	Event    string   `placeholder:"ID" help:"The event."`
	Delivery string   `placeholder:"ID" help:"The delivery."`
	Tenant   string   `placeholder:"ID" help:"The tenant, for an administrator's key."`
	Tests    bool     `help:"Attempts of test events too."`
	From     string   `placeholder:"WHEN" help:"Begun at that time or later: a time such as 2026-11-20T12:00:00Z, or how long ago, such as 1h."`
	To       string   `placeholder:"WHEN" help:"Begun before that time."`
	Limit    int      `default:"20" placeholder:"N" help:"How many to show, 1 to 10000; 20 when left out. With --follow, how many before what comes live, 0 for none."`
	Bodies   bool     `help:"Show what was sent and what came back as well."`
	JSON     bool     `name:"json" help:"Print each attempt as one line of JSON."`

	serverFlag `embed:"" group:"connection"`
	keyFlag    `embed:"" group:"connection"`
}

const maxShown = 10_000

// Run prints the newest attempts, the newest last, and goes on with those that
// come where it is to follow.
func (a *attemptsCommand) Run(ctx context.Context, to *screen) error {
	filter, err := a.filter(time.Now())
	if err != nil {
		return &usageError{err}
	}
	c, err := connect(a.serverFlag, a.APIKey)
	if err != nil {
		return err
	}
	defer c.Close()
	err = a.show(ctx, c, filter, &attemptLines{to: to, bodies: a.Bodies, json: a.JSON})
	if a.Follow {
		return unlessStopped(ctx, err)
	}
	return err
}

func (a *attemptsCommand) show(ctx context.Context, c *client.Client, filter client.AttemptFilter, lines *attemptLines) error {
	if err := a.lookUp(ctx, c, &filter); err != nil {
		return err
	}
	// Read before the list: what comes between the two is behind either.
	after := ""
	if a.Follow {
		var err error
		if after, err = c.NewestAttempt(ctx, a.Tenant); err != nil {
			return err
		}
	}
	list, err := c.Attempts(ctx, filter, a.Limit, a.Bodies)
	if err != nil {
		return err
	}
	slices.Reverse(list)
	for _, attempt := range list {
		lines.measure(attempt)
	}
	if err := lines.head(a.Follow || len(list) > 0); err != nil {
		return err
	}
	for _, attempt := range list {
		if err := lines.print(attempt); err != nil {
			return err
		}
		after = attempt.ID.String()
	}
	if !a.Follow {
		if len(list) == 0 {
			lines.to.note("There are no such attempts.")
		}
		return nil
	}
	lines.to.note("Following %s; Ctrl-C ends it.", c.URL())
	return c.FollowAttempts(ctx, filter, a.Bodies, streamStart(after, lines.to), lines.print)
}

// lookUp finds the channel and the webhook where they are given by their names.
func (a *attemptsCommand) lookUp(ctx context.Context, c *client.Client, filter *client.AttemptFilter) (err error) {
	if a.Channel != "" {
		if filter.ChannelID, err = byNameOrID(models.PrefixChannel, a.Channel, func(name string) (string, error) {
			return c.ChannelNamed(ctx, a.Tenant, name)
		}); err != nil {
			return err
		}
	}
	if a.Webhook != "" {
		filter.WebhookID, err = byNameOrID(models.PrefixWebhook, a.Webhook, func(name string) (string, error) {
			return c.WebhookNamed(ctx, a.Tenant, name)
		})
	}
	return err
}

func byNameOrID(kind models.Prefix, given string, find func(name string) (string, error)) (string, error) {
	if _, err := models.ParseIDOf(kind, given); err == nil {
		return given, nil
	}
	return find(given)
}

// filter is what the flags say. Names are looked up later.
func (a *attemptsCommand) filter(now time.Time) (f client.AttemptFilter, err error) {
	f = client.AttemptFilter{
		TenantID: a.Tenant, EventID: a.Event, DeliveryID: a.Delivery, IncludeTests: a.Tests,
		Status: models.AttemptStatus(strings.ToUpper(a.Status)), ChannelKind: models.ChannelKind(strings.ToUpper(a.Kind)),
		EventTypes: a.Type,
	}
	if f.Status != "" && f.Status != models.AttemptSucceeded && f.Status != models.AttemptFailed {
		return f, fmt.Errorf("--status: %q is neither succeeded nor failed", a.Status)
	}
	if f.ChannelKind != "" && models.NewConfig(f.ChannelKind) == nil {
		return f, fmt.Errorf("--kind: %q is not one of http, slack, email, sms", a.Kind)
	}
	for _, name := range a.Type {
		if err := models.CheckEventType("--type", name); err != nil {
			return f, err
		}
	}
	for _, id := range []struct {
		flag, value string
		kind        models.Prefix
	}{{"--tenant", a.Tenant, models.PrefixTenant}, {"--event", a.Event, models.PrefixEvent}, {"--delivery", a.Delivery, models.PrefixDelivery}} {
		if id.value == "" {
			continue
		}
		if _, err := models.ParseIDOf(id.kind, id.value); err != nil {
			return f, fmt.Errorf("%s: %w", id.flag, err)
		}
	}
	if f.From, err = optionalMoment("--from", a.From, now); err != nil {
		return f, err
	}
	if f.To, err = optionalMoment("--to", a.To, now); err != nil {
		return f, err
	}
	if a.Limit < 0 || a.Limit > maxShown || a.Limit == 0 && !a.Follow {
		return f, fmt.Errorf("--limit: give 1 to %d", maxShown)
	}
	if a.Follow && f.To != nil {
		return f, errors.New("--to ends what --follow goes on with; give one of them")
	}
	return f, nil
}

func optionalMoment(flag, given string, now time.Time) (*time.Time, error) {
	if given == "" {
		return nil, nil
	}
	at, err := parseWhen(given, now, ago)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return &at, nil
}
