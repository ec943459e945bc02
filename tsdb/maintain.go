package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"flowwatch/kv"
)

// maintainEvery is how often days are looked after. It bounds how many chunks a day collects beyond what foldDue allows.
const maintainEvery = 5 * time.Second

// Start begins to look after the days in the background, until Close: see Maintain. What goes wrong is logged and tried again.
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

// Maintain does once what is due, in all scopes: it folds days whose chunks have become many. A day that fails does not keep the
// others waiting; all errors are returned together.
func (db *DB) Maintain(ctx context.Context) error {
	scopes, err := db.scopes()
	if err != nil {
		return fmt.Errorf("maintain series: %w", err)
	}
	var errs []error
	for _, s := range scopes {
		if err := s.maintain(ctx); err != nil {
			errs = append(errs, fmt.Errorf("maintain series: %w", err))
		}
	}
	return errors.Join(errs...)
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
		if ctx.Err() != nil {
			break
		}
		if d.foldDue() {
			errs = append(errs, s.Fold(ctx, d.Day))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
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
