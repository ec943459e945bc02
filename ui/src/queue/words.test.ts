import { expect, it } from 'vitest';
import { readQueue } from '../api/queue';
import { Format } from '../i18n/format';
import { POLISH, translator } from '../i18n/translate';
import { clearanceOf } from './words';

const t = translator('pl', POLISH);
const format = new Format('pl', t);
const said = (raw: object, former: number | null = null) => clearanceOf(readQueue(raw), former, t, format);

it('says when the queue will be empty, and when that is not known or not so', () => {
	expect(said({ pendingCount: 0, estimatedClearanceSeconds: 0 })).toBe('kolejka jest pusta');
	expect(said({ pendingCount: 3, estimatedClearanceSeconds: null })).toBe('nie można oszacować');
	expect(said({ pendingCount: 60, estimatedClearanceSeconds: 1_091 })).toBe('ok. 18 min');
	expect(said({ pendingCount: 2, estimatedClearanceSeconds: 40 })).toBe('ok. 40 s');
	expect(said({ pendingCount: 60, estimatedClearanceSeconds: 1_091 }, 90)).toBe('ok. 18 min');
	expect(said({ pendingCount: 60, estimatedClearanceSeconds: 1_091 }, 60)).toBe('nie maleje');
});

it('takes a wait of no execution for unknown, not for 0', () => {
	expect(readQueue({ averageWaitSeconds: 0, waitSampleSize: 0 }).wait).toBeNull();
	expect(readQueue({ averageWaitSeconds: 0, waitSampleSize: 2 }).wait).toBe(0);
	expect(readQueue(null)).toMatchObject({
		pending: 0,
		oldest: null,
		wait: null,
		clearance: null,
		warning: null,
		warnDepth: null,
	});
});
