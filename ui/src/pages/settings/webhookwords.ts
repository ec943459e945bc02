import { EVENT_KINDS, EVENTS, type EventKind, type HookEvent } from '../../api/webhooks';
import type { PlainKey, Translate } from '../../i18n/translate';

/** The kinds of events. */
export const KIND_WORDS = {
	execution: 'nav.executions',
	step: 'exec.stepsTitle',
	alert: 'nav.alerts',
	priority: 'hooks.priority',
} as const satisfies Record<EventKind, PlainKey>;

/** Events within their kinds. */
export const EVENT_WORDS = {
	'execution.queued': 'status.pending',
	'execution.started': 'exec.started',
	'execution.progress': 'exec.progress',
	'execution.waiting': 'status.waiting',
	'execution.resumed': 'hooks.resumed',
	'execution.completed': 'status.completed',
	'execution.failed': 'status.failed',
	'execution.cancelled': 'status.cancelled',
	'step.started': 'exec.started',
	'step.progress': 'exec.progress',
	'step.completed': 'step.completed',
	'step.failed': 'step.failed',
	'step.skipped': 'step.skipped',
	'step.retrying': 'step.retrying',
	'alert.triggered': 'transition.triggered',
	'alert.reminder': 'transition.reminder',
	'alert.acknowledged': 'transition.acknowledged',
	'alert.escalated': 'transition.escalated',
	'alert.resolved': 'transition.resolved',
	'priority.requested': 'hooks.requested',
	'priority.acknowledged': 'transition.acknowledged',
	'priority.refused': 'hooks.refused',
	'priority.lapsed': 'hooks.lapsed',
	'webhook.test': 'transition.test',
	'webhook.skipped': 'hooks.skipped',
} as const satisfies Record<HookEvent, PlainKey>;

/** An event by its kind, as in "Wykonania: Nieudane"; its name where there is no word for it. */
export function eventInWords(name: string, t: Translate): string {
	const word = name in EVENT_WORDS ? t(EVENT_WORDS[name as HookEvent]) : name;
	const kind = EVENT_KINDS.find((one) => name.startsWith(`${one}.`));
	return kind === undefined ? word : `${t(KIND_WORDS[kind])}: ${word}`;
}

/** What a program is told of, by kind. */
export function eventsInWords(events: readonly string[], t: Translate): string {
	if (events.includes('*')) return t('hooks.all');
	return EVENT_KINDS.flatMap((kind) => {
		if (events.includes(`${kind}.*`)) return t(KIND_WORDS[kind]);
		const some = EVENTS.filter((name) => name.startsWith(`${kind}.`) && events.includes(name));
		return some.length === 0 ? [] : `${t(KIND_WORDS[kind])}: ${some.map((name) => t(EVENT_WORDS[name])).join(', ')}`;
	}).join('; ');
}
