package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"carillon/models"
)

// Server is the server that is filled with sample data.
type Server struct {
	URL string        // without a slash at the end
	Key models.Secret // of an administrator
}

// object is a GraphQL input.
type object = map[string]any

// api asks a server.
type api struct {
	server Server
	client *http.Client
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 8 << 20

// ask runs one operation and decodes its data into out, which may be nil.
func (a *api) ask(ctx context.Context, query string, input any, out any) error {
	body, err := json.Marshal(object{"query": query, "variables": object{"input": input}})
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+a.server.Key.Reveal())
	res, err := a.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Field string }
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("HTTP %d with what is no answer of GraphQL", res.StatusCode)
	}
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		return errors.New(strings.TrimPrefix(first.Extensions.Field+": "+first.Message, ": "))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, out)
}

// made is what a mutation made, whatever its name in the answer.
type made map[string]struct {
	ID     string
	Secret models.Secret
}

// make runs a mutation that makes one thing, and returns its id.
func (a *api) make(ctx context.Context, mutation string, input object) (string, error) {
	var answer made
	if err := a.ask(ctx, mutation, input, &answer); err != nil {
		return "", fmt.Errorf("make %v: %w", input["name"], err)
	}
	return answer["made"].ID, nil
}

// The operations, each with one input.
const (
	importTypes     = `mutation($input: ImportEventTypesInput!) { importEventTypes(input: $input) { name } }`
	createTenant    = `mutation($input: CreateTenantInput!) { made: createTenant(input: $input) { id } }`
	createKey       = `mutation($input: CreateApiKeyInput!) { made: createApiKey(input: $input) { secret } }`
	createTemplate  = `mutation($input: CreateTemplateInput!) { made: createTemplate(input: $input) { id } }`
	createChannel   = `mutation($input: CreateChannelInput!) { made: createChannel(input: $input) { id } }`
	pauseChannel    = `mutation($input: ID!) { pauseChannel(id: $input) { status } }`
	createWebhook   = `mutation($input: CreateWebhookInput!) { made: createWebhook(input: $input) { id } }`
	publishEvents   = `mutation($input: PublishEventsInput!) { publishEvents(input: $input) { id } }`
	publishOneEvent = `mutation($input: PublishEventInput!) { publishEvent(input: $input) { id } }`
)
