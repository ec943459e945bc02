package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"flowwatch/api"
)

const (
	runsLimitMax = 10_000
	pageLimitMax = 100
)

// runsCommand lists executions, newest first unless told otherwise.
type runsCommand struct {
	Query       string        `arg:"" optional:"" placeholder:"TEXT" help:"Part of an execution's id, workflow, client, tag or error."`
	Status      []string      `enum:"pending,running,waiting,completed,failed,cancelled" sep:"," placeholder:"STATUS" help:"Only those that are one of these."`
	Workflow    string        `placeholder:"ID" help:"Only of this workflow."`
	Client      string        `placeholder:"REF" help:"Only of this client of the office."`
	Tag         string        `placeholder:"TAG" help:"Only with this tag."`
	Priority    string        `enum:",HIGH,NORMAL,LOW" default:"" placeholder:"HIGH|NORMAL|LOW" help:"Only of this priority."`
	From        string        `placeholder:"WHEN" help:"Begun then or later: a time of RFC 3339, a day such as 2026-11-27, or how long ago, such as 90m or 24h."`
	To          string        `placeholder:"WHEN" help:"Begun then or earlier."`
	MinDuration time.Duration `placeholder:"D" help:"Took so long at least."`
	MaxDuration time.Duration `placeholder:"D" help:"Took so long at most."`
	Sort        string        `default:"-startedAt" enum:"startedAt,-startedAt,duration,-duration" placeholder:"ORDER" help:"startedAt, -startedAt, duration or -duration. Default: -startedAt"`
	Limit       int           `default:"20" placeholder:"N" help:"So many at most. Default: 20"`
	JSON        bool          `name:"json" help:"An execution a line, as the API has it."`
	serverFlags
}

// Run prints a table, or lines of JSON.
func (c *runsCommand) Run(p *program) error {
	query, err := c.filters(p.screen().zone, time.Now())
	if err != nil {
		return err
	}
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	items, more, err := pages(p, client, "/api/monitoring/executions", query, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.lines(items)
	}
	rows := make([][]cell, 0, len(items))
	screen := p.screen()
	for _, raw := range items {
		var x api.ExecutionSummary
		if err := json.Unmarshal(raw, &x); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		rows = append(rows, runRow(screen, &x))
	}
	if len(rows) == 0 {
		return p.print("no executions\n")
	}
	if err := screen.table(columns("STARTED|STATUS|%|DURATION|EXECUTION|WORKFLOW|CLIENT|STEP OR ERROR", "WORKFLOW", "CLIENT", "STEP OR ERROR"), rows); err != nil {
		return err
	}
	if more {
		p.say(fmt.Sprintf("there are more than %d; --limit N shows more", c.Limit))
	}
	return nil
}

func runRow(s *screen, x *api.ExecutionSummary) []cell {
	at, what := s.moment(x.StartedAt), cell{said(x.CurrentStep), dim}
	if !x.StartedAt.Present() {
		at = s.moment(x.QueuedAt)
	}
	if x.Error != nil {
		what = cell{*x.Error, red}
	}
	return []cell{
		{at, dim}, state(x.Status), text(strconv.Itoa(x.Progress)), text(milliseconds(x.Duration)), text(x.ExecutionID), {x.WorkflowName, bold},
		text(said(x.ClientRef)), what,
	}
}

// filters is what is asked of the server.
func (c *runsCommand) filters(zone *time.Location, now time.Time) (url.Values, error) {
	if c.Limit < 1 || c.Limit > runsLimitMax {
		return nil, usageError(fmt.Sprintf("--limit is from 1 to %d", runsLimitMax))
	}
	q := url.Values{"counts": {"false"}, "sort": {c.Sort}, "status": c.Status}
	for name, value := range map[string]string{
		"q": c.Query, "workflowId": c.Workflow, "clientRef": c.Client, "tag": c.Tag, "priority": c.Priority,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, length := range map[string]time.Duration{"minDurationMs": c.MinDuration, "maxDurationMs": c.MaxDuration} {
		if length < 0 {
			return nil, usageError("a duration cannot be negative")
		}
		if length > 0 {
			q.Set(name, strconv.FormatInt(length.Milliseconds(), 10))
		}
	}
	for name, value := range map[string]string{"from": c.From, "to": c.To} {
		if value == "" {
			continue
		}
		at, ok := when(value, zone, now, name == "to")
		if !ok {
			return nil, usageError("--" + name + " must be a time of RFC 3339, a day such as 2026-11-27, or how long ago, such as 90m")
		}
		q.Set(name, at.UTC().Format(time.RFC3339Nano))
	}
	return q, nil
}

// when reads a time, a day of the office, whose end may be meant, or how long ago.
func when(value string, zone *time.Location, now time.Time, end bool) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		return at, true
	}
	if day, err := time.ParseInLocation(time.DateOnly, value, zone); err == nil {
		if end {
			return day.AddDate(0, 0, 1).Add(-time.Millisecond), true
		}
		return day, true
	}
	if ago, err := time.ParseDuration(value); err == nil && ago >= 0 {
		return now.Add(-ago), true
	}
	return time.Time{}, false
}

// pages reads a list of the server page by page, as far as limit; more says that there is more.
func pages(p *program, c *client, path string, query url.Values, limit int) (items []json.RawMessage, more bool, err error) {
	for {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
		}
		query.Set("limit", strconv.Itoa(min(pageLimitMax, limit-len(items))))
		if err := c.get(p.ctx, path+"?"+query.Encode(), &page); err != nil {
			return nil, false, err
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" || len(items) >= limit {
			return items, page.NextCursor != "", nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// lines prints JSON, one value a line.
func (p *program) lines(items []json.RawMessage) error {
	for _, raw := range items {
		if err := p.print("%s\n", raw); err != nil {
			return err
		}
	}
	return nil
}
