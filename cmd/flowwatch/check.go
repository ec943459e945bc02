package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"flowwatch/engine"
	"flowwatch/engine/audit"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// problemsPrintedMax keeps a directory that is damaged throughout from flooding a terminal.
const problemsPrintedMax = 100

// checkCommand proves that a data directory is sound.
type checkCommand struct {
	Data directory `default:"./flowwatch-data" placeholder:"DIR" help:"The data directory, when no server runs there."`
}

// checkSeries looks for days that do not hold what they count and, where the options name a folder of segments, for damaged ones.
func checkSeries(db *kv.DB, o tsdb.Options, report func(problem string)) error {
	series, err := tsdb.Open(db, o)
	if err != nil {
		return err
	}
	return errors.Join(series.Check(report), series.Close())
}

// checkChains verifies who did what, organisation by organisation, and reports the first entry of each chain that was edited, removed or put between.
func checkChains(db *kv.DB, report func(problem string)) error {
	organizations, err := db.Tenants()
	if err != nil {
		return err
	}
	for _, id := range organizations {
		scope, err := db.Scope(id)
		if err != nil {
			return err
		}
		v, err := audit.Verify(db, scope)
		if err != nil {
			return err
		}
		if !v.OK {
			report(fmt.Sprintf("audit of organisation %s: the first broken entry is %s; before it hold %d", id, *v.FirstBroken, v.Checked))
		}
	}
	return nil
}

// checkSegments tells of segments that are damaged or missing, as after a restore. They are copies of what was found sound: nothing is lost.
func (c *checkCommand) checkSegments(p *program, db *kv.DB) error {
	if _, err := os.Stat(c.Data.segments()); errors.Is(err, fs.ErrNotExist) {
		return nil // the next start makes them
	}
	found := 0
	err := checkSeries(db, tsdb.Options{Segments: c.Data.segments()}, func(string) { found++ })
	if found == 0 {
		return err
	}
	return p.print("%s to be built again by the next start: copies, nothing is lost\n", counted(found, "segment"))
}

// Run prints each problem as a line, or that there is none.
func (c *checkCommand) Run(p *program) (err error) {
	db, err := c.Data.openExisting()
	if err != nil {
		return hinted(err, "stop it, or check a backup of it")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var problems []string
	found := 0
	err = p.waiting("checking "+string(c.Data), func() error {
		report := func(problem string) {
			if found++; found <= problemsPrintedMax {
				problems = append(problems, problem)
			}
		}
		if err := db.Check(report, engine.Collections()...); err != nil {
			return err
		}
		if err := checkSeries(db, tsdb.Options{}, report); err != nil {
			return err
		}
		return checkChains(db, report)
	})
	if found > 0 {
		damaged := fmt.Errorf("the data directory %s is damaged: %s; restore a backup", c.Data, counted(found, "problem"))
		return errors.Join(damaged, p.print("%s\n", strings.Join(problems, "\n")))
	}
	if err != nil {
		return c.Data.explain(err)
	}
	if err := c.checkSegments(p, db); err != nil {
		return err
	}
	info, err := os.Stat(c.Data.database())
	if err != nil {
		return c.Data.explain(err)
	}
	return p.print("%s: layout %d, history %s, %s: ok\n", c.Data, db.Layout(), db.Epoch(), byteCount(info.Size()))
}
