package tsdb

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"flowwatch/kv"
)

const seriesMaxDefault = 100_000

// Options configures a DB.
type Options struct {
	// SeriesMax is how many series one organisation may have: points of more are left out. Default: 100,000.
	SeriesMax int
	// Now is the clock that says when a day was last written. Default: time.Now.
	Now func() time.Time
	// Segments is the directory of sealed days, which is created if need be and belongs to this DB alone: what it does not know there, it removes.
	// Default: none, and no day is sealed.
	Segments string
}

// DB keeps the series of all organisations in a kv.DB. All methods are safe for concurrent use.
type DB struct {
	store   *kv.DB
	options Options

	library *library // of sealed days; nil without Options.Segments
	kept    keptDays // between queries

	// maintain is held by whoever rewrites or removes what was written: fold, seal, drop, erase. Writers and readers of points never wait for it.
	maintain sync.Mutex
	tidied   bool          // what no record knows was removed from the library
	verified map[Scope]Day // the last day whose segment was looked at
	rounds   atomic.Uint64 // of Maintain
	resealAt time.Time     // not before: sealing failed

	stop func() // ends the goroutine of Start; nil before
}

// Open returns the series store within the database. Whoever opened that closes it, after Close of this.
func Open(store *kv.DB, o Options) (*DB, error) {
	if o.SeriesMax == 0 {
		o.SeriesMax = seriesMaxDefault
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	db := &DB{store: store, options: o, verified: make(map[Scope]Day)}
	if o.Segments != "" {
		if err := os.MkdirAll(o.Segments, dirMode); err != nil {
			return nil, fmt.Errorf("open series store: %w", err)
		}
		db.library = newLibrary(o.Segments)
	}
	return db, nil
}

// Scope returns the handle of one organisation's series. It costs nothing.
func (db *DB) Scope(s kv.Scope) Scope { return Scope{db: db, kv: s} }

// Scope is the handle of one organisation's series: code that holds it cannot name another's. Scopes are comparable and may
// be shared between goroutines; the zero value panics on use.
type Scope struct {
	db *DB
	kv kv.Scope
}

// seriesPerQuery bounds what one query may match.
const seriesPerQuery = 10_000

// Series returns the series that all matchers take, all of them without any, in the order they were first written. More than 10,000 is
// ErrSeriesLimit.
func (s Scope) Series(matchers ...Matcher) (found []Series, err error) {
	err = s.db.store.View(func(tx *kv.Tx) error {
		found, err = selectSeries(tx, s.kv, matchers, seriesPerQuery)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("select series: %w", err)
	}
	return found, nil
}

// LabelNames returns the names of all labels in use, in byte order, MetricLabel among them.
func (s Scope) LabelNames() (names []string, err error) {
	err = s.db.store.View(func(tx *kv.Tx) error {
		names, err = labelNames(tx, s.kv)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list labels: %w", err)
	}
	return names, nil
}

// LabelValues returns the values in use of one label, in byte order; those of MetricLabel are the metrics.
func (s Scope) LabelValues(name string) (values []string, err error) {
	err = s.db.store.View(func(tx *kv.Tx) error {
		values, err = labelValues(tx, s.kv, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list values of label: %w", err)
	}
	return values, nil
}
