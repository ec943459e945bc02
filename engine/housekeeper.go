package engine

import (
	"context"
	"errors"
	"time"

	"flowwatch/engine/setting"
	"flowwatch/kv"
)

// The local time of the nightly clean-up, when an office sleeps and summer time neither begins nor ends.
const (
	nightHour   = 3
	nightMinute = 30
)

// keepHouse sets milestones and cleans up every night; after a night without power as soon as the machine is up again.
func (e *Engine) keepHouse() {
	ctx, cancel := context.WithCancel(context.Background())
	e.done.Go(func() {
		<-e.stop
		cancel()
	})
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for linksLooked := (time.Time{}); ; {
		e.keepLinks(&linksLooked)
		if e.erased.open.Load() {
			if err := e.applyErasures(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("erasures are not applied yet", "err", err)
			}
		}
		for _, t := range e.all() {
			e.keepHouseOf(ctx, t)
		}
		select {
		case <-e.stop:
			return
		case <-ticker.C:
		}
	}
}

func (e *Engine) keepHouseOf(ctx context.Context, t *Tenant) {
	now := e.now()
	if err := t.endUnheard(e.unheard); err != nil && ctx.Err() == nil {
		e.log.Error("end what is not heard of", "tenant", t.id, "err", err)
	}
	err := t.mark(now)
	next, nextErr := t.NextRetention()
	if err = errors.Join(err, nextErr); err == nil && !now.Before(next) {
		_, err = t.Retain(ctx)
		err = errors.Join(err, e.retainOwn(ctx))
	}
	if err != nil && ctx.Err() == nil {
		e.log.Error("clean-up", "tenant", t.id, "err", err)
	}
}

// retainOwn cleans up the series of the appliance's own machine.
func (e *Engine) retainOwn(ctx context.Context) error {
	days := func(n int) time.Time { return e.now().Add(-time.Duration(n) * 24 * time.Hour) }
	_, err := e.machine.series.Retire(ctx, days(setting.Default().Retention.RawMetricsDays))
	_, dropErr := e.machine.series.Drop(ctx, days(rollupsDays))
	return errors.Join(err, dropErr)
}

// NextRetention is when the next clean-up is due: in the night after the last one, or after the engine was opened.
func (t *Tenant) NextRetention() (time.Time, error) {
	last := t.engine.opened
	runs, err := t.RetentionRuns(1)
	if err != nil {
		return time.Time{}, err
	}
	if len(runs) > 0 {
		last = runs[0].StartedAt.Time()
	}
	return nightAfter(last, t.engine.zone), nil
}

func nightAfter(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	night := time.Date(at.Year(), at.Month(), at.Day(), nightHour, nightMinute, 0, 0, zone)
	if !night.After(at) {
		night = time.Date(at.Year(), at.Month(), at.Day()+1, nightHour, nightMinute, 0, 0, zone)
	}
	return night
}

// RetentionRuns are the last clean-ups, newest first.
func (t *Tenant) RetentionRuns(limit int) (runs []RetentionRun, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return retentionRuns.Scan(tx, t.scope, kv.Span{Reverse: true}, func(_ []byte, r *RetentionRun) (bool, error) {
			if len(runs) < limit {
				runs = append(runs, *r)
			}
			return len(runs) < limit, nil
		})
	})
	return runs, err
}

// Policy is how long the organisation keeps what.
func (t *Tenant) Policy() Retention { return t.retention() }

// errCounted ends a count that is great enough.
var errCounted = errors.New("counted")

// Due counts what the next clean-up will remove if nothing more is heard: executions and inputs and outputs of executions. Each count stops at
// countedMax.
func (t *Tenant) Due(ctx context.Context) (executions, stepData int64, err error) {
	t = t.entire
	next, err := t.NextRetention()
	if err != nil {
		return 0, 0, err
	}
	s := &sweep{tenant: t, now: next, policy: t.retention()}
	old, err := t.agedBy(s.before(s.policy.ExecutionsDays))
	if err != nil {
		return 0, 0, err
	}
	err = t.eachAged(ctx, old, s.ended(old), func(ids []string) error {
		if executions += int64(len(ids)); executions >= countedMax {
			return errCounted
		}
		return nil
	})
	if err != nil && !errors.Is(err, errCounted) {
		return 0, 0, err
	}
	old, err = t.agedBy(s.before(s.policy.StepDataDays))
	for after := []byte(nil); err == nil && stepData < countedMax; {
		var ids []string
		ids, after, err = t.agedStepData(old, after)
		if stepData += int64(len(ids)); after == nil {
			break
		}
	}
	return executions, stepData, err
}
