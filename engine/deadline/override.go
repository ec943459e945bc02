package deadline

import (
	"time"

	"flowwatch/engine/fault"
)

// Override is what holds for one client instead of what a rule says: that it
// does not concern them, or other days. Exceptions come before the rule's own.
type Override struct {
	Applies       bool        `json:"applies"` // false: the rule does not concern the client, as one for monthly payers does not who pays quarterly
	Due           *Due        `json:"due"`     // of every period; null: the rule's
	Exceptions    []Exception `json:"exceptions"`
	FiscalYearEnd int         `json:"fiscalYearEnd"` // month in which the client's years end, 1 to 12, of rules with the period fiscalYear; 0: December
}

// NewOverride holds what an override says where its text says nothing.
func NewOverride() Override { return Override{Applies: true, Exceptions: []Exception{}} }

// Says reports whether the override changes anything.
func (o *Override) Says() bool {
	return !o.Applies || o.Due != nil || len(o.Exceptions) > 0 || o.FiscalYearEnd != 0
}

// Check returns all that is wrong with an override of the rule, with locations
// that begin with prefix.
func (o *Override) Check(r *Rule, prefix string) []fault.Field {
	k := &checker{}
	s, err := parseSchedule(r.Period)
	if err != nil {
		panic("BUG: deadline: a stored rule has the period " + r.Period)
	}
	k.wrong(!o.Says(), prefix+"applies", "an override must change something: applies, due, exceptions or fiscalYearEnd")
	if !o.Applies {
		rest := *o
		rest.Applies = true
		k.wrong(rest.Says(), prefix+"applies", "what does not apply has no days")
	}
	if o.Due != nil {
		k.due(o.Due, &s, prefix+"due.")
		k.wrong(o.Due.Type == onDate && s.word != onceWord, prefix+"due.type", "a date is for the period once; elsewhere it is an exception")
	}
	k.exceptions(o.Exceptions, &s, prefix)
	k.between(o.FiscalYearEnd, 0, 12, prefix+"fiscalYearEnd")
	k.wrong(o.FiscalYearEnd != 0 && s.word != fiscalYearWord, prefix+"fiscalYearEnd", "is for rules with the period fiscalYear")
	return k.fields
}

// For is the rule as it holds for the client of an override, nil when it does
// not concern them. An override that the rule has outgrown, because its period
// is another by now, changes nothing.
func (r *Rule) For(o *Override) *Rule {
	if !o.Applies {
		return nil
	}
	own := *r
	if len(o.Check(r, "")) > 0 {
		return &own
	}
	if o.Due != nil {
		own.Due = *o.Due
	}
	own.Exceptions = append(append([]Exception{}, o.Exceptions...), r.Exceptions...)
	own.yearEnd = time.Month(o.FiscalYearEnd)
	return &own
}
