package feed

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTopicsHaveTheNamesOfTheAPI(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"} {
		topic, ok := ParseTopic(name)
		require.True(t, ok)
		require.Equal(t, Topic(i), topic)
		require.Equal(t, name, topic.String())
		require.Equal(t, name == "metrics_stream" || name == "queue_status", topic.Volatile())
	}
	_, ok := ParseTopic("everything")
	require.False(t, ok)
	require.Equal(t, "unknown", topicCount.String())
	require.Equal(t, "metrics:update", MetricsStream.latestEvent())
}
