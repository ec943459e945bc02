package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"flowwatch/cmd/flowwatch/certificate"
)

const (
	tlsAuto       = "auto"
	tlsFolderName = "tls"
	dataEnv       = "FLOWWATCH_DATA"
)

// tlsFolder is where the appliance's own CA and certificate are. Backups leave it out.
func (d directory) tlsFolder() string { return filepath.Join(string(d), tlsFolderName) }

// tlsFlags say whether a server speaks TLS, and with whose certificate.
type tlsFlags struct {
	TLS     string   `name:"tls" default:"off" enum:"off,auto" placeholder:"auto" help:"auto: HTTPS with a local CA, which is made in the data directory; computers download it at /ca.crt."`
	TLSName []string `name:"tls-name" sep:"," placeholder:"NAME" help:"With auto: other names or addresses by which the server is reached."`
	TLSCert string   `name:"tls-cert" placeholder:"FILE" help:"HTTPS with this certificate and its chain (PEM), read again when it changes."`
	TLSKey  string   `name:"tls-key" placeholder:"FILE" help:"The key of --tls-cert (PEM)."`
}

// on reports whether TLS is spoken.
func (f *tlsFlags) on() bool { return f.TLS == tlsAuto || f.TLSCert != "" }

// scheme is how addresses of the server begin.
func (f *tlsFlags) scheme() string {
	if f.on() {
		return "https"
	}
	return "http"
}

// check refuses what contradicts itself.
func (f *tlsFlags) check() error {
	switch {
	case (f.TLSCert == "") != (f.TLSKey == ""):
		return usageError("--tls-cert and --tls-key belong together")
	case f.TLS == tlsAuto && f.TLSCert != "":
		return usageError("--tls auto and --tls-cert exclude each other")
	case f.TLS != tlsAuto && len(f.TLSName) > 0:
		return usageError("--tls-name needs --tls auto")
	}
	if _, err := certificate.ParseNames(f.TLSName); err != nil {
		return usageError("--tls-name: " + err.Error())
	}
	return nil
}

// lock is what turns a listener into one of TLS, and keeps the certificate right meanwhile. The zero lock leaves it as it is.
type lock struct {
	source certificate.Source // nil: plain HTTP
	local  *certificate.Local // the source, if it is the appliance's own CA
}

// open reads or makes the certificate.
func (f *tlsFlags) open(data directory, log *slog.Logger) (l lock, err error) {
	switch {
	case f.TLSCert != "":
		if l.source, err = certificate.OpenFiles(certificate.FilesOptions{Certificate: f.TLSCert, Key: f.TLSKey, Log: log}); err != nil {
			return lock{}, err
		}
	case f.TLS == tlsAuto:
		names, err := certificate.ParseNames(f.TLSName)
		if err != nil {
			return lock{}, err
		}
		if l.local, err = certificate.OpenLocal(certificate.LocalOptions{Folder: data.tlsFolder(), More: names, Log: log}); err != nil {
			return lock{}, err
		}
		l.source = l.local
	}
	return l, nil
}

// on puts the lock on a listener.
func (l lock) on(inner net.Listener) net.Listener {
	if l.source == nil {
		return inner
	}
	return certificate.NewListener(inner, l.source)
}

// authority gives the CA's certificate to who downloads it; nil: there is none to install.
func (l lock) authority() func() []byte {
	if l.local == nil {
		return nil
	}
	return l.local.CA
}

// watch keeps the certificate right until ctx ends; the caller waits for the group.
func (l lock) watch(ctx context.Context, group *sync.WaitGroup) {
	if l.source != nil {
		group.Go(func() { l.source.Watch(ctx) })
	}
}

// trustFlags say which servers a command believes.
type trustFlags struct {
	CA string `name:"ca" placeholder:"FILE" help:"CA certificate of an https server (PEM). Default: that of the data directory, if there is one."`
}

// config is for a server that is asked by the name that it has. Without a data directory of the command's own that of FLOWWATCH_DATA or
// the default one is looked at.
func (f *trustFlags) config(data directory) (*tls.Config, error) {
	path := f.CA
	if path == "" {
		if data == "" {
			data = directory(os.Getenv(dataEnv))
		}
		if data == "" {
			data = defaultData
		}
		if path = certificate.CAFile(data.tlsFolder()); !readable(path) {
			path = ""
		}
	}
	config, err := certificate.Trust(path)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	return config, nil
}

func readable(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	return file.Close() == nil
}

// own is for a server on this machine that was started with these flags.
func (f *tlsFlags) own(data directory) (*tls.Config, error) {
	if f.TLSCert != "" {
		return certificate.TrustOnly(f.TLSCert)
	}
	return new(trustFlags).config(data)
}

// introduce prints how other computers come to believe the local CA, where there is one and they can reach the server.
func (a *appliance) introduce() error {
	at, ok := a.listener.Addr().(*net.TCPAddr)
	if a.lock.local == nil || !ok || at.IP.IsLoopback() {
		return nil
	}
	host, port := at.IP.String(), strconv.Itoa(at.Port)
	if at.IP.IsUnspecified() {
		var err error
		if host, err = os.Hostname(); err != nil {
			return fmt.Errorf("find this machine's name: %w", err)
		}
	}
	url := "https://" + net.JoinHostPort(host, port)
	return a.program.print("Other computers: %s, once they have installed the CA certificate from %s/ca.crt\nIts SHA-256 fingerprint: %s\n",
		url, url, a.lock.local.Fingerprint())
}
