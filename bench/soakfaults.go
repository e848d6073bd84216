package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

// place is where a node runs, again after each of its ends.
type place struct {
	mu  sync.Mutex
	now *server // nil while it is down
}

func (p *place) server() *server {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *place) set(one *server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = one
}

// strike brings faults of the nodes and the database about until ctx ends. The
// first node lives all through the soak, as it is the one that is watched: of a
// single one faults end with the warming up.
func (k *soaking) strike(ctx context.Context, random *rand.Rand) {
	victim := k.nodes[len(k.nodes)-1]
	quiet := len(k.nodes) == 1
	warm := time.Now().Add(k.soak / 3)
	for wait(ctx, between(random, 5*time.Second, 15*time.Second)); ctx.Err() == nil; wait(ctx, between(random, 5*time.Second, 15*time.Second)) {
		if quiet && time.Now().After(warm.Add(-15*time.Second)) {
			return
		}
		kind := random.IntN(4)
		if k.kind != postgres && kind == 3 {
			kind = random.IntN(3)
		}
		if err := k.fault(ctx, victim, kind, random); err != nil && ctx.Err() == nil {
			k.note(err)
		}
	}
}

func (k *soaking) fault(ctx context.Context, victim *place, kind int, random *rand.Rand) error {
	one := victim.server()
	switch kind {
	case 0, 1:
		victim.set(nil)
		if kind == 0 {
			k.count("node killed")
			_ = one.cmd.Process.Kill()
			_ = one.cmd.Wait() // it was killed
		} else {
			k.count("node drained")
			one.stop()
		}
		wait(ctx, between(random, 0, 2*time.Second))
		again, err := k.serveSoaked()
		if err != nil {
			return err
		}
		victim.set(again)
		return nil
	case 2:
		k.count("node stood still")
		if err := one.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			return err
		}
		wait(ctx, between(random, 500*time.Millisecond, 3*time.Second))
		return one.cmd.Process.Signal(syscall.SIGCONT)
	default:
		k.count("database connections cut")
		return k.sql(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
}

// meddle changes the configuration all the time: a channel gets another header,
// one is paused for a while, webhooks come and go.
func (k *soaking) meddle(ctx context.Context, random *rand.Rand) {
	for round := 0; ctx.Err() == nil; round++ {
		wait(ctx, between(random, time.Second, 2*time.Second))
		l := k.lanes[random.IntN(len(k.lanes))]
		var err error
		switch round % 3 {
		case 0:
			err = k.ask(ctx, `mutation($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }`, settings{"i": settings{
				"id": l.channel, "config": settings{"http": settings{"url": l.url, "headers": []settings{{"name": "X-Round", "value": fmt.Sprint(round)}}}}}}, &struct{}{})
		case 1:
			paused := k.lanes[len(k.lanes)-1].channel
			k.count("channel paused")
			err = k.ask(ctx, `mutation($id: ID!) { pauseChannel(id: $id) { id } }`, settings{"id": paused}, &struct{}{})
			wait(ctx, between(random, time.Second, 4*time.Second))
			if err == nil {
				err = k.ask(context.WithoutCancel(ctx), `mutation($id: ID!) { resumeChannel(id: $id) { id } }`, settings{"id": paused}, &struct{}{})
			}
		default:
			var made struct{ CreateWebhook struct{ ID string } }
			err = k.ask(ctx, `mutation($i: CreateWebhookInput!) { createWebhook(input: $i) { id } }`, settings{"i": settings{
				"tenantId": l.tenant, "name": fmt.Sprint("webhook ", round), "eventTypes": []string{"nothing.**"}, "routes": []settings{{"channelId": l.channel}}}}, &made)
			if err == nil {
				err = k.ask(context.WithoutCancel(ctx), `mutation($id: ID!) { deleteWebhook(id: $id) }`, settings{"id": made.CreateWebhook.ID}, &struct{}{})
			}
		}
		if err != nil && ctx.Err() == nil {
			k.note(fmt.Errorf("change the configuration: %w", err))
		}
		k.count("configuration changed")
	}
}

// ask asks node after node, as a fault may be in the way, for a while.
func (k *soaking) ask(ctx context.Context, query string, variables any, into any) (err error) {
	for try := 0; try < 200; try++ {
		if one := k.nodes[try%len(k.nodes)].server(); one != nil {
			if err = one.do(query, variables, into); err == nil {
				return nil
			}
		}
		if wait(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// follow has subscribers come and go until ctx ends. One that is slow reads
// nothing for a while: the server has to bound what waits for it.
func (k *soaking) follow(ctx context.Context, random *rand.Rand, slow bool) {
	for turn := 0; ctx.Err() == nil; turn++ {
		one := k.nodes[turn%len(k.nodes)].server()
		if one == nil {
			wait(ctx, 100*time.Millisecond)
			continue
		}
		sub, err := dialSubscriber(one.address, k.readKey, k.lanes[0].tenant)
		if err == nil {
			k.count("subscriber")
			until := time.Now().Add(between(random, time.Second, 10*time.Second))
			if slow {
				wait(ctx, time.Until(until))
			}
			_ = sub.conn.SetReadDeadline(until)
			for err == nil && ctx.Err() == nil {
				_, err = sub.read()
			}
		}
		if sub != nil {
			_ = sub.conn.Close()
		}
		wait(ctx, 100*time.Millisecond)
	}
}
