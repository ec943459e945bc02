package tsdb

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MetricLabel is the label that holds a series' metric name. NewLabels sets it; no other pair may use it.
const MetricLabel = "__name__"

// Limits of labels. They hold for each series, whoever writes it.
const (
	labelsMax          = 32 // pairs, the metric's name not counted
	labelNameBytesMax  = 100
	labelValueBytesMax = 1024
)

// Labels name one series: a metric and pairs of name and value. They are immutable and comparable; two that compare equal are the
// same series. The zero value names none.
//
// Labels are chosen by the caller and stay for as long as their series: an id of a workflow, a step, a queue or a host belongs there.
// Personal data (names, addresses, tax numbers, whatever a payload holds) never does, because a series is kept in the clear, listed to all of
// its organisation, and outlives what it was measured on.
type Labels struct {
	canonical string // of each pair, in order of names: length, name, length, value
}

// NewLabels makes the labels of a metric from pairs of name and value, in any order. The metric's name is of letters, digits, '_', '.' and ':',
// a label's of letters, digits, '_' and '.', neither begins with a digit, at most 100 bytes each; a value is any UTF-8 of at most 1,024 bytes. A pair with an empty
// value is left out, so that an empty label and none are the same. It returns ErrLabels, with a reason for the user, for whatever else.
func NewLabels(metric string, pairs ...string) (Labels, error) {
	if len(pairs)%2 != 0 {
		return Labels{}, fmt.Errorf("label %q has no value: %w", pairs[len(pairs)-1], ErrLabels)
	}
	if !isName(metric, ".:") {
		return Labels{}, fmt.Errorf("metric name %s: %w", quoted(metric), ErrLabels)
	}
	var room [4][2]string // that the usual labels need no memory but their canonical form
	sorted := append(room[:0], [2]string{MetricLabel, metric})
	size := 2 + len(MetricLabel) + len(metric)
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if err := checkLabel(name, value); err != nil {
			return Labels{}, err
		}
		if value != "" {
			sorted = append(sorted, [2]string{name, value})
			size += 2*binary.MaxVarintLen16 + len(name) + len(value)
		}
	}
	if len(sorted)-1 > labelsMax {
		return Labels{}, fmt.Errorf("%d labels, at most %d: %w", len(sorted)-1, labelsMax, ErrLabels)
	}
	slices.SortFunc(sorted, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	canonical := make([]byte, 0, size)
	for i, pair := range sorted {
		if i > 0 && pair[0] == sorted[i-1][0] {
			return Labels{}, fmt.Errorf("label %q twice: %w", pair[0], ErrLabels)
		}
		canonical = appendText(appendText(canonical, pair[0]), pair[1])
	}
	return Labels{canonical: string(canonical)}, nil
}

func checkLabel(name, value string) error {
	switch {
	case name == MetricLabel:
		return fmt.Errorf("label %q is the metric's own: %w", name, ErrLabels)
	case !isName(name, "."):
		return fmt.Errorf("label name %s: %w", quoted(name), ErrLabels)
	case len(value) > labelValueBytesMax:
		return fmt.Errorf("label %q has %d bytes, at most %d: %w", name, len(value), labelValueBytesMax, ErrLabels)
	case !utf8.ValidString(value):
		return fmt.Errorf("label %q is not UTF-8: %w", name, ErrLabels)
	}
	return nil
}

// isName reports whether the name has an allowed length and only letters, digits, '_' and the others.
func isName(name, others string) bool {
	if name == "" || len(name) > labelNameBytesMax || (name[0] >= '0' && name[0] <= '9') {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := (c|0x20 >= 'a' && c|0x20 <= 'z') || c == '_'
		if !letter && (c < '0' || c > '9') && !strings.Contains(others, string(rune(c))) {
			return false
		}
	}
	return true
}

// quoted shows at most as much of a bad name as a good one may have.
func quoted(name string) string {
	if len(name) > labelNameBytesMax {
		return fmt.Sprintf("%q… of %d bytes", name[:labelNameBytesMax], len(name))
	}
	return strconv.Quote(name)
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func cutText(src string) (text, rest string, ok bool) {
	n, size := uint64(0), 0
	for size < len(src) && size < binary.MaxVarintLen16 {
		c := src[size]
		n |= uint64(c&0x7F) << (7 * size)
		size++
		if c < 0x80 {
			if n > uint64(len(src)-size) {
				return "", "", false
			}
			return src[size : size+int(n)], src[size+int(n):], true
		}
	}
	return "", "", false
}

// All yields the pairs in byte order of their names, the metric's among them.
func (l Labels) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := l.canonical; rest != ""; {
			name, after, ok := cutText(rest)
			value, next, ok2 := cutText(after)
			if !ok || !ok2 || !yield(name, value) {
				return
			}
			rest = next
		}
	}
}

// Get returns the value of a label, "" when there is none.
func (l Labels) Get(name string) string {
	for n, value := range l.All() {
		if n == name {
			return value
		}
	}
	return ""
}

// Metric returns the metric's name.
func (l Labels) Metric() string { return l.Get(MetricLabel) }

// IsZero reports whether the labels name no series.
func (l Labels) IsZero() bool { return l.canonical == "" }

// String shows the labels as metric{name="value",…}.
func (l Labels) String() string {
	var out strings.Builder
	out.WriteString(l.Metric())
	separator := "{"
	for name, value := range l.All() {
		if name != MetricLabel {
			fmt.Fprintf(&out, "%s%s=%q", separator, name, value)
			separator = ","
		}
	}
	if separator == "," {
		out.WriteByte('}')
	}
	return out.String()
}

// parseLabels reads canonical labels, and takes only those that NewLabels makes.
func parseLabels(canonical []byte) (Labels, error) {
	l := Labels{canonical: string(canonical)}
	var pairs []string
	for name, value := range l.All() {
		if name != MetricLabel {
			pairs = append(pairs, name, value)
		}
	}
	again, err := NewLabels(l.Metric(), pairs...)
	if err != nil || again != l {
		return Labels{}, fmt.Errorf("labels %x: %w", canonical, ErrCorrupt)
	}
	return l, nil
}
