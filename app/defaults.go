package app

import (
	"fmt"
	"net"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// withDefaults fills in what is zero, from the tags that the command line reads too.
func (c Config) withDefaults() (Config, error) {
	var defaults struct {
		Config `embed:""`
	}
	parser, err := kong.New(&defaults)
	if err != nil {
		return c, fmt.Errorf("read the defaults: %w", err)
	}
	if _, err := parser.Parse(nil); err != nil {
		return c, fmt.Errorf("read the defaults: %w", err)
	}
	given, filled := reflect.ValueOf(&c).Elem(), reflect.ValueOf(defaults.Config)
	for i := range given.NumField() {
		if given.Field(i).IsZero() {
			given.Field(i).Set(filled.Field(i))
		}
	}
	return c, nil
}

// publicURL is how clients reach a server that listens on an address.
func (c *Config) publicURL(listening net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return "http://" + listening.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
