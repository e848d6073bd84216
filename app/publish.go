package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"carillon/client"
	"carillon/models"
)

type publishCommand struct {
	Type string `arg:"" optional:"" help:"The event's type, such as contact.created."`

	Data         string   `placeholder:"JSON" help:"The event's data: JSON, @FILE, or - for standard input."`
	Example      bool     `help:"Publish the catalog's example of the type."`
	Entity       string   `placeholder:"ID" help:"What the event is about; the order of events of one entity can be kept."`
	Key          string   `placeholder:"TEXT" help:"Idempotency key: a second event with the same one is not published. With --many, the number of the line is added."`
	Tag          []string `sep:"none" placeholder:"TEXT" help:"A tag; may be given several times."`
	EventVersion string   `placeholder:"TEXT" help:"Version of the data's format; the catalog's when left out."`
	Timestamp    string   `placeholder:"WHEN" help:"When it happened: a time such as 2026-11-20T12:00:00Z, or how long ago, such as 5m; now when left out."`
	Tenant       string   `placeholder:"ID" help:"The tenant, for an administrator's key."`
	Many         bool     `help:"Publish an event for each line of the file: its data, or without TYPE the whole event."`
	JSON         bool     `name:"json" help:"Print the whole event as one line of JSON."`

	serverFlag `embed:"" group:"connection"`
	APIKey     models.Secret `name:"api-key" group:"connection" placeholder:"KEY" help:"API key. The variable keeps it out of the list of processes."`
}

// Run publishes, and prints what the server has stored.
func (p *publishCommand) Run(ctx context.Context, out Output, to *screen) error {
	if err := p.check(); err != nil {
		return &usageError{err}
	}
	base, err := p.base(time.Now())
	if err != nil {
		return &usageError{err}
	}
	c, err := connect(p.serverFlag, p.APIKey)
	if err != nil {
		return err
	}
	defer c.Close()
	if p.Many {
		return p.publishMany(ctx, c, base, out, to)
	}
	if base.Data, err = p.data(ctx, c, out.Stdin); err != nil {
		return err
	}
	event, err := c.Publish(ctx, base)
	if err != nil {
		return err
	}
	if err := p.print(to, event); err != nil {
		return err
	}
	p.tellDeliveries(ctx, c, event, to)
	return nil
}

// check looks at what was given together.
func (p *publishCommand) check() error {
	switch {
	case p.Type == "" && !p.Many:
		return errors.New("which event is not said; give its type, such as carillon publish contact.created")
	case p.Data == "" && !p.Example:
		return errors.New("there is no data; give --data JSON, --data @FILE, --data - for standard input, or --example for the catalog's example")
	case p.Data != "" && p.Example:
		return errors.New("--data and --example exclude each other")
	case p.Many && p.Data != "-" && !strings.HasPrefix(p.Data, "@"):
		return errors.New("--many reads lines; give --data @FILE, or --data - for standard input")
	case p.Type == "":
		return nil
	}
	if err := models.CheckEventType("TYPE", p.Type); err != nil {
		return err
	}
	return nil
}

// base is the event without its data.
func (p *publishCommand) base(now time.Time) (client.Publication, error) {
	e := client.Publication{
		TenantID: p.Tenant, Type: p.Type, Version: p.EventVersion,
		EntityID: p.Entity, Tags: p.Tag, IdempotencyKey: p.Key,
	}
	if p.Tenant != "" {
		if _, err := models.ParseIDOf(models.PrefixTenant, p.Tenant); err != nil {
			return e, fmt.Errorf("--tenant: %w", err)
		}
	}
	if p.Timestamp != "" {
		at, err := parseWhen(p.Timestamp, now, ago)
		if err != nil {
			return e, fmt.Errorf("--timestamp: %w", err)
		}
		e.Timestamp = &at
	}
	return e, nil
}

func (p *publishCommand) print(to *screen, event *client.Event) error {
	if p.JSON {
		return to.printf("%s\n", plainJSON(event.JSON()))
	}
	return to.printf("%s\n", event.ID)
}

// tellDeliveries is for people. A key that may only publish cannot know, and
// then nothing is said.
func (p *publishCommand) tellDeliveries(ctx context.Context, c *client.Client, event *client.Event, to *screen) {
	n, more, err := c.CountDeliveries(ctx, event.ID)
	switch {
	case err != nil:
	case more:
		to.note("%s: more than %d deliveries", event.Type, n)
	case n == 0:
		to.note("%s: no webhook takes it, so nothing is sent", event.Type)
	case n == 1:
		to.note("%s: 1 delivery", event.Type)
	default:
		to.note("%s: %d deliveries", event.Type, n)
	}
}
