package e2e

import (
	"testing"

	"carillon/testkit"
)

// scenario is one story, told to a server by a tenant of its own.
type scenario struct {
	name string
	tell func(w *world)
}

func scenarios() []scenario {
	return []scenario{
		{"whole path", wholePath},
		{"streams resume without gap or repeat", streamsResume},
		{"live stream without after", liveStream},
		{"events stream", eventsStream},
		{"delivery updates", deliveryUpdates},
		{"attempts keep coming while clients resume", resumeUnderLoad},
		{"slow client is closed", slowClient},
		{"retry until it succeeds", retryUntilSuccess},
		{"retry until the schedule is used up", retryUntilFailure},
		{"Retry-After in seconds", retryAfterSeconds},
		{"Retry-After as a date", retryAfterDate},
		{"410 disables, resume sends what waited", goneDisables},
		{"failures in a row disable", failuresDisable},
		{"redirect is a failure", redirectFails},
		{"connection refused and timeout", unreachable},
		{"paused webhook waits", pausedWebhook},
		{"paused channel waits", pausedChannel},
		{"waiting channel does not hold others up", noHeadOfLine},
		{"cancel", cancelDelivery},
		{"retry by hand", retryDelivery},
		{"delete webhook cancels", deleteWebhook},
		{"test event to a channel", testToChannel},
		{"test event to a webhook", testToWebhook},
		{"test event that fails", testThatFails},
		{"idempotency under a race", idempotencyRace},
		{"idempotency in a batch", idempotencyBatch},
		{"batch is all or none", batchAllOrNone},
		{"patterns and several routes", patterns},
		{"digits and key order", digits},
		{"digits and key order in literals", digitsInLiterals},
		{"tenant wall", tenantWall},
		{"tenant wall in streams", tenantWallInStreams},
		{"deleted tenant", deletedTenant},
		{"scopes", scopes},
		{"keys", keys},
		{"portal sessions", portals},
		{"portal sessions that are refused", portalRefusals},
		{"tenant wall before portal sessions", portalWall},
		{"forged portal sessions", portalForgery},
		{"portal sessions expire", portalExpires},
		{"portal sessions end", portalEnds},
		{"bad input", badInput},
		{"bad requests", badRequests},
		{"secrets are masked", secretsMasked},
		{"every signing scheme, and its rotation", signingSchemes},
		{"bad signing", badSigning},
		{"pages", pages},
		{"pages under inserts", pagesUnderInserts},
	}
}

// TestServer tells every scenario to one server on each database, all at once.
func TestServer(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database, "MAX_PAYLOAD=64KiB")
		t.Run("scenarios", func(t *testing.T) {
			for _, s := range scenarios() {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.tell(newWorld(t, n))
				})
			}
		})
		n.terminate()
		n.await()
	})
}
