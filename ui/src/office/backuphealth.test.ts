import { describe, expect, it } from 'vitest';
import { healthOf } from './backuphealth';

const HOUR = 3_600_000;

describe('how the backups stand', () => {
	it('is red after two days without a proved one, and where there is none', () => {
		const at = (hours: number) => healthOf({ enabled: true, lastGoodAt: 1_000 }, 1_000 + hours * HOUR);
		expect([at(0), at(26), at(26.1), at(48), at(48.1)]).toEqual(['good', 'good', 'late', 'late', 'old']);
		expect(healthOf({ enabled: true, lastGoodAt: null }, 0)).toBe('none');
		expect(healthOf({ enabled: false, lastGoodAt: null }, 0)).toBe('off');
	});
});
