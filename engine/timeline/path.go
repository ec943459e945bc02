package timeline

import (
	"cmp"
	"slices"
	"sort"
)

// links says of each bar what it waited for.
type links struct {
	waitMs []int64
	before [][]int // bars that it came after; none for a first step
}

// ending is the end of a bar.
type ending struct {
	at  int64
	bar int
}

func compareEndings(a, b ending) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.bar, b.bar))
}

// link measures the waits (B-86): from the latest end of the steps that it
// depends on, where none of them is known to have ended from the latest end
// before its start, and of a first step from the execution's start.
func link(bars []bar) links {
	l := links{waitMs: make([]int64, len(bars)), before: make([][]int, len(bars))}
	ends := make([]ending, 0, len(bars))
	byID := make(map[string]int, len(bars))
	for i := range bars {
		byID[bars[i].step.StepID] = i
		if bars[i].ended {
			ends = append(ends, ending{bars[i].end, i})
		}
	}
	slices.SortFunc(ends, compareEndings)
	latest := make([]int, len(bars)) // backing of the usual case: one bar before
	for i := range bars {
		b, since := &bars[i], int64(0)
		for _, id := range b.step.DependsOn {
			if p, ok := byID[id]; ok && p != i && bars[p].ended {
				if len(l.before[i]) == 0 || bars[p].end > since {
					since = bars[p].end
				}
				if l.before[i] == nil {
					l.before[i] = latest[i : i : i+1]
				}
				l.before[i] = append(l.before[i], p)
			}
		}
		if len(l.before[i]) == 0 {
			at := sort.Search(len(ends), func(k int) bool { return compareEndings(ends[k], ending{b.start, i}) >= 0 })
			if at > 0 {
				latest[i], since = ends[at-1].bar, ends[at-1].at
				l.before[i] = latest[i : i+1]
			}
		}
		l.waitMs[i] = max(0, b.start-since)
	}
	return l
}

// critical is the chain of bars of the largest summed duration and wait that
// ends in the one that finished last, first bar first. A skipped step does not
// finish. Only bars that stand before count as what a bar came after, so that
// a plan that goes in a circle has an end.
func critical(bars []bar, l links) []int {
	weight := make([]int64, len(bars))
	via := make([]int, len(bars))
	last := -1
	for i := range bars {
		b := &bars[i]
		via[i] = -1
		for _, p := range l.before[i] {
			if p < i && (via[i] < 0 || weight[p] > weight[via[i]]) {
				via[i] = p
			}
		}
		weight[i] = l.waitMs[i] + b.end - b.start
		if via[i] >= 0 {
			weight[i] += weight[via[i]]
		}
		if b.ended && b.timed && (last < 0 || cmp.Or(cmp.Compare(b.end, bars[last].end), cmp.Compare(weight[i], weight[last])) >= 0) {
			last = i
		}
	}
	var chain []int
	for i := last; i >= 0; i = via[i] {
		chain = append(chain, i)
	}
	slices.Reverse(chain)
	return chain
}
