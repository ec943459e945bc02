package otlp

import (
	"fmt"
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// CodeUnsupported is of points that are no samples of a gauge.
const CodeUnsupported = "unsupported_metric"

// meaning is what a metric of the semantic conventions is called here, and by which factor it is counted.
type meaning struct {
	metric string
	factor float64
	used   bool // only of what is in use: the points of other states are not it
}

const bytesPerMb = 1 << 20

var meanings = map[string]meaning{
	"process.cpu.utilization":       {metric: "cpu.usage_percent", factor: 100},
	"process.memory.usage":          {metric: "memory.used_mb", factor: 1.0 / bytesPerMb},
	"system.memory.utilization":     {metric: "memory.usage_percent", factor: 100, used: true},
	"system.filesystem.utilization": {metric: "disk.used_percent", factor: 100, used: true},
	"db.client.connection.count":    {metric: "db.active_connections", factor: 1, used: true},
	"db.client.connections.usage":   {metric: "db.active_connections", factor: 1, used: true},
}

// states are the attributes that say which part of something a point is of.
var states = [...]string{"state", "system.memory.state", "system.filesystem.state", "db.client.connection.state"}

// private begins attributes that say where and as whom something runs.
var private = [...]string{"host.", "process.command", "process.owner", "process.executable", "user.", "enduser."}

// DecodeMetrics reads a request of the metrics service. Gauges, and sums that go up and down, are samples; what can only be read beside others, such as
// a counter or a histogram, is rejected. Positions and rejections count points in the order of the request. Errors are those of DecodeTraces.
func DecodeMetrics(body []byte, contentType string, now execution.Instant) (ingest.SampleBatch, error) {
	protobuf, err := IsProtobuf(contentType)
	if err != nil {
		return ingest.SampleBatch{}, err
	}
	if err := measure(body, protobuf, metricsRequest); err != nil {
		return ingest.SampleBatch{}, err
	}
	metrics, cause := unmarshalMetrics(body, protobuf)
	var broken map[int]bool
	if cause != nil {
		if metrics, broken, err = salvageMetrics(body, protobuf); err != nil {
			return ingest.SampleBatch{}, malformed(protobuf, cause)
		}
	}
	if metrics.DataPointCount() > ItemsMax {
		return ingest.SampleBatch{}, errTooManyItems
	}
	r, seen := reader{now: now}, 0
	for _, resource := range metrics.ResourceMetrics().All() {
		service := newSource(resource.Resource().Attributes()).service
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if broken[seen] { // nobody knows of how many points: it counts as one
					r.batch.Rejected = append(r.batch.Rejected, ingest.Rejection{Index: r.point, Code: ingest.CodeInvalidField, Message: "a metric cannot be decoded"})
					r.point++
				}
				r.metric(metric, service)
				seen++
			}
		}
	}
	return r.batch, nil
}

// reader makes samples of points.
type reader struct {
	batch ingest.SampleBatch
	point int    // index of the next
	name  string // of the metric
	now   execution.Instant
}

func (r *reader) metric(m pmetric.Metric, service string) {
	r.name = clean(cut(m.Name()))
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		r.points(m.Gauge().DataPoints(), service)
	case pmetric.MetricTypeSum:
		if sum := m.Sum(); sum.IsMonotonic() || sum.AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
			r.refuse(sum.DataPoints().Len(), "a counter only grows, or tells of changes")
		} else {
			r.points(sum.DataPoints(), service)
		}
	case pmetric.MetricTypeHistogram:
		r.refuse(m.Histogram().DataPoints().Len(), "a histogram is no gauge")
	case pmetric.MetricTypeExponentialHistogram:
		r.refuse(m.ExponentialHistogram().DataPoints().Len(), "a histogram is no gauge")
	case pmetric.MetricTypeSummary:
		r.refuse(m.Summary().DataPoints().Len(), "a summary is no gauge")
	case pmetric.MetricTypeEmpty:
	}
}

func (r *reader) refuse(points int, why string) {
	message := r.name + ": " + why
	for range points {
		r.reject(CodeUnsupported, message)
		r.point++
	}
}

func (r *reader) reject(code, message string) {
	r.batch.Rejected = append(r.batch.Rejected, ingest.Rejection{Index: r.point, Code: code, Message: message})
}

func (r *reader) points(points pmetric.NumberDataPointSlice, service string) {
	known, meant := meanings[r.name]
	for _, p := range points.All() {
		name, value := r.name, valueOf(p)
		if meant && (!known.used || inUse(p.Attributes())) {
			name, value = known.metric, value*known.factor
		}
		switch sample, why := ingest.NewSample(name, value, uint64(p.Timestamp()), tagsOf(p.Attributes(), service), r.now); {
		case p.Flags().NoRecordedValue():
		case why != "":
			r.reject(ingest.CodeInvalidField, r.name+": "+why)
		case len(r.batch.Samples) == ingest.SamplesMax:
			r.reject(ingest.CodeTooLarge, r.name+fmt.Sprintf(": at most %d samples are taken of a request", ingest.SamplesMax))
		default:
			r.batch.Samples, r.batch.Positions = append(r.batch.Samples, sample), append(r.batch.Positions, r.point)
		}
		r.point++
	}
}

func valueOf(p pmetric.NumberDataPoint) float64 {
	switch p.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		return float64(p.IntValue())
	case pmetric.NumberDataPointValueTypeDouble:
		return p.DoubleValue()
	default:
		return math.NaN()
	}
}

// inUse reports whether a point is of what is in use, which is all where no part is named.
func inUse(attributes pcommon.Map) bool {
	for _, name := range states {
		if state := text(attributes, name); state != "" {
			return state == "used"
		}
	}
	return true
}

func tagsOf(attributes pcommon.Map, service string) map[string]string {
	tags := make(map[string]string, attributes.Len()+1)
	if service != "" {
		tags["service"] = service
	}
	for name, v := range attributes.All() {
		switch v.Type() {
		case pcommon.ValueTypeMap, pcommon.ValueTypeSlice, pcommon.ValueTypeBytes, pcommon.ValueTypeEmpty:
		default:
			if !isPrivate(name) {
				tags[clean(name)] = clean(v.AsString())
			}
		}
	}
	return tags
}

func isPrivate(attribute string) bool {
	for _, prefix := range private {
		if strings.HasPrefix(attribute, prefix) {
			return true
		}
	}
	return false
}
