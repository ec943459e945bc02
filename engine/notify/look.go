package notify

import (
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	rowsMax    = 2_000   // rows that a look reads, and a digest tells
	entriesMax = 100_000 // entries of the index that it passes
	heldAgain  = execution.Instant(time.Hour)
	farAhead   = execution.Instant(24 * time.Hour)
)

// change is what happens to an open row that is not being sent.
type change struct {
	seq  uint64
	edit func(r *Row)
}

// verdict is what a look at a target found.
type verdict struct {
	changes   []change
	clears    []*ready // resends of what is over by now: the target gets the resolve
	fallbacks []*Row   // of which one is considered
	fellBack  reach    // what is considered then
	passed    bool     // so were rows by the looks at other targets
	message   *message
	next      execution.Instant // when to look again if there is nothing to send
	read      int               // rows
	rest      time.Duration     // no look before it is over
	blocked   bool
	until     execution.Instant // nothing is sent before, if it is blocked
}

func (v *verdict) again(at execution.Instant) { v.next = min(v.next, at) }

// look reads the open rows of one target within a read transaction, and decides.
type look struct {
	tx      *kv.Tx
	office  Office
	scope   kv.Scope
	now     execution.Instant
	lane    *lane
	channel *lane // of the whole channel; nil where there is none
	all     bool  // rows that were held are asked about again
	verdict *verdict
	rows    map[uint64]*Row // as they will be after the changes
	records map[string]*alert.Record
	ready   []*ready
	scanned uint64 // the last row that the look came to

	considered func(transition string) bool // a fallback was, for another target
}

// at looks at the target.
func (k *look) at(t Type, address string) (*verdict, error) {
	k.verdict = &verdict{next: k.now + farAhead}
	k.rows, k.records = map[uint64]*Row{}, map[string]*alert.Record{}
	var err error
	if k.lane, err = readLane(k.tx, k.scope, t, address); err != nil {
		return nil, err
	}
	k.lane.refill(k.now)
	if whole(t) {
		if k.channel, err = readLane(k.tx, k.scope, t, ""); err != nil {
			return nil, err
		}
	}
	until, blocked := k.until()
	if blocked {
		k.verdict.again(until)
	}
	k.verdict.blocked, k.verdict.until = blocked, until
	order, err := k.read(laneKey(nil, t, address), blocked)
	if err != nil {
		return nil, err
	}
	for _, r := range order {
		if err := k.settle(r, blocked); err != nil {
			return nil, err
		}
	}
	k.verdict.fellBack = reach{k.scanned, k.patience()}
	if !blocked {
		k.choose()
	}
	return k.verdict, nil
}

// until says until when the target or its channel is left alone.
func (k *look) until() (execution.Instant, bool) {
	until, blocked := k.lane.blocked(k.now)
	if k.channel != nil {
		if also, yes := k.channel.blocked(k.now); yes && (!blocked || also > until) {
			until, blocked = also, true
		}
	}
	return until, blocked
}

// read loads the rows that something may have to be done about, the oldest first.
func (k *look) read(prefix []byte, blocked bool) ([]*Row, error) {
	var seqs []uint64
	var failure error
	n, failing, quiet := 0, k.failing(), k.quiet()
	_, spent := k.lane.spent(k.now)
	outbox.ScanIndex(k.tx, k.scope, byLane, kv.Span{Prefix: prefix}, func(b, _ []byte) bool {
		_, e, err := readEntry(b)
		if failure = err; err != nil {
			return false
		}
		n++
		k.scanned = e.seq
		k.verdict.again(max(e.expiresAt, k.now))
		until, waits := quiet[e.group]
		switch {
		case e.expiresAt <= k.now, k.all, failing && e.fallback && !k.lane.FellBack.covers(e.seq, e.notBefore):
		case e.notBefore > k.now:
			k.verdict.again(e.notBefore)
			return n < entriesMax
		case waits && !failing:
			k.verdict.again(until)
			return n < entriesMax
		case blocked, spent && !e.urgent:
			return n < entriesMax
		}
		seqs = append(seqs, e.seq)
		return len(seqs) < rowsMax && n < entriesMax
	})
	if failure != nil {
		return nil, failure
	}
	order := make([]*Row, 0, len(seqs))
	for _, seq := range seqs {
		r, err := outbox.Get(k.tx, k.scope, rowKey(seq))
		if err != nil {
			return nil, fmt.Errorf("outbox row %d: %w", seq, err)
		}
		k.rows[seq] = r
		order = append(order, r)
	}
	k.verdict.read = len(order)
	return order, nil
}

// quiet are the groups that were told too lately to be told again, by their hashes.
func (k *look) quiet() map[uint64]execution.Instant {
	list := map[uint64]execution.Instant{}
	for group := range k.lane.Groups {
		if until, yes := k.lane.window(group, k.now); yes {
			list[groupHash(group)] = until
		}
	}
	return list
}

// change edits the row here at once, and in the store by the verdict.
func (k *look) change(r *Row, edit func(r *Row)) {
	seen, ok := k.rows[r.Seq]
	if !ok {
		seen = r
		k.rows[r.Seq] = r
	}
	edit(seen)
	k.verdict.changes = append(k.verdict.changes, change{seq: r.Seq, edit: edit})
}

// end makes the row final without sending it.
func (k *look) end(r *Row, s State, why string) {
	now := k.now
	k.change(r, func(r *Row) { r.State, r.LastError, r.At = s, why, now })
}

// record is the row's alert, nil when it is gone.
func (k *look) record(r *Row) (*alert.Record, error) {
	if known, ok := k.records[r.RecordID]; ok {
		return known, nil
	}
	record, err := k.office.Record(k.tx, r.RecordID)
	if errors.Is(err, kv.ErrNotFound) {
		record, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("record of outbox row %d: %w", r.Seq, err)
	}
	k.records[r.RecordID] = record
	return record, nil
}

// siblings are the other rows of the record to the same target, as they will be.
func (k *look) siblings(r *Row) (others []*Row, err error) {
	rows, err := rowsOf(k.tx, k.scope, r.RecordID)
	if err != nil {
		return nil, err
	}
	for _, o := range rows {
		if o.Seq == r.Seq || o.To.Type != r.To.Type || o.To.Address != r.To.Address {
			continue
		}
		if seen, ok := k.rows[o.Seq]; ok {
			o = seen
		}
		others = append(others, o)
	}
	return others, nil
}

// settle decides what the row comes to: an end, a wait, or a place among those that are ready.
func (k *look) settle(r *Row, blocked bool) error {
	if !r.open() {
		return nil // an earlier row of the record has ended it
	}
	if r.ExpiresAt <= k.now {
		k.end(r, Dead, expiredWhy(r))
		return nil
	}
	if blocked && k.fellBack(r) {
		return nil
	}
	record, err := k.record(r)
	if err != nil {
		return err
	}
	if record == nil {
		k.end(r, Superseded, whyGone)
		return nil
	}
	if r.Transition == alert.Tested {
		return k.settleTest(r, record, blocked)
	}
	if !r.firing() {
		return k.settleClear(r, record)
	}
	if k.hold(r, record) {
		return nil
	}
	if record.Status == alert.Resolved {
		return k.settleOver(r, record)
	}
	k.considerFallback(r)
	if r.NotBefore > k.now {
		k.verdict.again(r.NotBefore)
		return nil
	}
	if blocked {
		return nil
	}
	return k.settleFiring(r, record)
}

// settleTest lets a test go: nothing silences it, and nothing else tells of what never happened.
func (k *look) settleTest(r *Row, record *alert.Record, blocked bool) error {
	switch {
	case r.NotBefore > k.now:
		k.verdict.again(r.NotBefore)
	case !blocked:
		k.ready = append(k.ready, &ready{row: r, record: record})
	}
	return nil
}

// expiredWhy keeps what the last try said.
func expiredWhy(r *Row) string {
	if r.LastError == "" {
		return whyExpired
	}
	return whyExpired + ": " + r.LastError
}

// hold makes the row wait for the end of what silences its record, and lets go what no longer does.
func (k *look) hold(r *Row, record *alert.Record) bool {
	until, held := k.office.Held(k.tx, record, k.now)
	if held && !until.Present() {
		until = k.now + heldAgain
	}
	switch now := k.now; {
	case held && until > now:
		if !r.Held || r.NotBefore != until {
			k.change(r, func(r *Row) {
				r.begin(until)
				r.Held, r.State, r.At = true, Queued, now
			})
		}
		k.verdict.again(until)
		return true
	case r.Held:
		k.change(r, func(r *Row) {
			if r.Held = false; r.NotBefore > now {
				r.begin(now)
			}
		})
	}
	return false
}

// settleFiring lets the row go unless an earlier one of the record is on its way to the target.
func (k *look) settleFiring(r *Row, record *alert.Record) error {
	item := &ready{row: r, record: record}
	if r.Transition != alert.Triggered {
		others, err := k.siblings(r)
		if err != nil {
			return err
		}
		for _, o := range others {
			switch {
			case o.Transition == alert.Triggered && o.Sent != "":
				item.thread = o.Sent
			case !o.open() || !o.firing() || o.Seq > r.Seq:
			case o.NotBefore > k.now:
				k.verdict.again(o.NotBefore)
				return nil
			case r.Transition == alert.Reminder && o.groupable():
				k.end(r, Superseded, whyMerged)
				return nil
			default:
				k.release(o, record)
			}
		}
	}
	k.ready = append(k.ready, item)
	return nil
}

// release lets a row go before its group's window ends, because one of the same record behind it is urgent.
func (k *look) release(r *Row, record *alert.Record) {
	if _, listed := k.rows[r.Seq]; !listed {
		k.rows[r.Seq] = r
		k.ready = append(k.ready, &ready{row: r, record: record, released: true})
		return
	}
	for _, w := range k.ready {
		if w.row.Seq == r.Seq {
			w.released = true
		}
	}
}

// settleOver ends a firing row whose record is resolved. The resolve behind it tells what happened; if there is none, because the row was
// given up and is sent again, there will be.
func (k *look) settleOver(r *Row, record *alert.Record) error {
	others, err := k.siblings(r)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.Transition == alert.ResolvedAway {
			if _, listed := k.rows[o.Seq]; o.open() && !listed {
				k.rows[o.Seq] = o
				return k.settleClear(o, record)
			}
			if o.open() {
				return nil // it takes this row with it
			}
			if o.State == Delivered {
				k.end(r, Superseded, whyResolved)
				return nil
			}
		}
	}
	k.end(r, Superseded, whyResolved)
	if r.Transition == alert.Triggered {
		k.verdict.clears = append(k.verdict.clears, &ready{row: r, record: record})
	}
	return nil
}

// settleClear decides about a resolve: to whom was told of the alert it goes, with what was not told yet it goes as one message, and from whom
// it was kept it is kept, too.
func (k *look) settleClear(r *Row, record *alert.Record) error {
	others, err := k.siblings(r)
	if err != nil {
		return err
	}
	item := &ready{row: r, record: record}
	told, waiting, held := false, false, false
	for _, o := range others {
		if !o.firing() {
			continue
		}
		told = told || o.State == Delivered
		item.digested = item.digested || (o.State == Delivered && o.Told > 1)
		if o.Sent != "" && item.thread == "" {
			item.thread = o.Sent
		}
		if o.open() {
			waiting = true
			held = held || (o.Held && o.NotBefore > k.now)
			k.end(o, Superseded, whyResolved)
		}
	}
	switch {
	case told || r.Delayed:
	case waiting && !held:
		k.change(r, func(r *Row) { r.Delayed = true })
	default:
		k.end(r, Superseded, whyUntold)
		return nil
	}
	if r.NotBefore > k.now {
		k.verdict.again(r.NotBefore)
		return nil
	}
	k.ready = append(k.ready, item)
	return nil
}

// failing says that the target, or its channel, does not take what it is sent.
func (k *look) failing() bool { return k.lane.Failing.Present() || k.hopeless() }

// hopeless says that it will not soon either.
func (k *look) hopeless() bool {
	return k.lane.hopeless() || (k.channel != nil && k.channel.hopeless())
}

// patience is until when a row had to be due so that somebody else is told now.
func (k *look) patience() execution.Instant {
	if k.hopeless() {
		return k.now
	}
	return k.now - fallbackAfter
}

// fellBack reports whether nothing is left to do about a row while nothing is sent to its target: all targets of a network that is down come to the same.
func (k *look) fellBack(r *Row) bool {
	if k.all || k.considered == nil || !k.failing() || !r.mayFallBack() || r.NotBefore > k.patience() || !k.considered(r.transition()) {
		return false
	}
	k.verdict.passed = true
	return true
}

// considerFallback notes the row if its target was not reached in time.
func (k *look) considerFallback(r *Row) {
	if !r.mayFallBack() || !k.failing() || k.lane.FellBack.covers(r.Seq, r.NotBefore) {
		return
	}
	if late := r.Due - k.patience(); late > 0 {
		k.verdict.again(k.now + late)
		return
	}
	k.verdict.fallbacks = append(k.verdict.fallbacks, r)
}
