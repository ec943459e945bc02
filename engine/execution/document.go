package execution

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The body of a document, after its header:
//
//	hashes    uvarint n, n × 8 bytes: of all events, rising
//	stamps    uvarint n, n × (time, id): who decided fields, rising
//	fields    a uvarint each: 0 or 1 + index of its stamp
//	input     uvarint: 0 or 1 + index of its hash
//	turns     uvarint n, n × (time, byte kind)
//	end       only of an execution that has ended: uvarint stamp, uvarint 0 or 1 + durationMs,
//	          uvarint 0 or 1 + hash of the output, the error unless the header has all of it
//	plan      only if one was declared: words
//	others    words: ids of steps that the plan does not have, in order
//	steps     uvarint n, n × step, see stepcodec.go: first those of the plan
//	tops      only with the flag, as what follows it: texts, rising
//	aside     uvarint n, n × event in the journal's form, by time and id
//
// words are a list of texts: byte 1 and the 8 bytes of a reference to the
// vocabulary, or byte 0, uvarint n and n texts. A step of the plan is three
// words: id, name, and the ids that it depends on, with commas between.
// The same events give the same bytes, in whatever order they came.

// Vocabulary keeps lists of words that many documents share.
type Vocabulary interface {
	// Intern returns a reference to the words, or false when it keeps no more.
	Intern(workflowID string, words []string) (ref uint64, ok bool)
	// Words returns the list of a reference. It must not be changed.
	Words(ref uint64) ([]string, bool)
}

// wordsPerPlanStep: see above.
const (
	wordsPerPlanStep = 3
	wordSeparator    = ","
)

// encoder holds what the parts of a document refer to.
type encoder struct {
	scale
	x      *Execution
	hashes []uint64
	stamps []stamp
	others []string
}

// Encode appends x's document.
func Encode(dst []byte, x *Execution, v Vocabulary) []byte {
	c := newEncoder(x)
	s := x.Summary()
	flags := s.flags()
	if x.active {
		flags |= withActive
	}
	if s.Error != nil && headline(s.Error) == *s.Error {
		flags |= withWholeError
	}
	if len(x.tops)+len(x.aside) > 0 {
		flags |= withAside
	}
	dst = appendHeader(dst, &s, flags, c.scale)
	dst = binary.AppendUvarint(dst, uint64(len(c.hashes)))
	for _, h := range c.hashes {
		dst = binary.BigEndian.AppendUint64(dst, h)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.stamps)))
	for _, t := range c.stamps {
		dst = appendID(c.append(dst, t.at), t.id)
	}
	for _, t := range x.fields {
		dst = c.appendStamp(dst, t)
	}
	dst = c.appendHash(dst, x.input)
	dst = binary.AppendUvarint(dst, uint64(len(x.turns)))
	for _, t := range x.turns {
		dst = append(c.append(dst, t.at), byte(t.kind))
	}
	if x.end != nil {
		dst = c.appendEnd(dst, flags)
	}
	if x.plan != nil {
		dst = appendWords(dst, planWords(x.plan), x.workflowID, v)
	}
	if x.end == nil {
		v = nil // the list may still grow
	}
	dst = appendWords(dst, c.others, x.workflowID, v)
	dst = c.appendSteps(dst)
	if flags&withAside != 0 {
		dst = x.appendAside(dst)
	}
	return dst
}

func newEncoder(x *Execution) *encoder {
	first, _ := x.span()
	c := &encoder{x: x, scale: scale{base: first}, hashes: slices.Sorted(slices.Values(x.seen.list))}
	distinct := map[stamp]struct{}{}
	for _, t := range x.fields {
		distinct[t] = struct{}{}
	}
	if x.end != nil {
		distinct[x.end.stamp] = struct{}{}
	}
	for _, s := range x.steps {
		if s.order == unplanned {
			c.others = append(c.others, s.id)
		}
	}
	delete(distinct, stamp{})
	c.stamps = slices.SortedFunc(maps.Keys(distinct), compareStamps)
	slices.Sort(c.others)
	c.unit = x.unit(c.stamps)
	return c
}

func compareStamps(a, b stamp) int {
	return cmp.Or(compareInstants(a.at, b.at), strings.Compare(a.id, b.id))
}

// unit is the greatest unit that divides all times of the document.
func (x *Execution) unit(stamps []stamp) byte {
	u := byte(len(unitNanos) - 1)
	fit := func(at Instant) {
		for at.Present() && at%unitNanos[u] != 0 {
			u--
		}
	}
	first, last := x.span()
	fit(first)
	fit(last)
	fit(x.queued)
	for _, t := range stamps {
		fit(t.at)
	}
	for _, t := range x.turns {
		fit(t.at)
	}
	for _, s := range x.steps {
		s.eachTie(func(t tie) { fit(t.at) })
		fit(s.first)
	}
	return u
}

func (c *encoder) appendStamp(dst []byte, t stamp) []byte {
	if t.id == "" {
		return append(dst, 0)
	}
	at, _ := slices.BinarySearchFunc(c.stamps, t, compareStamps)
	return binary.AppendUvarint(dst, uint64(at+1))
}

func (c *encoder) appendHash(dst []byte, h uint64) []byte {
	if h == 0 {
		return append(dst, 0)
	}
	at, _ := slices.BinarySearch(c.hashes, h)
	return binary.AppendUvarint(dst, uint64(at+1))
}

func (c *encoder) appendEnd(dst []byte, flags uint64) []byte {
	e := c.x.end
	dst = c.appendStamp(dst, e.stamp)
	dst = binary.AppendUvarint(dst, uint64(e.durationMs+1))
	dst = c.appendHash(dst, e.output)
	if e.err != nil && flags&withWholeError == 0 {
		dst = appendError(dst, e.err)
	}
	return dst
}

func planWords(plan []PlanStep) []string {
	words := make([]string, 0, wordsPerPlanStep*len(plan))
	for i := range plan {
		p := &plan[i]
		words = append(words, p.StepID, p.Name, strings.Join(p.DependsOn, wordSeparator))
	}
	return words
}

func appendWords(dst []byte, words []string, workflowID string, v Vocabulary) []byte {
	if v != nil && len(words) > 0 {
		if ref, ok := v.Intern(workflowID, words); ok {
			return binary.BigEndian.AppendUint64(append(dst, 1), ref)
		}
	}
	return appendTexts(append(dst, 0), words)
}

// decoder reads a body.
type decoder struct {
	source
	scale
	x      *Execution
	hashes []uint64
	stamps []stamp
	room   []mark // for marks to come
}

// Decode reads a document. The execution holds copies of its own.
func Decode(data []byte, v Vocabulary) (*Execution, error) {
	d := decoder{source: source{data: data}}
	s, flags, c := d.header()
	d.scale, d.x = c, New(s.ExecutionID)
	if !d.failed {
		d.body(&s, flags, v)
	}
	if err := d.err(); err != nil {
		return nil, fmt.Errorf("execution document: %w", err)
	}
	return d.x, nil
}

func (d *decoder) body(s *Summary, flags uint64, v Vocabulary) {
	x := d.x
	x.workflowID, x.workflowName, x.workflowVersion = s.WorkflowID, s.WorkflowName, s.WorkflowVersion
	x.priority, x.enginePriority, x.clientRef, x.retryOf = s.Priority, s.EnginePriority, s.ClientRef, s.RetryOf
	x.tags, x.deadline, x.metadata, x.attempt, x.progress = s.Tags, s.Deadline, s.Metadata, s.Attempt, s.ReportedProgress
	x.first, x.last, x.queued = s.FirstSeenAt, s.LastEventAt, s.QueuedAt
	x.active, x.skewed = flags&withActive != 0, s.ClockSkewed
	d.hashes = make([]uint64, d.count(8))
	for i := range d.hashes {
		d.hashes[i] = d.uint64()
	}
	x.seen.list = d.hashes
	d.stamps = make([]stamp, d.count(2))
	for i := range d.stamps {
		d.stamps[i] = stamp{d.instant(d.scale), d.id()}
	}
	for i := range x.fields {
		x.fields[i] = d.stamp()
	}
	x.input = d.hash()
	x.turns = make([]turn, d.count(2))
	for i := range x.turns {
		x.turns[i] = turn{d.instant(d.scale), EventType(d.byte())}
		if k := x.turns[i].kind; k != ExecutionStarted && k != ExecutionWaiting && k != ExecutionResumed {
			d.fail()
		}
	}
	if s.Status.Terminal() {
		d.end(s, flags)
		x.withoutMark()
	}
	if x.fields[fieldPlan].id != "" {
		d.plan(d.words(v))
	}
	d.steps(d.words(v))
	if flags&withAside != 0 {
		d.aside()
	}
	if len(d.data) != 0 {
		d.fail()
	}
}

func (d *decoder) stamp() stamp {
	i := d.uvarint()
	if i == 0 || i > uint64(len(d.stamps)) {
		if i != 0 {
			d.fail()
		}
		return stamp{}
	}
	return d.stamps[i-1]
}

func (d *decoder) hash() uint64 {
	i := d.uvarint()
	if i == 0 || i > uint64(len(d.hashes)) {
		if i != 0 {
			d.fail()
		}
		return 0
	}
	return d.hashes[i-1]
}

func (d *decoder) end(s *Summary, flags uint64) {
	e := &end{stamp: d.stamp(), err: s.Error, timedOut: s.TimedOut, kind: ExecutionCompleted + EventType(s.Status-Completed)}
	e.durationMs = int64(d.uvarint()) - 1
	e.output = d.hash()
	if s.Error != nil && flags&withWholeError == 0 {
		e.err = d.error()
	}
	d.x.end = e
}

func (d *decoder) words(v Vocabulary) []string {
	if d.byte() == 0 {
		return d.texts()
	}
	ref := d.uint64()
	if v != nil {
		if words, ok := v.Words(ref); ok {
			return words
		}
	}
	d.fail()
	return nil
}

func (d *decoder) plan(words []string) {
	plan := make([]PlanStep, len(words)/wordsPerPlanStep)
	for i := range plan {
		w := words[wordsPerPlanStep*i:]
		plan[i] = PlanStep{StepID: w[0], Name: w[1]}
		switch {
		case strings.Contains(w[2], wordSeparator):
			plan[i].DependsOn = strings.Split(w[2], wordSeparator)
		case w[2] != "": // the usual one, without memory of its own
			plan[i].DependsOn = words[wordsPerPlanStep*i+2 : wordsPerPlanStep*(i+1) : wordsPerPlanStep*(i+1)]
		}
	}
	d.x.setPlan(plan)
}
