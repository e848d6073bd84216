package graph_test

import (
	"context"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/graph"
	"carillon/models"
	"carillon/stream"
)

// BenchmarkLiveFanOut shows each attempt to 500 subscribers of its tenant, who
// ask for a channel beside it; one operation is one attempt for all of them.
// Nothing of a transport is in it.
func BenchmarkLiveFanOut(b *testing.B) {
	const many = 500
	var hub *stream.Hub[models.Attempt]
	w := setup(b, func(cfg *graph.Config) {
		hub = stream.NewHub(stream.Config[models.Attempt]{
			Head: func(context.Context) (int64, error) { return 0, nil },
			Read: func(context.Context, int64, int64, int) ([]models.Attempt, error) { return nil, nil },
			Seq:  func(a *models.Attempt) int64 { return a.Seq },
			Key:  func(a *models.Attempt) string { return a.TenantID.String() },
		})
		cfg.Attempts = hub
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-done })

	tenant, channel := models.NewID(models.PrefixTenant), models.NewID(models.PrefixChannel)
	w.reader.channels[channel] = models.Channel{ID: channel, Name: "orders", Config: &models.HttpConfig{}}
	var shown sync.WaitGroup
	for range many {
		ctx := graphql.StartOperationTrace(auth.With(ctx, keyOf(tenant, models.ScopeRead)))
		op, errs := w.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: `subscription { deliveryAttempts {
			id number status latency target responseCode error { code message } channel { id name } } }`})
		if errs != nil {
			b.Fatal(errs)
		}
		next, ctx := w.exec.DispatchOperation(ctx, op)
		go func() {
			for next(ctx) != nil {
				shown.Done()
			}
		}()
	}
	attempt := attemptsOf(tenant, 1)[0]
	attempt.ChannelID, attempt.Target = channel, "https://example.com/orders"
	b.ReportAllocs()
	for n := int64(1); b.Loop(); n++ {
		attempt.Seq = n
		shown.Add(many)
		hub.Feed([]models.Attempt{attempt})
		shown.Wait()
	}
	b.ReportMetric(float64(b.N*many)/b.Elapsed().Seconds(), "messages/s")
}
