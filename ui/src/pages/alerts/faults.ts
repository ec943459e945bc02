import { ApiError } from '../../api/http';
import type { Translate } from '../../i18n/translate';

const RULE_FAULTS = [
	'alertName',
	'cooldownMinutes',
	'threshold',
	'metric',
	'consecutiveCount',
	'timeWindowMinutes',
	'minSample',
	'notificationChannels',
	'email.to',
	'sms.to',
	'slack.webhookUrl',
	'webhook.url',
	'webhook.secret',
] as const;

/** The sentence for a control of a rule that is wrong; the server's own words, which are English, where there is none. */
export function ruleFault(name: string, message: string, t: Translate): string {
	if (name === 'webhook.url' && message.includes('--webhook-allow')) return t('ruleFault.inner');
	const known = RULE_FAULTS.find((one) => one === name.split(' ')[0]);
	return known === undefined ? message : t(`ruleFault.${known}`);
}

/** What is wrong with a silence, by the names of its controls. */
export function silenceFaults(error: unknown, t: Translate): Partial<Record<'startsAt' | 'endsAt' | 'reason', string>> {
	if (!(error instanceof ApiError)) return {};
	const wrong = (name: string) => error.fields.some(({ location }) => location === `body.${name}`);
	return {
		...(wrong('startsAt') ? { startsAt: t('silenceFault.startsAt') } : {}),
		...(wrong('endsAt') ? { endsAt: t('silenceFault.endsAt') } : {}),
		...(wrong('reason') ? { reason: t('silenceFault.reason') } : {}),
	};
}
