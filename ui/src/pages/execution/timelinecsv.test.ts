import { describe, expect, it } from 'vitest';
import { loadCatalogue, POLISH, translator } from '../../i18n/translate';
import { aTimeline, aTimelineRow } from '../../testing/samples';
import { timelineCsv } from './timelinecsv';

const average = { durationMs: 1_000.5, p50: 950, p95: 1_400, runs: 30, deviationPercent: -12.25 };
const timeline = aTimeline({
	rows: [
		aTimelineRow({ id: 'a', name: '=1+1; "x"', startMs: 250, sharePercent: 33.3, average, critical: true }),
		aTimelineRow({ id: 'b', name: 'Późny', startMs: null, durationMs: null, status: 'pending' }),
	],
});

describe('the timeline as a file', () => {
	it('is read by Polish spreadsheets: semicolons, decimal commas, no formulas, unknown is empty', () => {
		const [head, first, second, end] = timelineCsv(timeline, translator('pl', POLISH), 'pl').split('\r\n');
		expect(head?.startsWith('\ufeffKrok;Identyfikator kroku;Stan;Od początku (ms);')).toBe(true);
		expect(first).toBe('"\'=1+1; ""x""";a;Zakończony;250;0;1000;33,3;1;1000,5;950;1400;30;-12,25;ścieżka krytyczna;');
		expect(second).toBe('Późny;b;Oczekuje;;;;;;;;;;;;');
		expect(end).toBe('');
	});

	it('is plain in English', async () => {
		const [, first] = timelineCsv(timeline, translator('en', await loadCatalogue('en')), 'en').split('\n');
		expect(first).toBe('"\'=1+1; ""x""",a,Completed,250,0,1000,33.3,1,1000.5,950,1400,30,-12.25,critical path,');
	});
});
