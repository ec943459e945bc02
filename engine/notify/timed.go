package notify

import "time"

// timed is a history whose reading is charged.
type timed struct {
	History
	account *budget
}

func (t *timed) charge(began time.Time) { t.account.spend(time.Now(), time.Since(began)) }

// Walk implements History.
func (t *timed) Walk(id string, after Place, visit func(o *Occurrence) bool) (end Place, gap bool, err error) {
	defer t.charge(time.Now())
	return t.History.Walk(id, after, visit)
}

// Count implements History.
func (t *timed) Count(id string, after, last Place) (n int, end Place, gap bool, err error) {
	defer t.charge(time.Now())
	return t.History.Count(id, after, last)
}

// Compose implements History.
func (t *timed) Compose(id string, p *Packet) (m *Message, used int, err error) {
	defer t.charge(time.Now())
	return t.History.Compose(id, p)
}
