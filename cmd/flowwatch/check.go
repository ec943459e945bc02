package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"flowwatch/engine"
)

// problemsPrintedMax keeps a directory that is damaged throughout from flooding a terminal.
const problemsPrintedMax = 100

// checkCommand proves that a data directory is sound.
type checkCommand struct {
	Data directory `default:"./flowwatch-data" placeholder:"DIR" help:"The data directory, when no server runs there."`
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
		return db.Check(func(problem string) {
			if found++; found <= problemsPrintedMax {
				problems = append(problems, problem)
			}
		}, engine.Collections()...)
	})
	if found > 0 {
		damaged := fmt.Errorf("the data directory %s is damaged: %s; restore a backup", c.Data, counted(found, "problem"))
		return errors.Join(damaged, p.print("%s\n", strings.Join(problems, "\n")))
	}
	if err != nil {
		return c.Data.explain(err)
	}
	info, err := os.Stat(c.Data.database())
	if err != nil {
		return c.Data.explain(err)
	}
	return p.print("%s: layout %d, history %s, %s: ok\n", c.Data, db.Layout(), db.Epoch(), byteCount(info.Size()))
}
