package notify

import (
	"context"
	"sync"
	"time"
)

// What the dispatcher may use of the one writer of the store, over time: what waits in an outbox must not hold up what comes in. Some dozens of messages
// at once cost no wait.
const (
	budgetShare = 0.03
	budgetBurst = 250 * time.Millisecond
)

// budget is an account of time in write transactions: it fills by budgetShare of the time that passes, up to budgetBurst, and may be overdrawn by the one
// transaction that nobody knows the cost of before. The zero value is full. Safe for concurrent use.
type budget struct {
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
	return time.Duration(float64(over)/budgetShare) + time.Millisecond // rounding must not make it wait again for nothing
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

func (b *budget) fill(now time.Time) {
	if !b.at.IsZero() {
		b.spent = max(0, b.spent-time.Duration(float64(max(0, now.Sub(b.at)))*budgetShare))
	}
	b.at = now
}
