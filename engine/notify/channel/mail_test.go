package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
	"flowwatch/engine/setting"
)

// post office is a mail server in this process. Each hook may refuse, hang or break what a client asks.
type postOffice struct {
	mu     sync.Mutex
	mails  []string
	rcpts  []string
	auth   func(user, password string) error
	from   func() error
	rcpt   func(to string) error
	data   func(*smtp.Conn) error
	user   string
	server *smtp.Server
}

type session struct {
	office *postOffice
	conn   *smtp.Conn
	to     []string
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{office: p, conn: c}, nil
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.office.auth != nil {
			if err := s.office.auth(user, password); err != nil {
				return err
			}
		}
		s.office.mu.Lock()
		defer s.office.mu.Unlock()
		s.office.user = user
		return nil
	}), nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.office.from != nil {
		return s.office.from()
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.office.rcpt != nil {
		if err := s.office.rcpt(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.office.data != nil {
		if err := s.office.data(s.conn); err != nil {
			return err
		}
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.mails = append(s.office.mails, string(b))
	s.office.rcpts = append(s.office.rcpts, s.to...)
	return nil
}

// certificates are a pair for 127.0.0.1, and the roots by which clients trust it.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

// open starts the office and returns the settings that lead to it.
func (p *postOffice) open(t *testing.T, security setting.Security) (*setting.Settings, Options) {
	t.Helper()
	serverTLS, clientTLS := certificates(t)
	p.server = smtp.NewServer(p)
	p.server.Domain, p.server.ErrorLog = "office.example", slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	switch security {
	case "tls":
		listener = tls.NewListener(listener, serverTLS)
	case "starttls":
		p.server.TLSConfig = serverTLS
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = p.server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = p.server.Close()
		<-served
	})
	s := &setting.Settings{SMTP: &setting.SMTP{Host: "127.0.0.1", Port: port, From: "Monitor Żółw <monitor@biuro.example>", Security: security}}
	return s, Options{Settings: func() *setting.Settings { return s }, TLS: clientTLS, MailTimeout: 5 * time.Second}
}

func (p *postOffice) delivered() (mails, to []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mails, p.rcpts
}

func letterTo(t *testing.T) (notify.Target, *notify.Message) {
	t.Helper()
	return notify.Target{Type: notify.Email, Address: "anna@klient.example"}, &notify.Message{
		Key: "0193:triggered:0:email:anna@klient.example", Severity: alert.Critical, Subject: "[BŁĄD] Żółć: wykonanie nie powiodło się",
		Text: "Proces „Żółć” nie powiódł się.\n", HTML: "<p>Proces</p>\n",
	}
}

func classOf(t *testing.T, err error) notify.Class {
	t.Helper()
	var f *notify.Failure
	require.ErrorAs(t, err, &f)
	require.NotContains(t, f.Error(), "\n")
	return f.Class
}

func TestMailArrives(t *testing.T) { // 3.6
	t.Parallel()
	for _, security := range []setting.Security{"none", "starttls", "tls"} {
		t.Run(string(security), func(t *testing.T) {
			t.Parallel()
			p := new(postOffice)
			s, o := p.open(t, security)
			if security != "none" {
				s.SMTP.Username, s.SMTP.Password = "monitor", "tajne"
			}
			to, m := letterTo(t)
			to.Options.Cc = []string{"szef@klient.example"}
			m.Thread = "0193:triggered:0:first"
			require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, m))
			require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, m))
			mails, rcpts := p.delivered()
			require.Len(t, mails, 2)
			require.Equal(t, []string{"anna@klient.example", "szef@klient.example"}, rcpts[:2])
			require.Equal(t, s.SMTP.Username, p.user)
			got, err := mail.ReadMessage(strings.NewReader(mails[0]))
			require.NoError(t, err)
			again, err := mail.ReadMessage(strings.NewReader(mails[1]))
			require.NoError(t, err)
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, m.Subject, subject)
			require.Equal(t, "auto-generated", got.Header.Get("Auto-Submitted"))
			require.Equal(t, "critical", got.Header.Get("X-Monitoring-Severity"))
			require.Equal(t, got.Header.Get("Message-ID"), again.Header.Get("Message-ID"), "the same for every try")
			require.Equal(t, "<"+messageID(m.Thread, "biuro.example")+">", got.Header.Get("In-Reply-To"))
			require.NotEqual(t, got.Header.Get("In-Reply-To"), got.Header.Get("Message-ID"))
			media, _, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
			require.NoError(t, err)
			require.Equal(t, "multipart/alternative", media)
			require.NotEmpty(t, got.Header.Get("Date"))
		})
	}
}

func TestMailKnowsThreads(t *testing.T) {
	t.Parallel()
	p := new(postOffice)
	_, o := p.open(t, "none")
	to, first := letterTo(t)
	require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, first))
	second := *first
	second.Key, second.Thread = "0193:resolved:0:email:anna@klient.example", first.Key
	require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, &second))
	mails, _ := p.delivered()
	one, err := mail.ReadMessage(strings.NewReader(mails[0]))
	require.NoError(t, err)
	two, err := mail.ReadMessage(strings.NewReader(mails[1]))
	require.NoError(t, err)
	require.Empty(t, one.Header.Get("In-Reply-To"))
	require.Equal(t, one.Header.Get("Message-ID"), two.Header.Get("In-Reply-To"))
}

func TestMailErrorsHaveClasses(t *testing.T) { // B4
	t.Parallel()
	refuse := func(code int) error { return &smtp.SMTPError{Code: code, Message: "no for anna@klient.example"} }
	f := func(name string, p *postOffice, want notify.Class) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := p.open(t, "starttls")
			s.SMTP.Username, s.SMTP.Password = "monitor", "tajne"
			to, m := letterTo(t)
			err := Senders(o)[notify.Email].Send(t.Context(), to, m)
			require.Equal(t, want, classOf(t, err), "%v", err)
			require.NotContains(t, err.Error(), "anna@klient.example", "what is stored is masked")
			require.NotContains(t, err.Error(), "tajne")
			mails, _ := p.delivered()
			require.Empty(t, mails)
		})
	}
	f("451 of RCPT", &postOffice{rcpt: func(string) error { return refuse(451) }}, notify.Temporary)
	f("452 of DATA", &postOffice{data: func(*smtp.Conn) error { return refuse(452) }}, notify.Temporary)
	f("550 of RCPT", &postOffice{rcpt: func(string) error { return refuse(550) }}, notify.Permanent)
	f("554 of DATA", &postOffice{data: func(*smtp.Conn) error { return refuse(554) }}, notify.Permanent)
	f("550 of MAIL", &postOffice{from: func() error { return refuse(550) }}, notify.Misconfigured)
	f("535", &postOffice{auth: func(string, string) error { return refuse(535) }}, notify.Misconfigured)
	f("454", &postOffice{auth: func(string, string) error { return refuse(454) }}, notify.Temporary)
	f("reset in DATA", &postOffice{data: func(c *smtp.Conn) error {
		conn := c.Conn()
		if under, ok := conn.(*tls.Conn); ok {
			conn = under.NetConn()
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		return errors.Join(conn.Close(), io.ErrUnexpectedEOF)
	}}, notify.Temporary)
}

func TestOneBadCopyDoesNotKeepTheMail(t *testing.T) {
	t.Parallel()
	p := &postOffice{rcpt: func(to string) error {
		if strings.HasPrefix(to, "szef") {
			return &smtp.SMTPError{Code: 550, Message: "unknown"}
		}
		return nil
	}}
	_, o := p.open(t, "none")
	to, m := letterTo(t)
	to.Options.Cc = []string{"szef@klient.example"}
	require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, m))
	_, rcpts := p.delivered()
	require.Equal(t, []string{"anna@klient.example"}, rcpts)
}

func TestMailNeedsSettings(t *testing.T) {
	t.Parallel()
	s := &setting.Settings{}
	o := Options{Settings: func() *setting.Settings { return s }}
	to, m := letterTo(t)
	require.Equal(t, notify.Misconfigured, classOf(t, Senders(o)[notify.Email].Send(t.Context(), to, m)))
	s.SMTP = &setting.SMTP{Host: "127.0.0.1", Port: 1, From: "a@b.example", Security: "tls", Username: "u"}
	err := Senders(o)[notify.Email].Send(t.Context(), to, m)
	require.Equal(t, notify.Misconfigured, classOf(t, err))
	require.ErrorIs(t, err, notify.ErrSecretMissing)
}

func TestMailServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	s := &setting.Settings{SMTP: &setting.SMTP{Host: "127.0.0.1", Port: port, From: "a@b.example", Security: "none"}}
	to, m := letterTo(t)
	send := func() error {
		return Senders(Options{Settings: func() *setting.Settings { return s }})[notify.Email].Send(t.Context(), to, m)
	}
	require.Equal(t, notify.Network, classOf(t, send()))
	mail := Senders(Options{Settings: func() *setting.Settings { return s }})[notify.Email]
	require.Equal(t, notify.Network, classOf(t, knock(t, mail, to)))
	s.SMTP.Port = silent(t, "")
	require.NoError(t, knock(t, mail, to))
	s.SMTP.Host = "no-such-host.invalid"
	require.Equal(t, notify.Network, classOf(t, send()))
}

func TestMailServerWhoseCertificateIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, security := range []setting.Security{"starttls", "tls"} {
		p := new(postOffice)
		_, o := p.open(t, security)
		o.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
		to, m := letterTo(t)
		require.Equal(t, notify.Network, classOf(t, Senders(o)[notify.Email].Send(t.Context(), to, m)), security)
	}
}

func TestMailServerWithoutEncryption(t *testing.T) {
	t.Parallel()
	p := new(postOffice)
	s, o := p.open(t, "none")
	s.SMTP.Security = "starttls"
	to, m := letterTo(t)
	require.Equal(t, notify.Misconfigured, classOf(t, Senders(o)[notify.Email].Send(t.Context(), to, m)), "never in clear when encryption is asked for")
}

// silent accepts connections, says what it is told to, and then nothing.
func silent(t *testing.T, greeting string) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var open sync.WaitGroup
	done := make(chan struct{})
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				_, _ = io.WriteString(conn, greeting)
				<-done
			})
		}
	})
	t.Cleanup(func() {
		close(done)
		_ = listener.Close()
		open.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

func TestMailServerThatHangs(t *testing.T) {
	t.Parallel()
	for _, greeting := range []string{"", "220 office.example ESMTP\r\n"} {
		s := &setting.Settings{SMTP: &setting.SMTP{Host: "127.0.0.1", Port: silent(t, greeting), From: "a@b.example", Security: "none"}}
		o := Options{Settings: func() *setting.Settings { return s }, MailTimeout: 200 * time.Millisecond}
		to, m := letterTo(t)
		began := time.Now()
		require.Equal(t, notify.Temporary, classOf(t, Senders(o)[notify.Email].Send(t.Context(), to, m)))
		require.Less(t, time.Since(began), 3*time.Second)

		// The caller's end counts, too.
		o.MailTimeout = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		began = time.Now()
		require.Error(t, Senders(o)[notify.Email].Send(ctx, to, m))
		cancel()
		require.Less(t, time.Since(began), 3*time.Second)
	}
}

func TestMailHeadersCannotBeAdded(t *testing.T) { // B-93
	t.Parallel()
	p := new(postOffice)
	s, o := p.open(t, "none")
	s.SMTP.From = "monitor@biuro.example"
	to, m := letterTo(t)
	m.Subject = "x\r\nBcc: zly@example.com\r\n\r\nbody" + strings.Repeat("ż", 300)
	m.Severity = "critical\r\nX-Evil: 1"
	m.Thread = "y>\r\nX-Evil: 2"
	require.NoError(t, Senders(o)[notify.Email].Send(t.Context(), to, m))
	mails, rcpts := p.delivered()
	require.Equal(t, []string{"anna@klient.example"}, rcpts)
	got, err := mail.ReadMessage(bytes.NewReader([]byte(mails[0])))
	require.NoError(t, err)
	require.Empty(t, got.Header.Get("Bcc"))
	require.Empty(t, got.Header.Get("X-Evil"))
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	require.NoError(t, err)
	require.Len(t, []rune(subject), subjectRunesMax)

	to.Address = "a@b.example>\r\nRCPT TO:<c@d.example"
	require.Equal(t, notify.Permanent, classOf(t, Senders(o)[notify.Email].Send(t.Context(), to, m)))
}

func TestReplyCodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"535 5.7.8 Error: authentication failed": 535, "SMTP AUTH failed: 535-5.7.8 Username": 535, "dial tcp 10.0.0.1:587: refused": 0, "EOF": 0, "": 0,
	} {
		require.Equal(t, want, replyCode(errors.New(text)), strconv.Quote(text))
	}
}
