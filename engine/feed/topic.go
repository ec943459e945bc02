// Package feed is the live hub: it carries one organisation's changes to the
// sockets that asked for them. One Hub serves one organisation and has a
// Session for each connection. It gives state, not a log: a session that
// follows its frames ends with the present state of everything it subscribed
// to, though it may not have seen each state between.
//
// Lock order: Session.setup, Hub.mu, Session.mu. The Source is called without
// Hub.mu and Session.mu, so that it may hold locks of its own.
package feed

// Topic is a kind of live update that a session can subscribe to.
type Topic uint8

// The topics, in the order of the API.
const (
	ExecutionUpdates Topic = iota
	StepUpdates
	MetricsStream
	Alerts
	QueueStatus
	topicCount
)

var topicNames = [topicCount]string{"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"}

// String is the topic's name in the API.
func (t Topic) String() string {
	if t >= topicCount {
		return "unknown"
	}
	return topicNames[t]
}

// ParseTopic finds a topic by its name in the API.
func ParseTopic(name string) (Topic, bool) {
	for i, n := range topicNames {
		if n == name {
			return Topic(i), true
		}
	}
	return 0, false
}

// Volatile reports whether only the latest value of the topic counts. Frames
// of a volatile topic have no seq and are not replayed.
func (t Topic) Volatile() bool { return t == MetricsStream || t == QueueStatus }

// latestEvent names the frame that carries the latest value of a volatile topic.
func (t Topic) latestEvent() string {
	if t == QueueStatus {
		return "queue:update"
	}
	return "metrics:update"
}
