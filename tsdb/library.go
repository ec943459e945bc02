package tsdb

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Limits of open segments. A closed one keeps its mapping until the process ends, which costs address space; so a process opens so many and reads
// entries from then on.
const (
	segmentsOpenMax = 64
	segmentOpens    = 4096
)

// library is the directory of sealed segments, DAY/NAME, and those of them that are open, least recently used ones leaving.
type library struct {
	root string

	mu     sync.Mutex
	open   map[string]*shelf // by name
	clock  uint64            // counts uses
	opens  int
	doubts map[string]doubt // by name
}

// shelf is the place of one open segment. It is opened once, while only those who want it wait.
type shelf struct {
	used    uint64
	once    sync.Once
	segment *segment
	err     error
}

// doubt is a segment that could not be read. Nobody asks it again; the next round of Maintain builds its day anew.
type doubt struct {
	scope Scope
	day   Day
	err   error
}

func newLibrary(root string) *library {
	return &library{root: root, open: make(map[string]*shelf), doubts: make(map[string]doubt)}
}

func newSegmentName() string { return strings.ToLower(rand.Text()) }

func (l *library) dir(day Day, name string) string { return filepath.Join(l.root, day.String(), name) }

// segment returns the day's segment, opened and verified, or nil when it has none, or none that can be used.
func (l *library) segment(s Scope, d *dayState) *segment {
	if d.Segment.Name == "" {
		return nil
	}
	sh := l.shelf(d.Segment.Name)
	if sh == nil {
		return nil
	}
	sh.once.Do(func() { sh.segment, sh.err = openSegment(l.dir(d.Day, d.Segment.Name), d.Segment.SHA256) })
	if sh.err != nil {
		l.doubt(s, d, sh.err)
	}
	return sh.segment
}

// shelf returns the place of a segment, or nil when nothing may be opened any more or the segment is in doubt.
func (l *library) shelf(name string) *shelf {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	if sh := l.open[name]; sh != nil {
		sh.used = l.clock
		return sh
	}
	if _, doubtful := l.doubts[name]; doubtful || l.opens >= segmentOpens {
		return nil
	}
	l.opens++
	return l.place(name, &shelf{used: l.clock})
}

// place needs mu.
func (l *library) place(name string, sh *shelf) *shelf {
	if len(l.open) >= segmentsOpenMax {
		oldest := name
		for other, o := range l.open {
			if oldest == name || o.used < l.open[oldest].used {
				oldest = other
			}
		}
		delete(l.open, oldest)
	}
	l.open[name] = sh
	return sh
}

// adopt keeps a segment open that was just built.
func (l *library) adopt(name string, s *segment) {
	sh := &shelf{segment: s}
	sh.once.Do(func() {})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	l.opens++
	sh.used = l.clock
	l.place(name, sh)
}

// doubt remembers that a segment is not to be read any more.
func (l *library) doubt(s Scope, d *dayState, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, d.Segment.Name)
	l.doubts[d.Segment.Name] = doubt{scope: s, day: d.Day, err: err}
}

// takeDoubts returns all doubts by name.
func (l *library) takeDoubts() map[string]doubt {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := make(map[string]doubt, len(l.doubts))
	for name, d := range l.doubts {
		taken[name] = d
	}
	return taken
}

// has reports whether the day's segment has a directory.
func (l *library) has(d *dayState) bool {
	info, err := os.Stat(l.dir(d.Day, d.Segment.Name))
	return err == nil && info.IsDir()
}

// remove deletes a segment's files. Who still reads it may end: its mapping stays.
func (l *library) remove(day Day, name string) error {
	l.mu.Lock()
	delete(l.open, name)
	delete(l.doubts, name)
	l.mu.Unlock()
	err := os.RemoveAll(l.dir(day, name))
	l.removeDay(filepath.Dir(l.dir(day, name)))
	return err
}

// removeDay removes the directory of a day if it is empty.
func (l *library) removeDay(dir string) { _ = os.Remove(dir) }

// tidy removes all that is not a known segment: what was being built when the process died, and what nobody could delete then.
func (l *library) tidy(known func(day, name string) bool) error {
	dayDirs, err := os.ReadDir(l.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, day := range dayDirs {
		dir := filepath.Join(l.root, day.Name())
		if !day.IsDir() {
			errs = append(errs, os.Remove(dir))
			continue
		}
		names, err := os.ReadDir(dir)
		errs = append(errs, err)
		for _, name := range names {
			if !known(day.Name(), name.Name()) {
				errs = append(errs, os.RemoveAll(filepath.Join(dir, name.Name())))
			}
		}
		l.removeDay(dir)
	}
	return errors.Join(errs...)
}
