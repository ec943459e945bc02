package execution

import (
	"encoding/json"
	"math"
	"reflect"
	"time"
)

// Instant is a point in time: nanoseconds since 1970-01-01T00:00:00Z. Zero is
// a time like any other; NoInstant is none.
type Instant int64

// NoInstant is the absence of a time.
const NoInstant Instant = math.MinInt64

const (
	nanosPerMs    = int64(time.Millisecond)
	instantLayout = "2006-01-02T15:04:05.000" // at least milliseconds; more digits follow when there are any
)

// At converts t.
func At(t time.Time) Instant { return Instant(t.UnixNano()) }

// Present reports whether i is a time.
func (i Instant) Present() bool { return i != NoInstant }

// Ms is i in whole milliseconds since 1970, rounded down.
func (i Instant) Ms() int64 {
	ms := int64(i) / nanosPerMs
	if int64(i) < ms*nanosPerMs {
		ms--
	}
	return ms
}

// Time is i in UTC. NoInstant has none.
func (i Instant) Time() time.Time { return time.Unix(0, int64(i)).UTC() }

// back is i less ms, but not before 1970.
func (i Instant) back(ms int64) Instant {
	if ms > i.Ms() {
		return 0
	}
	return i - Instant(ms*nanosPerMs)
}

// MarshalJSON writes RFC 3339 in UTC with at least milliseconds, or null.
func (i Instant) MarshalJSON() ([]byte, error) {
	return i.AppendJSON(make([]byte, 0, len(`"2006-01-02T15:04:05.000000000Z"`))), nil
}

// AppendJSON is MarshalJSON into dst.
func (i Instant) AppendJSON(dst []byte) []byte {
	if !i.Present() {
		return append(dst, "null"...)
	}
	t := i.Time()
	layout := instantLayout
	switch ns := t.Nanosecond(); {
	case ns%1e6 == 0:
	case ns%1e3 == 0:
		layout += "000"
	default:
		layout += "000000"
	}
	return append(t.AppendFormat(append(dst, '"'), layout), 'Z', '"')
}

// UnmarshalJSON reads an RFC 3339 time, or null. Anything else, and a time that
// an Instant cannot hold, is a *json.UnmarshalTypeError, to which the decoder
// adds the name of the field.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = NoInstant
		return nil
	}
	var t time.Time
	if err := t.UnmarshalJSON(b); err != nil || !At(t).Time().Equal(t) {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[Instant]()} //nolint:wrapcheck // made here
	}
	*i = At(t)
	return nil
}

// earliest is the lesser of the two that are present.
func earliest(a, b Instant) Instant {
	switch {
	case !a.Present():
		return b
	case !b.Present():
		return a
	}
	return min(a, b)
}
