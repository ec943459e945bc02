// Package api is the door to the engine: REST, WebSocket, Server-Sent Events
// and the page. It translates and refuses; it decides nothing. routes.go is
// the one table of routes, errors.go the one table from fault to status. It is
// the only importer of Fiber.
//
// Fiber's strings and the request's body live as long as the handler: what
// outlives it is copied where it is read.
package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

	"flowwatch/api/ingest"
	"flowwatch/api/logbook"
	"flowwatch/api/receiver"
	"flowwatch/engine"
)

// chunked is fasthttp's content length of a body in chunks.
const chunked = -1

// Options configure a Server. Engine is required.
type Options struct {
	Engine         *engine.Engine
	Logger         *slog.Logger // nil: slog.Default()
	UI             fs.FS        // the built page, read once; nil or without index.html: none
	Version        string       // of the program, told by /api/monitoring/meta
	AllowedOrigins []string     // of browsers, besides the server's own
	RateLimit      bool         // false: no limits on requests, handshakes and sockets
	MetricsPublic  bool         // /metrics and /openapi.json answer without a token
	// Logs are the latest records of the log that Logger writes; nil: none.
	Logs *logbook.Ring
	// Authority gives the certificate of the appliance's own CA in PEM, for
	// computers to install; nil: there is none, and no /ca.crt.
	Authority func() []byte
	// LinkFromAnywhere lets a one-time link be opened in a browser on another
	// machine. Otherwise only loopback may.
	LinkFromAnywhere bool

	times liveTimes // of live connections; tests shorten them
}

// Server serves one engine. Its methods are safe for concurrent use.
type Server struct {
	engine   *engine.Engine
	log      *slog.Logger
	options  Options
	app      *fiber.App
	routes   []route
	codec    *ingest.Codec
	inflater *ingest.Inflater
	rates    *rates
	guesses  *rates // of links in messages, by address
	reads    *rates // of feeds, by key
	repeats  *repeats
	began    time.Time
	live     *live
	io       *ioSessions
	upgrade  fiber.Handler
	metrics  *httpMetrics
	page     *page
	document []byte // openapi.json

	receivers receiver.Book

	backups  sync.WaitGroup
	backupOn atomic.Bool

	exports      sync.WaitGroup  // files of the audit that are being written
	auditExports atomic.Int32    // how many
	working      context.Context // of requests; over when the server stops
	stopWork     context.CancelFunc
	remoteWrites chan struct{} // that are being read
	telemetry    chan struct{} // requests of OpenTelemetry that are being read
	bodies       bodyRoom
	smallBodies  sync.Pool // of *[]byte, for bodies that are being received

	mu       sync.Mutex // guards the rest
	listener net.Listener
	stopped  bool
}

// New prepares a server; Serve starts it.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Server{
		engine: o.Engine, log: o.Logger, options: o, codec: ingest.NewCodec(), bodies: bodyRoom{each: map[string]int{}}, remoteWrites: make(chan struct{}, protobufAtOnce),
		telemetry: make(chan struct{}, protobufAtOnce),
		rates:     newRates(requestsPerSecond, requestsBurst), guesses: newRates(rate.Every(time.Minute/guessesPerMinute), guessesPerMinute),
		reads: newRates(rate.Every(time.Minute/feedsPerMinute), feedsBurst), repeats: newRepeats(o.Engine.Now), metrics: newHTTPMetrics(),
	}
	s.began = o.Engine.Now()
	s.working, s.stopWork = context.WithCancel(context.Background())
	var err error
	if s.inflater, err = ingest.NewInflater(); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	if s.page, err = newPage(o.UI); err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	s.live = newLive(o.Engine, o.times, o.RateLimit)
	s.metrics.set.NewGauge("flowwatch_live_connections", func() float64 { return float64(s.live.count()) })
	if s.live.max < liveMax {
		s.log.Warn("the limit of open files bounds live connections", "connections", s.live.max)
	}
	s.io, s.upgrade = newIOSessions(), newUpgrade()
	s.routes = routes()
	s.document = openAPI(s.routes, o.Version)
	s.app = fiber.New(fiber.Config{
		AppName: "flowwatch", DisableStartupMessage: true, CaseSensitive: true,
		ReadBufferSize: headerBytesMax, BodyLimit: bodyBytesIngestMax, StreamRequestBody: true, Concurrency: connectionsMax,
		ReadTimeout: headerReadTimeout, IdleTimeout: idleTimeout,
		DisablePreParseMultipartForm: true, ErrorHandler: s.failed,
	})
	s.register()
	fasthttp.SetBodySizePoolLimit(bodyBytesPooledMax, -1)
	server := s.app.Server()
	server.HeaderReceived = s.headerReceived
	answerBroken := server.ErrorHandler
	server.ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		drainBroken(ctx.Conn(), err)
		answerBroken(ctx, err)
	}
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if !knownMethod(ctx) {
			s.refuse(ctx, errMethodNotAllowed)
			return
		}
		free, err := s.receive(ctx)
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		defer free()
		handle(ctx)
	}
	return s, nil
}

// refuse answers a request that does not get to its handler.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, err error) {
	c := s.app.AcquireCtx(ctx)
	defer s.app.ReleaseCtx(c)
	_ = s.notReceived(c, err) // it always answers
}

// knownMethod keeps from Fiber what it would answer in plain text.
func knownMethod(ctx *fasthttp.RequestCtx) bool {
	method := string(ctx.Method())
	for _, known := range fiber.DefaultMethods {
		if known == method {
			return true
		}
	}
	return false
}

// Serve answers requests on ln until Shutdown, which makes it return nil.
func (s *Server) Serve(ln net.Listener) error {
	s.mu.Lock()
	s.listener = ln
	stopped := s.stopped
	s.mu.Unlock()
	if stopped {
		return s.closeListener()
	}
	if err := s.app.Listener(ln); err != nil {
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	}
	return nil
}

// Shutdown tells live connections to come back later, stops listening, and
// waits for requests in progress as long as ctx allows.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.drainSockets(ctx)
	s.stopWork()
	if err := s.app.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := s.closeListener(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		s.backups.Wait()
		s.exports.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("shut down: a backup is still being read: %w", ctx.Err())
	}
}

// closeListener closes what Serve listens on, which Fiber does not know yet
// when Shutdown comes early.
func (s *Server) closeListener() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop listening: %w", err)
	}
	return nil
}

// headerReceived bounds how long a request may still be sent and how long its
// answer may take, by where it goes.
func (s *Server) headerReceived(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path := strings.TrimSuffix(pathOf(h), "/")
	config := fasthttp.RequestConfig{ReadTimeout: bodyReadTimeout, WriteTimeout: answerWriteTimeout}
	for i := range s.routes {
		if r := &s.routes[i]; r.endless && r.path == path {
			config.WriteTimeout = 0
		}
	}
	return config
}
