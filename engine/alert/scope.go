package alert

import "slices"

// Keys of scopes begin with what they are of (B-05).
const (
	keyWorkflow = "wf:"
	keyQueue    = "queue:executions"
	keyResource = "res:"
	keyRule     = "rule:"
	keyDue      = "due:"     // of an obligation and its period
	keyChannel  = "channel:" // of a type of channel
	anyMetric   = "*"        // of a rule that compares several metrics of one source
)

// Concerns reports whether the rule is about the workflow: it is in force, switched on, and about this one or all.
func (r *Rule) Concerns(workflowID string) bool {
	return r.Active && !r.deleted() && (r.WorkflowID == "" || r.WorkflowID == workflowID)
}

// deleted: a rule that was never stored has the zero time there.
func (r *Rule) deleted() bool { return r.DeletedAt.Present() && r.DeletedAt != 0 }

// Scope is the key of the state that the observation belongs to; "": it says nothing to the rule.
func (r *Rule) Scope(o *Observation) string {
	if !r.Active || r.deleted() {
		return ""
	}
	switch o.Kind {
	case ExecutionChanged:
		if o.Run == nil || !r.ofRuns() || !r.Concerns(o.Run.WorkflowID) {
			return ""
		}
		return keyWorkflow + o.Run.WorkflowID
	case QueueMeasured:
		if r.Type == QueueBacklog && r.Builtin == "" {
			return keyQueue
		}
	case ResourceMeasured:
		return r.resourceScope(o)
	case BuiltinJudged:
		return r.builtinScope(o)
	}
	return ""
}

// ofRuns reports whether executions alone decide.
func (r *Rule) ofRuns() bool {
	return r.Builtin == "" && r.Type != QueueBacklog && r.Type != ResourceThreshold
}

func (r *Rule) resourceScope(o *Observation) string {
	if r.Type != ResourceThreshold || r.Builtin != "" {
		return ""
	}
	mixed, concerned := false, false
	for i := range r.Conditions {
		c := &r.Conditions[i]
		mixed = mixed || seriesMetric(c.Metric) != seriesMetric(r.Conditions[0].Metric)
		_, of := o.value(r, c)
		concerned = concerned || of
	}
	switch {
	case !concerned:
		return ""
	case mixed:
		return keyResource + anyMetric + ":" + o.Facts.Source
	}
	return keyResource + o.Facts.Metric + ":" + o.Facts.Source
}

func (r *Rule) builtinScope(o *Observation) string {
	switch {
	case r.Builtin == "":
		return ""
	case o.Run != nil:
		return keyWorkflow + o.Run.WorkflowID
	case o.WorkflowID != "":
		return keyWorkflow + o.WorkflowID
	case r.Builtin == QueueMissesDeadline:
		return keyQueue
	case o.Facts.Obligation != "":
		return keyDue + o.Facts.Obligation + ":" + o.Facts.Period
	case o.Facts.ChannelType != "":
		return keyChannel + o.Facts.ChannelType
	case o.Facts.Source != "":
		return keyRule + o.Facts.Source
	}
	return keyRule
}

var (
	types      = []Type{ExecutionFailed, ExecutionTimeout, ConsecutiveFailures, HighErrorRate, SlowExecution, QueueBacklog, ResourceThreshold, Custom}
	severities = []Severity{Info, Warning, Error, Critical}
)

// Types are the types of the API, in its order.
func Types() []Type { return slices.Clone(types) }

// Severities are those of the API, rising.
func Severities() []Severity { return slices.Clone(severities) }

// OfEnds reports whether rules of the type look at a run when it ends, and not before.
func (t Type) OfEnds() bool {
	return t == ExecutionFailed || t == ConsecutiveFailures || t == HighErrorRate
}

// needsConditions: B-15.
func (t Type) needsConditions() bool { return t != ExecutionFailed && t != ExecutionTimeout }

// DefaultSeverity is that of a rule that says none (A10, B-17).
func (t Type) DefaultSeverity() Severity {
	switch t {
	case ExecutionFailed, ExecutionTimeout:
		return Error
	case ConsecutiveFailures, HighErrorRate:
		return Critical
	}
	return Warning
}

func (s Severity) rank() int { return slices.Index(severities, s) }

// AtLeast reports whether s is as urgent as o.
func (s Severity) AtLeast(o Severity) bool { return s.rank() >= o.rank() }

func (r *Rule) severity() Severity {
	if r.Severity == "" {
		return r.Type.DefaultSeverity()
	}
	return r.Severity
}

func (r *Rule) cooldown() int {
	if r.CooldownMinutes <= 0 {
		return cooldownDefault
	}
	return r.CooldownMinutes
}
