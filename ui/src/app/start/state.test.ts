import { describe, expect, it } from 'vitest';
import { NOON } from '../../testing/samples';
import { type Known, statesOf } from './state';

const HOUR = 3_600_000;
const nothing: Known = {
	office: undefined,
	mailDelivered: undefined,
	backups: undefined,
	since: undefined,
	executions: undefined,
};
const backups = (lastGoodAt: number | null, enabled = true) => ({ enabled, keepDays: 30, lastGoodAt, items: [], next: null });

describe('the first steps', () => {
	it('are not known before the server has answered', () => {
		expect(statesOf(nothing, NOON)).toEqual({
			administrator: 'done',
			office: 'unknown',
			mail: 'unknown',
			backup: 'unknown',
			engine: 'unknown',
		});
	});

	it('want a backup within two days of the first account', () => {
		const state = (part: Partial<Known>) => statesOf({ ...nothing, ...part }, NOON).backup;
		expect(state({ backups: backups(null, false), since: NOON - 47 * HOUR })).toBe('open');
		expect(state({ backups: backups(null, false), since: NOON - 49 * HOUR })).toBe('bad');
		expect(state({ backups: backups(NOON - 5 * HOUR), since: NOON - 49 * HOUR })).toBe('done');
		expect(state({ backups: backups(NOON - 50 * HOUR), since: NOON })).toBe('bad');
		expect(state({ backups: null })).toBe('locked');
	});

	it('are done when something was heard of an engine', () => {
		expect(statesOf({ ...nothing, executions: false }, NOON).engine).toBe('open');
		expect(statesOf({ ...nothing, executions: true }, NOON).engine).toBe('done');
	});
});
