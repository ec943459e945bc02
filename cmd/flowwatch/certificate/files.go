package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	readEvery   = 10 * time.Second    // how soon files that changed are in use
	warnBefore  = 14 * 24 * time.Hour // of the end of a certificate that somebody else renews
	pemBytesMax = 1 << 20             // of either file
)

// FilesOptions name a certificate, with the chain behind it, and its key, both PEM.
type FilesOptions struct {
	Certificate, Key string
	Now              func() time.Time // nil: time.Now
	Log              *slog.Logger     // nil: slog.Default()
	ReadWait         time.Duration    // between two looks; 0: ten seconds
}

// Files is a certificate that somebody else keeps in two files. It is safe for concurrent use.
type Files struct {
	options  FilesOptions
	pair     atomic.Pointer[tls.Certificate]
	cert     []byte // as read last, good or not; of whoever calls load
	key      []byte
	unusable string // why, as last logged
}

// OpenFiles reads both. Files that are missing, no pair, or ended are an error.
func OpenFiles(o FilesOptions) (*Files, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.ReadWait == 0 {
		o.ReadWait = readEvery
	}
	f := &Files{options: o}
	if _, err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// GetCertificate is for tls.Config.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.pair.Load(), nil
}

// Watch takes what changes on the disk into use until ctx ends. What cannot be used is logged, once, and the old pair stays.
func (f *Files) Watch(ctx context.Context) {
	watch(ctx, f.options.ReadWait, func() {
		changed, err := f.load()
		switch {
		case err != nil && err.Error() != f.unusable:
			f.unusable = err.Error()
			f.options.Log.Error("the certificate on the disk cannot be used; the old one stays", "err", err)
		case err == nil && changed:
			f.options.Log.Info("a new certificate is in use", "file", f.options.Certificate, "until", f.pair.Load().Leaf.NotAfter)
		}
	})
}

// load reads both files and takes them into use if they are a pair that has changed.
func (f *Files) load() (changed bool, err error) {
	cert, err := readPEM(f.options.Certificate)
	if err != nil {
		return false, fmt.Errorf("read the certificate: %w", err)
	}
	key, err := readPEM(f.options.Key)
	if err != nil {
		return false, fmt.Errorf("read the key of the certificate: %w", err)
	}
	if bytes.Equal(cert, f.cert) && bytes.Equal(key, f.key) {
		return false, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, fmt.Errorf("the certificate %s and the key %s cannot be used: %w", f.options.Certificate, f.options.Key, err)
	}
	left := pair.Leaf.NotAfter.Sub(f.options.Now())
	if left <= 0 {
		return false, fmt.Errorf("the certificate %s has ended at %s", f.options.Certificate, pair.Leaf.NotAfter.Format(time.RFC3339))
	}
	if left < warnBefore {
		f.options.Log.Warn("the certificate ends soon", "file", f.options.Certificate, "until", pair.Leaf.NotAfter)
	}
	f.pair.Store(&pair)
	f.cert, f.key, f.unusable = cert, key, ""
	return true, nil
}

func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > pemBytesMax {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", path, pemBytesMax)
	}
	return os.ReadFile(path)
}
