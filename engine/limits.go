package engine

import (
	"maps"

	"flowwatch/engine/alert"
	"flowwatch/engine/backup"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/promql"
	"flowwatch/engine/timeline"
	"flowwatch/engine/webhook"
)

// Limits are the limits of what the engine takes, keeps and answers, as clients are told them. Names that end in Ms are milliseconds.
func (e *Engine) Limits() map[string]int {
	live := e.live.Applied()
	all := map[string]int{
		"alertRules": alertRulesMax, "outages": outagesMax, "morningItems": morningListMax, "attentionExecutions": attentionRunsMax, "attentionSuccesses": attentionFindsMax,
		"silences": silencesMax, "webhooks": webhooksMax, "webhookBatchEvents": webhookBatchMax, "webhookSignalsKept": signalsMax, "alertsExamined": alertsExaminedMax, "backtestRuns": backtestRunsMax,
		"pageLimit": PageLimitMax, "pageCandidates": candidatesMax, "searchedClients": clientsExaminedMax, "countedExecutions": countedMax, "sortedExecutions": sortedMax,
		"payloadBytes": payloadBytesMax, "seriesPoints": seriesPointsMax, "gaugesPerOrganization": gaugesMax, "gaugeIdleMs": int(gaugeIdle.Milliseconds()),
		"queueBytes": intakeBytesMax, "queueBytesOfOrganization": intakeTenantBytesMax, "journalBytes": journalBytesMax,
		"activeExecutions": liveMax, "eventsPerExecution": execution.EventsMax, "eventsAside": execution.AsideMax, "currentStepsShown": execution.CurrentStepsMax, "workflows": workflowsMax,
		"deadlineDays": DeadlineDaysMax, "deadlinesPerAnswer": deadlinesMax, "deadlineRules": ownRulesMax, "deadlineRuleVersions": ruleVersionsMax,
		"filingsOfPeriod": filingsMax, "formerReferencesOfFiling": formerMax, "deadlineClients": deadlineClientsMax, "servingRuns": servingRunsMax, "servingRunsOfWorkflow": servingRunsEachMax,
		"dashboards": dashboardsMax, "views": viewsMax, "sharedViews": sharedViewsMax, "clientRules": clientRulesMax, "clientRuleVersions": clientRuleVersionsMax,
		"bottleneckRuns": bottleneckRunsMax, "bottleneckSteps": bottleneckItemsMax, "bottleneckRunsBeforeMin": deviationSamplesMin,
		"timelineRuns": timeline.RunsMax, "timelineSteps": earlierStepsMax,
		"erasureExecutions": erasedIDsMax, "erasures": erasuresMax, "evidenceRuns": EvidenceRunsMax, "revealedMs": int(RevealedFor.Milliseconds()),
		"backupKeepDays":             backup.KeepDaysMax,
		"subscriptionsPerConnection": live.Subscriptions, "replayFrames": live.ReplayFrames, "resumeFrames": live.RingFrames, "resumeBytes": int(live.RingBytes),
		"resumeEvents": resumeEventsMax, "snapshotExecutions": snapshotMax, "snapshotsAtOnce": live.SnapshotsAtOnce,
		"framesWaitingPerConnection": live.QueueFrames, "frameBytesWaitingPerConnection": live.QueueBytes, "resourcesPerFrame": frameResourcesMax,
		"scrapeTimeoutMs": int(scrapeTimeout.Milliseconds()), "scrapeBytes": scrapeBytesMax,
		"remoteSeriesPerOrganization": remoteSeriesMax, "remoteLabels": remoteLabelsMax, "remoteLabelBytes": remoteLabelBytesMax, "remoteAheadMs": int(remoteAheadMax.Milliseconds()),
		"resyncsPerMinute": feed.ResyncsMax, "errorPreviewRunes": mask.PreviewRunesMax,
	}
	for _, part := range []map[string]int{alert.Limits(), notify.Limits(), channel.Limits(), promql.Limits(), webhook.Limits()} {
		maps.Copy(all, part)
	}
	return all
}
