// Package setting is what an organisation sets, what holds where it says nothing, and what values are allowed. It is pure: the engine stores it.
package setting

import (
	"time"

	"flowwatch/engine/alert"
)

// Settings are what holds for an organisation. A value is immutable.
type Settings struct {
	Thresholds Thresholds   `json:"thresholds"`
	Retention  Retention    `json:"retention"`
	Capture    Capture      `json:"capture"`
	Masking    Masking      `json:"masking"`
	SMTP       *SMTP        `json:"smtp"`
	SMS        *SMS         `json:"sms"`
	Escalation []Escalation `json:"escalation"`
	// MuteWindows are times in which messages below error wait, again and again.
	MuteWindows   []alert.MuteWindow `json:"muteWindows"`
	MorningReport MorningReport      `json:"morningReport"`
	Scrapes       []Scrape           `json:"scrapes"`
	PublicURL     string             `json:"publicUrl"` // of links in messages; "": the address that the appliance listens at
}

// Thresholds are above what the product warns without a rule (B-50).
type Thresholds struct {
	CPUWarnPercent  float64 `json:"cpuWarnPercent"`
	MemWarnPercent  float64 `json:"memWarnPercent"`
	DiskWarnPercent float64 `json:"diskWarnPercent"`
	QueueWarnDepth  int64   `json:"queueWarnDepth"`
}

// Retention is how long an organisation keeps each kind of data, in days. A day is 24 hours.
type Retention struct {
	StepDataDays     int `json:"stepDataDays"`     // inputs and outputs, since their execution was last heard of
	RawMetricsDays   int `json:"rawMetricsDays"`   // single values of metrics, samples, queue snapshots; sums of hours stay
	ExecutionsDays   int `json:"executionsDays"`   // finished executions, since they were last heard of; sums of their hours stay
	AlertHistoryDays int `json:"alertHistoryDays"` // alerts and their deliveries
	AuditDays        int `json:"auditDays"`        // the audit log
}

// Mode is what is kept of inputs and outputs of steps.
type Mode string

// The modes, from the strictest on.
const (
	Off    Mode = "off"    // nothing
	Sizes  Mode = "sizes"  // how many bytes came
	Masked Mode = "masked" // masked before it is stored
	Full   Mode = "full"   // as it came, masked when shown
)

var modes = []Mode{Off, Sizes, Masked, Full}

// FullMax is how long full lasts at most; then masked holds by itself.
const FullMax = 7 * 24 * time.Hour

// Rule is a mode. Full has a reason and an end.
type Rule struct {
	StepData Mode       `json:"stepData"`
	Until    *time.Time `json:"until,omitempty"`
	Reason   string     `json:"reason,omitempty"`
}

// At is the mode that holds at a time.
func (r *Rule) At(now time.Time) Mode {
	if r.StepData == Full && (r.Until == nil || !now.Before(*r.Until)) {
		return Masked
	}
	return r.StepData
}

// Capture is what is kept of step data, and of which workflows something else.
type Capture struct {
	Rule
	Workflows map[string]Rule `json:"workflows"`
}

// Mode is what holds for a workflow at a time. For a workflow that is not known yet, "", it is the strictest of all that might.
func (c *Capture) Mode(workflowID string, now time.Time) Mode {
	mode := c.At(now)
	if workflowID != "" {
		if r, ok := c.Workflows[workflowID]; ok {
			return r.At(now)
		}
		return mode
	}
	for _, r := range c.Workflows {
		mode = stricter(mode, r.At(now))
	}
	return mode
}

func stricter(a, b Mode) Mode {
	for _, m := range modes {
		if m == a || m == b {
			return m
		}
	}
	return Off
}

// Masking is what is hidden beside what always is. Keys count in step data, errors, stacks, metadata and what people write as reasons. Patterns can be
// switched off for step data alone, which few roles see: errors and metadata are seen by all, and their numbers are always masked.
type Masking struct {
	Keys     []string `json:"keys"`     // of JSON and of key=value in texts, whatever the case, diacritics and separators
	Patterns bool     `json:"patterns"` // whether numbers, addresses and secrets in texts of step data are masked by their form
}

// Security is how a connection to a mail server is protected.
type Security string

// SMTP is the mail server.
type SMTP struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	From     string   `json:"from"`
	Security Security `json:"security"`
	Username string   `json:"username,omitempty"`
	Password string   `json:"password,omitempty"` // a secret
}

// SMS is the gateway of text messages: an HTTP request a message. What Preset names fills in what is not set.
type SMS struct {
	URL    string `json:"url"` // without a query: of GET, the body is the query
	Sender string `json:"sender,omitempty"`
	APIKey string `json:"apiKey,omitempty"` // a secret

	Preset string `json:"preset,omitempty"` // smsapi (the default) or lan: a gateway of the office that takes JSON
	Method string `json:"method,omitempty"` // POST or GET
	// Headers and Body are templates: {to} is the number with "+", {digits} without, {text}, {from} the sender, {key} the apiKey, {id} is the
	// same for every try of one message, {encoding} is gsm7 or ucs2, {charset} is standard or unicode. Values are escaped as the Content-Type of Headers asks.
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Success string            `json:"success,omitempty"` // a regular expression (RE2) that a 2xx answer's body matches when the message is taken
	LAN     bool              `json:"lan,omitempty"`     // it works without the internet
}

// MorningReport is the mail about the night on working days at 7:30 in Europe/Warsaw; without recipients there is none.
type MorningReport struct {
	Recipients []string `json:"recipients"`
}

// Default holds where an organisation says nothing.
func Default() Settings {
	return Settings{
		Thresholds: Thresholds{CPUWarnPercent: 80, MemWarnPercent: 85, DiskWarnPercent: 85, QueueWarnDepth: 100},
		Retention:  Retention{StepDataDays: 30, RawMetricsDays: 45, ExecutionsDays: 2190, AlertHistoryDays: 2190, AuditDays: 2190},
		Capture:    Capture{Rule: Rule{StepData: Masked}, Workflows: map[string]Rule{}},
		Masking:    Masking{Keys: []string{}, Patterns: true},
		Escalation: []Escalation{}, MuteWindows: []alert.MuteWindow{}, MorningReport: MorningReport{Recipients: []string{}},
		Scrapes: []Scrape{},
	}
}
