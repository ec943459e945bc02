package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/text"
	"flowwatch/kv"
)

// When the morning's report is due on working days, on the clocks of Europe/Warsaw, and until when it makes up for a morning without power.
const (
	morningHour, morningMinute = 7, 30
	morningUntilHour           = 12
	morningListMax             = 100 // of each kind
	morningPagesMax            = 20  // that are looked through for them
	morningDueDays             = 5   // working days ahead
	morningPrefix              = "morning-"
)

// morningRecord says that a day's report was given to the outbox.
type morningRecord struct {
	Day        deadline.Day      `json:"day"`
	At         execution.Instant `json:"at"`
	Recipients int               `json:"recipients"`
}

var morningReports = kv.NewCollection("morning_reports", morningSpec())

func morningSpec() kv.Spec[morningRecord] {
	encode, decode := kv.JSON[morningRecord]()
	key := func(dst []byte, r *morningRecord) []byte { return append(dst, r.Day.String()...) }
	return kv.Spec[morningRecord]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// reportMornings sends each organisation its report once on each working day.
func (e *Engine) reportMornings() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		for _, t := range e.all() {
			if err := t.reportMorning(); err != nil {
				e.log.Error("morning report", "tenant", t.id, "err", err)
			}
		}
		select {
		case <-e.stop:
			return
		case <-ticker.C:
		}
	}
}

// morningDue reports whether the report of the day is due, and which day it is.
func (t *Tenant) morningDue(now time.Time) (deadline.Day, bool) {
	now = now.In(t.engine.zone)
	year, month, day := now.Date()
	at := func(hour, minute int) time.Time {
		return time.Date(year, month, day, hour, minute, 0, 0, t.engine.zone)
	}
	today := deadline.DayOf(now)
	return today, t.engine.book.Calendar.Off(today, true) == "" && !now.Before(at(morningHour, morningMinute)) && now.Before(at(morningUntilHour, 0))
}

// reportMorning gives the report to the outbox when it is due and was not given yet; what it tells is gathered when it is sent.
func (t *Tenant) reportMorning() error {
	recipients := t.Settings().MorningReport.Recipients
	today, due := t.morningDue(t.engine.now())
	if len(recipients) == 0 || !due || t.alerts.reported.Load() == int64(today) {
		return nil
	}
	now, sent := t.engine.instant(), false
	targets := make([]notify.Target, 0, len(recipients))
	for _, address := range recipients {
		targets = append(targets, notify.Target{Type: notify.Email, Address: address})
	}
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		sent = false
		r := &morningRecord{Day: today, At: now, Recipients: len(recipients)}
		_, err := morningReports.Get(tx, t.scope, []byte(today.String()))
		if err == nil || !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		sent = true
		rows := notify.Plan(t.trial(morningPrefix+today.String()), alert.Tested, 0, targets, now)
		if err := notify.Append(tx, t.scope, rows); err != nil {
			return err
		}
		return morningReports.Put(tx, t.scope, r)
	})
	if err != nil {
		return fmt.Errorf("give the morning report to the outbox: %w", storeFault(err))
	}
	t.alerts.reported.Store(int64(today))
	if sent {
		t.engine.outbox.Wake()
	}
	return nil
}

// Morning is what the morning's report tells of the night, as of now, of the clients whom the handle shows. A total is at least what it says where its
// list is cut.
func (t *Tenant) Morning(ctx context.Context) (*text.Morning, error) {
	now := t.engine.now()
	m := &text.Morning{From: execution.At(t.morningFrom(now)), To: execution.At(now), BackupAt: execution.NoInstant}
	var err error
	if m.Failed, m.FailedTotal, err = t.morningRuns(ctx, execution.Failed, func(s *execution.Summary) (execution.Instant, bool) {
		return s.CompletedAt, s.CompletedAt >= m.From
	}, m.From-execution.Instant(morningLongest)); err != nil {
		return nil, err
	}
	if m.Waiting, m.WaitingTotal, err = t.morningRuns(ctx, execution.Waiting, func(s *execution.Summary) (execution.Instant, bool) {
		return s.WaitingSince, true
	}, execution.NoInstant); err != nil {
		return nil, err
	}
	if m.Due, err = t.morningDeadlines(ctx, deadline.DayOf(now)); err != nil {
		return nil, err
	}
	for _, status := range openStatuses {
		open, _, err := t.Alerts(AlertFilter{Statuses: []alert.RecordStatus{status}, From: execution.NoInstant, To: execution.NoInstant}, "", PageLimitMax)
		if err != nil {
			return nil, err
		}
		m.OpenAlerts += len(open)
	}
	if s := t.engine.keeper.State(); !s.Good.IsZero() {
		m.BackupAt, m.BackupProblem = execution.At(s.Good), s.Failed
	} else {
		m.BackupProblem = s.Failed
	}
	if base := t.PublicURL(); base != "" {
		m.View = base + "/"
	}
	return m, nil
}

// morningLongest is how long before the night an execution may have begun that failed in it, to be found.
const morningLongest = 7 * 24 * time.Hour

// morningFrom is when the report before was due: what happened since then is the night, also over a weekend.
func (t *Tenant) morningFrom(now time.Time) time.Time {
	now = now.In(t.engine.zone)
	year, month, day := now.Date()
	for back := 0; ; back++ {
		at := time.Date(year, month, day-back, morningHour, morningMinute, 0, 0, t.engine.zone)
		if now.Sub(at) >= time.Hour && t.engine.book.Calendar.Off(deadline.DayOf(at), true) == "" || back > morningBackMax {
			return at
		}
	}
}

const morningBackMax = 30

// morningRuns lists executions of a status that at says are of the night, and how many there are among the newest.
func (t *Tenant) morningRuns(ctx context.Context, status execution.Status, at func(*execution.Summary) (execution.Instant, bool), from execution.Instant) (
	runs []text.MorningRun, total int, err error,
) {
	q := queryOf("")
	q.Statuses, q.From, q.Limit = []execution.Status{status}, from, PageLimitMax
	for pages := 0; total < morningListMax && pages < morningPagesMax; pages++ {
		page, err := t.Executions(ctx, q)
		if err != nil {
			return nil, 0, fmt.Errorf("morning report: %w", err)
		}
		for i := range page.Items {
			s := &page.Items[i].Summary
			when, wanted := at(s)
			if !wanted {
				continue
			}
			total++
			runs = append(runs, t.morningRun(s, when))
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(runs, func(a, b text.MorningRun) int {
		if status == execution.Waiting {
			a, b = b, a
		}
		return cmp.Compare(b.At, a.At)
	})
	return runs, total, nil
}

func (t *Tenant) morningRun(s *execution.Summary, at execution.Instant) text.MorningRun {
	run := text.MorningRun{WorkflowName: t.WorkflowName(s), ExecutionID: s.ExecutionID, ClientRef: s.ClientRef, Step: t.Hides().Text(s.CurrentStep), At: at,
		Error: t.preview(s.Error)}
	if s.Status == execution.Failed {
		run.Step = ""
		_ = t.withExecution(s.ExecutionID, func(x *execution.Execution, _ uint64) { // what cannot be read tells no step
			run.Step, _ = failedStep(x)
			run.Step = t.Hides().Text(run.Step)
		})
	}
	return run
}

// morningDeadlines are obligations of the next days that are not met.
func (t *Tenant) morningDeadlines(ctx context.Context, today deadline.Day) (due []text.MorningDeadline, err error) {
	list, err := t.Deadlines(ctx, today, t.engine.book.Calendar.After(today, morningDueDays, true), "")
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		if d := &list.Items[i]; !d.met() {
			due = append(due, text.MorningDeadline{
				Name: d.Rule.Name.PL, Period: d.Period, Due: d.Due.String(), BusinessDays: d.BusinessDaysLeft, Confirmed: d.Rule.Confirmed,
			})
		}
	}
	return due, nil
}

// composeMorning puts the report into words, as of the moment in which it is sent.
func (o office) composeMorning(n *notify.Notice, options *text.Options) (*notify.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), wholeLook)
	defer cancel()
	m, err := o.tenant.entire.Morning(ctx)
	if err != nil {
		return nil, err
	}
	message := text.Report(m, n.Key, n.Now, options)
	return &message, nil
}

func isMorning(recordID string) bool { return strings.HasPrefix(recordID, morningPrefix) }
