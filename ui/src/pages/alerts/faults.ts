import { ApiError } from '../../api/http';
import { addressFault } from '../../forms/sending';
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
	'webhook.secret',
] as const;

/** The sentence for a control of a rule that is wrong; the server's own words, which are English, where there is none. */
export function ruleFault(name: string, message: string, t: Translate): string {
	if (name === 'webhook.url') return addressFault(message, t);
	const known = RULE_FAULTS.find((one) => one === name.split(' ')[0]);
	return known === undefined ? message : t(`ruleFault.${known}`);
}

type Faults<Name extends string> = Partial<Record<Name, string>>;

/** The sentences for the controls that an error names; at says where a control stands in what was sent. */
function named<Name extends string>(error: unknown, sentences: Readonly<Record<Name, string>>, at = 'body.'): Faults<Name> {
	if (!(error instanceof ApiError)) return {};
	const wrong = Object.keys(sentences).filter((name) => error.fields.some(({ location }) => location === at + name));
	return Object.fromEntries(wrong.map((name) => [name, sentences[name as Name]])) as Faults<Name>;
}

/** What is wrong with a silence, by the names of its controls. */
export function silenceFaults(error: unknown, t: Translate): Faults<'startsAt' | 'endsAt' | 'reason'> {
	return named(error, {
		startsAt: t('silenceFault.startsAt'),
		endsAt: t('silenceFault.endsAt'),
		reason: t('silenceFault.reason'),
	});
}

export function outageFaults(error: unknown, t: Translate): Faults<'cause' | 'until' | 'reason' | 'link'> {
	return named(error, {
		cause: t('outages.fault.cause'),
		until: t('outages.fault.until'),
		reason: t('silenceFault.reason'),
		link: t('outages.fault.link'),
	});
}

/** What is wrong with the mute window at a place among the settings. */
export function muteFaults(
	error: unknown,
	place: number,
	t: Translate,
): Faults<'weekdays' | 'fromMinute' | 'toMinute' | 'reason'> {
	return named(
		error,
		{
			weekdays: t('mute.fault.days'),
			fromMinute: t('mute.fault.hour'),
			toMinute: t('mute.fault.hour'),
			reason: t('silenceFault.reason'),
		},
		`body.muteWindows[${place}].`,
	);
}
