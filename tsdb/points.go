package tsdb

import (
	"cmp"
	"fmt"
	"slices"

	"flowwatch/kv"
)

// pointsPerQuery bounds what one query may hold in memory, 16 bytes each.
const pointsPerQuery = 2_000_000

// SeriesPoints are the points of one series, by time and, where times are equal, by value.
type SeriesPoints struct {
	Series
	Points []Point
}

// Points returns the points from one time, included, to another, not included, of all series that the matchers take. Series without points
// in the range are left out. It returns ErrRange when the range is empty or reversed, ErrSeriesLimit for more than 10,000 series and
// ErrPointLimit for more than 2,000,000 points. Points that retention gave up are not there.
func (s Scope) Points(from, to int64, matchers ...Matcher) (found []SeriesPoints, err error) {
	if err = checkBounds([]int64{from, to}); err == nil {
		err = s.db.store.View(func(tx *kv.Tx) error {
			found, err = s.points(tx, from, to, matchers)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read points: %w", err)
	}
	return found, nil
}

func (s Scope) points(tx *kv.Tx, from, to int64, matchers []Matcher) ([]SeriesPoints, error) {
	series, err := selectSeries(tx, s.kv, matchers, seriesPerQuery)
	if err != nil {
		return nil, err
	}
	ids, at := make([]SeriesID, len(series)), make(map[SeriesID]int, len(series))
	found := make([]SeriesPoints, len(series))
	for i, v := range series {
		ids[i], at[v.ID], found[i].Series = v.ID, i, v
	}
	v, err := newView(tx, s.kv, DayOf(from), DayOf(to-1), ids)
	if err != nil {
		return nil, err
	}
	total := 0
	err = v.each(func(day Day, id SeriesID, e *entry) error {
		of := &found[at[id]]
		before := len(of.Points)
		of.Points = appendPoints(of.Points, day, e, from, to)
		if total += len(of.Points) - before; total > pointsPerQuery {
			return fmt.Errorf("more than %d: %w", pointsPerQuery, ErrPointLimit)
		}
		return nil
	})
	return slices.DeleteFunc(found, func(p SeriesPoints) bool { return len(p.Points) == 0 }), err
}

// appendPoints adds those of one day, ordered.
func appendPoints(dst []Point, day Day, e *entry, from, to int64) []Point {
	start := len(dst)
	for i := range e.n {
		if at := day.Start() + int64(e.at(i)); at >= from && at < to {
			dst = append(dst, Point{At: at, Value: e.value(i)})
		}
	}
	slices.SortFunc(dst[start:], byTime)
	return dst
}

func byTime(a, b Point) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Value, b.Value)) }
