package deadline

import (
	"cmp"
	"slices"
	"sort"
)

// onceWindow is how many days before it runs can serve what is due with
// nothing of its rule before it.
const onceWindow Day = 366

// Term is an occurrence with the time in which runs serve it: from the day
// behind After up to Due.
type Term struct {
	Occurrence
	After Day
}

// Terms lists the rule's terms that are due from one day to another, both
// included, in the order of their days. They follow each other without a gap.
func (r *Rule) Terms(c *Calendar, from, to Day) []Term {
	occurrences := r.In(c, from, to)
	if len(occurrences) == 0 {
		return nil
	}
	slices.SortStableFunc(occurrences, func(a, b Occurrence) int { return cmp.Compare(a.Due, b.Due) })
	first := occurrences[0].Due
	after := first - onceWindow
	for _, before := range r.In(c, after, first-1) {
		after = max(after, before.Due)
	}
	terms := make([]Term, len(occurrences))
	for i, o := range occurrences {
		terms[i] = Term{Occurrence: o, After: after}
		after = o.Due
	}
	return terms
}

// Serving is the position of the term that a run of that day serves, -1 when
// there is none: of a rule's terms the first that is due on that day or later.
func Serving(terms []Term, d Day) int {
	i := sort.Search(len(terms), func(i int) bool { return terms[i].Due >= d })
	if i == len(terms) || d <= terms[i].After {
		return -1
	}
	return i
}
