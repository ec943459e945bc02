package eventlog

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnEventIsPlayedWithAllItsTimesMoved(t *testing.T) {
	t.Parallel()
	first, began := time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	p := &Pace{First: first, Began: began, Speed: 60, Prefix: "again-"}
	told := p.Event([]byte(`{"type":"step.completed","executionId":"r","retryOf":"q","timestamp":"2024-01-01T10:00:00+01:00","deadline":"2024-01-01T07:00:00Z","durationMs":1200,"x":{"y":[1]}}`))
	require.JSONEq(t, `{"type":"step.completed","executionId":"again-r","retryOf":"again-q","timestamp":"2026-11-27T10:01:00Z","deadline":"2026-11-27T09:59:00Z","durationMs":20,"x":{"y":[1]}}`, string(told))
	require.Equal(t, time.Minute, p.Offset(first.Add(time.Hour)))
	require.Zero(t, p.Offset(first.Add(-time.Hour)))

	id := func(p Pace) string { return string(p.Event([]byte(`{"eventId":"e"}`))) }
	same, later := *p, *p
	later.Began = began.Add(time.Second)
	require.Equal(t, id(*p), id(same))
	require.NotEqual(t, id(*p), id(later), "each time is another")
	for _, line := range []string{"", "null", "{broken", "[]", "7"} {
		require.Equal(t, line, string(p.Event([]byte(line))))
		require.True(t, TimeOf([]byte(line)).IsZero())
	}
}

func FuzzPace(f *testing.F) {
	f.Add(`{"type":"execution.started","eventId":"e","executionId":"r","retryOf":"q","timestamp":"2026-11-24T08:00:00Z","deadline":"1999-01-01T00:00:00Z","durationMs":7}`, 60.0)
	f.Add(`{"timestamp":7,"eventId":{},"durationMs":"x","executionId":null}`, 1.0)
	f.Add(`{"timestamp":"9999-12-31T23:59:59Z","durationMs":-1e308}`, 1e-300)
	f.Add(`null`, 1.0)
	f.Fuzz(func(t *testing.T, line string, speed float64) {
		if !(speed > 0) {
			return
		}
		p := &Pace{First: TimeOf([]byte(line)), Began: time.Unix(1_800_000_000, 0), Speed: speed, Prefix: "p-"}
		told := p.Event([]byte(line))
		var before, after map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &before) != nil || before == nil {
			require.Equal(t, line, string(told), "it is for the server to refuse")
			return
		}
		require.NoError(t, json.Unmarshal(told, &after))
		require.Len(t, after, len(before))
	})
}
