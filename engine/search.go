package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// clientsExaminedMax bounds the clients that a search looks at; of an office with more, those are found besides whose reference begins with the text.
const clientsExaminedMax = 2_000

// WorkflowName is how a workflow is called.
type WorkflowName struct {
	WorkflowID   string `json:"workflowId"`
	WorkflowName string `json:"workflowName"`
}

// Found is what a search found, each the best first. Executions are the newest.
type Found struct {
	Executions []Listed
	Workflows  []WorkflowName
	Clients    []string
}

// Search looks for a text in executions as a list does, in names and ids of workflows, and in references of clients; at most limit of each. It is bounded
// as a list is, and shows of executions and clients those that the handle shows.
func (t *Tenant) Search(ctx context.Context, text string, limit int) (Found, error) {
	q := queryOf("")
	q.Text, q.Limit = text, limit
	page, err := t.Executions(ctx, q)
	if err != nil {
		return Found{}, err
	}
	found := Found{Executions: page.Items, Workflows: t.workflowsNamed(fold(text), limit)}
	found.Clients, err = t.clientsNamed(text, limit)
	return found, err
}

// hit is a place in the order of what was found: texts that are what is looked for come before those that begin with it, and these before others.
func hit(looked string, texts ...string) (rank int, ok bool) {
	const none = 3
	rank = none
	for _, text := range texts {
		folded := fold(text)
		switch at := strings.Index(folded, looked); {
		case folded == looked:
			rank = 0
		case at == 0:
			rank = min(rank, 1)
		case at > 0:
			rank = min(rank, 2)
		}
	}
	return rank, rank < none
}

// workflowsNamed are the workflows of the catalogue whose id or name has the folded text.
func (t *Tenant) workflowsNamed(looked string, limit int) []WorkflowName {
	t.view.RLock()
	all := make([]WorkflowName, 0, len(t.catalogue))
	for _, w := range t.catalogue {
		all = append(all, WorkflowName{w.WorkflowID, cmp.Or(w.Name, w.WorkflowID)})
	}
	t.view.RUnlock()
	return best(all, limit, func(w WorkflowName) (int, bool) { return hit(looked, w.WorkflowName, w.WorkflowID) }, func(a, b WorkflowName) int {
		return cmp.Or(cmp.Compare(fold(a.WorkflowName), fold(b.WorkflowName)), cmp.Compare(a.WorkflowID, b.WorkflowID))
	})
}

// best are the first few of those that rank has, by rank and then in the order of compare.
func best[T any](all []T, limit int, rank func(v T) (int, bool), compare func(a, b T) int) []T {
	type ranked struct {
		value T
		rank  int
	}
	var kept []ranked
	for _, v := range all {
		if r, ok := rank(v); ok {
			kept = append(kept, ranked{v, r})
		}
	}
	slices.SortFunc(kept, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), compare(a.value, b.value)) })
	out := make([]T, 0, min(limit, len(kept)))
	for _, k := range kept[:min(limit, len(kept))] {
		out = append(out, k.value)
	}
	return out
}

// clientsNamed are the clients whose reference has the text: of those that the handle is limited to, or of those that there are executions of.
func (t *Tenant) clientsNamed(text string, limit int) ([]string, error) {
	all := t.clients.Refs()
	if t.clients.All() {
		t.view.RLock()
		for _, l := range t.unwritten {
			if l.ClientRef != "" {
				all = append(all, l.ClientRef)
			}
		}
		t.view.RUnlock()
		err := t.engine.db.View(func(tx *kv.Tx) (err error) {
			for _, begin := range []string{text, strings.ToUpper(text)} {
				if err == nil {
					all, err = t.storedClients(tx, all, begin, limit)
				}
			}
			if err == nil {
				all, err = t.storedClients(tx, all, "", clientsExaminedMax)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(all)
		all = slices.Compact(all)
	}
	looked := fold(text)
	return best(all, limit, func(ref string) (int, bool) { return hit(looked, ref) }, cmp.Compare[string]), nil
}

// storedClients appends the first few references that stored executions name and that begin with a text. It seeks once for each.
func (t *Tenant) storedClients(tx *kv.Tx, all []string, begin string, most int) ([]string, error) {
	span := kv.Span{Prefix: stringPrefix(begin)}
	for range most {
		ref, some := "", false
		var failed error
		documents.ScanIndex(tx, t.scope, byClient, span, func(entry, _ []byte) bool {
			ref, _, failed = kv.ReadString(entry)
			some = true
			return false
		})
		if failed != nil || !some {
			return all, failed
		}
		all = append(all, ref)
		span.From = kv.AppendString(nil, ref)
		span.From[len(span.From)-1]++ // past all entries of the client
	}
	return all, nil
}

// hasText looks for the search text where people would expect to find it; in an error as it is shown.
func (s *scan) hasText(l *Listed) bool {
	for _, field := range [...]string{l.ExecutionID, l.WorkflowID, l.WorkflowName, l.ClientRef} {
		if strings.Contains(fold(field), s.text) {
			return true
		}
	}
	return slices.ContainsFunc(l.Tags, func(tag string) bool { return strings.Contains(fold(tag), s.text) }) ||
		strings.Contains(fold(externalID(l.Metadata)), s.text) || s.errorHas(l.Error)
}

func (s *scan) errorHas(e *execution.ErrorInfo) bool {
	if e == nil || !strings.Contains(fold(cmp.Or(e.Message, e.Code)), s.text) {
		return false
	}
	return strings.Contains(fold(*PreviewOf(e, s.tenant.Hides())), s.text)
}
