package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"flowwatch/kv"
)

// What systemd hands to a service, sd_notify(3) and sd_watchdog_enabled(3).
const (
	notifyEnv      = "NOTIFY_SOCKET"
	watchdogEnv    = "WATCHDOG_USEC"
	watchdogPIDEnv = "WATCHDOG_PID"
)

const (
	notifyTimeMax  = time.Second
	readyPoll      = 50 * time.Millisecond
	watchdogLeast  = 100 * time.Millisecond
	watchdogParts  = 3 // of the time that systemd waits: two looks may fail before it acts
	readyStatus    = "READY=1"
	stoppingStatus = "STOPPING=1"
	watchdogStatus = "WATCHDOG=1"
)

// notifier tells systemd how the service is. The zero notifier tells nobody.
type notifier struct {
	socket   string
	watchdog time.Duration // how long systemd waits for a sign of life; 0: it does not
}

// newNotifier reads the environment. What is not for this process, or no number, is left out.
func newNotifier() notifier {
	n := notifier{socket: os.Getenv(notifyEnv)}
	if n.socket == "" || n.socket[0] != '/' && n.socket[0] != '@' {
		return notifier{}
	}
	if pid := os.Getenv(watchdogPIDEnv); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return n
	}
	if us, err := strconv.ParseInt(os.Getenv(watchdogEnv), 10, 64); err == nil && us > 0 {
		n.watchdog = max(time.Duration(us)*time.Microsecond, watchdogLeast)
	}
	return n
}

// send sends one state.
func (n notifier) send(state string) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer func() { _ = conn.Close() }() // a datagram has left or not
	if err = conn.SetWriteDeadline(time.Now().Add(notifyTimeMax)); err == nil {
		_, err = conn.Write([]byte(state))
	}
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// notify tells systemd that the appliance answers, then that it works, until ctx ends.
func (a *appliance) notify(ctx context.Context) {
	n := newNotifier()
	if n.socket == "" {
		return
	}
	tell := func(state string) {
		if err := n.send(state); err != nil {
			a.program.log.Warn("systemd was not told", "state", state, "err", err)
		}
	}
	defer tell(stoppingStatus)
	if !a.answers(ctx) {
		return
	}
	tell(readyStatus)
	if n.watchdog == 0 {
		<-ctx.Done()
		return
	}
	every := n.watchdog / watchdogParts
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := a.works(ctx, every); err == nil {
			tell(watchdogStatus)
		} else if ctx.Err() == nil {
			a.program.log.Error("the watchdog is not told that all is well", "err", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// works proves that the engine works. A full disk is nothing that a restart would mend: reading goes on, and so does writing once there
// is room.
func (a *appliance) works(ctx context.Context, limit time.Duration) error {
	ctx, done := context.WithTimeout(ctx, limit)
	defer done()
	if err := a.engine.Alive(ctx); err != nil && !errors.Is(err, kv.ErrFull) {
		return err
	}
	return nil
}

// answers waits until the server answers on its own address. It says nothing secret there, so that whose certificate it is does not matter.
func (a *appliance) answers(ctx context.Context) bool {
	c, err := newClient(a.url(), "", &tls.Config{InsecureSkipVerify: true}, a.program.log)
	if err != nil {
		return false
	}
	defer c.http.CloseIdleConnections()
	for {
		if err := c.get(ctx, "/healthz", nil); err == nil {
			return true
		}
		select {
		case <-time.After(readyPoll):
		case <-ctx.Done():
			return false
		}
	}
}
