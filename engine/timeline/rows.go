package timeline

// pack gives each bar the lowest row in which nothing else is at its time, so
// that parallel steps are apart (AC3.1b). Bars are in the order of their
// starts. A bar without length takes a millisecond, so that it stays visible.
// rows is how many there are.
func pack(bars []bar) (row []int, rows int) {
	row = make([]int, len(bars))
	busy := queue[busyRow]{before: func(a, b busyRow) bool { return a.until < b.until }}
	free := queue[int]{before: func(a, b int) bool { return a < b }}
	for i := range bars {
		for len(busy.items) > 0 && busy.items[0].until <= bars[i].start {
			free.push(busy.pop().row)
		}
		if len(free.items) > 0 {
			row[i] = free.pop()
		} else {
			row[i] = rows
			rows++
		}
		busy.push(busyRow{until: max(bars[i].end, bars[i].start+1), row: row[i]})
	}
	return row, rows
}

// busyRow is a row that a bar takes until a time.
type busyRow struct {
	until int64
	row   int
}

// queue is a binary heap: the first item stands before all others.
type queue[T any] struct {
	items  []T
	before func(a, b T) bool
}

func (q *queue[T]) push(v T) {
	q.items = append(q.items, v)
	for i := len(q.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.before(q.items[i], q.items[parent]) {
			return
		}
		q.items[i], q.items[parent] = q.items[parent], q.items[i]
		i = parent
	}
}

func (q *queue[T]) pop() T {
	first, last := q.items[0], len(q.items)-1
	q.items[0] = q.items[last]
	q.items = q.items[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && q.before(q.items[child+1], q.items[child]) {
			child++
		}
		if !q.before(q.items[child], q.items[i]) {
			return first
		}
		q.items[i], q.items[child] = q.items[child], q.items[i]
		i = child
	}
}
