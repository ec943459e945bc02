package deadline

import (
	"fmt"
	"strings"
	"time"
)

// Level says how much a deadline raises the runs that serve it (part 4.7).
type Level string

// The levels, by working days left to ActBy.
const (
	LevelNone    Level = "none"    // more than 5, or nothing to raise for
	LevelNear    Level = "near"    // 5 to 3
	LevelSoon    Level = "soon"    // 2
	LevelNext    Level = "next"    // 1
	LevelToday   Level = "today"   // 0
	LevelOverdue Level = "overdue" // over, and not met
)

// BoostDays is how many working days before ActBy a deadline begins to raise.
const BoostDays = 5

// feedingDays is the same for runs that only prepare what others file.
const feedingDays = 3

// points are what the levels add to the score of a queued run.
var points = map[Level]int{LevelNear: 60, LevelSoon: 120, LevelNext: 200, LevelToday: 300, LevelOverdue: 250}

// Obligation is what a run serves, as far as it matters for how much that raises it.
type Obligation struct {
	Due, ActBy Day
	End        time.Time // when the time runs out, on Due
	DaysLeft   int       // working days from today to ActBy
	Confirmed  bool      // somebody of the office stands for the rule
	Met        bool      // somebody marked it as met
}

// Boost is how much an obligation raises a queued run.
type Boost struct {
	Level  Level
	Points int
}

// Boost computes the boost at a moment. A template that nobody confirmed raises
// nothing, and neither does what is met.
func (o *Obligation) Boost(now time.Time) Boost {
	level := LevelNone
	switch {
	case !o.Confirmed || o.Met:
	case !now.Before(o.End):
		level = LevelOverdue
	case o.DaysLeft <= 0: // also between ActBy and a Due that is a day off
		level = LevelToday
	case o.DaysLeft == 1:
		level = LevelNext
	case o.DaysLeft == 2:
		level = LevelSoon
	case o.DaysLeft <= BoostDays:
		level = LevelNear
	}
	return Boost{level, points[level]}
}

// Feeding is the boost of a run that has no deadline of its own and prepares
// what others file: half of theirs, in the last days.
func (o *Obligation) Feeding(now time.Time) Boost {
	b := o.Boost(now)
	if b.Level == LevelOverdue || o.DaysLeft > feedingDays {
		return Boost{Level: LevelNone}
	}
	b.Points /= 2
	return b
}

// FeedsCategory is the category of the rules that feeders prepare.
const FeedsCategory = "VAT"

// NewFeeders finds the workflows that only prepare (part 4.7).
func NewFeeders() *Matcher {
	feeders := NewRule()
	feeders.Match.WorkflowNames = []string{"invoice-processing*", "document-classification*", "document-approval*"}
	return NewMatcher([]*Rule{&feeders})
}

// Reason tells in Polish why a run is raised, as in "JPK_V7M za 10.2026, termin
// 25.11, 2 dni robocze".
func (o *Obligation) Reason(r *Rule, period string, level Level) string {
	name, _, _ := strings.Cut(r.Name.PL, " – ")
	if period != onceWord {
		name += " za " + periodInPolish(period)
	}
	left := "po terminie"
	switch {
	case level == LevelOverdue:
	case level == LevelToday:
		left = "ostatni dzień"
	case o.DaysLeft == 1:
		left = "1 dzień roboczy"
	case o.DaysLeft < 5:
		left = fmt.Sprintf("%d dni robocze", o.DaysLeft)
	default:
		left = fmt.Sprintf("%d dni roboczych", o.DaysLeft)
	}
	return fmt.Sprintf("%s, termin %s, %s", name, o.Due.utc().Format("02.01"), left)
}

// periodInPolish writes 2026-10 as 10.2026 and 2026-Q4 as IV kw. 2026.
func periodInPolish(period string) string {
	year, part, found := strings.Cut(period, "-")
	if !found {
		return period
	}
	if quarter, ok := map[string]string{"Q1": "I", "Q2": "II", "Q3": "III", "Q4": "IV"}[part]; ok {
		return quarter + " kw. " + year
	}
	return part + "." + year
}
