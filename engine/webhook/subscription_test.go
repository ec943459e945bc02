package webhook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

func locations(all []fault.Field) (names []string) {
	for _, f := range all {
		names = append(names, f.Location)
	}
	return names
}

func TestWhatASubscriptionAsksFor(t *testing.T) {
	t.Parallel()
	s := Subscription{Events: []string{"execution.failed", "step.*", "priority.requested"}, WorkflowIDs: []string{"jpk"}}
	in := s.Interest()
	for name, asked := range map[string]bool{
		"execution.failed": true, "execution.completed": false, "step.started": true, "step.failed": true, "alert.triggered": false,
		"priority.requested": true, "priority.lapsed": false, Skipped: false,
	} {
		require.Equal(t, asked, in.Names(name), name)
	}
	require.True(t, in.Of("jpk"))
	require.False(t, in.Of("vat"))
	require.False(t, in.Of(""))
	require.False(t, in.OfAll())
	all := Subscription{Events: []string{"*"}}
	for _, name := range Events() {
		require.True(t, all.Interest().Names(name), name)
	}
	require.True(t, all.Interest().Of(""))
	require.False(t, Interest{}.Names("execution.failed"))
}

func TestWhatASubscriptionMayNotBe(t *testing.T) {
	t.Parallel()
	good := Subscription{Name: "  ERP ", Events: []string{"alert.*", "alert.*", "*"}, WorkflowIDs: []string{"w", "w"}}
	require.Empty(t, good.Normalise())
	require.Equal(t, "ERP", good.Name)
	require.Equal(t, []string{"alert.*", "*"}, good.Events)
	require.Equal(t, []string{"w"}, good.WorkflowIDs)
	for where, wrong := range map[string]Subscription{
		"body.name":           {Events: []string{"*"}},
		"body.events":         {Name: "x"},
		"body.events[1]":      {Name: "x", Events: []string{"*", "execution.exploded"}},
		"body.events[0]":      {Name: "x", Events: []string{"exec*"}},
		"body.workflowIds[0]": {Name: "x", Events: []string{"*"}, WorkflowIDs: []string{"a b"}},
	} {
		require.Equal(t, []string{where}, locations(wrong.Normalise()))
	}
	long := Subscription{Name: strings.Repeat("ż", nameRunesMax+1), Events: []string{"*.failed"}}
	require.Equal(t, []string{"body.name", "body.events[0]"}, locations(long.Normalise()))
}

// The body is a CloudEvent, or an array of them.
func TestBodiesAreCloudEvents(t *testing.T) {
	t.Parallel()
	one, err := json.Marshal(NewEnvelope("o", "k-7", "step.failed", "run", execution.Instant(0), 7, map[string]string{"stepId": "s"}))
	require.NoError(t, err)
	require.JSONEq(t, `{"specversion":"1.0","id":"k-7","source":"/flowwatch/o","type":"io.flowwatch.step.failed","subject":"run","time":"1970-01-01T00:00:00.000Z",
		"sequence":"00000000000000000007","datacontenttype":"application/json","data":{"stepId":"s"}}`, string(one))
	require.Equal(t, string(one), string(Body([]json.RawMessage{one}, false)))
	var all []Envelope
	require.NoError(t, json.Unmarshal(Body([]json.RawMessage{one, one}, true), &all))
	require.Len(t, all, 2)
}
