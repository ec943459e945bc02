// Package alert decides what deserves somebody's attention: rules, the state of each rule in each of its scopes, and the records of
// what happened. Evaluate and the record's transitions are pure: the engine stores what they return in the transaction of what they
// were asked about.
package alert

import (
	"encoding/json"

	"flowwatch/engine/execution"
)

// Type is what a rule watches.
type Type string

// The types of the API.
const (
	ExecutionFailed     Type = "execution_failed"
	ExecutionTimeout    Type = "execution_timeout"
	ConsecutiveFailures Type = "consecutive_failures"
	HighErrorRate       Type = "high_error_rate"
	SlowExecution       Type = "slow_execution"
	QueueBacklog        Type = "queue_backlog"
	ResourceThreshold   Type = "resource_threshold"
	Custom              Type = "custom"
)

// Builtin names a rule that ships with the product; its type is Custom.
type Builtin string

// The built-in rules.
const (
	DeadlineAtRisk      Builtin = "deadline_at_risk"
	QueueMissesDeadline Builtin = "queue_misses_deadline"
	MissedRun           Builtin = "missed_run"
	EngineSilent        Builtin = "engine_silent"
	LongerThanUsual     Builtin = "longer_than_usual"
	ChannelBroken       Builtin = "channel_broken"
)

// Severity says how urgent an alert is.
type Severity string

// The severities, rising.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Error    Severity = "error"
	Critical Severity = "critical"
)

// Condition is one comparison. Which members mean something depends on the rule's type; see Normalise.
type Condition struct {
	Metric            string   `json:"metric,omitempty"`
	Operator          string   `json:"operator,omitempty"` // gt, gte, lt, lte, eq, ne
	Threshold         *float64 `json:"threshold,omitempty"`
	Unit              string   `json:"unit,omitempty"` // of the threshold: ms, s, min, h (B-27); percent, ratio (B-28)
	TimeWindowMinutes int      `json:"timeWindowMinutes,omitempty"`
	ConsecutiveCount  int      `json:"consecutiveCount,omitempty"`
	MinSample         int      `json:"minSample,omitempty"`
}

// Channel is where a rule's messages go. What its configuration may hold is the business of engine/notify.
type Channel struct {
	Type   string          `json:"type"` // email, slack, sms, webhook, in_app
	Config json.RawMessage `json:"config"`
}

// Rule is one rule of an organisation.
type Rule struct {
	ID              string            `json:"id"`
	WorkflowID      string            `json:"workflowId"` // "": all workflows; null in the API
	Type            Type              `json:"alertType"`
	Name            string            `json:"alertName"`
	Conditions      []Condition       `json:"conditions"`
	Channels        []Channel         `json:"notificationChannels"`
	CooldownMinutes int               `json:"cooldownMinutes"`
	Severity        Severity          `json:"severity"`
	Active          bool              `json:"isActive"`
	Builtin         Builtin           `json:"builtin,omitempty"`
	CreatedAt       execution.Instant `json:"createdAt"`
	CreatedBy       string            `json:"createdBy"`
	UpdatedAt       execution.Instant `json:"updatedAt"`
	UpdatedBy       string            `json:"updatedBy"`
	Version         int64             `json:"version"`
	DeletedAt       execution.Instant `json:"deletedAt"` // NoInstant: it is in force
}
