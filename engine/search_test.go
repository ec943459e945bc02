package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func (b *bench) search(tenant *Tenant, text string, limit int) (executions []string, f Found) {
	b.t.Helper()
	f, err := tenant.Search(context.Background(), text, limit)
	require.NoError(b.t, err)
	for i := range f.Executions {
		executions = append(executions, f.Executions[i].ExecutionID)
	}
	return executions, f
}

// What people know of an execution finds it, however they write letters: client, number, process, tag, masked error.
func TestSearchFindsByWhatPeopleKnow(t *testing.T) {
	t.Parallel()
	b := start(t)
	of := func(e *execution.Event) {
		e.WorkflowID, e.WorkflowName, e.ClientRef, e.Tags = "kp-1", "Księgowość miesięczna", "Żółw-0147", []string{"Płace"}
		e.Metadata = []byte(`{"externalId":"FV/2026/11"}`)
	}
	b.ingest(
		event("run-1", execution.ExecutionStarted, 0, of),
		event("run-1", execution.ExecutionFailed, 1, of, func(e *execution.Event) {
			e.Error = &execution.ErrorInfo{Message: "Bramka odrzuciła numer 44051401359"}
		}),
		event("run-2", execution.ExecutionStarted, 2, func(e *execution.Event) { e.WorkflowID, e.WorkflowName = "vat", "VAT" }),
	)
	for round := range 2 { // in memory, then in documents
		for _, text := range []string{"RUN-1", "kp-1", "ksiegowosc", "KSIĘGOWOŚĆ", "Księgowość", "zolw", "place", "fv/2026", "odrzucila"} {
			got, _ := b.search(b.tenant, text, 10)
			require.Equal(t, []string{"run-1"}, got, "%s in round %d", text, round)
		}
		got, _ := b.search(b.tenant, "44051401359", 10)
		require.Empty(t, got, "what is masked is not found")
		_, f := b.search(b.tenant, "ksiegowosc", 10)
		require.Equal(t, []WorkflowName{{"kp-1", "Księgowość miesięczna"}}, f.Workflows)
		_, f = b.search(b.tenant, "ZOLW", 10)
		require.Equal(t, []string{"Żółw-0147"}, f.Clients)
		_, f = b.search(b.tenant, "nothing", 10)
		require.Empty(t, f.Clients)
		require.Empty(t, f.Workflows)
		b.checkpointed()
	}
}

// Clients and workflows come exact ones first, then those that begin with the text, and at most so many; of very many clients those that begin with it are
// found.
func TestSearchIsOrderedAndBounded(t *testing.T) {
	t.Parallel()
	b := start(t)
	var events []execution.Event
	for i := range clientsExaminedMax + 10 {
		events = append(events, event(fmt.Sprint("run-", i), execution.ExecutionStarted, 0, ofClient(fmt.Sprintf("A-%05d", i)), func(e *execution.Event) { e.WorkflowID = fmt.Sprint("w-", i%30) }))
	}
	events = append(events, event("z", execution.ExecutionStarted, 0, ofClient("Z-1")), event("za", execution.ExecutionStarted, 0, ofClient("z-1-a")))
	for len(events) > 0 {
		n := min(500, len(events))
		b.ingest(events[:n]...)
		events = events[n:]
	}
	b.checkpointed()
	got, f := b.search(b.tenant, "z-1", 10)
	require.Equal(t, []string{"za", "z"}, got)
	require.Equal(t, []string{"Z-1", "z-1-a"}, f.Clients)
	_, f = b.search(b.tenant, "1", 3)
	require.Equal(t, []string{"A-00001", "A-00010", "A-00011"}, f.Clients)
	require.Len(t, f.Workflows, 3)
	got, f = b.search(b.tenant, "w-2", 5)
	require.Len(t, got, 5)
	require.Equal(t, "w-2", f.Workflows[0].WorkflowID)
	require.Equal(t, "w-20", f.Workflows[1].WorkflowID)
}

// Who is limited to some clients finds theirs only.
func TestSearchOfALimitedHandle(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("own", execution.ExecutionStarted, 0, ofClient("K-1")), event("foreign", execution.ExecutionStarted, 0, ofClient("K-10")), event("nobodys", execution.ExecutionStarted, 0))
	b.checkpointed()
	limited := b.tenant.Limited([]string{"K-1", "K-3"})
	got, f := b.search(limited, "k-1", 10)
	require.Equal(t, []string{"own"}, got)
	require.Equal(t, []string{"K-1"}, f.Clients)
	for _, text := range []string{"foreign", "nobodys", "K-10"} {
		got, f = b.search(limited, text, 10)
		require.Empty(t, got, text)
		require.Empty(t, f.Clients, text)
	}
	_, f = b.search(b.tenant, "k-1", 10)
	require.Equal(t, []string{"K-1", "K-10"}, f.Clients)
}

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"VAT-7": "vat-7", "ZAŻÓŁĆ GĘŚLĄ JAŹŃ": "zazolc gesla jazn", "Księgowość": "ksiegowosc", "Kancela\u0301r": "kancelar", "Дело": "дело", "": "",
	} {
		require.Equal(t, want, fold(text))
		require.Equal(t, want, fold(fold(text)))
	}
}
