package tsdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/nakabonne/tstorage"
)

// segment is one that is open for reading. Its storage was closed already: that ends tstorage's goroutine and leaves the mapping, which is all
// that reading needs. Nothing unmaps it before the process ends.
type segment struct {
	storage tstorage.Storage
	data    string      // path of the mapped file
	info    os.FileInfo // of it when its sum was right
}

// watch remembers what the mapped file is.
func (s *segment) watch(dir string) error {
	partition, err := partitionOf(dir)
	if err != nil {
		return err
	}
	s.data = filepath.Join(partition, dataName)
	s.info, err = os.Stat(s.data)
	return err
}

// unchanged notices a file that somebody wrote to, cut or removed since. What rots on the disk without a write is found by Maintain.
func (s *segment) unchanged() error {
	info, err := os.Stat(s.data)
	if err != nil {
		return err
	}
	if info.Size() != s.info.Size() || !info.ModTime().Equal(s.info.ModTime()) || !os.SameFile(info, s.info) {
		return fmt.Errorf("segment %s was changed: %w", s.data, ErrCorrupt)
	}
	return nil
}

// openSegment opens a sealed directory whose files have the given sum.
func openSegment(dir, sum string) (*segment, error) {
	got, err := sumSegment(dir)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	if got != sum {
		return nil, fmt.Errorf("open segment: sum %s, should be %s: %w", got, sum, ErrCorrupt)
	}
	if err := tidySegment(dir); err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	storage, err := openStorage(dir, &complaints{})
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	// Close tries to write an empty partition. Whether a full or read-only disk lets it does not matter to what is read, and the next start tidies.
	_ = storage.Close()
	_ = tidySegment(dir)
	s := &segment{storage: storage}
	if err := s.watch(dir); err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	return s, nil
}

// points appends those of a series in [from, to), in ms since the day began. A disk that fails under the mapping is an error and not the
// end of the process.
func (s *segment) points(dst []Point, day Day, id SeriesID, from, to int64) (points []Point, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read segment: %w: %v", ErrCorrupt, p)
		}
	}()
	found, err := s.storage.Select(metricOf(id), nil, from+1, to+1)
	if errors.Is(err, tstorage.ErrNoDataPoints) {
		return dst, nil
	}
	if err != nil {
		return dst, fmt.Errorf("read segment: %w: %w", ErrCorrupt, err)
	}
	start := len(dst)
	for _, p := range found {
		dst = append(dst, Point{At: day.Start() + p.Timestamp - 1, Value: p.Value})
	}
	if !slices.IsSortedFunc(dst[start:], byTime) {
		slices.SortFunc(dst[start:], byTime) // Of equal times, tstorage puts any first.
	}
	return dst, nil
}

// compare reads everything back.
func (s *segment) compare(series []segmentSeries) error {
	for _, of := range series {
		got, err := s.points(nil, 0, of.id, 0, dayMs)
		if err != nil {
			return err
		}
		want := make([]Point, len(of.samples))
		for i, p := range of.samples {
			want[i] = Point{At: int64(p.at), Value: p.value}
		}
		if slices.SortFunc(want, byTime); !slices.Equal(want, got) {
			return fmt.Errorf("segment holds other points of series %d: %w", of.id, ErrCorrupt)
		}
	}
	return nil
}
