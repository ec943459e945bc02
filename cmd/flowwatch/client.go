package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"flowwatch/api"
)

const (
	jsonMedia       = "application/json"
	linesMedia      = "application/x-ndjson"
	eventsPath      = "/api/ingest/events"
	batchEventsMax  = 1000
	batchBytesMax   = 4 << 20 // well below what the server takes
	answerBytesMax  = 4 << 20
	requestTimeMax  = 2 * time.Minute
	patienceMax     = 5 * time.Minute // with a server that says "later", or is being restarted
	retryWaitMin    = 200 * time.Millisecond
	retryWaitMax    = 10 * time.Second
	defaultServer   = "http://127.0.0.1:8080"
	problemBytesMax = 500
)

// serverFlags name a running server and who asks.
type serverFlags struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The running server. Default: http://127.0.0.1:8080"`
	Token  string `required:"" placeholder:"SECRET" help:"API token; as FLOWWATCH_TOKEN other users of the machine cannot read it."`
	trustFlags
}

// client prepares a client of the server.
func (f *serverFlags) client(log *slog.Logger) (*client, error) {
	trust, err := f.config("")
	if err != nil {
		return nil, err
	}
	return newClient(f.Server, f.Token, trust, log)
}

// client talks to a running server as one API token. It is safe for concurrent use.
type client struct {
	base  string
	token string
	http  *http.Client
	log   *slog.Logger

	answered atomic.Bool // the server has answered at least once
}

// newClient prepares a client, which believes servers of https as trust says; nothing is sent yet.
func newClient(server, token string, trust *tls.Config, log *slog.Logger) (*client, error) {
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, usageError(fmt.Sprintf("--server %s is not an address such as %s", server, defaultServer))
	}
	return &client{
		base: strings.TrimSuffix(u.String(), "/"), token: token, log: log,
		http: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: requestTimeMax, TLSClientConfig: trust}},
	}, nil
}

// answerError is an answer that is not what was asked for.
type answerError struct {
	status     int
	retryAfter time.Duration // 0: the server did not say
	code       string
	detail     string
	body       []byte
}

// Error says it as the server did.
func (e *answerError) Error() string {
	switch e.status {
	case http.StatusUnauthorized:
		return "the server does not know the token"
	case http.StatusForbidden:
		return "the token has not the right to do this"
	}
	text := fmt.Sprintf("the server answered %d", e.status)
	if e.code != "" {
		text += " " + e.code
	}
	if e.detail != "" {
		text += ": " + e.detail
	}
	return text
}

// reason is what a server that is not ready says about itself, or else the usual words.
func (e *answerError) reason() string {
	var health api.Health
	if json.Unmarshal(e.body, &health) == nil && health.Reason != "" {
		return health.Reason
	}
	return e.Error()
}

// do sends one request and returns the answer, whose body the caller closes. Any status but 2xx is an answerError.
func (c *client) do(ctx context.Context, method, path, media string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	request.Header.Set("Accept-Language", "en")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		request.Header.Set("Content-Type", media)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	c.answered.Store(true)
	if answer.StatusCode >= http.StatusOK && answer.StatusCode < http.StatusMultipleChoices {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, readAnswerError(answer)
}

// unreachable says why there was no answer.
func (c *client) unreachable(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("no server answers at %s: %w", c.base, syscall.ECONNREFUSED)
	}
	if errors.As(err, new(x509.UnknownAuthorityError)) {
		return fmt.Errorf("the CA of the server at %s is unknown; name its file with --ca, it is at %s/ca.crt: %w", c.base, c.base, err)
	}
	return fmt.Errorf("ask the server: %w", err)
}

func readAnswerError(answer *http.Response) *answerError {
	e := &answerError{status: answer.StatusCode}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		e.retryAfter = time.Duration(seconds) * time.Second
	}
	e.body, _ = io.ReadAll(io.LimitReader(answer.Body, answerBytesMax)) // what came is enough to say why
	var problem api.Problem
	if json.Unmarshal(e.body, &problem) == nil {
		e.code, e.detail = problem.Code, problem.Detail
	} else {
		e.detail = strings.TrimSpace(string(e.body[:min(len(e.body), problemBytesMax)]))
	}
	return e
}

// call sends in as JSON, if it is not nil, and reads the answer into out, if that is not nil.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			panic(fmt.Sprintf("BUG: %T is no JSON: %v", in, err))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeMax)
	defer cancel()
	answer, err := c.do(ctx, method, path, jsonMedia, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, answerBytesMax)).Decode(out); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, nil, out)
}

func (c *client) put(ctx context.Context, path string, in any) error {
	return c.call(ctx, http.MethodPut, path, in, nil)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, in, out)
}

// sendEvents sends one body of events until the server has answered for it. A full queue, a full disk and a server that is gone for a
// moment are waited for, one that was never there is not; repeating is harmless, because an event counts once. A receipt of which
// nothing was accepted is no error.
func (c *client) sendEvents(ctx context.Context, body []byte, media string) (api.IngestReceipt, error) {
	began, wait, waiting := time.Now(), retryWaitMin, false
	for {
		receipt, err := c.sendOnce(ctx, body, media)
		pause, again := c.retryPause(err, wait)
		if !again || ctx.Err() != nil || time.Since(began)+pause > patienceMax {
			return receipt, err
		}
		if !waiting {
			c.log.Info("the server asks to wait", "why", err.Error())
			waiting = true
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return receipt, fmt.Errorf("stopped while waiting for the server: %w", ctx.Err())
		}
		wait = min(2*wait, retryWaitMax)
	}
}

// retryPause says whether a request is worth repeating, and after how long.
func (c *client) retryPause(err error, usual time.Duration) (time.Duration, bool) {
	var answer *answerError
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &answer):
		later := answer.status == http.StatusTooManyRequests || answer.status == http.StatusServiceUnavailable
		if answer.retryAfter > 0 {
			usual = answer.retryAfter
		}
		return usual, later
	case errors.Is(err, context.Canceled):
		return 0, false
	}
	return usual, c.answered.Load() // the network
}

func (c *client) sendOnce(ctx context.Context, body []byte, media string) (api.IngestReceipt, error) {
	var receipt api.IngestReceipt
	ctx, cancel := context.WithTimeout(ctx, requestTimeMax)
	defer cancel()
	answer, err := c.do(ctx, http.MethodPost, eventsPath, media, body)
	refused := new(answerError)
	if errors.As(err, &refused) && refused.status == http.StatusUnprocessableEntity &&
		json.Unmarshal(refused.body, &receipt) == nil && len(receipt.Rejected) > 0 {
		return receipt, nil
	}
	if err != nil {
		return receipt, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(io.LimitReader(answer.Body, answerBytesMax)).Decode(&receipt); err != nil {
		return receipt, fmt.Errorf("read the server's answer: %w", err)
	}
	return receipt, nil
}
