package notify

// Limits are the limits of messages and inboxes, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"deliveryPage": listLimitMax, "inboxPage": inboxLimitMax, "inboxUnreadCounted": unreadMax, "messageTextKeptBytes": bodyBytesMax}
}
