package client

import (
	"net"
	"net/http"
	"time"
)

// newTransport is the pool of a client's connections. It goes through the proxy
// of the environment, as other command line clients do.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ForceAttemptHTTP2:     true,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   4,
		ExpectContinueTimeout: time.Second,
	}
}
