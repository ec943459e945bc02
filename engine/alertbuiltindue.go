package engine

import (
	"context"
	"fmt"

	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	riskDays     = 2  // working days
	missesDays   = 10 // working days in which the queue's end is compared with deadlines
	overdueShown = 14 // days for which an obligation that is over stays an alert
)

// nearDeadlines are the confirmed obligations that are not met with two working days left or fewer.
type nearDeadlines struct {
	any       bool
	workflows map[string]bool // that serve one of them, by id, name or declared tags
}

// lookAtDeadlines finds confirmed obligations that are near, or over, and not met; and those that runs in the queue will not meet. Templates that the
// office has not confirmed are never among them. It also serves queue_misses_deadline, and escalation at night.
func (t *Tenant) lookAtDeadlines(_ context.Context, r *alertRule) (*builtinLook, error) {
	misses := t.alerts.rules.Load().builtin[alert.QueueMissesDeadline]
	l, list, err := t.confirmedNear()
	if err != nil {
		return nil, err
	}
	near := &nearDeadlines{workflows: map[string]bool{}}
	risk := &builtinLook{builtin: alert.DeadlineAtRisk, complete: true, why: alert.Expired}
	days := int(builtinThreshold(r, riskDays))
	unmet := map[string]bool{} // ids of rules
	for i := range list.Items {
		d := &list.Items[i]
		met := d.met()
		if !met && d.BusinessDaysLeft <= riskDays && d.BusinessDaysLeft >= 0 {
			unmet[d.Rule.ID], near.any = true, true
		}
		if d.BusinessDaysLeft <= days {
			risk.found = append(risk.found, d.risk(l.now, met))
		}
	}
	for id, positions := range l.base {
		for _, i := range positions {
			near.workflows[id] = near.workflows[id] || unmet[l.rules[i].rule.ID]
		}
	}
	t.alerts.near.Store(near)
	if misses != nil {
		t.alerts.looks.put(t.missedByQueue(l, list))
	}
	if r == nil {
		return nil, nil
	}
	return risk, nil
}

// confirmedNear are the obligations of confirmed rules that are near or not long over, with what serves them.
func (t *Tenant) confirmedNear() (*serving, *DeadlineList, error) {
	l := &serving{tenant: t.entire, now: t.engine.instant(), calendar: t.engine.book.Calendar}
	today := deadline.DayOf(l.now.Time())
	from, to := today-overdueShown, l.calendar.After(today, missesDays+1, true)
	var rules []DeadlineRule
	for _, rule := range t.heldRules() {
		if rule.Enabled && rule.Confirmed {
			rules = append(rules, rule)
		}
	}
	if err := l.lay(rules, from, to); err != nil {
		return nil, nil, fmt.Errorf("deadlines near: %w", err)
	}
	if len(l.rules) == 0 {
		return l, &DeadlineList{}, nil
	}
	l.know()
	if err := t.engine.db.View(func(tx *kv.Tx) error { return l.count(tx) }); err != nil {
		return nil, nil, fmt.Errorf("deadlines near: %w", err)
	}
	return l, l.list(from, to), nil
}

// met says that an obligation was filed, or that what serves it has ended well, and nothing of it is open.
func (d *Deadline) met() bool {
	return (d.Filed > 0 || d.Runs.Completed > 0) && d.Runs.Running == 0 && d.Forecast.Failed == 0
}

// risk is what a look says of an obligation. One that is over is nothing new unless runs for it have not ended well: it may be of a time before the
// office used the product.
func (d *Deadline) risk(now execution.Instant, met bool) finding {
	f := finding{Observation: alert.Observation{At: now, Met: !met, Facts: d.facts()}}
	f.Facts.Pending = d.Runs.Running + d.Forecast.Failed
	f.onlyKnown = met || d.BusinessDaysLeft < 0 && f.Facts.Pending == 0
	return f
}

func (d *Deadline) facts() alert.Facts {
	f := noFacts()
	f.Obligation, f.Period, f.Due, f.BusinessDays = d.Rule.Name.PL, d.Period, d.Due.String(), d.BusinessDaysLeft
	return f
}

// missedByQueue finds the first obligation whose queued runs will end too late as the queue goes now.
func (t *Tenant) missedByQueue(l *serving, list *DeadlineList) *builtinLook {
	look := &builtinLook{builtin: alert.QueueMissesDeadline, complete: true}
	for i := range list.Items {
		d := &list.Items[i]
		f := &d.Forecast
		late := f.State == deadline.ForecastLate
		if f.Queued == 0 || !late && (l.clearance == nil || !l.now.Time().Add(*l.clearance).After(f.EndsAt)) {
			continue
		}
		facts := d.facts()
		facts.Pending, facts.RatePerMinute = f.Queued, float64(t.entire.Queue().ProcessingRatePerMinute)
		if l.clearance != nil {
			facts.ClearSeconds = int64(l.clearance.Seconds())
		}
		look.found = append(look.found, finding{Observation: alert.Observation{At: l.now, Met: true, Facts: facts}})
		break
	}
	return look
}
