package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

const (
	heartbeatEvery    = time.Minute
	heartbeatTimeMax  = 10 * time.Second
	heartbeatBytesMax = 4 << 10 // of an answer, which is only dropped
)

// heartbeatFlags name a dead man's switch: a service elsewhere that raises an alarm when it hears nothing.
type heartbeatFlags struct {
	Heartbeat string        `placeholder:"URL" help:"Ask this address every minute while all is well: a dead man's switch elsewhere notices when that ends."`
	Every     time.Duration `name:"heartbeat-every" default:"1m" hidden:"" help:"How often."`
}

// check refuses what is no address.
func (f *heartbeatFlags) check() error {
	if f.Heartbeat == "" {
		return nil
	}
	if u, err := url.Parse(f.Heartbeat); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return usageError("--heartbeat is not an address such as https://hc.example.com/ping/…")
	}
	if f.Every <= 0 {
		return usageError("--heartbeat-every must be positive")
	}
	return nil
}

// heartbeat asks the address while the appliance works. The address is a secret: who knows it can keep the alarm silent.
type heartbeat struct {
	url     string
	host    string // for the log
	healthy func(ctx context.Context) error
	failed  func(times int) // in a row; 0: it works (again)
	log     *slog.Logger
	client  *http.Client

	failures int
	ill      bool // the appliance itself was, when last looked at
}

func newHeartbeat(address string, healthy func(ctx context.Context) error, failed func(times int), log *slog.Logger) *heartbeat {
	u, err := url.Parse(address)
	if err != nil {
		panic("BUG: an unchecked address of a heartbeat")
	}
	return &heartbeat{url: address, host: u.Host, healthy: healthy, failed: failed, log: log, client: &http.Client{
		Timeout: heartbeatTimeMax, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// run beats at once and then as often as it is told, until ctx ends.
func (h *heartbeat) run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		h.beat(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// beat sends one sign of life, if there is life. What goes wrong is logged when it begins and when it has ended.
func (h *heartbeat) beat(ctx context.Context) {
	look, done := context.WithTimeout(ctx, heartbeatTimeMax)
	err := h.healthy(look)
	done()
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		if !h.ill {
			h.log.Error("no heartbeat is sent while the appliance does not work", "err", err)
		}
		h.ill = true
		return
	}
	h.ill = false
	err = h.send(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err == nil && h.failures > 0:
		h.log.Info("the heartbeat is heard again", "host", h.host, "failures", h.failures)
		h.failures = 0
	case err != nil:
		if h.failures++; h.failures == 1 {
			h.log.Warn("the heartbeat was not heard; it is tried again, without another line here", "host", h.host, "err", err)
		}
	}
	h.failed(h.failures)
}

// send asks the address once. Any answer but 2xx is an error, and so is a redirect.
func (h *heartbeat) send(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return errors.New("the address cannot be asked")
	}
	request.Header.Set("User-Agent", "flowwatch/"+version)
	answer, err := h.client.Do(request)
	if err != nil {
		if named := new(url.Error); errors.As(err, &named) {
			err = named.Err // without the address
		}
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, heartbeatBytesMax) // the status has said it all
	if answer.StatusCode < http.StatusOK || answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the answer was %d", answer.StatusCode)
	}
	return nil
}
