package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// milestone is a sequence number with a time at which it was already given. Documents hold the number of their last change but not when it came: what has a
// number up to a milestone's was last heard of before its time. So an old log that was imported yesterday is as young as yesterday.
type milestone struct {
	AtMs int64  `json:"at"`
	Seq  uint64 `json:"seq"`
}

// milestoneEvery is how close milestones may stand.
const milestoneEvery = time.Hour

var milestones = kv.NewCollection("milestones", milestoneSpec())

func milestoneSpec() kv.Spec[milestone] {
	encode, decode := kv.JSON[milestone]()
	return kv.Spec[milestone]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, m *milestone) []byte { return kv.AppendInt64(dst, m.AtMs) },
	}
}

// mark sets a milestone, unless one is near, and removes those that are older than anything that is kept, but for the newest of them.
func (t *Tenant) mark(now time.Time) error {
	oldest := now.Add(-time.Duration(max(rollupsDays, t.retention().ExecutionsDays)) * 24 * time.Hour)
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		last, err := milestoneUpTo(tx, t.scope, now)
		if err != nil || last != nil && now.UnixMilli()-last.AtMs < milestoneEvery.Milliseconds() {
			return err
		}
		if err := milestones.Put(tx, t.scope, &milestone{AtMs: now.UnixMilli(), Seq: t.Seq()}); err != nil {
			return err
		}
		kept, err := milestoneUpTo(tx, t.scope, oldest)
		if err != nil || kept == nil {
			return err
		}
		var old []*milestone
		err = milestones.Scan(tx, t.scope, kv.Span{To: kv.AppendInt64(nil, kept.AtMs)}, func(_ []byte, m *milestone) (bool, error) {
			old = append(old, m)
			return true, nil
		})
		for _, m := range old {
			err = errors.Join(err, milestones.Delete(tx, t.scope, m))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set a milestone: %w", err)
	}
	return nil
}

// milestoneUpTo is the newest milestone up to the time; nil when there is none.
func milestoneUpTo(tx *kv.Tx, s kv.Scope, at time.Time) (found *milestone, err error) {
	span := kv.Span{To: kv.AppendInt64(nil, at.UnixMilli()+1), Reverse: true}
	err = milestones.Scan(tx, s, span, func(_ []byte, m *milestone) (bool, error) {
		found = m
		return false, nil
	})
	return found, err
}

// aged tells what is from before a time and was not heard of since.
type aged struct {
	before execution.Instant
	seq    uint64 // given by then
}

func (t *Tenant) agedBy(before time.Time) (aged, error) {
	a := aged{before: execution.At(before)}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		m, err := milestoneUpTo(tx, t.scope, before)
		if m != nil {
			a.seq = m.Seq
		}
		return err
	})
	if err != nil {
		return a, fmt.Errorf("find a milestone: %w", err)
	}
	return a, nil
}

func (a *aged) is(x *execution.Summary, seq uint64) bool {
	return seq <= a.seq && max(x.SortTime(), x.LastEventAt, x.CompletedAt) < a.before
}

// agedExaminedMax bounds the documents that one transaction looks at for what has aged.
const agedExaminedMax = 5_000

// eachAged calls fn with the ids of executions that have aged and that take wants, some at a time, outside of transactions.
func (t *Tenant) eachAged(ctx context.Context, a aged, take func(x *execution.Summary, seq uint64) bool, fn func(ids []string) error) error {
	if a.seq == 0 {
		return nil // nothing was heard of before then
	}
	for after, more := []byte(nil), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var ids []string
		var failed error
		more = false
		err := t.engine.db.View(func(tx *kv.Tx) error {
			examined := 0
			span := kv.Span{After: after, To: documentKey(nil, a.before, "")}
			documents.ScanRaw(tx, t.scope, span, func(key, data []byte) bool {
				if examined == agedExaminedMax || len(ids) == removedAtOnce {
					more = true
					return false
				}
				examined++
				after = append(after[:0:0], key...)
				l, err := listedOf(data)
				if err != nil {
					failed = errors.Join(failed, fmt.Errorf("document %s: %w", documentID(key), err))
					return true // the others age all the same
				}
				if take(&l.Summary, l.Seq) {
					ids = append(ids, l.ExecutionID)
				}
				return true
			})
			return nil
		})
		if err == nil && len(ids) > 0 {
			err = fn(ids)
		}
		if err = errors.Join(err, failed); err != nil {
			return err
		}
	}
	return nil
}

// agedStepData are executions, or names of some that are there no longer, whose inputs and outputs have aged, behind the key after. next is where to go on;
// nil: at the end.
func (t *Tenant) agedStepData(a aged, after []byte) (ids []string, next []byte, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		for examined := 0; examined < agedExaminedMax && len(ids) < removedAtOnce; examined++ {
			id, ok, err := firstWithStepData(tx, t.scope, after)
			if err != nil || !ok {
				next = nil
				return err
			}
			after = append(kv.AppendString(nil, id), payloadKeysEnd...)
			next = after
			d, err := t.loadDocument(tx, id)
			if err != nil {
				return err
			}
			if d != nil && a.is(&d.summary, d.seq) {
				ids = append(ids, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("find old step data: %w", err)
	}
	return ids, next, nil
}

// payloadKeysEnd follows an execution's id in a key behind all its inputs and outputs: their events' numbers are 8 bytes.
var payloadKeysEnd = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// firstWithStepData is the next execution that has inputs or outputs.
func firstWithStepData(tx *kv.Tx, s kv.Scope, after []byte) (id string, ok bool, err error) {
	payloads.ScanRaw(tx, s, kv.Span{After: after}, func(key, _ []byte) bool {
		id, _, err = kv.ReadString(key)
		ok = err == nil
		return false
	})
	return id, ok, err
}
