package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	barCells       = 30
	drawEvery      = 100 * time.Millisecond // on a terminal
	sayEvery       = 10 * time.Second       // elsewhere, a line
	waitShownAfter = time.Second            // what is done before needs no words
)

// progress tells people how far long work is: a bar that is drawn over itself on a terminal, now and then a line elsewhere. Not safe
// for concurrent use.
type progress struct {
	w        io.Writer
	terminal bool
	what     string
	began    time.Time
	shown    time.Time
	width    int // of the line on the terminal
}

// progress begins to tell about work. Nothing is shown before the first call of at.
func (p *program) progress(what string) *progress {
	now := time.Now()
	b := &progress{w: p.stderr, terminal: isTerminal(p.stderr), what: what, began: now, shown: now}
	if b.terminal {
		b.shown = time.Time{}
	}
	return b
}

// at tells that done of total is done, with what else is to say. A total of 0 is not known. Most calls show nothing.
func (b *progress) at(done, total int64, more string) {
	now := time.Now()
	every := sayEvery
	if b.terminal {
		every = drawEvery
	}
	if now.Sub(b.shown) < every {
		return
	}
	b.shown = now
	b.show(b.line(done, total, more, now))
}

// line is "importing x.xes [####------] 40 % 12 s, more".
func (b *progress) line(done, total int64, more string, now time.Time) string {
	var s strings.Builder
	s.WriteString(b.what)
	if total > 0 {
		share := min(1, max(0, float64(done)/float64(total)))
		if b.terminal {
			full := int(share * barCells)
			s.WriteString(" [" + strings.Repeat("#", full) + strings.Repeat("-", barCells-full) + "]")
		}
		fmt.Fprintf(&s, " %3.0f %%", 100*share)
	}
	fmt.Fprintf(&s, " %s", now.Sub(b.began).Round(time.Second))
	if more != "" {
		s.WriteString(", " + more)
	}
	return s.String()
}

func (b *progress) show(line string) {
	if !b.terminal {
		b.write(line + "\n")
		return
	}
	n := len([]rune(line))
	b.write("\r" + line + strings.Repeat(" ", max(0, b.width-n)))
	b.width = n
}

// end takes the bar off the terminal: the result is the last word.
func (b *progress) end() {
	if b.terminal && b.width > 0 {
		b.write("\r" + strings.Repeat(" ", b.width) + "\r")
	}
}

// write does not fail: work goes on when nobody looks any more.
func (b *progress) write(s string) { _, _ = io.WriteString(b.w, s) }

// waiting does work that cannot say how far it is, and shows the time that it takes.
func (p *program) waiting(what string, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	b := p.progress(what)
	defer b.end()
	ticker := time.NewTicker(drawEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case now := <-ticker.C:
			if now.Sub(b.began) >= waitShownAfter {
				b.at(0, 0, "")
			}
		}
	}
}

// isTerminal says that somebody sees what is written. The null device is a device of characters too.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// byteCount is a size as people say it.
func byteCount(n int64) string {
	const unit = 1024
	names := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	size, name := float64(n)/unit, 0
	for size >= unit && name < len(names)-1 {
		size, name = size/unit, name+1
	}
	return fmt.Sprintf("%.1f %s", size, names[name])
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
