package tsdb

import (
	"fmt"
	"regexp"
)

const patternBytesMax = 1024

// Matcher is a condition on one label. A series without the label has it with the empty value, so NotEqual("step", "") means that there is
// a step. Matchers are immutable and may be shared.
type Matcher struct {
	name, value string
	pattern     *regexp.Regexp // nil: compare with value
	negated     bool
}

// Equal takes series whose label has exactly this value: name="value".
func Equal(name, value string) Matcher { return Matcher{name: name, value: value} }

// NotEqual takes series whose label has another value or none: name!="value".
func NotEqual(name, value string) Matcher { return Matcher{name: name, value: value, negated: true} }

// Regexp takes series whose label's whole value matches the pattern: name=~"pattern". Its syntax is that of package regexp, whose time is
// linear; it has at most 1,024 bytes. ErrMatcher is returned for any other.
func Regexp(name, pattern string) (Matcher, error) {
	if len(pattern) > patternBytesMax {
		return Matcher{}, fmt.Errorf("pattern of %d bytes, at most %d: %w", len(pattern), patternBytesMax, ErrMatcher)
	}
	if _, err := regexp.Compile(pattern); err != nil { // Alone: "a)(b" must not close the group that anchors it.
		return Matcher{}, fmt.Errorf("%w: %w", ErrMatcher, err)
	}
	r, err := regexp.Compile("^(?s:" + pattern + ")$")
	if err != nil {
		return Matcher{}, fmt.Errorf("%w: %w", ErrMatcher, err)
	}
	return Matcher{name: name, pattern: r}, nil
}

// NotRegexp takes series whose label's whole value does not match the pattern: name!~"pattern". See Regexp.
func NotRegexp(name, pattern string) (Matcher, error) {
	m, err := Regexp(name, pattern)
	m.negated = err == nil
	return m, err
}

// Metric takes the series of one metric.
func Metric(name string) Matcher { return Equal(MetricLabel, name) }

// selects reports whether the matcher alone names a list of series in the index: those with one value of a label.
func (m Matcher) selects() bool { return m.pattern == nil && !m.negated && m.value != "" }

func (m Matcher) matches(l Labels) bool {
	value := l.Get(m.name)
	if m.pattern != nil {
		return m.pattern.MatchString(value) != m.negated
	}
	return (value == m.value) != m.negated
}
