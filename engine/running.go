package engine

import (
	"maps"
	"slices"
	"strings"

	"flowwatch/engine/execution"
)

// runningRuns are the executions that run, by workflow, and since when: it follows each event, so that nobody has to look through all executions.
type runningRuns map[string]map[string]execution.Instant

// add puts a contribution in (n = 1) or takes it out (n = -1).
func (r runningRuns) add(c *contribution, n int64) {
	if !c.counted || c.status != execution.Running || !c.startedAt.Present() {
		return
	}
	of := r[c.workflowID]
	switch {
	case n > 0 && of == nil:
		r[c.workflowID] = map[string]execution.Instant{c.id: c.startedAt}
	case n > 0:
		of[c.id] = c.startedAt
	default:
		if delete(of, c.id); len(of) == 0 {
			delete(r, c.workflowID)
		}
	}
}

// workflowsRunning are the workflows that have running executions, by id.
func (t *Tenant) workflowsRunning() []string {
	t.view.RLock()
	defer t.view.RUnlock()
	return slices.Sorted(maps.Keys(t.running))
}

// runningSince are up to limit executions of a workflow that have run since a time or longer.
func (t *Tenant) runningSince(workflowID string, since execution.Instant, limit int) (ids []string) {
	t.view.RLock()
	defer t.view.RUnlock()
	for id, started := range t.running[workflowID] {
		if started <= since {
			if ids = append(ids, id); len(ids) == limit {
				break
			}
		}
	}
	return ids
}

// LatestRunning is the execution of a workflow that began last of those that run and whose ids begin with prefix; "" when none does.
func (t *Tenant) LatestRunning(workflowID, prefix string) (id string) {
	latest := execution.NoInstant
	t.view.RLock()
	defer t.view.RUnlock()
	for one, started := range t.running[workflowID] {
		if strings.HasPrefix(one, prefix) && (id == "" || started > latest || started == latest && one > id) {
			id, latest = one, started
		}
	}
	return id
}
