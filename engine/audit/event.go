package audit

// The events that are noted; each name begins with "monitoring.". What an event is about is its object; the details are listed behind it.
// Passwords, secrets, contact data and the contents of steps are in none.
const (
	// Users: object user.

	UserCreated     = "monitoring.user.created"          // login, roles
	UserUpdated     = "monitoring.user.updated"          // changes: {field: {old, new}}; of contacts only whether there is one; newPassword
	UserDeleted     = "monitoring.user.deleted"          // login
	PasswordChanged = "monitoring.user.password_changed" // by the user
	PasswordReset   = "monitoring.user.password_reset"   // without the present one
	FactorEnrolled  = "monitoring.user.totp_enrolled"    // not asked for yet
	FactorEnabled   = "monitoring.user.totp_enabled"
	FactorDisabled  = "monitoring.user.totp_disabled"
	SessionsRevoked = "monitoring.session.revoked" // sessions: ids that a change of the user has ended

	// Sessions: object session, of a failure the user whose account it is.

	Login       = "monitoring.login"
	LoginFailed = "monitoring.login.failed" // count, addresses, suppressed: how many of the count were held back until this entry
	Logout      = "monitoring.logout"
	// SessionEnded is by nobody: reason (idle, age, or limit of sessions), userId, endedAt.
	SessionEnded = "monitoring.session.ended"

	// Tokens, keys of scripts and feeds, and organisations: object token, ping_key, feed_key or organization; of the set-up link the first administrator.

	TokenCreated        = "monitoring.token.created"    // name, roles, expiresAt
	TokenRevoked        = "monitoring.token.revoked"    // name
	PingKeyCreated      = "monitoring.ping_key.created" // name, workflowId
	PingKeyRevoked      = "monitoring.ping_key.revoked" // name, workflowId
	FeedKeyCreated      = "monitoring.feed_key.created" // name, ownerId
	FeedKeyRevoked      = "monitoring.feed_key.revoked" // name, ownerId; also with its owner
	OrganizationCreated = "monitoring.organization.created"
	SetupUsed           = "monitoring.setup.used"      // login, roles
	Bootstrapped        = "monitoring.setup.bootstrap" // name, roles: FLOWWATCH_BOOTSTRAP_TOKEN made the token at the first start

	// Workflows: object workflow.

	WorkflowScheduled = "monitoring.workflow.scheduled" // cron, graceMinutes, workingDaysOnly

	// The queue: object execution.

	Prioritised    = "monitoring.queue.prioritised" // priority, former, reason
	BoostForbidden = "monitoring.queue.boost_forbidden"
	BoostAllowed   = "monitoring.queue.boost_allowed"

	// Deadlines: object deadline_rule, of exceptions and filings the client.

	RuleChanged       = "monitoring.deadline.rule.changed"
	RuleConfirmed     = "monitoring.deadline.rule.confirmed"
	ClientRuleChanged = "monitoring.deadline.client_rule.changed"
	Filed             = "monitoring.deadline.filed" // rule, period, upo

	// Alerts: object alert, of rules alert_rule, of silences silence, of outages outage. Addresses are in none.

	AlertCreated       = "monitoring.alert.created"      // alertId, alertType, conditions
	AlertUpdated       = "monitoring.alert.updated"      // alertId, changes: {field: {old, new}}; of channels only that they changed
	AlertDeleted       = "monitoring.alert.deleted"      // alertId, alertName
	AlertTriggered     = "monitoring.alert.triggered"    // alertId, executionId, severity
	AlertSuppressed    = "monitoring.alert.suppressed"   // executionId, until; once in a cooldown
	AlertAcknowledged  = "monitoring.alert.acknowledged" // alertId, userId; by link: recipient
	AlertEscalated     = "monitoring.alert.escalated"    // alertId, level
	AlertResolved      = "monitoring.alert.resolved"     // alertId, why
	AlertTested        = "monitoring.alert.tested"       // alertId
	SilenceCreated     = "monitoring.silence.created"    // alertId, workflowId, endsAt, reason
	SilenceDeleted     = "monitoring.silence.deleted"
	OutageCreated      = "monitoring.outage.created"      // cause, since, until, reason
	OutageEnded        = "monitoring.outage.ended"        // cause, since, until
	NotificationSent   = "monitoring.notification.sent"   // channel, transition
	NotificationFailed = "monitoring.notification.failed" // channel, transition, error
	NotificationResent = "monitoring.notification.resent" // channel; of a webhook's delivery its object is the webhook

	// Subscriptions to outgoing events: object webhook. Addresses and secrets are in none.

	WebhookCreated = "monitoring.webhook.created" // name, events, workflowIds, isActive
	WebhookUpdated = "monitoring.webhook.updated" // changes: {field: {old, new}}; of the address only that it changed; why: it was switched off by itself
	WebhookDeleted = "monitoring.webhook.deleted" // name
	WebhookTested  = "monitoring.webhook.tested"

	// Dashboards: object dashboard.

	DashboardCreated  = "monitoring.dashboard.created"  // dashboardId, widgets: [{id, type}]
	DashboardUpdated  = "monitoring.dashboard.updated"  // dashboardId, changes: {field: {old, new}}; of widgets the ids: added, removed, moved, changed
	DashboardDeleted  = "monitoring.dashboard.deleted"  // dashboardId, name
	DashboardShared   = "monitoring.dashboard.shared"   // dashboardId, expiresAt, rotated
	DashboardUnshared = "monitoring.dashboard.unshared" // dashboardId
	DashboardViewed   = "monitoring.dashboard.viewed"   // dashboardId, owner; of somebody else's, at most once in five minutes

	// Saved views: object view. Neither their name nor what they ask for, which may name a client.

	ViewCreated = "monitoring.view.created" // viewId, page, shared
	ViewUpdated = "monitoring.view.updated" // viewId, fields: names of those that changed, shared
	ViewDeleted = "monitoring.view.deleted" // viewId, page, shared

	// Settings: object settings.

	SettingsChanged = "monitoring.settings.changed" // changes: {field: {old, new}}; of secrets whether they were set, changed or removed

	// Keeping and erasing data.

	RetentionRun     = "monitoring.retention.run"
	ErasureRequested = "monitoring.erasure.requested"
	ErasureDone      = "monitoring.erasure.done"

	// Backups.

	BackupMade     = "monitoring.backup.made"
	BackupFailed   = "monitoring.backup.failed"
	BackupRestored = "monitoring.backup.restored"

	// Reading. All but the exports are noted at most once in five minutes for the same actor and object.

	MetricsExported  = "monitoring.metrics.exported"     // object workflow: format, start, end
	EvidenceExported = "monitoring.evidence.exported"    // object execution or obligation
	StepDataViewed   = "monitoring.stepdata.viewed"      // object execution: step
	ErrorViewed      = "monitoring.error.viewed"         // object execution: step, stack: whether there was one; whole errors, as only some roles see them
	StepDataRevealed = "monitoring.stepdata.revealed"    // object execution: step, fields, reason; each time, before anything is shown
	Subscribed       = "monitoring.subscription.created" // object subscription: userId, subscriptionType
	Read             = "monitoring.audit.read"           // object audit
	Exported         = "monitoring.audit.exported"       // object audit: the filter
)

// ObjectDashboard is the type of object that entries about dashboards have.
const ObjectDashboard = "dashboard"

// ObjectView is the type of object that entries about saved views have.
const ObjectView = "view"
