package api

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
)

// rowBytesUsual is about how much one row of a timeline takes.
const rowBytesUsual = 320

// timelineJSON is the answer about a timeline: the fields of Timeline, with
// the rows written by hand, because there may be 20,000 and reflection takes as
// long as all the rest. A test holds the two forms together.
func timelineJSON(l *timeline.Timeline) ([]byte, error) {
	head, err := json.Marshal(newTimeline(l)) // it ends with the rows, of which there are none yet
	if err != nil {
		return nil, err
	}
	const end = "]}"
	body := make([]byte, 0, len(head)+rowBytesUsual*len(l.Rows))
	body = append(body, head[:len(head)-len(end)]...)
	for i := range l.Rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendRow(body, &l.Rows[i])
	}
	return append(body, end...), nil
}

// appendRow writes a row as TimelineRow has it.
func appendRow(dst []byte, r *timeline.Row) []byte {
	dst = appendText(append(dst, `{"stepId":`...), r.StepID)
	dst = appendText(append(dst, `,"name":`...), r.Name)
	dst = appendInt(append(dst, `,"row":`...), int64(r.Row))
	dst = appendText(append(dst, `,"status":`...), r.Status.String())
	if r.Begun {
		dst = appendInt(append(dst, `,"startOffsetMs":`...), r.StartOffsetMs)
	} else {
		dst = append(dst, `,"startOffsetMs":null`...)
	}
	dst = appendKnown(append(dst, `,"duration":`...), r.DurationMs)
	dst = appendKnown(append(dst, `,"waitBeforeMs":`...), r.WaitBeforeMs)
	dst = appendInt(append(dst, `,"attempt":`...), int64(r.Attempt))
	dst = strconv.AppendBool(append(dst, `,"interrupted":`...), r.Interrupted)
	dst = append(dst, `,"shareOfTotal":`...)
	if r.ShareOfTotal == execution.Unknown {
		dst = append(dst, "null"...)
	} else {
		dst = appendRounded(dst, r.ShareOfTotal)
	}
	dst = appendAverage(append(dst, `,"average":`...), r.Average)
	dst = append(dst, `,"attempts":[`...)
	for i := range r.Segments {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSegment(dst, &r.Segments[i])
	}
	return append(dst, "]}"...)
}

func appendAverage(dst []byte, a *timeline.Average) []byte {
	if a == nil {
		return append(dst, "null"...)
	}
	dst = appendRounded(append(dst, `{"durationMs":`...), a.DurationMs)
	dst = appendRounded(append(dst, `,"p50":`...), a.P50)
	dst = appendRounded(append(dst, `,"p95":`...), a.P95)
	dst = appendInt(append(dst, `,"sampleSize":`...), int64(a.SampleSize))
	dst = append(dst, `,"deviationPercent":`...)
	return append(appendOptional(dst, a.DeviationPercent), '}')
}

func appendSegment(dst []byte, s *timeline.Segment) []byte {
	dst = appendInt(append(dst, `{"attempt":`...), int64(s.Attempt))
	dst = appendText(append(dst, `,"status":`...), s.Status.String())
	dst = appendInt(append(dst, `,"startOffsetMs":`...), s.StartOffsetMs)
	dst = appendInt(append(dst, `,"duration":`...), s.DurationMs)
	return append(dst, '}')
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func appendKnown(dst []byte, n int64) []byte {
	if n == execution.Unknown {
		return append(dst, "null"...)
	}
	return appendInt(dst, n)
}

// appendRounded writes a number with at most two decimals, as encoding/json
// does; beyond what has an exponent there it needs none here.
func appendRounded(dst []byte, v float64) []byte {
	return strconv.AppendFloat(dst, rounded(v), 'f', -1, 64)
}

// appendOptional is appendRounded, or null of nothing.
func appendOptional(dst []byte, v *float64) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	return appendRounded(dst, *v)
}

// appendText writes a text as encoding/json does.
func appendText(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r < ' ', r == '"', r == '\\', r == '<', r == '>', r == '&', r == '\u007f', r == '\u2028', r == '\u2029', r == utf8.RuneError:
			quoted, _ := json.Marshal(s) //nolint:errchkjson // a string is always written
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}
