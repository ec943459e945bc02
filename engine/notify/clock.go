package notify

import (
	"fmt"
	"slices"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// clockSlack is how far what was noted may lie ahead without a clock that was set back.
const clockSlack = execution.Instant(time.Minute)

// ahead says that something was noted at a time which the clock has not reached: it was set back since.
func ahead(noted, now execution.Instant) bool { return noted.Present() && noted-now > clockSlack }

// setRight makes rows due that a clock has put off which was ahead, at the start and whenever the clock is seen to go back: nobody waits for a day
// because the machine believed for a minute that it was tomorrow.
func (r *round) setRight() {
	now := r.now()
	back := r.clock-now > clockSlack
	first := r.clock == 0
	if r.clock = now; !back && !first {
		return
	}
	for _, o := range r.options.Offices() {
		if err := r.setRowsRight(o, now); err != nil {
			r.options.Log.Error("messages that wait for a time which was wrong are not set right", "err", err)
		}
	}
	if !back {
		return
	}
	for _, p := range r.posts {
		p.due, p.notYet, p.until = time.Now(), time.Time{}, now
	}
}

// setRowsRight lets each row go that was put off before the clock was set back. What waits for the end of a silence goes on waiting.
func (r *round) setRowsRight(o Office, now execution.Instant) error {
	var put []uint64
	err := r.db.View(func(tx *kv.Tx) (err error) {
		outbox.ScanIndex(tx, o.Scope(), byLane, kv.Span{}, func(b, _ []byte) bool {
			var e entry
			var row *Row
			if _, e, err = readEntry(b); err == nil && ahead(e.notBefore, now) {
				row, err = outbox.Get(tx, o.Scope(), rowKey(e.seq))
			}
			if err == nil && row != nil && !row.Held && ahead(row.At, now) {
				put = append(put, e.seq)
			}
			return err == nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("rows ahead of the clock: %w", err)
	}
	for part := range slices.Chunk(put, sendSliceMax) {
		err := r.db.Batch(func(tx *kv.Tx) error {
			for _, seq := range part {
				_, err := edit(tx, o.Scope(), seq, func(r *Row) {
					r.begin(now)
					r.CreatedAt, r.At = min(r.CreatedAt, now), now
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("set rows right: %w", err)
		}
	}
	return nil
}
