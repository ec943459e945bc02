package ingest

import "encoding/json"

// Event is an event as engines write it. It is here for those who describe or
// make events; Decode does not go through it.
type Event struct {
	EventID         string          `json:"eventId,omitempty"` // idempotency key; absent: derived from the content
	Type            string          `json:"type" enum:"eventType"`
	Timestamp       string          `json:"timestamp,omitempty"` // RFC 3339 with offset; absent: when it is received
	ExecutionID     string          `json:"executionId"`
	WorkflowID      string          `json:"workflowId"`
	WorkflowName    string          `json:"workflowName,omitempty"`
	WorkflowVersion string          `json:"workflowVersion,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	Steps           []EventStep     `json:"steps,omitempty"`
	StepID          string          `json:"stepId,omitempty"`
	StepName        string          `json:"stepName,omitempty"`
	Attempt         int             `json:"attempt,omitempty"`
	Input           json.RawMessage `json:"input,omitempty"`
	Output          json.RawMessage `json:"output,omitempty"`
	Error           json.RawMessage `json:"error,omitempty"` // a string or {type, code, message, stack}
	DurationMs      *float64        `json:"durationMs,omitempty"`
	CPUUsagePercent *float64        `json:"cpuUsagePercent,omitempty"`
	MemoryUsageMb   *float64        `json:"memoryUsageMb,omitempty"`
	InputSizeBytes  *float64        `json:"inputSizeBytes,omitempty"`
	OutputSizeBytes *float64        `json:"outputSizeBytes,omitempty"`
	Progress        *float64        `json:"progress,omitempty"`
	TimedOut        bool            `json:"timedOut,omitempty"`
	RetryOf         string          `json:"retryOf,omitempty"`
	ClientRef       string          `json:"clientRef,omitempty"`
	Tags            []string        `json:"tags,omitempty"`
	Deadline        string          `json:"deadline,omitempty"`
	Metadata        json.RawMessage `json:"metadata,omitempty"`
}

// EventStep is a step of the plan that an event declares.
type EventStep struct {
	StepID    string   `json:"stepId"`
	Name      string   `json:"name"`
	DependsOn []string `json:"dependsOn,omitempty"`
}
