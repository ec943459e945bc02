package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"flowwatch/api"
	"flowwatch/engine"
)

// queueCommand shows the queue in the order in which it should be taken. Engines keep their own.
type queueCommand struct {
	Limit int  `default:"20" placeholder:"N" help:"So many executions at most, up to 100. Default: 20"`
	JSON  bool `name:"json" help:"One line: {queue, items}, as the API has them."`
	serverFlags
}

// Run prints a sentence and a table, or a line of JSON.
func (c *queueCommand) Run(p *program) error {
	if c.Limit < 1 || c.Limit > pageLimitMax {
		return usageError(fmt.Sprintf("--limit is from 1 to %d", pageLimitMax))
	}
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	var status json.RawMessage
	if err := client.get(p.ctx, "/api/monitoring/queue", &status); err != nil {
		return err
	}
	var page struct {
		Items json.RawMessage `json:"items"`
	}
	if err := client.get(p.ctx, "/api/monitoring/queue/next?limit="+strconv.Itoa(c.Limit), &page); err != nil {
		return err
	}
	if c.JSON {
		return p.print(`{"queue":%s,"items":%s}`+"\n", status, page.Items)
	}
	var q engine.QueueStatus
	var items []api.QueuedItem
	if err := json.Unmarshal(status, &q); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if err := json.Unmarshal(page.Items, &items); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	s := p.screen()
	if err := s.line(text(queueSentence(&q))); err != nil || len(items) == 0 {
		return err
	}
	rows := make([][]cell, 0, len(items))
	for i := range items {
		rows = append(rows, queueRow(&items[i], &q))
	}
	return s.table(columns("PLACE|ETA|WAITS|PRIORITY|EXECUTION|WORKFLOW|CLIENT|WHY", "WORKFLOW", "CLIENT", "WHY"), rows)
}

// queueSentence is the queue in words.
func queueSentence(q *engine.QueueStatus) string {
	parts := []string{fmt.Sprintf("%d waiting, %d running", q.PendingCount, q.ProcessingCount)}
	if q.OldestExecution != nil {
		parts = append(parts, "the oldest for "+lasting(time.Duration(q.OldestMessageAge)*time.Second))
	}
	if q.ProcessingRate15m > 0 {
		parts = append(parts, strconv.FormatFloat(q.ProcessingRate15m, 'f', -1, 64)+" done a minute")
	}
	if q.EstimatedClearanceSeconds != nil && q.PendingCount > 0 {
		parts = append(parts, "clear in about "+lasting(time.Duration(*q.EstimatedClearanceSeconds)*time.Second))
	}
	if q.Warning != nil {
		parts = append(parts, "WARNING: "+q.Warning.Message)
	}
	return strings.Join(parts, "; ")
}

// queueRow is one execution. Its turn comes at the pace at which the whole queue clears; that is unknown while nothing ends.
func queueRow(x *api.QueuedItem, q *engine.QueueStatus) []cell {
	eta := unknown
	if q.EstimatedClearanceSeconds != nil && q.PendingCount > 0 {
		share := min(1, float64(x.Position)/float64(q.PendingCount))
		eta = "~" + lasting(time.Duration(share*float64(*q.EstimatedClearanceSeconds)*float64(time.Second)))
	}
	waits := unknown
	if x.QueuedAt.Present() {
		waits = lasting(max(0, time.Since(x.QueuedAt.Time())))
	}
	why := said(x.BoostReason)
	if why == "" && x.PriorityRequest != nil {
		why = "wished: " + x.PriorityRequest.Priority + ", " + string(x.PriorityRequest.State)
	}
	return []cell{
		text(strconv.Itoa(x.Position)), text(eta), text(waits), text(x.Priority), text(x.ExecutionID), {x.WorkflowName, bold}, text(said(x.ClientRef)), {why, dim},
	}
}
