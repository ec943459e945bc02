package resource

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of a History.
const (
	historyAge    = time.Hour
	historyPoints = int(historyAge / SampleEvery) // of one series; of denser ones the newest
)

// StaleAfter is how long a value counts as the present one.
const StaleAfter = 5 * time.Minute

// Point is a value at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Line is a series with its points, oldest first.
type Line struct {
	Series
	Points []Point
}

// History is the last hour of what is measured here, and the newest value of
// what engines send. It is in memory only and begins empty with each start: the
// series store has the rest. It is safe for concurrent use.
type History struct {
	mu    sync.RWMutex // guards lines
	lines map[string]*Line
}

// NewHistory returns an empty one.
func NewHistory() *History { return &History{lines: map[string]*Line{}} }

// Add puts readings in where their times belong; of what engines send only the
// newest stays. A second reading of the same series and time replaces the
// first. Whoever calls bounds the number of series.
func (h *History) Add(readings ...Reading) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range readings {
		r := &readings[i]
		key := r.Key()
		l := h.lines[key]
		if l == nil {
			l = &Line{Series: r.Series}
			h.lines[key] = l
		}
		switch p := (Point{r.At, r.Value}); {
		case r.measuredHere():
			l.add(p)
		case len(l.Points) == 0 || !p.At.Before(l.Points[0].At):
			l.Points = []Point{p}
		}
	}
}

func (l *Line) add(p Point) {
	at, found := slices.BinarySearchFunc(l.Points, p, func(a, b Point) int { return a.At.Compare(b.At) })
	if found {
		l.Points[at] = p
		return
	}
	l.Points = slices.Insert(l.Points, at, p)
	oldest := l.Points[len(l.Points)-1].At.Add(-historyAge)
	first := max(0, len(l.Points)-historyPoints)
	for l.Points[first].At.Before(oldest) {
		first++
	}
	l.Points = slices.Delete(l.Points, 0, first)
}

// Forget drops a series.
func (h *History) Forget(s *Series) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.lines, s.Key())
}

// Range returns copies of what was measured here between the times, both
// included, in the order of metric, source and tags. Series without a point
// there are left out.
func (h *History) Range(from, to time.Time) []Line {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []Line
	for _, l := range h.lines {
		if !l.measuredHere() {
			continue
		}
		var points []Point
		for _, p := range l.Points {
			if !p.At.Before(from) && !p.At.After(to) {
				points = append(points, p)
			}
		}
		if len(points) > 0 {
			out = append(out, Line{l.Series, points})
		}
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.Key(), b.Key()) })
	return out
}

// Present returns the latest reading of each series that is not older than
// StaleAfter at now, in the order of Range.
func (h *History) Present(now time.Time) []Reading {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []Reading
	for _, l := range h.lines {
		if p := l.Points[len(l.Points)-1]; now.Sub(p.At) <= StaleAfter {
			out = append(out, Reading{l.Series, p.At, p.Value})
		}
	}
	slices.SortFunc(out, func(a, b Reading) int { return strings.Compare(a.Key(), b.Key()) })
	return out
}

// Mean is the mean of a series from a time on; ok is false when its readings
// do not reach back so far, or there is none since.
func (h *History) Mean(s *Series, from time.Time) (mean float64, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	l := h.lines[s.Key()]
	if l == nil || l.Points[0].At.After(from.Add(SampleEvery)) {
		return 0, false
	}
	sum, n := 0.0, 0
	for i := len(l.Points) - 1; i >= 0 && !l.Points[i].At.Before(from); i-- {
		sum, n = sum+l.Points[i].Value, n+1
	}
	return sum / float64(max(1, n)), n > 0
}
