package notify

import (
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// Notice is what one message tells to one target. Package text puts it into words.
type Notice struct {
	To     Target
	Key    string // see Message.Key
	Thread string // see Message.Thread
	Now    execution.Instant
	Items  []Item // the most urgent first; more than one, or Digest: one message about all of them
	Digest bool
}

// Item is one transition of one record in a Notice.
type Item struct {
	Transition alert.Transition
	Record     *alert.Record
	Delayed    bool // it comes late, so it says when it happened; of Resolved: what was triggered was not told before either
	Fallback   bool // another target did not get it in time
}
