// Package promql answers PromQL over series of tsdb, with Prometheus' own parser and engine. It is the only importer of both.
//
// A query is given a Source, which was made for one organisation and holds handles of its series alone. So an expression can ask for whatever labels it
// likes: there is no label that leads to another organisation.
package promql

import (
	"context"
	"errors"
	"fmt"
	"time"

	prom "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/annotations"
)

// Version is the version of Prometheus whose language is spoken: that of the module.
const Version = "3.16.0"

// Engine evaluates expressions, a few at a time. It is safe for concurrent use.
type Engine struct {
	inner *prom.Engine
	slots chan struct{}
}

// New makes an engine. It needs no closing.
func New() *Engine {
	return &Engine{
		inner: prom.NewEngine(prom.EngineOpts{
			MaxSamples: samplesMax, Timeout: queryTimeout, LookbackDelta: lookback, EnableAtModifier: true, EnableNegativeOffset: true,
			NoStepSubqueryIntervalFn: func(int64) int64 { return subqueryStep.Milliseconds() },
			Parser:                   parser.NewParser(parser.Options{}),
		}),
		slots: make(chan struct{}, queriesMax),
	}
}

// Query asks for the value of an expression at one time.
type Query struct {
	Text     string
	At       time.Time
	Timeout  time.Duration // 0, or more than is usual: as long as is usual
	Lookback time.Duration // how old the latest sample may be; 0: five minutes
}

// RangeQuery asks for the values of an expression at From and each Step after it, up to To.
type RangeQuery struct {
	Query
	From, To time.Time
	Step     time.Duration
}

// Answer is the value of an expression, as Prometheus' HTTP API has it in JSON.
type Answer struct {
	Data            []byte
	Warnings, Infos []string
}

// Instant evaluates an expression at one time. An error is an *Error.
func (e *Engine) Instant(ctx context.Context, s Source, q *Query) (*Answer, error) {
	return e.evaluate(ctx, s, q, 0, func(ctx context.Context) (prom.Query, error) {
		return e.inner.NewInstantQuery(ctx, &queryable{source: s, budget: newBudget()}, prom.NewPrometheusQueryOpts(false, q.Lookback, nil), q.Text, q.At)
	})
}

// Range evaluates an expression at each step. An error is an *Error.
func (e *Engine) Range(ctx context.Context, s Source, q *RangeQuery) (*Answer, error) {
	switch {
	case q.To.Before(q.From):
		return nil, badData("end must not be before start")
	case q.Step < time.Millisecond:
		return nil, badData("step must be at least a millisecond, the resolution of times")
	case q.To.Sub(q.From)/q.Step >= pointsMax:
		return nil, badData(fmt.Sprintf("more than %d points a series: take a longer step", pointsMax))
	}
	return e.evaluate(ctx, s, &q.Query, q.To.Sub(q.From), func(ctx context.Context) (prom.Query, error) {
		return e.inner.NewRangeQuery(ctx, &queryable{source: s, budget: newBudget()}, prom.NewPrometheusQueryOpts(false, q.Lookback, nil), q.Text, q.From, q.To, q.Step)
	})
}

func (e *Engine) evaluate(ctx context.Context, s Source, q *Query, window time.Duration, prepare func(context.Context) (prom.Query, error)) (*Answer, error) {
	if len(q.Text) > queryBytesMax {
		return nil, badData(fmt.Sprintf("the expression has %d bytes, at most %d", len(q.Text), queryBytesMax))
	}
	if err := guard(q.Text, window); err != nil {
		return nil, err
	}
	timeout := queryTimeout
	if q.Timeout > 0 {
		timeout = min(timeout, q.Timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	leave, err := e.enter(ctx, s.Slots)
	if err != nil {
		return nil, err
	}
	defer leave()
	query, err := prepare(ctx)
	if err != nil {
		return nil, &Error{Kind: BadData, cause: err}
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return nil, errorOf(result.Err)
	}
	answer, err := newAnswer(result.Value)
	if err != nil {
		return nil, err
	}
	answer.Warnings, answer.Infos = texts(result.Warnings, q.Text)
	return answer, nil
}

// Slots are the places of one organisation.
func Slots() chan struct{} { return make(chan struct{}, queriesEachMax) }

// enter waits for a place among the queries of the organisation, then of all.
func (e *Engine) enter(ctx context.Context, own chan struct{}) (leave func(), err error) {
	late := &Error{Kind: TimedOut, cause: errors.New("too many queries at a time")}
	select {
	case own <- struct{}{}:
	case <-ctx.Done():
		return nil, late
	}
	select {
	case e.slots <- struct{}{}:
		return func() { <-e.slots; <-own }, nil
	case <-ctx.Done():
		<-own
		return nil, late
	}
}

// texts are the first of what an evaluation remarks.
func texts(all annotations.Annotations, expression string) (warnings, infos []string) {
	const shown = 10
	return all.AsStrings(expression, shown, shown)
}
