package api

import (
	"fmt"
	"net/url"
	"strings"

	ics "github.com/arran4/golang-ical"

	"flowwatch/engine"
	"flowwatch/engine/deadline"
)

const (
	calendarMedia   = "text/calendar; charset=utf-8"
	calendarName    = "-//Flowwatch//Deadlines//PL"
	calendarRefresh = "PT6H"
	remindHour      = 9 // of the office's clocks
)

// deadlineCalendar writes deadlines as all-day events of RFC 5545. An event keeps its UID for ever; its SEQUENCE rises with the rule's version.
type deadlineCalendar struct {
	organization, client, base string
	today                      deadline.Day
	english                    bool
	events                     []*ics.VEvent
}

// add adds a deadline, with the days on which it is to be remembered.
func (k *deadlineCalendar) add(d *engine.Deadline, reminders []deadline.Day) {
	e := ics.NewEvent(k.uid(d))
	e.SetDtStampTime(k.today.Start())
	e.SetSequence(int(max(0, d.Rule.Version-1)))
	e.SetAllDayStartAt(d.Due.Start())
	e.SetAllDayEndAt((d.Due + 1).Start())
	e.SetSummary(k.summary(d))
	e.SetDescription(k.description(d))
	e.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy
	e.SetStatus(ics.ObjectStatusConfirmed)
	if !d.Rule.Confirmed {
		e.SetStatus(ics.ObjectStatusTentative)
	}
	e.AddCategory(d.Rule.Category)
	if k.base != "" {
		e.SetURL(k.base + "/deadlines")
	}
	for _, day := range reminders {
		if day < k.today || day > d.Due { // what is over rings no more
			continue
		}
		a := e.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetTrigger(trigger(int(d.Due - day)))
		a.SetDescription(k.summary(d))
	}
	k.events = append(k.events, e)
}

// trigger is nine o'clock so many days before an all-day event, which begins at midnight.
func trigger(daysBefore int) string {
	if daysBefore == 0 {
		return fmt.Sprintf("PT%dH", remindHour)
	}
	const hoursOfDay = 24
	if daysBefore == 1 {
		return fmt.Sprintf("-PT%dH", hoursOfDay-remindHour)
	}
	return fmt.Sprintf("-P%dDT%dH", daysBefore-1, hoursOfDay-remindHour)
}

// uid is the same whenever the calendar is read, and another for each client's.
func (k *deadlineCalendar) uid(d *engine.Deadline) string {
	uid := d.Rule.ID + "." + d.Period
	if k.client != "" {
		uid += "." + url.QueryEscape(k.client)
	}
	return uid + "@" + k.organization + ".flowwatch"
}

// name is the rule's in the calendar's language.
func (k *deadlineCalendar) name(of deadline.Text) string {
	if k.english && of.EN != "" {
		return of.EN
	}
	return of.PL
}

func (k *deadlineCalendar) summary(d *engine.Deadline) string {
	name := k.name(d.Rule.Name) + " (" + d.Period + ")"
	if k.client != "" {
		name += " – " + k.client
	}
	return oneLine(name)
}

func (k *deadlineCalendar) description(d *engine.Deadline) string {
	say := func(polish, english string) string {
		if k.english {
			return english
		}
		return polish
	}
	var lines []string
	if !d.Rule.Confirmed {
		lines = append(lines, say("Reguła nie została potwierdzona przez biuro.", "The office has not confirmed this rule."))
	}
	if d.ActBy != d.Due {
		lines = append(lines, say("Ostatni dzień roboczy: ", "Last working day: ")+d.ActBy.String())
	}
	if d.Due != d.Nominal {
		lines = append(lines, say("Termin ustawowy przesunięty z dnia ", "Moved from the nominal day ")+d.Nominal.String())
	}
	if who := k.name(d.Rule.Who); who != "" {
		lines = append(lines, say("Kogo dotyczy: ", "Who: ")+who)
	}
	if len(d.Rule.LegalBasis) > 0 {
		lines = append(lines, say("Podstawa: ", "Basis: ")+strings.Join(d.Rule.LegalBasis, "; "))
	}
	for i := range lines {
		lines[i] = oneLine(lines[i])
	}
	return strings.Join(lines, "\n")
}

// oneLine keeps what people wrote from ending a line of the format.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// text is the whole calendar. Lines end as the format wants it, whatever the machine.
func (k *deadlineCalendar) text() []byte {
	cal := ics.NewCalendar()
	cal.SetProductId(calendarName)
	cal.SetMethod(ics.MethodPublish)
	name := "Flowwatch – terminy"
	if k.english {
		name = "Flowwatch – deadlines"
	}
	cal.SetName(oneLine(strings.TrimSpace(name + " " + k.client)))
	cal.SetXWRTimezone(deadline.Zone().String())
	cal.SetRefreshInterval(calendarRefresh)
	cal.SetXPublishedTTL(calendarRefresh)
	for _, e := range k.events {
		cal.AddVEvent(e)
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}
