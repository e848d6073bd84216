package client

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"carillon/models"
)

// CanarySteps are how long each part of the way took.
type CanarySteps struct {
	Publish time.Duration // from the call of publishEvent to its answer: the event is on disk
	Taken   time.Duration // from the event to the attempt: committed, claimed; whole milliseconds of the server's clock
	Sent    time.Duration // the attempt: signed, sent, received, answered
	Shown   time.Duration // from the answer to the attempt in the live stream: recorded, told
	All     time.Duration // from the call to the attempt in the stream
}

// Canary publishes on a tenant of its own, which is made and deleted again, to a
// webhook whose channel sends to the server itself, and follows the event the whole
// way. The key must be an administrator's.
type Canary struct {
	c   *Client
	now func() time.Time

	tenant    string
	secret    []byte
	eventType string
	data      json.RawMessage
	published models.ID
	created   time.Time // by the server's clock
	began     time.Time
	answered  time.Duration
	seen      int
}

const (
	// canaryMark begins the externalId of the canary's tenants.
	canaryMark = "carillon-doctor-"
	// ownTypes begins the types that the server keeps for itself.
	ownTypes = "carillon."
	// canaryOld is when a tenant was left behind by a run that was killed.
	canaryOld = 10 * time.Minute
	// canaryRounds is how many events are followed: the first opens the stream, the
	// second warms the way, the last one counts.
	canaryRounds = 3
	// canaryTime bounds the run, and canaryTidy what is done after it.
	canaryTime = 30 * time.Second
	canaryTidy = 15 * time.Second
)

// NewCanary makes a run; now is the caller's clock.
func NewCanary(c *Client, now func() time.Time) *Canary {
	return &Canary{c: c, now: now, eventType: "doctor.canary", data: json.RawMessage(`{"canary":true}`)}
}

// errArrived ends the stream when all is seen.
var errArrived = errors.New("the canary has arrived")

// Run goes the whole way, and leaves nothing behind but what the logs keep.
func (k *Canary) Run(ctx context.Context) (steps CanarySteps, err error) {
	ctx, cancel := context.WithTimeout(ctx, canaryTime)
	defer cancel()
	if err := k.prepare(ctx); err != nil {
		return steps, err
	}
	defer func() {
		tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), canaryTidy)
		defer cancel()
		if left := k.remove(tidy, k.tenant); left != nil {
			err = errors.Join(err, fmt.Errorf("the canary's tenant %s is left behind: %w", k.tenant, left))
		}
	}()
	if err := k.route(ctx); err != nil {
		return steps, err
	}
	if err := k.publish(ctx); err != nil {
		return steps, fmt.Errorf("publish: %w", err)
	}
	err = k.c.FollowAttempts(ctx, AttemptFilter{TenantID: k.tenant}, true, Start{}, func(a *Attempt) error {
		return k.take(ctx, a, &steps)
	})
	switch {
	case errors.Is(err, errArrived):
		return steps, nil
	case err == nil: // the time is over
		return steps, k.stuck(ctx)
	}
	return steps, err
}

// take looks at one attempt, and publishes the next event.
func (k *Canary) take(ctx context.Context, a *Attempt, steps *CanarySteps) error {
	if a.Event.ID != k.published {
		return nil // of the event before: it came twice, as it may
	}
	all := k.now().Sub(k.began)
	if a.Status != models.AttemptSucceeded {
		why := ""
		if a.Error != nil {
			why = ": " + a.Error.Message
		}
		return fmt.Errorf("send: the attempt failed%s", why)
	}
	if err := k.verify(a); err != nil {
		return err
	}
	*steps = CanarySteps{Publish: k.answered, Taken: max(0, a.StartedAt.Sub(k.created)), Sent: time.Duration(a.Latency), All: all}
	steps.Shown = max(0, all-steps.Taken-steps.Sent)
	if k.seen++; k.seen == canaryRounds {
		return errArrived
	}
	if err := k.publish(ctx); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// publish publishes the next event.
func (k *Canary) publish(ctx context.Context) error {
	k.began = k.now()
	e, err := k.c.Publish(ctx, Publication{TenantID: k.tenant, Type: k.eventType, Data: k.data})
	k.answered = k.now().Sub(k.began)
	var refused *Refused
	if errors.As(err, &refused) && refused.Field == "type" && k.seen == 0 {
		// The server takes what the catalog lists alone. The tenant has no other
		// webhook, so that an event of any type goes nowhere else.
		if err := k.listed(ctx); err != nil {
			return err
		}
		k.began = k.now()
		e, err = k.c.Publish(ctx, Publication{TenantID: k.tenant, Type: k.eventType, Data: k.data})
		k.answered = k.now().Sub(k.began)
	}
	if err != nil {
		return err
	}
	k.published, k.created = e.ID, e.CreatedAt
	return nil
}

// listed takes a type of the catalog whose data can be made.
func (k *Canary) listed(ctx context.Context) error {
	var out struct {
		Items struct {
			Nodes []struct {
				Name            string
				Schema, Example json.RawMessage
			}
		}
	}
	if err := k.c.do(ctx, canaryTypes, nil, &out); err != nil {
		return err
	}
	for _, t := range out.Items.Nodes {
		hasExample, hasSchema := given(t.Example), given(t.Schema)
		if !hasExample && hasSchema || strings.HasPrefix(t.Name, ownTypes) {
			continue
		}
		k.eventType = t.Name
		if hasExample {
			k.data = t.Example
		}
		return nil
	}
	return errors.New("the server takes types of the catalog alone, and the catalog has none with an example")
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// stuck says how far the event came that was waited for.
func (k *Canary) stuck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), canaryTidy)
	defer cancel()
	var out struct {
		Item *struct {
			Deliveries struct{ Nodes []struct{ Status string } }
		}
	}
	err := k.c.do(ctx, canaryDeliveries, map[string]any{"id": k.published}, &out)
	state := "is not known"
	switch {
	case err != nil:
		state += ": " + err.Error()
	case out.Item == nil:
		state = "is gone"
	case len(out.Item.Deliveries.Nodes) == 0:
		state = "has no delivery"
	default:
		state = "has a delivery that is " + out.Item.Deliveries.Nodes[0].Status
	}
	return fmt.Errorf("no attempt was shown within %s; the event %s %s", models.FormatDuration(canaryTime), k.published, state)
}

// prepare makes the tenant, after it removed what runs before have left.
func (k *Canary) prepare(ctx context.Context) error {
	var old struct {
		Items struct {
			Nodes []struct {
				ID         string
				ExternalID *string
				CreatedAt  time.Time
			}
		}
	}
	if err := k.c.do(ctx, canaryTenants, map[string]any{"search": canaryMark}, &old); err != nil {
		return err
	}
	for _, t := range old.Items.Nodes {
		if t.ExternalID == nil || !strings.HasPrefix(*t.ExternalID, canaryMark) || k.now().Sub(t.CreatedAt) < canaryOld {
			continue
		}
		if err := k.remove(ctx, t.ID); err != nil {
			return err
		}
	}
	var made struct{ Item struct{ ID string } }
	input := map[string]any{"name": "carillon doctor", "externalId": canaryMark + strings.ToLower(rand.Text())}
	if err := k.c.do(ctx, canaryTenant, map[string]any{"input": input}, &made); err != nil {
		return err
	}
	k.tenant = made.Item.ID
	return nil
}

// route sends the tenant's events to the server itself.
func (k *Canary) route(ctx context.Context) error {
	address, err := k.c.CanaryAddress(ctx, k.tenant)
	if err != nil {
		return err
	}
	k.secret = make([]byte, 32)
	_, _ = rand.Read(k.secret) // never fails
	var made struct{ Item struct{ ID string } }
	signing := map[string]any{"scheme": models.SigningStandardWebhooks, "secret": models.WhsecPrefix + base64.StdEncoding.EncodeToString(k.secret)}
	channel := map[string]any{
		"tenantId": k.tenant, "name": "the server itself", "retryPolicy": map[string]any{"schedule": []string{}},
		"config": map[string]any{"http": map[string]any{"url": address, "timeout": "10s", "signing": signing}},
	}
	if err := k.c.do(ctx, canaryChannel, map[string]any{"input": channel}, &made); err != nil {
		return err
	}
	webhook := map[string]any{
		"tenantId": k.tenant, "name": "canary", "eventTypes": []string{"*"}, "routes": []map[string]any{{"channelId": made.Item.ID}},
	}
	return k.c.do(ctx, canaryWebhook, map[string]any{"input": webhook}, &made)
}

func (k *Canary) remove(ctx context.Context, tenant string) error {
	var out struct{ Item string }
	return k.c.do(ctx, canaryRemove, map[string]any{"id": tenant}, &out)
}
