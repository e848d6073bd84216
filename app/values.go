package app

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carillon/models"
)

// Bytes is a size: a number of bytes, or one with KiB or MiB behind it.
type Bytes int

// UnmarshalText reads 262144, 256KiB or 1MiB.
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, unit := string(text), 1
	for suffix, size := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if cut, ok := strings.CutSuffix(digits, suffix); ok {
			digits, unit = strings.TrimSpace(cut), size
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a size such as 262144, 256KiB or 1MiB", text)
	}
	*b = Bytes(int(n) * unit)
	return nil
}

func (b Bytes) String() string {
	switch {
	case b >= 1<<20 && b%(1<<20) == 0:
		return strconv.Itoa(int(b>>20)) + "MiB"
	case b >= 1<<10 && b%(1<<10) == 0:
		return strconv.Itoa(int(b>>10)) + "KiB"
	}
	return strconv.Itoa(int(b))
}

// Patience is a length of time, or 0 for ever, which is negative here: the zero
// value of a setting takes its default.
type Patience time.Duration

// UnmarshalText reads 5m, or 0.
func (p *Patience) UnmarshalText(text []byte) error {
	d, err := models.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if d == 0 {
		d = -1
	}
	*p = Patience(d)
	return nil
}

func (p Patience) String() string { return models.FormatDuration(max(time.Duration(p), 0)) }

// Limit is how many of something are allowed. No limit is -1, and is written 0:
// in Config zero stands for the default.
type Limit int

// maxLimit is far above what a machine does.
const maxLimit = 1_000_000

// UnmarshalText reads a number.
func (l *Limit) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 || n > maxLimit {
		return fmt.Errorf("%q is not a number from 0, which is no limit, to %d", text, maxLimit)
	}
	if n == 0 {
		n = -1
	}
	*l = Limit(n)
	return nil
}

func (l Limit) String() string { return strconv.Itoa(l.most()) }

// most is the number, and 0 for no limit.
func (l Limit) most() int { return max(int(l), 0) }

// Networks is a list of networks, in text separated by commas.
type Networks []netip.Prefix

// UnmarshalText adds the networks that the text lists.
func (n *Networks) UnmarshalText(text []byte) error {
	for _, entry := range list(text) {
		prefix, err := netip.ParsePrefix(entry)
		if err != nil {
			return fmt.Errorf("%q is not a network such as 10.0.0.0/8 or fd00::/8", entry)
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}

func (n Networks) String() string {
	entries := make([]string, len(n))
	for i, prefix := range n {
		entries[i] = prefix.String()
	}
	return strings.Join(entries, ",")
}

// contain says whether an address is in one of the networks.
func (n Networks) contain(address netip.Addr) bool {
	return slices.ContainsFunc(n, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// Origins is a list of web origins, in text separated by commas; * is any.
type Origins []string

// UnmarshalText adds the origins that the text lists.
func (o *Origins) UnmarshalText(text []byte) error {
	for _, entry := range list(text) {
		origin, err := parseOrigin(entry)
		if err != nil {
			return fmt.Errorf("%q %w", entry, err)
		}
		*o = append(*o, origin)
	}
	return nil
}

// parseOrigin writes an origin as browsers send it: in lower case, without a
// path and without the port that its scheme implies.
func parseOrigin(s string) (string, error) {
	if s == "*" {
		return s, nil
	}
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || !webAddress(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("is not an origin such as https://app.example.com")
	}
	if u.Path != "" && u.Path != "/" {
		return "", errors.New("has a path; an origin is a scheme, a host and a port, such as https://app.example.com")
	}
	host := u.Host
	if implied := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; strings.HasSuffix(host, implied) {
		host = strings.TrimSuffix(host, implied)
	}
	return u.Scheme + "://" + strings.TrimSuffix(host, ":"), nil
}

func (o Origins) String() string { return strings.Join(o, ",") }

// Allow says whether a browser's Origin header is one of the list.
func (o Origins) Allow(origin string) bool {
	return origin != "" && (slices.Contains(o, "*") || slices.Contains(o, strings.ToLower(origin)))
}

// list splits at commas and drops what is empty, so that a trailing comma does no harm.
func list(text []byte) []string {
	var entries []string
	for entry := range strings.SplitSeq(string(text), ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}
