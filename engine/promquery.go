package engine

import (
	"context"
	"strings"

	"flowwatch/engine/fault"
	"flowwatch/engine/promql"
	"flowwatch/tsdb"
)

// errWholeOffice is the answer to who sees some clients only: labels of series name whatever their senders like.
var errWholeOffice = fault.New(fault.Forbidden, "forbidden", "expressions read series of the whole organisation, and you see some of its clients only")

// metricHelp is what each metric of executions and steps tells.
var metricHelp = map[pointKind]string{
	executionDuration:  "How long an execution took in ms, one sample an execution that completed or failed, at its end.",
	executionWait:      "How long an execution waited in the queue in ms, one sample an execution that ended, at its end.",
	executionCompleted: "1 for each execution, at its completion.",
	executionFailed:    "1 for each execution, at its failure.",
	executionCancelled: "1 for each execution, at its cancellation.",
	stepDuration:       "How long a step's attempt took in ms, at its end.",
	stepCPU:            "CPU that a step's attempt used in percent, at its end.",
	stepMemory:         "Memory that a step's attempt used in MB, at its end.",
}

// MetricInfo is what is known of a metric, by its name in expressions.
type MetricInfo struct {
	Name, Type, Help string
}

// promName is what expressions call a metric or label: Prometheus has no dots there.
func promName(name string) string { return strings.ReplaceAll(name, ".", "_") }

// shownMetric is what expressions call a stored metric, "" for one that they don't see: those behind totals, which count other things twice.
func shownMetric(metric string) string {
	if metric == runTookMetric || metric == runCountMetric {
		return ""
	}
	return promName(metric)
}

// promSource is where the organisation's expressions read: its own series and those of the machine, which everybody sees.
func (t *Tenant) promSource(ctx context.Context) (promql.Source, error) {
	if !t.clients.All() {
		return promql.Source{}, errWholeOffice
	}
	if err := t.settled(ctx); err != nil {
		return promql.Source{}, err
	}
	t.view.RLock()
	names := make(map[string]string, len(t.catalogue))
	for id, w := range t.catalogue {
		names[id] = w.Name
	}
	t.view.RUnlock()
	return promql.Source{
		Scopes: []tsdb.Scope{t.engine.machine.series, t.series}, Slots: t.promSlots, Name: shownMetric,
		Show: func(l tsdb.Labels) (promql.Shown, bool) { return shownSeries(l, names), true },
	}, nil
}

// shownSeries is what expressions see of a series; names are those of workflows.
func shownSeries(l tsdb.Labels, names map[string]string) promql.Shown {
	var shown promql.Shown
	remote := l.Get(originLabel) != ""
	used := map[string]bool{}
	add := func(name, value string) {
		if value != "" && !used[name] {
			used[name] = true
			shown.Pairs = append(shown.Pairs, name, value)
		}
	}
	for name, value := range l.All() {
		switch {
		case name == tsdb.MetricLabel:
		case name == originLabel:
			shown.Marks = value == remoteMarks
		case remote:
			add(name, value)
		default:
			add(promName(name), value)
			if name == workflowLabel && computed(l.Metric()) {
				add(workflowLabel+"_name", names[value])
			}
		}
	}
	return shown
}

// PromInstant evaluates an expression at one time. Who sees some clients only is refused; other errors are *promql.Error.
func (t *Tenant) PromInstant(ctx context.Context, q *promql.Query) (*promql.Answer, error) {
	s, err := t.promSource(ctx)
	if err != nil {
		return nil, err
	}
	return t.engine.promql.Instant(ctx, s, q)
}

// PromRange evaluates an expression at each step of a range; errors are those of PromInstant.
func (t *Tenant) PromRange(ctx context.Context, q *promql.RangeQuery) (*promql.Answer, error) {
	s, err := t.promSource(ctx)
	if err != nil {
		return nil, err
	}
	return t.engine.promql.Range(ctx, s, q)
}

// PromSeries lists the series that selectors take; errors are those of PromInstant.
func (t *Tenant) PromSeries(ctx context.Context, selectors []string) ([]promql.Labels, error) {
	s, err := t.promSource(ctx)
	if err != nil {
		return nil, err
	}
	return t.engine.promql.Series(ctx, s, selectors)
}

// PromLabels lists the names of labels; errors are those of PromInstant.
func (t *Tenant) PromLabels(ctx context.Context, selectors []string) ([]string, error) {
	s, err := t.promSource(ctx)
	if err != nil {
		return nil, err
	}
	return t.engine.promql.LabelNames(ctx, s, selectors)
}

// PromLabelValues lists the values of a label; errors are those of PromInstant.
func (t *Tenant) PromLabelValues(ctx context.Context, name string, selectors []string) ([]string, error) {
	s, err := t.promSource(ctx)
	if err != nil {
		return nil, err
	}
	return t.engine.promql.LabelValues(ctx, s, name, selectors)
}

// PromMetrics lists what is known of all metrics, by name; errors are those of PromInstant.
func (t *Tenant) PromMetrics(ctx context.Context) ([]MetricInfo, error) {
	names, err := t.PromLabelValues(ctx, tsdb.MetricLabel, nil)
	if err != nil {
		return nil, err
	}
	known := map[string]MetricInfo{}
	for kind := officeKinds; kind < pointKinds; kind++ {
		known[promName(pointSeries[kind].metric)] = MetricInfo{Type: "gauge", Help: metricHelp[kind]}
	}
	for _, name := range sampled {
		known[promName(name)] = MetricInfo{Type: "gauge"}
	}
	all := make([]MetricInfo, len(names))
	for i, name := range names {
		info, ok := known[name]
		if !ok {
			info.Type = "unknown"
		}
		info.Name = name
		all[i] = info
	}
	return all, nil
}
