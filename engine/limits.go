package engine

// Limits are the limits of what the engine takes, keeps and answers, as clients are told them.
func (e *Engine) Limits() map[string]int {
	return map[string]int{
		"pageLimit": PageLimitMax, "pageCandidates": candidatesMax, "countedExecutions": countedMax, "sortedExecutions": sortedMax,
		"payloadBytes": payloadBytesMax, "seriesPoints": seriesPointsMax, "gaugesPerOrganization": gaugesMax,
		"queueBytes": intakeBytesMax, "queueBytesOfOrganization": intakeTenantBytesMax, "journalBytes": journalBytesMax,
		"deadlineDays": DeadlineDaysMax, "clientRules": clientRulesMax, "clientRuleVersions": clientRuleVersionsMax, "bottleneckRuns": bottleneckRunsMax,
		"subscriptionsPerConnection": e.live.Applied().Subscriptions, "replayFrames": e.live.Applied().ReplayFrames,
	}
}
