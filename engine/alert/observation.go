package alert

import "flowwatch/engine/execution"

// Kind says what an Observation is of.
type Kind uint8

// The kinds.
const (
	ExecutionChanged Kind = iota // an execution.* event, or the deadline of a run that goes on; Run is set
	QueueMeasured                // Facts hold the queue
	ResourceMeasured             // Value of a series
	TimePassed                   // a cooldown or a day has ended, a window has moved on: is it still so?
	BuiltinJudged                // the engine judged a built-in rule: Met and Facts say how
)

// Observation is what a rule is asked about. It belongs to one scope of the rule.
type Observation struct {
	Kind    Kind
	At      execution.Instant // when it happened; the time to evaluate is Evaluate's now
	Known   execution.Instant // when it came to be known, which no event told before: what is late is judged by that; 0: it was told, At
	Instead execution.Instant // of an end: when that was which the run was taken to have, and whose place it takes; 0: there was none
	Run     *Run
	History *History // of the run's workflow, the run included; nil where there is none
	Value   float64  // of a resource
	Met     bool     // BuiltinJudged
	Facts   Facts    // QueueMeasured, BuiltinJudged: ready; ResourceMeasured: Metric and Source (the series); else what Run does not tell

	Why          string // BuiltinJudged, not Met: why it is over; "": Cleared
	New          bool   // BuiltinJudged: met once more, by something else (the next missed run); another Run tells that by itself
	WorkflowID   string // that it is about, where there is no Run
	WorkflowName string
	Imported     bool // from an import of old data: counted and recorded, never told
}

// Run is an execution as rules see it.
type Run struct {
	ExecutionID, WorkflowID, WorkflowName, ClientRef string

	Status      execution.Status
	Ended       bool // with this change: it was not terminal before
	StartedAt   execution.Instant
	CompletedAt execution.Instant
	Seq         uint64
	DurationMs  int64 // until now or its end; execution.Unknown: it never started
	WaitedMs    int64 // of these waiting for somebody (§9b: no slowness)
	TimeoutMs   int64 // of its workflow; 0: none
	Error       string
	Step        string
	StepIndex   int
	StepsTotal  int
	Values      map[string]float64 // custom metrics, by name; nil unless a custom rule is asked
}

// Outcome is the end of a run: completed or failed. Cancelled ones are none (B-09).
type Outcome struct {
	At          execution.Instant // completedAt
	Seq         uint64
	ExecutionID string
	ClientRef   string
	Step, Error string // of a failure
	Failed      bool
}
