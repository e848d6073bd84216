// Command receiver prints every webhook that reaches it, to try things out. It
// can fail on purpose: -fail 2 answers the first two with 503.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync/atomic"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address to listen on")
	fail := flag.Int64("fail", 0, "how many messages to refuse before taking one")
	flag.Parse()

	var count atomic.Int64
	server := &http.Server{Addr: *listen, ReadTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
		if err != nil {
			return
		}
		status := http.StatusNoContent
		if count.Add(1) <= *fail {
			status = http.StatusServiceUnavailable
		}
		fmt.Printf("%s %s → %d\n  webhook-id: %s\n  webhook-signature: %s\n  %s\n",
			r.Method, r.URL.Path, status, r.Header.Get("webhook-id"), r.Header.Get("webhook-signature"), body)
		w.WriteHeader(status)
	})}
	fmt.Printf("waiting for webhooks on http://%s\n", *listen)
	log.Fatal(server.ListenAndServe())
}
