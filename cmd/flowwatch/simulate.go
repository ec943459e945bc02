package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"flowwatch/cmd/flowwatch/office"
)

// simulateCommand sends an invented office's events to a running server.
type simulateCommand struct {
	Rate     float64       `default:"50" placeholder:"N" help:"Events a second."`
	Duration time.Duration `default:"1m" placeholder:"D" help:"How long, such as 90s or 2h; 0: until a signal."`
	serverFlags
}

// Run plays, then ends what it has left open.
func (c *simulateCommand) Run(p *program) error {
	if !(c.Rate > 0 && c.Rate <= simulateRateMax) {
		return usageError(fmt.Sprintf("--rate is from above 0 to %d events a second", simulateRateMax))
	}
	if c.Duration < 0 {
		return usageError("--duration cannot be negative")
	}
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	player := &player{client: client, office: office.New(rand.Uint64(), 1)}
	if err := player.declare(p.ctx); err != nil {
		return err
	}
	err = c.play(p, player)
	end, done := context.WithTimeout(context.WithoutCancel(p.ctx), simulateGoodbyeMax)
	defer done()
	if err = errors.Join(err, player.leave(end)); err != nil {
		return err
	}
	return p.print("%s of %s sent\n", counted(player.sent, "event"), counted(player.opened, "execution"))
}

const (
	simulateRateMax    = 200_000
	simulateGoodbyeMax = 20 * time.Second // to end what the office has open
)

// play sends events until the time is over or a signal comes.
func (c *simulateCommand) play(p *program, player *player) error {
	ctx := p.ctx
	if c.Duration > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, c.Duration)
		defer done()
	}
	bar, began := p.progress("simulating"), time.Now()
	defer bar.end()
	return player.playAt(ctx, c.Rate, func(sent int) {
		bar.at(int64(time.Since(began)), int64(c.Duration), counted(sent, "event"))
	})
}
