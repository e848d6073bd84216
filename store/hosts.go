package store

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// hosts remembers which of several servers took the last connection, and has the
// next one try it first: one that is silent would else hold up each of them.
type hosts struct {
	mu    sync.Mutex
	names map[string]string // of addresses that were looked up
	last  string            // host and port; empty before the first connection
}

// watch lets the configuration tell where its connections lead.
func (h *hosts) watch(conf *pgx.ConnConfig) {
	h.names = map[string]string{}
	lookup, validate := conf.LookupFunc, conf.ValidateConnect
	conf.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		addresses, err := lookup(ctx, host)
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, address := range addresses {
			h.names[address] = host
		}
		return addresses, err
	}
	conf.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if validate != nil {
			if err := validate(ctx, conn); err != nil {
				return err
			}
		}
		h.took(conn.Conn().RemoteAddr())
		return nil
	}
}

func (h *hosts) took(at net.Addr) {
	address, ok := at.(*net.TCPAddr)
	if !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if name, known := h.names[address.IP.String()]; known {
		h.last = net.JoinHostPort(name, strconv.Itoa(address.Port))
	}
}

// prefer puts the server that took the last connection before the others.
func (h *hosts) prefer(conf *pgx.ConnConfig) {
	h.mu.Lock()
	last := h.last
	h.mu.Unlock()
	if last == "" || len(conf.Fallbacks) == 0 {
		return
	}
	all := append([]*pgconn.FallbackConfig{{Host: conf.Host, Port: conf.Port, TLSConfig: conf.TLSConfig}}, conf.Fallbacks...)
	place := func(f *pgconn.FallbackConfig) int {
		if net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))) == last {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b *pgconn.FallbackConfig) int { return place(a) - place(b) })
	conf.Host, conf.Port, conf.TLSConfig, conf.Fallbacks = all[0].Host, all[0].Port, all[0].TLSConfig, all[1:]
}
