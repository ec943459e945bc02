package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	allowMax      = 100
	lookupTimeout = 2 * time.Second
	dialTimeout   = 5 * time.Second
)

// errRefused is the answer of the guard: the address is inside, and nobody allowed it.
var errRefused = errors.New("the address is not public and not in the list of allowed ones (--webhook-allow)")

// Allow names the inner addresses that webhooks may reach. The zero value, and nil, allow none.
type Allow struct {
	prefixes []netip.Prefix
	hosts    map[string]bool
}

// ParseAllow reads entries that are networks (10.1.0.0/16), addresses or names of hosts. A name is allowed whatever it resolves to.
func ParseAllow(entries []string) (*Allow, error) {
	a := &Allow{hosts: map[string]bool{}}
	if len(entries) > allowMax {
		return nil, fmt.Errorf("at most %d allowed addresses", allowMax)
	}
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			a.prefixes = append(a.prefixes, prefix.Masked())
			continue
		}
		if address, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
			address = address.Unmap()
			a.prefixes = append(a.prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		if !hostName(entry) || numeric(entry) {
			return nil, fmt.Errorf("%q is no network, no address and no name of a host", entry)
		}
		a.hosts[canonical(entry)] = true
	}
	return a, nil
}

func (a *Allow) host(name string) bool { return a != nil && a.hosts[canonical(name)] }

func (a *Allow) address(ip netip.Addr) bool {
	if a == nil {
		return false
	}
	for _, p := range a.prefixes {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// inner are the addresses that are not on the internet, by the registries of special-purpose addresses of IANA (RFC 6890), with those that
// carry an IPv4 address inside.
var inner = func() (out []netip.Prefix) {
	for s := range strings.FieldsSeq("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
		"192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 " +
		"2002::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8") {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// refuses says whether nobody may be reached at ip.
func (a *Allow) refuses(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if a.address(ip) {
		return false
	}
	for _, p := range inner {
		if p.Contains(ip) {
			return true
		}
	}
	return !ip.IsGlobalUnicast()
}

// refusesName says whether a host's name alone shows that it is inside. Names that only look it up are for the guard and Lookup.
func (a *Allow) refusesName(host string) bool {
	if a.host(host) {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return a.refuses(ip)
	}
	host = canonical(host)
	for _, end := range []string{"localhost", "localdomain", "local", "internal", "lan", "home", "corp", "intranet", "home.arpa", "in-addr.arpa", "ip6.arpa"} {
		if host == end || strings.HasSuffix(host, "."+end) {
			return true
		}
	}
	// A name without a dot is one of the office's network; digits alone are an address that some resolvers read (2130706433, 127.1, 0x7f.1).
	return !strings.Contains(host, ".") || numeric(host)
}

// numeric says whether the last label is one that no name on the internet ends with.
func numeric(host string) bool {
	host = canonical(host)
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && (last[0] >= '0' && last[0] <= '9')
}

func canonical(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

func hostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// guard dials as net.Dialer does, and refuses inner addresses after names are resolved, right before the connection is made: a name that
// changes its address in between gains nothing.
func (a *Allow) guard(resolver *net.Resolver) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: dialTimeout, Resolver: resolver}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dial: %w", err)
		}
		if !a.host(host) {
			d.Control = func(_, resolved string, _ syscall.RawConn) error {
				ap, err := netip.ParseAddrPort(resolved)
				if err != nil || a.refuses(ap.Addr()) {
					return errRefused
				}
				return nil
			}
		}
		return d.DialContext(ctx, network, address)
	}
}

// lookup says whether a host resolves to an inner address now. What cannot be resolved is no mistake: the office may be offline.
func (a *Allow) lookup(ctx context.Context, resolver *net.Resolver, host string) (refused bool) {
	if a.host(host) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addresses, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return false
	}
	for _, ip := range addresses {
		if a.refuses(ip) {
			return true
		}
	}
	return false
}

// Inside says whether an address is one of the office's own network by itself: a message to it does not leave the office (B-104). What only a name server
// knows counts as outside.
func Inside(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	none := &Allow{}
	return u.Hostname() != "" && none.refusesName(u.Hostname())
}
