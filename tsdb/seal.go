package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"flowwatch/kv"
)

// When and what is sealed.
const (
	sealQuiet     = 10 * time.Minute // since the day was last written, so a day is sealed at most so often
	sealRetry     = time.Minute      // after a failure, such as a full disk
	sealPointsMax = 250_000          // of a day: building takes up to 300 bytes of memory each; a day with more stays in its entries
	sealSeriesMax = 2_000            // 9 KB each
)

const tmpSuffix = ".tmp"

// Seal folds the day and builds its segment, whether or not it is due. Readers see the same before, meanwhile and after. Without Options.Segments it
// only folds. When the day is written meanwhile, what was built is thrown away.
func (s Scope) Seal(ctx context.Context, day Day) error {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	err := s.fold(ctx, day)
	if err == nil && s.db.library != nil {
		err = s.seal(day)
	}
	if err != nil {
		return fmt.Errorf("seal day %s: %w", day, err)
	}
	return nil
}

// sealDue reports whether an open day has been quiet for long enough. A write that seems to lie ahead was before the clock was set back.
func (d *dayState) sealDue(now time.Time) bool {
	return !d.sealed() && now.Sub(time.UnixMilli(d.WrittenAt)).Abs() >= sealQuiet
}

// seal needs db.maintain.
func (s Scope) seal(day Day) error {
	var d *dayState
	var series []segmentSeries
	err := s.db.store.View(func(tx *kv.Tx) (err error) {
		if d, err = readDayState(tx, s.kv, day); err == nil && d != nil {
			series, err = readSegmentSeries(tx, s.kv, day)
		}
		return err
	})
	if err != nil || d == nil || d.Chunks > 0 || d.sealed() {
		return err
	}
	made, built, err := s.build(d, series)
	if err != nil {
		return err
	}
	old, err := s.register(d, made)
	gone := old
	if err != nil {
		gone = made
	} else if built != nil {
		s.db.library.adopt(made.Name, built)
	}
	if errors.Is(err, errWritten) {
		err = nil // It will be due again.
	}
	if gone != nil && gone.Name != "" {
		err = errors.Join(err, s.db.library.remove(day, gone.Name))
	}
	return err
}

var errWritten = errors.New("the day was written meanwhile")

// build makes the day's segment and gives it its name. A day without points, or with too many, gets none, and a state that says so.
func (s Scope) build(d *dayState, series []segmentSeries) (*segmentState, *segment, error) {
	made := &segmentState{Seq: d.Seq, SealedAt: s.db.options.Now().UnixMilli()}
	for _, of := range series {
		made.Points += len(of.samples)
	}
	if made.Points == 0 || made.Points > sealPointsMax || len(series) > sealSeriesMax {
		return made, nil, nil
	}
	made.Name = newSegmentName()
	dir := s.db.library.dir(d.Day, made.Name)
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, dirMode); err != nil {
		return nil, nil, err
	}
	sum, built, err := buildSegment(dir+tmpSuffix, series)
	if err == nil {
		err = os.Rename(dir+tmpSuffix, dir)
	}
	if err == nil {
		err = errors.Join(built.watch(dir), syncPath(parent), syncPath(s.db.library.root))
	}
	if err != nil {
		err = errors.Join(err, os.RemoveAll(dir+tmpSuffix), s.db.library.remove(d.Day, made.Name))
		return nil, nil, err
	}
	made.SHA256 = sum
	return made, built, nil
}

// register makes the segment the day's, if nobody has written to the day since. It returns the one that was before.
func (s Scope) register(d *dayState, made *segmentState) (old *segmentState, err error) {
	err = s.db.store.Update(func(tx *kv.Tx) error {
		was, err := readDayState(tx, s.kv, d.Day)
		if err != nil {
			return err
		}
		if was == nil || was.Seq != made.Seq || was.Chunks > 0 {
			return errWritten
		}
		is := *was
		old, is.Segment = was.Segment, made
		return days.Replace(tx, s.kv, was, &is)
	})
	return old, err
}

// readSegmentSeries returns all samples of the day's entries, by series and time.
func readSegmentSeries(tx *kv.Tx, s kv.Scope, day Day) (series []segmentSeries, err error) {
	total := 0
	entries.ScanRaw(tx, s, kv.Span{Prefix: appendDay(nil, day)}, func(key, data []byte) bool {
		var e entry
		var id SeriesID
		if e, err = readEntry(data); err == nil {
			_, id, err = readEntryKey(key)
		}
		if err != nil {
			err = fmt.Errorf("series %d: %w", id, err)
			return false
		}
		if e.n == 0 {
			return true
		}
		of := segmentSeries{id: id, samples: e.samples(make([]sample, 0, e.n))}
		slices.SortFunc(of.samples, func(a, b sample) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.value, b.value)) })
		series = append(series, of)
		total += e.n
		return total <= sealPointsMax && len(series) <= sealSeriesMax
	})
	return series, err
}

// unseal forgets a segment that is in doubt or missing, so that the day is sealed again. It was not the day's any more when forgotten is false.
func (s Scope) unseal(day Day, name string) (forgotten bool, err error) {
	err = s.db.store.Update(func(tx *kv.Tx) error {
		was, err := readDayState(tx, s.kv, day)
		if err != nil || was == nil || was.Segment == nil || was.Segment.Name != name {
			return err
		}
		forgotten = true
		is := *was
		is.Segment = nil
		return days.Replace(tx, s.kv, was, &is)
	})
	if err != nil {
		return false, err
	}
	return forgotten, s.db.library.remove(day, name)
}
