package engine

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// queueName is the name of the one queue that executions wait in (DB7.3).
const queueName = "executions"

// queuePending is the depth of that queue as a metric (B-111).
const queuePending = "queue.pending"

// How often a queue is recorded, and for how long that is kept.
const (
	queueIdleEvery     = time.Minute // where nothing waits, runs or changes
	queueForgottenEach = 200         // old snapshots that one round removes, of one organisation
	queueCrossingsMax  = 100         // that wait to be recorded
)

// QueueSnapshot is the queue as it was.
type QueueSnapshot struct {
	QueueStatus
	QueueName  string            `json:"queueName"`
	RecordedAt execution.Instant `json:"recordedAt"`
}

// queueSnapshots holds the queue's history, one snapshot a time.
var queueSnapshots = kv.NewCollection("queue_snapshots", queueSnapshotSpec())

func queueSnapshotSpec() kv.Spec[QueueSnapshot] {
	encode, decode := kv.JSON[QueueSnapshot]()
	key := func(dst []byte, s *QueueSnapshot) []byte { return appendSnapshotKey(dst, s.RecordedAt.Ms()) }
	return kv.Spec[QueueSnapshot]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

func appendSnapshotKey(dst []byte, ms int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(ms))
}

// queueLog is what waits to be recorded of one queue.
type queueLog struct {
	mu        sync.Mutex      // guards the fields below
	crossings []QueueSnapshot // when the warning came or went
	last      QueueSnapshot   // that was recorded
}

// crossed notes the queue at the moment when its warning came or went.
func (l *queueLog) crossed(s QueueSnapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.crossings) < queueCrossingsMax {
		l.crossings = append(l.crossings, s)
	}
}

// take returns what is to be recorded at now: the crossings and, if present,
// the queue's present state, unless nothing is new about it.
func (l *queueLog) take(present *QueueSnapshot) []QueueSnapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.crossings
	l.crossings = nil
	if present != nil && l.isNews(present) {
		taken = append(taken, *present)
	}
	if len(taken) > 0 {
		l.last = taken[len(taken)-1]
	}
	return taken
}

func (l *queueLog) isNews(s *QueueSnapshot) bool {
	return s.PendingCount > 0 || s.ProcessingCount > 0 || !sameQueue(&s.QueueStatus, &l.last.QueueStatus) ||
		s.RecordedAt.Time().Sub(l.last.RecordedAt.Time()) >= queueIdleEvery
}

// putBack takes back what could not be recorded.
func (l *queueLog) putBack(taken []QueueSnapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.crossings = append(taken, l.crossings...)
	l.crossings = l.crossings[:min(len(l.crossings), queueCrossingsMax)]
}

func (t *Tenant) queueSnapshot() QueueSnapshot {
	return QueueSnapshot{QueueStatus: t.Queue(), QueueName: queueName, RecordedAt: t.engine.instant()}
}

// QueueHistory is a page of the queue's snapshots in the range, newest first,
// behind the cursor. next is "" when there are no more.
func (t *Tenant) QueueHistory(r Range, cursor string, limit int) (items []QueueSnapshot, next string, err error) {
	span := kv.Span{From: appendSnapshotKey(nil, max(0, r.From.Ms())), To: appendSnapshotKey(nil, max(0, r.To.Ms()+1)), Reverse: true}
	if cursor != "" {
		at, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || at < 0 {
			return nil, "", errBadCursor
		}
		span.After = appendSnapshotKey(nil, at)
	}
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return queueSnapshots.Scan(tx, t.scope, span, func(_ []byte, s *QueueSnapshot) (bool, error) {
			if len(items) == limit {
				next = strconv.FormatInt(items[limit-1].RecordedAt.Ms(), 10)
				return false, nil
			}
			items = append(items, *s)
			return true, nil
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("queue history: %w", err)
	}
	for i := range items {
		items[i].QueueStatus = items[i].QueueStatus.shownTo(t)
	}
	return items, next, nil
}

// recordQueue stores snapshots, and removes some that have become too old.
func (t *Tenant) recordQueue(tx *kv.Tx, taken []QueueSnapshot) error {
	for i := range taken {
		if err := queueSnapshots.Put(tx, t.scope, &taken[i]); err != nil {
			return err
		}
	}
	before := t.engine.now().Add(-time.Duration(t.retention().RawMetricsDays) * 24 * time.Hour)
	_, err := t.forgetSnapshots(tx, before, queueForgottenEach)
	return err
}

// forgetSnapshots removes at most limit snapshots from before the time.
func (t *Tenant) forgetSnapshots(tx *kv.Tx, before time.Time, limit int) (int, error) {
	var old []*QueueSnapshot
	err := queueSnapshots.Scan(tx, t.scope, kv.Span{To: appendSnapshotKey(nil, max(0, before.UnixMilli()))}, func(_ []byte, s *QueueSnapshot) (bool, error) {
		old = append(old, s)
		return len(old) < limit, nil
	})
	for _, s := range old {
		if err == nil {
			err = queueSnapshots.Delete(tx, t.scope, s)
		}
	}
	return len(old), err
}
