package certificate

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
)

// addressesMax bounds what a machine with many virtual networks puts into its certificate.
const addressesMax = 100

// Names are what a server is called, in lower case, and where it is, each once; the machine's own name comes first.
type Names struct {
	DNS []string
	IPs []netip.Addr
}

var dnsName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

const dnsNameBytesMax = 253

// ParseNames reads what an operator calls the server: DNS names and addresses.
func ParseNames(texts []string) (n Names, err error) {
	for _, text := range texts {
		if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
			n.addIP(ip)
			continue
		}
		if !n.addDNS(text) {
			return Names{}, fmt.Errorf("%q is neither a DNS name nor an address", text)
		}
	}
	return n, nil
}

// MachineNames are the names of this machine, also as others on the network find it without a DNS server (name.local, RFC 6762), and
// the addresses of its interfaces.
func MachineNames() (n Names, err error) {
	host, err := os.Hostname()
	if err != nil {
		return n, fmt.Errorf("find this machine's name: %w", err)
	}
	label, _, _ := strings.Cut(host, ".")
	for _, name := range []string{host, label, label + ".local", "localhost"} {
		n.addDNS(name) // a name that DNS cannot hold leads nobody here
	}
	n.addIP(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	n.addIP(netip.IPv6Loopback())
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return n, fmt.Errorf("find this machine's addresses: %w", err)
	}
	for _, a := range addresses {
		ipNet, ok := a.(*net.IPNet)
		if !ok || ipNet.IP.IsLinkLocalUnicast() && ipNet.IP.To4() == nil { // browsers take no zone, without which it leads nowhere
			continue
		}
		if ip, ok := netip.AddrFromSlice(ipNet.IP); ok && len(n.IPs) < addressesMax {
			n.addIP(ip)
		}
	}
	return n, nil
}

func (n *Names) addDNS(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if len(name) > dnsNameBytesMax || !dnsName.MatchString(name) {
		return false
	}
	if !slices.Contains(n.DNS, name) {
		n.DNS = append(n.DNS, name)
	}
	return true
}

func (n *Names) addIP(ip netip.Addr) {
	if ip = ip.Unmap(); !slices.Contains(n.IPs, ip) {
		n.IPs = append(n.IPs, ip)
	}
}

// and adds others.
func (n Names) and(others Names) Names {
	sum := Names{DNS: slices.Clone(n.DNS), IPs: slices.Clone(n.IPs)}
	for _, name := range others.DNS {
		sum.addDNS(name)
	}
	for _, ip := range others.IPs {
		sum.addIP(ip)
	}
	return sum
}

func (n Names) empty() bool { return len(n.DNS)+len(n.IPs) == 0 }

// String lists all.
func (n Names) String() string {
	all := slices.Clone(n.DNS)
	for _, ip := range n.IPs {
		all = append(all, ip.String())
	}
	return strings.Join(all, ", ")
}
