package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	namePrefix   = "flowwatch-"
	nameTime     = "20060102T150405Z"
	nameSuffix   = ".tar.zst"
	ageSuffix    = ".age"          // behind nameSuffix, of an encrypted one
	partSuffix   = ".part"         // of a backup that is not proved yet
	verifyPrefix = ".verify-"      // of a folder that one is restored into
	aheadMax     = 5 * time.Minute // a backup from later than that is from a wrong clock
	day          = 24 * time.Hour  // of retention
	folderMode   = 0o700           // what is in it is the operator's alone
	fileMode     = 0o600
)

// folder is where backups lie. A name without partSuffix is a backup that was proved.
type folder string

// file is a backup in the folder.
type file struct {
	name string
	at   time.Time // when it was begun, to the second, as its name says
	size int64
}

func nameOf(at time.Time, encrypted bool) string {
	name := namePrefix + at.UTC().Format(nameTime) + nameSuffix
	if encrypted {
		name += ageSuffix
	}
	return name
}

// timeOf is the opposite of nameOf.
func timeOf(name string) (at time.Time, ok bool) {
	middle, begins := strings.CutPrefix(name, namePrefix)
	middle, ends := strings.CutSuffix(strings.TrimSuffix(middle, ageSuffix), nameSuffix)
	at, err := time.Parse(nameTime, middle)
	return at, begins && ends && err == nil
}

// path is the place of a name.
func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// list returns the backups, oldest first.
func (f folder) list() (files []file, err error) {
	entries, err := os.ReadDir(string(f)) // sorted by name, and so by time
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		at, ok := timeOf(e.Name())
		if info, err := e.Info(); ok && err == nil && info.Mode().IsRegular() {
			files = append(files, file{name: e.Name(), at: at, size: info.Size()})
		}
	}
	return files, nil
}

// newest is the latest of the files, of those that are not from the future.
func newest(files []file, now time.Time) (last file) {
	for _, f := range files {
		if !f.at.After(now.Add(aheadMax)) {
			last = f
		}
	}
	return last
}

// outdated are those that have been kept long enough, never the newest one.
func outdated(files []file, now time.Time, keep time.Duration) (old []file) {
	last := newest(files, now)
	for _, f := range files {
		if f.name != last.name && now.Sub(f.at) > keep {
			old = append(old, f)
		}
	}
	return old
}

// sweep removes what an attempt left that was killed.
func (f folder) sweep() error {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, part := strings.CutSuffix(e.Name(), partSuffix)
		if _, ours := timeOf(name); part && ours || strings.HasPrefix(e.Name(), verifyPrefix) && e.IsDir() {
			err = errors.Join(err, os.RemoveAll(f.path(e.Name())))
		}
	}
	return err
}

// sync makes names in the folder survive a power cut.
func (f folder) sync() error {
	d, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
