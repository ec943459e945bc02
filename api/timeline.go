package api

import (
	"math"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
)

// Timeline is when the steps of an execution ran (AC3). Durations are ms, null
// where nothing is known; those of what still runs are as of asOf. totalDuration
// is from start to end, stepsDuration the sum of the steps, activeDuration
// leaves the time in waiting out, queueDuration comes before the start.
type Timeline struct {
	ExecutionID    string            `json:"executionId"`
	Status         string            `json:"status" enum:"status"`
	StartedAt      execution.Instant `json:"startedAt"`
	CompletedAt    execution.Instant `json:"completedAt"`
	AsOf           execution.Instant `json:"asOf"`
	TotalDuration  *int64            `json:"totalDuration"`
	ActiveDuration *int64            `json:"activeDuration"`
	StepsDuration  int64             `json:"stepsDuration"`
	QueueDuration  *int64            `json:"queueDuration"`
	TotalWaitMs    int64             `json:"totalWaitMs"`
	CriticalPath   []string          `json:"criticalPath"`
	SlowestSteps   []string          `json:"slowestSteps"`
	SampleSize     int               `json:"sampleSize"`
	Rows           []TimelineRow     `json:"rows"`
}

// TimelineRow is one step. Parallel steps have different rows; those that have
// not begun share the row after the last. Duration spans all attempts, which
// are listed where there were several; offsets are from the execution's start.
type TimelineRow struct {
	StepID        string            `json:"stepId"`
	Name          string            `json:"name"`
	Row           int               `json:"row"`
	Status        string            `json:"status" enum:"stepStatus"`
	StartOffsetMs *int64            `json:"startOffsetMs"`
	Duration      *int64            `json:"duration"`
	WaitBeforeMs  *int64            `json:"waitBeforeMs"`
	Attempt       int               `json:"attempt"`
	Interrupted   bool              `json:"interrupted"`
	ShareOfTotal  *float64          `json:"shareOfTotal"`
	Average       *StepAverage      `json:"average"`
	Attempts      []TimelineAttempt `json:"attempts"`
}

// TimelineAttempt is one try of a step.
type TimelineAttempt struct {
	Attempt       int    `json:"attempt"`
	Status        string `json:"status" enum:"stepStatus"`
	StartOffsetMs int64  `json:"startOffsetMs"`
	Duration      int64  `json:"duration"`
}

// StepAverage is how long the step took in the last completed runs.
// DeviationPercent is null where it cannot be said yet.
type StepAverage struct {
	DurationMs       float64  `json:"durationMs"`
	P50              float64  `json:"p50"`
	P95              float64  `json:"p95"`
	SampleSize       int      `json:"sampleSize"`
	DeviationPercent *float64 `json:"deviationPercent"`
}

// Explanation says why an execution was slow or failed, in the language of the
// request, with the numbers that it rests on.
type Explanation struct {
	Summary   string            `json:"summary"`
	Sentences []string          `json:"sentences"`
	Facts     []ExplanationFact `json:"facts"`
}

// ExplanationFact is one number; stepId is null where it is of the whole execution.
type ExplanationFact struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	StepID *string `json:"stepId"`
}

func (s *Server) getTimeline(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	l, err := c.tenant.Timeline(c.Context(), id)
	if err != nil {
		return err
	}
	body, err := timelineJSON(&l)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

func (s *Server) getExplanation(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	language, tag := timeline.Polish, "pl"
	if prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		language, tag = timeline.English, "en"
	}
	x, err := c.tenant.Explain(c.Context(), id, language)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentLanguage, tag)
	return c.JSON(newExplanation(&x))
}

// newTimeline is all but the rows.
func newTimeline(l *timeline.Timeline) Timeline {
	return Timeline{
		ExecutionID: l.ExecutionID, Status: l.Status.String(), StartedAt: l.StartedAt, CompletedAt: l.CompletedAt, AsOf: l.AsOf,
		TotalDuration: known(l.TotalMs), ActiveDuration: known(l.ActiveMs), StepsDuration: l.StepsMs, QueueDuration: known(l.QueuedMs),
		TotalWaitMs: l.TotalWaitMs, CriticalPath: orEmpty(l.CriticalPath), SlowestSteps: orEmpty(l.SlowestSteps),
		SampleSize: l.SampleSize, Rows: []TimelineRow{},
	}
}

func newExplanation(x *timeline.Explanation) Explanation {
	e := Explanation{Summary: x.Summary, Sentences: orEmpty(x.Sentences), Facts: make([]ExplanationFact, len(x.Facts))}
	for i, f := range x.Facts {
		e.Facts[i] = ExplanationFact{Name: f.Name, Value: rounded(f.Value), Unit: f.Unit, StepID: optional(f.StepID)}
	}
	return e
}

// rounded has at most two decimals.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

func knownRounded(v float64) *float64 {
	if v == execution.Unknown {
		return nil
	}
	v = rounded(v)
	return &v
}
