package e2e

import (
	"testing"
	"time"

	"carillon/testkit"
)

// engineScenarios tell what the API says of limits, order, batches, holds,
// health, recoveries and replays.
func engineScenarios() []scenario {
	return []scenario{
		{"pace of channels", paceOfChannels},
		{"pace that is refused", paceRefused},
		{"health of channels", healthOfChannels},
		{"delivery statistics", deliveryStatistics},
		{"statistics that are refused", statisticsRefused},
		{"batches", batches},
		{"hold and resume", holdAndResume},
		{"recovery", recovery},
		{"recovery is canceled", recoveryCanceled},
		{"replay", replay},
		{"retry behind an earlier event", retryBehind},
		{"tenant wall", engineWall},
		{"scopes", engineScopes},
	}
}

// TestEngineAPI tells every scenario to one server on each database, all at once.
func TestEngineAPI(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		t.Run("scenarios", func(t *testing.T) {
			for _, s := range engineScenarios() {
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

// pace is how a channel's messages leave, as the API shows it.
type pace struct {
	Limits struct {
		Rate        *float64
		Concurrency int
	}
	Batching *struct {
		MaxEvents int
		MaxWait   string
	}
	Ordering  string
	HeldUntil *time.Time
}

const paceFields = ` limits { rate concurrency } batching { maxEvents maxWait } ordering heldUntil `

func (w *world) pace(channel string) pace {
	w.t.Helper()
	var out struct{ Channel pace }
	w.do(`query($id: ID!) { channel(id: $id) {`+paceFields+`} }`, testkit.Vars{"id": channel}, &out)
	return out.Channel
}

// set updates a channel and gives back what the answer says.
func (w *world) set(channel string, fields map[string]any) pace {
	w.t.Helper()
	input := map[string]any{"id": channel}
	for name, value := range fields {
		input[name] = value
	}
	var out struct{ UpdateChannel pace }
	w.do(`mutation($input: UpdateChannelInput!) { updateChannel(input: $input) {`+paceFields+`} }`, testkit.Vars{"input": input}, &out)
	return out.UpdateChannel
}
