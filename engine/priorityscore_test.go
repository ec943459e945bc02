package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

// Part 4.7: base, boost, age up to 90, and 1,000 for a wish by hand.
func TestScoresAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	now := execution.At(noon)
	today := &Raise{Rule: "r", Period: "2026-10", Level: deadline.LevelToday, Points: 300}
	rules := func(s PriorityState) *PriorityRequest {
		return &PriorityRequest{Priority: "HIGH", Former: "NORMAL", State: s, Boost: today}
	}
	byHand := func(p string, s PriorityState) *PriorityRequest {
		return &PriorityRequest{Priority: p, Former: "NORMAL", State: s}
	}
	for name, v := range map[string]struct {
		priority execution.Priority
		waited   time.Duration
		wish     *PriorityRequest
		raise    *Raise
		want     Score
	}{
		"high":                         {execution.High, 0, nil, nil, Score{Base: 300}},
		"normal":                       {execution.Normal, 0, nil, nil, Score{Base: 200}},
		"nobody said":                  {execution.PriorityNone, 0, nil, nil, Score{Base: 200}},
		"low":                          {execution.Low, 0, nil, nil, Score{Base: 100}},
		"four minutes are one":         {execution.Low, 4*time.Minute - time.Millisecond, nil, nil, Score{Base: 100}},
		"an hour":                      {execution.Low, time.Hour, nil, nil, Score{Base: 100, Age: 15}},
		"a week":                       {execution.Low, 7 * 24 * time.Hour, nil, nil, Score{Base: 100, Age: 90}},
		"queued by a clock ahead":      {execution.Low, -time.Hour, nil, nil, Score{Base: 100}},
		"due today":                    {execution.Normal, 0, nil, today, Score{Base: 200, Boost: 300}},
		"the engine took it":           {execution.High, 0, rules(PriorityAcknowledged), today, Score{Base: 200, Boost: 300}},
		"it has not yet":               {execution.Normal, 0, rules(PriorityRequested), today, Score{Base: 200, Boost: 300}},
		"it says something else since": {execution.Low, 0, rules(PriorityAcknowledged), today, Score{Base: 100, Boost: 300}},
		"by hand":                      {execution.Normal, 0, byHand("HIGH", PriorityRequested), nil, Score{Base: 300, Manual: 1000}},
		"by hand, taken":               {execution.High, 0, byHand("HIGH", PriorityAcknowledged), nil, Score{Base: 300, Manual: 1000}},
		"by hand, refused":             {execution.Normal, 0, byHand("HIGH", PriorityRefused), nil, Score{Base: 200}},
		"by hand, down":                {execution.High, 0, byHand("LOW", PriorityRequested), nil, Score{Base: 100}},
	} {
		x := execution.Summary{Priority: v.priority, QueuedAt: execution.At(noon.Add(-v.waited)), StartedAt: execution.NoInstant}
		require.Equal(t, v.want, scoreOf(&x, v.wish, v.raise, now), name)
	}
}

// Part 4.7: the priority that is asked for is the one that the sum reaches.
func TestPointsReachPriorities(t *testing.T) {
	t.Parallel()
	for points, want := range map[int][3]execution.Priority{ // from LOW, NORMAL, HIGH
		0: {execution.Low, execution.Normal, execution.High}, 60: {execution.Low, execution.Normal, execution.High},
		120: {execution.Normal, execution.High, execution.High}, 200: {execution.High, execution.High, execution.High},
		250: {execution.High, execution.High, execution.High}, 300: {execution.High, execution.High, execution.High},
	} {
		got := [3]execution.Priority{raisedTo(execution.Low, points), raisedTo(execution.Normal, points), raisedTo(execution.High, points)}
		require.Equal(t, want, got, points)
	}
}
