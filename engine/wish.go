package engine

import (
	"context"
	"sync"

	"flowwatch/engine/fault"
)

// Numbers are read from documents and points, which follow the journal by a
// second. Who reads them wishes that they hold all that was answered by then;
// a checkpoint begins at once, and all who wait share it.
type wishes struct {
	mu      sync.Mutex
	waiting []wish
	wake    chan struct{}
}

type wish struct {
	tenant *Tenant
	seq    uint64
	done   chan struct{}
}

func newWishes() *wishes { return &wishes{wake: make(chan struct{}, 1)} }

// add notes a wish; its channel is closed when it was granted, or cannot be.
func (w *wishes) add(t *Tenant, seq uint64) <-chan struct{} {
	done := make(chan struct{})
	w.mu.Lock()
	w.waiting = append(w.waiting, wish{t, seq, done})
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return done
}

func (w *wishes) any() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting) > 0
}

// grant lets those go on who see what they wished. After a failure all do: the
// disk may be full for long, and what is written can be read. Only the writer
// calls it.
func (w *wishes) grant(failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := w.waiting[:0]
	for _, v := range w.waiting {
		if failed || v.tenant.stale || v.tenant.cursor >= v.seq {
			close(v.done)
		} else {
			kept = append(kept, v)
		}
	}
	clear(w.waiting[len(kept):])
	w.waiting = kept
}

var (
	errStopping = fault.New(fault.Unavailable, "stopping", "the server is stopping")
	errBuilding = fault.New(fault.Unavailable, "metrics_building", "the numbers of older executions are being computed").
			After(storageRetry)
)

// settled returns when points hold all that the organisation's readers could
// see when it was called. While the disk is full it returns with what is
// there. Numbers that the backfill has not completed are fault.Unavailable.
func (t *Tenant) settled(ctx context.Context) error {
	if !t.backfill.done.Load() {
		return errBuilding
	}
	return t.documented(ctx)
}

// documented returns when documents hold all that the organisation's readers
// could see when it was called, or, while the disk is full, what they can.
func (t *Tenant) documented(ctx context.Context) error {
	seq := t.Seq()
	if t.written.Load() >= seq {
		return nil
	}
	select {
	case <-t.engine.wishes.add(t, seq):
		return nil
	case <-t.engine.stop:
		return errStopping
	case <-ctx.Done():
		return errStopping
	}
}
