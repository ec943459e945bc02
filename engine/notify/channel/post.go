package channel

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
)

const (
	answerBytesMax = 16 << 10
	headerBytesMax = 16 << 10
	retryAfterMax  = time.Hour
	// answerTimeout is for what follows an answer's header. It only explains an error, or a gateway's verdict.
	answerTimeout = 5 * time.Second
)

// poster makes requests: without proxy, cookies, redirects and connections that live on.
type poster struct {
	client  *http.Client
	dial    func(context.Context, string, string) (net.Conn, error)
	timeout time.Duration
}

func newPoster(o Options, dial func(context.Context, string, string) (net.Conn, error)) *poster {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	return &poster{&http.Client{
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: config, TLSHandshakeTimeout: dialTimeout, ForceAttemptHTTP2: true, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: headerBytesMax,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, dial, o.PostTimeout}
}

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   string // its beginning, as far as it came in time; "" unless it was wanted
}

// send makes one request. wanted says whether a good answer's body is read, too. An error is a *notify.Failure.
func (p *poster) send(ctx context.Context, method, address string, header http.Header, body []byte, wanted bool) (*answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.AfterFunc(p.timeout, cancel)
	defer timer.Stop()
	var reached atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fail(notify.Misconfigured, "the address is no URL", nil)
	}
	request.Header = header
	request.Header.Set("User-Agent", "Flowwatch")
	response, err := p.client.Do(request)
	if err != nil {
		return nil, unanswered(ctx, err, reached.Load())
	}
	defer response.Body.Close()
	a := &answer{status: response.StatusCode, header: response.Header}
	if wanted || !a.good() {
		timer.Reset(min(answerTimeout, p.timeout))
		text, _ := io.ReadAll(io.LimitReader(response.Body, answerBytesMax)) // a part is better than none
		a.body = string(text)
	}
	return a, nil
}

// knock connects to where send would.
func (p *poster) knock(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fail(notify.Misconfigured, "the address is no URL", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), ports[u.Scheme])))
	if err != nil {
		return unanswered(ctx, err, false)
	}
	_ = conn.Close()
	return nil
}

var ports = map[string]string{"http": "80", "https": "443"}

// unanswered classifies a request that got no answer. The address, which may hold a token, is no part of the error.
func unanswered(ctx context.Context, err error, reached bool) error {
	var located *url.Error
	if errors.As(err, &located) {
		err = located.Err
	}
	switch {
	case errors.Is(err, errRefused):
		return fail(notify.Misconfigured, errRefused.Error(), errRefused)
	case reached && ended(ctx, err):
		return fail(notify.Temporary, "no answer in time", err)
	case reached:
		return fail(notify.Temporary, "the connection broke: "+err.Error(), err)
	case ended(ctx, err):
		return fail(notify.Network, "no connection in time", err)
	}
	return fail(notify.Network, err.Error(), err)
}

func (a *answer) good() bool { return a.status >= 200 && a.status < 300 }

// failure classifies an answer that is not good, by its status alone.
func (a *answer) failure() error {
	text := fmt.Sprintf("HTTP %d", a.status)
	if said := mask.Preview(a.body); said != "" {
		text += ": " + said
	}
	class, cause := notify.Permanent, error(nil)
	switch s := a.status; {
	case s == http.StatusGone:
		cause = notify.ErrGone
	case s == http.StatusRequestTimeout || s == http.StatusTooEarly || s == http.StatusTooManyRequests || s >= 500:
		return &notify.Failure{Class: notify.Temporary, RetryAfter: retryAfter(a.header, time.Now()), Err: &failure{mask.Preview(text), nil}}
	case s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusProxyAuthRequired:
		class = notify.Misconfigured
	case s < 400:
		class, text = notify.Misconfigured, text+": redirects are not followed"
	}
	return fail(class, text, cause)
}

// retryAfter reads RFC 9110's Retry-After, in seconds or as a date; 0 is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(s, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, retryAfterMax)
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), 0), retryAfterMax)
	}
	return 0
}
