package promql

import "time"

// Bounds of what one query, and all queries together, may take.
const (
	pointsMax     = 11_000 // of one series of an answer
	samplesMax    = 2_000_000
	queryBytesMax = 16 << 10
	queryTimeout  = 30 * time.Second
	selectorsMax  = 100 // match[] of one request

	patternPartsMax = 64_000   // of all regular expressions of one query, repetitions written out
	labelBytesMax   = 64 << 20 // of the series that all selectors of one query name, each counted as often as it is named

	queriesMax     = 4 // at a time
	queriesEachMax = 3 // of one organisation

	subqueryStepsMax = 200_000
	labelGrowthMax   = 64 // how many labels may be put together in one

	lookback     = 5 * time.Minute
	subqueryStep = time.Minute
)

// Limits are the limits of expressions, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"promqlPoints": pointsMax, "promqlSamples": samplesMax, "promqlAtOnce": queriesMax, "promqlAtOnceOfOrganization": queriesEachMax, "promqlBytes": queryBytesMax,
		"promqlTimeoutMs": int(queryTimeout.Milliseconds()), "promqlSelectors": selectorsMax, "promqlLabelBytes": labelBytesMax, "promqlPatternParts": patternPartsMax,
		"promqlSubquerySteps": subqueryStepsMax, "promqlLabelGrowth": labelGrowthMax,
	}
}
