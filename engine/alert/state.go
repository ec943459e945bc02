package alert

import (
	"cmp"

	"flowwatch/engine/execution"
)

// State is what a rule remembers of one scope: of a workflow, a queue, a resource. The zero value with its ids is that of a scope in
// which nothing happened yet.
type State struct {
	RuleID string `json:"ruleId"`
	Key    string `json:"key"` // of the scope: wf:<workflowId>, queue:<name>, res:<metric>:<series>, rule: for the whole organisation (B-05)

	Met   bool              `json:"met,omitempty"` // the condition holds
	Since execution.Instant `json:"since"`         // since when it is met, or pending for a window; NoInstant: not
	InRow int               `json:"inRow,omitempty"`

	RecordID     string       `json:"recordId,omitempty"` // of the episode that is open, or was last
	RecordStatus RecordStatus `json:"recordStatus,omitempty"`
	Count        int64        `json:"count,omitempty"`      // times met in the episode
	Suppressed   int64        `json:"suppressed,omitempty"` // of these since the last message, within the cooldown

	FiredAt       execution.Instant `json:"firedAt"`       // last time that a message was due
	CooldownUntil execution.Instant `json:"cooldownUntil"` // no new record and no message before
	Reminded      bool              `json:"reminded,omitempty"`

	// Clients failed in the episode and have not succeeded since; "" is a run without a client (execution_failed).
	Clients []string `json:"clients,omitempty"`
	// Executions meet the condition now (execution_timeout, slow_execution, custom, built-in).
	Executions []string `json:"executions,omitempty"`

	// What follows is for Evaluate alone.

	Severity   Severity          `json:"severity,omitempty"` // of the last message
	Afresh     bool              `json:"afresh,omitempty"`   // Count and Suppressed began again after the last record was resolved
	Hushed     *Hushed           `json:"hushed,omitempty"`   // what met it last within the cooldown, while no record is open
	Again      execution.Instant `json:"again"`              // when TimePassed is to be asked whatever the cooldown; NoInstant or 0: no need
	FailedAt   []Moment          `json:"failedAt,omitempty"` // last failure of each of Clients
	FailedLast execution.Instant `json:"failedLast"`         // the latest failure
	Overflowed bool              `json:"overflowed,omitempty"`
	EndedLast  Moment            `json:"endedLast"`        // the run that ended last
	Beyond     bool              `json:"beyond,omitempty"` // it met the condition
	Holds      []Hold            `json:"holds,omitempty"`  // of each condition of a measured rule; nil: none holds
	SampleAt   execution.Instant `json:"sampleAt"`         // the latest measurement
}

// Moment is when a run ended: runs are ordered by it.
type Moment struct {
	At  execution.Instant `json:"at"`
	Seq uint64            `json:"seq"` // of the organisation; decides between equal times
}

// Compare is negative where m is before o.
func (m Moment) Compare(o Moment) int {
	return cmp.Or(cmp.Compare(m.At, o.At), cmp.Compare(m.Seq, o.Seq))
}

// Hold is how long one condition of a measured rule has held, or since when it is over.
type Hold struct {
	Since execution.Instant `json:"since"`
	At    execution.Instant `json:"at"`              // of the latest measurement that held
	InRow int               `json:"inRow,omitempty"` // of these; 0: it does not hold
	Back  bool              `json:"back,omitempty"`  // the value has gone back by the hysteresis, Since that time
}

// Hushed is what a record would have been made of, had the cooldown been over.
type Hushed struct {
	At    execution.Instant `json:"at"`
	Run   *Run              `json:"run,omitempty"`
	Name  string            `json:"name,omitempty"` // of the workflow, where there is no run
	Facts Facts             `json:"facts"`
	Late  bool              `json:"late,omitempty"`
}

// NewState is the state of a scope in which nothing happened yet.
func NewState(ruleID, key string) State {
	return State{RuleID: ruleID, Key: key, Since: execution.NoInstant, FiredAt: execution.NoInstant, CooldownUntil: execution.NoInstant,
		Again: execution.NoInstant, FailedLast: execution.NoInstant, SampleAt: execution.NoInstant,
		EndedLast: Moment{At: execution.NoInstant}}
}

// Open reports whether the scope's record waits for somebody or for the end of its cause.
func (s *State) Open() bool { return s.RecordStatus != "" && s.RecordStatus != Resolved }

// Follow notes what somebody did with the scope's record. An escalation is a message: only what meets the rule after it brings another.
func (s *State) Follow(r *Record) {
	s.RecordStatus = r.Status
	if r.Status == Escalated {
		s.Suppressed, s.Reminded = 0, true
	}
}

// awaited reports whether the open record is one that reminders go out for.
func (s *State) awaited() bool { return s.RecordStatus == Active || s.RecordStatus == Escalated }

// RecordStatus is the state of a record.
type RecordStatus string

// The states. Resolved is final.
const (
	Active       RecordStatus = "active"
	Acknowledged RecordStatus = "acknowledged"
	Escalated    RecordStatus = "escalated"
	Resolved     RecordStatus = "resolved"
)

// Record is one alert: an episode of a rule in a scope.
type Record struct {
	ID              string            `json:"id"` // UUIDv7
	RuleID          string            `json:"alertId"`
	RuleName        string            `json:"alertName"`
	Type            Type              `json:"alertType"`
	Builtin         Builtin           `json:"builtin,omitempty"`
	Key             string            `json:"key"` // of the state
	WorkflowID      string            `json:"workflowId"`
	WorkflowName    string            `json:"workflowName"`
	ExecutionID     string            `json:"executionId"` // the latest that met it; "": none
	ClientRef       string            `json:"clientRef"`   // of that execution
	Severity        Severity          `json:"severity"`
	Facts           Facts             `json:"facts"` // what messages tell
	Status          RecordStatus      `json:"status"`
	Count           int64             `json:"count"`
	SuppressedCount int64             `json:"suppressedCount"`
	Late            bool              `json:"late,omitempty"`   // the event was 1–24 h old when it came
	Silent          bool              `json:"silent,omitempty"` // no message: the event was older than that, or imported
	TriggeredAt     execution.Instant `json:"triggeredAt"`
	LastSeenAt      execution.Instant `json:"lastSeenAt"`
	AcknowledgedBy  string            `json:"acknowledgedBy"` // id
	AckName         string            `json:"ackName"`        // what they were called then
	AcknowledgedAt  execution.Instant `json:"acknowledgedAt"`
	EscalatedAt     execution.Instant `json:"escalatedAt"`
	EscalationLevel int               `json:"escalationLevel"`
	NextEscalation  execution.Instant `json:"nextEscalation"` // NoInstant: none is due
	ResolvedBy      string            `json:"resolvedBy"`     // id; "system": nobody did
	ResolvedName    string            `json:"resolvedName"`
	ResolvedAt      execution.Instant `json:"resolvedAt"`
	ResolvedWhy     string            `json:"resolvedWhy,omitempty"` // cleared, expired, rule_deleted, by hand: ""
	Comments        []Comment         `json:"comments,omitempty"`
	Rule            *Rule             `json:"rule"`               // as it was when it fired, without secrets
	Reminder        int               `json:"reminder,omitempty"` // ordinal of the last one
	Seq             uint64            `json:"seq"`                // of the last frame about it
}

// Comment is what somebody wrote with an action.
type Comment struct {
	By     string            `json:"by"`               // id
	ByName string            `json:"byName,omitempty"` // what they were called then; "": not kept
	At     execution.Instant `json:"at"`
	Text   string            `json:"text"`
}

// Person is who acts on a record, and what they are called at that time.
type Person struct{ ID, Name string }

// Facts are the numbers and names that the texts of a record are made of. What was not known is "", NoInstant, 0 or nil.
type Facts struct {
	Step            string            `json:"step,omitempty"`      // that failed, or is being worked on
	StepIndex       int               `json:"stepIndex,omitempty"` // from 1, of StepsTotal
	StepsTotal      int               `json:"stepsTotal,omitempty"`
	Error           string            `json:"error,omitempty"` // masked, first line
	At              execution.Instant `json:"at"`              // when it happened
	DurationMs      int64             `json:"durationMs,omitempty"`
	Running         bool              `json:"running,omitempty"` // it had not ended then: DurationMs is until At
	LimitMs         int64             `json:"limitMs,omitempty"`
	UsualMs         int64             `json:"usualMs,omitempty"`
	StepDurationMs  int64             `json:"stepDurationMs,omitempty"`
	InRow           int               `json:"inRow,omitempty"`    // failures in a row
	RowSince        execution.Instant `json:"rowSince"`           // of the first of them
	LastGoodAt      execution.Instant `json:"lastGoodAt"`         // last success before
	Recent          []RecentFailure   `json:"recent,omitempty"`   // at most 5, newest first
	Failed          int64             `json:"failed,omitempty"`   // in the window
	Finished        int64             `json:"finished,omitempty"` // in the window
	WindowMinutes   int               `json:"windowMinutes,omitempty"`
	Percent         float64           `json:"percent,omitempty"`
	Metric          string            `json:"metric,omitempty"` // queue, resource, custom: what was compared
	Operator        string            `json:"operator,omitempty"`
	Value           float64           `json:"value"`
	Threshold       float64           `json:"threshold"`
	Source          string            `json:"source,omitempty"` // of a resource
	Pending         int64             `json:"pending,omitempty"`
	High            int64             `json:"high,omitempty"`
	Normal          int64             `json:"normal,omitempty"`
	Low             int64             `json:"low,omitempty"`
	OldestSeconds   int64             `json:"oldestSeconds,omitempty"`
	OldestExecution string            `json:"oldestExecution,omitempty"`
	OldestWorkflow  string            `json:"oldestWorkflow,omitempty"`
	RatePerMinute   float64           `json:"ratePerMinute,omitempty"`
	ClearSeconds    int64             `json:"clearSeconds,omitempty"` // 0: cannot be told
	Consumers       []string          `json:"consumers,omitempty"`    // names of the workflows that use most, at most 3
	Obligation      string            `json:"obligation,omitempty"`   // name of a deadline's rule
	Period          string            `json:"period,omitempty"`
	Due             string            `json:"due,omitempty"` // YYYY-MM-DD
	BusinessDays    int               `json:"businessDays,omitempty"`
	ChannelType     string            `json:"channelType,omitempty"` // channel_broken
	Cause           string            `json:"cause,omitempty"`       // fingerprint of the error: what storms are grouped by
}

// RecentFailure is one of the failures in a row.
type RecentFailure struct {
	ExecutionID string            `json:"executionId"`
	ClientRef   string            `json:"clientRef,omitempty"`
	At          execution.Instant `json:"at"`
	Step        string            `json:"step,omitempty"`
	Error       string            `json:"error,omitempty"`
}
