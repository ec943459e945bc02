// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { draw } from '../../testing/render';
import { Degraded } from './Degraded';

afterEach(cleanup);

const calm = {
	degraded: false,
	since: null,
	p95ChangePercent: 10,
	successChangePoints: 0,
	samples: 30,
	baselineSamples: 120,
};

test('a degradation says since when and by how much; without one nothing is said', () => {
	const { redraw } = draw(<Degraded degradation={calm} />);
	expect(screen.queryByTestId('degraded')).toBeNull();
	const since = Date.parse('2026-11-19T23:00:00Z');
	redraw(<Degraded degradation={{ ...calm, degraded: true, since, p95ChangePercent: 40.5, successChangePoints: -6 }} />);
	const text = screen.getByTestId('degraded').textContent;
	expect(text).toContain('spadek wydajności od 20.11.2026');
	expect(text).toContain('o 40,5% dłuższy');
	expect(text).toContain('spadła o 6 pp');
	redraw(<Degraded degradation={{ ...calm, degraded: true, since, successChangePoints: -6 }} />);
	expect(screen.getByTestId('degraded').textContent).not.toContain('dłuższy');
});
