/** What the audit notes, in the order of the choice: areas (they end with a dot) before what belongs to them. */
export const AUDIT_EVENTS = [
	'monitoring.login',
	'monitoring.login.failed',
	'monitoring.logout',
	'monitoring.session.revoked',
	'monitoring.user.',
	'monitoring.user.created',
	'monitoring.user.updated',
	'monitoring.user.deleted',
	'monitoring.user.password_changed',
	'monitoring.user.password_reset',
	'monitoring.user.totp_enrolled',
	'monitoring.user.totp_enabled',
	'monitoring.user.totp_disabled',
	'monitoring.token.',
	'monitoring.token.created',
	'monitoring.token.revoked',
	'monitoring.deadline.',
	'monitoring.deadline.rule.changed',
	'monitoring.deadline.rule.confirmed',
	'monitoring.deadline.client_rule.changed',
	'monitoring.deadline.filed',
	'monitoring.queue.',
	'monitoring.queue.prioritised',
	'monitoring.queue.boost_forbidden',
	'monitoring.queue.boost_allowed',
	'monitoring.settings.changed',
	'monitoring.stepdata.viewed',
	'monitoring.stepdata.revealed',
	'monitoring.subscription.created',
	'monitoring.metrics.exported',
	'monitoring.evidence.exported',
	'monitoring.audit.',
	'monitoring.audit.read',
	'monitoring.audit.exported',
	'monitoring.erasure.',
	'monitoring.erasure.requested',
	'monitoring.erasure.done',
	'monitoring.retention.run',
	'monitoring.backup.',
	'monitoring.backup.made',
	'monitoring.backup.failed',
	'monitoring.backup.restored',
	'monitoring.organization.created',
	'monitoring.setup.used',
	'monitoring.setup.bootstrap',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

export function isAuditEvent(name: string): name is AuditEvent {
	return AUDIT_EVENTS.some((event) => event === name);
}

/** Whether an event is shown below its area in the choice. */
export function belongsToArea(event: AuditEvent): boolean {
	return AUDIT_EVENTS.some((area) => area.endsWith('.') && area !== event && event.startsWith(area));
}
