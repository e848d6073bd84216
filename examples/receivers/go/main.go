// Command receiver takes webhooks as a service of yours would: it verifies each
// message, answers at once, drops what came before, and works afterwards. To try
// things out it runs without a secret too, and prints whatever reaches it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address to listen on")
	secret := flag.String("secret", os.Getenv("WEBHOOK_SECRET"), "the channel's signing secret, whsec_…; without it nothing is verified (WEBHOOK_SECRET)")
	fail := flag.Int("fail", 0, "how many messages to refuse with 503, to see them tried again")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *secret, *fail); err != nil {
		fmt.Fprintln(os.Stderr, "receiver:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, secret string, fail int) error {
	r := &receiver{known: newRecent(10_000), queue: make(chan message, 1000), fail: fail}
	if secret != "" {
		var err error
		if r.signed, err = standardwebhooks.NewWebhook(secret); err != nil {
			return fmt.Errorf("the secret: %w", err)
		}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: r, ReadTimeout: 30 * time.Second}
	stopped := make(chan struct{})
	go func() { // a stop lets requests under way finish
		defer close(stopped)
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	var worker sync.WaitGroup
	worker.Go(r.work)
	fmt.Printf("waiting for webhooks on http://%s\n", listener.Addr())
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	<-stopped
	close(r.queue) // what was taken is worked off
	worker.Wait()
	return nil
}
