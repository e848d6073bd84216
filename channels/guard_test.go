package channels

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"carillon/models"
)

// special are the networks that are not the public internet, written down here
// from the registries for special purposes, apart from the list that is tested.
var special = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
	"::/96",           // unspecified, loopback, and IPv4-compatible
	"64:ff9b::/96",    // NAT64
	"64:ff9b:1::/48",  // NAT64, local use
	"100::/64",        // discard
	"2001::/32",       // Teredo
	"2001:2::/48",     // benchmarks
	"2001:10::/28",    // ORCHID
	"2001:20::/28",    // ORCHIDv2
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4
	"3fff::/20",       // documentation
	"5f00::/16",       // segment routing
	"fc00::/7",        // unique local, with the metadata services of clouds
	"fe80::/10",       // link-local
	"fec0::/10",       // site-local
	"ff00::/8",        // multicast
	"::ffff:0:0:0/96", // IPv4-translated
	"4000::/2",        // not assigned
	"8000::/1",        // not assigned, and all of the local ones
}

func last(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	addr, _ := netip.AddrFromSlice(bytes)
	return addr
}

func blocked(err error) bool {
	var b *BlockedError
	return errors.As(err, &b)
}

func TestGuardRefusesWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	g := NewGuard(nil)
	for _, network := range special {
		p := netip.MustParsePrefix(network)
		first, end := p.Masked().Addr(), last(p)
		forms := []netip.Addr{first, end}
		if first.Next().IsValid() && p.Contains(first.Next()) {
			forms = append(forms, first.Next())
		}
		if first.Is4() {
			forms = append(forms, netip.AddrFrom16(first.As16()), netip.AddrFrom16(end.As16()), sixToFour(end), behindNAT64(end))
		} else {
			forms = append(forms, first.WithZone("eth0"))
		}
		for _, addr := range forms {
			if !blocked(g.Check(addr)) {
				t.Errorf("%s of %s passes", addr, network)
			}
		}
	}
	if !blocked(g.Check(netip.Addr{})) {
		t.Error("no address at all passes")
	}
}

func sixToFour(v4 netip.Addr) netip.Addr {
	a, b := [16]byte{0x20, 0x02}, v4.As4()
	copy(a[2:], b[:])
	return netip.AddrFrom16(a)
}

func behindNAT64(v4 netip.Addr) netip.Addr {
	a, b := nat64.Addr().As16(), v4.As4()
	copy(a[12:], b[:])
	return netip.AddrFrom16(a)
}

func TestGuardLetsThePublicThrough(t *testing.T) {
	t.Parallel()
	g := NewGuard(nil)
	for _, text := range []string{
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "168.63.129.17", "8.8.8.8",
		"::ffff:8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2003::1",
	} {
		if err := g.Check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGuardAllowsNetworks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		allow, addr string
		passes      bool
	}{
		{"10.1.0.0/16", "10.1.2.3", true},
		{"10.1.0.0/16", "::ffff:10.1.2.3", true},
		{"10.1.0.0/16", "10.2.0.0", false},
		{"10.1.2.3/16", "10.1.200.1", true}, // host bits do not matter
		{"::ffff:10.1.0.0/112", "10.1.2.3", true},
		{"::ffff:10.1.0.0/112", "10.2.2.3", false},
		{"0.0.0.0/0", "169.254.169.254", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "127.0.0.1", false},
		{"::/0", "fd00::1", true},
		{"fe80::/10", "fe80::1%eth0", true},
		{"fd00::/8", "fe80::1", false},
		{"64:ff9b::/96", "64:ff9b::808:808", true},
		{"64:ff9b::/96", "64:ff9b::a9fe:a9fe", false}, // the metadata service behind NAT64
		{"::/0", "64:ff9b::7f00:1", false},
		{"168.63.129.16/32", "168.63.129.16", true},
	} {
		err := NewGuard([]netip.Prefix{netip.MustParsePrefix(row.allow)}).Check(netip.MustParseAddr(row.addr))
		if passes := err == nil; passes != row.passes {
			t.Errorf("with %s allowed, %s: %v", row.allow, row.addr, err)
		}
	}
}

func TestGuardControlSpeaksTCPAlone(t *testing.T) {
	t.Parallel()
	g := NewGuard([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")})
	if err := g.Control("tcp4", "127.0.0.1:80", nil); err != nil {
		t.Error(err)
	}
	for _, row := range [][2]string{{"udp4", "127.0.0.1:80"}, {"unix", "/run/x"}, {"tcp4", "127.0.0.1"}, {"tcp4", "name:80"}, {"tcp6", "[::1]:80"}} {
		if g.Control(row[0], row[1], nil) == nil {
			t.Errorf("%s %s passes", row[0], row[1])
		}
	}
}

// TestEveryWayToWriteLoopbackIsRefused listens on every address of this machine.
func TestEveryWayToWriteLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	port, accepted := listenAnywhere(t)
	resolver := answerNames(t, nil)
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
		"127.0.0.1.", "0", "0.0.0.0", "127.127.127.127", "localhost", "LOCALHOST", "localhost.",
		"[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]",
		"[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "①②⑦.⓪.⓪.①", "127。0。0。1",
		"169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::169.254.169.254]", "[2002:a9fe:a9fe::]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255", "[ff02::1]", "[ff0e::1]",
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "http://"+host+":"+port+"/", HTTPConfig{Guard: NewGuard(nil), Resolver: resolver})
			_, err := b.send(t)
			switch e := AsError(err); e.Code {
			case models.ErrBlockedAddress:
				if e.Class != Permanent || !strings.Contains(e.Message, AllowSetting) {
					t.Errorf("failed with %+v", e)
				}
			case models.ErrDNS, models.ErrConfig:
			default:
				// A system without IPv6 has no address to judge.
				if e.Code != models.ErrConnect || host[0] != '[' || hasIPv6() {
					t.Errorf("Send returned %v", err)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := accepted.Load(); n != 0 {
			t.Errorf("%d connections came through", n)
		}
	})
}

func hasIPv6() bool {
	listener, err := net.Listen("tcp6", "[::1]:0")
	return err == nil && listener.Close() == nil
}

func listenAnywhere(t *testing.T) (port string, accepted *atomic.Int32) {
	t.Helper()
	accepted = new(atomic.Int32)
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			_ = conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, accepted
}

func TestRefusalNamesAddressAndSetting(t *testing.T) {
	t.Parallel()
	b := setup(t, "http://10.1.2.3/hook?token=hidden", HTTPConfig{Guard: NewGuard(nil)})
	_, e := b.fails(t, models.ErrBlockedAddress)
	want := "10.1.2.3 is not a public address; add its network to CARILLON_ALLOW_NETWORKS to let channels reach it"
	if e.Message != want {
		t.Errorf("the message is %q, want %q", e.Message, want)
	}
}
