package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/setting"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// Retention is how long an organisation keeps each kind of data.
type Retention = setting.Retention

// rollupsDays is how long sums of hours are kept, from which trends of years are made. They tell of no person.
const rollupsDays = 2190

// retention is what holds for the organisation.
func (t *Tenant) retention() Retention { return t.Settings().Retention }

// RetentionCounts are what a clean-up removed, or would.
type RetentionCounts struct {
	removed
	Points         int64 `json:"points"`     // single values, whose sums stay
	SeriesDays     int64 `json:"seriesDays"` // days whose sums went too
	QueueSnapshots int64 `json:"queueSnapshots"`
	AuditEntries   int64 `json:"auditEntries"`
	Alerts         int64 `json:"alerts"`     // resolved ones, with all that was told of them
	Messages       int64 `json:"messages"`   // texts of messages, lines of inboxes, test messages
	AlertRules     int64 `json:"alertRules"` // that were deleted long ago
	Silences       int64 `json:"silences"`   // that ended long ago
}

func (c RetentionCounts) any() bool { return c != RetentionCounts{} }

// RetentionRun is one clean-up of one organisation.
type RetentionRun struct {
	StartedAt  execution.Instant `json:"startedAt"`
	FinishedAt execution.Instant `json:"finishedAt"`
	Policy     Retention         `json:"policy"`
	Removed    RetentionCounts   `json:"removed"`
	Error      string            `json:"error"` // ""; what went wrong is tried again the next night
}

var retentionRuns = kv.NewCollection("retention_runs", retentionSpec())

func retentionSpec() kv.Spec[RetentionRun] {
	encode, decode := kv.JSON[RetentionRun]()
	return kv.Spec[RetentionRun]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *RetentionRun) []byte { return kv.AppendInt64(dst, r.StartedAt.Ms()) },
	}
}

// retentionRunsKept is how many clean-ups can be looked back at.
const retentionRunsKept = 400

// sweep is one clean-up on its way.
type sweep struct {
	tenant  *Tenant
	now     time.Time
	policy  Retention
	removed RetentionCounts
}

// Retain removes what the organisation keeps no longer, and notes what it did, also in the audit. It goes on with the other kinds when one fails, and
// returns all errors together.
func (t *Tenant) Retain(ctx context.Context) (RetentionRun, error) {
	t = t.entire
	s := &sweep{tenant: t, now: t.engine.now(), policy: t.retention()}
	run := RetentionRun{StartedAt: execution.At(s.now), Policy: s.policy}
	err := errors.Join(s.executions(ctx), s.stepData(ctx), s.series(ctx), s.queueSnapshots(ctx), s.audit(ctx), s.alerts(ctx), t.mark(s.now))
	run.FinishedAt, run.Removed = t.engine.instant(), s.removed
	if err != nil {
		run.Error = "incomplete; the log says why"
	}
	err = errors.Join(err, t.saveRun(&run))
	if run.Removed.Executions > 0 {
		t.hub.Forget(feed.Removed) // after it is noted, so that who comes back meanwhile is told too
	}
	return run, err
}

// removedSince reports whether a clean-up removed executions at a time or later.
func (t *Tenant) removedSince(tx *kv.Tx, atMs int64) (removed bool, err error) {
	err = retentionRuns.Scan(tx, t.scope, kv.Span{Reverse: true}, func(_ []byte, r *RetentionRun) (bool, error) {
		if r.FinishedAt.Ms() < atMs {
			return false, nil
		}
		removed = r.Removed.Executions > 0
		return !removed, nil
	})
	return removed, err
}

// before is the time up to which data have aged.
func (s *sweep) before(days int) time.Time { return s.now.Add(-time.Duration(days) * 24 * time.Hour) }

// executions removes those that ended, and were last heard of, before the time.
func (s *sweep) executions(ctx context.Context) error {
	aged, err := s.tenant.agedBy(s.before(s.policy.ExecutionsDays))
	if err != nil {
		return err
	}
	leave := s.ended(aged)
	return s.tenant.eachAged(ctx, aged, leave, func(ids []string) error {
		return s.remove(ids, leave)
	})
}

// ended takes executions that have aged, unless they go on: who waits for an answer for years still waits.
func (s *sweep) ended(old aged) func(x *execution.Summary, seq uint64) bool {
	return func(x *execution.Summary, seq uint64) bool { return x.Status.Terminal() && old.is(x, seq) }
}

func (s *sweep) remove(ids []string, leave func(x *execution.Summary, seq uint64) bool) error {
	gone, err := s.tenant.removeExecutions(ids, leave)
	s.removed.add(gone)
	return err
}

// stepData removes inputs and outputs of executions that were last heard of before the time.
func (s *sweep) stepData(ctx context.Context) error {
	t := s.tenant
	aged, err := t.agedBy(s.before(s.policy.StepDataDays))
	if err != nil {
		return err
	}
	for after := []byte(nil); ; {
		var ids []string
		if ids, after, err = t.agedStepData(aged, after); err != nil {
			return err
		}
		if len(ids) > 0 {
			var n int64
			err = t.engine.db.Batch(func(tx *kv.Tx) error {
				n = 0
				for _, id := range ids {
					one, err := t.removePayloads(tx, id)
					if err != nil {
						return err
					}
					n += one
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("remove step data: %w", err)
			}
			s.removed.StepData += n
		}
		if after == nil || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// series gives up single values, and what is older than rollups are kept.
func (s *sweep) series(ctx context.Context) error {
	t := s.tenant
	foreign, err := t.series.Discard(ctx, s.before(s.policy.RawMetricsDays), tsdb.NotEqual(originLabel, ""))
	s.removed.Points += int64(foreign)
	if err != nil {
		return err
	}
	raw, err := t.series.Retire(ctx, s.before(s.policy.RawMetricsDays),
		tsdb.NotEqual(tsdb.MetricLabel, runTookMetric), tsdb.NotEqual(tsdb.MetricLabel, runCountMetric))
	s.removed.Points += int64(raw)
	if err != nil {
		return err
	}
	runs, err := t.series.Retire(ctx, s.before(s.policy.ExecutionsDays))
	s.removed.Points += int64(runs)
	if err != nil {
		return err
	}
	days, err := t.series.Drop(ctx, s.before(max(rollupsDays, s.policy.ExecutionsDays)))
	s.removed.SeriesDays += int64(days)
	if raw+runs+days > 0 {
		t.trends.forgetAll()
	}
	return err
}

func (s *sweep) queueSnapshots(ctx context.Context) error {
	for ctx.Err() == nil {
		n := 0
		err := s.tenant.engine.db.Batch(func(tx *kv.Tx) (err error) {
			n, err = s.tenant.forgetSnapshots(tx, s.before(s.policy.RawMetricsDays), removedAtOnce)
			return err
		})
		if s.removed.QueueSnapshots += int64(n); err != nil || n < removedAtOnce {
			return err
		}
	}
	return ctx.Err()
}

func (s *sweep) audit(ctx context.Context) error {
	for more := true; more && ctx.Err() == nil; {
		n := 0
		err := s.tenant.engine.db.Batch(func(tx *kv.Tx) (err error) {
			n, more, err = audit.Drop(tx, s.tenant.scope, s.before(s.policy.AuditDays), removedAtOnce)
			return err
		})
		if err != nil {
			return err
		}
		s.removed.AuditEntries += int64(n)
	}
	return ctx.Err()
}

// saveRun keeps the run and its audit entry, and forgets the oldest runs.
func (t *Tenant) saveRun(run *RetentionRun) error {
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := retentionRuns.Put(tx, t.scope, run); err != nil {
			return err
		}
		var all []*RetentionRun
		err := retentionRuns.Scan(tx, t.scope, kv.Span{}, func(_ []byte, r *RetentionRun) (bool, error) {
			all = append(all, r)
			return true, nil
		})
		for _, r := range all[:max(0, len(all)-retentionRunsKept)] {
			err = errors.Join(err, retentionRuns.Delete(tx, t.scope, r))
		}
		if err != nil || !run.Removed.any() && run.Error == "" {
			return err
		}
		return audit.Append(tx, t.scope, t.engine.now(), audit.Entry{
			Event: audit.RetentionRun, By: audit.System(), Object: audit.Object{Type: "retention"}, Details: run,
		})
	})
	if err != nil {
		return fmt.Errorf("note the clean-up: %w", err)
	}
	return nil
}
