package resource

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// burstFor is over how long CPU is averaged before it warns where readings
// come every few seconds by themselves: a short burst is no news, that of a
// start neither. What engines send counts at once.
const burstFor = time.Minute

// Crossing is a series that is above its threshold, or is not calm again yet.
type Crossing struct {
	Series
	Code             string
	Value, Threshold float64
}

// Board keeps the history of some series and watches their thresholds. It is
// safe for concurrent use.
type Board struct {
	*History

	mu      sync.Mutex // guards limits and watches
	limits  Thresholds
	watches map[string]*watched
}

// watched is one series with a threshold.
type watched struct {
	Watch
	Crossing
	at time.Time // of the newest reading
}

// NewBoard returns an empty board.
func NewBoard(limits Thresholds) *Board {
	return &Board{History: NewHistory(), limits: limits, watches: map[string]*watched{}}
}

// Sharing returns a board that watches the same history by its own thresholds: give the readings that are put here to its Watch.
func (b *Board) Sharing(limits Thresholds) *Board {
	return &Board{History: b.History, limits: limits, watches: map[string]*watched{}}
}

// Limit changes the thresholds, and judges the present values by them at once: what warned by the old ones has no time to calm down.
func (b *Board) Limit(limits Thresholds) (crossed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limits = limits
	for _, w := range b.watches {
		_, threshold, _ := limits.Of(w.Metric)
		if threshold == w.Threshold {
			continue
		}
		warned := w.Value > threshold
		crossed = crossed || warned != w.Warned
		w.Threshold, w.Watch = threshold, Watch{Warned: warned}
	}
	return crossed
}

// Put adds readings and reports whether a warning came or went. Only the newest
// reading of a series can warn, and only while it is fresh.
func (b *Board) Put(now time.Time, readings ...Reading) (crossed bool) {
	b.Add(readings...)
	return b.Watch(now, readings...)
}

// Watch is Put for readings that the history has already.
func (b *Board) Watch(now time.Time, readings ...Reading) (crossed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range readings {
		r := &readings[i]
		code, threshold, ok := b.limits.Of(r.Metric)
		if !ok || now.Sub(r.At) > StaleAfter {
			continue
		}
		key := r.Key()
		w := b.watches[key]
		if w == nil {
			w = &watched{Crossing: Crossing{Series: r.Series, Code: code, Threshold: threshold}}
			b.watches[key] = w
		}
		if r.At.Before(w.at) {
			continue
		}
		w.at, w.Value = r.At, r.Value
		if r.Metric == CPUPercent && r.measuredHere() {
			mean, ok := b.Mean(&r.Series, r.At.Add(-burstFor))
			if !ok {
				continue
			}
			w.Value = Rounded(mean)
		}
		crossed = w.Observe(w.Value, threshold, r.At) || crossed
	}
	return crossed
}

// Warnings are the series that warn at now, in the order of their codes. A
// value that has become stale does not: it is unknown. The process itself
// gives none beside its host, which it is a part of.
func (b *Board) Warnings(now time.Time) []Crossing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Crossing
	for key, w := range b.watches {
		switch {
		case now.Sub(w.at) > StaleAfter:
			delete(b.watches, key)
		case w.Warned && (w.Source != Self || w.Code == WarnDisk):
			out = append(out, w.Crossing)
		}
	}
	slices.SortFunc(out, func(x, y Crossing) int {
		if c := strings.Compare(x.Code, y.Code); c != 0 {
			return c
		}
		return strings.Compare(x.Key(), y.Key())
	})
	return out
}
