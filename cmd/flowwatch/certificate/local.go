package certificate

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// lookEvery is how soon a new address of the machine is in the certificate, and how often its end is looked at.
const lookEvery = 30 * time.Second

const leafName = "server.pem" // certificate and key in one file, so that they always belong together

// LocalOptions say whose certificate it is. Folder is required.
type LocalOptions struct {
	Folder   string                // made if it is missing, readable by its owner alone
	More     Names                 // what the operator calls the server besides
	Machine  func() (Names, error) // nil: MachineNames
	Now      func() time.Time      // nil: time.Now
	Log      *slog.Logger          // nil: slog.Default()
	LookWait time.Duration         // between two looks; 0: half a minute
}

// Local is a CA of this appliance with a certificate that it has signed. It is safe for concurrent use.
type Local struct {
	options LocalOptions
	ca      atomic.Pointer[authority]
	leaf    atomic.Pointer[tls.Certificate]
	refused string // names that the CA does not vouch for, as last logged; of whoever calls renew
}

// OpenLocal reads the CA and the certificate of a folder, or makes them. Names of the operator that the CA does not vouch for are an
// error; such names of the machine are left out and logged.
func OpenLocal(o LocalOptions) (*Local, error) {
	if o.Machine == nil {
		o.Machine = MachineNames
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.LookWait == 0 {
		o.LookWait = lookEvery
	}
	if err := os.MkdirAll(o.Folder, folderMode); err != nil {
		return nil, fmt.Errorf("make a folder for the local CA: %w", err)
	}
	l := &Local{options: o}
	if leaf, err := tls.LoadX509KeyPair(l.leafPath(), l.leafPath()); err == nil { // whatever is wrong with it, a new one can be made
		l.leaf.Store(&leaf)
	}
	if err := l.renew(); err != nil {
		return nil, err
	}
	if _, no := l.ca.Load().permitted(o.More); !no.empty() {
		return nil, fmt.Errorf("the local CA in %s was made for other names and does not vouch for %s; delete the folder to have a new one made, which computers have to install again",
			o.Folder, no)
	}
	return l, nil
}

func (l *Local) leafPath() string { return filepath.Join(l.options.Folder, leafName) }

// CAFile is where the CA's certificate of a folder is.
func CAFile(folder string) string { return filepath.Join(folder, authorityName) }

// CA is the CA's certificate in PEM, as computers install it.
func (l *Local) CA() []byte { return l.ca.Load().pem() }

// Fingerprint is the SHA-256 of the CA's certificate, as the dialogues of operating systems show it.
func (l *Local) Fingerprint() string {
	sum := sha256.Sum256(l.ca.Load().certificate.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// GetCertificate is for tls.Config. There is one certificate, whatever name a client asks for.
func (l *Local) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return l.leaf.Load(), nil
}

// Watch keeps the certificate right until ctx ends.
func (l *Local) Watch(ctx context.Context) {
	watch(ctx, l.options.LookWait, func() {
		if err := l.renew(); err != nil {
			l.options.Log.Error("the certificate could not be renewed; the old one stays", "err", err)
		}
	})
}

// renew makes what is missing, about to end, or not for all of the machine's names.
func (l *Local) renew() error {
	o, now := &l.options, l.options.Now()
	machine, err := o.Machine()
	if err != nil {
		return err
	}
	names := machine.and(o.More)
	if ca := l.ca.Load(); ca == nil || ca.certificate.NotAfter.Sub(now) <= renewBefore {
		ca, made, err := openAuthority(o.Folder, names, now)
		if err != nil {
			return err
		}
		if made {
			o.Log.Info("a local CA was made; computers that use this server install it once", "file", CAFile(o.Folder), "until", ca.certificate.NotAfter)
		}
		l.ca.Store(ca)
	}
	ca := l.ca.Load()
	yes, _ := ca.permitted(names)
	_, no := ca.permitted(machine)
	if refused := no.String(); refused != l.refused {
		l.refused = refused
		if refused != "" {
			o.Log.Warn("the local CA does not vouch for some of this machine's names", "names", refused)
		}
	}
	if l.serves(ca, yes, now) {
		return nil
	}
	return l.replace(ca, yes, now)
}

// serves reports whether the present certificate will do.
func (l *Local) serves(ca *authority, names Names, now time.Time) bool {
	leaf := l.leaf.Load()
	if leaf == nil || leaf.Leaf.CheckSignatureFrom(ca.certificate) != nil || leaf.Leaf.NotAfter.Sub(now) <= renewBefore {
		return false
	}
	var has Names
	has.DNS = leaf.Leaf.DNSNames
	for _, raw := range leaf.Leaf.IPAddresses {
		if ip, ok := netip.AddrFromSlice(raw); ok {
			has.addIP(ip)
		}
	}
	lacks := func(name string) bool { return !slices.Contains(has.DNS, name) }
	return !slices.ContainsFunc(names.DNS, lacks) && !slices.ContainsFunc(names.IPs, func(ip netip.Addr) bool { return !slices.Contains(has.IPs, ip) })
}

// replace makes a new certificate, on the disk first.
func (l *Local) replace(ca *authority, names Names, now time.Time) error {
	made, err := ca.leaf(names, now)
	if err != nil {
		return err
	}
	key, err := made.keyPEM()
	if err != nil {
		return err
	}
	text := slices.Concat(made.pem(), ca.pem(), key)
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	if err := writeWhole(l.leafPath(), text); err != nil {
		return err
	}
	l.leaf.Store(&pair)
	l.options.Log.Info("a new certificate is in use", "names", names.String(), "until", made.certificate.NotAfter)
	return nil
}

// watch calls look again and again until ctx ends.
func watch(ctx context.Context, every time.Duration, look func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			look()
		case <-ctx.Done():
			return
		}
	}
}

// writeWhole puts a file in place that is whole and survives a power cut, readable by its owner alone.
func writeWhole(path string, content []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	if err = errors.Join(err, part.Chmod(fileMode), part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		_ = os.Remove(part.Name()) // it has failed before
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// firstBlock is the first certificate of a text in PEM.
func firstBlock(text []byte) []byte {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != certificatePE {
		return nil
	}
	return block.Bytes
}
