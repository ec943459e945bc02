package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"flowwatch/engine/deadline"
)

// Colours of a terminal, SGR.
const (
	plain  = ""
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

const (
	momentLayout = "2006-01-02 15:04:05"
	minuteLayout = "2006-01-02 15:04"
	cellLeast    = 4  // characters to which a narrow terminal shortens a cell
	gapRunes     = 2  // between cells
	statusRunes  = 14 // of the longest status with its shape
	unknown      = "–"
)

// screen is where results for people go: as wide as the terminal and in its colours, whole and plain elsewhere.
type screen struct {
	w        io.Writer
	terminal *os.File // whose size may change; nil: none
	width    int      // characters of a line; 0: any
	colour   bool
	zone     *time.Location
}

// screen looks at what standard output is.
func (p *program) screen() *screen {
	s := &screen{w: p.stdout, zone: deadline.Zone()}
	file, ok := p.stdout.(*os.File)
	if !ok || !isTerminal(file) {
		return s
	}
	s.terminal, s.colour = file, colours(os.LookupEnv)
	s.measure()
	return s
}

// measure looks how wide the terminal is now.
func (s *screen) measure() {
	if s.terminal == nil {
		return
	}
	if width, _, err := term.GetSize(int(s.terminal.Fd())); err == nil {
		s.width = width
	}
}

// colours says whether a terminal is to be coloured: NO_COLOR forbids it, and a plain one has none.
func colours(env func(string) (string, bool)) bool {
	if no, _ := env("NO_COLOR"); no != "" {
		return false
	}
	name, named := env("TERM")
	if runtime.GOOS == "windows" {
		_, modern := env("WT_SESSION")
		return modern || named && name != "dumb"
	}
	return named && name != "dumb"
}

// cell is a text with its colour.
type cell struct{ text, colour string }

// column is one of a table. One that may be short gives its room to the others where a terminal is narrow.
type column struct {
	name  string
	short bool
}

// text is a cell without a colour.
func text(s string) cell { return cell{text: s} }

// line prints cells beside each other, as many as fit.
func (s *screen) line(cells ...cell) error {
	_, err := io.WriteString(s.w, s.joined(cells, nil))
	return err
}

// columns are called so; the named ones may be short.
func columns(names string, short ...string) (all []column) {
	for name := range strings.SplitSeq(names, "|") {
		all = append(all, column{name, slices.Contains(short, name)})
	}
	return all
}

// table prints rows in columns, below their names.
func (s *screen) table(columns []column, rows [][]cell) error {
	head := make([]cell, len(columns))
	for i, c := range columns {
		head[i] = cell{c.name, dim}
	}
	rows = append([][]cell{head}, rows...)
	widths := make([]int, len(columns))
	for _, row := range rows {
		for i := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(printable(row[i].text)))
		}
	}
	s.fit(columns, widths)
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(s.joined(row, widths))
	}
	_, err := io.WriteString(s.w, b.String())
	return err
}

// fit narrows columns that may be short, the widest first, until a line fits or they are as short as can be.
func (s *screen) fit(columns []column, widths []int) {
	if s.width == 0 {
		return
	}
	total := gapRunes * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > s.width; total-- {
		widest := -1
		for i := range columns {
			if columns[i].short && widths[i] > cellLeast && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// joined is a line of cells. Widths are of columns; nil: each cell as it is, and the line is cut where the terminal ends.
func (s *screen) joined(cells []cell, widths []int) string {
	var b strings.Builder
	left := s.width
	for i, c := range cells {
		shown, gap := printable(c.text), strings.Repeat(" ", min(i, 1)*gapRunes)
		if widths != nil {
			shown = shortened(shown, widths[i])
			if i < len(cells)-1 {
				shown = padded(text(shown), widths[i]).text
			}
		} else if s.width > 0 {
			shown = shortened(shown, left-len(gap))
			left -= len(gap) + utf8.RuneCountInString(shown)
		}
		if shown == "" {
			continue
		}
		b.WriteString(gap + s.painted(shown, c.colour))
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// room says whether a cell fits behind others into a line.
func (s *screen) room(cells []cell, more cell) bool {
	total := utf8.RuneCountInString(more.text)
	for _, c := range cells {
		total += utf8.RuneCountInString(c.text) + gapRunes
	}
	return s.width == 0 || total <= s.width
}

func (s *screen) painted(text, colour string) string {
	if !s.colour || colour == plain || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// clock is a time on the office's clocks.
func (s *screen) clock(at time.Time) string { return at.In(s.zone).Format(momentLayout) }

// instant is a time of the API, which may be none.
type instant interface {
	Present() bool
	Time() time.Time
}

// moment is a time of the API on the office's clocks.
func (s *screen) moment(at instant) string {
	if !at.Present() {
		return unknown
	}
	return s.clock(at.Time())
}

// shortened is a text of at most so many characters.
func shortened(text string, runesMax int) string {
	if utf8.RuneCountInString(text) <= runesMax {
		return text
	}
	if runesMax <= 0 {
		return ""
	}
	return string([]rune(text)[:runesMax-1]) + "…"
}

// printable is a text in one line that moves no cursor and turns no text round: what others wrote is shown, not obeyed.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// lasting is a length of time as people say it.
func lasting(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// milliseconds is a length that the server says; "–" for nil.
func milliseconds(ms *int64) string {
	if ms == nil {
		return unknown
	}
	return lasting(time.Duration(*ms) * time.Millisecond)
}

// state is a status in its shape, word and colour.
func state(status string) cell {
	look := map[string][2]string{
		"pending": {"·", dim}, "running": {"▶", cyan}, "waiting": {"‖", yellow}, "retrying": {"↻", yellow}, "completed": {"✓", green},
		"failed": {"✗", red}, "cancelled": {"⊘", dim}, "skipped": {"»", dim},
		"active": {"!", red}, "escalated": {"⇑", red}, "acknowledged": {"✓", yellow}, "resolved": {"✓", green},
	}[status]
	if look[0] == "" {
		return text(status)
	}
	return cell{look[0] + " " + status, look[1]}
}

// shape is the sign of a status alone.
func shape(status string) string {
	sign, _, _ := strings.Cut(state(status).text, " ")
	return sign
}

// severity is how bad an alert is, in its word and colour.
func severity(word string) cell {
	look := map[string]string{"info": cyan, "warning": yellow, "error": red, "critical": red}
	return cell{strings.ToUpper(word), look[word]}
}

// padded is a cell that is at least so wide.
func padded(c cell, runes int) cell {
	c.text += strings.Repeat(" ", max(0, runes-utf8.RuneCountInString(c.text)))
	return c
}

// said is what a text that may be missing says.
func said(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
