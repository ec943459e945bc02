package alert

import "time"

// Limits are the limits of rules, records and silences, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"alertNameRunesMin": nameRunesMin, "alertNameRunes": nameRunesMax, "alertConditions": conditionsMax, "alertChannels": channelsMax,
		"alertChannelBytes": configBytesMax, "alertCooldownMinutesMin": cooldownMin, "alertCooldownMinutes": cooldownMax, "alertWindowMinutes": windowMax,
		"alertConsecutiveCount": consecutiveMax, "alertMinSample": minSampleMax, "alertMetricBytes": metricBytesMax,
		"alertCommentRunes": commentRunesMax, "alertComments": commentsMax, "alertRecentFailures": recentMax, "backtestFires": firesMax,
		"silenceReasonRunesMin": reasonRunesMin, "silenceReasonRunes": reasonRunesMax, "silenceMs": int(time.Duration(silenceMax).Milliseconds()),
		"outageMs": int(time.Duration(outageMax).Milliseconds()), "outageLinkBytes": linkBytesMax,
	}
}
