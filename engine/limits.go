package engine

import (
	"flowwatch/engine/backup"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/mask"
	"flowwatch/engine/timeline"
)

// Limits are the limits of what the engine takes, keeps and answers, as clients are told them. Names that end in Ms are milliseconds.
func (e *Engine) Limits() map[string]int {
	live := e.live.Applied()
	return map[string]int{
		"pageLimit": PageLimitMax, "pageCandidates": candidatesMax, "countedExecutions": countedMax, "sortedExecutions": sortedMax,
		"payloadBytes": payloadBytesMax, "seriesPoints": seriesPointsMax, "gaugesPerOrganization": gaugesMax, "gaugeIdleMs": int(gaugeIdle.Milliseconds()),
		"queueBytes": intakeBytesMax, "queueBytesOfOrganization": intakeTenantBytesMax, "journalBytes": journalBytesMax,
		"activeExecutions": liveMax, "eventsPerExecution": execution.EventsMax, "currentStepsShown": execution.CurrentStepsMax, "workflows": workflowsMax,
		"deadlineDays": DeadlineDaysMax, "deadlinesPerAnswer": deadlinesMax, "deadlineRules": ownRulesMax, "deadlineRuleVersions": ruleVersionsMax,
		"filingsOfPeriod": filingsMax, "formerReferencesOfFiling": formerMax, "servingRuns": servingRunsMax, "servingRunsOfWorkflow": servingRunsEachMax,
		"dashboards": dashboardsMax, "clientRules": clientRulesMax, "clientRuleVersions": clientRuleVersionsMax,
		"bottleneckRuns": bottleneckRunsMax, "bottleneckSteps": bottleneckItemsMax, "bottleneckRunsBeforeMin": deviationSamplesMin,
		"timelineRuns": timeline.RunsMax, "timelineSteps": earlierStepsMax,
		"erasureExecutions": erasedIDsMax, "erasures": erasuresMax, "evidenceRuns": EvidenceRunsMax, "revealedMs": int(RevealedFor.Milliseconds()),
		"backupKeepDays":             backup.KeepDaysMax,
		"subscriptionsPerConnection": live.Subscriptions, "replayFrames": live.ReplayFrames, "resumeFrames": live.RingFrames, "resumeBytes": int(live.RingBytes),
		"resumeEvents": resumeEventsMax, "snapshotExecutions": snapshotMax, "snapshotsAtOnce": live.SnapshotsAtOnce,
		"framesWaitingPerConnection": live.QueueFrames, "frameBytesWaitingPerConnection": live.QueueBytes, "resourcesPerFrame": frameResourcesMax,
		"resyncsPerMinute": feed.ResyncsMax, "errorPreviewRunes": mask.PreviewRunesMax,
	}
}
