// Package testkit is what tests share: databases that come and go, a clock that
// stands still, receivers that answer as they are told, and a GraphQL client
// over HTTP, WebSocket and server-sent events. Nothing but tests may know it.
package testkit
