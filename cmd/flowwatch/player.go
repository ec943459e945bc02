package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"flowwatch/api"
	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/office"
)

const (
	playEvery     = 100 * time.Millisecond
	officeTag     = office.Tag
	activeMax     = 100_000 // executions that the office has open at a time
	activePageMax = 100
	tidyPagesMax  = 1000
)

// player sends what an office does to a server, when it happens. Not safe for concurrent use.
type player struct {
	client *client
	office *office.Office
	opened int
	sent   int
	taken  []ingest.Event // from the office, while no server has answered for them

	heldUntil time.Time // when the closing begins that waits in the queue
}

// declare tells the server which workflows the office has.
func (p *player) declare(ctx context.Context) error {
	for _, w := range office.Workflows() {
		steps := make([]api.DeclaredStep, len(w.Steps))
		for i, s := range w.Steps {
			steps[i] = api.DeclaredStep(s)
		}
		declaration := api.WorkflowDeclaration{
			Name: w.Name, Version: office.Version, State: "active", Tags: []string{officeTag}, Steps: steps,
			ExpectedDurationMs: w.Expected.Milliseconds(),
		}
		if err := p.client.put(ctx, "/api/ingest/workflows/"+w.ID, declaration); err != nil {
			return fmt.Errorf("declare %s: %w", w.ID, err)
		}
	}
	return nil
}

// tidy ends what an earlier office, whose process is gone, has left open.
func (p *player) tidy(ctx context.Context) error {
	cursor := ""
	for range tidyPagesMax {
		var page struct {
			Items []struct {
				ExecutionID, WorkflowID string
				Tags                    []string
			}
			NextCursor string
		}
		query := url.Values{"limit": {strconv.Itoa(activePageMax)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := p.client.get(ctx, "/api/monitoring/executions/active?"+query.Encode(), &page); err != nil {
			return fmt.Errorf("look for what an earlier office left open: %w", err)
		}
		var ends []ingest.Event
		for _, x := range page.Items {
			if slices.Contains(x.Tags, officeTag) {
				ends = append(ends, office.Abandoned(x.ExecutionID, x.WorkflowID, time.Now()))
			}
		}
		if err := p.send(ctx, ends); err != nil {
			return err
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
	return nil
}

// newest is when the execution that began last did; the zero time if there is none.
func (p *player) newest(ctx context.Context) (time.Time, error) {
	var page struct {
		Items []struct{ StartedAt, QueuedAt *time.Time }
	}
	if err := p.client.get(ctx, "/api/monitoring/executions?limit=1&counts=false", &page); err != nil {
		return time.Time{}, fmt.Errorf("look for what an earlier office has left: %w", err)
	}
	for _, x := range page.Items {
		for _, at := range []*time.Time{x.StartedAt, x.QueuedAt} {
			if at != nil {
				return *at, nil
			}
		}
	}
	return time.Time{}, nil
}

// remember plays the past: quiet days from the first time on, then as busy as now. What is open at the end goes on.
func (p *player) remember(ctx context.Context, from, busyFrom, now time.Time) error {
	for at := p.office.NextQuiet(from); at.Before(busyFrom); at = p.office.NextQuiet(at) {
		p.open(at)
	}
	for at := busyFrom; at.Before(now); at = p.office.Next(at, demoRunEvery) {
		p.open(at)
	}
	p.hold(now)
	return p.sendDue(ctx, now)
}

// play sends what happens from now on, until ctx ends, which is no error.
func (p *player) play(ctx context.Context) error {
	ticker := time.NewTicker(playEvery)
	defer ticker.Stop()
	measured := time.Time{}
	next := p.office.Next(time.Now(), demoRunEvery)
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			for ; next.Before(now); next = p.office.Next(next, demoRunEvery) {
				p.open(next)
			}
			p.hold(now)
			if err := p.sendDue(ctx, now); err != nil {
				return orEnded(ctx, err)
			}
			if now.Sub(measured) < office.MeasureEvery {
				continue
			}
			measured = now
			err := errors.Join(p.measure(ctx), p.obey(ctx))
			if _, later := p.client.retryPause(err, 0); err != nil && !later {
				return orEnded(ctx, err)
			}
		}
	}
}

// measure sends what the engine measures of itself.
func (p *player) measure(ctx context.Context) error {
	if err := p.client.post(ctx, "/api/ingest/samples", p.office.Measure(), nil); err != nil {
		return fmt.Errorf("send the engine's samples: %w", err)
	}
	return nil
}

// obey acknowledges what the server asks of the engine.
func (p *player) obey(ctx context.Context) error {
	var page api.CommandPage
	if err := p.client.get(ctx, "/api/ingest/commands?limit="+strconv.Itoa(activePageMax), &page); err != nil {
		return fmt.Errorf("ask for commands: %w", err)
	}
	for i := range page.Items {
		err := p.client.post(ctx, "/api/ingest/commands/"+page.Items[i].ID+"/acknowledge", api.CommandAnswer{}, nil)
		if refused := new(answerError); err != nil && !errors.As(err, &refused) { // another wish may have taken its place
			return fmt.Errorf("acknowledge a command: %w", err)
		}
	}
	return nil
}

// playAt sends about rate events a second until ctx ends: it opens executions whenever fewer have been sent than are owed.
func (p *player) playAt(ctx context.Context, rate float64, report func(sent int)) error {
	ticker := time.NewTicker(playEvery)
	defer ticker.Stop()
	began, before := time.Now(), p.sent
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			owed := int(rate * now.Sub(began).Seconds())
			if err := p.sendDue(ctx, now); err != nil {
				return orEnded(ctx, err)
			}
			for missing := owed - (p.sent - before); missing > 0 && p.office.Active() < activeMax; missing-- {
				p.open(now)
			}
			if err := p.sendDue(ctx, now); err != nil {
				return orEnded(ctx, err)
			}
			report(p.sent - before)
		}
	}
}

// orEnded is nil when the error only says that ctx has ended.
func orEnded(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// leave ends whatever is open, so that nothing seems to run for ever. What a signal interrupted is sent again: it counts once.
func (p *player) leave(ctx context.Context) error {
	return p.send(ctx, append(p.taken, p.office.Leave(time.Now())...))
}

func (p *player) open(at time.Time) {
	p.office.Open(at)
	p.opened++
}

func (p *player) sendDue(ctx context.Context, now time.Time) error {
	for {
		p.taken = p.office.Take(now, batchEventsMax)
		if len(p.taken) == 0 {
			return nil
		}
		if err := p.send(ctx, p.taken); err != nil {
			return err
		}
	}
}

// send sends events in batches; the server must take them all.
func (p *player) send(ctx context.Context, events []ingest.Event) error {
	for batch := range slices.Chunk(events, batchEventsMax) {
		body, err := json.Marshal(batch)
		if err != nil {
			panic("BUG: an event of the office is no JSON: " + err.Error())
		}
		receipt, err := p.client.sendEvents(ctx, body, jsonMedia)
		if err != nil {
			return err
		}
		if len(receipt.Rejected) > 0 {
			return errors.New("the server refused the office's event: " + receipt.Rejected[0].Message)
		}
		p.sent += len(batch)
	}
	return nil
}
