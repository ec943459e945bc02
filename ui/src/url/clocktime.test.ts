import { expect, it } from 'vitest';
import { clockOf, minuteOf } from './clocktime';

it('writes and reads minutes of the day', () => {
	expect([0, 425, 1439, 1440].map(clockOf)).toEqual(['00:00', '07:05', '23:59', '24:00']);
	expect(['00:00', '07:05', '23:59', '24:00', '7:05', ''].map(minuteOf)).toEqual([0, 425, 1439, null, null, null]);
});
