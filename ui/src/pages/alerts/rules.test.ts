import { describe, expect, it } from 'vitest';
import { readAlert } from '../../api/alerts';
import { ApiError } from '../../api/http';
import { readRule } from '../../api/rules';
import { Format } from '../../i18n/format';
import { POLISH, translator } from '../../i18n/translate';
import { ALL_ALERTS } from '../../url/alertfilter';
import { changeOf, draftOf, newDraft, numberOf, retyped, wrongControls } from './ruledraft';
import { ruleSentence } from './sentence';
import { openAlerts } from './useLiveAlerts';

const t = translator('pl', POLISH);
const say = (raw: Record<string, unknown>) => ruleSentence(readRule(raw), t, new Format('pl', t), () => 'Generowanie JPK');
const mail = [{ type: 'email', config: { to: ['a@biuro.example'], cc: ['b@biuro.example'] } }];

describe('a rule as a sentence', () => {
	it('says when and to whom, by its type', () => {
		const f = (raw: Record<string, unknown>, sentence: string) => expect(say(raw)).toBe(sentence);
		f(
			{ alertType: 'consecutive_failures', workflowId: 'jpk', conditions: [{ consecutiveCount: 3 }], notificationChannels: mail },
			'Gdy w procesie „Generowanie JPK” wykonania nie powiodą się 3 razy z rzędu, powiadom: e-mailem.',
		);
		f({ alertType: 'execution_failed', workflowId: null }, 'Gdy w dowolnym procesie wykonanie się nie powiedzie.');
		f(
			{ alertType: 'slow_execution', conditions: [{ operator: 'gt', threshold: 1.5, unit: 'h' }] },
			'Gdy w dowolnym procesie wykonanie trwa dłużej niż 1,5 godz.',
		);
		f(
			{ alertType: 'high_error_rate', conditions: [{ operator: 'gte', threshold: 20, timeWindowMinutes: 60, minSample: 10 }] },
			'Gdy w dowolnym procesie odsetek błędów ≥ 20% w ciągu 60 min (od 10 wykonań).',
		);
		f(
			{ alertType: 'resource_threshold', conditions: [{ metric: 'cpu', operator: 'gt', threshold: 80, timeWindowMinutes: 5 }] },
			'Gdy użycie procesora > 80% przez 5 min.',
		);
		f({ alertType: 'custom', builtin: 'engine_silent' }, 'Gdy silnik procesów milczy.');
	});
});

describe('a rule that is being written', () => {
	it('asks for what its type needs, and sends only that', () => {
		const draft = retyped(newDraft('jpk'), 'high_error_rate');
		expect(changeOf(draft, 'Za dużo błędów')).toMatchObject({
			alertName: 'Za dużo błędów',
			workflowId: 'jpk',
			severity: 'critical',
			cooldownMinutes: 15,
			conditions: [{ metric: 'errorRate', operator: 'gt', threshold: 20, unit: 'percent', timeWindowMinutes: 60, minSample: 10 }],
		});
		expect(changeOf(retyped(draft, 'slow_execution'), 'x').conditions).toMatchObject([{ metric: 'duration', operator: 'gt' }]);
		expect(changeOf(retyped(draft, 'execution_failed'), 'x').conditions).toEqual([]);
		expect(changeOf(retyped(draft, 'queue_backlog'), 'x').workflowId).toBeNull();
	});

	it('keeps what it does not know, and the secrets that are not shown', () => {
		const hidden = { url: 'https://erp.biuro.example/***', secret: '********', secretRef: 'S1', extra: 1 };
		const rule = readRule({
			alertType: 'execution_failed',
			notificationChannels: [...mail, { type: 'webhook', config: hidden }, { type: 'webhook', config: { url: 'x' } }],
		});
		const draft = draftOf(rule);
		expect(changeOf(draft, '').notificationChannels).toEqual(rule.channels);
		const { webhook } = draft.channels;
		const renewed = { ...draft, channels: { ...draft.channels, webhook: { ...webhook, secret: 'nowy' } } };
		expect(changeOf(renewed, '').notificationChannels?.[1]?.config).toEqual({ ...hidden, secret: 'nowy' });
		const dropped = { ...draft, channels: { ...draft.channels, webhook: { ...webhook, dropSecret: true } } };
		expect(changeOf(dropped, '').notificationChannels?.[1]?.config).not.toHaveProperty('secret');
	});

	it('reads numbers as people write them, and leaves to the server what is none', () => {
		expect([numberOf(' 1,5 '), numberOf('30'), numberOf('dużo'), numberOf('')]).toEqual([1.5, 30, 'dużo', '']);
	});

	it('finds the control that the server finds wrong', () => {
		const draft = newDraft('');
		const channels = { ...draft.channels, webhook: { ...draft.channels.webhook, on: true } };
		const fields = ['conditions[1].threshold', 'conditions[0].unit', 'notificationChannels[1].config.url', 'alertName'].map(
			(at) => ({ location: `body.${at}`, message: at }),
		);
		const wrong = wrongControls(new ApiError(422, 'invalid_field', '', null, fields), { ...draft, channels });
		expect([...wrong.keys()]).toEqual(['threshold 1', 'threshold 0', 'webhook.url', 'alertName']);
	});
});

describe('open alerts', () => {
	const at = (minute: number) => `2026-11-24T11:0${minute}:00Z`;
	const all = [
		readAlert({ id: 'a', status: 'acknowledged', severity: 'error', triggeredAt: at(3) }),
		readAlert({ id: 'b', status: 'active', severity: 'critical', triggeredAt: at(1) }),
		readAlert({ id: 'c', status: 'escalated', severity: 'error', triggeredAt: at(2) }),
		readAlert({ id: 'd', status: 'resolved', severity: 'error', triggeredAt: at(4) }),
	];
	const ids = (filter: Partial<typeof ALL_ALERTS>, kept: string[] = []) =>
		openAlerts(all, { ...ALL_ALERTS, ...filter }, new Set(kept)).map((one) => one.id);

	it('stand with those first that nobody takes care of, then the newest', () => {
		expect(ids({})).toEqual(['c', 'b', 'a']);
	});

	it('are narrowed, and keep what was resolved under the pointer', () => {
		expect(ids({ severity: ['error'] })).toEqual(['c', 'a']);
		expect(ids({ status: ['active'] }, ['d'])).toEqual(['b']);
		expect(ids({}, ['d'])).toEqual(['c', 'b', 'd', 'a']);
		expect(ids({ from: Date.parse(at(2)), to: Date.parse(at(3)) })).toEqual(['c', 'a']);
	});
});
