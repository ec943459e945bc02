package tsdb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nakabonne/tstorage"
)

// A segment is a directory of tstorage with all points of one scope and day in order of time: built once, closed, verified, and from
// then on only read. Everything that tstorage gets wrong needs its write-ahead log, its rotation, a partition in memory, labels or retention by its own
// clock; a segment has none of them. It is a copy: the entries are the truth, and a segment is built again from them whenever it is in doubt.

// Names within a segment.
const (
	partitionPrefix = "p-"
	dataName        = "data"
	metaName        = "meta.json"
)

const (
	segmentPartition = 48 * time.Hour             // longer than a day, so that nothing rotates
	segmentRetention = 100 * 365 * 24 * time.Hour // counted from the build; ours is Drop
	dirMode          = 0o700
)

// segmentAt is the time within a segment: ms since the day began plus one, because tstorage takes 0 for now and refuses what is negative.
func segmentAt(at uint32) int64 { return int64(at) + 1 }

// metricOf is the name of a series within a segment: short ASCII, so that neither truncation nor JSON changes it.
func metricOf(id SeriesID) string { return "s" + strconv.FormatUint(uint64(id), 36) }

// segmentSeries are the samples of one series, by time.
type segmentSeries struct {
	id      SeriesID
	samples []sample
}

// complaints collects what tstorage only logs, write errors among it.
type complaints struct{ lines []string }

// Printf implements tstorage.Logger.
func (c *complaints) Printf(format string, args ...any) {
	c.lines = append(c.lines, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (c *complaints) err() error {
	if len(c.lines) == 0 {
		return nil
	}
	return errors.New(strings.Join(c.lines, "; "))
}

func openStorage(dir string, log tstorage.Logger) (tstorage.Storage, error) {
	return tstorage.NewStorage(
		tstorage.WithDataPath(dir),
		tstorage.WithPartitionDuration(segmentPartition),
		tstorage.WithTimestampPrecision(tstorage.Milliseconds),
		tstorage.WithRetention(segmentRetention),
		tstorage.WithWALBufferedSize(-1),
		tstorage.WithLogger(log),
	)
}

// buildSegment writes a segment into dir, which must not exist, reads all of it back, and syncs it. It returns the sum of its files. The
// directory's own name is not synced.
func buildSegment(dir string, series []segmentSeries) (sum string, s *segment, err error) {
	if err := os.Mkdir(dir, dirMode); err != nil {
		return "", nil, err
	}
	log := &complaints{}
	storage, err := openStorage(dir, log)
	if err != nil {
		return "", nil, err
	}
	if err := storage.InsertRows(rowsOf(series)); err != nil {
		return "", nil, err
	}
	if err := errors.Join(storage.Close(), log.err()); err != nil {
		return "", nil, err
	}
	if err := tidySegment(dir); err != nil {
		return "", nil, err
	}
	s = &segment{storage: storage}
	if err := errors.Join(countSegment(dir, series), s.compare(series), s.watch(dir)); err != nil {
		return "", nil, err
	}
	if sum, err = sumSegment(dir); err != nil {
		return "", nil, err
	}
	return sum, s, syncSegment(dir)
}

func rowsOf(series []segmentSeries) []tstorage.Row {
	n := 0
	for _, s := range series {
		n += len(s.samples)
	}
	rows := make([]tstorage.Row, 0, n)
	for _, s := range series {
		metric := metricOf(s.id)
		for _, p := range s.samples {
			rows = append(rows, tstorage.Row{Metric: metric, DataPoint: tstorage.DataPoint{Timestamp: segmentAt(p.at), Value: p.value}})
		}
	}
	return rows
}

// tidySegment removes what Close leaves behind: the empty partitions that it wrote for want of points.
func tidySegment(dir string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range found {
		if e.Name() == partitionPrefix+"0-0" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// partitionOf returns the only partition of a segment.
func partitionOf(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, partitionPrefix+"*"))
	if err != nil {
		return "", err
	}
	found = slices.DeleteFunc(found, func(path string) bool { return filepath.Base(path) == partitionPrefix+"0-0" })
	if len(found) != 1 {
		return "", fmt.Errorf("segment has %d partitions: %w", len(found), ErrCorrupt)
	}
	return found[0], nil
}

// countSegment compares what the meta file counts with what was given, because a write that failed is only missing there.
func countSegment(dir string, series []segmentSeries) error {
	partition, err := partitionOf(dir)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(partition, metaName))
	if err != nil {
		return err
	}
	var meta struct {
		Metrics map[string]struct {
			NumDataPoints int `json:"numDataPoints"`
		} `json:"metrics"`
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return fmt.Errorf("segment: %w: %w", ErrCorrupt, err)
	}
	if len(meta.Metrics) != len(series) {
		return fmt.Errorf("segment has %d series of %d: %w", len(meta.Metrics), len(series), ErrCorrupt)
	}
	for _, s := range series {
		if n := meta.Metrics[metricOf(s.id)].NumDataPoints; n != len(s.samples) {
			return fmt.Errorf("segment has %d points of %d of series %d: %w", n, len(s.samples), s.id, ErrCorrupt)
		}
	}
	return nil
}

// sumSegment returns the SHA-256 of the data and then the meta file, in hexadecimal.
func sumSegment(dir string) (string, error) {
	partition, err := partitionOf(dir)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, name := range []string{dataName, metaName} {
		f, err := os.Open(filepath.Join(partition, name))
		if err != nil {
			return "", err
		}
		_, err = io.Copy(hash, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// syncSegment makes the files survive a power cut, from the inside out.
func syncSegment(dir string) error {
	partition, err := partitionOf(dir)
	if err != nil {
		return err
	}
	for _, path := range []string{filepath.Join(partition, dataName), filepath.Join(partition, metaName), partition, dir} {
		if err := syncPath(path); err != nil {
			return err
		}
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
