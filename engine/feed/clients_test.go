package feed

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// B-81: what is about another client, or about an execution without one, concerns no session that sees some clients only;
// what is about nobody, such as the queue or an alert of a whole workflow, concerns all.
func TestFramesOfOtherClientsConcernNobody(t *testing.T) {
	t.Parallel()
	f := func(clients []string, frame Frame, want bool) {
		t.Helper()
		s := &subscription{filter: Filter{Topic: frame.Topic}, session: &Session{clients: execution.OnlyClients(clients)}}
		frame.Seq, frame.Status, frame.Former, frame.HasFormer = 1, execution.Failed, execution.Running, true
		require.Equal(t, want, s.match(&frame) != apart)
		require.Equal(t, want, s.missed(&frame) != apart, "not even as one that has left")
		s.mask = 1 << execution.Running // the change leaves the filter
		require.Equal(t, want, s.match(&frame) == leaving)
		items, ok := replay([]*shared{{Frame: frame}}, s, 10)
		require.True(t, ok)
		require.Equal(t, want, len(items) == 1)
	}
	own, foreign, nobodys := Frame{ExecutionID: "e", ClientRef: "K-1"}, Frame{ExecutionID: "e", ClientRef: "K-2"}, Frame{ExecutionID: "e"}
	workflow, client := Frame{Topic: Alerts, WorkflowID: "w"}, Frame{Topic: Alerts, WorkflowID: "w", ClientRef: "K-2"}
	for _, frame := range []Frame{own, foreign, nobodys, workflow, client, {Topic: StepUpdates, ExecutionID: "e", ClientRef: "K-2"}} {
		f(nil, frame, true)
	}
	f([]string{"K-1"}, own, true)
	f([]string{"K-1"}, foreign, false)
	f([]string{"K-1"}, nobodys, false)
	f([]string{"K-1"}, workflow, true)
	f([]string{"K-1"}, client, false)
	f([]string{"K-1", "K-2"}, client, true)
	f([]string{"K-1"}, Frame{Topic: StepUpdates, ExecutionID: "e", ClientRef: "K-2"}, false)
}

// A frame that names a client's thing among numbers of all has a text for each who sees some clients, and one for the others.
func TestAFrameMayHaveATextForEach(t *testing.T) {
	t.Parallel()
	made := 0
	frame := &shared{Frame: Frame{
		Event: "queue:update", Topic: QueueStatus,
		Data: func(dst []byte) []byte { made++; return append(dst, `{"oldest":"theirs"}`...) },
		DataFor: func(dst []byte, clients execution.Clients) []byte {
			return append(append(append(dst, `{"oldest":"`...), clients.Refs()[0]...), `"}`...)
		},
	}}
	for range 2 {
		for clients, want := range map[string]string{"": "theirs", "K-1": "K-1", "K-2": "K-2"} {
			sees := execution.Clients{}
			if clients != "" {
				sees = execution.OnlyClients([]string{clients})
			}
			for _, left := range []bool{false, true} {
				e := frame.textFor(sees, left)
				var data struct {
					Oldest string
					Left   bool
				}
				require.NoError(t, json.Unmarshal(e.text[e.from:len(e.text)-1], &data))
				require.Equal(t, want, data.Oldest)
				require.Equal(t, left, data.Left)
			}
		}
	}
	require.Equal(t, 1, made, "what all see is made once")
	same := &shared{Frame: Frame{Event: "metrics:update", Topic: MetricsStream, Data: func(dst []byte) []byte { return append(dst, `{}`...) }}}
	require.Same(t, same.textFor(execution.Clients{}, false), same.textFor(execution.OnlyClients([]string{"K-1"}), false))
}
