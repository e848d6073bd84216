// Command profiled is carillon with a seam for profiles: the same program,
// beside a Unix socket that bench asks for them. The product itself has none.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"sync"
	"syscall"

	"carillon/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if path := os.Getenv("BENCH_PROFILE_SOCKET"); path != "" {
		l, err := net.Listen("unix", path)
		if err != nil {
			panic(err)
		}
		go func() { _ = http.Serve(l, new(seam).mux()) }() // for as long as the process lasts
	}
	code := app.Main(ctx, os.Args[1:], os.Environ(), app.Output{Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// seam takes profiles of this process.
type seam struct {
	mu  sync.Mutex
	cpu bytes.Buffer
}

func (s *seam) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /begin", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cpu.Reset()
		if err := pprof.StartCPUProfile(&s.cpu); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	mux.HandleFunc("POST /end", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		pprof.StopCPUProfile()
		_, _ = w.Write(s.cpu.Bytes()) // bench reads what it asked for
	})
	mux.HandleFunc("POST /heap", func(w http.ResponseWriter, _ *http.Request) {
		_ = pprof.Lookup("heap").WriteTo(w, 0) // likewise
	})
	mux.HandleFunc("POST /state", func(w http.ResponseWriter, _ *http.Request) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		_, _ = fmt.Fprintf(w, "%d %d", runtime.NumGoroutine(), live[0].Value.Uint64()) // likewise
	})
	return mux
}
