package promql

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// ParseTime reads Unix seconds or RFC 3339, in the years 0 to 9999. An error is an *Error.
func ParseTime(text string) (time.Time, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if ms := math.Round(seconds * 1000); ms >= firstTime && ms <= lastTime {
			return time.UnixMilli(int64(ms)).UTC(), nil
		}
	} else if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	return time.Time{}, badData(fmt.Sprintf("cannot parse %q to a valid timestamp", text))
}

// ParseDuration reads seconds or a duration as in 1h30m. An error is an *Error.
func ParseDuration(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if ns := seconds * float64(time.Second); ns > math.MinInt64 && ns < math.MaxInt64 {
			return time.Duration(ns), nil
		}
	} else if d, err := model.ParseDuration(text); err == nil {
		return time.Duration(d), nil
	}
	return 0, badData(fmt.Sprintf("cannot parse %q to a valid duration", text))
}
