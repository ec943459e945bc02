package setting

// Limits are the limits of what an organisation sets, as clients are told them. Those of numbers are the greatest, or with Min the least, that a setting
// may be.
func Limits() map[string]int {
	return map[string]int{
		"retentionDays": daysMax, "retentionStepDataDays": stepDataDaysMax, "retentionExecutionsDaysMin": executionsDaysMin,
		"queueWarnDepth": queueDepthMax, "settingTextRunes": textRunesMax, "settingPort": portMax,
		"captureReasonRunesMin": reasonRunesMin, "captureReasonRunes": reasonRunesMax, "captureWorkflows": workflowsMax, "captureFullMs": int(FullMax.Milliseconds()),
		"gatewayHeaders": headersMax, "gatewayBodyBytes": bodyBytesMax,
		"maskingKeys": maskKeysMax, "maskingKeyRunes": maskKeyRunesMax,
		"escalations": escalationsMax, "escalationMinutes": afterMinutesMax, "escalationChannels": channelsMax,
		"muteWindows": muteWindowsMax, "morningRecipients": recipientsMax,
		"scrapes": scrapesMax, "scrapeMetrics": scrapeMetricsMax, "scrapeLabels": scrapeLabelsMax, "scrapeNameRunes": scrapeNameRunesMax,
		"scrapeSecondsMin": scrapeSecondsMin, "scrapeSeconds": scrapeSecondsMax,
	}
}
