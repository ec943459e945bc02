package engine

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// Documents that were written before there were points get theirs once, in
// slices between commits, in the order of the documents. A checkpoint
// meanwhile writes all points of what it writes, so that an execution that moves
// behind the backfill's back has them too.
type backfill struct {
	next []byte      // the key of the document to begin with
	kept bool        // that it is done is in the store
	done atomic.Bool // all documents have their points
}

// backfillMark says that an organisation's documents have their points.
type backfillMark struct{}

var backfills = kv.NewCollection("backfills", kv.Spec[backfillMark]{
	Version: 1,
	Key:     func(dst []byte, _ *backfillMark) []byte { return append(dst, "points"...) },
	Encode:  func(dst []byte, _ *backfillMark) []byte { return dst },
	Decode:  func(_ uint8, _, _ []byte) (*backfillMark, error) { return &backfillMark{}, nil },
})

// openBackfill finds out whether there is something to do.
func (t *Tenant) openBackfill() error {
	err := t.engine.db.View(func(tx *kv.Tx) error {
		_, err := backfills.Get(tx, t.scope, []byte("points"))
		if !errors.Is(err, kv.ErrNotFound) {
			t.backfill.kept = err == nil
			t.backfill.done.Store(err == nil)
			return err
		}
		none := true
		documents.ScanRaw(tx, t.scope, kv.Span{}, func(_, _ []byte) bool { none = false; return false })
		t.backfill.done.Store(none)
		return nil
	})
	if err != nil {
		return fmt.Errorf("backfill of points: %w", err)
	}
	return nil
}

// applyPoints writes what a slice changed, and counts what found no room.
func (t *Tenant) applyPoints(tx *kv.Tx) error {
	left, err := t.series.Apply(tx, &t.points.batch)
	if err != nil {
		return err
	}
	if left += t.points.refused; left > 0 {
		t.engine.metrics.pointsLeftOut.Add(left)
	}
	if t.backfill.done.Load() && !t.backfill.kept {
		return backfills.Put(tx, t.scope, &backfillMark{})
	}
	return nil
}

// backfilling reports whether an organisation's points are not complete.
func (w *writer) backfilling() bool {
	for _, t := range w.engine.all() {
		if !t.backfill.done.Load() {
			return true
		}
	}
	return false
}

// backfillSlice goes on with one organisation; false means that the engine
// stops. What fails is tried again after a while.
func (w *writer) backfillSlice() bool {
	for _, t := range w.engine.all() {
		if t.backfill.done.Load() {
			continue
		}
		if err := t.backfillSlice(time.Now().Add(sliceMax)); err != nil {
			w.engine.log.Error("backfill of points", "tenant", t.id, "err", err)
			select {
			case <-w.engine.intake.wake:
			case <-time.After(checkpointEvery):
			case <-w.engine.stop:
				return false
			}
		}
		break
	}
	select {
	case <-w.engine.stop:
		return false
	default:
		return true
	}
}

// backfillSlice writes the points of as many documents as time allows.
func (t *Tenant) backfillSlice(until time.Time) error {
	t.points.reset()
	next, done := t.backfill.next, true
	err := t.engine.db.Update(func(tx *kv.Tx) error {
		var failed error
		span := kv.Span{From: t.backfill.next}
		documents.ScanRaw(tx, t.scope, span, func(key, data []byte) bool {
			if time.Now().After(until) {
				next, done = append([]byte(nil), key...), false
				return false
			}
			failed = t.backfillDocument(data)
			return failed == nil
		})
		if failed != nil {
			return failed
		}
		if _, err := t.series.Apply(tx, &t.points.batch); err != nil || !done {
			return err
		}
		return backfills.Put(tx, t.scope, &backfillMark{})
	})
	if err != nil {
		return err
	}
	t.trends.forget(t.points.days)
	t.backfill.next, t.backfill.kept = next, done
	t.backfill.done.Store(done)
	return nil
}

func (t *Tenant) backfillDocument(data []byte) error {
	d, err := decodeDocument(data)
	if err != nil {
		return err
	}
	x, err := execution.Decode(d.data, t.words)
	if err != nil {
		return fmt.Errorf("document %s: %w", d.summary.ExecutionID, err)
	}
	points := measure(x, &d.summary)
	t.points.replace(&measured{}, &points, true)
	return nil
}
