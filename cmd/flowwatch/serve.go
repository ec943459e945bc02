package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"flowwatch/api"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/resource"
	"flowwatch/kv"
	"flowwatch/tsdb"
	"flowwatch/ui"
)

const (
	drainTimeMax   = 8 * time.Second // of the 10 s in which a stopped server has to be gone
	rateLimitUsual = 500             // reads a second for a token; the API knows this limit and none
	bootstrapEnv   = "FLOWWATCH_BOOTSTRAP_TOKEN"
)

// serveCommand runs the appliance until a signal.
type serveCommand struct {
	Data directory `default:"./flowwatch-data" help:"The data directory; made if it is missing."`
	doorFlags
	backupFlags
	Deadlines rulesFile `placeholder:"FILE" help:"Deadline rules and holidays; default: those that come with the product."`
}

// Help is shown below the flags of serve.
func (serveCommand) Help() string {
	return "With " + bootstrapEnv + " set, the first start on a directory also makes an API token with that secret."
}

// Run serves.
func (c *serveCommand) Run(p *program) error {
	book, err := c.Deadlines.read()
	if err != nil {
		return err
	}
	backups, err := c.schedule(c.Data)
	if err != nil {
		return err
	}
	a, err := openAppliance(p, c.Data, c.doorFlags, engine.Options{Book: book, Backups: backups}, c.listen)
	if err != nil {
		return err
	}
	return a.run(func(context.Context) error { return a.greet() })
}

// doorFlags say how the appliance meets the network, and what it measures of the machine.
type doorFlags struct {
	Listen         string   `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to listen at."`
	InsecureLAN    bool     `name:"insecure-lan" help:"Allow an address that other machines reach, without TLS."`
	RateLimit      int      `default:"500" help:"Reads a second for a token; 0: no limits of reads, handshakes and sockets."`
	MetricsPublic  bool     `help:"Answer /metrics and /openapi.json without a token."`
	AllowedOrigins []string `sep:"," placeholder:"ORIGIN" help:"Origins of foreign pages that may use the API in a browser."`
	KeyFile        string   `placeholder:"FILE" help:"The key that seals stored secrets, made at first need; default: flowwatch.key in the data directory."`
	WebhookAllow   []string `sep:"," placeholder:"CIDR|HOST" help:"Private networks and hosts that webhooks may be sent to and metrics be read from; default: none."`
	WatchProcess   string   `placeholder:"PID|NAME" help:"Measure the CPU and memory of an engine's process on this machine."`
	tlsFlags
	heartbeatFlags
}

// check refuses what would open more than the operator said.
func (f *doorFlags) check() error {
	if f.RateLimit != 0 && f.RateLimit != rateLimitUsual {
		return usageError(fmt.Sprintf("--rate-limit is %d, or 0 for none", rateLimitUsual))
	}
	host, _, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return usageError(fmt.Sprintf("--listen %s is not an address such as 127.0.0.1:8080", f.Listen))
	}
	if _, err := resource.ParseTarget(f.WatchProcess); f.WatchProcess != "" && err != nil {
		return usageError(fmt.Sprintf("--watch-process: %v", err))
	}
	if _, err := channel.ParseAllow(f.WebhookAllow); err != nil {
		return usageError(fmt.Sprintf("--webhook-allow: %v", err))
	}
	if err := errors.Join(f.tlsFlags.check(), f.heartbeatFlags.check()); err != nil {
		return err
	}
	if ip := net.ParseIP(host); !f.InsecureLAN && !f.on() && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError(fmt.Sprintf("--listen %s is reached by other machines, and there is no TLS: add --tls auto, or --insecure-lan if that is meant", f.Listen))
	}
	return nil
}

// listen takes the address, or says why it cannot be had.
func (f *doorFlags) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", f.Listen)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is taken by another program; choose another with --listen", f.Listen)
	}
	return nil, fmt.Errorf("cannot listen at %s: %w", f.Listen, err)
}

// appliance is the running product: what it is made of, in the order of opening.
type appliance struct {
	program  *program
	data     directory
	db       *kv.DB
	series   *tsdb.DB
	door     doorFlags
	listener net.Listener
	lock     lock
	engine   *engine.Engine
	server   *api.Server
}

// openAppliance opens database, address, series, engine and API in this order: what is busy is found before anything is changed. Of the engine's
// options it fills in what the appliance is made of. After an error nothing stays open.
func openAppliance(p *program, data directory, f doorFlags, o engine.Options, listen func() (net.Listener, error)) (_ *appliance, err error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	a := &appliance{program: p, data: data, door: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.db, err = data.open(); err != nil {
		return nil, err
	}
	if a.listener, err = listen(); err != nil {
		return nil, err
	}
	if a.lock, err = f.open(data, p.log); err != nil {
		return nil, err
	}
	if a.series, err = tsdb.Open(a.db, tsdb.Options{Segments: data.segments()}); err != nil {
		return nil, data.explain(err)
	}
	o.DB, o.Series, o.Logger, o.WatchProcess, o.Version, o.ErasedList = a.db, a.series, p.log, f.WatchProcess, version, data.erasedList()
	o.KeyFile, o.WebhookAllow, o.Address, o.Unheard = f.KeyFile, f.WebhookAllow, a.url, api.UnheardRuns()
	if a.engine, err = engine.Open(o); err != nil {
		return nil, data.explain(err)
	}
	a.series.Start(p.log)
	if err = a.bootstrap(os.Getenv(bootstrapEnv)); err != nil {
		return nil, err
	}
	a.server, err = api.New(api.Options{
		Engine: a.engine, Logger: p.log, UI: ui.Dist(), Version: version, AllowedOrigins: f.AllowedOrigins,
		RateLimit: f.RateLimit != 0, MetricsPublic: f.MetricsPublic, LinkFromAnywhere: f.InsecureLAN || f.on(),
		Authority: a.lock.authority(), Logs: p.records,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// run serves until the program's context ends, or serving itself. work runs beside it, and its context ends before the server
// stops answering; an error of it ends the appliance too.
func (a *appliance) run(work func(ctx context.Context) error) (err error) {
	ctx, cancel := context.WithCancelCause(a.program.ctx)
	defer cancel(nil)
	var watching sync.WaitGroup
	a.lock.watch(ctx, &watching)
	served, worked := make(chan error, 1), make(chan error, 1)
	go func() {
		err := a.server.Serve(a.lock.on(a.listener))
		cancel(err)
		served <- err
	}()
	a.program.log.Info("serving", "address", a.listener.Addr().String(), "scheme", a.door.scheme(), "data", string(a.data), "version", version)
	go debug.FreeOSMemory() // what reading the store and the embedded page took is not needed again
	go func() {
		err := work(ctx)
		if err != nil {
			cancel(err)
		}
		worked <- err
	}()
	watching.Go(func() { a.notify(ctx) })
	if a.door.Heartbeat != "" {
		beat := newHeartbeat(a.door.Heartbeat, a.engine.Alive, a.engine.NoteHeartbeat, a.program.log)
		a.engine.NoteWatch(beat.host, a.door.Every)
		watching.Go(func() { beat.run(ctx, a.door.Every) })
	}
	<-ctx.Done()
	a.program.log.Info("stopping")
	watching.Wait()
	err = <-worked
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	drain, done := context.WithTimeout(context.Background(), drainTimeMax)
	defer done()
	shutdown := a.server.Shutdown(drain)
	if shutdown != nil {
		a.program.log.Warn("some connections did not end in time", "err", shutdown)
	} else {
		err = errors.Join(err, <-served)
	}
	if err = errors.Join(err, a.close()); err == nil {
		a.program.log.Info("stopped")
	}
	return err
}

// close closes what is open, in reverse.
func (a *appliance) close() (err error) {
	if a.engine != nil {
		err = a.engine.Close()
	}
	if a.listener != nil {
		_ = a.listener.Close() // the server has closed it already when it served
	}
	if a.series != nil {
		err = errors.Join(err, a.series.Close())
	}
	if a.db != nil {
		err = errors.Join(err, a.db.Close())
	}
	return err
}

// bootstrap notes the first start and makes the token that an unattended installation asked for.
func (a *appliance) bootstrap(secret string) error {
	made, err := a.engine.Access().Bootstrap(secret)
	if err != nil {
		return fmt.Errorf("%s: %w", bootstrapEnv, err)
	}
	switch made {
	case access.BootstrapMade:
		a.program.log.Info("the bootstrap token was made")
	case access.BootstrapIgnored:
		a.program.log.Warn("the bootstrap token was ignored: it counts at the first start on a directory only", "env", bootstrapEnv)
	case access.BootstrapNone, access.BootstrapKept:
	}
	return nil
}

// greet prints how to begin: the one-time set-up link as long as there is no administrator, then the plain address.
func (a *appliance) greet() error {
	if err := a.introduce(); err != nil {
		return err
	}
	store := a.engine.Access()
	if store.SetupOpen() {
		return a.program.print("Set up Flowwatch, once, within 30 minutes: %s/setup#key=%s\n", a.url(), store.NewSetupKey())
	}
	return a.program.print("Sign in to Flowwatch: %s/login\n", a.url())
}

// url is where a browser on this machine finds the server.
func (a *appliance) url() string { return localURL(a.door.scheme(), a.listener.Addr().String()) }

// localURL is the address as this machine reaches it: one that means all interfaces becomes localhost.
func localURL(scheme, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + "://" + address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
