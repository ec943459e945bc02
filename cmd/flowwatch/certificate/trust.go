package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// Trust is how a client checks servers: by the CAs that the machine trusts, and those of a file in PEM, "" for none.
func Trust(path string) (*tls.Config, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a bare image has none
	}
	if path != "" {
		text, err := readPEM(path)
		if err != nil {
			return nil, err
		}
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", path)
		}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// TrustOnly is Trust for a server that is asked by another name than its certificate has, which is the first one of the file: on the
// same machine, by loopback.
func TrustOnly(path string) (*tls.Config, error) {
	config, err := Trust(path)
	if err != nil {
		return nil, err
	}
	text, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(firstBlock(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case len(cert.DNSNames) > 0:
		config.ServerName = cert.DNSNames[0]
	case len(cert.IPAddresses) > 0:
		config.ServerName = cert.IPAddresses[0].String()
	}
	return config, nil
}
