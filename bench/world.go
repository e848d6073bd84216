package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// tenant makes one and returns its id.
func (s *server) tenant() (string, error) {
	var made struct{ CreateTenant struct{ ID string } }
	err := s.do(`mutation { createTenant(input: {name: "bench"}) { id } }`, nil, &made)
	return made.CreateTenant.ID, err
}

// settings is further fields of a channel's input.
type settings map[string]any

func (s *server) channel(tenant, name, url string, more settings) (string, error) {
	input := settings{"tenantId": tenant, "name": name, "config": settings{"http": settings{"url": url}}}
	for field, value := range more {
		input[field] = value
	}
	var made struct{ CreateChannel struct{ ID string } }
	err := s.do(`mutation($i: CreateChannelInput!) { createChannel(input: $i) { id } }`, settings{"i": input}, &made)
	return made.CreateChannel.ID, err
}

// channels makes one for each URL.
func (s *server) channels(tenant string, urls []string) ([]string, error) {
	ids := make([]string, len(urls))
	return ids, atOnce(len(urls), func(i int) (err error) {
		ids[i], err = s.channel(tenant, fmt.Sprintf("channel %d", i), urls[i], nil)
		return err
	})
}

// webhook sends events of the type to the channels.
func (s *server) webhook(tenant, name, eventType string, channels ...string) (string, error) {
	routes := make([]settings, len(channels))
	for i, channel := range channels {
		routes[i] = settings{"channelId": channel}
	}
	input := settings{"tenantId": tenant, "name": name, "eventTypes": []string{eventType}, "routes": routes}
	var made struct{ CreateWebhook struct{ ID string } }
	err := s.do(`mutation($i: CreateWebhookInput!) { createWebhook(input: $i) { id } }`, settings{"i": input}, &made)
	return made.CreateWebhook.ID, err
}

// change calls a mutation that takes an id alone, such as pauseChannel.
func (s *server) change(mutation, id string) error {
	return s.do(`mutation($id: ID!) { `+mutation+`(id: $id) { id } }`, settings{"id": id}, &struct{}{})
}

// route makes a tenant whose every event goes to the URL, by a channel with such
// settings, and returns its id.
func (s *server) route(url string, more settings) (string, error) {
	tenant, err := s.tenant()
	if err != nil {
		return "", err
	}
	channel, err := s.channel(tenant, "bench", url, more)
	if err != nil {
		return "", err
	}
	_, err = s.webhook(tenant, "bench", "*", channel)
	return tenant, err
}

// atOnce does n things, several at a time, until one fails.
func atOnce(n int, do func(i int) error) error {
	var next, broken atomic.Int64
	errs := make(chan error, 8)
	var all sync.WaitGroup
	for range cap(errs) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && broken.Load() == 0; i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					broken.Store(1)
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}
