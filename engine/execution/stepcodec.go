package execution

import (
	"encoding/binary"
	"math"
)

// A step in a document:
//
//	uvarint   only of a step of the plan: 1 + its index; 0 ends them
//	uvarint   flags
//	…         what the flags say, in their order: name (byte 1 when it is the plan's, else 0 and text; who said it),
//	          input, output: who carried it (uvarint: 2 + index of the mark, or 1 and a tie),
//	          progress, the four measures (tie, number, uvarint attempt), the time of the first event
//	          unless a mark has it
//	uvarint   number of starts, number of stops; marks
//
// A mark is a uvarint of flags, its tie, and what the flags say. A tie is a
// uvarint, 1 + index of its hash, and the time; the id is kept with the mark.
const (
	stepNamed uint64 = 1 << iota
	stepInput
	stepOutput
	stepProgressed
	stepMeasured // and the three bits after it
	stepFirst    = stepMeasured << measureCount
)

const (
	markKinds uint64 = 3 // of a stop: its type less StepCompleted
	markID    uint64 = 4 << iota
	markAttempt
	markDuration
	markError
	markMeasured // and the three bits after it
)

// eachTie calls fn for all ties of the step.
func (s *step) eachTie(fn func(tie)) {
	for _, marks := range [...][]mark{s.starts, s.stops} {
		for i := range marks {
			fn(marks[i].tie)
		}
	}
	for _, t := range [...]tie{s.named.tie, s.input.tie, s.output.tie, s.progress.tie} {
		if t.hash != 0 {
			fn(t)
		}
	}
	for i := range s.measures {
		if s.measures[i].hash != 0 {
			fn(s.measures[i].tie)
		}
	}
}

// markedFirst is the time of the earliest mark.
func (s *step) markedFirst() Instant {
	at := NoInstant
	if len(s.starts) > 0 {
		at = s.starts[0].at
	}
	if len(s.stops) > 0 {
		at = earliest(at, s.stops[0].at)
	}
	return at
}

func (c *encoder) appendSteps(dst []byte) []byte {
	for i := range c.x.plan {
		if s := c.x.steps[c.x.plan[i].StepID]; s != nil {
			dst = c.appendStep(binary.AppendUvarint(dst, uint64(i+1)), s)
		}
	}
	dst = append(dst, 0)
	for _, id := range c.others {
		dst = c.appendStep(dst, c.x.steps[id])
	}
	return dst
}

func (c *encoder) appendStep(dst []byte, s *step) []byte {
	flags := uint64(0)
	for flag, on := range [...]bool{s.name != "", s.input.hash != 0, s.output.hash != 0, s.progress.hash != 0} {
		if on {
			flags |= 1 << flag
		}
	}
	for i := range s.measures {
		if s.measures[i].hash != 0 {
			flags |= stepMeasured << i
		}
	}
	if s.first != s.markedFirst() {
		flags |= stepFirst
	}
	dst = binary.AppendUvarint(dst, flags)
	if s.name != "" {
		if s.order != unplanned && s.name == c.x.plan[s.order].Name {
			dst = append(dst, 1)
		} else {
			dst = appendText(append(dst, 0), s.name)
		}
		dst = c.appendRef(dst, s, s.named)
	}
	dst = c.appendRef(dst, s, s.input)
	dst = c.appendRef(dst, s, s.output)
	dst = c.appendReading(dst, &s.progress)
	for i := range s.measures {
		dst = c.appendReading(dst, &s.measures[i])
	}
	if flags&stepFirst != 0 {
		dst = c.append(dst, s.first)
	}
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(len(s.starts))), uint64(len(s.stops)))
	for i := range s.starts {
		dst = c.appendMark(dst, &s.starts[i])
	}
	for i := range s.stops {
		dst = c.appendMark(dst, &s.stops[i])
	}
	return dst
}

func (c *encoder) appendTie(dst []byte, t tie) []byte {
	return c.append(c.appendHash(dst, t.hash), t.at)
}

func (c *encoder) appendRef(dst []byte, s *step, r ref) []byte {
	if r.hash == 0 {
		return dst
	}
	place := uint64(2)
	for _, marks := range [...][]mark{s.starts, s.stops} {
		for i := range marks {
			if marks[i].tie == r.tie {
				return binary.AppendUvarint(dst, place)
			}
			place++
		}
	}
	return appendText(c.appendTie(append(dst, 1), r.tie), r.id)
}

func (c *encoder) appendReading(dst []byte, r *reading) []byte {
	if r.hash == 0 {
		return dst
	}
	dst = appendText(c.appendTie(dst, r.tie), r.id)
	return binary.AppendUvarint(appendMeasure(dst, r.value), uint64(r.attempt))
}

func (c *encoder) appendMark(dst []byte, m *mark) []byte {
	flags := uint64(0)
	if m.kind != StepStarted {
		flags = uint64(m.kind - StepCompleted)
	}
	for flag, on := range [...]bool{m.id != "", m.attempt != 0, m.durationMs != Unknown, m.err != nil} {
		if on {
			flags |= markID << flag
		}
	}
	for i, v := range m.measures {
		if v != Unknown {
			flags |= markMeasured << i
		}
	}
	dst = c.appendTie(binary.AppendUvarint(dst, flags), m.tie)
	dst = appendTextIf(dst, m.id)
	if m.attempt != 0 {
		dst = binary.AppendUvarint(dst, uint64(m.attempt))
	}
	if m.durationMs != Unknown {
		dst = binary.AppendUvarint(dst, uint64(m.durationMs))
	}
	if m.err != nil {
		dst = appendError(dst, m.err)
	}
	for _, v := range m.measures {
		if v != Unknown {
			dst = appendMeasure(dst, v)
		}
	}
	return dst
}

// measureScale keeps two decimals of a measure in a uvarint, where that is all
// of it; other numbers follow an odd uvarint.
const (
	measureScale    = 100
	measureWholeMax = 1 << 55
)

func appendMeasure(dst []byte, v float64) []byte {
	if n := math.Round(v * measureScale); n < measureWholeMax && n/measureScale == v {
		return binary.AppendUvarint(dst, uint64(n)<<1)
	}
	return appendFloat(append(dst, 1), v)
}

func (r *source) measure() float64 {
	n := r.uvarint()
	if n&1 != 0 {
		return r.number()
	}
	return float64(n>>1) / measureScale
}

// steps reads all steps and settles them.
func (d *decoder) steps(others []string) {
	d.x.steps = make(map[string]*step, len(d.x.plan)+len(others))
	for i := d.uvarint(); i != 0; i = d.uvarint() {
		if i > uint64(len(d.x.plan)) {
			d.fail()
			return
		}
		d.step(d.x.plan[i-1].StepID)
	}
	for _, id := range others {
		d.step(id)
	}
}

func (d *decoder) step(id string) {
	s := &step{id: id, order: d.x.orderOf(id)}
	flags := d.uvarint()
	var named, input, output uint64
	if flags&stepNamed != 0 {
		if d.byte() == 0 {
			s.name = d.text()
		} else if s.order != unplanned {
			s.name = d.x.plan[s.order].Name
		}
		named = d.ref(&s.named)
	}
	if flags&stepInput != 0 {
		input = d.ref(&s.input)
	}
	if flags&stepOutput != 0 {
		output = d.ref(&s.output)
	}
	if flags&stepProgressed != 0 {
		s.progress = d.reading()
	}
	for i := range s.measures {
		if flags&(stepMeasured<<i) != 0 {
			s.measures[i] = d.reading()
		}
	}
	first := NoInstant
	if flags&stepFirst != 0 {
		first = d.instant(d.scale)
	}
	s.starts, s.stops = d.marks(), d.marks()
	for i := range s.starts {
		s.starts[i] = d.mark(true)
	}
	for i := range s.stops {
		s.stops[i] = d.mark(false)
	}
	for _, marks := range [...][]mark{s.starts, s.stops} {
		for i := range marks {
			s.note(&marks[i])
		}
	}
	d.resolve(s, &s.named, named)
	d.resolve(s, &s.input, input)
	d.resolve(s, &s.output, output)
	if s.first = s.markedFirst(); first.Present() {
		s.first = first
	}
	if d.failed || d.x.steps[id] != nil {
		d.fail()
		return
	}
	d.x.steps[id] = s
	s.settle()
	d.x.count(s, 1)
}

// marksTogether is how many marks get their memory at once. An execution is read
// or forgotten as a whole.
const marksTogether = 64

// marks makes room for as many as the document says.
func (d *decoder) marks() []mark {
	n := d.count(3)
	if n > len(d.room) {
		d.room = make([]mark, max(n, min(marksTogether, 2*len(d.x.plan))))
	}
	m := d.room[:n:n]
	d.room = d.room[n:]
	return m
}

func (d *decoder) tie() tie {
	t := tie{hash: d.hash(), at: d.instant(d.scale)}
	if t.hash == 0 {
		d.fail()
	}
	return t
}

// ref returns 2 + the index of a mark, or reads the tie itself.
func (d *decoder) ref(r *ref) uint64 {
	place := d.uvarint()
	if place < 2 {
		r.tie = d.tie()
		r.id = d.text()
	}
	return place
}

// resolve makes a ref of the mark that it names.
func (d *decoder) resolve(s *step, r *ref, place uint64) {
	if place < 2 {
		return
	}
	i := place - 2
	switch starts := uint64(len(s.starts)); {
	case i < starts:
		r.tie = s.starts[i].tie
	case i < starts+uint64(len(s.stops)):
		r.tie = s.stops[i-starts].tie
	default:
		d.fail()
	}
}

func (d *decoder) reading() reading {
	r := reading{tie: d.tie()}
	r.id = d.text()
	r.value, r.attempt = d.measure(), int(d.uvarint())
	return r
}

func (d *decoder) mark(start bool) mark {
	flags := d.uvarint()
	m := mark{kind: StepStarted, durationMs: Unknown}
	if !start {
		m.kind = StepCompleted + EventType(flags&markKinds)
	}
	m.tie = d.tie()
	m.id = d.textIf(flags, markID)
	if flags&markAttempt != 0 {
		m.attempt = int(d.uvarint())
	}
	if flags&markDuration != 0 {
		m.durationMs = int64(d.uvarint())
	}
	if flags&markError != 0 {
		m.err = d.error()
	}
	for i := range m.measures {
		m.measures[i] = Unknown
		if flags&(markMeasured<<i) != 0 {
			m.measures[i] = d.measure()
		}
	}
	return m
}
