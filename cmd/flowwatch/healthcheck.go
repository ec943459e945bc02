package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"flowwatch/api"
)

// healthTimeMax is shorter than the 3 s that container engines usually give a probe.
const healthTimeMax = 2 * time.Second

// healthcheckCommand asks a server whether it takes events. It needs no token, and finds a server that was told its address by
// FLOWWATCH_LISTEN.
type healthcheckCommand struct {
	Listen string    `default:"127.0.0.1:8080" placeholder:"ADDR" help:"The address that the server was given."`
	Server string    `placeholder:"URL" help:"Where the server is, if not at --listen of this machine."`
	Data   directory `default:"./flowwatch-data" help:"The server's data directory, where the CA of --tls auto is."`
	tlsFlags
	trustFlags
}

// Run ends well if the server is ready.
func (c *healthcheckCommand) Run(p *program) error {
	if err := c.tlsFlags.check(); err != nil {
		return err
	}
	client, err := c.client(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, healthTimeMax)
	defer cancel()
	var health api.Health
	err = client.get(ctx, "/readyz", &health)
	answer := new(answerError)
	switch {
	case err == nil:
		return p.print("%s\n", health.Status)
	case errors.As(err, &answer) && answer.status == http.StatusServiceUnavailable:
		return fmt.Errorf("the server at %s is not ready: %s", client.base, answer.reason())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the server at %s did not answer within %s", client.base, healthTimeMax)
	}
	return err
}

// client is for --server, or else for the server of this machine, which may speak TLS by another name than that of loopback.
func (c *healthcheckCommand) client(p *program) (*client, error) {
	server, trusted := c.Server, func() (*tls.Config, error) { return c.config(c.Data) }
	if server == "" {
		server = localURL(c.scheme(), loopbackOf(c.Listen))
		if c.CA == "" {
			trusted = func() (*tls.Config, error) { return c.own(c.Data) }
		}
	}
	trust, err := trusted()
	if err != nil {
		return nil, err
	}
	return newClient(server, "", trust, p.log)
}

// loopbackOf is the address as this machine reaches it, by number: a container that holds nothing but the program cannot look names up.
func loopbackOf(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
