// Made by scripts/messages.mjs from locales/pl.json. Do not edit.

/** The keys by the values that their messages take. */
export type Messages = Record<
	| 'app.name' | 'app.skip' | 'app.nav' | 'nav.executions' | 'nav.dashboard' | 'nav.workflows' | 'nav.queue' | 'queue.loading' | 'queue.waiting'
	| 'queue.eta' | 'queue.etaNote' | 'queue.empty' | 'queue.noEstimate' | 'queue.notShrinking' | 'queue.rate' | 'queue.wait' | 'queue.unknown'
	| 'queue.oldest' | 'queue.depth' | 'queue.pendingLabel' | 'queue.list' | 'queue.filter' | 'queue.tax' | 'queue.none' | 'queue.noneFits'
	| 'queue.everything' | 'queue.position' | 'queue.waits' | 'queue.prioritise' | 'queue.boostForbid' | 'queue.boostAllow' | 'queue.wish.requested'
	| 'queue.wish.acknowledged' | 'queue.wish.refused' | 'queue.wish.lapsed' | 'nav.deadlines' | 'nav.resources' | 'resources.loading' | 'resources.calm'
	| 'resources.now' | 'resources.past' | 'resources.nothing' | 'resources.silent' | 'resources.never' | 'resources.room' | 'resources.forecast'
	| 'resources.backup' | 'resources.backupOff' | 'resources.roomMore' | 'resource.cpu.usage_percent' | 'resource.memory.usage_percent'
	| 'resource.memory.used_mb' | 'resource.db.active_connections' | 'resource.queue.depth' | 'resource.disk.used_percent' | 'resource.source.engine'
	| 'resource.source.host' | 'resource.source.self' | 'consumers.title' | 'consumers.window' | 'consumers.window.5m' | 'consumers.window.1h'
	| 'consumers.none' | 'consumers.shareCpu' | 'consumers.shareTime' | 'nav.report' | 'report.loading' | 'report.print' | 'report.absent'
	| 'report.failed' | 'report.noneFailed' | 'report.waiting' | 'report.noneWaiting' | 'report.due' | 'report.noneDue' | 'report.overdue'
	| 'report.today' | 'report.unconfirmed' | 'report.system' | 'report.noAlerts' | 'report.noBackup' | 'app.language' | 'app.language.pl'
	| 'app.language.en' | 'app.theme' | 'app.theme.light' | 'app.theme.dark' | 'app.theme.system' | 'app.signOut' | 'find.open' | 'find.keys'
	| 'find.title' | 'find.hint' | 'find.results' | 'find.searching' | 'find.nothing' | 'find.clientRuns' | 'find.clientDue' | 'find.group.executions'
	| 'find.group.clients' | 'find.group.workflows' | 'find.group.dashboards' | 'find.group.pages' | 'find.group.actions' | 'find.pause' | 'find.resume'
	| 'find.theme' | 'find.language' | 'keys.title' | 'keys.closeHelp' | 'keys.letters' | 'keys.lettersHint' | 'keys.group.go' | 'keys.group.list'
	| 'keys.group.page' | 'keys.palette' | 'keys.filter' | 'keys.nextRow' | 'keys.formerRow' | 'keys.open' | 'keys.close' | 'keys.copyId' | 'keys.pause'
	| 'keys.refresh' | 'keys.acknowledge' | 'keys.escalate' | 'keys.edit' | 'keys.formerRange' | 'keys.nextRange' | 'keys.help' | 'app.crash'
	| 'app.reload' | 'status.pending' | 'status.running' | 'status.waiting' | 'status.completed' | 'status.failed' | 'status.cancelled'
	| 'status.timedOut' | 'step.pending' | 'step.running' | 'step.retrying' | 'step.completed' | 'step.failed' | 'step.skipped' | 'prio.HIGH'
	| 'prio.NORMAL' | 'prio.LOW' | 'conn.live' | 'conn.replaying' | 'conn.offline' | 'conn.paused' | 'conn.noData' | 'conn.noChanges' | 'conn.retrying'
	| 'conn.retryNow' | 'chart.noData' | 'chart.csv' | 'chart.png' | 'chart.time' | 'chart.keys' | 'chart.keysZoom' | 'chart.delta.same'
	| 'chart.delta.unknown' | 'chart.delta.than' | 'health.healthy' | 'health.degraded' | 'health.failing' | 'health.unknown' | 'health.healthy.hint'
	| 'health.degraded.hint' | 'health.failing.hint' | 'health.unknown.hint' | 'wf.loading' | 'wf.unknown' | 'wf.state.draft' | 'wf.state.active'
	| 'wf.state.paused' | 'wf.state.archived' | 'wf.lastResults' | 'wf.executions' | 'wf.newRule' | 'wf.metric.successRate' | 'wf.metric.averageDuration'
	| 'wf.metric.p50' | 'wf.metric.p95' | 'wf.metric.p99' | 'wf.metric.total' | 'wf.how.successRate' | 'wf.how.averageDuration' | 'wf.how.p50'
	| 'wf.how.p95' | 'wf.how.p99' | 'wf.duration' | 'wf.degradedMark' | 'wf.throughput' | 'wf.bucket' | 'wf.per.hour' | 'wf.per.day' | 'wf.per.week'
	| 'wf.completed' | 'wf.failed' | 'wf.other' | 'wf.bottlenecks' | 'wf.noSteps' | 'wf.col.step' | 'wf.col.share' | 'wf.col.average' | 'wf.col.p95'
	| 'wf.col.wait' | 'wf.col.failures' | 'wf.col.deviation' | 'wf.asUsual' | 'wf.about' | 'wf.id' | 'wf.owner' | 'wf.instruction' | 'wf.schedule'
	| 'wf.workingDays' | 'wf.nextRun' | 'wf.versionNow' | 'wf.since' | 'wf.executionUrl' | 'wf.tags' | 'wf.notGiven' | 'wf.declared' | 'wf.degraded'
	| 'wf.none' | 'wf.noneHint' | 'wf.noMatch' | 'wf.searchHint' | 'wf.sort' | 'wf.sort.health' | 'wf.sort.name' | 'wf.sort.failedToday'
	| 'wf.sort.successRate' | 'wf.sort.p95' | 'wf.sort.last' | 'wf.sort.next' | 'wf.head.name' | 'wf.head.health' | 'wf.head.results' | 'wf.head.now'
	| 'wf.head.today' | 'wf.head.rate' | 'wf.head.p95' | 'wf.head.last' | 'wf.head.next' | 'wf.idle' | 'wf.noSchedule' | 'wf.notStarted' | 'wf.former'
	| 'widget.success_rate' | 'widget.execution_chart' | 'widget.performance_metrics' | 'widget.workflow_health' | 'widget.step_breakdown'
	| 'widget.course' | 'widget.noExecutions' | 'widget.noFinished' | 'chart.nothing' | 'range.label' | 'range.1h' | 'range.24h' | 'range.7d'
	| 'range.30d' | 'range.month' | 'range.custom' | 'range.from' | 'range.to' | 'conn.back' | 'conn.pause' | 'conn.resume' | 'list.title'
	| 'list.statusFilter' | 'list.search' | 'list.searchHint' | 'list.workflow' | 'list.allWorkflows' | 'list.client' | 'list.clientHint'
	| 'list.priority' | 'list.allPriorities' | 'list.from' | 'list.to' | 'list.clear' | 'list.filters' | 'list.table' | 'list.col.status'
	| 'list.col.workflow' | 'list.col.client' | 'list.col.step' | 'list.col.progress' | 'list.col.start' | 'list.col.time' | 'list.col.priority'
	| 'list.more' | 'list.fewer' | 'list.tag' | 'list.min' | 'list.max' | 'list.sort' | 'list.sort.-startedAt' | 'list.sort.startedAt'
	| 'list.sort.-duration' | 'list.sort.duration' | 'list.columns' | 'list.columnsUsual' | 'list.personal' | 'list.older' | 'list.loadingOlder'
	| 'list.loading' | 'list.empty' | 'list.emptyHint' | 'list.noMatch' | 'list.calm' | 'list.end' | 'exec.progress' | 'exec.currentStep'
	| 'exec.noCurrentStep' | 'exec.queued' | 'exec.started' | 'exec.finished' | 'exec.duration' | 'exec.elapsed' | 'exec.eta' | 'exec.deadline'
	| 'exec.client' | 'exec.priority' | 'exec.version' | 'exec.attempt' | 'exec.retryOf' | 'exec.tags' | 'exec.metadata' | 'exec.id' | 'exec.error'
	| 'exec.parts' | 'exec.details' | 'exec.back' | 'exec.notStarted' | 'exec.missing' | 'exec.missingHint' | 'exec.loading' | 'exec.noSteps'
	| 'exec.noStepsHint' | 'exec.stepsTitle' | 'exec.undeclared' | 'exec.interrupted' | 'exec.input' | 'exec.output' | 'exec.resources' | 'exec.noData'
	| 'exec.hidden' | 'exec.cut' | 'exec.copy' | 'exec.copied' | 'exec.copyFailed' | 'exec.cpu' | 'exec.memory' | 'exec.inputSize' | 'exec.outputSize'
	| 'exec.attempts' | 'exec.stepError' | 'exec.stack' | 'exec.copyId' | 'exec.tab.steps' | 'exec.tab.timeline' | 'exec.tab.data' | 'exec.tab.alerts'
	| 'exec.tab.audit' | 'exec.noAudit' | 'exec.openInEngine' | 'exec.evidence' | 'exec.owner' | 'exec.instruction' | 'reveal.open' | 'reveal.reason'
	| 'reveal.hint' | 'reveal.do' | 'reveal.hide' | 'payload.ofStep' | 'payload.step' | 'payload.previousStep' | 'payload.nextStep' | 'payload.mode'
	| 'payload.tree' | 'payload.text' | 'payload.search' | 'payload.previous' | 'payload.next' | 'payload.copyValue' | 'payload.copyPath'
	| 'payload.masked' | 'payload.foldText' | 'payload.showLarge' | 'timeline.title' | 'timeline.loading' | 'timeline.none' | 'timeline.noneHint'
	| 'timeline.total' | 'timeline.sum' | 'timeline.active' | 'timeline.waits' | 'timeline.queued' | 'timeline.why' | 'timeline.legendWait'
	| 'timeline.noAverage' | 'timeline.critical' | 'timeline.slowest' | 'timeline.notBegun' | 'timeline.start' | 'timeline.end' | 'timeline.wait'
	| 'timeline.share' | 'timeline.average' | 'timeline.same' | 'timeline.still' | 'timeline.close' | 'timeline.usual' | 'timeline.legendBand'
	| 'timeline.now' | 'timeline.chart' | 'timeline.tools' | 'timeline.zoom.in' | 'timeline.zoom.out' | 'timeline.zoom.earlier' | 'timeline.zoom.later'
	| 'timeline.zoom.reset' | 'timeline.table' | 'timeline.tableOf' | 'timeline.csv' | 'timeline.file' | 'timeline.col.name' | 'timeline.col.stepId'
	| 'timeline.col.status' | 'timeline.col.offset' | 'timeline.col.wait' | 'timeline.col.duration' | 'timeline.col.share' | 'timeline.col.attempts'
	| 'timeline.col.average' | 'timeline.col.p50' | 'timeline.col.p95' | 'timeline.col.runs' | 'timeline.col.deviation' | 'timeline.col.critical'
	| 'timeline.col.slowest' | 'timeline.col.notes' | 'state.error' | 'state.unreachable' | 'state.retry' | 'state.stale' | 'err.forbidden' | 'err.rate'
	| 'widget.unknown' | 'widget.loading' | 'widget.broken' | 'widget.forbidden' | 'widget.configure' | 'widget.maximise' | 'widget.duplicate'
	| 'widget.export' | 'widget.remove' | 'widget.open' | 'dash.loading' | 'dash.missing' | 'dash.toDefault' | 'dash.empty' | 'dash.addFirst'
	| 'dash.switch' | 'dash.ownRanges' | 'dash.ownWorkflows' | 'dash.isDefault' | 'dash.makeDefault' | 'dash.makeOffice' | 'dash.edit' | 'dash.editEnd'
	| 'dash.menu' | 'dash.new' | 'dash.rename' | 'dash.copy' | 'dash.share' | 'dash.remove' | 'dash.removeText' | 'dash.name' | 'dash.nameFault'
	| 'dash.create' | 'dash.template' | 'dash.template.empty' | 'dash.template.emptyAbout' | 'dash.template.monthEnd' | 'dash.template.monthEndAbout'
	| 'dash.template.administrator' | 'dash.template.administratorAbout' | 'dash.template.screen' | 'dash.template.screenAbout' | 'dash.add'
	| 'dash.types' | 'dash.compact' | 'dash.undo' | 'dash.save' | 'dash.saved' | 'dash.keys' | 'dash.drag' | 'dash.resize' | 'dash.title' | 'dash.limit'
	| 'dash.execution' | 'dash.usualRange' | 'dash.apply' | 'dash.leaveTitle' | 'dash.leaveText' | 'dash.stay' | 'dash.discard' | 'dash.conflictTitle'
	| 'dash.conflictText' | 'dash.theirs' | 'dash.mine' | 'widget.large' | 'dialog.close' | 'share.title' | 'share.text' | 'share.make' | 'share.renew'
	| 'share.renewHint' | 'share.withdraw' | 'share.link' | 'share.copy' | 'share.once' | 'share.since' | 'share.lastUsed' | 'widget.active_executions'
	| 'widget.failed_executions' | 'widget.alert_list' | 'widget.timeline' | 'widget.queue_status' | 'widget.resource_usage' | 'widget.system_health'
	| 'health.green' | 'health.yellow' | 'health.red' | 'queue.byPriority' | 'queue.next' | 'widget.noAlerts' | 'active.longest' | 'failed.none'
	| 'failed.noError' | 'app.newVersion' | 'app.refresh' | 'dash.fullScreen' | 'share.warning' | 'kiosk.refused' | 'kiosk.refusedHint'
	| 'kiosk.leaveTitle' | 'kiosk.leaveText' | 'kiosk.leave' | 'kiosk.paused' | 'missing.title' | 'missing.text' | 'missing.home' | 'login.title'
	| 'login.login' | 'login.password' | 'login.code' | 'login.codeHint' | 'login.submit' | 'login.working' | 'login.link' | 'login.paste'
	| 'login.useLink' | 'login.notLink' | 'login.linkRefused' | 'login.wrong' | 'login.wrongCode' | 'login.limited' | 'login.unreachable' | 'start.title'
	| 'start.lead' | 'start.complete' | 'start.close' | 'start.dismiss' | 'start.skip' | 'start.unskip' | 'start.copy' | 'start.state.done'
	| 'start.state.open' | 'start.state.bad' | 'start.state.locked' | 'start.state.unknown' | 'start.state.skipped' | 'start.administrator'
	| 'start.administratorLead' | 'start.office' | 'start.officeLead' | 'start.officeName' | 'start.zone' | 'start.mail' | 'start.mailLead'
	| 'start.address' | 'start.addressSave' | 'start.backup' | 'start.backupLead' | 'start.backupOff' | 'start.backupTonight' | 'start.backupLocked'
	| 'start.engine' | 'start.engineLead' | 'start.engineWaits' | 'start.engineHeard' | 'start.token' | 'start.tokenHint' | 'start.tokenName'
	| 'start.by.curl' | 'start.by.powershell' | 'start.by.n8n' | 'start.demo' | 'start.demoLead' | 'setup.title' | 'setup.lead' | 'setup.name'
	| 'setup.passwordHint' | 'setup.submit' | 'setup.working' | 'setup.refused' | 'nav.settings' | 'act.save' | 'act.cancel' | 'err.validation'
	| 'state.failed' | 'settings.parts' | 'settings.account' | 'settings.users' | 'settings.tokens' | 'settings.integrations' | 'settings.ping-keys'
	| 'settings.feed-keys' | 'settings.webhooks' | 'settings.scrapes' | 'settings.audit' | 'settings.office' | 'settings.data' | 'settings.forbidden'
	| 'settings.forbiddenHint' | 'settings.gone' | 'settings.stale' | 'settings.reload' | 'settings.saved' | 'settings.name' | 'settings.email'
	| 'settings.phone' | 'settings.organization' | 'settings.roles' | 'settings.clients' | 'role.viewer' | 'role.viewer.hint' | 'role.accountant'
	| 'role.accountant.hint' | 'role.workflow_admin' | 'role.workflow_admin.hint' | 'role.org_admin' | 'role.org_admin.hint' | 'role.auditor'
	| 'role.auditor.hint' | 'role.integration' | 'role.integration.hint' | 'role.appliance_admin' | 'role.appliance_admin.hint' | 'fault.login'
	| 'fault.name' | 'fault.email' | 'fault.phone' | 'fault.roles' | 'fault.clients' | 'fault.password' | 'fault.expiresAt' | 'fault.reason'
	| 'fault.executionIds' | 'fault.workflowId' | 'fault.schedule' | 'fault.events' | 'fault.secret' | 'fault.inner' | 'fault.address' | 'account.me'
	| 'account.meHint' | 'account.look' | 'account.password' | 'account.passwordHint' | 'account.presentPassword' | 'account.newPassword'
	| 'account.again' | 'account.differs' | 'account.changePassword' | 'account.passwordChanged' | 'account.totp' | 'account.totpOn' | 'account.totpOff'
	| 'account.totpEnable' | 'account.totpDisable' | 'account.totpSecret' | 'account.copySecret' | 'account.openApp' | 'account.totpLink'
	| 'account.codeHint' | 'account.totpConfirm' | 'account.codesHint' | 'account.copyCodes' | 'account.codesKept' | 'users.loading' | 'users.none'
	| 'users.new' | 'users.create' | 'users.active' | 'users.inactive' | 'users.totp' | 'users.allClients' | 'users.loginHint' | 'users.firstPassword'
	| 'users.firstPasswordHint' | 'users.clientsHint' | 'users.clientsOnly' | 'users.addClient' | 'users.access' | 'users.resetHint'
	| 'users.setPassword' | 'users.deactivate' | 'users.activate' | 'users.remove' | 'tokens.lead' | 'tokens.new' | 'tokens.create' | 'tokens.none'
	| 'tokens.noneHint' | 'tokens.name' | 'tokens.nameHint' | 'tokens.expiresAt' | 'tokens.expiresHint' | 'tokens.once' | 'tokens.copy' | 'tokens.kept'
	| 'tokens.neverUsed' | 'tokens.never' | 'tokens.expired' | 'tokens.revoke' | 'integrations.lead' | 'integrations.loading' | 'integrations.nothing'
	| 'integrations.last' | 'integrations.token' | 'integrations.key' | 'integrations.secretHint' | 'integrations.copy' | 'integrations.came'
	| 'integrations.cameNothing' | 'integrations.refresh' | 'integrations.accepted' | 'integrations.duplicate' | 'integrations.refused'
	| 'integrations.whole' | 'integrations.tryHint' | 'integrations.body' | 'integrations.tryDo' | 'ping.lead' | 'ping.new' | 'ping.create' | 'ping.name'
	| 'ping.nameHint' | 'ping.workflow' | 'ping.ofItsName' | 'ping.rhythm' | 'ping.daily' | 'ping.workdays' | 'ping.cron' | 'ping.time' | 'ping.grace'
	| 'ping.once' | 'ping.address' | 'ping.kept' | 'ping.guide' | 'ping.unscheduled' | 'feeds.lead' | 'feeds.emptyHint' | 'feeds.nameHint'
	| 'feeds.owner' | 'feeds.own' | 'feeds.calendar' | 'feeds.alerts' | 'feeds.runs' | 'feeds.deadlines' | 'ping.empty' | 'ping.emptyHint' | 'ping.none'
	| 'hooks.lead' | 'hooks.new' | 'hooks.none' | 'hooks.noneHint' | 'hooks.change' | 'hooks.pauseAsk' | 'hooks.test' | 'hooks.testing'
	| 'hooks.testTaken' | 'hooks.testFailed' | 'hooks.ok' | 'hooks.failed' | 'hooks.unreachable' | 'hooks.misconfigured' | 'hooks.secret_missing'
	| 'hooks.refusing' | 'hooks.off' | 'hooks.stoppedItself' | 'hooks.told' | 'hooks.skipped' | 'hooks.workflows' | 'hooks.outcomes' | 'hooks.events'
	| 'hooks.all' | 'hooks.resumed' | 'hooks.requested' | 'hooks.refused' | 'hooks.lapsed' | 'hooks.batch' | 'hooks.priority' | 'scrapes.lead'
	| 'scrapes.waiting' | 'scrapes.success' | 'scrapes.nameHint' | 'scrapes.interval' | 'scrapes.urlHint' | 'scrapes.preset' | 'scrapes.preset.postgres'
	| 'scrapes.preset.rabbitmq' | 'scrapes.preset.process' | 'scrapes.preset.other' | 'scrapes.exposed' | 'scrapes.exposedHint' | 'scrapes.as'
	| 'scrapes.asHint' | 'scrapes.labels' | 'scrapes.labelsHint' | 'scrapes.factor' | 'scrapes.factorHint' | 'scrapes.rate' | 'scrapes.rateHint'
	| 'scrapes.more' | 'scrapes.less' | 'scrapes.fault.name' | 'scrapes.fault.intervalSeconds' | 'scrapes.fault.metric' | 'scrapes.fault.as'
	| 'scrapes.fault.labels' | 'scrapes.fault.factor' | 'event.monitoring.login' | 'event.monitoring.login.failed' | 'event.monitoring.logout'
	| 'event.monitoring.user.' | 'event.monitoring.user.created' | 'event.monitoring.user.updated' | 'event.monitoring.user.deleted'
	| 'event.monitoring.user.password_changed' | 'event.monitoring.user.password_reset' | 'event.monitoring.user.totp_enrolled'
	| 'event.monitoring.user.totp_enabled' | 'event.monitoring.user.totp_disabled' | 'event.monitoring.token.' | 'event.monitoring.token.created'
	| 'event.monitoring.token.revoked' | 'event.monitoring.ping_key.' | 'event.monitoring.ping_key.created' | 'event.monitoring.ping_key.revoked'
	| 'event.monitoring.feed_key.' | 'event.monitoring.feed_key.created' | 'event.monitoring.feed_key.revoked' | 'event.monitoring.deadline.'
	| 'event.monitoring.deadline.rule.changed' | 'event.monitoring.deadline.rule.confirmed' | 'event.monitoring.deadline.client_rule.changed'
	| 'event.monitoring.deadline.filed' | 'event.monitoring.queue.' | 'event.monitoring.queue.prioritised' | 'event.monitoring.queue.boost_forbidden'
	| 'event.monitoring.queue.boost_allowed' | 'event.monitoring.workflow.scheduled' | 'event.monitoring.stepdata.viewed'
	| 'event.monitoring.subscription.created' | 'event.monitoring.metrics.exported' | 'event.monitoring.evidence.exported' | 'event.monitoring.audit.'
	| 'event.monitoring.audit.read' | 'event.monitoring.audit.exported' | 'event.monitoring.erasure.' | 'event.monitoring.erasure.requested'
	| 'event.monitoring.erasure.done' | 'event.monitoring.retention.run' | 'event.monitoring.backup.' | 'event.monitoring.backup.made'
	| 'event.monitoring.backup.failed' | 'event.monitoring.backup.restored' | 'event.monitoring.organization.created' | 'audit.loading' | 'audit.none'
	| 'audit.event' | 'audit.everyEvent' | 'audit.actor' | 'audit.everybody' | 'audit.system' | 'audit.erasedName' | 'audit.details' | 'audit.eventName'
	| 'audit.object' | 'audit.ip' | 'audit.number' | 'audit.hash' | 'audit.erased' | 'audit.proof' | 'audit.proofHint' | 'audit.verify'
	| 'audit.verifying' | 'audit.head' | 'audit.copyHead' | 'office.hint' | 'office.wrong' | 'office.cpuWarnPercent' | 'office.memWarnPercent'
	| 'office.diskWarnPercent' | 'office.queueWarnDepth' | 'office.stepDataDays' | 'office.rawMetricsDays' | 'office.executionsDays'
	| 'office.alertHistoryDays' | 'office.auditDays' | 'office.capture' | 'office.capture.off' | 'office.capture.sizes' | 'office.capture.masked'
	| 'office.capture.full' | 'office.captureReason' | 'office.captureReasonHint' | 'office.publicUrl' | 'office.publicUrlHint' | 'data.loading'
	| 'data.retention' | 'data.retentionHint' | 'data.stepData' | 'data.metrics' | 'data.executions' | 'data.audit' | 'data.last' | 'data.next'
	| 'data.neverRan' | 'data.removedNothing' | 'data.removed.executions' | 'data.removed.stepData' | 'data.removed.points' | 'data.removed.seriesDays'
	| 'data.removed.queueSnapshots' | 'data.removed.auditEntries' | 'data.dueNothing' | 'data.run' | 'data.runAsk' | 'data.ranWell' | 'erase.title'
	| 'erase.lead' | 'erase.what' | 'erase.client' | 'erase.executions' | 'erase.clientHint' | 'erase.ids' | 'erase.idsHint' | 'erase.whatMissing'
	| 'erase.reason' | 'erase.reasonHint' | 'erase.next' | 'erase.back' | 'erase.confirmTitle' | 'erase.confirmExecutions' | 'erase.forever'
	| 'erase.sure' | 'erase.do' | 'erase.working' | 'erase.done' | 'erase.runningHint' | 'erase.running' | 'erase.earlier' | 'erase.none'
	| 'erase.ofClient' | 'erase.ofExecutions' | 'erase.number' | 'erase.scope' | 'erase.by' | 'erase.requested' | 'erase.finished' | 'erase.erased'
	| 'erase.erasedNothing' | 'erase.erased.executions' | 'erase.erased.stepData' | 'erase.erased.filings' | 'erase.erased.clientRules'
	| 'erase.erased.auditDetails' | 'erase.erased.alerts' | 'erase.erased.messages' | 'erase.erased.views' | 'erase.remains' | 'erase.remains.backups'
	| 'erase.remains.freePages' | 'erase.remains.outside' | 'erase.remains.sums' | 'erase.remains.audit' | 'erase.copy' | 'erase.another'
	| 'role.step_data_revealer' | 'role.step_data_revealer.hint' | 'audit.filtered' | 'event.monitoring.session.revoked'
	| 'event.monitoring.settings.changed' | 'event.monitoring.stepdata.revealed' | 'event.monitoring.setup.used' | 'event.monitoring.setup.bootstrap'
	| 'data.alerts' | 'exec.removed' | 'exec.removedHint' | 'settings.backups' | 'settings.log' | 'office.limits' | 'office.linksUnset'
	| 'office.linksLost' | 'office.captureTitle' | 'office.captureLead' | 'office.captureOwn' | 'office.captureAdd' | 'office.captureSame' | 'office.add'
	| 'office.masking' | 'office.maskingLead' | 'office.maskKeys' | 'office.maskKeysHint' | 'office.patterns' | 'office.patternsHint' | 'office.mail'
	| 'escalation.title' | 'escalation.lead' | 'escalation.none' | 'escalation.add' | 'escalation.remove' | 'escalation.after' | 'escalation.channels'
	| 'escalation.channelsHint' | 'escalation.hours' | 'escalation.hoursHint' | 'escalation.fault.after' | 'escalation.fault.hours'
	| 'escalation.fault.channels' | 'morning.lead' | 'morning.recipients' | 'morning.recipientsHint' | 'morning.look' | 'morning.fault'
	| 'office.mailLead' | 'office.mailHost' | 'office.mailPort' | 'office.mailSecurity' | 'office.security.starttls' | 'office.security.tls'
	| 'office.security.none' | 'office.mailFrom' | 'office.mailUser' | 'office.mailUserHint' | 'office.mailRemove' | 'office.mailRemoveAsk'
	| 'office.sms' | 'office.smsLead' | 'office.smsUrl' | 'office.smsUrlHint' | 'office.smsSender' | 'office.smsSenderHint' | 'office.smsKey'
	| 'office.smsRemove' | 'office.smsRemoveAsk' | 'office.hostsOnly' | 'office.hostsLocked' | 'office.secretKept' | 'office.secretNone'
	| 'office.passwordRemove' | 'office.keyRemove' | 'office.secretMissing' | 'office.fault.host' | 'office.fault.port' | 'office.fault.security'
	| 'office.fault.text' | 'office.fault.url' | 'office.fault.hosts' | 'office.fault.reason' | 'office.fault.maskKeys' | 'backup.title' | 'backup.lead'
	| 'backup.off' | 'backup.none' | 'backup.state.verified' | 'backup.state.failed' | 'backup.state.away' | 'backup.now' | 'backup.making'
	| 'backup.nowHint' | 'storage.title' | 'storage.used' | 'storage.free' | 'storage.database' | 'storage.unused' | 'storage.growth' | 'storage.warning'
	| 'storage.critical' | 'storage.full' | 'storage.captureStopped' | 'storage.recordingStopped' | 'storage.unknown' | 'storage.steady' | 'storage.far'
	| 'storage.compact' | 'heartbeat.title' | 'heartbeat.lead' | 'heartbeat.off' | 'log.lead' | 'log.live' | 'log.pause' | 'log.resume' | 'log.refresh'
	| 'log.loading' | 'log.none' | 'log.level' | 'log.from.debug' | 'log.from.info' | 'log.from.warn' | 'log.from.error' | 'log.debug' | 'log.info'
	| 'log.warn' | 'log.error' | 'log.searchHint' | 'due.parts' | 'due.calendar' | 'due.rules' | 'due.loading' | 'due.ahead' | 'due.past' | 'due.month'
	| 'due.monthBefore' | 'due.monthAfter' | 'due.thisMonth' | 'due.type' | 'due.allTypes' | 'due.allClients' | 'due.endangered' | 'due.nothing'
	| 'due.isToday' | 'due.none' | 'due.noMatch' | 'due.calm' | 'due.over' | 'due.today' | 'due.once' | 'due.off.holiday' | 'due.off.sunday'
	| 'due.off.saturday' | 'due.off.other' | 'due.noRuns' | 'due.isFiled' | 'due.notFiled' | 'due.template' | 'due.confirmed' | 'due.templateLong'
	| 'due.capped' | 'due.toRule' | 'due.nominal' | 'due.due' | 'due.doBy' | 'due.forecast' | 'due.forecast.onTime' | 'due.forecast.atRisk'
	| 'due.forecast.late' | 'due.forecast.unknown' | 'due.reason.inTime' | 'due.reason.usualRunsEndLate' | 'due.reason.slowRunsEndLate'
	| 'due.reason.longerThanUsual' | 'due.reason.failedRuns' | 'due.reason.timeIsOver' | 'due.reason.nothingOpen' | 'due.reason.tooLittleData'
	| 'due.reason.queueStands' | 'due.reason.runsCapped' | 'due.exceptions' | 'due.rule' | 'due.clients' | 'due.clientsLoading' | 'due.clientsCapped'
	| 'due.noClients' | 'due.noClient' | 'due.clientState' | 'due.client.failed' | 'due.client.notStarted' | 'due.client.running'
	| 'due.client.completed' | 'due.client.filed' | 'due.noUpo' | 'due.runs' | 'due.file' | 'due.upo' | 'due.upoHint' | 'due.markFiled' | 'due.markHint'
	| 'due.fault.client' | 'due.fault.upo' | 'due.fault.past' | 'due.fault.number' | 'due.fault.name' | 'due.fault.reason' | 'due.evidence'
	| 'due.evidenceMaking' | 'due.evidenceHint' | 'due.rulesLoading' | 'due.ruleSearch' | 'due.ruleShown' | 'due.show.all' | 'due.show.template'
	| 'due.show.confirmed' | 'due.show.off' | 'due.noRules' | 'due.switchedOff' | 'due.ofOffice' | 'due.newTemplate' | 'due.whenDue' | 'due.who'
	| 'due.basis' | 'due.source' | 'due.confidence' | 'due.sure.S' | 'due.sure.M' | 'due.sure.U' | 'due.recheck' | 'due.note' | 'due.confirmedBy'
	| 'due.readOnly' | 'due.edit' | 'due.switchOn' | 'due.switchOff' | 'due.history' | 'due.change.changed' | 'due.change.confirmed' | 'due.confirm'
	| 'due.confirmAgain' | 'due.confirmHint' | 'due.confirmSource' | 'due.confirmSourceHint' | 'due.confirmUntil' | 'due.confirmUntilHint'
	| 'due.ruleName' | 'due.shift' | 'due.shift.nextBusinessDay' | 'due.shift.previousBusinessDay' | 'due.shift.none' | 'due.reason' | 'due.reasonHint'
	| 'due.editLoses' | 'due.dayType' | 'due.type.dayOfMonthAfterPeriod' | 'due.type.endOfMonthAfterPeriod' | 'due.type.fixedDate'
	| 'due.type.endOfMonth' | 'due.type.dayOfMonthInPeriod' | 'due.type.daysAfterPeriodEnd' | 'due.type.nthBusinessDayAfterPeriod' | 'due.type.date'
	| 'due.type.businessDaysAfterEvent' | 'due.type.daysAfterEvent' | 'due.type.monthsAfterEvent' | 'due.type.hoursAfterEvent' | 'due.number.months'
	| 'due.number.day' | 'due.number.month' | 'due.number.yearOffset' | 'due.number.days' | 'due.number.n' | 'due.number.hours' | 'due.number.date'
	| 'due.period.month' | 'due.period.quarter' | 'due.period.year' | 'due.period.fiscalYear' | 'due.period.once' | 'due.period.event'
	| 'due.exceptionsLead' | 'due.exceptionNew' | 'due.noExceptions' | 'due.notConcerned' | 'due.exceptionRemove' | 'due.exceptionKind'
	| 'due.exception.exempt' | 'due.exception.postponed' | 'due.ofPeriod' | 'due.ofPeriodHint' | 'due.newDay' | 'due.fault.postponed'
	| 'due.exception.day' | 'due.exception.fiscalYear' | 'due.fiscalYearEnd' | 'due.ground' | 'due.groundHint' | 'due.docRef' | 'due.docRefHint'
	| 'due.widget' | 'due.widgetEmpty' | 'time.justNow' | 'views.title' | 'views.copyLink' | 'views.loading' | 'views.none' | 'views.name' | 'views.save'
	| 'views.forOffice' | 'views.office' | 'views.fault' | 'views.removeNow' | 'nav.alerts' | 'alert.active' | 'alert.acknowledged' | 'alert.escalated'
	| 'alert.resolved' | 'sev.info' | 'sev.warning' | 'sev.error' | 'sev.critical' | 'chan.email' | 'chan.slack' | 'chan.sms' | 'chan.webhook'
	| 'chan.in_app' | 'op.gt' | 'op.gte' | 'op.lt' | 'op.lte' | 'op.eq' | 'op.ne' | 'alert.do.acknowledge' | 'alert.do.escalate' | 'alert.do.resolve'
	| 'transition.triggered' | 'transition.reminder' | 'transition.escalated' | 'transition.resolved' | 'transition.acknowledged' | 'transition.test'
	| 'transition.undelivered' | 'delivery.queued' | 'delivery.sending' | 'delivery.delivered' | 'delivery.retrying' | 'delivery.dead'
	| 'delivery.superseded' | 'unit.ms' | 'unit.s' | 'unit.min' | 'unit.h' | 'unit.percent' | 'alarm.legend' | 'alarm.notify' | 'alarm.sound'
	| 'alarm.refused' | 'inbox.title' | 'inbox.readAll' | 'inbox.empty' | 'inbox.new' | 'alerts.alerts' | 'alerts.rules' | 'alerts.silences'
	| 'alerts.outages' | 'alerts.deliveries' | 'alerts.parts' | 'alerts.loading' | 'alerts.calm' | 'alerts.noMatch' | 'alerts.closed' | 'alerts.late'
	| 'alerts.byItself' | 'alerts.statusFilter' | 'alerts.severityFilter' | 'alerts.back' | 'alerts.gone' | 'alerts.comment' | 'alerts.commentHint'
	| 'alerts.course' | 'alerts.comments' | 'alerts.noComments' | 'alerts.messages' | 'alerts.execution' | 'alerts.step' | 'alerts.triggered'
	| 'alerts.happened' | 'alerts.lastSeen' | 'alerts.nextEscalation' | 'alerts.rule' | 'alerts.ruleWas' | 'alerts.why.cleared' | 'alerts.why.expired'
	| 'alerts.why.rule_deleted' | 'alerts.why.rule_changed' | 'alerts.noneOfExecution' | 'deliveries.lead' | 'deliveries.state' | 'deliveries.all'
	| 'deliveries.loading' | 'deliveries.none' | 'deliveries.noMatch' | 'deliveries.digest' | 'deliveries.fallback' | 'deliveries.next'
	| 'deliveries.alert' | 'deliveries.resend' | 'delivery.why.expired' | 'delivery.why.resolved' | 'delivery.why.untold' | 'delivery.why.merged'
	| 'delivery.why.record_gone' | 'delivery.why.restored' | 'delivery.why.interrupted' | 'delivery.why.secret' | 'delivery.why.noMail'
	| 'delivery.why.noGateway' | 'delivery.why.refused' | 'delivery.why.noHost' | 'delivery.why.noNetwork' | 'delivery.why.noConnection'
	| 'delivery.why.noAnswer' | 'delivery.why.broke' | 'delivery.why.tls' | 'delivery.why.serverFailed' | 'delivery.why.denied' | 'delivery.why.notFound'
	| 'delivery.why.tooMany' | 'silences.lead' | 'silences.new' | 'silences.loading' | 'silences.none' | 'silences.planned' | 'silences.running'
	| 'silences.over' | 'silences.end' | 'silences.drop' | 'silences.aboutAll' | 'silences.rule' | 'silences.allRules' | 'silences.from'
	| 'silences.fromHint' | 'silences.to' | 'silences.toHint' | 'silences.reason' | 'silences.reasonHint' | 'silences.make' | 'mute.title' | 'mute.lead'
	| 'mute.new' | 'mute.none' | 'mute.days' | 'mute.day.1' | 'mute.day.2' | 'mute.day.3' | 'mute.day.4' | 'mute.day.5' | 'mute.day.6' | 'mute.day.0'
	| 'mute.toHint' | 'mute.daysOff' | 'mute.daysOffHint' | 'mute.daysOffAll' | 'mute.reasonHint' | 'mute.make' | 'mute.remove' | 'mute.fault.days'
	| 'mute.fault.hour' | 'outages.lead' | 'outages.new' | 'outages.loading' | 'outages.none' | 'outages.announced' | 'outages.cause'
	| 'outages.causeHint' | 'outages.reasonHint' | 'outages.untilHint' | 'outages.link' | 'outages.linkHint' | 'outages.make' | 'outages.fault.cause'
	| 'outages.fault.until' | 'outages.fault.link' | 'silenceFault.startsAt' | 'silenceFault.endsAt' | 'silenceFault.reason' | 'rules.new'
	| 'rules.loading' | 'rules.none' | 'rules.gone' | 'rules.builtin' | 'rules.on' | 'rules.off' | 'rules.delete' | 'rules.deleteHint' | 'rules.create'
	| 'rules.whenLegend' | 'rules.when' | 'rules.anyWorkflow' | 'rules.type' | 'rules.typeStays' | 'rules.type.execution_failed'
	| 'rules.type.consecutive_failures' | 'rules.type.high_error_rate' | 'rules.type.slow_execution' | 'rules.type.execution_timeout'
	| 'rules.type.queue_backlog' | 'rules.type.resource_threshold' | 'rules.type.custom' | 'rules.and' | 'rules.andMore' | 'rules.removeCondition'
	| 'rules.inRow' | 'rules.consecutive' | 'rules.within' | 'rules.operator' | 'rules.threshold' | 'rules.unit' | 'rules.metric' | 'rules.inWindow'
	| 'rules.forWindow' | 'rules.window' | 'rules.ofSample' | 'rules.sample' | 'rules.meta' | 'rules.metaKey' | 'rules.otherSeries' | 'rules.seriesName'
	| 'rules.tell' | 'rules.chanHint.in_app' | 'rules.chanHint.email' | 'rules.chanHint.sms' | 'rules.chanHint.slack' | 'rules.chanHint.webhook'
	| 'rules.email.to' | 'rules.sms.to' | 'rules.slack.webhookUrl' | 'rules.webhook.url' | 'rules.webhook.secret' | 'rules.hint.email.to'
	| 'rules.hint.sms.to' | 'rules.hint.slack.webhookUrl' | 'rules.hint.webhook.url' | 'rules.hint.webhook.secret' | 'rules.dropSecret' | 'rules.urgency'
	| 'rules.as' | 'rules.severity' | 'rules.notMoreOften' | 'rules.cooldown' | 'rules.name' | 'rules.nameHint' | 'rule.anywhere' | 'rule.by.email'
	| 'rule.by.slack' | 'rule.by.sms' | 'rule.by.webhook' | 'rule.by.in_app' | 'rule.failed' | 'rule.and' | 'metric.errorRate' | 'metric.pending'
	| 'metric.oldestAgeSeconds' | 'metric.cpu' | 'metric.memory' | 'metric.disk' | 'metric.db_connections' | 'metric.queue_depth' | 'metric.duration'
	| 'metric.waitSeconds' | 'metric.progress' | 'metric.stepCount' | 'metric.failedSteps' | 'metric.retryCount' | 'metric.inputBytes'
	| 'metric.outputBytes' | 'builtin.deadline_at_risk' | 'builtin.queue_misses_deadline' | 'builtin.missed_run' | 'builtin.engine_silent'
	| 'builtin.longer_than_usual' | 'builtin.channel_broken' | 'ruleFault.alertName' | 'ruleFault.cooldownMinutes' | 'ruleFault.threshold'
	| 'ruleFault.metric' | 'ruleFault.consecutiveCount' | 'ruleFault.timeWindowMinutes' | 'ruleFault.minSample' | 'ruleFault.notificationChannels'
	| 'ruleFault.email.to' | 'ruleFault.sms.to' | 'ruleFault.slack.webhookUrl' | 'ruleFault.webhook.secret' | 'backtest.title' | 'backtest.working'
	| 'backtest.incomplete' | 'ruleTest.title' | 'ruleTest.hint' | 'ruleTest.send' | 'presets.use' | 'event.monitoring.alert.'
	| 'event.monitoring.alert.created' | 'event.monitoring.alert.updated' | 'event.monitoring.alert.deleted' | 'event.monitoring.alert.triggered'
	| 'event.monitoring.alert.suppressed' | 'event.monitoring.alert.acknowledged' | 'event.monitoring.alert.escalated'
	| 'event.monitoring.alert.resolved' | 'event.monitoring.alert.tested' | 'event.monitoring.silence.created' | 'event.monitoring.silence.deleted'
	| 'event.monitoring.notification.' | 'event.monitoring.notification.sent' | 'event.monitoring.notification.failed'
	| 'event.monitoring.notification.resent' | 'event.monitoring.webhook.' | 'event.monitoring.webhook.created' | 'event.monitoring.webhook.updated'
	| 'event.monitoring.webhook.deleted' | 'event.monitoring.webhook.tested' | 'event.monitoring.session.ended' | 'event.monitoring.error.viewed'
	| 'event.monitoring.outage.created' | 'event.monitoring.outage.ended' | 'event.monitoring.dashboard.' | 'event.monitoring.dashboard.created'
	| 'event.monitoring.dashboard.updated' | 'event.monitoring.dashboard.deleted' | 'event.monitoring.dashboard.shared'
	| 'event.monitoring.dashboard.unshared' | 'event.monitoring.dashboard.viewed' | 'event.monitoring.view.' | 'event.monitoring.view.created'
	| 'event.monitoring.view.updated' | 'event.monitoring.view.deleted',
	null
> &
	Record<'queue.warned' | 'queue.warnedStill', { n: number; threshold: string | number }> &
	Record<
	| 'queue.count' | 'queue.processing' | 'queue.perMinute' | 'report.more' | 'report.daysLeft' | 'report.alerts' | 'find.count' | 'app.newFailures'
	| 'conn.retryIn' | 'wf.n' | 'wf.bottlenecksOf' | 'wf.bottlenecksCapped' | 'wf.count' | 'wf.runs' | 'wf.failedRuns' | 'widget.moreWorkflows'
	| 'schedule.everyMinutes' | 'conn.pausedBanner' | 'list.count' | 'list.new' | 'exec.steps' | 'exec.moreSteps' | 'payload.hits'
	| 'payload.maskedCount' | 'payload.parts' | 'payload.moreLines' | 'payload.wholeText' | 'timeline.legendAverage' | 'widget.paused' | 'share.screens'
	| 'active.count' | 'failed.count' | 'kiosk.moreCritical' | 'users.count' | 'users.someClients' | 'integrations.tried' | 'hooks.waiting'
	| 'hooks.more' | 'scrapes.values' | 'audit.ok' | 'audit.dropped' | 'audit.erasedCount' | 'backup.kept' | 'storage.forecast' | 'due.endangeredCount'
	| 'due.count' | 'due.left' | 'due.runsCompleted' | 'due.runsFailed' | 'due.filedClients' | 'due.unconfirmed' | 'due.clientRules' | 'due.corrected'
	| 'due.rulesUnconfirmed' | 'due.day.daysAfter' | 'due.day.businessAfterEvent' | 'due.day.daysAfterEvent' | 'due.day.monthsAfterEvent'
	| 'due.day.hoursAfterEvent' | 'due.otherDays' | 'time.d' | 'time.dAgo' | 'alarm.announced' | 'inbox.unread' | 'alerts.trouble' | 'alerts.new'
	| 'alerts.open' | 'alerts.times' | 'deliveries.attempts' | 'silences.hours' | 'rules.cooldownIs' | 'rules.moreOfType' | 'rule.inRow' | 'backtest.try'
	| 'backtest.runs' | 'backtest.runsCapped' | 'presets.title',
	{ n: number }
> &
	Record<
	| 'queue.about' | 'queue.currentWait' | 'conn.offlineSince' | 'schedule.daily' | 'schedule.workweek' | 'schedule.on.sun' | 'schedule.on.mon'
	| 'schedule.on.tue' | 'schedule.on.wed' | 'schedule.on.thu' | 'schedule.on.fri' | 'schedule.on.sat' | 'exec.usual' | 'reveal.shown'
	| 'timeline.foldOf' | 'widget.dataFrom' | 'kiosk.updated' | 'kiosk.dataFrom' | 'start.backupLast' | 'tokens.created' | 'tokens.used'
	| 'tokens.expires' | 'office.captureUntil' | 'office.captureOver' | 'backup.took' | 'log.paused' | 'due.expected',
	{ time: string | number }
> &
	Record<
	| 'queue.rate15' | 'queue.threshold' | 'resources.every' | 'chart.perMinute' | 'chart.sampled' | 'chart.pp' | 'wf.grace' | 'wf.of' | 'exec.more'
	| 'exec.attemptN' | 'resources.everyShort' | 'integrations.counted' | 'integrations.repeated' | 'integrations.ignored' | 'integrations.turnedAway'
	| 'integrations.place' | 'scrapes.every' | 'scrapes.metric' | 'escalation.level' | 'due.runsRunning' | 'due.day.businessAfter' | 'time.ms' | 'time.s'
	| 'time.min' | 'time.h' | 'time.sAgo' | 'time.minAgo' | 'time.hAgo' | 'alerts.count' | 'alerts.level',
	{ n: string | number }
> &
	Record<'queue.first', { all: string | number; n: string | number }> &
	Record<
	| 'queue.forbidden' | 'chart.delta.better' | 'chart.delta.worse' | 'chart.delta.more' | 'chart.delta.less' | 'wf.slower' | 'wf.faster'
	| 'wf.degradedP95' | 'wf.degradedRate',
	{ by: string | number }
> &
	Record<'queue.prioritiseWhat' | 'keys.copied' | 'state.requestId' | 'deliveries.user', { id: string | number }> &
	Record<
	| 'resources.recent' | 'timeline.details' | 'dash.copyName' | 'dash.removeTitle' | 'dash.removed' | 'dash.configure' | 'start.signedIn'
	| 'users.passwordSet' | 'users.deactivateAsk' | 'users.removeAsk' | 'tokens.made' | 'tokens.revokeAsk' | 'integrations.source' | 'ping.made'
	| 'ping.revokeAsk' | 'feeds.revokeAsk' | 'hooks.removeAsk' | 'scrapes.removeAsk' | 'due.evidenceMade' | 'views.replace' | 'views.rename'
	| 'views.share' | 'views.remove' | 'alarm.title' | 'rules.switch' | 'rules.deleteAsk' | 'rule.within',
	{ name: string | number }
> &
	Record<'resources.threshold' | 'chart.threshold', { value: string | number }> &
	Record<
	| 'report.night' | 'timeline.between' | 'timeline.extent' | 'silences.span' | 'mute.hours' | 'mute.hoursOver',
	{ from: string | number; to: string | number }
> &
	Record<
	| 'report.client' | 'users.removeClient' | 'erase.confirmClient' | 'due.runsOf' | 'due.fileFor' | 'due.filedNow' | 'due.exceptionAsk',
	{ client: string | number }
> &
	Record<'report.failedAt' | 'report.waitingSince', { at: string | number }> &
	Record<'report.backup', { age: string | number; at: string | number }> &
	Record<'report.backupProblem', { why: string | number }> &
	Record<'find.all', { text: string | number }> &
	Record<'conn.dataFrom' | 'backup.good' | 'backup.late' | 'backup.old', { age: string | number; time: string | number }> &
	Record<'chart.ticks', { label: string | number; results: string | number }> &
	Record<'wf.export' | 'audit.export', { format: string | number }> &
	Record<'wf.how', { metric: string | number }> &
	Record<'wf.version', { version: string | number }> &
	Record<'wf.degradedSince', { since: string | number }> &
	Record<'wf.degradedHow', { week: string | number; weeks: string | number }> &
	Record<'wf.healthy', { n: number; well: string | number }> &
	Record<'widget.lastBucket' | 'outages.open', { from: string | number }> &
	Record<'widget.shareOf' | 'widget.failedShare', { share: string | number }> &
	Record<'schedule.monthly', { day: string | number; time: string | number }> &
	Record<'schedule.hourly', { minute: string | number }> &
	Record<'list.countCapped', { count: string | number }> &
	Record<'exec.stepOf', { done: string | number; total: string | number }> &
	Record<'exec.stepsDone' | 'due.clientsDone', { done: string | number; n: number }> &
	Record<'exec.cutOf' | 'payload.large', { size: string | number }> &
	Record<'payload.hitOf', { all: string | number; nth: string | number }> &
	Record<'timeline.averageOf' | 'timeline.fold', { n: number; time: string | number }> &
	Record<'timeline.longer' | 'timeline.shorter', { percent: string | number }> &
	Record<'timeline.exactly', { n: string | number; time: string | number }> &
	Record<'widget.unknownType', { type: string | number }> &
	Record<'widget.menu', { title: string | number }> &
	Record<'dash.place', { column: string | number; height: string | number; name: string | number; row: string | number; width: string | number }> &
	Record<'share.expires' | 'erase.until' | 'due.actBy' | 'due.until', { date: string | number }> &
	Record<'kiosk.turn', { at: string | number; count: string | number }> &
	Record<'start.link' | 'start.progress', { all: string | number; done: string | number }> &
	Record<'start.addressHint' | 'silences.aboutRule', { rule: string | number }> &
	Record<'integrations.example', { language: string | number; n: string | number }> &
	Record<'integrations.try', { path: string | number }> &
	Record<'audit.broken', { entry: string | number }> &
	Record<'data.due', { executions: string | number; stepData: string | number }> &
	Record<'data.ranBadly' | 'backup.lastFailed', { error: string | number }> &
	Record<'office.fault.maskKey', { key: string | number }> &
	Record<'backup.sizes', { database: string | number; file: string | number }> &
	Record<'backup.made', { name: string | number; size: string | number }> &
	Record<'heartbeat.waiting', { every: string | number; host: string | number }> &
	Record<'heartbeat.heard', { age: string | number; every: string | number; host: string | number }> &
	Record<'heartbeat.unheard', { host: string | number; n: number }> &
	Record<'due.calendarOf' | 'due.ofMonth' | 'due.day.endOf' | 'due.yearEnds', { month: string | number }> &
	Record<'due.ofQuarter', { quarter: string | number; year: string | number }> &
	Record<'due.ofYear', { year: string | number }> &
	Record<'due.shifted', { date: string | number; reason: string | number }> &
	Record<'due.upoIs', { upo: string | number }> &
	Record<'due.filedBy' | 'due.confirmedWhen', { time: string | number; who: string | number }> &
	Record<'due.period.months' | 'due.period.monthsOfQuarter' | 'due.day.endOfMonthAfter', { months: string | number }> &
	Record<'due.day.nextMonth' | 'due.day.inPeriod', { day: string | number }> &
	Record<'due.day.monthAfter', { day: string | number; months: string | number }> &
	Record<'due.day.fixed', { day: string | number; month: string | number }> &
	Record<'due.day.fixedLater', { day: string | number; month: string | number; years: string | number }> &
	Record<'due.day.endOfLater', { month: string | number; years: string | number }> &
	Record<'inbox.undelivered', { target: string | number }> &
	Record<'silences.aboutWorkflow', { workflow: string | number }> &
	Record<'silences.aboutBoth', { rule: string | number; workflow: string | number }> &
	Record<'mute.zone', { zone: string | number }> &
	Record<'outages.endedBy', { by: string | number; ended: string | number }> &
	Record<'rule.whenWithin', { when: string | number; where: string | number }> &
	Record<'rule.when', { when: string | number }> &
	Record<'rule.sentence', { by: string | number; said: string | number }> &
	Record<'rule.rate', { limit: string | number; sample: string | number; sign: string | number; window: string | number }> &
	Record<'rule.slow' | 'rule.fast' | 'rule.timeout', { limit: string | number }> &
	Record<'rule.for', { said: string | number; window: string | number }> &
	Record<'backtest.would', { days: string | number; n: number }>;
