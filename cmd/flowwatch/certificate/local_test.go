package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var testStart = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// machine is a computer whose names change.
type machine struct {
	mu    sync.Mutex
	names Names
	err   error
}

func (m *machine) all() (Names, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.names, m.err
}

func (m *machine) become(t *testing.T, names ...string) {
	t.Helper()
	n := parsed(t, names...)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names = n
}

func parsed(t *testing.T, names ...string) Names {
	t.Helper()
	n, err := ParseNames(names)
	require.NoError(t, err)
	return n
}

func testOptions(t *testing.T, m *machine) LocalOptions {
	t.Helper()
	return LocalOptions{
		Folder: filepath.Join(t.TempDir(), "tls"), Machine: m.all, Now: func() time.Time { return testStart }, Log: slog.New(slog.DiscardHandler),
	}
}

func leafOf(t *testing.T, s Source) *x509.Certificate {
	t.Helper()
	c, err := s.GetCertificate(nil)
	require.NoError(t, err)
	return c.Leaf
}

// verify is what a computer does that has installed the CA.
func verify(l *Local, leaf *x509.Certificate, name string, at time.Time) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(l.CA())
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err
}

// Decision 9: a certificate for the names of the machine, which computers with the CA believe, for no longer than browsers accept.
func TestLocalMakesACertificateThatBrowsersBelieve(t *testing.T) {
	t.Parallel()
	m := &machine{}
	m.become(t, "biuro-serwer", "biuro-serwer.local", "localhost", "127.0.0.1", "::1", "192.168.1.10", "2001:db8:1:2::5")
	o := testOptions(t, m)
	o.More = parsed(t, "monitor.kowalski.pl", "203.0.113.7")
	l, err := OpenLocal(o)
	require.NoError(t, err)
	leaf := leafOf(t, l)
	for _, name := range []string{"biuro-serwer", "BIURO-SERWER.local", "localhost", "127.0.0.1", "[::1]", "192.168.1.10", "2001:db8:1:2::5", "monitor.kowalski.pl", "203.0.113.7"} {
		require.NoError(t, verify(l, leaf, name, testStart), name)
	}
	require.Error(t, verify(l, leaf, "other.local", testStart))
	require.LessOrEqual(t, leaf.NotAfter.Sub(leaf.NotBefore), 397*24*time.Hour)
	require.False(t, leaf.IsCA)

	ca := l.ca.Load().certificate
	require.Equal(t, x509.ECDSA, ca.PublicKeyAlgorithm)
	require.InDelta(t, 10, ca.NotAfter.Sub(testStart).Hours()/24/365, 0.01)
	for _, name := range []string{authorityName, keyName, leafName} {
		info, err := os.Stat(filepath.Join(o.Folder, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	info, err := os.Stat(o.Folder)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	again, err := OpenLocal(o)
	require.NoError(t, err)
	require.Equal(t, l.CA(), again.CA())
	require.Equal(t, leaf.Raw, leafOf(t, again).Raw, "a restart changes nothing")
	require.Regexp(t, `^([0-9A-F]{2}:){31}[0-9A-F]{2}$`, l.Fingerprint())
}

// A stolen key of the CA makes no certificate that an office's computer would believe of a bank.
func TestTheLocalCAVouchesForNobodyElse(t *testing.T) {
	t.Parallel()
	m := &machine{}
	m.become(t, "biuro", "192.168.1.10", "2001:db8:1:2::5")
	l, err := OpenLocal(testOptions(t, m))
	require.NoError(t, err)
	for name, believed := range map[string]bool{
		"biuro": true, "x.biuro": true, "drukarka.local": true, "10.1.2.3": true, "2001:db8:1:2::6": true,
		"bank.pl": false, "biuro.pl": false, "8.8.8.8": false, "2001:db8:1:3::5": false, "notbiuro": false,
	} {
		stolen, err := l.ca.Load().leaf(parsed(t, name), testStart)
		require.NoError(t, err)
		if err := verify(l, stolen.certificate, "", testStart); believed {
			require.NoError(t, err, name)
		} else {
			require.Error(t, err, name)
		}
		yes, no := l.ca.Load().permitted(parsed(t, name))
		require.Equal(t, believed, no.empty(), "%s: %s %s", name, yes, no)
	}
}

func TestLocalFollowsTimeAndAddressesWithoutARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		m.become(t, "biuro", "192.168.1.10")
		o := testOptions(t, m)
		o.Now = nil // the bubble's
		l, err := OpenLocal(o)
		require.NoError(t, err)
		first, ca := leafOf(t, l), l.CA()
		var watching sync.WaitGroup
		ctx, halt := context.WithCancel(t.Context())
		defer halt()
		watching.Go(func() { l.Watch(ctx) })

		m.become(t, "biuro", "192.168.7.20", "8.8.8.8")
		<-time.After(2 * lookEvery) // the bubble's clock
		second := leafOf(t, l)
		require.NotEqual(t, first.Raw, second.Raw)
		require.NoError(t, verify(l, second, "192.168.7.20", time.Now()), "an address that the CA does not vouch for is left out")
		require.Len(t, second.IPAddresses, 1)

		m.become(t, "biuro")
		<-time.After(2 * lookEvery) // the bubble's clock
		require.Equal(t, second.Raw, leafOf(t, l).Raw, "an address that went away does no harm")

		ending, stop := context.WithCancel(t.Context())
		defer stop()
		o.LookWait = 24 * time.Hour // eleven years of the usual looks take the test minutes
		l, err = OpenLocal(o)
		require.NoError(t, err)
		halt()
		watching.Wait()
		watching.Go(func() { l.Watch(ending) })
		for range 12 * 11 { // eleven years, in months
			<-time.After(30 * 24 * time.Hour) // the bubble's clock
			leaf := leafOf(t, l)
			require.Greater(t, time.Until(leaf.NotAfter), renewBefore-2*o.LookWait)
			require.NoError(t, verify(l, leaf, "biuro", time.Now()))
		}
		stop()
		watching.Wait()
		require.NotEqual(t, ca, l.CA(), "the CA is made anew before it ends")
	})
}

func TestLocalMakesAnewWhatItCanAndNamesWhatItCannot(t *testing.T) {
	t.Parallel()
	m := &machine{}
	m.become(t, "biuro")
	o := testOptions(t, m)
	l, err := OpenLocal(o)
	require.NoError(t, err)
	ca := l.CA()
	path := func(name string) string { return filepath.Join(o.Folder, name) }

	require.NoError(t, os.WriteFile(path(leafName), []byte("half a fi"), 0o600))
	l, err = OpenLocal(o)
	require.NoError(t, err)
	require.Equal(t, ca, l.CA())
	require.NoError(t, verify(l, leafOf(t, l), "biuro", testStart))

	o.More = parsed(t, "monitor.kowalski.pl")
	_, err = OpenLocal(o)
	require.ErrorContains(t, err, "does not vouch for monitor.kowalski.pl")
	o.More = Names{}

	require.NoError(t, os.Remove(path(authorityName)), "a crash between the two files of a new CA")
	l, err = OpenLocal(o)
	require.NoError(t, err)
	require.NotEqual(t, ca, l.CA())
	require.NoError(t, verify(l, leafOf(t, l), "biuro", testStart), "the certificate of the former CA is of no use")

	other, err := OpenLocal(LocalOptions{Folder: filepath.Join(t.TempDir(), "other"), Machine: m.all, Log: o.Log})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path(authorityName), other.CA(), 0o600))
	_, err = OpenLocal(o)
	require.ErrorContains(t, err, "do not belong together")
	require.NoError(t, os.WriteFile(path(authorityName), []byte("no certificate"), 0o600))
	_, err = OpenLocal(o)
	require.ErrorContains(t, err, "holds no certificate")
}

func TestNamesAreReadStrictly(t *testing.T) {
	t.Parallel()
	n := parsed(t, "Biuro.PL.", "biuro.pl", "10.0.0.1", "::ffff:10.0.0.1", "a_b.local")
	require.Equal(t, Names{DNS: []string{"biuro.pl", "a_b.local"}, IPs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}, n)
	for _, wrong := range []string{"", "*.pl", "https://biuro.pl", "biuro.pl:80", "żółw.pl", "fe80::1%eth0", "-a", "a..b", "a b"} {
		_, err := ParseNames([]string{wrong})
		require.Error(t, err, wrong)
	}
	own, err := MachineNames()
	require.NoError(t, err)
	require.Contains(t, own.DNS, "localhost")
	require.Contains(t, own.IPs, netip.MustParseAddr("127.0.0.1"))
	require.Contains(t, own.IPs, netip.MustParseAddr("::1"))
}

// Somebody else's files: what changes on the disk is in use soon, and what is broken never.
func TestFilesAreReadAgainAndBrokenOnesAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		o := FilesOptions{Certificate: filepath.Join(folder, "c.pem"), Key: filepath.Join(folder, "k.pem"), Log: slog.New(slog.DiscardHandler)}
		_, err := OpenFiles(o)
		require.ErrorContains(t, err, o.Certificate)
		ca, err := newAuthority(Names{}, time.Now())
		require.NoError(t, err)
		put := func(certificate, key []byte) {
			t.Helper()
			require.NoError(t, os.WriteFile(o.Certificate, certificate, 0o600))
			require.NoError(t, os.WriteFile(o.Key, key, 0o600))
		}
		made := func(life time.Duration) (cert, key []byte) {
			t.Helper()
			leaf, err := ca.leaf(parsed(t, "biuro.local"), time.Now().Add(life-leafLife))
			require.NoError(t, err)
			key, err = leaf.keyPEM()
			require.NoError(t, err)
			return leaf.pem(), key
		}
		ended, endedKey := made(-time.Hour)
		put(ended, endedKey)
		_, err = OpenFiles(o)
		require.ErrorContains(t, err, "has ended")
		cert, key := made(leafLife)
		put(cert, key)
		f, err := OpenFiles(o)
		require.NoError(t, err)
		first := leafOf(t, f).Raw
		var watching sync.WaitGroup
		ctx, halt := context.WithCancel(t.Context())
		defer halt()
		watching.Go(func() { f.Watch(ctx) })
		wait := func() { <-time.After(2 * readEvery) } // the bubble's clock

		next, nextKey := made(leafLife)
		put(next, key)
		wait()
		require.Equal(t, first, leafOf(t, f).Raw, "half a change")
		put([]byte("rubbish"), nextKey)
		wait()
		require.NoError(t, os.Remove(o.Key))
		wait()
		put(ended, endedKey)
		wait()
		require.Equal(t, first, leafOf(t, f).Raw)
		put(next, nextKey)
		wait()
		require.NotEqual(t, first, leafOf(t, f).Raw)
		_, err = tls.LoadX509KeyPair(o.Certificate, o.Key)
		require.NoError(t, err)
	})
}
