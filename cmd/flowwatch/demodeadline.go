package main

import (
	"context"
	"fmt"
	"time"

	"flowwatch/engine"
	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
)

const (
	demoRule     = "demo-zamkniecie"
	demoWorkflow = "month-end-closing"
	demoHeld     = 10 * time.Minute // that one closing waits in the queue, so that there is one to be raised
)

// demoActor stands for the demo's rule, and for no other: what the law says, nobody in a demo can confirm.
var demoActor = audit.By{Actor: audit.Actor{ID: "demo", Name: "Biuro pokazowe (demo)", Type: audit.Nobody}}

// newDemoRule is a target of the invented office, due on the next working day.
func newDemoRule(today deadline.Day) deadline.Rule {
	due := deadline.Shipped().Calendar.After(today, 1, true)
	r := deadline.NewRule()
	r.ID, r.Category, r.Period, r.Shift = demoRule, "DEMO", "once", "none"
	r.Name = deadline.Text{PL: "Zamknięcie miesiąca (demo) – cel biura", EN: "Month-end closing (demo) – the office's target"}
	r.Who = deadline.Text{PL: "klienci biura pokazowego", EN: "clients of the demo office"}
	r.Due = deadline.Due{Type: "date", Date: &due}
	r.Match.WorkflowNames = []string{demoWorkflow + "*"}
	r.Source = deadline.Source{Text: "Dane pokazowe: ten termin jest wymyślony.", By: demoActor.Name}
	r.DoneWhen.Evidence = ""
	r.Note = "Dane pokazowe."
	return r
}

// playDeadline gives the office a deadline that somebody stands for.
func (a *appliance) playDeadline(ctx context.Context, organizationID string) error {
	tenant, err := a.engine.Tenant(organizationID)
	if err != nil {
		return fmt.Errorf("the demo's organisation: %w", err)
	}
	always := func(*engine.DeadlineRule) bool { return true }
	rule := newDemoRule(deadline.DayOf(a.engine.Now()))
	if _, _, err := tenant.PutDeadlineRule(ctx, demoActor, rule, rule.Note, always); err != nil {
		return fmt.Errorf("make the demo's deadline: %w", err)
	}
	confirmation := engine.Confirmation{Source: rule.Source.Text, ValidUntil: rule.Due.Date}
	if _, err := tenant.ConfirmDeadlineRule(ctx, demoActor, demoRule, confirmation, always); err != nil {
		return fmt.Errorf("confirm the demo's deadline: %w", err)
	}
	return nil
}

// hold lets a closing wait in the queue whenever the one before has begun.
func (p *player) hold(now time.Time) {
	if now.Before(p.heldUntil) {
		return
	}
	p.heldUntil = now.Add(demoHeld)
	p.office.Hold(now, demoWorkflow, demoHeld)
	p.opened++
}
