package timeline

import (
	"fmt"
	"strconv"
	"strings"
)

// Language is what explanations are written in.
type Language uint8

// The languages.
const (
	Polish Language = iota
	English
)

const (
	msPerSecond   = 1_000
	msPerMinute   = 60 * msPerSecond
	secondsPerMin = 60
	secondsPerH   = 60 * secondsPerMin
	secondsPerDay = 24 * secondsPerH
)

// pick is the text in the language.
func (l Language) pick(polish, english string) string {
	if l == English {
		return english
	}
	return polish
}

// number writes a value with at most one decimal.
func (l Language) number(v float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	if l == Polish {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// duration writes milliseconds: "350 ms", "2,4 s", "2 min 35 s", "1 godz. 5
// min", "3 dni 4 godz.". Rounded down.
func (l Language) duration(ms float64) string {
	whole := max(0, int64(ms))
	switch {
	case whole < msPerSecond:
		return strconv.FormatInt(whole, 10) + " ms"
	case whole < msPerMinute:
		return l.number(float64(whole/100)/10) + " s"
	}
	s := whole / msPerSecond
	days, hours, minutes, seconds := s/secondsPerDay, s/secondsPerH%24, s/secondsPerMin%60, s%60
	switch {
	case days > 0:
		return join(l.days(days), hours, l.pick("godz.", "h"))
	case hours > 0:
		return join(fmt.Sprintf("%d %s", hours, l.pick("godz.", "h")), minutes, "min")
	}
	return join(fmt.Sprintf("%d min", minutes), seconds, "s")
}

func (l Language) days(n int64) string {
	if n == 1 {
		return l.pick("1 dzień", "1 day")
	}
	return fmt.Sprintf("%d %s", n, l.pick("dni", "days"))
}

func join(first string, rest int64, unit string) string {
	if rest == 0 {
		return first
	}
	return fmt.Sprintf("%s %d %s", first, rest, unit)
}

// bytes writes a size in powers of 1000.
func (l Language) bytes(v float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return l.number(v) + " " + units[0]
}

func (l Language) percent(v float64) string { return l.number(v) + "%" }

// ofRuns is "z 30 wykonań".
func (l Language) ofRuns(n int) string {
	if n == 1 {
		return l.pick("z 1 wykonania", "of 1 run")
	}
	return fmt.Sprintf(l.pick("z %d wykonań", "of %d runs"), n)
}

func (l Language) times(n int) string {
	if n == 1 {
		return l.pick("1 raz", "once")
	}
	return fmt.Sprintf(l.pick("%d razy", "%d times"), n)
}
