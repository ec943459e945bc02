package office

import (
	"math"
	"slices"
	"strconv"
	"time"

	"flowwatch/api/ingest"
)

// How things go. Shares are of 1.
const (
	highShare      = 0.15
	lowShare       = 0.15
	cancelledShare = 0.015
	queuedShare    = 0.2 // stand in a real queue
	retriedShare   = 0.65
	triedAgain     = 0.35 // of failed executions
	spread         = 0.35 // of durations, as the deviation of their logarithm
	attemptsMax    = 3
	progressAfter  = 9 * time.Second // longer steps say how far they are
)

const (
	queueUsual   = time.Second
	queueLong    = 90 * time.Second
	approvalMin  = 40 * time.Second
	approvalMean = 4 * time.Minute
	retryPause   = 4 * time.Second
	againPause   = 45 * time.Second
	handOver     = 150 * time.Millisecond // between steps
)

// plan is one execution from beginning to end.
type plan struct {
	office *Office
	flow   *flow
	id     string
	client string
	end    time.Time
	failed *mistake // what ended it; nil: nothing
	events []moment
	again  *plan // the second try
}

// moment is one event and when it happens.
type moment struct {
	at    time.Time
	event ingest.Event
}

// pick chooses the next execution's flow by weight.
func (o *Office) pick() *flow {
	sum := 0
	for i := range flows {
		sum += flows[i].weight
	}
	roll := o.random.IntN(sum)
	for i := range flows {
		if roll -= flows[i].weight; roll < 0 {
			return &flows[i]
		}
	}
	panic("BUG: the weights of flows do not add up")
}

// newPlan invents an execution that is queued at the given time.
func (o *Office) newPlan(at time.Time, f *flow) *plan {
	p := o.planFor(at, f, clients[o.random.IntN(len(clients))], "")
	if p.failed != nil && o.chance(triedAgain) {
		p.again = o.planFor(p.end.Add(o.around(againPause)), f, p.client, p.id)
	}
	return p
}

func (o *Office) planFor(at time.Time, f *flow, client, retryOf string) *plan {
	p := &plan{office: o, flow: f, client: client, id: o.newID(f, at)}
	at = at.UTC().Truncate(time.Millisecond)
	started := p.queue(at, retryOf)
	p.steps(started)
	p.finish(started)
	return p
}

// delay lets everything but the queueing come later, and so the second try.
func (p *plan) delay(by time.Duration) {
	for i := range p.events[1:] {
		e := &p.events[i+1]
		e.at = e.at.Add(by)
		e.event.Timestamp = e.at.Format(timeFormat)
	}
	p.end = p.end.Add(by)
	if p.again != nil {
		p.again.events[0].at = p.again.events[0].at.Add(by)
		p.again.events[0].event.Timestamp = p.again.events[0].at.Format(timeFormat)
		p.again.delay(by)
	}
}

// newID is readable, and different in every office.
func (o *Office) newID(f *flow, at time.Time) string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789"
	tail := make([]byte, 8)
	for i := range tail {
		tail[i] = letters[o.random.IntN(len(letters))]
	}
	return f.prefix + "-" + at.UTC().Format("060102") + "-" + string(tail)
}

// queue is what comes before the work: it returns when that begins.
func (p *plan) queue(at time.Time, retryOf string) time.Time {
	o := p.office
	first := ingest.Event{
		Type: "execution.queued", WorkflowName: p.flow.name, WorkflowVersion: Version, Priority: "NORMAL", Steps: p.flow.steps(),
		ClientRef: p.client, Tags: append([]string{Tag}, p.flow.tags...), RetryOf: retryOf,
		Metadata: encoded(object{"okres": at.Format("2006-01"), "operator": person(o.random), "silnik": "biuro-worker-" + strconv.Itoa(1+o.random.IntN(4))}),
	}
	switch roll := o.random.Float64(); {
	case roll < highShare:
		first.Priority = "HIGH"
	case roll < highShare+lowShare:
		first.Priority = "LOW"
	}
	if p.flow.due > 0 {
		first.Deadline = deadline(at, p.flow.due).Format(timeFormat)
	}
	p.add(at, first)
	wait := o.around(queueUsual)
	if o.chance(queuedShare) {
		wait = o.around(queueLong)
	}
	started := at.Add(wait)
	p.add(started, ingest.Event{Type: "execution.started"})
	return started
}

// deadline is the next such day of a month, at the end of the office's hours.
func deadline(at time.Time, day int) time.Time {
	due := time.Date(at.Year(), at.Month(), day, closesAt, 0, 0, 0, time.UTC)
	if !due.After(at) {
		due = time.Date(at.Year(), at.Month()+1, day, closesAt, 0, 0, 0, time.UTC)
	}
	return due
}

// steps lets every task run as soon as those that it needs are done, until one fails for good.
func (p *plan) steps(started time.Time) {
	ends := map[string]time.Time{}
	for i := range p.flow.tasks {
		t := &p.flow.tasks[i]
		ready, possible := started, true
		for _, id := range p.flow.needs(i) {
			end, done := ends[id]
			possible = possible && done
			if end.After(ready) {
				ready = end
			}
		}
		if !possible {
			continue
		}
		end, broken := p.step(t, ready.Add(p.office.around(handOver)))
		if broken == nil {
			ends[t.id] = end
			p.end = later(p.end, end)
			continue
		}
		if p.failed == nil || end.Before(p.end) {
			p.failed, p.end = broken, end
		}
		break // what runs beside it is cut off by finish
	}
}

// step plans one task from its first attempt; a mistake is returned when the last attempt failed too.
func (p *plan) step(t *task, at time.Time) (time.Time, *mistake) {
	o := p.office
	if t.optional > 0 && o.chance(t.optional) {
		p.add(at, p.of(t, "step.skipped", 0))
		return at, nil
	}
	for attempt := 1; ; attempt++ {
		begun := p.of(t, "step.started", attempt)
		begun.Input = t.data.input(o.random, p.client)
		p.add(at, begun)
		if t.approval > 0 && o.chance(t.approval) {
			at = p.approve(t, at)
		}
		took := o.around(t.typical)
		end := at.Add(took)
		if took > time.Duration(float64(progressAfter)*o.pace) {
			half := p.of(t, "step.progress", attempt)
			half.Progress = number(float64(40 + o.random.IntN(30)))
			p.add(at.Add(took/2), half)
		}
		if !o.chance(t.flaky) {
			done := p.of(t, "step.completed", attempt)
			done.Output = t.data.output(o.random)
			done.CPUUsagePercent, done.MemoryUsageMb = number(float64(o.random.IntN(900))/10), number(float64(60+o.random.IntN(500)))
			done.InputSizeBytes, done.OutputSizeBytes = number(float64(o.random.IntN(90_000))), number(float64(o.random.IntN(40_000)))
			p.add(end, done)
			return end, nil
		}
		m := &t.mistakes[o.random.IntN(len(t.mistakes))]
		if attempt == attemptsMax || !o.chance(retriedShare) {
			p.add(end, m.failed(p.of(t, "step.failed", attempt)))
			return end, m
		}
		p.add(end, m.failed(p.of(t, "step.retrying", attempt)))
		at = end.Add(o.around(retryPause))
	}
}

// approve lets the execution wait for a person; it returns when that person has said yes.
func (p *plan) approve(t *task, at time.Time) time.Time {
	o := p.office
	asked := at.Add(o.around(handOver))
	said := asked.Add(o.scaled(approvalMin) + time.Duration(o.random.ExpFloat64()*float64(o.scaled(approvalMean))))
	p.add(asked, ingest.Event{Type: "execution.waiting", Metadata: encoded(object{"czekaNa": person(o.random), "krok": t.name})})
	p.add(said, ingest.Event{Type: "execution.resumed"})
	return said
}

// finish adds the end and takes away what would come after it.
func (p *plan) finish(started time.Time) {
	last := ingest.Event{Type: "execution.completed"}
	if p.failed != nil {
		last = p.failed.failed(ingest.Event{Type: "execution.failed"})
		last.TimedOut = p.failed.timeout()
	}
	if p.office.chance(cancelledShare) {
		p.failed = nil
		p.end = started.Add(time.Duration(p.office.random.Float64() * float64(p.end.Sub(started))))
		last = ingest.Event{Type: "execution.cancelled", Error: text("Anulowano na prośbę klienta")}
	}
	p.events = slices.DeleteFunc(p.events, func(m moment) bool { return m.at.After(p.end) })
	p.end = p.end.Add(p.office.around(handOver))
	p.add(p.end, last)
	slices.SortStableFunc(p.events, func(a, b moment) int { return a.at.Compare(b.at) })
}

// of is an event about a task; attempt 0 says none.
func (p *plan) of(t *task, kind string, attempt int) ingest.Event {
	return ingest.Event{Type: kind, StepID: t.id, StepName: t.name, Attempt: attempt}
}

func (p *plan) add(at time.Time, e ingest.Event) {
	at = at.Truncate(time.Millisecond)
	e.ExecutionID, e.WorkflowID, e.Timestamp = p.id, p.flow.id, at.Format(timeFormat)
	p.events = append(p.events, moment{at, e})
}

func (o *Office) chance(share float64) bool { return o.random.Float64() < share }

// around is a duration that is about d at the office's pace.
func (o *Office) around(d time.Duration) time.Duration {
	return time.Duration(float64(o.scaled(d)) * math.Exp(spread*o.random.NormFloat64())).Truncate(time.Millisecond)
}

func (o *Office) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) * o.pace) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func number(v float64) *float64 { return &v }
