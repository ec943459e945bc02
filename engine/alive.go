package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"flowwatch/kv"
)

const alivePoll = 20 * time.Millisecond

// pulse is how others see that the writer goes round and the store commits.
type pulse struct {
	turns      atomic.Uint64 // of the writer's loop, at least four a second while all is well
	committing atomic.Bool   // a commit that asks whether the store works is under way
}

// Heartbeat is how the watch from outside stands.
type Heartbeat struct {
	Host     string        // that is asked; "": nobody watches. The whole address is a secret.
	Every    time.Duration // how often
	Failures int64         // signs of life in a row that did not get out of the house
	HeardAt  time.Time     // when the last one did; zero: none since the start
}

// NoteWatch notes that a host outside is told every so often that the appliance works. It is called before the first NoteHeartbeat.
func (e *Engine) NoteWatch(host string, every time.Duration) {
	e.outside.Store(&Heartbeat{Host: host, Every: every})
}

// NoteHeartbeat notes how many signs of life in a row did not get out of the house; 0: the last one did. It is a warning in the health of
// all organisations: nobody would notice from outside if the appliance died now.
func (e *Engine) NoteHeartbeat(failures int) {
	next := e.Heartbeat()
	if next.Failures = int64(failures); failures == 0 {
		next.HeardAt = e.now()
	}
	e.outside.Store(&next)
}

// Heartbeat returns how the watch from outside stands.
func (e *Engine) Heartbeat() Heartbeat {
	if h := e.outside.Load(); h != nil {
		return *h
	}
	return Heartbeat{}
}

// Alive proves that the engine works: the writer takes its next turn, and the store commits a transaction, both before ctx ends. A disk
// without room is an error that is kv.ErrFull: what works then is all that can.
func (e *Engine) Alive(ctx context.Context) error {
	if e.intake.closed() {
		return errors.New("the engine has stopped")
	}
	if err := e.nextTurn(ctx); err != nil {
		return err
	}
	if !e.pulse.committing.CompareAndSwap(false, true) {
		return errors.New("a commit has not ended yet")
	}
	done := make(chan error, 1)
	go func() { // a disk that hangs cannot be told to stop
		err := e.db.Update(func(*kv.Tx) error { return nil })
		e.pulse.committing.Store(false)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("the store does not commit: %w", err)
		}
	case <-ctx.Done():
		return fmt.Errorf("the store does not answer: %w", ctx.Err())
	}
	if e.writer.storageFull.Load() {
		return fmt.Errorf("the store takes no events: %w", kv.ErrFull)
	}
	return nil
}

// nextTurn waits for the writer. Two turns: the first may have been under way.
func (e *Engine) nextTurn(ctx context.Context) error {
	from := e.pulse.turns.Load()
	ticker := time.NewTicker(alivePoll)
	defer ticker.Stop()
	for e.pulse.turns.Load() < from+2 {
		select {
		case e.intake.wake <- struct{}{}: // a writer that has nothing to do looks only now and then
		default:
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("the writer does not answer: %w", ctx.Err())
		}
	}
	return nil
}
