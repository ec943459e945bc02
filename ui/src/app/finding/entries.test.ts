import { describe, expect, it } from 'vitest';
import polish from '../../../locales/pl.json';
import { translator } from '../../i18n/translate';
import { anExecution } from '../../testing/samples';
import { foundEntries, matching, pageEntries } from './entries';

const t = translator('pl', polish);

describe('the palette', () => {
	it('finds pages whatever the case and the marks', () => {
		const pages = pageEntries(null, t);
		expect(matching(pages, 'KOLEJKA').map((one) => one.to)).toEqual(['/queue']);
		expect(matching(pages, 'reguly terminow').map((one) => one.to)).toEqual(['/deadlines/rules']);
		expect(matching(pages, 'nie ma tego')).toEqual([]);
		expect(pages.some((one) => String(one.to).startsWith('/settings'))).toBe(false);
	});

	it('tells what is known of an execution, and writes no personal number into an address', () => {
		const failed = anExecution({ id: 'fv/1', status: 'failed', client: 'Kowalski', error: 'Brak podpisu' });
		const entries = foundEntries({ executions: [failed], workflows: [], clients: ['44051401359', 'Nowak & syn'] }, 'podpis', t);
		expect(entries[0]).toMatchObject({ to: '/executions/fv%2F1', detail: 'Nieudane · Kowalski · fv/1 · Brak podpisu' });
		expect(entries.map((one) => one.to)).toContain('/executions?client=Nowak+%26+syn');
		expect(entries.some((one) => String(one.to).includes('44051401359'))).toBe(false);
	});
});
