package kv

import (
	"errors"
	"runtime"
	"slices"
	"sync"
)

// batchCallsMax bounds the functions that share one commit; gatherYields how often a leader yields without a newcomer.
const (
	batchCallsMax = 256
	gatherYields  = 4
)

// queue holds the calls of Batch that wait for a commit. The caller at its head leads: it runs the functions of all who wait,
// commits once and answers them. So an idle database has neither a delay nor a goroutine.
type queue struct {
	mu      sync.Mutex
	waiting []*call
	led     bool // somebody leads or was woken to lead
}

// call is one caller of Batch. Whoever leads owns it until wake is sent.
type call struct {
	fn       func(*Tx) error
	wake     chan struct{} // 1 deep: answered, or chosen to lead
	answered bool
	err      error
	panicked any
}

var errPanicked = errors.New("batch function panicked")

// Batch runs fn in a write transaction that it shares with other callers of Batch, so that they share the syncs. The first caller
// commits at once, without a timer; who arrives meanwhile shares the next commit, at most 256 at a time. When fn fails or panics, only its own
// caller notices: the others are run again without it, and fn once more alone. So fn may run several times; only effects on tx
// of the run that was committed last stay. fn runs on any caller's goroutine. Do not call Update, Batch or Scope inside it. A commit
// that fails, and a function that ends its goroutine (ErrAborted), fail the whole group.
func (db *DB) Batch(fn func(*Tx) error) error {
	c := &call{fn: fn, wake: make(chan struct{}, 1), err: ErrAborted}
	q := &db.queue
	q.mu.Lock()
	q.waiting = append(q.waiting, c)
	lead := !q.led
	q.led = true
	q.mu.Unlock()
	if !lead {
		<-c.wake
		lead = !c.answered
	}
	if lead {
		q.gather()
		db.lead()
	}
	if c.panicked != nil {
		panic(c.panicked)
	}
	return c.err
}

// gather lets callers who were just answered come back and share the next commit, instead of one of them committing alone while
// the others wait: it yields a few times, and again as long as the queue grows. That takes microseconds, a sync hundreds.
func (q *queue) gather() {
	for before, quiet := 0, 0; quiet < gatherYields; quiet++ {
		runtime.Gosched()
		q.mu.Lock()
		n := len(q.waiting)
		q.mu.Unlock()
		if n >= batchCallsMax {
			return
		}
		if n > before {
			before, quiet = n, 0
		}
	}
}

// lead commits the calls that wait, the caller's own first among them, answers them and wakes the next leader.
func (db *DB) lead() {
	q := &db.queue
	q.mu.Lock()
	n := min(len(q.waiting), batchCallsMax)
	calls := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.mu.Unlock()

	// Deferred, because a function may end this goroutine (runtime.Goexit); its neighbours must not wait for ever.
	defer func() {
		for _, c := range calls {
			c.answered = true
			c.wake <- struct{}{}
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.led = len(q.waiting) > 0; q.led {
			q.waiting[0].wake <- struct{}{}
		}
	}()
	db.commitCalls(calls)
}

// commitCalls runs the calls in one transaction and stores their results.
func (db *DB) commitCalls(calls []*call) {
	together := slices.Clone(calls)
	var alone []*call
	for len(together) > 0 {
		failed := -1
		err := db.Update(func(tx *Tx) error {
			for i, c := range together {
				if err := c.run(tx); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed < 0 || len(together) == 1 {
			for _, c := range together {
				c.err = err
			}
			break
		}
		alone = append(alone, together[failed])
		together = slices.Delete(together, failed, failed+1)
	}
	for _, c := range alone {
		c.panicked = nil // It may have failed only because of a neighbour that failed as well.
		c.err = db.Update(c.run)
	}
}

// run calls the function and catches its panic, which goes on in its own caller.
func (c *call) run(tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.panicked, err = p, errPanicked
		}
	}()
	return c.fn(tx)
}
