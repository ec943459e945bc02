import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/http';
import { readOffice } from '../../api/office';
import { POLISH, translator } from '../../i18n/translate';
import { mailChange } from '../../office/MailForm';
import { faultsOf, numberOf } from '../../office/OfficeFields';
import { captureChange } from './CaptureForm';
import { levelOf, lineOf } from './EscalationForm';
import { linesOf } from './MaskingForm';

const t = translator('pl', POLISH);
const values = (all: Record<string, string>) => (name: string) => all[name] ?? '';
const refused = (status: number, ...locations: string[]) =>
	new ApiError(
		status,
		'invalid_field',
		'',
		null,
		locations.map((location) => ({ location, message: 'English' })),
	);

describe('what is kept of step data', () => {
	const masked = { mode: 'masked', reason: '' } as const;
	const full = { mode: 'full', reason: 'Błąd w JPK' } as const;

	it('is sent only where it changed: the end of "full" does not move', () => {
		const stored = { general: full, own: { a: full, b: masked, 'c.1': masked } };
		expect(captureChange(stored, stored)).toEqual({ capture: { workflows: {} } });
		const chosen = {
			general: masked,
			own: { a: { ...full, reason: 'Inny powód' }, b: masked, new: { ...masked, mode: 'off' } },
		} as const;
		expect(captureChange(stored, chosen)).toEqual({
			capture: {
				stepData: 'masked',
				workflows: { 'c.1': null, a: { stepData: 'full', reason: 'Inny powód' }, new: { stepData: 'off' } },
			},
		});
	});
});

describe('the mail server', () => {
	it('keeps its password unless one was written, or it is to go', () => {
		const given = { host: ' mail.biuro.example ', port: '587', security: 'tls', from: 'monitor@biuro.example', username: 'u' };
		const sent = { host: 'mail.biuro.example', port: 587, security: 'tls', from: 'monitor@biuro.example', username: 'u' };
		expect(mailChange(values(given), true)).toEqual({ smtp: sent });
		expect(mailChange(values({ ...given, password: 'nowe' }), true)).toEqual({ smtp: { ...sent, password: 'nowe' } });
		expect(mailChange(values({ ...given, passwordGone: 'on' }), true)).toEqual({ smtp: { ...sent, password: null } });
	});

	it('names no host for whom hosts are locked', () => {
		const change = mailChange(values({ from: 'a@b.example' }), false);
		expect(change).toEqual({ smtp: { from: 'a@b.example', username: '' } });
	});
});

describe('levels of escalation', () => {
	const channel = { type: 'in_app', config: { roles: ['org_admin'] } };
	const first = { afterMinutes: 15, channels: ['sms:+48600100200', channel], workingHours: null };

	it('keep channels that were not touched as they were stored', () => {
		const given = {
			'afterMinutes.3': '30',
			'channels.3': `${lineOf(channel)}\n szef@biuro.example \n`,
			'hours.3': 'on',
			'from.3': '08:00',
			'to.3': '16:00',
		};
		expect(levelOf({ key: 3, first }, values(given))).toEqual({
			afterMinutes: 30,
			channels: [channel, 'szef@biuro.example'],
			workingHours: { from: '08:00', to: '16:00' },
		});
		expect(levelOf({ key: 3, first }, values({ 'afterMinutes.3': 'zaraz' }))).toEqual({
			afterMinutes: 'zaraz',
			channels: [],
			workingHours: null,
		});
	});

	it('say at their fields what is wrong', () => {
		const fault = faultsOf(refused(422, 'body.escalation[0].channels[1]', 'body.escalation[1].afterMinutes'), t);
		expect(fault('escalation[0].channels[1]')).toContain('adres e-mail');
		expect(fault('escalation[1].afterMinutes')).toBe('Liczba całkowita minut, co najmniej 1.');
	});
});

describe('faults of settings', () => {
	it('are said in Polish at their own fields', () => {
		const fault = faultsOf(
			refused(422, 'body.smtp.port', 'body.capture.workflows.c.1.reason', 'body.masking.keys[1]', 'body.x.y'),
			t,
		);
		expect(fault('smtp.port')).toBe('Port to liczba od 1 do 65535.');
		expect(fault('capture.workflows.c.1.reason')).toBe('Proszę podać powód: od 3 do 500 znaków.');
		expect(fault('capture.reason')).toBeUndefined();
		expect(fault('masking.keys[1]')).toBeDefined();
		expect(fault('x.y')).toBe('Wartość spoza dozwolonego zakresu.');
	});

	it('say who may name hosts', () => {
		expect(faultsOf(refused(403, 'body.smtp.host'), t)('smtp.host')).toBe('Może to zmienić tylko administrator serwera.');
	});
});

describe('settings as they are written', () => {
	it('hold numbers with a comma, and what is no number as a text that the server refuses', () => {
		expect([numberOf(' 80,5 '), numberOf('2190'), numberOf(''), numberOf('dużo')]).toEqual([80.5, 2190, '', 'dużo']);
	});

	it('hold names of fields, one a line and once', () => {
		expect(linesOf(' Nr umowy \n\nkontrahent\nkontrahent')).toEqual(['Nr umowy', 'kontrahent']);
	});

	it('are read whatever is missing, and never hold a secret', () => {
		expect(readOffice(null)).toMatchObject({
			smtp: null,
			sms: null,
			escalation: [],
			muteWindows: [],
			workflows: {},
			missing: [],
			capture: { mode: 'masked' },
		});
		const office = readOffice({
			smtp: { host: 'h', port: 25, password: '********' },
			sms: { url: 'u' },
			warnings: [{ code: 'public_url' }],
			sealedMissing: ['smtp.password'],
		});
		expect(office).toMatchObject({
			smtp: { hasPassword: true },
			sms: { hasKey: false },
			linksLost: true,
			missing: ['smtp.password'],
		});
		expect(JSON.stringify(office)).not.toContain('****');
	});
});
