package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// payload is about 1 KB of data; n tells it from the others.
func payload(n int) []byte { return appendPayload(nil, n) }

const filler = "abcdefghijklmnopqrstuvwxyz0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ-"

func appendPayload(b []byte, n int) []byte {
	b = append(slices.Grow(b, 1100), `{"n":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	for i := range 12 {
		b = append(b, `,"field`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `":"`...)
		b = append(b, filler...)
		b = append(b, '"')
	}
	return append(b, '}')
}

// event is what a publication says of one.
type event struct {
	tenant, kind, entity string
	n                    int
}

func (e event) appendTo(b []byte) []byte {
	b = append(b, `{"tenantId":"`...)
	b = append(b, e.tenant...)
	b = append(b, `","type":"`...)
	b = append(b, e.kind...)
	b = append(b, `","entityId":"`...)
	b = append(b, e.entity...)
	b = append(b, `","data":`...)
	return append(appendPayload(b, e.n), '}')
}

// Names of what most measures publish.
const (
	anyKind   = "bench.event"
	anyEntity = "entity-1"
)

// publish is the request that publishes the event.
func publish(e event) []byte {
	b := []byte(`{"query":"mutation($i:PublishEventInput!){publishEvent(input:$i){id}}","variables":{"i":`)
	return append(e.appendTo(b), `}}`...)
}

// publishAll is the request that publishes all of them.
func publishAll(events []event) []byte {
	b := make([]byte, 0, 1300*len(events)+200)
	b = append(b, `{"query":"mutation($i:PublishEventsInput!){publishEvents(input:$i){id}}","variables":{"i":{"events":[`...)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.appendTo(b)
	}
	return append(b, `]}}}`...)
}

// publishOne gives requests of one event of the tenant.
func publishOne(tenant string) func(n int) []byte {
	return func(n int) []byte {
		return publish(event{tenant: tenant, kind: anyKind, entity: anyEntity, n: n})
	}
}

// publishMany gives requests of size events.
func publishMany(tenant, kind string, size int) func(n int) []byte {
	return func(n int) []byte {
		events := make([]event, size)
		for i := range events {
			events[i] = event{tenant: tenant, kind: kind, entity: anyEntity, n: n*size + i}
		}
		return publishAll(events)
	}
}

// numberOf finds the n of an event's data in a message; -1 where there is none.
func numberOf(body []byte) int {
	_, rest, found := bytes.Cut(body, []byte(`"data":{"n":`))
	if !found {
		return -1
	}
	return digits(rest)
}

// digits reads the number that text begins with.
func digits(text []byte) (n int) {
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// entityOf finds the number at the end of an event's entity in a message, of
// entity-17 the 17; -1 where there is none.
func entityOf(body []byte) int {
	_, rest, found := bytes.Cut(body, []byte(`"entityId":"entity-`))
	if !found {
		return -1
	}
	return digits(rest)
}

func entity(n int) string { return "entity-" + strconv.Itoa(n) }

// list shortens what a table has to say of several values.
func list(values ...string) string { return strings.Join(values, "; ") }
