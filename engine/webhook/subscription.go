// Package webhook says what a subscription to outgoing events is: which there are, what is acceptable, and who is told of what. It is pure.
package webhook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of a subscription.
const (
	nameRunesMax    = 80
	filtersMax      = 50
	workflowsMax    = 100
	workflowIDBytes = 128
)

// Limits are the limits of subscriptions, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"webhookNameRunes": nameRunesMax, "webhookEvents": filtersMax, "webhookWorkflows": workflowsMax}
}

// Events of alerts and of wishes for a priority. Those of executions and steps are called as engines report them.
const (
	AlertTriggered    = "alert.triggered"
	AlertReminder     = "alert.reminder"
	AlertAcknowledged = "alert.acknowledged"
	AlertEscalated    = "alert.escalated"
	AlertResolved     = "alert.resolved"

	PriorityRequested    = "priority.requested"
	PriorityAcknowledged = "priority.acknowledged"
	PriorityRefused      = "priority.refused"
	PriorityLapsed       = "priority.lapsed"
)

// Events that tell of the subscription itself, and go to each.
const (
	Tested  = "webhook.test"
	Skipped = "webhook.skipped"
)

// Events are the names of all that can be subscribed to.
func Events() []string { return slices.Clone(events) }

var events = func() (all []string) {
	for t := execution.ExecutionQueued; t <= execution.StepRetrying; t++ {
		all = append(all, t.String())
	}
	return append(all, AlertTriggered, AlertReminder, AlertAcknowledged, AlertEscalated, AlertResolved,
		PriorityRequested, PriorityAcknowledged, PriorityRefused, PriorityLapsed)
}()

// Subscription is whom an organisation tells of what.
type Subscription struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Events      []string          `json:"events"`      // names; execution.* are all of a kind, * all
	WorkflowIDs []string          `json:"workflowIds"` // none: of all, and what is about none
	Batch       bool              `json:"batch"`       // several events in one request
	Active      bool              `json:"isActive"`
	Off         string            `json:"off,omitempty"` // why it was switched off by itself; "": somebody did, or it is active
	Version     int64             `json:"version"`
	CreatedAt   execution.Instant `json:"createdAt"`
	CreatedBy   string            `json:"createdBy"`
	UpdatedAt   execution.Instant `json:"updatedAt"`
	UpdatedBy   string            `json:"updatedBy"`
}

// Normalise trims the name and leaves out what is said twice. It returns what is not acceptable; locations begin with "body.".
func (s *Subscription) Normalise() (wrong []fault.Field) {
	s.Name = strings.TrimSpace(s.Name)
	s.Events, s.WorkflowIDs = distinct(s.Events), distinct(s.WorkflowIDs)
	require := func(ok bool, location, message string) {
		if !ok {
			wrong = append(wrong, fault.Field{Location: "body." + location, Message: message})
		}
	}
	runes := utf8.RuneCountInString(s.Name)
	require(runes >= 1 && runes <= nameRunesMax && utf8.ValidString(s.Name) && !strings.ContainsFunc(s.Name, unicode.IsControl), "name",
		fmt.Sprintf("1 to %d characters, no control characters", nameRunesMax))
	require(len(s.Events) >= 1 && len(s.Events) <= filtersMax, "events", fmt.Sprintf("1 to %d names", filtersMax))
	require(len(s.WorkflowIDs) <= workflowsMax, "workflowIds", fmt.Sprintf("at most %d", workflowsMax))
	for i, filter := range s.Events {
		require(slices.ContainsFunc(events, func(name string) bool { return matches(filter, name) }), fmt.Sprintf("events[%d]", i),
			"must be the name of an event, such as execution.failed, a kind of them, such as execution.*, or *")
	}
	for i, id := range s.WorkflowIDs {
		require(validID(id), fmt.Sprintf("workflowIds[%d]", i), "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	}
	return wrong
}

func distinct(all []string) []string {
	kept := make([]string, 0, len(all))
	for _, one := range all {
		if !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}

func validID(id string) bool {
	foreign := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._:-", r))
	}
	return id != "" && len(id) <= workflowIDBytes && !strings.ContainsFunc(id, foreign)
}

func matches(filter, name string) bool {
	kind, whole := strings.CutSuffix(filter, "*")
	if !whole {
		return filter == name
	}
	return kind == "" || strings.HasSuffix(kind, ".") && strings.HasPrefix(name, kind)
}

// Interest is what a subscription asks for, made for being asked often. The zero value asks for nothing.
type Interest struct {
	names     map[string]bool
	workflows map[string]bool // nil: all
}

// Interest is what the subscription asks for.
func (s *Subscription) Interest() Interest {
	in := Interest{names: map[string]bool{}}
	for _, name := range events {
		if slices.ContainsFunc(s.Events, func(filter string) bool { return matches(filter, name) }) {
			in.names[name] = true
		}
	}
	if len(s.WorkflowIDs) > 0 {
		in.workflows = map[string]bool{}
		for _, id := range s.WorkflowIDs {
			in.workflows[id] = true
		}
	}
	return in
}

// Names reports whether events of the name are asked for, of some workflow at least.
func (in Interest) Names(name string) bool { return in.names[name] }

// OfAll reports whether it does not matter what workflow an event is about.
func (in Interest) OfAll() bool { return in.workflows == nil }

// Of reports whether events about the workflow are asked for.
func (in Interest) Of(workflowID string) bool { return in.workflows == nil || in.workflows[workflowID] }
