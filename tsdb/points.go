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
	return s.pointsOf(tx, series, from, to, pointsPerQuery)
}

// PointsOf is Points of series that Series has found, at most limit points of all together; more is ErrPointLimit. A series that was forgotten since has none.
func (s Scope) PointsOf(series []Series, from, to int64, limit int) (found []SeriesPoints, err error) {
	if err = checkBounds([]int64{from, to}); err == nil {
		err = s.db.store.View(func(tx *kv.Tx) error {
			found, err = s.pointsOf(tx, series, from, to, min(limit, pointsPerQuery))
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read points: %w", err)
	}
	return found, nil
}

func (s Scope) pointsOf(tx *kv.Tx, series []Series, from, to int64, limit int) ([]SeriesPoints, error) {
	ids, at := make([]SeriesID, len(series)), make(map[SeriesID]int, len(series))
	found := make([]SeriesPoints, len(series))
	for i, v := range series {
		ids[i], at[v.ID], found[i].Series = v.ID, i, v
	}
	v := newView(tx, s.kv, DayOf(from), DayOf(to-1), ids)
	total := 0
	take := func(id SeriesID, points []Point) error {
		of := &found[at[id]]
		of.Points = append(of.Points, points...)
		if total += len(points); total > limit {
			return fmt.Errorf("more than %d: %w", limit, ErrPointLimit)
		}
		return nil
	}
	var buf []Point
	err := v.eachDay(func(day Day) error {
		if done, err := s.pointsOfSegment(v, day, from, to, take); done || err != nil {
			return err
		}
		return v.eachOf(day, func(day Day, id SeriesID, e *entry) error {
			buf = appendPoints(buf[:0], day, e, from, to)
			return take(id, buf)
		})
	})
	return slices.DeleteFunc(found, func(p SeriesPoints) bool { return len(p.Points) == 0 }), err
}

// What a segment is asked for: tstorage copies, for each series, all of the file from there to its end. Entries copy nothing, and are many times faster
// where that is much.
const (
	segmentSeriesMax = 50
	segmentReadMax   = 16_384 // points of the day, for each series once; 17 bytes each
)

// pointsOfSegment reads a day from its segment; done is false when there is none that is up to date and sound, and nothing was taken.
func (s Scope) pointsOfSegment(v *view, day Day, from, to int64, take func(SeriesID, []Point) error) (done bool, err error) {
	if s.db.library == nil || len(v.ids) > segmentSeriesMax {
		return false, nil
	}
	d, err := readDayState(v.tx, s.kv, day)
	if err != nil || d == nil || !d.sealed() || len(v.ids)*d.Segment.Points > segmentReadMax {
		return false, err
	}
	seg := s.db.library.segment(s, d)
	if seg == nil {
		return false, nil
	}
	if err := seg.unchanged(); err != nil {
		s.db.library.doubt(s, d, err)
		return false, nil
	}
	low, high := max(from-day.Start(), 0), min(to-day.Start(), dayMs)
	read := make([][]Point, len(v.ids))
	for i, id := range v.ids {
		if read[i], err = seg.points(nil, day, id, low, high); err != nil {
			s.db.library.doubt(s, d, err)
			return false, nil
		}
	}
	for i, id := range v.ids {
		if err := take(id, read[i]); err != nil {
			return true, err
		}
	}
	return true, nil
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
