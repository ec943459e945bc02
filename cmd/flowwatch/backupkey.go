package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"flowwatch/kv/archive"
)

// backupKeyCommand makes a key that encrypts backups.
type backupKeyCommand struct {
	Out string `required:"" placeholder:"FILE" help:"Where the key goes. A file that is there is never replaced."`
}

// Run prints the key's public half, which tells keys apart and opens nothing.
func (c *backupKeyCommand) Run(p *program) error {
	public, err := archive.MakeKeyFile(c.Out, time.Now())
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("--out %s is there already, and backups may need it: choose another name", c.Out)
	case err != nil:
		return err
	}
	return p.print("%s: key %s; keep a copy away from this machine and from the backups: without it none of them can be restored\n", c.Out, public)
}
