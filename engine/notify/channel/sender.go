package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
	"flowwatch/engine/setting"
)

// Options are what senders work with.
type Options struct {
	// Settings are those of the organisation that the messages belong to, secrets in clear. It is asked at every message.
	Settings func() *setting.Settings
	Allow    *Allow        // inner addresses that webhooks may reach; nil: none
	TLS      *tls.Config   // roots of trust; nil: the system's. It is cloned
	Resolver *net.Resolver // of the names of webhooks; nil: the system's
	// MailTimeout is for one mail from the dial to the last answer; 0: 30 s.
	MailTimeout time.Duration
	// PostTimeout is for one POST from the dial to the answer's header; 0: 10 s.
	PostTimeout time.Duration
}

const (
	defaultMailTimeout = 30 * time.Second
	defaultPostTimeout = 10 * time.Second
)

// Senders are one of each channel that leaves the appliance, for one organisation.
func Senders(o Options) map[notify.Type]notify.Sender {
	if o.MailTimeout <= 0 {
		o.MailTimeout = defaultMailTimeout
	}
	if o.PostTimeout <= 0 {
		o.PostTimeout = defaultPostTimeout
	}
	guarded := newPoster(o, o.Allow.guard(o.Resolver))
	// The gateway of text messages is set by the appliance's administrator alone, and mostly stands inside.
	direct := newPoster(o, (&net.Dialer{Timeout: dialTimeout}).DialContext)
	return map[notify.Type]notify.Sender{
		notify.Email:   &mailer{o},
		notify.Slack:   &slacker{guarded, o.Allow},
		notify.SMS:     &texter{direct, o.Settings},
		notify.Webhook: &hooker{guarded},
	}
}

// failure is an error whose text may be shown and stored: masked, one line.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

func fail(class notify.Class, text string, cause error) error {
	return notify.Fail(class, &failure{mask.Preview(text), cause})
}

// misconfigured is what no message gets past until the settings change.
func misconfigured(text string) error { return fail(notify.Misconfigured, text, nil) }

// missing is the failure of a secret that is not there, as after a restore without the key file.
func missing(what string) error {
	return fail(notify.Misconfigured, "secret_missing – "+what, notify.ErrSecretMissing)
}

// ended says whether the try's own time-out or its caller ended it.
func ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
