package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"flowwatch/api"
	"flowwatch/engine"
)

const alertsPath = "/api/monitoring/alert-history"

// ackCommand acknowledges an alert. Repeating it answers what the first did.
type ackCommand struct {
	Alert   string `arg:"" optional:"" placeholder:"ALERT" help:"The alert's id, as tail and the list show it. Without: list the alerts that wait for an answer."`
	Comment string `placeholder:"TEXT" help:"What is being done about it."`
	Limit   int    `default:"50" placeholder:"N" help:"Of the list: so many at most. Default: 50"`
	JSON    bool   `name:"json" help:"An alert a line, as the API has it."`
	serverFlags
}

// Run acknowledges, or lists.
func (c *ackCommand) Run(p *program) error {
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	if c.Alert == "" {
		if c.Comment != "" {
			return usageError("--comment needs the alert that it is about")
		}
		return c.list(p, client)
	}
	var raw json.RawMessage
	if err := client.post(p.ctx, alertsPath+"/"+url.PathEscape(c.Alert)+"/acknowledge", api.AlertAction{Comment: c.Comment}, &raw); err != nil {
		return err
	}
	if c.JSON {
		return p.lines([]json.RawMessage{raw})
	}
	var r engine.AlertRecord
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	by := said(r.AckName)
	if by == "" {
		by = said(r.AcknowledgedBy)
	}
	s := p.screen()
	return s.line(padded(state(r.Status), 0), cell{r.Message, bold}, text("by "+by+" at "+s.moment(r.AcknowledgedAt)))
}

// list prints the alerts that nobody takes care of, newest first.
func (c *ackCommand) list(p *program, client *client) error {
	if c.Limit < 1 || c.Limit > runsLimitMax {
		return usageError(fmt.Sprintf("--limit is from 1 to %d", runsLimitMax))
	}
	items, more, err := pages(p, client, alertsPath, url.Values{"status": {"active", "escalated"}}, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.lines(items)
	}
	if len(items) == 0 {
		return p.print("no alert waits for an answer\n")
	}
	s := p.screen()
	rows := make([][]cell, 0, len(items))
	for _, raw := range items {
		var r engine.AlertRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		message := r.Message
		if r.Count > 1 {
			message = strconv.FormatInt(r.Count, 10) + "× " + message
		}
		grave := severity(string(r.Severity))
		grave.text = shape(r.Status) + " " + grave.text
		rows = append(rows, []cell{{r.TriggeredAt.Time().In(s.zone).Format(minuteLayout), dim}, grave, text(r.ID), {message, bold}})
	}
	if err := s.table(columns("SINCE|SEVERITY|ID|ALERT", "ALERT"), rows); err != nil {
		return err
	}
	if more {
		p.say(fmt.Sprintf("there are more than %d; --limit N shows more", c.Limit))
	}
	return nil
}
