package api

import (
	"encoding/json"

	"flowwatch/engine"
)

// The answers about numbers hold hundreds of counts and points, which are
// written by hand: reflection over them takes longer than to compute them. A
// test holds both forms together.

// About what an hour's count and a trend's point take.
const (
	countBytesUsual      = 22
	trendPointBytesUsual = 220
)

// metricsJSON is the answer about a workflow's metrics.
func metricsJSON(m WorkflowMetrics) ([]byte, error) {
	hours, days, weeks := m.ExecutionsByHour, m.ExecutionsByDay, m.ExecutionsByWeek
	m.ExecutionsByHour, m.ExecutionsByDay, m.ExecutionsByWeek = nil, nil, nil
	head, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	const end = `"executionsByHour":{},"executionsByDay":{},"executionsByWeek":{}}`
	body := make([]byte, 0, len(head)+countBytesUsual*(len(hours)+len(days)+len(weeks)))
	body = append(body, head[:len(head)-len(end)]...)
	body = hours.AppendJSON(append(body, `"executionsByHour":`...))
	body = days.AppendJSON(append(body, `,"executionsByDay":`...))
	body = weeks.AppendJSON(append(body, `,"executionsByWeek":`...))
	return append(body, '}'), nil
}

// trendJSON is the answer about a trend: a Trend or OfficeTrend, of which the
// points are given apart.
func trendJSON[T Trend | OfficeTrend](answer T, points []engine.TrendPoint) ([]byte, error) {
	head, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	const begin, none = `{"points":`, `null`
	body := make([]byte, 0, len(head)+trendPointBytesUsual*len(points))
	body = append(append(body, begin...), '[')
	for i := range points {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendTrendPoint(body, &points[i])
	}
	body = append(body, ']')
	return append(body, head[len(begin)+len(none):]...), nil
}

// appendTrendPoint writes a point as engine.TrendPoint has it.
func appendTrendPoint(dst []byte, p *engine.TrendPoint) []byte {
	dst = p.Start.AppendJSON(append(dst, `{"start":`...))
	dst = p.End.AppendJSON(append(dst, `,"end":`...))
	dst = appendInt(append(dst, `,"total":`...), p.Total)
	dst = appendInt(append(dst, `,"completed":`...), p.Completed)
	dst = appendInt(append(dst, `,"failed":`...), p.Failed)
	dst = appendOptional(append(dst, `,"successRate":`...), p.SuccessRate)
	dst = appendOptional(append(dst, `,"averageDuration":`...), p.AverageDuration)
	dst = appendOptional(append(dst, `,"p50":`...), p.P50)
	dst = appendOptional(append(dst, `,"p95":`...), p.P95)
	dst = appendOptional(append(dst, `,"p99":`...), p.P99)
	return append(dst, '}')
}
