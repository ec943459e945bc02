package main

import (
	"errors"

	"flowwatch/engine"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// compactCommand gives the room of what was deleted back to the disk, and leaves nothing of it in the file.
type compactCommand struct {
	Data directory `default:"./flowwatch-data" placeholder:"DIR" help:"The data directory, when no server runs there."`
}

// Run leaves the old database or the new one, whole.
func (c *compactCommand) Run(p *program) error {
	const hint = "stop it for the time of the compaction"
	db, err := c.Data.openExisting() // in this program's layout, which the check below knows
	if err != nil {
		return hinted(err, hint)
	}
	if err := db.Close(); err != nil {
		return c.Data.explain(err)
	}
	var sizes kv.Compacted
	err = p.waiting("compacting "+string(c.Data), func() (err error) {
		sizes, err = kv.Compact(c.Data.database(), kv.Options{}, func(db *kv.DB) error {
			if err := p.ctx.Err(); err != nil {
				return err
			}
			return errors.Join(db.Check(nil, engine.Collections()...), checkSeries(db, tsdb.Options{}, func(string) {}))
		})
		return err
	})
	switch {
	case p.ctx.Err() != nil && err != nil:
		return errors.New("stopped; nothing was changed")
	case err != nil:
		return hinted(c.Data.explain(err), hint)
	}
	return p.print("%s: %s, before %s: ok\n", c.Data, byteCount(sizes.AfterBytes), byteCount(sizes.BeforeBytes))
}
