// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadCatalogue } from '../../i18n/translate';
import { draw } from '../../testing/render';
import { aDetail, aStep, NOON } from '../../testing/samples';
import { TimelinePanel } from './TimelinePanel';

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['Date', 'setInterval', 'clearInterval'] }));
afterEach(() => {
	cleanup();
	history.replaceState(null, '', location.pathname);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const row = (stepId: string, part: object) => ({
	stepId,
	name: `Krok ${stepId}`,
	row: 0,
	status: 'completed',
	waitBeforeMs: 0,
	attempt: 1,
	shareOfTotal: 10,
	average: null,
	attempts: [],
	...part,
});
const average = { durationMs: 1_000, p50: 950, p95: 1_400, sampleSize: 30, deviationPercent: 200 };
const rows = [
	row('a', { startOffsetMs: 0, duration: 2_000, row: 0 }),
	row('b', { startOffsetMs: 2_500, duration: 3_000, waitBeforeMs: 500, status: 'failed', average }),
	row('c', { startOffsetMs: 2_500, duration: 1_000, row: 1, waitBeforeMs: 500 }),
	row('d', { startOffsetMs: null, duration: null, waitBeforeMs: null, status: 'pending', row: 2, shareOfTotal: null }),
];
const answer = {
	status: 'failed',
	startedAt: new Date(NOON).toISOString(),
	completedAt: new Date(NOON + 10_000).toISOString(),
	asOf: new Date(NOON + 10_000).toISOString(),
	totalDuration: 10_000,
	activeDuration: 10_000,
	stepsDuration: 6_500,
	queueDuration: 90_000,
	totalWaitMs: 1_000,
	criticalPath: ['a', 'b'],
	slowestSteps: ['b', 'a'],
	sampleSize: 30,
	rows,
};

/** A server that knows this timeline alone; it notes what it was asked. */
function serve(timeline: object = answer) {
	const asked: string[] = [];
	vi.stubGlobal('fetch', async (path: string) => {
		asked.push(path);
		if (path.endsWith('/timeline')) return Response.json(timeline);
		return Response.json({ stepId: 'b', name: 'Krok b' });
	});
	return asked;
}

const steps = ['a', 'b', 'c', 'd'].map((id) => aStep({ id, name: `Krok ${id}` }));
const panel = (opened: string | null = null, onOpen: (id: string | null) => void = () => {}, seq = 1) => (
	<TimelinePanel
		detail={aDetail({ status: 'failed', completedAt: NOON + 10_000, seq }, steps)}
		revisions={{}}
		opened={opened}
		onOpen={onOpen}
	/>
);
const bar = (id: string) => {
	const found = screen.getAllByTestId('timeline-bar').find((one) => one.dataset.stepId === id);
	if (found === undefined) throw new Error(`no bar ${id}`);
	return found;
};

describe('the timeline of an execution', () => {
	it('has a bar for each step that began, in its place and as long as it took (AC3.1a)', async () => {
		serve();
		draw(panel());
		await screen.findAllByTestId('timeline-bar');
		expect(screen.getAllByTestId('timeline-bar').map((one) => one.dataset.stepId)).toEqual(['a', 'b', 'c']);
		expect([bar('b').style.left, bar('b').style.width]).toEqual(['25%', '30%']);
		expect(screen.getByText('nie rozpoczęto')).toBeTruthy();
		expect(bar('b').dataset.row).not.toBe(bar('c').dataset.row);
	});

	it('says the total, which is not the sum, and marks critical path, slowest steps and averages (AC3.1c, AC3.2)', async () => {
		serve();
		draw(panel());
		const total = await screen.findByTestId('timeline-total');
		expect([total.dataset.value, total.textContent]).toEqual(['10000', '10 s']);
		expect(screen.getByText('6,5 s')).toBeTruthy();
		expect([bar('a'), bar('b'), bar('c')].map((one) => one.dataset.critical)).toEqual(['true', 'true', undefined]);
		expect([bar('a'), bar('b'), bar('c')].map((one) => one.dataset.slowest)).toEqual(['true', 'true', undefined]);
		expect([bar('b').dataset.average, bar('a').dataset.average]).toEqual(['1000', undefined]);
		expect(screen.getByText('średnia z 30 wykonań')).toBeTruthy();
		const gap = screen.getAllByTestId('timeline-wait').find((one) => one.dataset.stepId === 'b');
		expect([gap?.dataset.value, gap?.style.left, gap?.style.width]).toEqual(['500', '20%', '5%']);
	});

	it('tells a step in words under the pointer and for the focus (AC3.1d)', async () => {
		serve();
		draw(panel());
		await screen.findByTestId('timeline-total');
		expect(screen.queryByRole('tooltip')).toBeNull();
		act(() => bar('b').focus());
		const tip = screen.getByRole('tooltip');
		expect(bar('b').getAttribute('aria-describedby')).toBe(tip.id);
		for (const said of ['Krok b', 'Nieudany', '12:00:02', '12:00:05', '3 s', '500 ms', '1 s (30 wykonań), o 200% dłużej']) {
			expect(tip.textContent).toContain(said);
		}
		fireEvent.keyDown(bar('b'), { key: 'Escape' });
		expect(screen.queryByRole('tooltip')).toBeNull();
		const track = bar('a').parentElement;
		if (track === null) throw new Error('no track');
		fireEvent.pointerEnter(track);
		expect(screen.getByRole('tooltip').textContent).toContain('Krok a');
		fireEvent.pointerLeave(track);
		expect(screen.queryByRole('tooltip')).toBeNull();
	});

	it('opens a step below the chart', async () => {
		serve();
		const onOpen = vi.fn();
		const { redraw } = draw(panel(null, onOpen));
		await screen.findByTestId('timeline-total');
		fireEvent.click(bar('b'));
		expect(onOpen).toHaveBeenLastCalledWith('b');
		redraw(panel('b', onOpen));
		const opened = await screen.findByRole('region', { name: 'Krok Krok b' });
		await within(opened).findByTestId('step-input');
		fireEvent.click(within(opened).getByText('Zamknij'));
		expect(onOpen).toHaveBeenLastCalledWith(null);
	});

	it('goes on by itself while a step runs', async () => {
		const running = row('a', { startOffsetMs: 1_000, duration: 2_000, status: 'running' });
		serve({
			...answer,
			status: 'running',
			completedAt: null,
			asOf: new Date(NOON).toISOString(),
			totalDuration: 3_000,
			rows: [running],
		});
		const { services } = draw(panel());
		services.ticker.start();
		const total = await screen.findByTestId('timeline-total');
		expect(total.textContent).toBe('3 s');
		act(() => void vi.advanceTimersByTime(4_000));
		expect(total.textContent).toBe('7 s');
		expect(bar('a').getAttribute('aria-label')).toBe('Krok a: W toku, 6 s');
		services.ticker.stop();
	});

	it('has all of some hundreds of rows in the document, and of more only those in sight', async () => {
		const many = (n: number) => Array.from({ length: n }, (_, i) => row(`s${i}`, { startOffsetMs: i, duration: 1 }));
		serve({ ...answer, rows: many(300) });
		draw(panel());
		await screen.findByTestId('timeline-total');
		expect(screen.getAllByTestId('timeline-bar')).toHaveLength(300);
		cleanup();
		serve({ ...answer, rows: many(20_000) });
		draw(panel());
		await screen.findByTestId('timeline-total');
		expect(screen.getByTestId('timeline-chart').dataset.rows).toBe('20000');
		expect(screen.queryAllByTestId('timeline-bar').length).toBeLessThan(100);
	});

	it('is gone through with the arrows, with one stop of the Tab key', async () => {
		serve();
		draw(panel());
		await screen.findByTestId('timeline-total');
		expect(screen.getAllByTestId('timeline-bar').filter((one) => one.tabIndex === 0)).toEqual([bar('a')]);
		act(() => bar('a').focus());
		for (const [key, id] of [
			['ArrowDown', 'b'],
			['End', 'c'],
			['ArrowDown', 'c'],
			['ArrowUp', 'b'],
			['Home', 'a'],
		] as const) {
			fireEvent.keyDown(document.activeElement ?? document.body, { key });
			expect(document.activeElement).toBe(bar(id));
		}
		expect(bar('a').tabIndex).toBe(0);
	});

	it('is looked at closer and as a whole again, and the address says so', async () => {
		serve();
		draw(panel());
		await screen.findByTestId('timeline-total');
		const zoom = (what: string) => {
			const found = screen.getAllByTestId('timeline-zoom').find((one) => one.dataset.value === what);
			if (found === undefined) throw new Error(`no button ${what}`);
			return found as HTMLButtonElement;
		};
		expect(zoom('reset').disabled).toBe(true);
		fireEvent.click(zoom('in'));
		expect([bar('b').style.left, bar('b').style.width]).toEqual(['0%', '60%']);
		expect(bar('a').dataset.outside).toBe('before');
		expect(screen.getByTestId('timeline-extent').textContent).toBe('od 2,5 s do 7,5 s od początku');
		await vi.waitFor(() => expect(new URLSearchParams(location.search).get('zoom')).toBe('2500..7500'), 5_000);
		fireEvent.click(zoom('earlier'));
		expect(bar('b').style.left).toBe('50%');
		fireEvent.click(zoom('reset'));
		expect([bar('b').style.left, bar('b').style.width]).toEqual(['25%', '30%']);
		await vi.waitFor(() => expect(location.search).toBe(''), 5_000);
	});

	it('folds long gaps into a break that unfolds them', async () => {
		serve();
		draw(panel());
		await screen.findByTestId('timeline-total');
		const fold = screen.getByTestId('timeline-fold');
		expect(fold.textContent).toBe('Zwiń przerwę (4,5 s)');
		fireEvent.click(fold);
		expect(new URLSearchParams(location.search).get('fold')).toBe('1');
		expect(screen.getByTestId('timeline-fold').getAttribute('aria-pressed')).toBe('true');
		const gap = screen.getByTestId('timeline-break');
		expect(gap.dataset.value).toBe('4500');
		expect(Number.parseFloat(bar('b').style.width)).toBeCloseTo((3_000 / 5_500) * 97);
		fireEvent.click(gap);
		expect(screen.queryByTestId('timeline-break')).toBeNull();
		expect(bar('b').style.width).toBe('30%');
	});

	it('shows how long a step usually takes, and its tries as parts', async () => {
		const tries = [
			{ attempt: 1, status: 'failed', startOffsetMs: 2_500, duration: 1_000 },
			{ attempt: 2, status: 'completed', startOffsetMs: 4_500, duration: 1_000 },
		];
		serve({ ...answer, rows: rows.map((one) => (one.stepId === 'b' ? { ...one, attempts: tries, attempt: 2 } : one)) });
		draw(panel());
		await screen.findByTestId('timeline-total');
		const band = screen.getByTestId('timeline-band');
		expect([band.dataset.stepId, band.style.left]).toEqual(['b', '34.5%']);
		expect(Number.parseFloat(band.style.width)).toBeCloseTo(4.5);
		expect(screen.getAllByTestId('timeline-attempt').map((one) => one.dataset.status)).toEqual(['failed', 'completed']);
		act(() => bar('b').focus());
		expect(screen.getByRole('tooltip').textContent).toContain('od 950 ms do 1,4 s');
		expect(screen.getByRole('tooltip').textContent).toContain('2,5 s (2500 ms)');
	});

	it('is a table too, with the same steps in their order', async () => {
		history.replaceState(null, '', '?view=table');
		serve();
		draw(panel());
		const table = await screen.findByRole('table');
		expect(
			within(table)
				.getAllByRole('rowheader')
				.map((one) => one.textContent),
		).toEqual(rows.map(({ name }) => name));
		const cells = within(within(table).getAllByRole('row')[2] as HTMLElement).getAllByRole('cell');
		expect(cells.map((one) => one.textContent)).toEqual([
			'Nieudany',
			'2,5 s',
			'500 ms',
			'3 s',
			'10%',
			'1',
			'1 s',
			'950 ms',
			'1,4 s',
			'ścieżka krytyczna, wąskie gardło',
		]);
		expect(screen.queryByTestId('timeline-bar')).toBeNull();
		fireEvent.click(screen.getByTestId('timeline-table'));
		expect(await screen.findAllByTestId('timeline-bar')).toHaveLength(3);
		expect(location.search).toBe('');
	});

	it('asks again when the execution changed, and says what it cannot get', async () => {
		const asked = serve();
		const { redraw } = draw(panel());
		await screen.findByTestId('timeline-total');
		expect(asked).toHaveLength(1);
		redraw(panel(null, undefined, 2));
		await vi.waitFor(() => expect(asked).toHaveLength(2), 5_000);
		cleanup();
		vi.stubGlobal('fetch', async () => Response.json({ code: 'internal' }, { status: 500 }));
		draw(panel());
		expect(await screen.findByText('Nie udało się pobrać danych.')).toBeTruthy();
	});

	it('speaks English too', async () => {
		serve();
		draw(panel(), { language: 'en', catalogue: await loadCatalogue('en') });
		expect(await screen.findByText('Total time')).toBeTruthy();
		expect(screen.getByText('average of 30 runs')).toBeTruthy();
	});
});
