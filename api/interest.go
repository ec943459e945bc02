package api

import (
	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
)

// interest is what a client names to subscribe or to unsubscribe.
type interest struct {
	Type    string `json:"type"`
	Filters struct {
		WorkflowID  string   `json:"workflowId"`
		ExecutionID string   `json:"executionId"`
		Status      []string `json:"status"`
	} `json:"filters"`
	Since *struct {
		Epoch *string `json:"epoch"`
		Seq   *uint64 `json:"seq"`
	} `json:"since"`
	Snapshot bool `json:"snapshot"`
}

// filter checks what is wanted.
func (i *interest) filter() (feed.Filter, error) {
	topic, ok := feed.ParseTopic(i.Type)
	if !ok {
		return feed.Filter{}, invalidData("data.type", "unknown type")
	}
	f := feed.Filter{Topic: topic, WorkflowID: i.Filters.WorkflowID, ExecutionID: i.Filters.ExecutionID}
	if err := checkIDs(&f); err != nil {
		return f, err
	}
	for _, name := range i.Filters.Status {
		status, ok := execution.ParseStatus(name)
		if !ok {
			return f, invalidData("data.filters.status", "unknown status")
		}
		f.Statuses = append(f.Statuses, status)
	}
	return f, nil
}

func checkIDs(f *feed.Filter) error {
	const notID = "not an id: 1 to 128 characters of A-Z a-z 0-9 . _ : -"
	if f.WorkflowID != "" && !ingest.ValidID(f.WorkflowID) {
		return invalidData("data.workflowId", notID)
	}
	if f.ExecutionID != "" && !ingest.ValidID(f.ExecutionID) {
		return invalidData("data.executionId", notID)
	}
	return nil
}

// position checks where the client stood; nil when it did not say.
func (i *interest) position() (*feed.Position, error) {
	if i.Since == nil {
		return nil, nil
	}
	if i.Since.Epoch == nil || i.Since.Seq == nil {
		return nil, invalidData("data.since", "must have epoch and seq")
	}
	return &feed.Position{Epoch: *i.Since.Epoch, Seq: *i.Since.Seq}, nil
}

// own makes of a filter what the hub is asked for: an error for ids that are
// not the organisation's, and no ids for topics that have only whole numbers.
func own(t *engine.Tenant, f feed.Filter) (feed.Filter, error) {
	if (f.WorkflowID != "" || f.ExecutionID != "") && !t.Knows(f.WorkflowID, f.ExecutionID) {
		return f, errNotFound
	}
	return whole(f), nil
}

// whole drops from a filter what the topic's frames do not have.
func whole(f feed.Filter) feed.Filter {
	if f.Topic.Volatile() {
		return feed.Filter{Topic: f.Topic}
	}
	return f
}
