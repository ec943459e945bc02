import { describe, expect, it } from 'vitest';
import { deadline } from '../testing/deadlines';
import {
	changeDeadlineRule,
	editOf,
	endangered,
	fetchDeadlines,
	putClientRule,
	readDeadline,
	readRule,
	writeDue,
} from './deadlines';
import { Http } from './http';

function server(answer: unknown) {
	const asked: { path: string; body: unknown }[] = [];
	const http = new Http({
		fetch: async (path, init) => {
			asked.push({ path: String(path), body: init?.body === undefined ? undefined : JSON.parse(String(init.body)) });
			return new Response(JSON.stringify(answer));
		},
		language: () => 'pl',
		onUnauthorized: () => {},
	});
	return { http, asked };
}

describe('a deadline', () => {
	it('is read with what is known of it', () => {
		const one = readDeadline({
			rule: 'zus-20',
			period: '2026-11',
			nominal: '2026-12-20',
			due: '2026-12-21',
			actBy: '2026-12-21',
			shifted: true,
			offReason: 'sunday',
			light: 'purple',
			runs: { completed: 2 },
		});
		expect(one).toMatchObject({
			offReason: 'sunday',
			light: 'grey',
			confirmed: false,
			runs: { completed: 2, running: 0, failed: 0 },
		});
		expect(one.forecast).toMatchObject({ state: 'unknown', expectedAt: null });
	});

	it('is endangered when time is short and nobody marked it, or its runs go wrong', () => {
		expect(endangered(deadline())).toBe(false);
		expect(endangered(deadline({ light: 'red' }))).toBe(true);
		expect(endangered(deadline({ light: 'red', filed: 3 }))).toBe(false);
		expect(endangered(deadline({ runs: { completed: 5, running: 0, failed: 1 } }))).toBe(true);
		expect(endangered(deadline({ light: 'black', runs: { completed: 0, running: 0, failed: 1 } }))).toBe(false);
	});

	it('is asked for by days, and of one client if one is meant', async () => {
		const { http, asked } = server({ items: [], runsCapped: true });
		expect(await fetchDeadlines(http, { from: '2026-12-01', to: '2026-12-31', client: 'K & S' })).toEqual({
			items: [],
			capped: true,
		});
		expect(asked[0]?.path).toBe('/api/monitoring/deadlines?from=2026-12-01&to=2026-12-31&clientRef=K+%26+S');
	});
});

describe('a rule of deadlines', () => {
	const raw = {
		id: 'zus-20',
		version: 3,
		name: { pl: 'ZUS', en: 'ZUS' },
		due: { type: 'dayOfMonthAfterPeriod', months: 1, day: 20 },
		shift: 'nextBusinessDay',
		endsAt: '24:00',
		enabled: true,
		history: [{ version: 2 }],
	};

	it('goes back whole, with what was changed and the version that was seen', async () => {
		const { http, asked } = server(raw);
		const rule = readRule(raw);
		await changeDeadlineRule(http, rule, { ...editOf(rule), name: 'Składki', due: { ...rule.due, day: 15 } }, 'sprawdzone');
		expect(asked[0]?.body).toMatchObject({
			id: 'zus-20',
			version: 3,
			name: { pl: 'Składki', en: 'ZUS' },
			due: { type: 'dayOfMonthAfterPeriod', months: 1, day: 15 },
			endsAt: '24:00',
			reason: 'sprawdzone',
		});
		expect(asked[0]?.body).not.toHaveProperty('history');
	});

	it('is postponed for a client by an exception for one period', async () => {
		const { http, asked } = server({});
		const none = { client: 'K-1', applies: true, due: null, postponed: null, fiscalYearEnd: null, reason: 'decyzja', docRef: '' };
		await putClientRule(http, 'zus-20', { ...none, postponed: { period: '2026-11', date: '2027-01-11' }, docRef: 'ZUS/7' });
		expect(asked[0]?.body).toEqual({
			clientRef: 'K-1',
			applies: true,
			due: null,
			exceptions: [{ period: '2026-11', due: { type: 'date', date: '2027-01-11' }, basis: 'ZUS/7' }],
			reason: 'decyzja',
			docRef: 'ZUS/7',
		});
	});

	it('sends of a day only the numbers that its kind has', () => {
		const due = readRule(raw).due;
		expect(writeDue({ ...due, type: 'nthBusinessDayAfterPeriod', n: 4 })).toEqual({ type: 'nthBusinessDayAfterPeriod', n: 4 });
		expect(writeDue({ ...due, type: 'date', date: '2027-01-11' })).toEqual({ type: 'date', date: '2027-01-11' });
	});
});
