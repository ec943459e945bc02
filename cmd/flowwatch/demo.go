package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"flowwatch/cmd/flowwatch/office"
	"flowwatch/engine"
	"flowwatch/engine/access"
)

const (
	demoPortsTried   = 50
	demoHistory      = 48 * time.Hour
	demoBusy         = 25 * time.Minute // before now, the office has been as busy as it is now
	demoLeast        = 3 * time.Minute
	demoRunEvery     = 4 * time.Second
	demoGoodbyeMax   = 2 * time.Second // to end what the office has open; the server still has to stop
	demoTokenName    = "demo office"
	demoDirectoryFor = "flowwatch-demo-*"
)

// demoCommand is serve with an office at work. Its --data has a twin of its own in the environment: the demo must not play on the
// directory that FLOWWATCH_DATA means for serve.
type demoCommand struct {
	Data directory  `env:"FLOWWATCH_DEMO_DATA" placeholder:"DIR" help:"Keep the demo's data here; default: a temporary directory."`
	Mail mailServer `placeholder:"HOST:PORT" help:"Send the demo's alerts by mail too, to this server, without TLS."`
	doorFlags
}

// Run serves and plays.
func (c *demoCommand) Run(p *program) error {
	data := c.Data
	if data == "" {
		made, err := os.MkdirTemp("", demoDirectoryFor)
		if err != nil {
			return fmt.Errorf("make a temporary data directory: %w", err)
		}
		defer func() { _ = os.RemoveAll(made) }() // the system cleans its temporary folder too
		data = directory(made)
	}
	if err := c.Mail.check(); err != nil {
		return err
	}
	a, err := openAppliance(p, data, c.doorFlags, engine.Options{}, func() (net.Listener, error) { return c.listenNear(p) })
	if err != nil {
		return err
	}
	return a.run(func(ctx context.Context) error { return a.playOffice(ctx, c.Mail) })
}

// listenNear takes the address, or the next free port when it is busy.
func (c *demoCommand) listenNear(p *program) (net.Listener, error) {
	listener, err := c.listen()
	if err == nil {
		return listener, nil
	}
	host, text, _ := net.SplitHostPort(c.Listen) // doorFlags.check has read it
	port, notNumber := strconv.Atoi(text)
	if notNumber != nil {
		return nil, err
	}
	for next := port + 1; next <= min(port+demoPortsTried, 1<<16-1); next++ {
		address := net.JoinHostPort(host, strconv.Itoa(next))
		listener, failed := net.Listen("tcp", address)
		if failed == nil {
			p.log.Info("the address is taken, the demo has the next free port", "taken", c.Listen, "address", address)
			return listener, nil
		}
		if !errors.Is(failed, syscall.EADDRINUSE) {
			break
		}
	}
	return nil, err
}

// playOffice sends an office's past and then its present through the ingest route of the running server, as engines would, and
// prints the link when there is something to see.
func (a *appliance) playOffice(ctx context.Context, mail mailServer) error {
	store := a.engine.Access()
	organization := store.Organizations()[0] // "default", made when the database was
	secret, err := a.demoToken(organization.ID)
	if err != nil {
		return err
	}
	trust, err := a.door.own(a.data)
	if err != nil {
		return err
	}
	c, err := newClient(a.url(), secret, trust, a.program.log)
	if err != nil {
		return err
	}
	player := &player{client: c, office: office.New(rand.Uint64(), 1)}
	if err := player.declare(ctx); err != nil {
		return err
	}
	if err := player.tidy(ctx); err != nil {
		return err
	}
	newest, err := player.newest(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	from, busyFrom := past(newest, now)
	if err := player.remember(ctx, from, busyFrom, now); err != nil {
		return err
	}
	if err := a.playDeadline(ctx, organization.ID); err != nil {
		return err
	}
	if err := a.playAlerts(organization.ID, mail); err != nil {
		return err
	}
	if err := a.printLink(organization); err != nil {
		return err
	}
	a.program.log.Info("an office is at work", "executions", player.opened, "active", player.office.Active())
	err = player.play(ctx)
	end, done := context.WithTimeout(context.WithoutCancel(ctx), demoGoodbyeMax)
	defer done()
	if late := player.leave(end); late != nil {
		a.program.log.Warn("the office has left executions open, which the next demo here ends", "err", late)
	}
	return err
}

// printLink prints the address with which a browser signs in once, as an administrator: a demo asks nobody to set up anything.
func (a *appliance) printLink(o access.Organization) error {
	key, err := a.engine.Access().NewLink(access.LinkOptions{
		Name: "sign-in link", OneTime: true, OrganizationID: o.ID,
		Roles: []access.Role{access.ApplianceAdmin, access.OrgAdmin, access.WorkflowAdmin},
	})
	if err != nil {
		return fmt.Errorf("make a sign-in link: %w", err)
	}
	return a.program.print("Sign in to %s, once, within 30 minutes: %s/login#key=%s\n", o.Name, a.url(), key)
}

// past says from when on an office is played, and from when on it is as busy as now. What an earlier demo on the directory has left
// is not played again, but for the last moments: something has to be under way when the page opens.
func past(newest, now time.Time) (from, busyFrom time.Time) {
	from, busyFrom = now.Add(-demoHistory), now.Add(-demoBusy)
	if newest.After(from) {
		from = newest
	}
	if newest.After(busyFrom) {
		busyFrom = newest
	}
	if latest := now.Add(-demoLeast); busyFrom.After(latest) {
		from, busyFrom = latest, latest
	}
	return from, busyFrom
}

// demoToken makes the office's token anew: the one of an earlier demo on this directory is revoked.
func (a *appliance) demoToken(organizationID string) (string, error) {
	store := a.engine.Access()
	for _, t := range store.Tokens(organizationID) {
		if t.Name == demoTokenName {
			if err := store.RevokeToken(commandLine(), organizationID, t.ID); err != nil {
				return "", fmt.Errorf("revoke the token of an earlier demo: %w", err)
			}
		}
	}
	_, secret, err := store.CreateToken(commandLine(), access.TokenInput{
		Name: demoTokenName, OrganizationID: organizationID, Roles: []access.Role{access.Integration, access.Viewer},
	})
	if err != nil {
		return "", fmt.Errorf("make the office's token: %w", err)
	}
	return secret, nil
}
