// Package certificate is what the appliance needs to speak TLS in an office without a public name: a certificate authority (CA) of its
// own with a certificate that follows the machine's names and addresses (Local), or a pair of files that somebody else keeps (Files),
// and a listener that tells plain HTTP where to go.
//
// Computers of the office install the CA's certificate once. So that a stolen key of it is of little use, it vouches by its name
// constraints (RFC 5280, 4.2.1.10) only for private addresses and the names that the machine had, and only for servers.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Lives of certificates. Browsers refuse servers' certificates of more than 398 days.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 397 * 24 * time.Hour
	clockSlack    = time.Hour           // how far the clocks of browsers may be behind
	renewBefore   = 30 * 24 * time.Hour // of either
)

const (
	authorityName = "ca.crt"
	keyName       = "ca.key"
	certificatePE = "CERTIFICATE"
	keyPE         = "PRIVATE KEY"
	folderMode    = 0o700
	fileMode      = 0o600
)

// Ranges that are nobody's on the internet: RFC 1918, 3927, 4193, 4291 and loopback.
var privateRanges = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
}

// Names that are nobody's on the internet: RFC 6761, 6762, 8375, and what routers and domains of offices use.
var privateDomains = []string{"localhost", "local", "lan", "home.arpa", "internal", "intranet"}

// authority is a CA with its key.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// openAuthority reads the CA of a folder. One that is missing or about to end is made, for private names and those given; made says so.
func openAuthority(folder string, names Names, now time.Time) (a *authority, made bool, err error) {
	a, err = readAuthority(folder)
	if err != nil {
		return nil, false, err
	}
	if a != nil && a.certificate.NotAfter.Sub(now) > renewBefore {
		return a, false, nil
	}
	if a, err = newAuthority(names, now); err != nil {
		return nil, false, err
	}
	return a, true, a.write(folder)
}

// readAuthority is nil without an error where there is no CA. A key alone is what a crash has left of a CA that nobody has seen.
func readAuthority(folder string) (*authority, error) {
	path := filepath.Join(folder, authorityName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the local CA: %w", err)
	}
	a, err := parsePair(text, filepath.Join(folder, keyName))
	if err != nil {
		return nil, fmt.Errorf("the local CA in %s cannot be used: %w; put both files back, or delete both to have a new CA made, which computers have to install again",
			folder, err)
	}
	return a, nil
}

// parsePair reads a certificate in PEM and the key that belongs to it, from a file.
func parsePair(text []byte, keyPath string) (*authority, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != certificatePE {
		return nil, fmt.Errorf("%s holds no certificate", authorityName)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	keyText, err := os.ReadFile(keyPath)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(keyText)
	if err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("key and certificate do not belong together")
	}
	return &authority{certificate: cert, key: key}, nil
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != keyPE {
			continue
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		if own, ok := key.(*ecdsa.PrivateKey); ok {
			return own, nil
		}
		return nil, errors.New("the key is not of the kind that flowwatch makes")
	}
	return nil, errors.New("there is no key")
}

func newAuthority(names Names, now time.Time) (*authority, error) {
	key, serial, err := newKey()
	if err != nil {
		return nil, err
	}
	common := "Flowwatch local CA"
	if len(names.DNS) > 0 {
		common += " (" + names.DNS[0] + ")"
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: common, Organization: []string{"Flowwatch"}},
		NotBefore: now.Add(-clockSlack).UTC(), NotAfter: now.Add(authorityLife).UTC(),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: slices.Concat(privateDomains, names.DNS), PermittedIPRanges: rangesOf(names.IPs),
	}
	return issue(template, template, key, key)
}

// rangesOf are the private ranges and what of the addresses is outside: providers change the end of an IPv6 address, not its network.
func rangesOf(addresses []netip.Addr) (all []*net.IPNet) {
	for _, text := range privateRanges {
		_, ipNet, err := net.ParseCIDR(text)
		if err != nil {
			panic("BUG: a private range: " + err.Error())
		}
		all = append(all, ipNet)
	}
	for _, a := range addresses {
		if inside(all, a) {
			continue
		}
		bits := 64
		if a.Is4() {
			bits = 32
		}
		p := netip.PrefixFrom(a, bits).Masked()
		all = append(all, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())})
	}
	return all
}

func inside(ranges []*net.IPNet, a netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(n *net.IPNet) bool { return n.Contains(a.AsSlice()) })
}

// permitted splits names into those that the CA vouches for and the others.
func (a *authority) permitted(names Names) (yes, no Names) {
	for _, name := range names.DNS {
		of := &no.DNS
		if slices.ContainsFunc(a.certificate.PermittedDNSDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) }) {
			of = &yes.DNS
		}
		*of = append(*of, name)
	}
	for _, ip := range names.IPs {
		of := &no.IPs
		if inside(a.certificate.PermittedIPRanges, ip) {
			of = &yes.IPs
		}
		*of = append(*of, ip)
	}
	return yes, no
}

// leaf makes a certificate of a server with the names, all of them permitted. It never outlives the CA.
func (a *authority) leaf(names Names, now time.Time) (*authority, error) {
	key, serial, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Flowwatch"}, DNSNames: names.DNS,
		NotBefore: now.Add(-clockSlack).UTC(), NotAfter: now.Add(leafLife - clockSlack).UTC(),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if template.NotAfter.After(a.certificate.NotAfter) {
		template.NotAfter = a.certificate.NotAfter
	}
	for _, ip := range names.IPs {
		template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
	}
	return issue(template, a.certificate, key, a.key)
}

func newKey() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, fmt.Errorf("make a serial number: %w", err)
	}
	return key, serial.Add(serial, big.NewInt(1)), nil
}

func issue(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*authority, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return &authority{certificate: cert, key: key}, nil
}

// write leaves the key before the certificate: without the latter there is no CA yet.
func (a *authority) write(folder string) error {
	key, err := a.keyPEM()
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(folder, keyName), key); err != nil {
		return err
	}
	return writeWhole(filepath.Join(folder, authorityName), a.pem())
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificatePE, Bytes: a.certificate.Raw})
}

func (a *authority) keyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyPE, Bytes: der}), nil
}
