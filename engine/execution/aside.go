package execution

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// Traces tell of the parts of a run before the run itself, and of parts of parts. Which of them are steps is known when it is known what stands at the
// top: those right under it. An event that says what it is Under is put aside until another names that as the Top; it is merged then as if it had come
// just now. What is under anything else stays aside, and is shown nowhere but in that something runs.

// AsideMax is how many events an execution keeps aside.
const AsideMax = 20_000

// Released are the events from aside that the last call of Apply merged besides its own: steps now, under nothing.
func (x *Execution) Released() []Event { return x.released }

func (x *Execution) hasTop(name string) bool {
	_, known := slices.BinarySearch(x.tops, name)
	return known
}

// addTop merges what waited for this top.
func (x *Execution) addTop(name string) {
	at, _ := slices.BinarySearch(x.tops, name)
	x.tops = slices.Insert(x.tops, at, strings.Clone(name))
	rest := x.aside[:0]
	for i := range x.aside {
		if e := x.aside[i]; e.Under == name {
			e.Under = ""
			x.released = append(x.released, e)
			x.merge(&e, e.Hash())
		} else {
			rest = append(rest, e)
		}
	}
	clear(x.aside[len(rest):])
	x.aside, x.asideOf = rest, [2]Instant{NoInstant, NoInstant}
	for i := range x.aside {
		x.noteAside(&x.aside[i])
	}
}

func (x *Execution) putAside(e *Event) {
	kept := *e
	kept.Input, kept.Output = nil, nil
	x.aside = append(x.aside, kept)
	x.noteAside(e)
}

func (x *Execution) noteAside(e *Event) {
	x.asideOf = [2]Instant{earliest(x.asideOf[0], e.earliest()), max(x.asideOf[1], e.Timestamp)}
}

// span are the times of the earliest and the latest event; of those aside while there are no others.
func (x *Execution) span() (first, last Instant) {
	if x.first.Present() {
		return x.first, x.last
	}
	return x.asideOf[0], x.asideOf[1]
}

func (x *Execution) appendAside(dst []byte) []byte {
	dst = binary.AppendUvarint(appendTexts(dst, x.tops), uint64(len(x.aside)))
	inOrder := make([]*Event, len(x.aside))
	for i := range x.aside {
		inOrder[i] = &x.aside[i]
	}
	slices.SortFunc(inOrder, func(a, b *Event) int {
		return cmp.Or(compareInstants(a.Timestamp, b.Timestamp), strings.Compare(a.ID, b.ID))
	})
	for _, e := range inOrder {
		dst = AppendEvent(dst, e)
	}
	return dst
}

// aside reads tops and events that wait for one.
func (d *decoder) aside() {
	const eventBytesMin = 8
	x := d.x
	x.tops = d.texts()
	x.aside = make([]Event, d.count(eventBytesMin))
	for i := range x.aside {
		var err error
		if x.aside[i], d.data, err = ReadEvent(d.data); err != nil || x.aside[i].ExecutionID != x.id {
			d.fail()
			return
		}
		x.noteAside(&x.aside[i])
	}
	if len(x.aside) > 0 && len(x.aside) == len(x.seen.list) {
		x.first, x.last = NoInstant, NoInstant // the header's are of what is aside
	}
}
