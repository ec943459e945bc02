import type { Queue } from '../api/queue';
import type { Format } from '../i18n/format';
import type { Translate } from '../i18n/translate';

const MINUTE_S = 60;

/** When the queue will be empty, in words. former: how many waited a quarter of an hour ago; null: not known. */
export function clearanceOf(queue: Queue, former: number | null, t: Translate, format: Format): string {
	if (queue.pending === 0) return t('queue.empty');
	if (queue.clearance === null) return t('queue.noEstimate');
	if (former !== null && queue.pending >= former) return t('queue.notShrinking');
	const whole = queue.clearance < MINUTE_S ? queue.clearance : Math.round(queue.clearance / MINUTE_S) * MINUTE_S;
	return t('queue.about', { time: format.elapsed(whole * 1_000) });
}

/** A length in seconds, in words; "–" when it is not known. */
export function secondsOf(seconds: number | null, format: Format): string {
	return seconds === null ? '–' : format.elapsed(seconds * 1_000);
}
