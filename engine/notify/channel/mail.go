package channel

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"flowwatch/engine/notify"
	"flowwatch/engine/setting"
)

const subjectRunesMax = 120

// mailer sends mails through the organisation's server: a connection a mail.
type mailer struct{ o Options }

// Send hands one mail to the server. A copy that the server refuses for good does not keep the mail from its first recipient.
func (x *mailer) Send(ctx context.Context, to notify.Target, m *notify.Message) error {
	server := x.o.Settings().SMTP
	if server == nil {
		return misconfigured("no mail server is set")
	}
	if server.Username != "" && server.Password == "" {
		return missing("the password of the mail server is not there")
	}
	ctx, cancel := context.WithTimeout(ctx, x.o.MailTimeout)
	defer cancel()
	err := x.once(ctx, server, to, m)
	var f *notify.Failure
	if errors.As(err, &f) && f.Class == notify.Permanent && len(to.Options.Cc) > 0 {
		to.Options.Cc = nil
		return x.once(ctx, server, to, m)
	}
	return err
}

// Knock implements notify.Knocker.
func (x *mailer) Knock(ctx context.Context, _ notify.Target) error {
	server := x.o.Settings().SMTP
	if server == nil {
		return misconfigured("no mail server is set")
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.Port)))
	if err != nil {
		return fail(notify.Network, said(err), err)
	}
	_ = conn.Close()
	return nil
}

func (x *mailer) once(ctx context.Context, server *setting.SMTP, to notify.Target, m *notify.Message) error {
	letter, err := compose(server.From, to, m)
	if err != nil {
		return err
	}
	var conn net.Conn
	stop := func() bool { return true }
	client, err := x.client(server, func(dialing context.Context, network, address string) (c net.Conn, err error) {
		dialer := net.Dialer{Timeout: dialTimeout}
		if server.Security == "tls" {
			c, err = (&tls.Dialer{NetDialer: &dialer, Config: x.tls(server.Host)}).DialContext(dialing, network, address)
		} else {
			c, err = dialer.DialContext(dialing, network, address)
		}
		if err != nil {
			return nil, err
		}
		// The library waits for each answer by itself; this ends all of it.
		conn, stop = c, context.AfterFunc(ctx, func() { c.Close() })
		return c, nil
	})
	if err != nil {
		return misconfigured("the settings of the mail server are not usable: " + err.Error())
	}
	err = client.DialWithContext(ctx)
	if conn == nil {
		return fail(notify.Network, said(err), err)
	}
	defer conn.Close()
	defer stop()
	if err != nil {
		return greeted(ctx, err)
	}
	if err = client.Send(letter); err != nil && !letter.IsDelivered() {
		return refused(ctx, err)
	}
	_ = client.Close() // the server has the mail: what it says to QUIT changes nothing
	return nil
}

func (x *mailer) tls(host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if x.o.TLS != nil {
		config = x.o.TLS.Clone()
	}
	config.ServerName = host
	return config
}

func (x *mailer) client(server *setting.SMTP, dial gomail.DialContextFunc) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(server.Port), gomail.WithTimeout(x.o.MailTimeout), gomail.WithTLSConfig(x.tls(server.Host)), gomail.WithDialContextFunc(dial),
		gomail.WithoutNoop(),
	}
	switch server.Security {
	case "tls":
		options = append(options, gomail.WithSSL())
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if server.Username != "" {
		options = append(options, gomail.WithUsername(server.Username), gomail.WithPassword(server.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthCramMD5))
	}
	client, err := gomail.NewClient(server.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail client: %w", err)
	}
	return client, nil
}

// compose makes the mail. Its Message-ID follows from the key, so that a repetition can be known.
func compose(from string, to notify.Target, m *notify.Message) (*gomail.Msg, error) {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, misconfigured("the sender of mails is no address")
	}
	if sender.Name == "" {
		err = letter.From(sender.Address)
	} else {
		err = letter.FromFormat(header(sender.Name), sender.Address)
	}
	if err != nil {
		return nil, misconfigured("the sender of mails is no address")
	}
	if err := letter.To(to.Address); err != nil {
		return nil, fail(notify.Permanent, "the recipient is no address", err)
	}
	if len(to.Options.Cc) > 0 {
		if err := letter.Cc(to.Options.Cc...); err != nil {
			return nil, fail(notify.Permanent, "the recipient of a copy is no address", err)
		}
	}
	host := sender.Address[strings.LastIndexByte(sender.Address, '@')+1:]
	letter.SetMessageIDWithValue(messageID(m.Key, host))
	if m.Thread != "" && m.Thread != m.Key {
		first := "<" + messageID(m.Thread, host) + ">"
		letter.SetGenHeader(gomail.HeaderInReplyTo, first)
		letter.SetGenHeader(gomail.HeaderReferences, first)
	}
	letter.SetDate()
	letter.Subject(cut(header(m.Subject), subjectRunesMax))
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("X-Auto-Response-Suppress", "All")
	letter.SetGenHeader("X-Monitoring-Severity", header(string(m.Severity)))
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return letter, nil
}

// messageID is stable, and tells nothing of what it is made from.
func messageID(key, host string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16]) + "@" + host
}

// header is s as one line: what follows a line end would be another header.
func header(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// said is an error's text, as servers end theirs with line ends.
func said(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// greeted classifies an error between connection and mail: greeting, encryption, sign-in. The library gives most of them as plain errors.
func greeted(ctx context.Context, err error) error {
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	code := replyCode(err)
	switch {
	case errors.As(err, &certificate) || errors.As(err, &alert) || errors.As(err, &record):
		return fail(notify.Network, "TLS: "+said(err), err)
	case code >= 400 && code < 500:
		return fail(notify.Temporary, said(err), err)
	case code >= 500:
		return fail(notify.Misconfigured, said(err), err)
	case ended(ctx, err) || isTimeout(err):
		return fail(notify.Temporary, "the mail server did not answer in time", err)
	case strings.Contains(err.Error(), "not support") || errors.Is(err, gomail.ErrNoSupportedAuthDiscovered):
		return fail(notify.Misconfigured, said(err), err)
	}
	return fail(notify.Temporary, "the connection to the mail server broke: "+said(err), err)
}

// refused classifies an error of the mail itself.
func refused(ctx context.Context, err error) error {
	code := 0
	var sendErr *gomail.SendError
	sender := false
	if errors.As(err, &sendErr) {
		code, sender = sendErr.ErrorCode(), sendErr.Reason == gomail.ErrSMTPMailFrom
	}
	switch {
	case code >= 400 && code < 500:
		return fail(notify.Temporary, said(err), err)
	case code >= 500 && (sender || slices.Contains([]int{521, 530, 534, 535, 538}, code)):
		// A sender that the server does not take is the same for every mail, as is a sign-in that it misses.
		return fail(notify.Misconfigured, said(err), err)
	case code >= 500:
		return fail(notify.Permanent, said(err), err)
	case ended(ctx, err) || isTimeout(err):
		return fail(notify.Temporary, "the mail server did not answer in time", err)
	}
	return fail(notify.Temporary, "the connection to the mail server broke: "+said(err), err)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

var replyPattern = regexp.MustCompile(`(?:^|: |\s)([45][0-9][0-9])[ -]`)

// replyCode is the SMTP code of an error, 0 where there is none.
func replyCode(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	if found := replyPattern.FindStringSubmatch(err.Error()); found != nil {
		code, _ := strconv.Atoi(found[1]) // three digits
		return code
	}
	return 0
}
