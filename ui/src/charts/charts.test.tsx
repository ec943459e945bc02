// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { draw } from '../testing/render';
import { Bar } from './Bar';
import { Delta } from './Delta';
import { Sparkline } from './Sparkline';
import { TickStrip } from './TickStrip';
import { TimeSeries } from './TimeSeries';

afterEach(cleanup);

const times = ['2026-11-23T23:00:00Z', '2026-11-24T23:00:00Z', '2026-11-25T23:00:00Z'].map((time) => Date.parse(time));
const series = [
	{ key: 'p50', label: 'p50', values: [1_000, null, 2_500], tone: 'p50' as const },
	{ key: 'p95', label: 'p95', values: [3_000, null, 4_000], tone: 'p95' as const },
];

test('a chart says each of its values also as text, a gap as one', () => {
	draw(<TimeSeries title="Czas wykonania" times={times} series={series} unit="ms" />);
	const rows = screen.getAllByRole('row').map((row) => row.textContent);
	expect(rows).toEqual([
		'Czasp50p95',
		'24.11.2026 00:001 s3 s',
		'25.11.2026 00:00brak danychbrak danych',
		'26.11.2026 00:002,5 s4 s',
	]);
});

test('the arrows lead from point to point, and shift with Enter chooses a stretch', () => {
	const zoom = vi.fn();
	draw(<TimeSeries title="Czas wykonania" times={times} series={series} unit="ms" onZoom={zoom} />);
	const chart = screen.getByRole('slider', { name: 'Czas wykonania' });
	fireEvent.keyDown(chart, { key: 'ArrowRight' });
	expect(chart.getAttribute('aria-valuetext')).toBe('24.11.2026 00:00, p50 1 s, p95 3 s');
	fireEvent.keyDown(chart, { key: 'ArrowRight', shiftKey: true });
	fireEvent.keyDown(chart, { key: 'End', shiftKey: true });
	expect(chart.getAttribute('aria-valuenow')).toBe('2');
	fireEvent.keyDown(chart, { key: 'Enter' });
	expect(zoom).toHaveBeenCalledExactlyOnceWith(times[0], times[2]);
});

test('a difference is said in words, and its direction is judged by what is better', () => {
	const { container, redraw } = draw(<Delta now={98.4} former={97.8} unit="percent" better="up" />);
	expect(container.textContent).toContain('o 0,6 pp lepiej');
	redraw(<Delta now={1_500} former={1_200} unit="ms" better="down" />);
	expect(container.textContent).toContain('o 300 ms gorzej');
	redraw(<Delta now={12} former={15} unit="count" />);
	expect(container.textContent).toContain('o 3 mniej');
	redraw(<Delta now={98.4} former={98.42} unit="percent" better="up" />);
	expect(container.textContent).toContain('bez zmian');
	redraw(<Delta now={98.4} former={null} unit="percent" better="up" />);
	expect(container.textContent).toContain('brak porównania');
});

test('small pictures say what they show', () => {
	draw(
		<>
			<Bar
				label="Wykonania"
				parts={[
					{ label: 'zakończone', value: 8, tone: 'completed' },
					{ label: 'nieudane', value: 2, tone: 'failed' },
				]}
			/>
			<TickStrip label="Ostatnie wyniki" results={['completed', 'completed', 'failed']} />
			<Sparkline label="p95 z 7 dni" values={[1, null, 3, 4]} />
		</>,
	);
	expect(screen.getByRole('img', { name: 'Wykonania: zakończone 8, nieudane 2' })).toBeTruthy();
	expect(screen.getByRole('img', { name: 'Ostatnie wyniki: Zakończone 2, Nieudane 1' }).querySelectorAll('path').length).toBe(3);
	expect(screen.getByRole('img', { name: 'p95 z 7 dni' }).querySelector('path')?.getAttribute('d')).toBe(
		'M0 19.00h0M2 7.00L3 1.00',
	);
});
