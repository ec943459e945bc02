// Package migrations brings the stored layout of a database up to date.
//
// A layout is what kv/FORMAT.md draws: buckets, keys, headers and journals. Records carry versions of their own, which their
// packages read; a new version of a record is no migration. Layouts are numbered from 1 without gaps, each one has its line
// in the list below and a database file in testdata that must open for ever.
package migrations

import (
	"fmt"

	"flowwatch/kv"
)

// migration changes the layout before its number into the one of its number.
type migration struct {
	to     int // layout that the change leads to
	what   string
	change func(*kv.Tx) error
}

// first is the oldest layout that a program ever wrote.
const first = 1

// layouts lists every layout in order. The last one is kv.LayoutVersion, which kv.Open gives to a new database. CONTRIBUTING.md says
// what belongs to a new line.
var layouts = []migration{
	{to: first, what: "first version"},
}

// Run brings the database to the layout kv.LayoutVersion, one transaction a layout: whatever interrupts it leaves a database of the layout
// before or after a change, never between, and the next Run goes on from there. It does nothing to a database that is up to date. It returns
// kv.ErrCorrupt for a layout that no program ever wrote; a newer one than this program's kv.Open has refused already.
func Run(db *kv.DB) error { return run(db, layouts) }

func run(db *kv.DB, list []migration) error {
	if have := db.Layout(); have < list[0].to {
		return fmt.Errorf("layout %d is older than the first, %d: %w", have, list[0].to, kv.ErrCorrupt)
	}
	for _, m := range list {
		if m.to <= db.Layout() {
			continue
		}
		if err := db.Migrate(m.to, m.change); err != nil {
			return fmt.Errorf("%s: %w", m.what, err)
		}
	}
	return nil
}
