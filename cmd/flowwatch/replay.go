package main

import (
	"fmt"
	"slices"
	"time"

	"flowwatch/cmd/flowwatch/eventlog"
)

const (
	speedMax        = 1_000_000_000
	replayEventsMax = 2_000_000
	replayBytesMax  = 1 << 30
	replayEvery     = 20 * time.Millisecond // events that are due within it travel together
)

// replay keeps the events of a log until all are known, and then sends each when it is due, as if the log happened from now on. Not safe
// for concurrent use.
type replay struct {
	sender  *sender
	pace    eventlog.Pace
	moments []moment
	bytes   int
}

// moment is one event of a log with when it happened. An event that does not say so happens with the one before it.
type moment struct {
	at     time.Time
	event  []byte
	origin int
}

func newReplay(s *sender, speed float64, prefix string) *replay {
	return &replay{sender: s, pace: eventlog.Pace{Speed: speed, Prefix: prefix}}
}

// refuse counts an event that no server would take.
func (r *replay) refuse(origin int, reason string) { r.sender.refuse(origin, reason) }

// add keeps one event.
func (r *replay) add(event []byte, origin int) error {
	if r.bytes += len(event); len(r.moments) == replayEventsMax || r.bytes > replayBytesMax {
		return fmt.Errorf("a log of more than %d events, or %s, cannot be played", replayEventsMax, byteCount(replayBytesMax))
	}
	m := moment{at: eventlog.TimeOf(event), event: slices.Clone(event), origin: origin}
	if m.at.IsZero() && len(r.moments) > 0 {
		m.at = r.moments[len(r.moments)-1].at
	}
	r.moments = append(r.moments, m)
	return r.sender.ctx.Err()
}

// run plays all to the end, or until the program or the sender stops.
func (r *replay) run(p *program) error {
	if len(r.moments) == 0 {
		return nil
	}
	slices.SortStableFunc(r.moments, func(a, b moment) int { return a.at.Compare(b.at) })
	r.pace.First, r.pace.Began = r.known(), time.Now()
	bar, length := p.progress("playing"), r.pace.Offset(r.moments[len(r.moments)-1].at)
	defer bar.end()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for next := 0; ; {
		select {
		case <-r.sender.ctx.Done():
			return nil // the sender says why
		case <-timer.C:
		}
		now := time.Since(r.pace.Began)
		for ; next < len(r.moments) && r.pace.Offset(r.moments[next].at) <= now; next++ {
			m := &r.moments[next]
			if err := r.sender.add(r.pace.Event(m.event), m.origin); err != nil {
				return nil // as above
			}
		}
		r.sender.flush()
		if next == len(r.moments) {
			return nil
		}
		bar.at(int64(now), int64(length), fmt.Sprintf("%d of %s", next, counted(len(r.moments), "event")))
		timer.Reset(max(r.pace.Offset(r.moments[next].at)-time.Since(r.pace.Began), replayEvery))
	}
}

// known is the earliest time that an event of the log says.
func (r *replay) known() time.Time {
	for i := range r.moments {
		if !r.moments[i].at.IsZero() {
			return r.moments[i].at
		}
	}
	return time.Time{}
}
