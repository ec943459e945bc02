package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"flowwatch/engine/fault"
)

// rates counts what each principal or address does. It is safe for concurrent
// use.
type rates struct {
	perSecond rate.Limit
	burst     int

	mu       sync.Mutex // guards limiters
	limiters map[string]*rate.Limiter
}

func newRates(perSecond rate.Limit, burst int) *rates {
	return &rates{perSecond: perSecond, burst: burst, limiters: map[string]*rate.Limiter{}}
}

// take counts one request, or says when the next one is possible.
func (r *rates) take(who string) error {
	reservation := r.of(who).Reserve()
	wait := reservation.Delay()
	if wait == 0 {
		return nil
	}
	reservation.Cancel()
	return fault.New(fault.Exhausted, "rate_limited", "too many requests").After(max(wait, time.Second))
}

func (r *rates) of(who string) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.limiters[who]
	if l == nil {
		if len(r.limiters) >= limitersMax {
			r.sweep()
		}
		l = rate.NewLimiter(r.perSecond, r.burst)
		r.limiters[who] = l
	}
	return l
}

// sweep drops limiters that a new one would not differ from.
func (r *rates) sweep() {
	for id, l := range r.limiters {
		if l.Tokens() >= float64(r.burst) {
			delete(r.limiters, id)
		}
	}
}
