package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"flowwatch/kv"
)

// maintainEvery is how often days are looked after. It bounds how many chunks a day collects beyond what foldDue allows.
const maintainEvery = 5 * time.Second

// Start begins to look after the days in the background, until Close: see Maintain. What goes wrong is logged and tried again. Call it once.
func (db *DB) Start(log *slog.Logger) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	db.stop = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(maintainEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := db.Maintain(ctx); err != nil && ctx.Err() == nil {
				log.Error("series store needs attention", "err", err)
			}
		}
	}()
}

// Close ends what Start began and waits for it. The kv.DB stays open. Closing twice is harmless.
func (db *DB) Close() error {
	if db.stop != nil {
		db.stop()
	}
	return nil
}

// Maintain does once what is due, in all scopes: it folds days whose chunks have become many, seals those that were quiet for 10 minutes,
// builds segments anew that could not be read, and verifies the next one of the next scope. The first time it removes from Options.Segments what no day
// knows. A day that fails does not keep the others waiting; all errors are returned together, each once.
func (db *DB) Maintain(ctx context.Context) error {
	scopes, err := db.scopes()
	if err == nil && db.library != nil {
		err = errors.Join(db.settleDoubts(), db.tidy(scopes))
	}
	errs := []error{err}
	for _, s := range scopes {
		errs = append(errs, s.maintain(ctx))
	}
	if db.library != nil && len(scopes) > 0 {
		errs = append(errs, scopes[db.rounds.Add(1)%uint64(len(scopes))].verifyNext())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("maintain series: %w", err)
	}
	return nil
}

// tidy removes unknown segments and forgets missing ones, once. After a restore they are all missing, which is no fault.
func (db *DB) tidy(scopes []Scope) error {
	db.maintain.Lock()
	defer db.maintain.Unlock()
	if db.tidied {
		return nil
	}
	known := map[string]bool{}
	for _, s := range scopes {
		var missing []*dayState
		err := s.eachDay(kv.Span{}, func(d *dayState) bool {
			if d.Segment != nil && d.Segment.Name != "" {
				known[filepath.Join(d.Day.String(), d.Segment.Name)] = true
				if !db.library.has(d) {
					missing = append(missing, d)
				}
			}
			return true
		})
		for _, d := range missing {
			_, unsealErr := s.unseal(d.Day, d.Segment.Name)
			err = errors.Join(err, unsealErr)
		}
		if err != nil {
			return err
		}
	}
	err := db.library.tidy(func(day, name string) bool { return known[filepath.Join(day, name)] })
	db.tidied = err == nil
	return err
}

// settleDoubts forgets the segments that could not be read, and returns why as errors. A query that began before the day was sealed again may have
// doubted a segment that was on its way out: that is no error.
func (db *DB) settleDoubts() error {
	db.maintain.Lock()
	defer db.maintain.Unlock()
	var errs []error
	for name, d := range db.library.takeDoubts() {
		forgotten, err := d.scope.unseal(d.day, name)
		if forgotten {
			errs = append(errs, fmt.Errorf("day %s is sealed again: %w", d.day, d.err))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// verifyNext compares the files of the next sealed day with their sum, round and round. What does not fit is in doubt.
func (s Scope) verifyNext() error {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	after, seen := s.db.verified[s]
	next, err := s.sealedDay(kv.Span{After: appendDay(nil, after)})
	if err == nil && (next == nil || !seen) {
		next, err = s.sealedDay(kv.Span{}) // Round again.
	}
	if err != nil || next == nil {
		return err
	}
	s.db.verified[s] = next.Day
	dir := s.db.library.dir(next.Day, next.Segment.Name)
	sum, err := sumSegment(dir)
	if err == nil && sum != next.Segment.SHA256 {
		err = fmt.Errorf("segment %s: sum %s, should be %s: %w", dir, sum, next.Segment.SHA256, ErrCorrupt)
	}
	if err != nil {
		s.db.library.doubt(s, next, err)
	}
	return nil
}

// scopes returns those of the appliance and of all organisations.
func (db *DB) scopes() ([]Scope, error) {
	tenants, err := db.store.Tenants()
	if err != nil {
		return nil, err
	}
	found := []Scope{db.Scope(db.store.System())}
	for _, id := range tenants {
		s, err := db.store.Scope(id)
		if err != nil {
			return nil, err
		}
		found = append(found, db.Scope(s))
	}
	return found, nil
}

func (s Scope) maintain(ctx context.Context) error {
	open, err := s.openDays()
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range open {
		if ctx.Err() == nil {
			errs = append(errs, s.maintainDay(ctx, &d))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

func (s Scope) maintainDay(ctx context.Context, d *dayState) error {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	now := s.db.options.Now()
	seal := s.db.library != nil && d.sealDue(now) && !now.Before(s.db.resealAt)
	var err error
	if seal || d.foldDue(now) {
		err = s.fold(ctx, d.Day)
	}
	if seal && err == nil {
		if err = s.seal(d.Day); err != nil {
			s.db.resealAt = now.Add(sealRetry)
		}
	}
	if err != nil {
		return fmt.Errorf("day %s: %w", d.Day, err)
	}
	return nil
}

// sealedDay returns the first day of the span that has a segment, or nil.
func (s Scope) sealedDay(sp kv.Span) (found *dayState, err error) {
	err = s.eachDay(sp, func(d *dayState) bool {
		if d.Segment != nil && d.Segment.Name != "" {
			found = d
		}
		return found == nil
	})
	return found, err
}

// eachDay calls fn for the days of the span, oldest first, until it returns false. fn runs in a read transaction.
func (s Scope) eachDay(sp kv.Span, fn func(d *dayState) bool) error {
	return s.db.store.View(func(tx *kv.Tx) error {
		return days.Scan(tx, s.kv, sp, func(_ []byte, d *dayState) (bool, error) { return fn(d), nil })
	})
}

// openDays returns the days that are not sealed, oldest first.
func (s Scope) openDays() (open []dayState, err error) {
	err = s.db.store.View(func(tx *kv.Tx) error {
		days.ScanIndex(tx, s.kv, "open", kv.Span{}, func(_, key []byte) bool {
			var d *dayState
			if d, err = days.Get(tx, s.kv, key); err == nil {
				open = append(open, *d)
			}
			return err == nil
		})
		return err
	})
	return open, err
}
