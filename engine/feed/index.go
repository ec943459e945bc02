package feed

// index finds the subscriptions that a frame of one topic may concern without
// looking at the others. Guarded by Hub.mu.
type index struct {
	all         list
	byWorkflow  map[string]*list
	byExecution map[string]*list
}

type list struct{ subs []*subscription }

func (x *index) add(s *subscription) {
	l := x.find(s, true)
	s.slot = len(l.subs)
	l.subs = append(l.subs, s)
}

func (x *index) remove(s *subscription) {
	l := x.find(s, false)
	last := l.subs[len(l.subs)-1]
	l.subs[s.slot], last.slot = last, s.slot
	l.subs[len(l.subs)-1] = nil
	l.subs = l.subs[:len(l.subs)-1]
	if len(l.subs) > 0 {
		return
	}
	if s.filter.ExecutionID != "" {
		delete(x.byExecution, s.filter.ExecutionID)
	} else if s.filter.WorkflowID != "" {
		delete(x.byWorkflow, s.filter.WorkflowID)
	}
}

// find returns the list a subscription belongs to: the narrowest.
func (x *index) find(s *subscription, create bool) *list {
	switch f := &s.filter; {
	case f.ExecutionID != "":
		return pick(&x.byExecution, f.ExecutionID, create)
	case f.WorkflowID != "":
		return pick(&x.byWorkflow, f.WorkflowID, create)
	}
	return &x.all
}

func pick(m *map[string]*list, id string, create bool) *list {
	l := (*m)[id]
	if l == nil && create {
		if *m == nil {
			*m = make(map[string]*list)
		}
		l = new(list)
		(*m)[id] = l
	}
	return l
}

// each calls fn with every subscription that may want f.
func (x *index) each(f *Frame, fn func(*subscription)) {
	for _, s := range x.all.subs {
		fn(s)
	}
	if l := x.byWorkflow[f.WorkflowID]; l != nil {
		for _, s := range l.subs {
			fn(s)
		}
	}
	if l := x.byExecution[f.ExecutionID]; l != nil {
		for _, s := range l.subs {
			fn(s)
		}
	}
}
