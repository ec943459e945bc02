package promql

import (
	"context"
	"errors"
	"runtime"

	prom "github.com/prometheus/prometheus/promql"

	"flowwatch/tsdb"
)

// Kind is what Prometheus calls a kind of error.
type Kind string

// The kinds.
const (
	BadData   Kind = "bad_data"  // the question is wrong
	Execution Kind = "execution" // it cannot be answered within the limits, or not at all
	TimedOut  Kind = "timeout"   // not in time
	Canceled  Kind = "canceled"  // nobody waits for it any more
	Internal  Kind = "internal"  // our mistake
)

// Error is why an expression has no value. Its text is for who asked, but of Internal.
type Error struct {
	Kind  Kind
	cause error
}

// Error implements error.
func (e *Error) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

func badData(text string) error { return &Error{Kind: BadData, cause: errors.New(text)} }

// storeFault is an error of the store that nobody who asks can help. The evaluation hands it on wrapped.
type storeFault struct{ cause error }

func (f *storeFault) Error() string { return f.cause.Error() }
func (f *storeFault) Unwrap() error { return f.cause }

func faultOfStore(err error) error { return &storeFault{err} }

// errorOf finds the kind of what the evaluation or the store says.
func errorOf(err error) error {
	var timeout prom.ErrQueryTimeout
	var canceled prom.ErrQueryCanceled
	var store *storeFault
	var bug runtime.Error
	kind := Execution
	switch {
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		kind = TimedOut
	case errors.As(err, &canceled), errors.Is(err, context.Canceled):
		kind = Canceled
	case errors.Is(err, tsdb.ErrSeriesLimit), errors.Is(err, tsdb.ErrPointLimit):
	case errors.As(err, &store), errors.As(err, &bug):
		kind = Internal
	}
	return &Error{Kind: kind, cause: err}
}
