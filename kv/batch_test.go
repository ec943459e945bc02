package kv

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// held occupies the writer, so that callers of Batch gather; release lets it go. The end of the test does so too, because a failed
// test must not leave its database waiting.
func held(t *testing.T, db *DB) (release func()) {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.Update(func(*Tx) error {
			close(busy)
			<-free
			return nil
		})
	}()
	<-busy
	release = sync.OnceFunc(func() {
		close(free)
		require.NoError(t, <-done)
	})
	t.Cleanup(release)
	return release
}

// waitForCalls polls until a leader has taken its calls and n more wait behind it. That somebody leads is part of the condition:
// before the first caller arrives nobody waits either.
func waitForCalls(t *testing.T, db *DB, n int) {
	t.Helper()
	led, waiting := false, 0
	for deadline := time.Now().Add(waitMax); time.Now().Before(deadline); runtime.Gosched() {
		db.queue.mu.Lock()
		led, waiting = db.queue.led, len(db.queue.waiting)
		db.queue.mu.Unlock()
		if led && waiting == n {
			return
		}
	}
	t.Fatalf("%d callers wait, want %d; led: %v", waiting, n, led)
}

// waitForGroup waits until all goroutines of the group have ended.
func waitForGroup(t *testing.T, wg *sync.WaitGroup) {
	t.Helper()
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(waitMax):
		t.Fatal("a caller of Batch waits for ever")
	}
}

func TestBatchOfManyCallersSharesCommits(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s := scope(t, db, "office")
	release := held(t, db)
	before := db.Stats().Commits
	const callers = 3*batchCallsMax/2 + 1
	var wg sync.WaitGroup
	for i := range callers {
		if i == 1 {
			waitForCalls(t, db, 0) // The first caller leads, alone.
		}
		wg.Go(func() {
			d := doc{ID: fmt.Sprint(i), Time: int64(i)}
			if err := db.Batch(func(tx *Tx) error { return c.Put(tx, s, &d) }); err != nil {
				t.Error(err)
			}
		})
	}
	waitForCalls(t, db, callers-1)
	release()
	waitForGroup(t, &wg)
	// One for held, one for the first caller, then the full group and the rest.
	require.EqualValues(t, 4, db.Stats().Commits-before)
	require.NoError(t, db.View(func(tx *Tx) error {
		n := 0
		c.ScanRaw(tx, s, Span{}, func(_, _ []byte) bool { n++; return true })
		require.Equal(t, callers, n)
		return nil
	}))
}

// In a bubble of synctest time passes only where something waits for it, so that no time passes means: no timer.
func TestBatchWhenIdleCommitsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := testDB(t)
		before, start := db.Stats().Commits, time.Now()
		for range 3 {
			require.NoError(t, db.Batch(func(*Tx) error { return nil }))
		}
		require.EqualValues(t, 3, db.Stats().Commits-before)
		require.Zero(t, time.Since(start), "Batch waited for a timer")
	})
}

func TestBatchNeighboursOfFailureAndPanicAreCommitted(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s, sorry := scope(t, db, "office"), errors.New("sorry")
	release := held(t, db)
	before := db.Stats().Commits
	var wg sync.WaitGroup
	var failed, panicked, stored atomic.Int32
	for i := range 31 {
		if i == 1 {
			waitForCalls(t, db, 0)
		}
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked.Add(1)
				}
			}()
			err := db.Batch(func(tx *Tx) error {
				if err := c.Put(tx, s, &doc{ID: fmt.Sprint(i), Time: int64(i)}); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return sorry
				case 7:
					panic("oops")
				}
				return nil
			})
			switch {
			case err == nil:
				stored.Add(1)
			case errors.Is(err, sorry):
				failed.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	waitForCalls(t, db, 30)
	release()
	waitForGroup(t, &wg)
	require.Equal(t, [3]int32{25, 3, 3}, [3]int32{stored.Load(), failed.Load(), panicked.Load()})
	require.EqualValues(t, 3, db.Stats().Commits-before)
	require.NoError(t, db.View(func(tx *Tx) error {
		return c.Scan(tx, s, Span{}, func(_ []byte, d *doc) (bool, error) {
			require.NotContains(t, []int64{3, 7}, d.Time%10)
			return true, nil
		})
	}))
}

// A function may fail only because of what a failing neighbour did before it; alone it succeeds.
func TestBatchRunsAFailedFunctionAloneOnceMore(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s, sorry := scope(t, db, "office"), errors.New("sorry")
	newCall := func(fail error, id string) *call {
		return &call{fn: func(tx *Tx) error {
			return errors.Join(c.Replace(tx, s, nil, &doc{ID: id, Name: "same"}), fail)
		}}
	}
	calls := []*call{newCall(sorry, "a"), newCall(nil, "b"), newCall(nil, "c")}
	db.commitCalls(calls)
	require.ErrorIs(t, calls[0].err, sorry)
	require.NoError(t, calls[1].err)
	require.ErrorIs(t, calls[2].err, ErrConflict, "b was first")
}

func TestBatchSurvivesACallerWhoseGoroutineEnds(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	release := held(t, db)
	var wg sync.WaitGroup
	wg.Go(func() { _ = db.Batch(func(*Tx) error { return nil }) })
	waitForCalls(t, db, 0)
	wg.Go(func() { _ = db.Batch(func(*Tx) error { runtime.Goexit(); return nil }) })
	waitForCalls(t, db, 1)
	var neighbour error
	wg.Go(func() { neighbour = db.Batch(func(*Tx) error { return nil }) })
	waitForCalls(t, db, 2)
	release()
	waitForGroup(t, &wg)
	require.ErrorIs(t, neighbour, ErrAborted)
	require.NoError(t, db.Batch(func(*Tx) error { return nil }))
}

// Whatever the functions do, every caller is answered, and with the truth: what was answered with nil is stored, what was
// answered with an error is not.
func TestBatchAnswersEveryCaller(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s, sorry := scope(t, db, "office"), errors.New("sorry")
	const callers = 4 * batchCallsMax
	const goexitFirst, goexitSecond = 100, 700 // each abandons its group, so half of the callers at most
	var answers [callers]error                 // errUnanswered: the goroutine ended in somebody's function
	errUnanswered := errors.New("unanswered")
	var wg sync.WaitGroup
	for i := range callers {
		answers[i] = errUnanswered
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					answers[i] = fmt.Errorf("panic %v", p)
				}
			}()
			d := doc{ID: fmt.Sprint(i), Time: int64(i)}
			answers[i] = db.Batch(func(tx *Tx) error {
				if err := c.Put(tx, s, &d); err != nil {
					return err
				}
				switch {
				case i%61 == 7:
					return sorry
				case i%61 == 13:
					panic("oops")
				case i == goexitFirst || i == goexitSecond:
					runtime.Goexit()
				}
				return nil
			})
		})
	}
	waitForGroup(t, &wg)
	require.False(t, db.queue.led)
	require.Empty(t, db.queue.waiting)
	stored := make(map[string]bool)
	require.NoError(t, db.View(func(tx *Tx) error {
		return c.Scan(tx, s, Span{}, func(_ []byte, d *doc) (bool, error) { stored[d.ID] = true; return true, nil })
	}))
	succeeded := 0
	for i, err := range answers {
		if err == nil {
			succeeded++
		}
		if !errors.Is(err, errUnanswered) {
			require.Equal(t, err == nil, stored[fmt.Sprint(i)], "call %d: %v", i, err)
		}
	}
	require.Positive(t, succeeded)
	require.NoError(t, db.Batch(func(*Tx) error { return nil }), "the queue goes on")
}
