package notify

import (
	"context"
	"sync"
	"time"
)

// What the dispatcher may use of the one writer of the store, over time: what waits in an outbox must not hold up what comes in. Some dozens of messages
// at once cost no wait.
const (
	budgetShare = 0.02
	budgetBurst = 100 * time.Millisecond
)

// Of one processor: what reading and composing for subscriptions may use, and what looks at targets may that nothing is sent to.
const (
	readingShare = 0.1
	lookingShare = 0.03
)

// budget is an account of time, in write transactions for instance: it fills by a share of the time that passes, up to budgetBurst, and may be overdrawn by
// the one use that nobody knows the cost of before. The zero value is full, with budgetShare. Safe for concurrent use.
type budget struct {
	share float64 // 0: budgetShare

	mu    sync.Mutex // guards the rest
	spent time.Duration
	at    time.Time
}

// wait is how long to wait before the next transaction.
func (b *budget) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	over := b.spent - budgetBurst
	if over <= 0 {
		return 0
	}
	return time.Duration(float64(over)/b.rate()) + time.Millisecond // rounding must not make it wait again for nothing
}

// await waits for the next transaction's turn; not after ctx has ended, for what was sent is still noted.
func (b *budget) await(ctx context.Context) {
	for pause := b.wait(time.Now()); pause > 0 && ctx.Err() == nil; pause = b.wait(time.Now()) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

func (b *budget) spend(now time.Time, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	b.spent += d
}

func (b *budget) rate() float64 {
	if b.share > 0 {
		return b.share
	}
	return budgetShare
}

func (b *budget) fill(now time.Time) {
	if !b.at.IsZero() {
		b.spent = max(0, b.spent-time.Duration(float64(max(0, now.Sub(b.at)))*b.rate()))
	}
	b.at = now
}
