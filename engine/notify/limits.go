package notify

import "time"

// Limits are the limits of messages and inboxes, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"deliveryPage": listLimitMax, "inboxPage": inboxLimitMax, "inboxUnreadCounted": unreadMax, "messageTextKeptBytes": bodyBytesMax,
		"webhookEventsWaiting": WaitingMax, "webhookOutcomesKept": recentMax, "webhookRefusedKept": lettersMax, "webhookTestsWaiting": trialsMax,
		"webhookWaitMs": int(time.Duration(waitingLife).Milliseconds()),
	}
}
