package tsdb

import (
	"errors"

	"flowwatch/kv"
)

var (
	// ErrLabels is returned for a metric name or labels that NewLabels does not take.
	ErrLabels = errors.New("labels are not valid")

	// ErrMatcher is returned for a regular expression that cannot be compiled or is too long.
	ErrMatcher = errors.New("label matcher is not valid")

	// ErrSeriesLimit is returned by Room when an organisation would get more series than Options.SeriesMax, and by queries that match more
	// than one query may read.
	ErrSeriesLimit = errors.New("too many series")

	// ErrValue is returned for NaN and infinite values.
	ErrValue = errors.New("value is not a finite number")

	// ErrTime is returned for times outside of the years 0 to 9999.
	ErrTime = errors.New("time is out of range")

	// ErrRange is returned for a reversed or empty range, or bounds that do not rise.
	ErrRange = errors.New("time range is not valid")

	// ErrPointLimit is returned when an answer would hold more points or buckets than it may.
	ErrPointLimit = errors.New("too many points")

	// ErrCorrupt is returned when stored bytes cannot be what this package wrote.
	ErrCorrupt = kv.ErrCorrupt
)
